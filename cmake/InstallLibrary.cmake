# The engine as a library for other programs: headers under include/tare, the modules' archives under lib/tare, and
# tare.pc, so that `pkg-config --cflags --libs tare` is all that an embedding program needs (examples/embed).
set(library_modules base os codec oci store http_client registry_client runtime network logs supervise build engine)
foreach(module ${library_modules})
  if(TARGET tare_${module})
    install(TARGETS tare_${module} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}/tare)
    string(APPEND TARE_ARCHIVES " -ltare_${module}")
    string(REGEX REPLACE "_.*" "" folder ${module})
    list(APPEND library_folders ${folder})
  endif()
endforeach()
list(REMOVE_DUPLICATES library_folders)
foreach(folder ${library_folders})
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/src/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tare
          FILES_MATCHING PATTERN "*.h" PATTERN "*_json.h" EXCLUDE PATTERN server EXCLUDE)
endforeach()
configure_file(${CMAKE_SOURCE_DIR}/cmake/tare.pc.in ${CMAKE_BINARY_DIR}/tare.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/tare.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
