#!/usr/bin/env bats
# What the runtime specification says of resources: each limit is in the kernel's file, or is refused by name. Runs on
# cgroup v1 and v2; the last test runs this file on the other.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() { cleanup_bundle; }

resources() { change "c['linux']['resources'].update($1)"; }

# value V1-CONTROLLER V1-FILE V2-FILE: what the running container's group has there.
value() {
  local path=tare/$id
  if is_v2; then cat "/sys/fs/cgroup/$path/$3"; else cat "/sys/fs/cgroup/$1/$path/$2"; fi
}

start_container() {
  command_is sleep 100
  # Not with `run`: the container would hold its pipe.
  oci run -d --bundle "$bundle" "$id" </dev/null >"$work/output" 2>&1 || { cat "$work/output"; false; }
}

refused() { # refused WORDS
  run ! run_container true
  [[ "$output" == *"$1"* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "memory: limit, reservation and swap" {
  resources "{'memory': {'limit': 67108864, 'reservation': 33554432, 'swap': 134217728, 'useHierarchy': True}}"
  start_container
  [ "$(value memory memory.limit_in_bytes memory.max)" = 67108864 ]
  [ "$(value memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
  if is_v2; then [ "$(value - - memory.swap.max)" = 67108864 ]; else [ "$(value memory memory.memsw.limit_in_bytes)" = 134217728 ]; fi
}

@test "memory: swappiness and the OOM killer on v1, refused on v2" {
  resources "{'memory': {'swappiness': 10, 'disableOOMKiller': True}}"
  if is_v2; then refused memory.swappiness; return; fi
  start_container
  [ "$(value memory memory.swappiness)" = 10 ]
  value memory memory.oom_control | grep -q 'oom_kill_disable 1'
}

@test "memory: accounting that is not hierarchical is refused" {
  resources "{'memory': {'useHierarchy': False}}"
  refused memory.useHierarchy
}

@test "cpu: shares, quota, period, burst, processors and nodes" {
  resources "{'cpu': {'shares': 512, 'quota': 50000, 'period': 100000, 'burst': 20000, 'cpus': '0', 'mems': '0'}}"
  start_container
  if is_v2; then
    [ "$(value - - cpu.max)" = "50000 100000" ]
    [ "$(value - - cpu.weight)" = 20 ]
  else
    [ "$(value cpu cpu.cfs_quota_us)" = 50000 ]
    [ "$(value cpu cpu.cfs_period_us)" = 100000 ]
    [ "$(value cpu cpu.shares)" = 512 ]
  fi
  [ "$(value cpu cpu.cfs_burst_us cpu.max.burst)" = 20000 ]
  [ "$(value cpuset cpuset.cpus cpuset.cpus)" = 0 ]
  [ "$(value cpuset cpuset.mems cpuset.mems)" = 0 ]
}

@test "cpu: idle" {
  resources "{'cpu': {'idle': 1}}"
  start_container
  [ "$(value cpu cpu.idle cpu.idle)" = 1 ]
}

@test "cpu: realtime on v1 where the group above grants it, refused on v2" {
  resources "{'cpu': {'realtimeRuntime': 5000, 'realtimePeriod': 1000000}}"
  if is_v2; then refused cpu.realtime; return; fi
  [ -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || { refused cpu.realtime; return; }
  mkdir -p /sys/fs/cgroup/cpu/tare
  [ "$(cat /sys/fs/cgroup/cpu/tare/cpu.rt_runtime_us)" = 0 ] || skip "the group above grants some already"
  refused cpu.realtimeRuntime
}

@test "pids: a limit, no limit, and none at all" {
  resources "{'pids': {'limit': 20}}"
  start_container
  [ "$(value pids pids.max pids.max)" = 20 ]
  oci delete --force "$id"
  resources "{'pids': {'limit': -1}}"
  start_container
  [ "$(value pids pids.max pids.max)" = max ]
  oci delete --force "$id"
  resources "{'pids': {'limit': 0}}"
  start_container
  [ "$(value pids pids.max pids.max)" = 1 ]
}

@test "blockIO: rates are in force, weights where a scheduler has them" {
  local device
  device=$(lsblk -dno MAJ:MIN 2>/dev/null | grep -v '^\(1\|7\|11\|252\):' | head -1 | tr -d ' ')
  [ -n "$device" ] || skip "no block device to limit"
  resources "{'blockIO': {kind: [{'major': ${device%:*}, 'minor': ${device#*:}, 'rate': 1048576}] for kind in ('throttleReadBpsDevice', 'throttleWriteBpsDevice', 'throttleReadIOPSDevice', 'throttleWriteIOPSDevice')}}"
  start_container
  if is_v2; then
    [ "$(value - - io.max)" = "$device rbps=1048576 wbps=1048576 riops=1048576 wiops=1048576" ]
  else
    [ "$(value blkio blkio.throttle.read_bps_device)" = "$device 1048576" ]
    [ "$(value blkio blkio.throttle.write_iops_device)" = "$device 1048576" ]
  fi
}

@test "blockIO: a weight is in force or refused by name, a leaf weight is refused" {
  resources "{'blockIO': {'weight': 500}}"
  command_is sleep 100
  if oci run -d --bundle "$bundle" "$id" </dev/null >"$work/output" 2>&1; then
    grep -qw -e 500 -e 4950 <(value blkio blkio.bfq.weight io.bfq.weight 2>/dev/null || value blkio blkio.weight io.weight)
  else
    grep blockIO.weight "$work/output"
  fi
  oci delete --force "$id" || true
  resources "{'blockIO': {'leafWeight': 300}}"
  refused blockIO.leafWeight
}

@test "hugepageLimits, network and rdma are in force where there is a controller, else refused by name" {
  resources "{'hugepageLimits': [{'pageSize': '2MB', 'limit': 4194304}]}"
  if is_v2 && grep -qw hugetlb /sys/fs/cgroup/cgroup.controllers; then
    start_container
    [ "$(value - - hugetlb.2MB.max)" = 4194304 ]
    oci delete --force "$id"
  elif [ ! -d /sys/fs/cgroup/hugetlb ] && ! grep -qw hugetlb /sys/fs/cgroup/unified/cgroup.controllers; then
    refused hugepageLimits
  fi
  change "c['linux']['resources'] = {'network': {'classID': 1048577}}"
  [ -d /sys/fs/cgroup/net_cls ] || refused network.classID
  change "c['linux']['resources'] = {'network': {'priorities': [{'name': 'lo', 'priority': 500}]}}"
  [ -d /sys/fs/cgroup/net_prio ] || refused network.priorities
  change "c['linux']['resources'] = {'rdma': {'mlx5_1': {'hcaHandles': 3}}}"
  refused rdma.mlx5_1
}

@test "unified: any file of the group on v2, refused on v1" {
  resources "{'unified': {'memory.oom.group': '1', 'memory.high': '50331648', 'cgroup.max.depth': '3'}}"
  if ! is_v2; then refused unified; return; fi
  start_container
  [ "$(value - - memory.oom.group)" = 1 ]
  [ "$(value - - memory.high)" = 50331648 ]
  [ "$(value - - cgroup.max.depth)" = 3 ]
  oci delete --force "$id"
  resources "{'unified': {'nosuch.max': '1'}}"
  refused "no nosuch cgroup controller"
  resources "{'unified': {'../memory.max': '1'}}"
  refused "no file name"
}

@test "devices: the later rule wins, and a rule of all types allows what it says only" {
  local first second
  # Two that anybody may open, if it were not for the rules.
  read -r first second < <(awk '$2 ~ /^(tun|fuse|loop-control|vhost-net|vhost-vsock|btrfs-control|autofs|cuse)$/ { printf "%s ", $1 } END { print "" }' /proc/misc)
  [ -n "$second" ] || skip "too few devices to try it with"
  change "c['linux']['resources']['devices'] = [{'allow': False, 'access': 'rwm'}, {'allow': True, 'major': 10, 'minor': $first, 'access': 'r'}]
c['linux']['devices'] = [{'type': 'c', 'path': '/dev/first', 'major': 10, 'minor': $first}, {'type': 'c', 'path': '/dev/second', 'major': 10, 'minor': ${second%% *}}]"
  run run_container sh -c '(exec 3</dev/first) && echo open; (exec 3>>/dev/first) || echo closed; (exec 3</dev/second) || echo closed'
  echo "$output"
  [ "$(grep -c ^open <<<"$output")" -eq 1 ]
  [ "$(grep -c ^closed <<<"$output")" -eq 2 ]
  change "c['linux']['resources']['devices'] = [{'allow': True, 'type': 'x'}]"
  refused "x is no device type"
  change "c['linux']['resources']['devices'] = [{'allow': True, 'access': 'rx'}]"
  refused "access rx"
}

@test "cgroupsPath: absolute and relative, and not out of the hierarchy" {
  local path
  for path in "/tare-spec-$id/inner" "tare-spec-$id/inner"; do
    change "c['linux']['cgroupsPath'] = '$path'"
    start_container
    find /sys/fs/cgroup -type d -path "*/tare-spec-$id/inner" | grep -q .
    oci delete --force "$id"
  done
  find /sys/fs/cgroup -depth -type d -name "tare-spec-$id" -exec rmdir {} +
  change "c['linux']['cgroupsPath'] = '/tare/../../x'"
  refused "leads out of the hierarchy"
}

@test "all of this holds on the other cgroup version" { run_on_other_cgroup_version; }
