#!/usr/bin/env bats
# What goes wrong is named: the thing, the cause, and what to do. Exit codes are Docker's.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

# fails CODE WORDS COMMAND…: the command's exit code, and words of its message.
fails() {
  local code=$1 words=$2
  shift 2
  run "-$code" "$@"
  echo "$output"
  [[ $output == *"$words"* ]]
}

# A file of the container at /file, with this content and mode.
with_file() {
  printf "$1" >"$BATS_TEST_TMPDIR/file"
  chmod "$2" "$BATS_TEST_TMPDIR/file"
}
run_file() { tare run --rm -v "$BATS_TEST_TMPDIR/file:/file" box /file; }

@test "a command that is not there is 127, and named" {
  fails 127 no-such-command tare run --rm box no-such-command
  fails 127 /no/such/file tare run --rm box /no/such/file
}

@test "a script whose interpreter is not there is 127, and the interpreter is named" {
  with_file '#!/usr/bin/absent\n' 755
  fails 127 /usr/bin/absent run_file
}

@test "a script with the line ends of another system is told as that" {
  with_file '#!/bin/sh\r\necho hello\r\n' 755
  fails 127 'Windows line ends' run_file
}

@test "a file without the execute bit is 126" {
  with_file '#!/bin/sh\n' 644
  fails 126 execut run_file
}

@test "a directory is 126" {
  fails 126 directory tare run --rm box /etc
}

@test "a program of another architecture is 126, and the architectures are named" {
  # An ELF header alone: 64 bit, little endian, s390 (machine 22).
  with_file '\177ELF\002\001\001\000\000\000\000\000\000\000\000\000\002\000\026\000\001\000\000\000\000\000\000\000\000\000\000\000\100\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\100\000\070\000\000\000\000\000\000\000\000\000' 755
  fails 126 s390 run_file
}

@test "a program whose loader the image lacks is 127, and the loader is named" {
  local program
  program=$(command -v ls)
  readelf -l "$program" 2>/dev/null | grep -q ld-linux || skip "ls is not linked dynamically here"
  cp "$program" "$BATS_TEST_TMPDIR/file"
  fails 127 ld-linux run_file
}

@test "what has no format that the kernel knows is 126" {
  with_file 'no program at all' 755
  fails 126 /file run_file
}

@test "an image that is not there is named" {
  fails 125 absent:latest tare run --pull never absent true
  fails 1 absent tare rmi absent
}

@test "a reference that is none is refused" {
  fails 125 UPPER tare run UPPER/case true
  fails 125 'bad::tag' tare run bad::tag true
}

@test "a container name that is none is refused" {
  fails 125 "a/b" tare run --name a/b box true
}

@test "an unknown option is named, with the nearest one" {
  fails 125 "--memroy" tare run --memroy 64m box true
  [[ $output == *"--memory"* ]]
  fails 125 "--publsh" tare run --publsh 80 box true
  [[ $output == *"--publish"* ]]
}

@test "an unknown command is named, with where to look" {
  run tare rnu box
  [ "$status" -ne 0 ]
  [[ $output == *rnu* && $output == *"tare --help"* ]]
}

@test "an option without its value and a command without its image are refused" {
  fails 125 --name tare run --name
  run tare run
  [ "$status" -eq 125 ]
  [ -n "$output" ]
}

@test "options that contradict each other are refused" {
  fails 125 --restart tare run --rm --restart always box true
  fails 125 published tare run --network none -p 80:80 box true
  fails 125 --network tare run --network host -p 80:80 box true
}

@test "what is not supported is refused, not ignored" {
  local option
  for option in --isolation=process --volumes-from=x --volume-driver=x --mac-address=02:42:ac:11:00:02 --platform=linux/arm64; do
    fails 125 "${option%%=*}" tare run --name refused "$option" box true
  done
  [ -z "$(tare ps -aq)" ]
}

@test "every verb names a container that is not there" {
  local verb
  for verb in start stop kill rm logs pause unpause restart wait port top attach; do
    fails 1 "No such container: absent" tare $verb absent
  done
  fails 1 "No such container: absent" tare exec absent true
  fails 1 "No such container: absent" tare rename absent other
  fails 1 "absent" tare inspect absent
}

@test "verbs go on with the other names after one that is not there" {
  tare create --name there box true >/dev/null
  run tare rm absent there
  [ "$status" -eq 1 ]
  [ -z "$(tare ps -aq)" ]
}

@test "no space is told as no space, and leaves no image" {
  local small="$WORLD/small"
  mkdir -p "$small"
  mount -t tmpfs -o size=1m,mode=711 tmpfs "$small"
  run on_host env TARE_ROOT="$small/data" TARE_RUN_ROOT="$WORLD/small-run" "$TARE_BIN/tare" load -i "$WORLD/image/image.tar"
  umount "$small"
  echo "$output"
  [ "$status" -ne 0 ]
  [[ $output == *"No space left"* ]]
}

@test "an archive that is none is refused" {
  echo "no archive" >"$BATS_TEST_TMPDIR/file"
  run tare load -i "$BATS_TEST_TMPDIR/file"
  [ "$status" -ne 0 ]
  [[ $output == *"$BATS_TEST_TMPDIR/file"* || $output == *archive* ]]
}

@test "a container whose start fails holds no port and no address" {
  fails 127 absent tare run --name failed -p 8080:80 box /absent
  run ! published_elements
  tare run --rm -p 8080:80 box true
}

@test "nothing is left behind" { nothing_is_left; }
