#!/usr/bin/env bats
# Each command of tare-oci and its flags, as runc has them. docs/conformance.md names these tests.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() { cleanup_bundle; }

# Runs the bundle's command detached.
run_detached() {
  command_is "$@"
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
}

wait_for_status() {
  local round
  for round in $(seq 200); do
    oci state "$id" | grep -q "\"status\": \"$1\"" && return 0
    sleep 0.02
  done
  return 1
}

# wait_for_line PATTERN FILE
wait_for_line() {
  local round
  for round in $(seq 500); do
    grep -q "$1" "$2" 2>/dev/null && return 0
    sleep 0.02
  done
  return 1
}

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# limit V1-CONTROLLER V1-FILE V2-FILE: the value of the container's cgroup.
limit() {
  if is_v2; then cat "/sys/fs/cgroup/tare/$id/$3"; else cat "/sys/fs/cgroup/$1/tare/$id/$2"; fi
}

@test "every command has a help text, and wrong usage shows it" {
  local command
  for command in checkpoint create delete events exec features kill list pause ps restore resume run spec start state update; do
    run -0 oci "$command" --help
    [[ "${lines[0]}" == "NAME:" ]]
    [[ "${lines[1]}" == *"tare-oci $command - "* ]]
  done
  run -0 oci help
  [[ "$output" == *"--log-format"* ]]
  run -1 oci state
  [[ "$output" == *"Incorrect Usage."*"\"state\" requires exactly 1 argument(s)"* ]]
  run -1 oci kill a b c
  [[ "$output" == *"requires a maximum of 2 argument(s)"* ]]
  run -1 oci list --nosuch
  [[ "$output" == *"flag provided but not defined: -nosuch"* ]]
  run -1 oci nosuch
  [[ "$output" == *"No help topic for 'nosuch'"* ]]
}

@test "global flags: version, root, log, log-format, debug, rootless" {
  run -0 oci --version
  [[ "${lines[0]}" == "tare-oci version "* ]]
  [[ "${lines[1]}" == "spec: 1."* ]]
  run -1 "$TARE_BIN/tare-oci" --root / list
  [[ "$output" == *"should not be set to /"* ]]
  run -1 oci --log "$work/log" --log-format json state nosuch
  [[ "$output" == *"container does not exist"* ]]
  python3 -c 'import json,sys; e = json.loads(open(sys.argv[1]).read()); assert e["level"] == "error" and "does not exist" in e["msg"]' "$work/log"
  run -1 oci --log "$work/text" state nosuch
  grep -q 'level=error msg="container does not exist' "$work/text"
  run -0 oci --debug --log "$work/debug" list
  grep -q level=debug "$work/debug"
  [[ "$output" != *debug* ]]
  run -1 oci --log-format yaml list
  [[ "$output" == *"invalid log-format: yaml"* ]]
  run -1 oci --rootless perhaps list
  [[ "$output" == *"--rootless perhaps"* ]]
}

@test "spec writes runc's template, and --rootless one for an ordinary user" {
  mkdir "$work/new"
  oci spec --bundle "$work/new"
  python3 - "$work/new/config.json" <<'PYTHON'
import json, sys
c = json.load(open(sys.argv[1]))
assert c["process"]["args"] == ["sh"] and c["process"]["terminal"] and c["process"]["noNewPrivileges"]
assert c["process"]["rlimits"] == [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}]
assert sorted(c["process"]["capabilities"]["bounding"]) == ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
assert c["root"] == {"path": "rootfs", "readonly": True}
PYTHON
  run -1 oci spec --bundle "$work/new"
  [[ "$output" == *"config.json exists"* ]]
  mkdir "$work/rootless"
  oci spec --rootless -b "$work/rootless"
  python3 - "$work/rootless/config.json" <<'PYTHON'
import json, sys
c = json.load(open(sys.argv[1]))
kinds = [n["type"] for n in c["linux"]["namespaces"]]
assert "user" in kinds and "network" not in kinds
assert c["linux"]["uidMappings"] == [{"containerID": 0, "hostID": 0, "size": 1}]
assert [m["type"] for m in c["mounts"] if m["destination"] == "/sys"] == ["none"]
PYTHON
}

@test "features prints a document that can be parsed" {
  oci features | python3 -c '
import json, sys
f = json.load(sys.stdin)
assert "bind" in f["mountOptions"] and "poststop" in f["hooks"] and "pid" in f["linux"]["namespaces"]
assert f["linux"]["cgroup"]["v1"] and "SCMP_ARCH_X86_64" in f["linux"]["seccomp"]["archs"]'
}

@test "state and list tell runc's fields in runc's order, list also as a table and as ids" {
  change 'c["annotations"] = {"org.example": "yes"}'
  run_detached sleep 100
  run -0 oci state "$id"
  [ "$(echo "$output" | python3 -c 'import json,sys; print(*json.load(sys.stdin))')" = "ociVersion id pid status bundle rootfs created annotations owner" ]
  run -0 oci list -f json
  [ "$(echo "$output" | python3 -c 'import json,sys; l = json.load(sys.stdin); print(l[0]["id"], l[0]["status"], l[0]["owner"], l[0]["rootfs"])')" = "$id running root $bundle/rootfs" ]
  run -0 oci list -q
  [ "$output" = "$id" ]
  run -0 oci list
  [[ "${lines[0]}" == "ID "*"PID "*"STATUS "*"BUNDLE "*"CREATED "*OWNER ]]
  [[ "${lines[1]}" == "$id "*running*root ]]
  run -1 oci list --format yaml
  [[ "$output" == *"invalid format option"* ]]
  oci kill "$id" KILL
  wait_for_status stopped
  [ "$(oci state "$id" | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')" = 0 ]
}

@test "ps lists the container's processes as ps(1) does, and as JSON" {
  run_detached sleep 100
  # Not every kernel that tests run on tells ps(1) all that -f needs.
  if ps -ef >/dev/null 2>&1; then
    run -0 oci ps "$id"
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[1]}" == *"sleep 100"* ]]
  fi
  run -0 oci ps "$id" -o pid,comm
  [[ "${lines[1]}" == *"$(cat "$work/pid")"*sleep* ]]
  run -0 oci ps --format json "$id"
  [ "$output" = "[$(cat "$work/pid")]" ]
  run -1 oci ps "$id" -o comm
  [[ "$output" == *"couldn't find PID field"* ]]
}

@test "kill takes names and numbers; a container that has ended is an error without --all" {
  run_detached sh -c 'trap "exit 0" USR1; touch /ready; while :; do sleep 0.05; done'
  until [ -e "$bundle/rootfs/ready" ]; do sleep 0.02; done
  run -1 oci kill "$id" NOSUCH
  [[ "$output" == *'unknown signal "NOSUCH"'* ]]
  oci kill "$id" 0
  oci kill "$id" SIGUSR1
  wait_for_status stopped
  run -1 oci kill "$id" 0
  [[ "$output" == *"container not running"* ]]
  oci kill --all "$id" 0
}

@test "a container that waits for its start ends at SIGTERM" {
  command_is sleep 100
  oci create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  oci kill "$id"
  wait_for_status stopped
}

@test "in the host's pid namespace kill and delete end all processes of the container" {
  change 'c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "pid"]'
  run_detached sleep 100
  oci exec -d --pid-file "$work/second" "$id" sleep 200 </dev/null >/dev/null 2>&1
  kill -KILL "$(cat "$work/pid")"
  wait_for_status stopped
  kill -0 "$(cat "$work/second")"
  oci kill "$id" KILL
  local round
  for round in $(seq 200); do
    grep -qE '^State:.[RSD]' "/proc/$(cat "$work/second")/status" 2>/dev/null || break
    sleep 0.02
  done
  run ! grep -qE '^State:.[RSD]' "/proc/$(cat "$work/second")/status"
  oci delete "$id"
  [ -z "$(cgroup_directories)" ]
}

@test "delete --force ends a running or paused container, and one that does not exist is fine" {
  run_detached sleep 100
  run -1 oci delete "$id"
  [[ "$output" == *"cannot delete container $id that is not stopped: running"* ]]
  oci pause "$id"
  oci delete "$id" --force
  [ -z "$(cgroup_directories)" ]
  run -1 oci delete "$id"
  [[ "$output" == *"container does not exist"* ]]
  oci delete -f "$id"
}

@test "pause and resume say when there is nothing to do" {
  run_detached sleep 100
  run -1 oci resume "$id"
  [[ "$output" == *"container not paused"* ]]
  oci pause "$id"
  run -1 oci pause "$id"
  [[ "$output" == *"container not running or created: paused"* ]]
  run -255 oci exec "$id" true
  [[ "$output" == *"cannot exec in a paused container (use --ignore-paused to override)"* ]]
  oci exec --ignore-paused --pid-file "$work/second" "$id" touch /went-on </dev/null >/dev/null 2>&1 &
  local waiting=$!
  sleep 0.2
  [ ! -e "$bundle/rootfs/went-on" ]
  oci resume "$id"
  wait "$waiting"
  [ -e "$bundle/rootfs/went-on" ]
}

@test "run --keep leaves the stopped container, its cgroup too" {
  command_is sh -c 'exit 3'
  run -3 oci run --keep --bundle "$bundle" "$id" </dev/null
  oci state "$id" | grep '"status": "stopped"'
  [ -n "$(cgroup_directories)" ]
  oci delete "$id"
  [ -z "$(cgroup_directories)" ]
}

@test "run reaps what the container leaves, unless --no-subreaper" {
  change 'c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "pid"]'
  command_is sh -c '(sh -c "sleep 0.3; cat /proc/\$\$/stat >/new; mv /new /parent" &); until [ -e /parent ]; do sleep 0.1; done'
  sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$work/runner" "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
  [ "$(cut -d" " -f4 "$bundle/rootfs/parent")" = "$(cat "$work/runner")" ]
  rm "$bundle/rootfs/parent"
  sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$work/runner" "$TARE_BIN/tare-oci" --root "$work/state" run --no-subreaper --bundle "$bundle" "$id" </dev/null
  [ "$(cut -d" " -f4 "$bundle/rootfs/parent")" != "$(cat "$work/runner")" ]
}

@test "preserved descriptors have to be open, and sockets of LISTEN_FDS come before them" {
  command_is sh -c 'cat <&3; cat <&4; echo $LISTEN_FDS $LISTEN_PID'
  echo first >"$work/first"
  echo second >"$work/second"
  run -0 sh -c 'exec 3<"$1" 4<"$2"; shift 2; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"' sh "$work/first" "$work/second" \
    "$TARE_BIN/tare-oci" --root "$work/state" run --preserve-fds 1 --bundle "$bundle" "$id" </dev/null
  [ "$output" = $'first\nsecond\n1 1' ]
  run -1 sh -c 'exec 3<&- 4<&-; exec "$@"' sh "$TARE_BIN/tare-oci" --root "$work/state" run --preserve-fds 2 --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"unable to stat preserved-fd 0 (of 2)"* ]]
  # Those meant for another process are not ours to pass.
  run -0 sh -c 'exec 3<"$1"; shift; export LISTEN_FDS=1 LISTEN_PID=1; exec "$@"' sh "$work/first" \
    "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
  [[ "$output" != *first* ]]
}

@test "a created container keeps no descriptor of its caller open" {
  command_is sleep 100
  mkfifo "$work/fifo"
  sleep 100 3<>"$work/fifo" >/dev/null 2>&1 &
  local holder=$!
  sh -c 'exec 7<>"$1"; shift; exec "$@"' sh "$work/fifo" "$TARE_BIN/tare-oci" --root "$work/state" create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  kill "$holder"
  run find "/proc/$(cat "$work/pid")/fd" -lname "$work/*"
  [ -z "$output" ]
  run find "/proc/$(cat "$work/pid")/fd" -lname "/sys/fs/cgroup/*"
  [ -z "$output" ]
}

@test "the console socket and the pidfd socket get their descriptors" {
  cat >"$work/receive" <<'PYTHON'
import array, os, signal, socket, sys
path, out = sys.argv[1:]
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(1)
open(out + ".ready", "w")
peer = server.accept()[0]
data, control, flags, address = peer.recvmsg(4096, socket.CMSG_SPACE(4))
fd = array.array("i", control[0][2])[0]
if data == b"/dev/ptmx":
    os.write(fd, b"echo typed-$((40+2)); exit\n")
    text = b""
    while b"typed-42" not in text:
        text += os.read(fd, 4096)
else:
    signal.pidfd_send_signal(fd, signal.SIGKILL)
    text = data
open(out, "wb").write(text)
PYTHON
  python3 "$work/receive" "$work/console.sock" "$work/console" >/dev/null 2>&1 &
  until [ -e "$work/console.ready" ]; do sleep 0.02; done
  change 'c["process"]["terminal"] = True'
  command_is sh
  run -1 oci run -d --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"cannot allocate tty"* ]]
  oci run -d --console-socket "$work/console.sock" --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  wait_for_line typed-42 "$work/console"
  oci delete --force "$id"

  python3 "$work/receive" "$work/pidfd.sock" "$work/pidfd" >/dev/null 2>&1 &
  until [ -e "$work/pidfd.ready" ]; do sleep 0.02; done
  change 'c["process"]["terminal"] = False'
  command_is sleep 100
  run -1 oci create --console-socket "$work/console.sock" --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"cannot use console socket"* ]]
  oci create --pidfd-socket "$work/pidfd.sock" --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  wait_for_status stopped
  [ "$(cat "$work/pidfd")" = standard ]
}

@test "run --no-pivot has the container's root, and the host's is out of reach" {
  # Not on the container's path alone: proc of the host must not be left mounted outside it.
  command_is sh -c 'ls /; cat /proc/self/mountinfo | wc -l; ls /work /tmp/tare-* 2>&1 | head -1; cd ../../../..; ls'
  ln -s busybox "$bundle/rootfs/bin/ls" 2>/dev/null || true
  run -0 oci run --no-pivot --no-new-keyring --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *bin*dev*etc* ]]
  [[ "$output" != *boot* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "exec exits with the process's code, and 255 when there is none" {
  run_detached sleep 100
  run -7 oci exec "$id" sh -c 'exit 7'
  run -255 oci exec "$id" nosuchprogram
  [[ "$output" == *"executable file not found"* ]]
  run -255 oci exec nosuchcontainer true
  run -255 oci exec "$id"
  [[ "$output" == *"exec args cannot be empty"* ]]
  run -255 oci exec --pid-file /nonexistent/pid "$id" true
  run -0 oci exec --user 1000:7 --additional-gids 100 -g 101 --env A=b --cwd /tmp --cap CAP_KILL "$id" sh -c 'id -u; id -G; echo $A; pwd'
  [ "$output" = $'1000\n7 100 101\nb\n/tmp' ]
}

@test "exec --process runs what the file says" {
  run_detached sleep 100
  echo '{"args": ["sh", "-c", "echo $WHAT; pwd"], "cwd": "/etc", "env": ["WHAT=this", "PATH=/bin"], "user": {"uid": 0, "gid": 0}}' >"$work/process.json"
  run -0 oci exec --process "$work/process.json" "$id"
  [ "$output" = $'this\n/etc' ]
  echo '{"args": [], "cwd": "/"}' >"$work/process.json"
  run -255 oci exec -p "$work/process.json" "$id"
  [[ "$output" == *"args must not be empty"* ]]
}

@test "exec --tty gives a terminal" {
  command -v script >/dev/null || skip "script(1) is not installed"
  run_detached sleep 100
  run -5 script -qec "$TARE_BIN/tare-oci --root $work/state exec -t $id sh -c 'tty; exit 5'" /dev/null
  [[ "$output" == */dev/pts/* ]]
}

@test "exec --cgroup puts the process into a group below the container's" {
  run_detached sleep 100
  run -255 oci exec --cgroup .. "$id" true
  [[ "$output" == *"bad sub cgroup path: .."* ]]
  run -255 oci exec --cgroup nosuch "$id" true
  [[ "$output" == *"/nosuch/cgroup.procs: no such file"* ]]
  run -255 oci exec --cgroup nosuch:/ "$id" true
  [[ "$output" == *"unknown controller nosuch"* ]]
  run -255 oci exec --cgroup pids:a --cgroup pids:b "$id" true
  [[ "$output" == *"controller pids specified multiple times"* ]]
  run -0 oci exec --cgroup / "$id" true
  if is_v2; then
    mkdir "/sys/fs/cgroup/tare/$id/sub"
    oci exec -d --pid-file "$work/second" --cgroup sub "$id" sleep 200 </dev/null >/dev/null 2>&1
    [ "$(cat "/sys/fs/cgroup/tare/$id/sub/cgroup.procs")" = "$(cat "$work/second")" ]
  else
    mkdir "/sys/fs/cgroup/pids/tare/$id/sub"
    oci exec -d --pid-file "$work/second" --cgroup pids:sub "$id" sleep 200 </dev/null >/dev/null 2>&1
    [ "$(cat "/sys/fs/cgroup/pids/tare/$id/sub/cgroup.procs")" = "$(cat "$work/second")" ]
    grep -q "$(cat "$work/second")" "/sys/fs/cgroup/memory/tare/$id/cgroup.procs"
  fi
}

@test "update changes limits by flags and by a file" {
  change 'c["linux"]["resources"].update({"memory": {"limit": 33554432}, "cpu": {"quota": 50000, "period": 100000}, "pids": {"limit": 20}})'
  run_detached sleep 100
  oci update "$id" --memory 64m --pids-limit 30 --cpu-quota 20000 --cpu-share 512 --cpuset-cpus 0
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
  [ "$(limit pids pids.max pids.max)" = 30 ]
  [ "$(limit cpuset cpuset.cpus cpuset.cpus)" = 0 ]
  if is_v2; then
    [ "$(limit - - cpu.max)" = "20000 100000" ]
  else
    [ "$(limit cpu cpu.cfs_quota_us -)" = 20000 ]
    [ "$(limit cpu cpu.shares -)" = 512 ]
  fi
  echo '{"memory": {"limit": 50331648, "reservation": 16777216}, "pids": {"limit": -1}, "cpu": {"period": 50000}}' >"$work/limits"
  oci update -r "$work/limits" "$id"
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 50331648 ]
  [ "$(limit memory memory.soft_limit_in_bytes memory.low)" = 16777216 ]
  [ "$(limit pids pids.max pids.max)" = max ]
  if is_v2; then [ "$(limit - - cpu.max)" = "20000 50000" ]; else [ "$(limit cpu cpu.cfs_period_us -)" = 50000 ]; fi
  echo '{"pids": {"limit": 9}}' | oci update --resources - "$id"
  [ "$(limit pids pids.max pids.max)" = 9 ]
  oci update --memory -1 "$id"
  run limit memory memory.limit_in_bytes memory.max
  [ "$output" = max ] || [ "$output" -gt 1000000000000000 ]
}

@test "update refuses what it cannot do, by name" {
  run_detached sleep 100
  run -1 oci update --memory lots "$id"
  [[ "$output" == *'invalid value for memory: "lots"'* ]]
  run -1 oci update --cpu-period -1 "$id"
  [[ "$output" == *"invalid value for cpu-period"* ]]
  run -1 oci update --l3-cache-schema L3:0=f "$id"
  [[ "$output" == *"--l3-cache-schema: the container was started without linux.intelRdt"* ]]
  run -1 oci update --mem-bw-schema MB:0=20 "$id"
  [[ "$output" == *"--mem-bw-schema: the container was started without linux.intelRdt"* ]]
  run -0 oci update --kernel-memory 64m "$id"
  [[ "$output" == *"kernel memory settings are ignored"* ]]
  run -1 oci update --pids-limit 9 nosuch
  [[ "$output" == *"container does not exist"* ]]
}

@test "events --stats tells what the container uses, --interval every so often until it is gone" {
  run_detached sleep 100
  run -0 oci events --stats "$id"
  [[ "$output" == '{"type":"stats","id":"'"$id"'","data":{"cpu":{"usage":{'* ]]
  echo "$output" | python3 -c '
import json, sys
d = json.load(sys.stdin)["data"]
assert d["pids"]["current"] == 1 and d["memory"]["usage"]["usage"] > 0 and d["memory"]["raw"]
assert d["cpu"]["usage"]["total"] > 0'
  oci events --interval 50ms "$id" >"$work/events" &
  local follower=$!
  wait_for_line '"type":"stats"' "$work/events"
  oci delete --force "$id"
  wait "$follower"
  run -1 oci events --interval 0s "$id"
  [[ "$output" == *"interval must be greater than 0"* ]]
  run -1 oci events --stats "$id"
  [[ "$output" == *"container does not exist"* ]]
}

@test "events tells of a container that runs out of memory" {
  change 'c["linux"]["resources"]["memory"] = {"limit": 16777216}'
  run_detached sleep 100
  oci events --interval 1h "$id" >"$work/events" &
  local follower=$!
  local round
  # The watch is there soon; what is killed before is not told.
  for round in $(seq 20); do
    oci exec "$id" sh -c 'head -c 100m /dev/zero | tail | wc -c' >/dev/null 2>&1 || true
    grep -q oom "$work/events" && break
  done
  [ "$(head -1 "$work/events")" = '{"type":"oom","id":"'"$id"'"}' ]
  oci delete --force "$id"
  wait "$follower"
}

@test "a limit of kernel memory and old letters of device access are taken, the first with a warning" {
  change "c['linux']['resources'] = {'memory': {'kernel': 67108864}, 'devices': [{'allow': True, 'type': 'c', 'major': 1, 'minor': 11, 'access': 'rwa'}]}"
  run -0 run_container true
  [[ "$output" == *"memory.kernel is ignored"* ]]
}

@test "a container with users of its own may make groups below its own where it sees them writable, and only there" {
  is_v2 || skip "cgroup v1 has no safe delegation"
  change 'c["linux"]["namespaces"].append({"type": "user"})
map = [{"containerID": 0, "hostID": 100000, "size": 65536}]
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = map'
  run -0 run_container stat -c %u /sys/fs/cgroup
  [ "$output" = 65534 ]
  change 'for m in c["mounts"]:
    if m["type"] == "cgroup": m["options"].remove("ro")'
  run -0 run_container sh -c 'mkdir /sys/fs/cgroup/sub && stat -c %u /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/memory.max'
  [ "$output" = $'0\n0\n65534' ]
}

@test "exec goes where the first process is when the container manages groups of its own" {
  is_v2 || skip "under cgroup v1 any group may hold processes"
  change 'for m in c["mounts"]:
    if m["type"] == "cgroup": m["options"].remove("ro")'
  run_detached sh -c 'mkdir /sys/fs/cgroup/init && echo 1 >/sys/fs/cgroup/init/cgroup.procs && echo +pids >/sys/fs/cgroup/cgroup.subtree_control && touch /ready && sleep 100'
  for round in $(seq 50); do [ -e "$bundle/rootfs/ready" ] && break; sleep 0.1; done
  run -0 oci exec "$id" cat /proc/self/cgroup
  [ "$output" = "0::/init" ]
}

@test "a cgroup that others use is not taken, nor a frozen one" {
  is_v2 && skip "cgroup v1's files are used to prepare it"
  command_is sleep 100
  mkdir "/sys/fs/cgroup/pids/$id"
  change "c['linux']['cgroupsPath'] = '/$id'"
  sleep 100 >/dev/null 2>&1 3>&- &
  local other=$!
  echo "$other" >"/sys/fs/cgroup/pids/$id/cgroup.procs"
  run -1 oci create --bundle "$bundle" "$id" </dev/null
  kill "$other"
  wait "$other" || true
  [[ "$output" == *"cgroup is not empty: 1 process(es)"* ]]
  mkdir "/sys/fs/cgroup/freezer/$id"
  echo FROZEN >"/sys/fs/cgroup/freezer/$id/freezer.state"
  run -1 oci create --bundle "$bundle" "$id" </dev/null
  rmdir "/sys/fs/cgroup/freezer/$id" "/sys/fs/cgroup/pids/$id"
  [[ "$output" == *"unexpectedly frozen"* ]]
}

@test "all of this holds on the other cgroup version" {
  is_v2 && skip "this is the other one"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --timeout 300 -- env TARE_BIN="$TARE_BIN" bats "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
}
