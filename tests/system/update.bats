#!/usr/bin/env bats
# `tare update`: limits change while a container runs, stay for its next start, and are refused as Docker refuses them.

bats_require_minimum_version 1.5.0
load lib/images
load lib/resources
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

memory_of() { cgroup_file "$1" memory memory.limit_in_bytes memory.max; }
quota_of() { if is_v2; then cgroup_file "$1" - - cpu.max; else cgroup_file "$1" cpu cpu.cfs_quota_us; fi; }

@test "update changes the limits of a running container at once" {
  tare run -d --name live --cpus 0.5 --memory 64m --pids-limit 20 box sleep 1000 >/dev/null
  run tare update --cpus 0.25 --memory 100m --pids-limit 30 live
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$output" = live ]
  [ "$(memory_of live)" = 104857600 ]
  [[ $(quota_of live) == 25000* ]]
  [ "$(cgroup_file live pids pids.max pids.max)" = 30 ]
  [ "$(field live .HostConfig.Memory) $(field live .HostConfig.NanoCpus)" = "104857600 250000000" ]
  [ "$(field live .HostConfig.MemorySwap)" = 134217728 ]  # what it was: update leaves the sum alone
  tare update --pids-limit -1 live
  [ "$(cgroup_file live pids pids.max pids.max)" = max ]
}

@test "what was updated holds after a restart, by the user or by the restart policy" {
  tare run -d --name again --memory 64m box sleep 1000 >/dev/null
  tare update --memory 100m --restart always again >/dev/null
  tare restart -t 0 again >/dev/null
  [ "$(memory_of again)" = 104857600 ]
  tare update --memory 90m again >/dev/null
  kill -KILL "$(field again .State.Pid)"
  restarted() { [ "$(field again .RestartCount)" = 1 ] && status_is again running; }
  wait_until restarted
  [ "$(memory_of again)" = 94371840 ]
}

@test "a stopped container starts with what it was updated to" {
  tare create --name later box sleep 1000 >/dev/null
  tare update --cpu-shares 512 --memory 64m --memory-swap 64m later >/dev/null
  tare start later >/dev/null
  [ "$(memory_of later)" = 67108864 ]
  is_v2 || [ "$(cgroup_file later cpu cpu.shares)" = 512 ]
  [ "$(field later .HostConfig.CpuShares)" = 512 ]
}

@test "the restart policy of a running container changes" {
  tare run -d --name mortal box sleep 1000 >/dev/null
  tare update --restart on-failure:2 mortal >/dev/null
  [ "$(field mortal .HostConfig.RestartPolicy.Name) $(field mortal .HostConfig.RestartPolicy.MaximumRetryCount)" = "on-failure 2" ]
  kill -KILL "$(field mortal .State.Pid)"
  restarted() { [ "$(field mortal .RestartCount)" = 1 ]; }
  wait_until restarted
  tare update --restart no mortal >/dev/null
  wait_until status_is mortal running
  kill -KILL "$(field mortal .State.Pid)"
  [ "$(tare wait mortal)" = 137 ]
  [ "$(field mortal .RestartCount)" = 1 ]
}

@test "several containers are updated at once, and what fails does not stop the others" {
  tare create --name one box true >/dev/null
  tare create --name two box true >/dev/null
  run tare update --memory 64m one absent two
  [ "$status" -eq 1 ]
  [[ $output == *one*"No such container: absent"*two* ]]
  [ "$(field two .HostConfig.Memory)" = 67108864 ]
}

@test "updates that contradict what holds are refused, and change nothing" {
  tare run -d --name firm --cpus 0.5 --memory 64m box sleep 1000 >/dev/null
  refused() { # refused WORDS OPTION…
    run tare update "${@:2}" firm
    echo "$output"
    [ "$status" -ne 0 ]
    [[ $output == *"$1"* ]]
  }
  refused "NanoCPUs" --cpu-quota 5000
  refused "NanoCPUs" --cpu-period 50000
  refused "memoryswap" --memory 200m
  refused "6m" --memory 1m
  refused "6m" --memory-reservation 1m
  refused "not available" --cpuset-cpus 4000
  refused "restart" --restart sometimes
  refused "more flags"
  refused "unknown flag" --volume /a
  [ "$(memory_of firm)" = 67108864 ]
  [ "$(field firm .HostConfig.Memory)" = 67108864 ]
  # A limit that the kernel refuses: the record stays as it was.
  is_v2 && refused "cpu.realtimeRuntime" --cpu-rt-runtime 900
  [ "$(field firm .HostConfig.CpuRealtimeRuntime)" = 0 ]
}

@test "nothing is left behind" { nothing_is_left; }

@test "all of this holds on pure cgroup v2" { on_cgroup2 7; }
