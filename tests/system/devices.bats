#!/usr/bin/env bats
# Devices of the host inside containers, and limits of block devices.

bats_require_minimum_version 1.5.0
load lib/images
load lib/resources
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

# The number of a loop device: a block device that a limit can be set on without using it.
loop_number() { stat -c '%Hr:%Lr' /dev/loop0; }

need_loop() { [ -b /dev/loop0 ] || skip "this machine has no loop device"; }

@test "rates of a block device are what the kernel has" {
  need_loop
  tare run -d --name slow --device-read-bps /dev/loop0:1mb --device-write-bps /dev/loop0:2mb \
    --device-read-iops /dev/loop0:100 --device-write-iops /dev/loop0:200 box sleep 1000 >/dev/null
  if is_v2; then
    [ "$(cgroup_file slow - - io.max)" = "$(loop_number) rbps=1048576 wbps=2097152 riops=100 wiops=200" ]
  else
    [ "$(cgroup_file slow blkio blkio.throttle.read_bps_device)" = "$(loop_number) 1048576" ]
    [ "$(cgroup_file slow blkio blkio.throttle.write_bps_device)" = "$(loop_number) 2097152" ]
    [ "$(cgroup_file slow blkio blkio.throttle.read_iops_device)" = "$(loop_number) 100" ]
    [ "$(cgroup_file slow blkio blkio.throttle.write_iops_device)" = "$(loop_number) 200" ]
  fi
  [ "$(field slow '(index .HostConfig.BlkioDeviceReadBps 0).Path')" = /dev/loop0 ]
  [ "$(field slow '(index .HostConfig.BlkioDeviceReadBps 0).Rate')" = 1048576 ]
}

@test "a weight of block I/O is set, or fails the start with the reason" {
  local file
  if is_v2; then file=io.weight; else file=blkio.bfq.weight; fi
  run tare run -d --name heavy --blkio-weight 300 box sleep 1000
  echo "$output"
  if [ "$status" -eq 0 ]; then
    cgroup_file heavy blkio "$file" "$file" | grep -q '[0-9]'
    return
  fi
  [ "$status" -eq 125 ]
  [[ $output == *blockIO.weight*"does not offer"* ]]
  run field heavy .State.Running
  [ "$output" = false ]
}

@test "limits of what is no block device are refused" {
  refused() { # refused WORDS OPTION…
    run tare run --rm "${@:2}" box true
    echo "$output"
    [ "$status" -eq 125 ]
    [[ $output == *"$1"* ]]
  }
  refused "not a block device" --device-read-bps /dev/null:1mb
  refused "/dev/nosuch" --device-write-iops /dev/nosuch:10
  refused "expected /dev/NAME:SIZE" --device-read-bps loop0:1mb
  refused "expected /dev/NAME:NUMBER" --device-read-iops /dev/loop0:1mb
  refused "10 to 1000" --blkio-weight-device /dev/loop0:5
}

@test "--device gives a node of the host, with its permissions" {
  run tare run --rm --device /dev/full:/dev/mine:r box sh -c 'stat -c %t:%T /dev/mine; echo x >/dev/mine'
  [[ ${lines[0]} == 1:7 ]]
  [ "$status" -ne 0 ]
  [ "$(tare run --rm --device /dev/full box sh -c 'echo x >/dev/full' 2>&1 | grep -c 'No space')" = 1 ]
}

@test "--device with a directory gives every device in it" {
  mkdir -p "$BATS_TEST_TMPDIR/nodes/below"
  mknod "$BATS_TEST_TMPDIR/nodes/one" c 1 5
  mknod "$BATS_TEST_TMPDIR/nodes/below/two" c 1 7
  run tare run --rm --device "$BATS_TEST_TMPDIR/nodes:/dev/nodes" box stat -c '%n %t:%T' /dev/nodes/one /dev/nodes/below/two
  echo "$output"
  [ "${lines[0]}" = "/dev/nodes/one 1:5" ]
  [ "${lines[1]}" = "/dev/nodes/below/two 1:7" ]
}

@test "--privileged gives the nodes of the host, and makes none in what is mounted over them" {
  local list='find /dev -xdev ( -type b -o -type c ) ! -name console ! -name ptmx -exec stat -c %n:%t:%T:%a:%u:%g {} +'
  set -f
  # shellcheck disable=SC2086
  [ "$(tare run --rm --privileged box $list | sort)" = "$($list | sort)" ]
  [ ! -c /dev/kmsg ] || tare run --rm --privileged box sh -c ': </dev/kmsg'
  mkdir "$BATS_TEST_TMPDIR/mine"
  tare run --rm --privileged -v "$BATS_TEST_TMPDIR/mine:/dev/net" box test ! -e /dev/net/tun
  tare run --rm --privileged -v /dev:/dev box test -e /dev/null
  [ -z "$(ls "$BATS_TEST_TMPDIR/mine")" ]
}

@test "--device-cgroup-rule allows devices by number" {
  local script='mknod /tmp/full c 1 7; echo x >/tmp/full'
  [[ $(tare run --rm --device-cgroup-rule 'c 1:7 rwm' box sh -c "$script" 2>&1) == *"No space"* ]]
  # FUSE's is not among those that every container may use.
  script='mknod /tmp/fuse c 10 229; : </tmp/fuse'
  run tare run --rm box sh -c "$script"
  [[ $output == *"not permitted"* ]]
  run tare run --rm --device-cgroup-rule 'c 10:229 rmw' box sh -c "$script"
  [[ $output != *"not permitted"* ]]
  run tare run --rm --device-cgroup-rule 'c 10' box true
  [ "$status" -eq 125 ]
  [[ $output == *"invalid device cgroup format"* ]]
}

@test "--cgroupns host shows the host's control groups" {
  [[ $(tare run --rm --cgroupns host box cat /proc/self/cgroup) == */tare/* ]]
  [[ $(tare run --rm --cgroupns private box cat /proc/self/cgroup) != */tare/* ]]
}

# cdi_file NAME: its content comes from standard input.
cdi_file() {
  export TARE_CDI_SPEC_DIRS=$BATS_TEST_TMPDIR/cdi
  mkdir -p "$TARE_CDI_SPEC_DIRS"
  cat >"$TARE_CDI_SPEC_DIRS/$1"
}

@test "--device with a name of CDI makes all the edits that its vendor asks for" {
  mkdir "$BATS_TEST_TMPDIR/told"
  echo library >"$BATS_TEST_TMPDIR/library"
  cat >"$BATS_TEST_TMPDIR/hook" <<SHELL
#!/bin/sh
# As vendors' hooks do: the root is where the bundle's configuration says.
state=\$(cat)
root=\$(echo "\$state" | sed 's/.*"bundle":"\\([^"]*\\).*/\\1/')
root=\$(sed 's/.*"root":{"path":"\\([^"]*\\).*/\\1/;t;d' "\$root/config.json")
echo "\$1 \$(ls "\$root/bin/busybox")" >>$BATS_TEST_TMPDIR/told/\$1
[ "\$1" != createContainer ] || ln -s linked "\$root/made-by-hook"
SHELL
  chmod +x "$BATS_TEST_TMPDIR/hook"
  cdi_file vendor.yaml <<YAML
cdiVersion: 0.7.0
kind: vendor.com/dev
containerEdits:
  env: [VENDOR=there]
  hooks:
  - {hookName: createContainer, path: $BATS_TEST_TMPDIR/hook, args: [hook, createContainer]}
  - {hookName: poststart, path: $BATS_TEST_TMPDIR/hook, args: [hook, poststart]}
  - {hookName: poststop, path: $BATS_TEST_TMPDIR/hook, args: [hook, poststop]}
devices:
- name: full
  containerEdits:
    deviceNodes: [{path: /dev/mine, hostPath: /dev/full, fileMode: 0640, gid: 7}]
    mounts: [{hostPath: $BATS_TEST_TMPDIR/library, containerPath: /lib/vendor.so, options: [ro]}]
    additionalGids: [4321]
YAML
  tare run --name gifted --device vendor.com/dev=full box sh -c \
    'echo $VENDOR; stat -c %t:%T:%a:%g /dev/mine; cat /lib/vendor.so; id -G; readlink /made-by-hook; echo x >/dev/mine; echo y >/lib/vendor.so' \
    >"$BATS_TEST_TMPDIR/out" 2>&1 || true
  cat "$BATS_TEST_TMPDIR/out"
  [ "$(head -n 3 "$BATS_TEST_TMPDIR/out" | tr '\n' ' ')" = "there 1:7:640:7 library " ]
  grep -qw 4321 "$BATS_TEST_TMPDIR/out"
  grep -qx linked "$BATS_TEST_TMPDIR/out"
  grep -q "No space left" "$BATS_TEST_TMPDIR/out"
  grep -q "Read-only file system" "$BATS_TEST_TMPDIR/out"
  [ "$(field gifted '(index .HostConfig.DeviceRequests 0).DeviceIDs')" = "[vendor.com/dev=full]" ]
  [[ $(cat "$BATS_TEST_TMPDIR/told/createContainer") == createContainer*/bin/busybox ]]
  wait_until test -e "$BATS_TEST_TMPDIR/told/poststop"
  [ -e "$BATS_TEST_TMPDIR/told/poststart" ]
}

@test "a device of CDI that nobody describes is refused with what there is, --gpus with what to do" {
  cdi_file vendor.json <<<'{"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": [{"name": "0", "containerEdits": {"env": ["GPU=first"]}},
    {"name": "all", "containerEdits": {"env": ["GPU=all"]}}]}'
  [ "$(tare run --rm --gpus all box sh -c 'echo $GPU')" = all ]
  [ "$(tare run --rm --gpus '"device=0"' box sh -c 'echo $GPU')" = first ]
  run -125 tare run --rm --gpus 2 box true
  [[ $output == *"nvidia.com/gpu=1"*"there are: 0, all"* ]]
  run -125 tare run --rm --gpus capabilities=gpu box true
  [[ $output == *"capabilities=gpu is not understood"* ]]
  rm "$TARE_CDI_SPEC_DIRS/vendor.json"
  run -125 tare run --rm --gpus all box true
  [[ $output == *"$TARE_CDI_SPEC_DIRS"*"nvidia-ctk cdi generate"* ]]
  cdi_file broken.yaml <<<'cdiVersion: 0.5.0'
  run -125 tare run --rm --device vendor.com/dev=x box true
  [[ $output == *broken.yaml*kind* ]]
  [ -z "$(tare ps -aq)" ]
}

@test "nothing is left behind" { nothing_is_left; }

@test "all of this holds on pure cgroup v2" { on_cgroup2 7; }
