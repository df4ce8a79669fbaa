#!/usr/bin/env bats
# kill -9 of our programs at many instants: what is left is repaired by the next command, and nothing leaks. Pulls,
# builds, loads and uploads are killed in the files of their programs.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

# killed_after MILLISECONDS ARGUMENT…: `tare ARGUMENT…`, killed -9 after so long (nsenter executes it: its pid stays).
killed_after() {
  local delay=$1 pid
  shift
  nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" "$@" 3>&- </dev/null >/dev/null 2>&1 &
  pid=$!
  sleep "$(printf '0.%03d' "$delay")"
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

settled() { ! tare ps -a --format '{{.State}}' | grep -q running; }

@test "a run that is killed at any instant leaves containers that can be removed" {
  for delay in 1 3 5 8 12 16 20 25 30 40 60 90; do killed_after "$delay" run --network none box true; done
  wait_until settled
  run tare ps -aq
  [ "$status" -eq 0 ]
  # shellcheck disable=SC2086
  [ -z "$output" ] || tare rm -f $output >/dev/null
  [ "$(tare run --rm box echo works)" = works ]
}

@test "a run with a published port that is killed gives the port back" {
  for delay in 5 15 30 50 80; do killed_after "$delay" run -d --name port -p 18099:80 box sleep 100; done
  tare rm -f port >/dev/null 2>&1 || true
  tare ps >/dev/null
  tare run -d --name again -p 18099:80 box sleep 100
  tare rm -f again
}

@test "a removal that is killed at any instant is completed by the next" {
  for delay in 1 3 6 10 20; do
    tare run -d --name doomed box sleep 100 >/dev/null
    killed_after "$delay" rm -f doomed
    tare rm -f doomed >/dev/null
    run tare inspect doomed
    [ "$status" -ne 0 ]
  done
}

@test "exec, logs and stop that are killed harm nobody" {
  tare run -d --name steady box sh -c 'while :; do echo tick; sleep 0.05; done' >/dev/null
  for delay in 5 15 40; do
    killed_after "$delay" exec steady sleep 5
    killed_after "$delay" logs -f steady
    killed_after "$delay" attach steady
  done
  status_is steady running
  killed_after 10 stop -t 1 steady
  tare stop -t 1 steady
  status_is steady exited
}

@test "every supervisor killed at once: all containers are told as ended, and can be removed" {
  for name in one two three; do tare run -d --name "$name" box sleep 100 >/dev/null; done
  for name in one two three; do kill -9 "$(ps -o ppid= -p "$(field $name .State.Pid)" | tr -d ' ')"; done
  for name in one two three; do
    wait_until status_is "$name" exited
    [ "$(field "$name" .State.ExitCode)" = 137 ]
    [ "$(field "$name" .State.OOMKilled)" = false ]
  done
  tare rm one two three
}

@test "a flipped bit in an image's file is found, not touched while a container runs, and mended" {
  local file
  file=$(ls "$TARE_ROOT"/store/layers/*/etc/passwd | head -1)
  tare system check
  printf X | dd of="$file" bs=1 conv=notrunc status=none
  run tare system check
  [ "$status" -eq 1 ]
  [[ $output == *"etc/passwd: another content"* ]]
  tare run -d --name busy --network none box sleep 100 >/dev/null
  run tare system check --repair
  [ "$status" -eq 1 ]
  [[ $output == *"container busy is running"* ]]
  tare rm -f busy
  tare system check --repair
  [ "$(tare run --rm --network none box head -c 4 /etc/passwd)" = root ]
}

@test "nothing is left of all this" { nothing_is_left; }
