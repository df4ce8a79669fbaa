#!/usr/bin/env bats
# tare-oci in the hands of an ordinary user, who is made for these tests and removed afterwards.

bats_require_minimum_version 1.5.0
load lib/bundle

setup_file() {
  [ "$(id -u)" = 0 ] || skip "needs root, to make a user"
  local command
  for command in useradd setpriv; do command -v $command >/dev/null || skip "$command is not installed"; done
  USER_NAME=tare-oci-$$
  useradd --no-create-home --shell /bin/sh "$USER_NAME"
  sed -i "/^$USER_NAME:/d" /etc/subuid /etc/subgid
  echo "$USER_NAME:700000:65536" | tee -a /etc/subuid >>/etc/subgid
  export USER_NAME
}
teardown_file() { [ -z "${USER_NAME:-}" ] || userdel "$USER_NAME"; }

setup() {
  make_bundle
  mkdir "$work/run"
  cp "$TARE_BIN/tare-oci" "$work/tare-oci"
  chown -R "$USER_NAME:" "$work"
  (cd "$bundle" && rm config.json && user spec --rootless)
  change 'c["process"]["terminal"] = False; c["root"]["readonly"] = False'
}
teardown() {
  user delete --force "$id" >/dev/null 2>&1 || true
  cleanup_bundle
}

user() {
  setpriv --reuid="$USER_NAME" --regid="$USER_NAME" --clear-groups --inh-caps=-all \
    env -i PATH=/usr/bin:/bin XDG_RUNTIME_DIR="$work/run" "$work/tare-oci" "$@" 3>&-
}
many_ids() {
  command -v newuidmap >/dev/null || skip "newuidmap is not installed"
  change "
for name, own in (('uidMappings', $(id -u "$USER_NAME")), ('gidMappings', $(id -g "$USER_NAME"))):
    c['linux'][name] = [{'containerID': 0, 'hostID': own, 'size': 1}, {'containerID': 1, 'hostID': $1, 'size': 65536}]"
}

@test "an ordinary user runs a container as its root, with one id and without a cgroup" {
  command_is sh -c 'id -u; cat /proc/self/setgroups; echo x >/made; echo x >/dev/null'
  run user run --bundle "$bundle" "$id"
  [ "$output" = "$(printf '0\ndeny')" ]
  [ "$(stat -c %U "$bundle/rootfs/made")" = "$USER_NAME" ]
  [ -z "$(cgroup_directories)" ]
}

@test "an ordinary user's container sees the groups of the host and may write none" {
  command_is sh -c 'ls /sys/fs/cgroup | wc -l; mkdir /sys/fs/cgroup/new 2>/dev/null || mkdir /sys/fs/cgroup/*/new'
  run user run --bundle "$bundle" "$id"
  [ "$status" -ne 0 ]
  [ "${lines[0]}" -gt 0 ]
}

@test "with ranges of /etc/subuid the container has many ids" {
  many_ids 700000
  chmod 1777 "$bundle/rootfs/tmp"
  change 'c["process"]["user"] = {"uid": 5, "gid": 6, "additionalGids": [7]}'
  command_is sh -c 'touch /tmp/file; id -G'
  [ "$(user run --bundle "$bundle" "$id")" = "6 7" ]
  [ "$(stat -c %u:%g "$bundle/rootfs/tmp/file")" = 700004:700005 ]
}

@test "ids of others are refused" {
  many_ids 5000
  command_is true
  run user run --bundle "$bundle" "$id"
  [ "$status" -eq 1 ]
  [[ $output == *newuidmap*/etc/subuid* ]]
  run user state "$id"
  [ "$status" -ne 0 ]
}

@test "an ordinary user creates, starts, enters, signals and deletes a container" {
  command_is sleep 600
  user create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1
  user start "$id"
  [ "$(user exec "$id" id -u)" = 0 ]
  [[ "$(user list -q)" == "$id" ]]
  user kill "$id" KILL
  stopped() { [[ "$(user state "$id")" == *'"stopped"'* ]]; }
  for _ in $(seq 100); do stopped && break; sleep 0.05; done
  user delete "$id"
  [ -z "$(user list -q)" ]
}

@test "a limit that an ordinary user cannot have is an error" {
  change 'c["linux"].setdefault("resources", {})["memory"] = {"limit": 33554432}; c["linux"]["cgroupsPath"] = "/tare-oci-test"'
  command_is true
  run user run --bundle "$bundle" "$id"
  [ "$status" -eq 1 ]
  [[ $output == *cgroup* ]]
}
