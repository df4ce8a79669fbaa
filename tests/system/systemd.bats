#!/usr/bin/env bats
# tare-oci --systemd-cgroup: systemd makes, limits and stops the containers' cgroups. Where systemd does not run under
# cgroup v2, the last test runs this file in a virtual machine that boots it.
bats_require_minimum_version 1.5.0
load lib/bundle

teardown() {
  [ -z "${other:-}" ] || oci delete --force "$other" >/dev/null 2>&1 || true
  cleanup_bundle
}

need_systemd() {
  [ -d /run/systemd/system ] && is_v2 || skip "systemd does not run here, or not under cgroup v2"
  make_bundle
  edit ".linux.cgroupsPath = \"machine.slice:tare:$id\""
  unit="tare-$id.scope"
}

# Not `change`, nor command_is: python takes more than a second to start in the virtual machine.
edit() { jq "$1" "$bundle/config.json" >"$work/edited" && cp "$work/edited" "$bundle/config.json"; }

scoped() { oci --systemd-cgroup "$@"; }
property() { systemctl show --property="$1" --value "$unit"; }
# One call of systemctl for all: it takes half a second in the virtual machine.
has_properties() {
  local shown wanted
  shown="$(systemctl show "$unit")"
  for wanted; do
    grep -qxF -- "$wanted" <<<"$shown" || { echo "no $wanted in: $shown"; return 1; }
  done
}

start_container() {
  edit '.process.args = ["sleep", "100"]'
  scoped create --bundle "$bundle" "$id" </dev/null >"$work/log" 2>&1
  oci start "$id"
}

@test "a container lives in a scope of its own with its limits, which update changes, and delete stops" {
  need_systemd
  edit '.linux.resources = {memory: {limit: 67108864, swap: 100663296}, pids: {limit: 20},
    cpu: {quota: 50000, period: 100000, shares: 512, cpus: "0"}}'
  start_container
  has_properties ActiveState=active Slice=machine.slice Delegate=yes MemoryMax=67108864 MemorySwapMax=33554432 \
    CPUQuotaPerSecUSec=500ms AllowedCPUs=0 TasksMax=20
  local group="/sys/fs/cgroup/machine.slice/$unit"
  [ "$(cat "$group/cgroup.procs")" = "$(oci state "$id" | jq .pid)" ]
  [ "$(cat "$group/memory.max")" = 67108864 ]
  [ "$(cat "$group/pids.max")" = 20 ]
  oci update --memory 33554432 --memory-swap 33554432 --pids-limit 10 --cpu-quota 20000 "$id"
  has_properties MemoryMax=33554432 TasksMax=10 CPUQuotaPerSecUSec=200ms
  # What systemd was not told would be gone now.
  systemctl daemon-reload
  [ "$(cat "$group/memory.max")" = 33554432 ]
  [ "$(cat "$group/pids.max")" = 10 ]
  [ "$(cat "$group/cpu.max")" = "20000 100000" ]
  run -0 oci exec "$id" cat /proc/self/cgroup
  [ "$output" = "0::/" ]
  oci pause "$id"
  [ "$(oci state "$id" | jq -r .status)" = paused ]
  oci delete --force "$id"
  [ "$(property LoadState)" = not-found ]
  [ ! -e "$group" ]
}

@test "run takes its scope along, a limit of one process too, and a device that is not allowed stays closed" {
  need_systemd
  edit '.linux.resources = {pids: {limit: 1}, devices: [{allow: false, access: "rwm"}]}
    | .linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11}]
    | .process.args = ["sh", "-c", "exec 3<>/dev/null && exec 4</dev/kmsg"]'
  run -1 scoped run --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"can't open /dev/kmsg: Operation not permitted"* ]]
  [ "$(property LoadState)" = not-found ]
}

@test "annotations are properties of the scope, and one that cannot be read is refused" {
  need_systemd
  edit '.annotations = {"org.systemd.property.CollectMode": "\u0027inactive-or-failed\u0027",
      "org.systemd.property.RuntimeMaxSec": "500", "org.systemd.property.TasksMax": "uint64 33",
      "org.systemd.property.MemoryAccounting": "true", "org.systemd.property.After": "[\u0027one.service\u0027]"}'
  start_container
  has_properties CollectMode=inactive-or-failed RuntimeMaxUSec=8min\ 20s TasksMax=33 MemoryAccounting=yes
  [[ "$(property After)" == *one.service* ]]
  oci delete --force "$id"
  edit '.annotations = {"org.systemd.property.RuntimeMaxSec": "soon"}'
  run -1 scoped create --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"annotation org.systemd.property.RuntimeMaxSec: the value soon cannot be read"* ]]
  [ "$(property LoadState)" = not-found ]
}

@test "a container that cannot be made, or whose name is taken, leaves no scope" {
  need_systemd
  edit '.mounts += [{destination: "/x", type: "bind", source: "/nosuch", options: ["bind"]}]'
  run -1 scoped create --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"/nosuch"* ]]
  edit '.mounts |= .[:-1]'
  start_container
  other="$id-2"
  run -1 scoped create --bundle "$bundle" "$other" </dev/null
  [[ "$output" == *"$unit"* ]]
  [ "$(property ActiveState)" = active ]
  edit '.linux.cgroupsPath = "/some/path"'
  run -1 scoped create --bundle "$bundle" "$other" </dev/null
  [[ "$output" == *"slice:prefix:name"* ]]
}

@test "an ordinary user's containers are scopes of the user's own systemd" {
  need_systemd
  command -v dbus-daemon >/dev/null && [ -e /usr/lib/systemd/user/dbus.socket ] || skip "dbus-user-session is not installed"
  systemctl start user@65534.service || skip "the user's systemd does not start here"
  chown -R 65534 "$work"
  edit '.linux |= . + {resources: {pids: {limit: 30}}, namespaces: (.namespaces + [{type: "user"}]),
      uidMappings: [{containerID: 0, hostID: 65534, size: 1}], gidMappings: [{containerID: 0, hostID: 65534, size: 1}]}
    | (.mounts[].options | arrays) |= map(select(startswith("gid=") | not)) | .process.args = ["sleep", "100"]
    | .linux.cgroupsPath = "user.slice:tare:'"$id"'"'
  as_user() { setpriv --reuid 65534 --regid 65534 --clear-groups env XDG_RUNTIME_DIR=/run/user/65534 "$@"; }
  # The kernel lets a user move processes only within what is delegated to him.
  run -1 as_user "$TARE_BIN/tare-oci" --root "$work/state" --systemd-cgroup create --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"systemd-run --user --scope"* ]]
  as_user systemd-run --quiet --user --scope -- "$TARE_BIN/tare-oci" --root "$work/state" --systemd-cgroup create \
    --bundle "$bundle" "$id" </dev/null >"$work/log" 2>&1 || { cat "$work/log"; false; }
  run -0 as_user systemctl --user show --property=TasksMax --value "$unit"
  [ "$output" = 30 ]
  as_user "$TARE_BIN/tare-oci" --root "$work/state" delete --force "$id"
  run -0 as_user systemctl --user show --property=LoadState --value "$unit"
  [ "$output" = not-found ]
  systemctl stop user@65534.service
}

@test "Podman has its containers' cgroups made by systemd" {
  need_systemd
  command -v podman >/dev/null || skip "podman is not installed"
  run -0 podman --runtime "$TARE_BIN/tare-oci" --cgroup-manager systemd run --rm --network none --rootfs \
    --cgroupns host --ulimit host --pids-limit 50 --log-driver none "$bundle/rootfs" sh -c 'cat /proc/self/cgroup'
  [[ "$output" == *"0::/machine.slice/libpod-"*.scope* ]]
}

@test "without systemd, or under cgroup v1, it is refused" {
  is_v2 && [ -d /run/systemd/system ] && skip "systemd runs here"
  make_bundle
  edit ".linux.cgroupsPath = \"machine.slice:tare:$id\""
  run -1 scoped run --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"--systemd-cgroup"*"cgroupfs driver"* ]]
  run -1 oci run --bundle "$bundle" "$id" </dev/null
  [[ "$output" == *"machine.slice:tare:$id is a name for systemd"* ]]
}

@test "all of this holds where systemd runs" {
  [ -d /run/systemd/system ] && skip "systemd runs here"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --systemd --timeout 120 -- \
    env TARE_BIN="$TARE_BIN" bats "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
}
