# How a module and a program are declared, so that every src/*/CMakeLists.txt is a line or two.

# Off, with the reason: g++ 12 sees uninitialised values in std::optional, freed stack objects in std::variant and
# overlapping or endless copies in std::string::insert; designated initialisers leave fields to their defaults on purpose;
# signedness changes at every system call.
add_library(tare_flags INTERFACE)
target_compile_options(tare_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  -Wno-maybe-uninitialized -Wno-free-nonheap-object $<$<CONFIG:Release>:-Wno-restrict> -Wno-missing-field-initializers -Wno-sign-conversion
  $<$<CONFIG:Release>:-Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -ffunction-sections -fdata-sections -fstack-protector-strong>)
# Not with -static-pie: the driver would switch back to shared libraries behind libstdc++.
target_link_options(tare_flags INTERFACE
  $<$<NOT:$<BOOL:$<TARGET_PROPERTY:TARE_STATIC_PROGRAM>>>:-static-libstdc++$<SEMICOLON>-static-libgcc>
  $<$<CONFIG:Release>:-Wl,--as-needed -Wl,--gc-sections -Wl,-z,relro,-z,now>)
target_include_directories(tare_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
if(TARE_SANITIZE)
  target_compile_options(tare_flags INTERFACE -fsanitize=${TARE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(tare_flags INTERFACE -fsanitize=${TARE_SANITIZE})
endif()

# The target archive_NAME: the distribution's libNAME.a.
function(tare_archive name)
  find_library(ARCHIVE_${name} lib${name}.a REQUIRED)
  add_library(archive_${name} INTERFACE)
  target_link_libraries(archive_${name} INTERFACE ${ARCHIVE_${name}})
endfunction()

# The headers that nearly every file includes, compiled once: a quarter of the compile time; for tests GoogleTest, too. Off
# in the preset dev, where a change of base would rebuild everything for it.
option(TARE_PRECOMPILE "Precompile the common headers" OFF)
set(tare_common_headers
  <algorithm> <array> <functional> <map> <memory> <optional> <set> <span> <string> <string_view> <variant> <vector>
  ${CMAKE_SOURCE_DIR}/src/base/result.h ${CMAKE_SOURCE_DIR}/src/base/text.h ${CMAKE_SOURCE_DIR}/src/base/stream.h)
function(tare_precompile target)
  if(NOT TARE_PRECOMPILE)
    return()
  elseif(target STREQUAL tare_base)
    target_precompile_headers(tare_base PRIVATE ${tare_common_headers})
  elseif(target STREQUAL unit_base)
    target_precompile_headers(unit_base PRIVATE ${tare_common_headers} <gtest/gtest.h>)
  elseif(target MATCHES "^unit_")
    target_precompile_headers(${target} REUSE_FROM unit_base)
  else()
    target_precompile_headers(${target} REUSE_FROM tare_base)
  endif()
endfunction()

# tare_module(NAME [REQUIRES module…] [LINK target…])
# The library tare_NAME from the .cc files of the current folder and below, and the test program unit_NAME from
# its *_test.cc files. The folder src/NAME is the module; src/LAYERS says what it may include.
function(tare_module name)
  cmake_parse_arguments(ARG "" "" "REQUIRES;LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  add_library(tare_${name} STATIC ${sources})
  tare_precompile(tare_${name})
  list(TRANSFORM ARG_REQUIRES PREPEND tare_)
  # A static program cannot take the shared libraries of a module, of which it uses no code; it names the archives that
  # it does use itself.
  list(TRANSFORM ARG_LINK REPLACE "(.+)" "$<$<NOT:$<BOOL:$<TARGET_PROPERTY:TARE_STATIC_PROGRAM>>>:\\1>"
       OUTPUT_VARIABLE shared)
  target_link_libraries(tare_${name} PUBLIC tare_flags ${ARG_REQUIRES} PRIVATE ${shared})
  if(TARE_TESTS AND tests)
    find_package(GTest REQUIRED)
    add_executable(unit_${name} ${tests})
    tare_precompile(unit_${name})
    # The preset dev holds tests to every warning; in release g++ 12 has too many false ones about std::string.
    # (A file's own options come last, after the -Werror of tare_flags.)
    set_source_files_properties(${tests} PROPERTIES COMPILE_OPTIONS $<$<CONFIG:Release>:-Wno-error>)
    target_link_libraries(unit_${name} PRIVATE tare_${name} ${ARG_LINK} GTest::gmock GTest::gtest_main)
    add_test(NAME unit_${name} COMMAND unit_${name})
    set_tests_properties(unit_${name} PROPERTIES TIMEOUT 300 LABELS unit)
  endif()
endfunction()

# tare_program(NAME [STATIC] SOURCES file… REQUIRES module… [LINK target…])
# A program of build/*/bin, installed into bin/. STATIC: no dynamic loader at start (tare-supervisor, tare-oci).
function(tare_program name)
  cmake_parse_arguments(ARG "STATIC" "" "SOURCES;REQUIRES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  tare_precompile(${name})
  list(TRANSFORM ARG_REQUIRES PREPEND tare_)
  target_link_libraries(${name} PRIVATE ${ARG_REQUIRES} ${ARG_LINK})
  target_compile_definitions(${name} PRIVATE TARE_VERSION="${PROJECT_VERSION}")
  if(ARG_STATIC AND TARE_STATIC AND NOT TARE_SANITIZE)
    set_target_properties(${name} PROPERTIES TARE_STATIC_PROGRAM ON)
    target_link_options(${name} PRIVATE -static-pie)
    # Without these CMake ends the line with -Bdynamic: libc.so in a program that has no loader.
    set_target_properties(${name} PROPERTIES LINK_SEARCH_START_STATIC ON LINK_SEARCH_END_STATIC ON)
  endif()
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
