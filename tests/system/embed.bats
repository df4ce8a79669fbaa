#!/usr/bin/env bats
# The engine as a library: what `make install` installs is enough for a program of somebody else.

load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

@test "a program is built with the installed library alone, and builds, runs and reads the log of a container" {
  require_command pkg-config
  require_command g++
  cmake --install "$TARE_BIN/.." --prefix "$WORLD/installed" >/dev/null
  export PKG_CONFIG_PATH=$WORLD/installed/lib/pkgconfig
  # shellcheck disable=SC2046
  g++ "$BATS_TEST_DIRNAME/../../examples/embed/main.cc" -o "$WORLD/embed" $(pkg-config --cflags --libs tare)
  mkdir "$WORLD/context"
  printf 'FROM box\nCMD ["echo", "hello from the inside"]\n' >"$WORLD/context/Dockerfile"
  run on_host env PATH="$WORLD/installed/bin:$PATH" "$WORLD/embed" "$WORLD/context"
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "built "* ]]
  [[ ${lines[1]} == *" exited with 0" ]]
  [ "${lines[2]}" = "log: hello from the inside" ]
}

@test "nothing is left behind" { nothing_is_left; }
