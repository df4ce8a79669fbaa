#!/usr/bin/env bats
# What the runtime specification says of seccomp.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() {
  cleanup_bundle
  [ -z "${agent:-}" ] || kill "$agent" 2>/dev/null || true
}

# filter 'RULES': everything else is allowed.
filter() { change "c['linux']['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [$1]}"; }

# An agent that lets every call fail with ENOMEDIUM (123), and writes down what it was sent.
start_agent() {
  python3 - "$work" <<'PYTHON' 3>&- &
import array, fcntl, os, socket, struct, sys
work = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(work + "/agent")
server.listen()
RECEIVE, SEND = 0xc0502100, 0xc0182101
while True:
    client, _ = server.accept()
    text, ancillary, _, _ = client.recvmsg(1 << 16, socket.CMSG_SPACE(4))
    listener = array.array("i", ancillary[0][2])[0]
    open(work + "/sent", "ab").write(text + b"\n")
    if os.fork() == 0:
        while True:
            request = bytearray(80)
            try:
                fcntl.ioctl(listener, RECEIVE, request)
            except OSError:
                os._exit(0)
            fcntl.ioctl(listener, SEND, struct.pack("QqiI", struct.unpack_from("Q", request)[0], 0, -123, 0))
PYTHON
  agent=$!
  for _ in $(seq 200); do [ -S "$work/agent" ] && return; sleep 0.02; done
  false
}

@test "errno: a call fails with the number of the rule, or EPERM" {
  filter "{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 28}, {'names': ['chmod', 'fchmodat', 'fchmodat2'], 'action': 'SCMP_ACT_ERRNO'}"
  run run_container sh -c 'mkdir /x; busybox chmod 700 /tmp'
  [[ "$output" == *"No space left on device"* ]]
  [[ "$output" == *"Operation not permitted"* ]]
}

@test "arguments: only calls that match are concerned, masks included" {
  # kill(2) with a signal whose lowest two bits are 1: 1 (HUP), 9 (KILL), but not 10 (USR1)
  filter "{'names': ['kill'], 'action': 'SCMP_ACT_ERRNO', 'errnoRet': 95, 'args': [{'index': 1, 'value': 3, 'valueTwo': 1, 'op': 'SCMP_CMP_MASKED_EQ'}]}"
  run run_container sh -c 'sleep 100 & kill -HUP $!; kill -USR1 $!; wait $!; echo ended $?'
  [[ "$output" == *"not supported"* ]]
  [[ "$output" == *"ended 138"* ]]
}

@test "kill, trap and log do what they say" {
  filter "{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_KILL_PROCESS'}, {'names': ['chmod', 'fchmodat', 'fchmodat2'], 'action': 'SCMP_ACT_TRAP'}, {'names': ['getcwd'], 'action': 'SCMP_ACT_LOG'}"
  run run_container sh -c 'busybox mkdir /x; echo $?; busybox chmod 700 /tmp; echo $?; busybox pwd'
  [[ "$output" == *"159"*"159"*"/"* ]]
}

@test "notify: the agent at listenerPath gets the listener and decides, for exec too" {
  start_agent
  filter "{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_NOTIFY'}"
  change "c['linux']['seccomp'].update(listenerPath='$work/agent', listenerMetadata='to whom it concerns'); c['annotations'] = {'a': 'b'}"
  run run_container mkdir /x
  [[ "$output" == *"No medium found"* ]]
  jq -e --arg id "$id" '.fds == ["seccompFd"] and .metadata == "to whom it concerns" and .state.id == $id and .pid == .state.pid and .state.annotations.a == "b"' "$work/sent"
  change "c['process']['noNewPrivileges'] = True"
  command_is sleep 100
  oci create --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  oci start "$id"
  run oci exec "$id" mkdir /x
  [[ "$output" == *"No medium found"* ]]
  [ "$(jq -s '.[1].pid' "$work/sent")" = "$(cat "$work/pid")" ]
  [ "$(jq -s '.[2].state.status' "$work/sent")" = '"running"' ]
}

@test "notify: without an agent the start fails and says so" {
  filter "{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_NOTIFY'}"
  run ! run_container true
  [[ "$output" == *"SCMP_ACT_NOTIFY needs a listenerPath"* ]]
  change "c['linux']['seccomp']['listenerPath'] = '$work/nobody'"
  run ! run_container true
  [[ "$output" == *"linux.seccomp.listenerPath $work/nobody"* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "what makes no sense is refused by name" {
  filter "{'names': ['mkdir'], 'action': 'SCMP_ACT_KILL', 'errnoRet': 1}"
  run ! run_container true
  [[ "$output" == *"SCMP_ACT_KILL takes no errnoRet"* ]]
  filter "{'names': ['write'], 'action': 'SCMP_ACT_NOTIFY'}"
  change "c['linux']['seccomp']['listenerPath'] = '$work/agent'"
  run ! run_container true
  [[ "$output" == *"write cannot be SCMP_ACT_NOTIFY"* ]]
  filter "{'names': [], 'action': 'SCMP_ACT_ERRNO'}"
  run ! run_container true
  [[ "$output" == *"names no system call"* ]]
  change "c['linux']['seccomp'] = {'defaultAction': 'SCMP_ACT_ALLOW', 'flags': ['SECCOMP_FILTER_FLAG_X']}"
  run ! run_container true
  [[ "$output" == *SECCOMP_FILTER_FLAG_X* ]]
}

@test "flags and architectures of the specification are taken" {
  filter "{'names': ['mkdir', 'mkdirat'], 'action': 'SCMP_ACT_ERRNO'}"
  change "c['linux']['seccomp'].update(flags=['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_TSYNC'], architectures=['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32', 'SCMP_ARCH_AARCH64', 'SCMP_ARCH_RISCV64'])"
  run run_container mkdir /x
  [[ "$output" == *"Operation not permitted"* ]]
}
