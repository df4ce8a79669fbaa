#!/usr/bin/env bats
# tare-oci on the real kernel: one behaviour each. Runs on cgroup v1 and v2; the last test runs this file on the other.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() { cleanup_bundle; }

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

wait_for_status() {
  local round
  for round in $(seq 200); do
    oci state "$id" | grep -q "\"status\": \"$1\"" && return 0
    sleep 0.02
  done
  return 1
}

@test "a container runs as the configuration says and leaves nothing behind" {
  run run_container sh -c 'echo $$; hostname; id -u; pwd'
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 1 ]
  [ "${lines[1]}" = tare ]
  [ "${lines[3]}" = / ]
  [ -z "$(cgroup_directories)" ]
  [ ! -e "$work/state/$id" ]
}

@test "the exit code is the command's, and 128 and the signal of a killed one" {
  run run_container sh -c 'exit 42'
  [ "$status" -eq 42 ]
  run run_container sh -c 'exec sleep 0.1; :'
  [ "$status" -eq 0 ]
  command_is sleep 100
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  run oci exec "$id" sh -c 'kill -KILL $$'
  [ "$status" -eq 137 ]
}

@test "create waits, start executes, kill signals, delete removes" {
  command_is sh -c 'touch /started; exec sleep 100'
  oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  oci state "$id" | grep '"status": "created"'
  [ ! -e "$bundle/rootfs/started" ]
  kill -0 "$(cat "$work/pid")"
  oci start "$id"
  wait_for_status running
  run ! oci start "$id"
  run ! oci delete "$id"
  oci kill "$id" KILL
  wait_for_status stopped
  [ -e "$bundle/rootfs/started" ]
  oci delete "$id"
  [ -z "$(cgroup_directories)" ]
  run ! oci state "$id"
}

@test "a container that was created and never started can be deleted" {
  command_is sleep 100
  oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  oci delete "$id"
  # Dead; whoever adopted it may not have reaped it yet.
  run ! grep -qE '^State:.[RSD]' "/proc/$(cat "$work/pid")/status"
  [ -z "$(cgroup_directories)" ]
}

@test "an id is taken once" {
  command_is sleep 100
  oci create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  run oci create --bundle "$bundle" "$id" </dev/null
  [ "$status" -ne 0 ]
  [[ "$output" == *"already exists"* ]]
  run ! oci create --bundle "$bundle" ../evil </dev/null
}

@test "exec runs in the container's namespaces, cgroup, root and limits of privilege" {
  change 'c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW"}
c["linux"]["namespaces"] = [n for n in c["linux"]["namespaces"] if n["type"] != "cgroup"] + [{"type": "cgroup"}]'
  command_is sleep 100
  oci run -d --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  run oci exec "$id" sh -c 'hostname; ps | wc -l; cat /proc/self/cgroup | grep -v ":/$" | wc -l; grep Seccomp: /proc/self/status'
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = tare ]
  [ "${lines[1]}" -le 6 ]
  [ "${lines[2]}" = 0 ]
  [[ "${lines[3]}" == *2 ]]
  run oci exec --user 1000:1000 --cwd /tmp --env GIVEN=yes "$id" sh -c 'id -u; pwd; echo $GIVEN $HOME; grep CapEff /proc/self/status'
  [ "${lines[0]}" = 1000 ]
  [ "${lines[1]}" = /tmp ]
  [ "${lines[2]}" = "yes /home/user" ]
  [[ "${lines[3]}" == *0000000000000000 ]]
  run oci exec "$id" sh -c 'exit 9'
  [ "$status" -eq 9 ]
}

@test "limits are in force and can be read back" {
  change 'c["linux"]["resources"].update({"memory": {"limit": 33554432}, "pids": {"limit": 20},
          "cpu": {"quota": 50000, "period": 100000, "shares": 512, "cpus": "0"}})'
  if is_v2; then
    run run_container sh -c 'cd /sys/fs/cgroup; cat memory.max pids.max cpu.max cpu.weight cpuset.cpus'
    [ "$output" = $'33554432\n20\n50000 100000\n20\n0' ]
  else
    run run_container sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus'
    [ "$output" = $'33554432\n20\n50000\n512\n0' ]
  fi
  # tail keeps all of it, because there is no line end.
  run run_container sh -c 'head -c 100m /dev/zero | tail | wc -c'
  [[ "$output" != *104857600* ]]
}

@test "a limit that this host cannot enforce fails the start and is named" {
  if is_v2; then
    change 'c["linux"]["resources"]["memory"] = {"swappiness": 10}'
    run run_container true
    [[ "$output" == *memory.swappiness* ]]
  else
    change 'c["linux"]["resources"]["unified"] = {"memory.high": "1"}'
    run run_container true
    [[ "$output" == *unified.memory.high* ]]
  fi
  [ "$status" -ne 0 ]
}

@test "devices that no rule allows cannot be opened" {
  change 'c["linux"]["devices"] = [{"type": "c", "path": "/dev/kmsg", "major": 1, "minor": 11}]'
  run run_container sh -c 'cat /dev/zero | head -c 1 | wc -c; head -c 1 /dev/kmsg'
  [ "${lines[0]}" = 1 ]
  [ "$status" -ne 0 ]
}

@test "a read-only root refuses writes, masked and read-only paths are closed" {
  change 'c["root"]["readonly"] = True'
  run run_container sh -c 'touch /x; cat /proc/timer_list /proc/keys | wc -c; echo x > /proc/sys/kernel/hostname; ls /sys/firmware | wc -l; touch /dev/shm/ok && echo shm'
  [[ "$output" == *"/x: Read-only"* ]]
  [[ "$output" == *$'\n0\n'* ]]
  [[ "$output" == *"hostname: Read-only"* ]]
  [ "${lines[-1]}" = shm ]
  [ ! -e "$bundle/rootfs/x" ]
}

@test "a path that is masked twice is covered once" {
  change 'c["linux"]["maskedPaths"] += c["linux"]["maskedPaths"]'
  run -0 run_container cat /proc/mounts
  [ "$(grep -c ' /sys/firmware ' <<<"$output")" -le 1 ]
  [ "$(grep -c ' /proc/keys ' <<<"$output")" = 1 ]
}

@test "a command that cannot be executed says why when something is missing" {
  run -1 run_container nosuchcommand
  [[ "$output" == *"executable file not found"* ]]
  run -1 run_container /nosuch
  [[ "$output" == *"no such file"* ]]
  printf '#!/bin/nope\n' >"$bundle/rootfs/script"
  chmod +x "$bundle/rootfs/script"
  run -1 run_container /script
  [[ "$output" == *"interpreter /bin/nope"* ]]
  printf '#!/bin/sh\r\necho\r\n' >"$bundle/rootfs/script"
  run -1 run_container /script
  [[ "$output" == *"carriage return"* ]]
  cp "$(readlink -f "$(command -v ls)")" "$bundle/rootfs/dynamic"
  run -1 run_container /dynamic
  [[ "$output" == *loader* ]]
}

@test "a command that cannot be executed says why when it is not executable" {
  echo text >"$bundle/rootfs/text"
  run -1 run_container /text
  [[ "$output" == *"no execute permission"* ]]
  chmod +x "$bundle/rootfs/text"
  run -1 run_container /text
  [[ "$output" == *"exec format error"* ]]
  run -1 run_container /etc
  [[ "$output" == *"is a directory"* ]]
  python3 - "$bundle/rootfs/bin/busybox" "$bundle/rootfs/foreign" <<'PYTHON'
import sys
content = bytearray(open(sys.argv[1], "rb").read())
content[18:20] = b"\xb7\x00" if content[18] != 0xb7 else b"\x3e\x00"
open(sys.argv[2], "wb").write(content)
PYTHON
  chmod +x "$bundle/rootfs/foreign"
  run -1 run_container /foreign
  [[ "$output" == *"made for"* ]]
  change 'c["mounts"].append({"destination": "/noexec", "type": "tmpfs", "source": "tmpfs", "options": ["noexec", "tmpcopyup"]})'
  mkdir "$bundle/rootfs/noexec"
  cp "$bundle/rootfs/bin/busybox" "$bundle/rootfs/noexec/true"
  run -1 run_container /noexec/true
  [[ "$output" == *noexec* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "hooks run at their points with the state on standard input" {
  change 'c["hooks"] = {point: [{"path": "/bin/sh", "args": ["sh", "-c", "echo " + point + " >>'"$work"'/hooks; cat >>'"$work"'/hooks; echo >>'"$work"'/hooks"]}]
          for point in ("prestart", "createRuntime", "createContainer", "poststart", "poststop")}'
  run run_container true
  [ "$status" -eq 0 ]
  [ "$(grep -v '{' "$work/hooks" | tr '\n' ' ')" = "prestart createRuntime createContainer poststart poststop " ]
  [ "$(grep -c "\"id\":\"$id\"" "$work/hooks")" -eq 5 ]
  [ "$(grep -c '"status":"creating"' "$work/hooks")" -eq 3 ]
  tail -1 "$work/hooks" | grep -q stopped
}

@test "startContainer hooks have the user, the capabilities and the filter of the command" {
  mkdir -m 1777 "$bundle/rootfs/var"
  ln -s busybox "$bundle/rootfs/bin/grep"
  change 'c["process"]["user"] = {"uid": 1000, "gid": 1000}
c["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
c["hooks"] = {"startContainer": [{"path": "/bin/sh", "args": ["sh", "-c",
  "id -u >/var/hook; grep Cap /proc/self/status >>/var/hook; mkdir /var/x || echo no mkdir >>/var/hook"]}]}'
  run -0 run_container sh -c 'id -u; grep Cap /proc/self/status'
  [ "${lines[0]}" = 1000 ]
  [ "$(cat "$bundle/rootfs/var/hook")" = "$output"$'\n'"no mkdir" ]
}

@test "a hook that fails or lasts too long fails the creation and is named" {
  change 'c["hooks"] = {"prestart": [{"path": "/bin/sh", "args": ["sh", "-c", "kill -SEGV $$"]}]}'
  run ! run_container true
  [[ "$output" == *"prestart hook #0: /bin/sh: it was ended by a signal: segmentation fault"* ]]
  change 'c["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "echo no network >&2; exit 3"]}]}'
  run run_container true
  [ "$status" -ne 0 ]
  [[ "$output" == *"createRuntime hook"*"no network"* ]]
  change 'c["hooks"] = {"createContainer": [{"path": "/bin/sleep", "args": ["sleep", "60"], "timeout": 1}]}'
  run run_container true
  [[ "$output" == *"createContainer hook"*"within 1 s"* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "user, groups, umask, capabilities, rlimits and no_new_privs are those asked for" {
  change 'c["process"]["user"] = {"uid": 1000, "gid": 1001, "additionalGids": [7], "umask": 0o77}
c["process"]["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}]
c["process"]["noNewPrivileges"] = True
c["process"]["oomScoreAdj"] = 123
c["process"]["capabilities"] = {kind: ["CAP_KILL"] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")}'
  run run_container sh -c 'id -u; id -g; id -G; umask; ulimit -n; grep -E "Cap|NoNew" /proc/self/status; cat /proc/self/oom_score_adj'
  [ "${lines[0]}" = 1000 ]
  [ "${lines[1]}" = 1001 ]
  [ "${lines[2]}" = "1001 7" ]
  [ "${lines[3]}" = 0077 ]
  [ "${lines[4]}" = 100 ]
  [ "$(printf '%s\n' "${lines[@]}" | grep -c '^Cap.*0000000000000020$')" -eq 5 ]
  [[ "$output" == *"NoNewPrivs:"*1* ]]
  [ "${lines[-1]}" = 123 ]
}

@test "a user can open the standard streams anew, and exec's too" {
  change 'c["process"]["user"] = {"uid": 1000, "gid": 1000}'
  run -0 run_container sh -c 'echo out >/dev/stdout; echo error >/dev/stderr; stat -Lc %u /dev/null'
  [ "$output" = $'out\nerror\n0' ]
  command_is sleep 100
  oci run -d --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  [ "$(oci exec "$id" sh -c 'echo again >/dev/stdout' | cat)" = again ]
}

@test "ambient capabilities that are not inheritable are left out, as in runc's own template" {
  change 'c["process"]["capabilities"].update(inheritable=[], ambient=["CAP_KILL"])'
  run run_container true
  [ "$status" -eq 0 ]
}

@test "no descriptor, variable or signal setting of the caller reaches the container" {
  command_is sh -c 'ls /proc/self/fd; env'
  exec 9</etc/hostname
  run env LEAK=1 "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
  exec 9<&-
  [ "${lines[*]:0:4}" = "0 1 2 3" ]  # 3 is the listing itself
  [[ "${lines[4]}" == *=* ]]
  [[ "$output" != *LEAK* ]]
  # Not through a shell, which has its own ideas of signals.
  command_is cat /proc/self/status
  run sh -c 'trap "" USR1; exec "$@"' sh "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
  [ "$(printf '%s\n' "$output" | grep -cE '^Sig(Blk|Ign):.0000000000000000$')" -eq 2 ]
}

@test "descriptors that are to be preserved arrive as 3 and on" {
  echo content >"$work/file"
  command_is sh -c 'cat <&3'
  # In a shell of its own: bats uses descriptor 3.
  run sh -c 'exec 3<"$1"; shift; exec "$@"' sh "$work/file" \
    "$TARE_BIN/tare-oci" --root "$work/state" run --preserve-fds 1 --bundle "$bundle" "$id" </dev/null
  [ "$output" = content ]
}

@test "a tmpfs without a mode has that of the directory below it, and 1777 where there was none" {
  mkdir -m 710 "$bundle/rootfs/old"
  change 'c["mounts"] += [{"destination": path, "type": "tmpfs", "source": "tmpfs", "options": ["nodev"]} for path in ("/old", "/new")]'
  run run_container stat -c %a /old /new
  [ "$output" = $'710\n1777' ]
}

@test "mounts of an image's symlinks stay inside the root" {
  mkdir -p "$work/outside"
  ln -s "$work/outside" "$bundle/rootfs/escape"
  change 'c["mounts"].append({"destination": "/escape/file", "type": "bind", "source": "/etc/hostname", "options": ["bind", "ro"]})'
  run run_container cat "$work/outside/file"
  [ "$status" -eq 0 ]
  [ "$output" = "$(cat /etc/hostname)" ]
  [ -z "$(ls -A "$work/outside")" ]
  ln -s /proc/sys "$bundle/rootfs/lie"
  change 'c["mounts"][-1]["destination"] = "/lie/kernel"; c["mounts"][-1]["source"] = "/etc"'
  run run_container true
  [ "$status" -ne 0 ]
  [[ "$output" == *"/proc"* ]]
}

@test "a user namespace maps the ids and runs with all of the default mounts" {
  change 'c["linux"]["namespaces"].append({"type": "user"})
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
  run run_container sh -c 'id -u; cat /proc/self/uid_map; echo > /dev/null && echo null'
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = 0 ]
  [[ "${lines[1]}" == *0*100000*65536 ]]
  [ "${lines[2]}" = null ]
}

@test "namespaces of another container are joined by path" {
  command_is sleep 100
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  pid="$(cat "$work/pid")"
  change "c['linux']['namespaces'] = [{'type': 'mount'}] + [{'type': long, 'path': '/proc/$pid/ns/' + short}
          for long, short in (('pid', 'pid'), ('network', 'net'), ('ipc', 'ipc'), ('uts', 'uts'))]; del c['hostname']"
  command_is sh -c 'hostname; readlink /proc/self/ns/net; ps | grep -c "sleep 100"'
  ln -s busybox "$bundle/rootfs/bin/grep"
  run oci run --bundle "$bundle" "$id-2" </dev/null
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = tare ]
  [ "${lines[1]}" = "$(readlink "/proc/$pid/ns/net")" ]
}

@test "a namespace that the host owns is joined beside a user namespace that does not" {
  change 'c["linux"]["namespaces"].append({"type": "user"})
c["linux"]["uidMappings"] = c["linux"]["gidMappings"] = [{"containerID": 0, "hostID": 100000, "size": 65536}]'
  command_is sleep 100
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  change "spaces = c['linux']['namespaces']; del c['linux']['uidMappings'], c['linux']['gidMappings']
next(s for s in spaces if s['type'] == 'user')['path'] = '/proc/$(cat "$work/pid")/ns/user'
next(s for s in spaces if s['type'] == 'network')['path'] = '/proc/$$/ns/net'
c['mounts'] = [m for m in c['mounts'] if not m['destination'].startswith('/sys')]"
  command_is sh -c 'readlink /proc/self/ns/net; cat /proc/self/uid_map'
  run -0 oci run --bundle "$bundle" "$id-2" </dev/null
  [ "${lines[0]}" = "$(readlink /proc/$$/ns/net)" ]
  [[ "${lines[1]}" == *0*100000*65536 ]]
}

@test "a terminal is the container's own, and its size and exit code pass" {
  command -v script >/dev/null || skip "script(1) is not installed"
  change 'c["process"]["terminal"] = True; c["process"]["consoleSize"] = {"height": 33, "width": 99}'
  command_is sh -c 'tty; ls -l /dev/console; exit 6'
  change 'next(m for m in c["mounts"] if m["destination"] == "/dev")["options"].append("ro")'
  run script -qec "$TARE_BIN/tare-oci --root $work/state run --bundle $bundle $id" /dev/null
  [ "$status" -eq 6 ]
  [[ "$output" == */dev/pts/0* ]]
  run oci create --bundle "$bundle" "$id" </dev/null
  [ "$status" -ne 0 ]
  [[ "$output" == *console* ]]
}

@test "pause stops the processes and resume lets them go on" {
  command_is sleep 100
  oci run -d --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  oci pause "$id"
  oci state "$id" | grep paused
  run ! oci exec "$id" true
  oci resume "$id"
  oci exec "$id" true
}

@test "what is not supported is refused by name" {
  if ! grep -q ' - resctrl ' /proc/self/mountinfo; then
    change 'c["linux"]["intelRdt"] = {"closID": "x"}'
    run run_container true
    [[ "$output" == *"linux.intelRdt cannot be applied: this host has no resctrl file system mounted"* ]]
  fi
  change 'del c["linux"]["intelRdt"]; c["linux"]["cgroupsPath"] = "system.slice:tare:1"'
  run run_container true
  [[ "$output" == *systemd* ]]
}

@test "an init that is killed while it waits leaves nothing after delete" {
  command_is sleep 100
  oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  kill -KILL "$(cat "$work/pid")"
  wait_for_status stopped
  oci delete "$id"
  [ -z "$(cgroup_directories)" ]
  [ ! -e "$work/state/$id" ]
}

@test "crun runs the same bundle" {
  command -v crun >/dev/null || skip "crun is not installed"
  command_is sh -c 'hostname; exit 4'
  # crun refuses the hybrid of both cgroup versions; without the empty v2 hierarchy it takes this host for v1.
  run unshare -m sh -c '[ ! -e /sys/fs/cgroup/unified/cgroup.controllers ] ||
      mount --bind /dev/null /sys/fs/cgroup/unified/cgroup.controllers
    exec crun --root "$1/crun" run --bundle "$2" "$3"' sh "$work" "$bundle" "$id" </dev/null
  [ "$status" -eq 4 ] || { echo "$output"; false; }
  [[ "$output" == *tare* ]]
}

@test "all of this holds on the other cgroup version" {
  is_v2 && skip "this is the other one"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  # Without the variables and the PATH of this run of bats.
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --timeout 300 -- env TARE_BIN="$TARE_BIN" bats "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
}
