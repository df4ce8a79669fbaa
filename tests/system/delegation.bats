#!/usr/bin/env bats
# Limits in the hands of an ordinary user, in a cgroup v2 that was given to him. The last test runs this file on such a
# machine when this one has none.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare
load lib/user

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

setup_file() {
  is_v2 || return 0
  make_users_world
  GROUP=/sys/fs/cgroup/delegated-$$
  export GROUP
  echo '+memory +cpu +pids' >/sys/fs/cgroup/cgroup.subtree_control
  mkdir "$GROUP"
  chown "$USER_NAME" "$GROUP" "$GROUP"/cgroup.{procs,subtree_control,threads}
}

setup() { is_v2 || [[ $BATS_TEST_DESCRIPTION == all* ]] || skip "this machine has no pure cgroup v2"; }

teardown_file() {
  end_users_world
  [ -z "${GROUP:-}" ] || find "$GROUP" -depth -type d -exec rmdir {} +
}
teardown() { remove_users_containers; }

# In the group that is the user's: where his processes are once it is divided.
in_group() {
  local group=${IN_GROUP-$GROUP}
  [ ! -d "$group/tare-callers" ] || group+=/tare-callers
  (echo $BASHPID >"$group/cgroup.procs" && user "$@")
}

@test "limits of an ordinary user are in force in a group that is his" {
  in_group run -d --name limited --network none --memory 32m --cpus 0.5 --pids-limit 50 box sleep 600 >/dev/null
  local group
  group=$GROUP/tare/$(in_group inspect -f '{{.Id}}' limited)
  [ "$(cat "$group/memory.max")" = $((32 << 20)) ]
  [ "$(cat "$group/cpu.max")" = "50000 100000" ]
  [ "$(cat "$group/pids.max")" = 50 ]
  [ "$(in_group exec limited cat /sys/fs/cgroup/memory.max)" = $((32 << 20)) ]
  [ "$(wc -l <"$group/cgroup.procs")" -eq 1 ]
  in_group rm -f limited
  [ ! -e "$group" ]
}

@test "an ordinary user's container over its memory is killed and told so" {
  run in_group run --name hog --network none --memory 16m box sh -c 'x=x; while :; do x=$x$x; done'
  [ "$status" -eq 137 ]
  [ "$(in_group inspect -f '{{.State.OOMKilled}}' hog)" = true ]
}

@test "an ordinary user's container is paused and measured" {
  in_group run -d --name measured --network none box sleep 600 >/dev/null
  in_group pause measured
  grep -q 'frozen 1' "$GROUP/tare/$(in_group inspect -f '{{.Id}}' measured)/cgroup.events"
  in_group unpause measured
  [ "$(in_group stats --no-stream --format '{{.PIDs}}' measured)" = 1 ]
}

@test "a limit whose controller was not given is refused by name" {
  run in_group run --rm --network none --cpuset-cpus 0 box true
  [ "$status" -eq 125 ]
  [[ $output == *cpuset* ]]
  [ -z "$(in_group ps -aq)" ]
}

@test "exec from outside of such a group is refused, as the kernel lets nobody in from there, and never unlimited" {
  in_group run -d --name inside --network none --memory 32m box sleep 600 >/dev/null
  mkdir "$GROUP/other" && chown "$USER_NAME" "$GROUP/other" "$GROUP/other/cgroup.procs"
  IN_GROUP=$GROUP/other run -0 in_group exec inside cat /proc/1/cgroup /proc/self/cgroup
  [ "$output" = $'0::/\n0::/' ]
  IN_GROUP=/sys/fs/cgroup run -1 in_group exec inside true
  [[ $output == *"container's control group: Permission denied"*"systemd-run --user --scope"* ]]
}

@test "outside of such a group limits are refused, and containers without them run" {
  IN_GROUP=/sys/fs/cgroup run in_group run --rm --network none --memory 32m box true
  [ "$status" -eq 125 ]
  [[ $output == *delegated* && $output == *Delegate=yes* ]]
  IN_GROUP=/sys/fs/cgroup in_group run --rm --network none box true
}

@test "all of this holds on pure cgroup v2" {
  ! is_v2 || skip "this machine has it"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --timeout 250 -- \
    env TARE_BIN="$TARE_BIN" bats --tap "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(grep -c '^ok' <<<"$output")" -ge 7 ]
  [ "$(grep -c 'skip' <<<"$output")" -eq 1 ]
}
