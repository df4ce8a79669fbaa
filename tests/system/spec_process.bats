#!/usr/bin/env bats
# What the runtime specification says of the process, property by property; and what concerns all of the container's
# processes: clocks, personality, memory policy. Runs on cgroup v1 and v2; the last test runs this file on the other.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() { cleanup_bundle; }

# stat_field N FILE-CONTENT: counted as proc(5) does, from the one after the name in parentheses.
stat_field() {
  local rest=(${2##*) })
  echo "${rest[$(($1 - 3))]}"
}

run_detached() {
  command_is sleep 100
  oci run -d --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
}

@test "scheduler: policy and nice value are in force, for exec too" {
  change 'c["process"]["scheduler"] = {"policy": "SCHED_BATCH", "nice": 5}'
  run run_container cat /proc/self/stat
  [ "$status" -eq 0 ]
  [ "$(stat_field 41 "$output")" = 3 ]
  [ "$(stat_field 19 "$output")" = 5 ]
  run_detached
  run oci exec "$id" cat /proc/self/stat
  [ "$(stat_field 41 "$output")" = 3 ]
}

@test "scheduler: what does not go together is refused by name" {
  change 'c["process"]["scheduler"] = {"policy": "SCHED_OTHER", "priority": 3}'
  run ! run_container true
  [[ "$output" == *process.scheduler.priority* ]]
  change 'c["process"]["scheduler"] = {"policy": "SCHED_ISO"}'
  run ! run_container true
  [[ "$output" == *SCHED_ISO* ]]
  change 'c["process"]["scheduler"] = {"policy": "SCHED_OTHER", "flags": ["SCHED_FLAG_X"]}'
  run ! run_container true
  [[ "$output" == *"process.scheduler.flags: SCHED_FLAG_X is unknown"* ]]
}

@test "ioPriority: class and priority are in force" {
  change 'c["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
  run run_container busybox ionice
  [ "$output" = "best-effort: prio 6" ]
  change 'c["process"]["ioPriority"] = {"class": "IOPRIO_CLASS_IDLE", "priority": 0}'
  run run_container busybox ionice
  [[ "$output" == idle* ]]
  change 'c["process"]["ioPriority"]["priority"] = 8'
  run ! run_container true
  [[ "$output" == *process.ioPriority.priority* ]]
}

@test "execCPUAffinity: exec runs on those processors, the container's own process does not care" {
  change 'c["process"]["execCPUAffinity"] = {"initial": "0", "final": "0"}'
  run_detached
  run oci exec "$id" cat /proc/self/status
  [[ "$output" == *$'Cpus_allowed_list:\t0\n'* ]]
  python3 - "$work/state/$id/config.json" <<'PYTHON'
import json, sys
c = json.load(open(sys.argv[1]))
c["process"]["execCPUAffinity"] = {"final": "8000"}
json.dump(c, open(sys.argv[1], "w"))
PYTHON
  run ! oci exec "$id" true
  [[ "$output" == *process.execCPUAffinity.final* ]]
}

@test "the processors that the caller is bound to are not inherited, by exec neither" {
  [ "$(nproc)" -gt 1 ] || skip "this machine has one processor"
  local all first
  all="$(awk '/^Cpus_allowed_list/ { print $2 }' /proc/self/status)"
  first="${all%%[-,]*}"
  command_is sleep 100
  taskset -c "$first" "$TARE_BIN/tare-oci" --root "$work/state" run -d --bundle "$bundle" --pid-file "$work/pid" "$id" \
    </dev/null >/dev/null 2>&1
  grep -P "^Cpus_allowed_list:\t$all\$" "/proc/$(cat "$work/pid")/status"
  run -0 taskset -c "$first" "$TARE_BIN/tare-oci" --root "$work/state" exec "$id" cat /proc/self/status
  [[ "$output" == *$'Cpus_allowed_list:\t'"$all"$'\n'* ]]
}

@test "rlimits: the same twice is refused" {
  change 'c["process"]["rlimits"] = 2 * [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
  run ! run_container true
  [[ "$output" == *"RLIMIT_CORE is there twice"* ]]
}

@test "capabilities: unknown ones are told and left out" {
  change 'c["process"]["capabilities"]["bounding"].append("CAP_OF_TOMORROW")'
  run run_container echo ran
  [ "$status" -eq 0 ]
  [[ "$output" == *CAP_OF_TOMORROW*ran* ]]
}

@test "oomScoreAdj: exec has it too" {
  change 'c["process"]["oomScoreAdj"] = 77'
  run_detached
  [ "$(oci exec "$id" cat /proc/self/oom_score_adj)" = 77 ]
}

@test "personality: LINUX32 is in force, for exec too" {
  change 'c["linux"]["personality"] = {"domain": "LINUX32"}'
  [ "$(run_container cat /proc/self/personality)" = 00000008 ]
  run_detached
  [ "$(oci exec "$id" cat /proc/self/personality)" = 00000008 ]
  change 'c["linux"]["personality"]["domain"] = "SVR4"'
  run ! oci run --bundle "$bundle" "$id-2"
  [[ "$output" == *linux.personality.domain* ]]
}

@test "memoryPolicy: memory comes from those nodes, or the kernel's refusal is named" {
  change 'c["linux"]["memoryPolicy"] = {"mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"]}'
  run run_container cat /proc/self/numa_maps
  if [ -e /proc/self/numa_maps ]; then
    [[ "$output" == *"bind=static:0"* ]]
  else
    [ "$status" -ne 0 ]
    [[ "$output" == *linux.memoryPolicy* ]]
  fi
  change 'c["linux"]["memoryPolicy"] = {"mode": "MPOL_LOCAL", "nodes": "0"}'
  run ! run_container true
  [[ "$output" == *"MPOL_LOCAL takes no nodes"* ]]
}

@test "timeOffsets: the container's clocks differ from the host's" {
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  change 'c["linux"]["namespaces"].append({"type": "time"}); c["linux"]["timeOffsets"] = {"boottime": {"secs": 864000000}}'
  run run_container cat /proc/uptime
  [ "$status" -eq 0 ]
  [ "${output%%.*}" -ge 864000000 ]
  run_detached
  run oci exec "$id" cat /proc/uptime
  [ "${output%%.*}" -ge 864000000 ]
  oci delete --force "$id"
  change 'c["linux"]["namespaces"].append({"type": "user"})
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
  run -0 run_container cat /proc/uptime
  [ "${output%%.*}" -ge 864000000 ]
}

@test "timeOffsets: wrong clocks and a missing namespace are refused" {
  [ -e /proc/self/ns/time ] || skip "this kernel has no time namespaces"
  change 'c["linux"]["timeOffsets"] = {"boottime": {"secs": 1}}'
  run ! run_container true
  [[ "$output" == *"needs a new time namespace"* ]]
  change 'c["linux"]["namespaces"].append({"type": "time"}); c["linux"]["timeOffsets"] = {"realtime": {"secs": 1}}'
  run ! run_container true
  [[ "$output" == *"realtime is no clock"* ]]
}

@test "apparmorProfile: the process runs under it, or a host without AppArmor refuses" {
  change 'c["process"]["apparmorProfile"] = "tare-test"'
  if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
    run ! run_container true
    [[ "$output" == *"process.apparmorProfile"*"no AppArmor"* ]]
    return
  fi
  run ! run_container true
  [[ "$output" == *"process.apparmorProfile tare-test"* ]]  # not loaded
  [ -z "$(cgroup_directories)" ]
  command -v apparmor_parser >/dev/null || skip "apparmor_parser is not installed"
  mount -t securityfs none /sys/kernel/security 2>/dev/null || true
  printf 'profile tare-test flags=(attach_disconnected) { file, signal, capability, network, deny /etc/passwd r, }\n' |
    apparmor_parser -r -K
  run run_container sh -c 'cat /proc/self/attr/current; cat /etc/passwd'
  [[ "$output" == *"tare-test (enforce)"* ]]
  [[ "$output" == *"Permission denied"* ]]
  run_detached
  [[ "$(oci exec "$id" cat /proc/self/attr/current)" == *"tare-test (enforce)"* ]]
}

@test "selinuxLabel and mountLabel: a host without SELinux refuses them" {
  [ ! -e /sys/fs/selinux/enforce ] || skip "this host has SELinux"
  change 'c["process"]["selinuxLabel"] = "system_u:system_r:container_t:s0"'
  run ! run_container true
  [[ "$output" == *"process.selinuxLabel"*"no SELinux"* ]]
  change 'del c["process"]["selinuxLabel"]; c["linux"]["mountLabel"] = "system_u:object_r:container_file_t:s0"'
  run ! run_container true
  [[ "$output" == *"linux.mountLabel"*"no SELinux"* ]]
}

@test "hooks: every poststop hook runs, and one that fails is told" {
  change 'c["hooks"] = {"poststop": [{"path": "/bin/false"}, {"path": "/bin/sh", "args": ["sh", "-c", "touch '"$work"'/ran"]}]}'
  run run_container true
  [ "$status" -eq 0 ]
  [[ "$output" == *"poststop hook: /bin/false"* ]]
  [ -e "$work/ran" ]
}

@test "all of this holds on the other cgroup version" { run_on_other_cgroup_version; }
