# Helpers of the files about resources. For bats files: `load lib/resources`.

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# cgroup_file CONTAINER V1-CONTROLLER V1-FILE V2-FILE: its content.
cgroup_file() {
  local id
  id=$(field "$1" .Id)
  if is_v2; then cat "/sys/fs/cgroup/${PARENT:-tare}/$id/$4"; else cat "/sys/fs/cgroup/$2/${PARENT:-tare}/$id/$3"; fi
}

# on_cgroup2 AT-LEAST: runs the calling file in a machine with pure cgroup v2, where so many of its tests must pass.
on_cgroup2() {
  [ -z "${IN_CGROUP2_VM:-}" ] || skip "this is that run"
  ! is_v2 || skip "this machine has cgroup v2 alone"
  local vm=${TARE_CGROUP2_VM:-}
  [ -n "$vm" ] && [ -x "$vm" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  # Without the variables and the PATH of this run of bats.
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$vm" --timeout 250 -- \
    env IN_CGROUP2_VM=1 TARE_BIN="$TARE_BIN" bats --tap "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(grep -c '^ok' <<<"$output")" -ge "$1" ]
}
