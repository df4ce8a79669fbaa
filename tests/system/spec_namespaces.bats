#!/usr/bin/env bats
# What the runtime specification says of namespaces and of what belongs to them: devices of the network, settings.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() { cleanup_bundle; }

# Runs the bundle on a network of the test's own, where `$1` (shell) has made devices.
on_own_network() {
  unshare --net sh -c "$1"' && exec "$2" --root "$3/state" run --bundle "$3/bundle" "$4"' \
    sh "" "$TARE_BIN/tare-oci" "$work" "$id" </dev/null
}

without_namespace() { change "c['linux']['namespaces'] = [n for n in c['linux']['namespaces'] if n['type'] != '$1']"; }

@test "netDevices: a device is moved in, renamed, up and with its addresses" {
  unshare --net ip link add d0 type veth 2>/dev/null || skip "no veth devices here"
  change "c['linux']['netDevices'] = {'d0': {'name': 'inside'}, 'd1': {}}"
  command_is busybox ip addr
  run on_own_network 'ip link add d0 type veth peer name p0; ip link add d1 type veth peer name p1
    ip addr add 192.0.2.1/24 brd + dev d0; ip -6 addr add 2001:db8::1/64 dev d0 nodad'
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *" inside@"*"UP"*"inet 192"* ]]
  [[ "$output" == *"inet 192.0.2.1/24 brd 192.0.2.255 scope global inside"* ]]
  [[ "$output" == *"inet6 2001:db8::1/64 scope global"* ]]
  [[ "$output" == *" d1@"*UP* ]]
}

@test "netDevices: %d is a number that is free" {
  unshare --net ip link add d0 type veth 2>/dev/null || skip "no veth devices here"
  change "c['linux']['netDevices'] = {'d0': {'name': 'net%d'}, 'd1': {'name': 'net%d'}}"
  command_is busybox ip -o link
  run on_own_network 'ip link add d0 type veth peer name p0; ip link add d1 type veth peer name p1'
  [[ "$output" == *" net0@"*" net1@"* ]]
}

@test "netDevices: what cannot be moved is refused by name" {
  change "c['linux']['netDevices'] = {'tare-none': {}}"
  run ! run_container true
  [[ "$output" == *"linux.netDevices: tare-none"*"no network device"* ]]
  unshare --net ip link add d0 type veth 2>/dev/null || skip "no veth devices here"
  change "c['linux']['netDevices'] = {'d0': {'name': 'lo'}}"
  command_is true
  run ! on_own_network 'ip link add d0 type veth peer name p0'
  [[ "$output" == *"linux.netDevices.d0 as lo"* ]]
  change "c['linux']['netDevices'] = {'d0': {'name': 'a/b'}}"
  run ! on_own_network 'ip link add d0 type veth peer name p0'
  [[ "$output" == *"a/b is no name"* ]]
  without_namespace network
  change "c['linux']['netDevices'] = {'d0': {}}"
  run ! on_own_network 'ip link add d0 type veth peer name p0'
  [[ "$output" == *"needs a network namespace"* ]]
  [ -z "$(cgroup_directories)" ]
}

@test "sysctl: only of namespaces that are the container's own" {
  change "c['linux']['sysctl'] = {'net.ipv4.ip_forward': '1', 'kernel.shm_rmid_forced': '1', 'fs.mqueue.msg_max': '20', 'net/ipv4/conf/lo/forwarding': '0'}"
  run run_container cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced /proc/sys/fs/mqueue/msg_max
  [ "$output" = $'1\n1\n20' ]
  without_namespace ipc
  run ! run_container true
  [[ "$output" == *"needs a ipc namespace"* ]]
  change "c['linux']['sysctl'] = {'vm.overcommit_memory': '1'}"
  run ! run_container true
  [[ "$output" == *"vm.overcommit_memory"* ]]
}

@test "hostname and domainname are those of the container" {
  change "c['hostname'] = 'inner'; c['domainname'] = 'example.net'"
  run run_container cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname
  [ "$output" = $'inner\nexample.net' ]
  change "c['linux']['sysctl'] = {'kernel.domainname': 'example.org'}"
  run ! run_container true
  [[ "$output" == *"domainname example.net says it already"* ]]
  change "c['linux']['sysctl'] = {'kernel.hostname': 'x'}"
  run ! run_container true
  [[ "$output" == *"kernel.hostname is not allowed"* ]]
}

@test "a namespace that is not listed is the caller's" {
  without_namespace network
  without_namespace ipc
  run run_container sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
  [ "${lines[0]}" = "$(readlink /proc/self/ns/net)" ]
  [ "${lines[1]}" = "$(readlink /proc/self/ns/ipc)" ]
}

@test "devices are made with type, number, mode and owner, anywhere in the root" {
  change "c['linux']['devices'] = [{'type': 'c', 'path': '/dev/zero2', 'major': 1, 'minor': 5, 'fileMode': 0o640, 'uid': 7, 'gid': 8}, {'type': 'p', 'path': '/run/pipe', 'fileMode': 0o600}]"
  run run_container busybox stat -c '%n %F %a %u:%g %t:%T' /dev/zero2 /run/pipe
  echo "$output"
  [ "${lines[0]}" = "/dev/zero2 character special file 640 7:8 1:5" ]
  [[ "${lines[1]}" == "/run/pipe fifo 600 0:0"* ]]
}

@test "a device where another file lies is an error" {
  mkdir -p "$bundle/rootfs/run"
  echo text >"$bundle/rootfs/run/node"
  change "c['linux']['devices'] = [{'type': 'c', 'path': '/run/node', 'major': 1, 'minor': 5}]"
  run ! run_container true
  [[ "$output" == *"/run/node"* ]]
}
