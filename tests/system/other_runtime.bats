#!/usr/bin/env bats
# `--runtime`: containers made by another OCI runtime, with every verb that tare has for its own.

bats_require_minimum_version 1.5.0
load lib/images
load lib/resources
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

# tare in a mount namespace where the idle version 2 hierarchy has no controllers, without which crun refuses a host with
# both versions. The hierarchies are the host's.
with_runtime() {
  unshare --mount sh -c '[ ! -e /sys/fs/cgroup/unified/cgroup.controllers ] ||
      mount --bind /dev/null /sys/fs/cgroup/unified/cgroup.controllers
    exec "$@"' - nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" "$@" 3>&-
}

lives_through_everything() { # lives_through_everything RUNTIME
  local runtime=$1
  command -v "$runtime" >/dev/null || skip "$runtime is not installed"

  # Streams, exit codes, and what could not be executed.
  [ "$(echo word | with_runtime run --rm -i --runtime "$runtime" box cat)" = word ]
  run with_runtime run --rm --init --runtime "$runtime" box sh -c 'echo out; echo err >&2; exit 42'
  [ "$status" -eq 42 ]
  [[ $output == *out*err* ]]
  run -127 with_runtime run --rm --runtime "$runtime" box /nosuch
  run tare ps -aq
  [ "$output" = "" ]

  # A life of verbs.
  with_runtime run -d --name lively --runtime "$runtime" --memory 64m -v "$BATS_TEST_TMPDIR:/shared" -p 18099:80 box \
    sh -c 'trap "echo told >/shared/told; exit 7" TERM; echo begun; while :; do sleep 0.05; done' >/dev/null
  [ "$(field lively .HostConfig.Runtime)" = "$runtime" ]
  has_begun() { [ "$(tare logs lively)" = begun ]; }
  wait_until has_begun
  [ -e "$TARE_RUN_ROOT/containers/$(field lively .Id)/runtime/$(field lively .Id)" ]  # it is that runtime's
  [ "$(cgroup_file lively memory memory.limit_in_bytes memory.max)" = 67108864 ]
  with_runtime update --memory 100m lively >/dev/null
  [ "$(cgroup_file lively memory memory.limit_in_bytes memory.max)" = 104857600 ]
  [ "$(with_runtime exec lively cat /proc/1/comm)" = sh ]
  run with_runtime exec lively sh -c 'exit 9'
  [ "$status" -eq 9 ]
  run -127 with_runtime exec lively /nosuch
  run -126 with_runtime exec lively /etc/passwd
  [[ $output == *"ermission denied"* ]]
  with_runtime pause lively >/dev/null
  status_is lively paused
  with_runtime unpause lively >/dev/null
  status_is lively running
  [ -n "$(tare top lively | grep -v PID)" ]
  tare stop -t 20 lively >/dev/null
  [ "$(field lively .State.ExitCode)" = 7 ]
  [ -e "$BATS_TEST_TMPDIR/told" ]

  # Again, killed, and removed while it runs.
  with_runtime start lively >/dev/null
  with_runtime kill lively >/dev/null
  [ "$(tare wait lively)" = 137 ]
  with_runtime start lively >/dev/null
  with_runtime rm -f lively >/dev/null
}

@test "runc runs what tare makes, through every verb" { lives_through_everything runc; }

@test "crun runs what tare makes, through every verb" { lives_through_everything crun; }

@test "another runtime gives a container a terminal" {
  command -v runc >/dev/null || skip "runc is not installed"
  tare run --name typed -t --runtime runc box sh -c 'tty; exit 4' >"$BATS_TEST_TMPDIR/out" || [ $? -eq 4 ]
  grep -q /dev/pts "$BATS_TEST_TMPDIR/out"
  [ "$(field typed .State.ExitCode)" = 4 ]
}

@test "a container of another runtime is restarted by its policy, and dies with its supervisor" {
  command -v runc >/dev/null || skip "runc is not installed"
  tare run -d --name steady --restart always --runtime runc box sleep 1000 >/dev/null
  kill -KILL "$(field steady .State.Pid)"
  restarted() { [ "$(field steady .RestartCount)" = 1 ] && status_is steady running; }
  wait_until restarted
  local pid supervisor
  pid=$(field steady .State.Pid)
  supervisor=$(python3 -c 'import json, sys; print(json.load(sys.stdin)["supervisor_pid"])' \
    <"$TARE_ROOT/containers/$(field steady .Id)/state.json")
  kill -KILL "$supervisor"
  is_gone() { ! kill -0 "$pid" 2>/dev/null; }
  wait_until is_gone
  wait_until status_is steady exited
  tare start steady >/dev/null
  status_is steady running
}

@test "runtimes that do not exist are refused" {
  run tare run --runtime nosuch box true
  [ "$status" -eq 125 ]
  [[ $output == *"Unknown runtime specified nosuch"* ]]
  run tare run --runtime /etc/passwd box true
  [ "$status" -eq 125 ]
  [ "$(tare run --rm --runtime tare box echo own)" = own ]
}

@test "a runtime that fails is quoted" {
  printf '#!/bin/sh\nexit 3\n' >"$BATS_TEST_TMPDIR/broken"
  chmod +x "$BATS_TEST_TMPDIR/broken"
  run tare run --rm --runtime "$BATS_TEST_TMPDIR/broken" box true
  echo "$output"
  [ "$status" -eq 125 ]
  [[ $output == *"broken create: it failed with exit code 3"* ]]
}

@test "nothing is left behind" { nothing_is_left; }

@test "all of this holds on pure cgroup v2" { on_cgroup2 7; }
