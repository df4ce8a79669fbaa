#!/usr/bin/env bats
# Limits in the hands of an ordinary user, in a cgroup v2 that was given to him. The last test runs this file on such a
# machine when this one has none.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

setup_file() {
  is_v2 || return 0
  require_root
  require_command useradd
  require_command setpriv
  make_world
  USER_NAME=tare-test-$$
  useradd --no-create-home --home-dir "$WORLD/home" --shell /bin/sh "$USER_NAME"
  GROUP=/sys/fs/cgroup/delegated-$$
  export USER_NAME GROUP
  mkdir -p "$WORLD"/home/{data,run} "$WORLD/programs"
  cp "$TARE_BIN"/tare "$TARE_BIN"/tare-* "$WORLD/programs/"
  chmod 755 "$WORLD/programs" "$WORLD/image"
  chown -R "$USER_NAME" "$WORLD/home"
  echo '+memory +cpu +pids' >/sys/fs/cgroup/cgroup.subtree_control
  mkdir "$GROUP"
  chown "$USER_NAME" "$GROUP" "$GROUP"/cgroup.{procs,subtree_control,threads}
  user load -q -i "$WORLD/image/image.tar" >/dev/null
}

setup() { is_v2 || [[ $BATS_TEST_DESCRIPTION == all* ]] || skip "this machine has no pure cgroup v2"; }

teardown_file() {
  [ -n "${WORLD:-}" ] || return 0
  remove_users_containers || true
  end_world
  find "$GROUP" -depth -type d -exec rmdir {} +
  userdel "$USER_NAME"
}
teardown() { [ -z "${WORLD:-}" ] || remove_users_containers; }

# As the user, in the group that is his: where its processes are once it is divided.
as_user() {
  local group=${IN_GROUP-$GROUP}
  [ ! -d "$group/tare-callers" ] || group+=/tare-callers
  (echo $BASHPID >"$group/cgroup.procs" && cd "$WORLD/home" &&
    exec nsenter --net="/proc/$HOST_PID/ns/net" setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups \
      --inh-caps=-all env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME="$WORLD/home" \
      TARE_ROOT="$WORLD/home/data" TARE_RUN_ROOT="$WORLD/home/run" "$@" 3>&-)
}
user() { as_user "$WORLD/programs/tare" "$@"; }

remove_users_containers() {
  local ids
  ids=$(user ps -aq)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || user rm -f -v $ids >/dev/null
}

@test "limits of an ordinary user are in force in a group that is his" {
  user run -d --name limited --network none --memory 32m --cpus 0.5 --pids-limit 50 box sleep 600 >/dev/null
  local group
  group=$GROUP/tare/$(user inspect -f '{{.Id}}' limited)
  [ "$(cat "$group/memory.max")" = $((32 << 20)) ]
  [ "$(cat "$group/cpu.max")" = "50000 100000" ]
  [ "$(cat "$group/pids.max")" = 50 ]
  [ "$(user exec limited cat /sys/fs/cgroup/memory.max)" = $((32 << 20)) ]
  [ "$(wc -l <"$group/cgroup.procs")" -eq 1 ]
  user rm -f limited
  [ ! -e "$group" ]
}

@test "an ordinary user's container over its memory is killed and told so" {
  run user run --name hog --network none --memory 16m box sh -c 'x=x; while :; do x=$x$x; done'
  [ "$status" -eq 137 ]
  [ "$(user inspect -f '{{.State.OOMKilled}}' hog)" = true ]
}

@test "an ordinary user's container is paused and measured" {
  user run -d --name measured --network none box sleep 600 >/dev/null
  user pause measured
  grep -q 'frozen 1' "$GROUP/tare/$(user inspect -f '{{.Id}}' measured)/cgroup.events"
  user unpause measured
  [ "$(user stats --no-stream --format '{{.PIDs}}' measured)" = 1 ]
}

@test "a limit whose controller was not given is refused by name" {
  run user run --rm --network none --cpuset-cpus 0 box true
  [ "$status" -eq 125 ]
  [[ $output == *cpuset* ]]
  [ -z "$(user ps -aq)" ]
}

@test "outside of such a group limits are refused, and containers without them run" {
  IN_GROUP=/sys/fs/cgroup run user run --rm --network none --memory 32m box true
  [ "$status" -eq 125 ]
  [[ $output == *delegated* && $output == *Delegate=yes* ]]
  IN_GROUP=/sys/fs/cgroup user run --rm --network none box true
}

@test "all of this holds on pure cgroup v2" {
  ! is_v2 || skip "this machine has it"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --timeout 250 -- \
    env TARE_BIN="$TARE_BIN" bats --tap "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(grep -c '^ok' <<<"$output")" -ge 6 ]
  [ "$(grep -c 'skip' <<<"$output")" -eq 1 ]
}
