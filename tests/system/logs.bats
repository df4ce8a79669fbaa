#!/usr/bin/env bats
# `tare logs`: every line, in order, on the stream it was written to, within the space that it was given.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

log_directory() { echo "$TARE_ROOT/containers/$(field "$1" .Id)/log"; }

@test "standard output and standard error come back apart" {
  tare run --name both box sh -c 'echo out; echo err >&2' >/dev/null 2>&1
  [ "$(tare logs both 2>/dev/null)" = out ]
  [ "$(tare logs both 2>&1 >/dev/null)" = err ]
}

@test "--timestamps puts the time before each line" {
  tare run --name timed box sh -c 'echo one; echo two' >/dev/null
  run tare logs --timestamps timed
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{9}Z\ one$ ]]
}

@test "--tail shows the last lines" {
  tare run --name many box seq 100 >/dev/null
  [ "$(tare logs --tail 3 many | tr '\n' ' ')" = "98 99 100 " ]
  [ "$(tare logs -n 0 many)" = "" ]
  [ "$(tare logs --tail 1000 many | wc -l)" -eq 100 ]
  [ "$(tare logs --tail all many | wc -l)" -eq 100 ]
}

@test "--since and --until cut by time" {
  local time
  tare run --name cut box sh -c 'for i in 1 2 3; do echo $i; sleep 0.1; done' >/dev/null
  time=$(tare logs --timestamps cut | sed -n 's/ 2$//p')
  [ "$(tare logs --since "$time" cut | tr '\n' ' ')" = "2 3 " ]
  [[ $(tare logs --until "$time" cut | tr '\n' ' ') == "1 "* ]]
  [[ $(tare logs --until "$time" cut) != *3* ]]
  [ "$(tare logs --since 1h cut | wc -l)" -eq 3 ]
  [ "$(tare logs --since 2100-01-01T00:00:00Z cut)" = "" ]
  run tare logs --since yesterday cut
  [ "$status" -eq 125 ]
  [[ $output == *yesterday* ]]
}

@test "-f follows, and ends with the container" {
  tare run -d -i --name stepped box sh -c 'echo first; sleep 0.5; echo last' >/dev/null
  [ "$(timeout 60 nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" logs -f stepped | tr '\n' ' ')" = "first last " ]
}

@test "-f loses nothing when the file changes under it" {
  tare run -d --name rotated --log-opt max-size=16k --log-opt max-file=20 box \
    sh -c 'sleep 0.3; i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done' >/dev/null
  tare logs -f rotated >"$BATS_TEST_TMPDIR/followed"
  seq 0 4999 | sed 's/^/line /' | cmp - "$BATS_TEST_TMPDIR/followed"
  [ "$(find "$(log_directory rotated)" -type f | wc -l)" -gt 1 ]
}

@test "a line of a megabyte comes back whole" {
  tare run --name long box sh -c 'head -c 1000000 /dev/zero | tr "\0" x; echo; echo after' >/dev/null
  tare logs long >"$BATS_TEST_TMPDIR/long"
  [ "$(head -n 1 "$BATS_TEST_TMPDIR/long" | tr -d '\n' | wc -c)" -eq 1000000 ]
  [ "$(tail -n 1 "$BATS_TEST_TMPDIR/long")" = after ]
  [ "$(tare logs --timestamps long | wc -l)" -eq 2 ]
}

@test "of a hundred thousand lines none is lost" {
  tare run -d --name flood box seq 100000 >/dev/null
  tare wait flood >/dev/null
  tare logs flood | cmp - <(seq 100000)
}

@test "a last line without an end has none" {
  tare run --name open box printf 'no newline' >/dev/null
  [ "$(tare logs open | wc -c)" -eq 10 ]
}

@test "bytes that are no text come back as they were" {
  tare run --name binary box sh -c 'head -c 3 /dev/zero; printf "\377\001\n"' >"$BATS_TEST_TMPDIR/out"
  tare logs binary | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "a log stays within its size and number of files" {
  tare run -d --name bounded --log-opt max-size=64k --log-opt max-file=3 box seq 200000 >/dev/null
  tare wait bounded >/dev/null
  [ "$(du -sb "$(log_directory bounded)" | cut -f 1)" -lt $((3 * 65536 + 16384)) ]
  [ "$(tare logs bounded | tail -n 1)" = 200000 ]
}

@test "a log has the lines of all runs of its container" {
  tare create --name twice box echo again >/dev/null
  tare start -a twice
  tare start -a twice
  [ "$(tare logs twice | wc -l)" -eq 2 ]
}

@test "log driver none keeps nothing, and says so" {
  run tare run --name silent --log-driver none box echo shown
  [ "$output" = shown ]
  run tare logs silent
  [ "$status" -ne 0 ]
  [[ $output == *none* ]]
  [ -z "$(find "$(log_directory silent)" -type f -size +0 2>/dev/null)" ]
}

@test "a log driver that is not there is refused" {
  run tare run --name refused --log-driver syslog box true
  [ "$status" -eq 125 ]
  [[ $output == *syslog* ]]
  run tare run --name refused --log-opt max-size=tiny box true
  [ "$status" -eq 125 ]
}

@test "a full disk stops neither the container nor its end" {
  local small="$WORLD/small"
  mkdir -p "$small"
  mount -t tmpfs -o size=24m,mode=711 tmpfs "$small"
  on_small() { on_host env TARE_ROOT="$small/data" TARE_RUN_ROOT="$WORLD/small-run" "$TARE_BIN/tare" "$@"; }
  on_small load -q -i "$WORLD/image/image.tar"
  on_small run -d --name writer --network none --log-opt max-size=100m box sh -c 'yes "a line that fills the disk"' >/dev/null
  full() { [ "$(df --output=avail -k "$small" | tail -n 1)" -lt 400 ]; }
  local result=0
  wait_until full || result=1
  # The log leaves the pages that these need.
  timeout 60 nsenter --net="/proc/$HOST_PID/ns/net" env TARE_ROOT="$small/data" TARE_RUN_ROOT="$WORLD/small-run" \
    "$TARE_BIN/tare" stop -t 1 writer || result=2
  on_small rm -f writer || result=3
  umount "$small" || result=4
  echo "result $result"
  [ $result -eq 0 ]
}

@test "logs of a container that is not there say so" {
  run tare logs absent
  [ "$status" -eq 1 ]
  [[ $output == *"No such container: absent"* ]]
}

@test "nothing is left behind" { nothing_is_left; }
