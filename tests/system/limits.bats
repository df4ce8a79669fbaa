#!/usr/bin/env bats
# Limits hold, are told apart when they strike, and are refused when they make no sense. Runs on cgroup v1 and v2; the
# last test runs this file on the other.

bats_require_minimum_version 1.5.0
load lib/images
load lib/resources
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() {
  remove_containers
  find /sys/fs/cgroup -maxdepth 2 -type d -name tare-heavy -exec rmdir {} + 2>/dev/null || true
}

refused() { # refused WORDS-OF-THE-REASON OPTION…
  local reason=$1
  shift
  run tare run --name refused "$@" box true
  echo "$output"
  [ "$status" -eq 125 ]
  [[ $output == *"$reason"* ]]
  run tare inspect refused
  [ "$status" -eq 1 ]
}

@test "a container over its memory is killed, and told as out of memory" {
  run tare run --name hog --memory 16m box sh -c 'x=x; while :; do x=$x$x; done'
  [ "$status" -eq 137 ]
  [ "$(field hog .State.OOMKilled)" = true ]
  [ "$(field hog .State.ExitCode)" = 137 ]
  # Which process, how large, and whose limit.
  [[ $output == *"out of memory: "*"at the container's limit of 16MiB"* ]]
  [[ $(field hog .State.Error) == "out of memory: process sh (pid "*") was killed with "*"iB in memory, at the container's limit of 16MiB"* ]]
}

@test "a kill that is not the kernel's is not told as out of memory" {
  tare run -d --name victim --memory 64m box sleep 1000 >/dev/null
  kill -KILL "$(field victim .State.Pid)"
  [ "$(tare wait victim)" = 137 ]
  [ "$(field victim .State.OOMKilled)" = false ]
}

@test "a child that is out of memory is told of, and not as the end of the container that goes on" {
  local script='sh -c "x=x; while :; do x=\$x\$x; done"; echo "child $?"'
  tare run -d --name parent --memory 16m box sh -c "$script; sleep 1000" >/dev/null
  has_lost_its_child() { [ "$(tare logs parent 2>/dev/null)" = "child 137" ]; }
  wait_until has_lost_its_child
  [ "$(field parent .State.OOMKilled) $(field parent .State.OOMKills)" = "false 1" ]  # while it runs
  # A plain kill after it is a plain kill.
  kill -KILL "$(field parent .State.Pid)"
  [ "$(tare wait parent)" = 137 ]
  [ "$(field parent .State.OOMKilled) $(field parent .State.OOMKills)" = "false 1" ]
  [[ $(field parent .State.LastOOMKill) == "out of memory: process sh"* ]]
  [ "$(field parent .State.Error)" = "" ]

  run tare run --name survivor --memory 16m box sh -c "$script"
  [ "$status" -eq 0 ]
  [[ $output == *"child 137"* ]]
  [ "$(field survivor .State.OOMKilled) $(field survivor .State.OOMKills)" = "false 1" ]
}

@test "memory limits are what the kernel has" {
  tare run -d --name measured --memory 64m --memory-reservation 32m box sleep 1000 >/dev/null
  [ "$(cgroup_file measured memory memory.limit_in_bytes memory.max)" = 67108864 ]
  [ "$(cgroup_file measured memory memory.soft_limit_in_bytes memory.low)" = 33554432 ]
  [ "$(field measured .HostConfig.Memory)" = 67108864 ]
}

@test "limits can be read inside the container" {
  run tare run --rm --memory 64m --cpus 0.5 --pids-limit 50 box sh -c '
    cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null
    cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null
    cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null; :'
  echo "$output"
  [ "${lines[0]}" = 67108864 ]
  [ "${lines[1]}" = 50 ]
  [[ ${lines[2]} == 50000* ]]
}

@test "the CPU limit is what the kernel has" {
  tare run -d --name half --cpus 0.5 box sleep 1000 >/dev/null
  if is_v2; then [ "$(cgroup_file half - - cpu.max)" = "50000 100000" ]
  else
    [ "$(cgroup_file half cpu cpu.cfs_quota_us)" = 50000 ]
    [ "$(cgroup_file half cpu cpu.cfs_period_us)" = 100000 ]
  fi
  [ "$(field half .HostConfig.NanoCpus)" = 500000000 ]
}

@test "CPU quotas and shares reach the kernel as they are" {
  tare run -d --name shares --cpu-shares 512 --cpu-period 50000 --cpu-quota 20000 box sleep 1000 >/dev/null
  if is_v2; then [ "$(cgroup_file shares - - cpu.max)" = "20000 50000" ]
  else
    [ "$(cgroup_file shares cpu cpu.shares)" = 512 ]
    [ "$(cgroup_file shares cpu cpu.cfs_quota_us)" = 20000 ]
  fi
}

# usage in µs, periods that ran, periods in which it was held back
cpu_counters() {
  if is_v2; then cgroup_file "$1" - - cpu.stat | awk '{ v[$1] = $2 } END { print v["usage_usec"], v["nr_periods"], v["nr_throttled"] }'
  else
    echo "$(($(cgroup_file "$1" cpuacct cpuacct.usage) / 1000)) $(cgroup_file "$1" cpu cpu.stat | awk '{ v[$1] = $2 } END { print v["nr_periods"], v["nr_throttled"] }')"
  fi
}

# A control group above the container's that weighs more than all else on the machine: what others run then takes
# nothing of the half that the limit grants. (cgroup v1; on v2 the test is on its own.)
make_heavy_parent() {
  is_v2 && return 0
  mkdir -p /sys/fs/cgroup/cpu/tare-heavy
  echo 262144 >/sys/fs/cgroup/cpu/tare-heavy/cpu.shares
}

# Time is counted in periods of the kernel's own, 100 ms each, of which 50 may be used.
@test "half a CPU is what a busy loop gets, within ten percent" {
  [ -z "${IN_CGROUP2_VM:-}" ] || skip "user-mode Linux counts CPU time by ticks"
  local usage periods throttled first_usage first_periods PARENT=tare-heavy
  make_heavy_parent
  tare run -d --name spin --cgroup-parent /tare-heavy --cpus 0.5 box sh -c '(while :; do :; done) & while :; do :; done' >/dev/null
  for _ in 1 2 3; do
    read -r first_usage first_periods _ < <(cpu_counters spin)
    enough() { read -r usage periods throttled < <(cpu_counters spin); [ $((usage - first_usage)) -ge 2000000 ]; }
    wait_until enough
    usage=$((usage - first_usage)) periods=$((periods - first_periods))
    echo "used $usage µs in $periods periods; $throttled periods were throttled so far"
    [ "$throttled" -gt 0 ]
    [ "$usage" -le $((periods * 55000 + 50000)) ]  # never above
    [ "$usage" -ge $((periods * 45000)) ] && return 0
  done
  false
}

@test "a container forks until its limit of processes, and no further" {
  run tare run --rm --pids-limit 10 box sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; wait'
  [ "$status" -ne 0 ]
  [[ $output == *"can't fork"* ]]
  tare run -d --name counted --pids-limit 10 box sleep 1000 >/dev/null
  [ "$(cgroup_file counted pids pids.max pids.max)" = 10 ]
}

@test "a negative limit of processes is no limit, as in Docker" {
  tare run -d --name many --pids-limit -7 box sleep 1000 >/dev/null
  [ "$(cgroup_file many pids pids.max pids.max)" = max ]
}

@test "ulimits are set" {
  [ "$(tare run --rm --ulimit nofile=100:200 box sh -c 'ulimit -Sn; ulimit -Hn' | tr '\n' ' ')" = "100 200 " ]
}

@test "--shm-size is the size of /dev/shm" {
  tare run --rm --shm-size 2m box df -k /dev/shm | grep -q ' 2048 '
}

@test "--cpuset-cpus binds to those processors" {
  tare run --rm --cpuset-cpus 0 box grep Cpus_allowed_list /proc/self/status | grep -qw 0
}

@test "limits that make no sense are refused with a reason, and nothing is left" {
  refused "minimum" --memory 1m
  refused "invalid argument" --memory lots
  refused "invalid argument" --memory -5m
  refused "invalid argument" --cpus zero
  refused "invalid argument" --cpus -1
  refused "range of CPUs" --cpus 1000
  refused "memory" --memory 64m --memory-swap 32m
  refused "invalid argument" --pids-limit many
  refused "cpus" --cpus 0.5 --cpu-quota 50000
  refused "10 to 1000" --blkio-weight 5
  refused "--kernel-memory" --kernel-memory 64m
  refused "swappiness" --memory-swappiness 101
  refused "cpu-rt-period" --cpu-rt-runtime 900 --cpu-rt-period 800
  refused "CGROUP mode" --cgroupns shared
  refused "invalid argument" --memory -1
  refused "expected a size" --storage-opt size=much
  refused "no such option" --storage-opt quota=1g
  refused "expected size=SIZE" --storage-opt 1g
  refused "cpuset" --cpuset-cpus 4096
  refused "ulimit" --ulimit nofile=20:10
  refused "ulimit" --ulimit nonsense=10
  refused "shm" --shm-size -1
  refused "minimum of 6m" --memory-reservation 1k
  refused "cpu-period" --cpu-period 5
  refused "cpu-quota" --cpu-quota 10
}

need_disks() {
  [ -c /dev/loop-control ] || skip "this machine has no loop devices"
  [ -n "$(command -v mkfs.ext4)" ] || skip "e2fsprogs is not installed"
}
loops_of_world() { losetup -a | grep "$WORLD/"; }
no_loop_left() { ! loops_of_world; }

@test "--storage-opt size bounds what a container writes, over all its runs" {
  need_disks
  run tare run --name small --storage-opt size=10M box sh -c 'head -c 9m /dev/zero >/most && echo fits
    dd if=/dev/zero of=/more bs=64k count=32; rm /more; exit 5'
  echo "$output"
  [ "$status" -eq 5 ]
  [ "${lines[0]}" = fits ]
  [[ $output == *"No space left on device"* ]]
  [ "$(field small .HostConfig.StorageOpt.size)" = 10M ]
  [ "$(tare start -a small 2>&1 | grep -c 'No space')" = 1 ]
  wait_until no_loop_left
  # What the user's entry has become is seen before the next start.
  run tare run --name moving --storage-opt size=10m box sh -c 'echo $HOME; sed -i s,:/root:,:/other:, /etc/passwd'
  [ "$output" = /root ]
  [ "$(tare start -a moving)" = /other ]
  # What is removed is given back to the host.
  tare run -d --name roomy --storage-opt size=100m --restart always --stop-signal KILL box \
    sh -c 'head -c 50m /dev/zero >/big; sync; rm /big; sync; echo ready; sleep 1000' >/dev/null
  ready() { tare logs roomy | grep -q ready; }
  wait_until ready
  ! grep "$WORLD/.*disk" /proc/self/mountinfo
  tare stop roomy
  wait_until no_loop_left
  [ "$(du -k "$TARE_ROOT/containers/$(field roomy .Id)/disk.img" | cut -f 1)" -lt 20000 ]
  [[ $(tare run --rm --userns=auto --storage-opt size=10m box dd if=/dev/zero of=/more bs=1M count=11 2>&1) == *"No space"* ]]
}

@test "--storage-opt size leaves no device behind when the supervisor is killed" {
  need_disks
  tare run -d --name orphan --storage-opt size=10m box sleep 1000 >/dev/null
  loops_of_world
  kill -KILL "$(processes_named tare-supervisor)"
  wait_until no_loop_left
  tare start orphan >/dev/null
  tare exec orphan true
}

@test "--storage-opt size holds on xfs" {
  need_disks
  require_command mkfs.xfs
  grep -qw xfs /proc/filesystems || skip "this kernel has no xfs"
  truncate -s 400M "$WORLD/xfs.img"
  mkfs.xfs -q "$WORLD/xfs.img"
  mkdir "$WORLD/xfs"
  mount -o loop "$WORLD/xfs.img" "$WORLD/xfs"
  (
    export TARE_ROOT=$WORLD/xfs/data
    tare load -q -i "$WORLD/image/image.tar"
    tare run --rm --network none --storage-opt size=10m box dd if=/dev/zero of=/more bs=1M count=11
  ) >"$WORLD/xfs.out" 2>&1 || true
  umount -l "$WORLD/xfs"
  cat "$WORLD/xfs.out"
  grep -q "No space left" "$WORLD/xfs.out"
}

@test "nothing is left behind" { nothing_is_left; }

@test "all of this holds on pure cgroup v2" { on_cgroup2 15; }
