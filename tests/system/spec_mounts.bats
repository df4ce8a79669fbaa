#!/usr/bin/env bats
# What the runtime specification says of mounts and of the root: options, propagation, mapped ids.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() {
  make_bundle
  mkdir -p "$work/source/inner" "$bundle/rootfs/bound"
  echo content >"$work/source/file"
}
teardown() {
  cleanup_bundle
}

# add_mount 'PYTHON OBJECT': one more entry of "mounts".
add_mount() { change "c['mounts'].append($1)"; }

# mount_line DESTINATION TEXT: its last line of mountinfo.
mount_line() { awk -v place="$1" '$5 == place' <<<"$2" | tail -1; }

ids_of() { echo "[{'containerID': 0, 'hostID': $1, 'size': 65536}]"; }

with_user_namespace() {
  change "c['linux']['namespaces'].append({'type': 'user'}); c['linux']['uidMappings'] = c['linux']['gidMappings'] = $(ids_of 100000)"
}

@test "mount flags of the table are in force on a file system and on a bind mount" {
  add_mount "{'destination': '/fs', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'sync', 'dirsync', 'silent', 'nosymfollow', 'size=64k']}"
  add_mount "{'destination': '/bound', 'source': '$work/source', 'options': ['bind', 'ro', 'nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'nosymfollow']}"
  run run_container cat /proc/self/mountinfo
  [ "$status" -eq 0 ]
  for place in /fs /bound; do
    line=$(mount_line "$place" "$output")
    for option in ro nosuid nodev noexec noatime nodiratime nosymfollow; do [[ ",${line// /,}," == *,$option,* ]]; done
  done
  [[ "$(mount_line /fs "$output")" == *sync,dirsync,size=64k* ]]
}

@test "the later of two opposite options wins" {
  add_mount "{'destination': '/fs', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['ro', 'noexec', 'nosuid', 'sync', 'exec', 'rw', 'suid', 'async', 'strictatime', 'relatime']}"
  run run_container cat /proc/self/mountinfo
  [[ "$(mount_line /fs "$output")" == *" rw,relatime "* ]]
  [[ "$(mount_line /fs "$output")" != *sync* ]]
}

@test "an option of whole file systems is refused for a bind mount, by name" {
  add_mount "{'destination': '/bound', 'source': '$work/source', 'options': ['bind', 'sync']}"
  run ! run_container true
  [[ "$output" == *"/bound: sync is of a whole file system"* ]]
}

@test "recursive options reach the mounts below, the others only the top" {
  unshare -m sh -c 'mount -t tmpfs inner "$1/source/inner" && shift && exec "$@"' sh "$work" true || skip "no mounts here"
  inside() {
    command_is cat /proc/self/mountinfo
    unshare -m sh -c 'mount -t tmpfs inner "$1/source/inner" && exec "$2" --root "$1/state" run --bundle "$1/bundle" "$3"' \
      sh "$work" "$TARE_BIN/tare-oci" "$id" </dev/null
  }
  add_mount "{'destination': '/bound', 'source': '$work/source', 'options': ['rbind', 'rro', 'rnosuid', 'rnoexec', 'rnoatime']}"
  run inside
  [[ "$(mount_line /bound/inner "$output")" == *" ro,nosuid,noexec,noatime "* ]]
  change "c['mounts'][-1]['options'] = ['rbind', 'ro', 'nosuid']"
  run inside
  [[ "$(mount_line /bound "$output")" == *" ro,nosuid"* ]]
  [[ "$(mount_line /bound/inner "$output")" == *" rw,"* ]]
}

@test "propagation of a mount is what was asked for" {
  local kind
  for kind in private shared slave unbindable rprivate rshared rslave runbindable; do
    add_mount "{'destination': '/m-$kind', 'source': '$work/source', 'options': ['rbind', '$kind']}"
  done
  run run_container cat /proc/self/mountinfo
  [ "$status" -eq 0 ]
  [[ "$(mount_line /m-shared "$output")" == *" shared:"* ]]
  [[ "$(mount_line /m-rshared "$output")" == *" shared:"* ]]
  [[ "$(mount_line /m-unbindable "$output")" == *" unbindable "* ]]
  [[ "$(mount_line /m-runbindable "$output")" == *" unbindable "* ]]
  [[ "$(mount_line /m-private "$output")" != *" shared:"* ]]
  [[ "$(mount_line /m-rprivate "$output")" != *" shared:"* ]]
}

@test "rootfsPropagation is that of the container's root" {
  local kind
  for kind in shared slave private unbindable; do
    change "c['linux']['rootfsPropagation'] = '$kind'"
    run run_container cat /proc/self/mountinfo
    [ "$status" -eq 0 ]
    line=$(mount_line / "$output")
    case $kind in
      shared) [[ "$line" == *" shared:"* ]] ;;
      unbindable) [[ "$line" == *" unbindable "* ]] ;;
      *) [[ "$line" != *" shared:"* && "$line" != *" unbindable "* ]] ;;
    esac
  done
  change "c['linux']['rootfsPropagation'] = 'public'"
  run ! run_container true
  [[ "$output" == *linux.rootfsPropagation* ]]
}

@test "a relative destination is below the root" {
  add_mount "{'destination': 'here', 'source': '$work/source', 'options': ['bind']}"
  [ "$(run_container cat /here/file)" = content ]
}

@test "a relative source of a bind mount is in the bundle" {
  mkdir "$bundle/data"
  echo mine >"$bundle/data/file"
  add_mount "{'destination': '/data', 'source': 'data', 'options': ['bind']}"
  [ "$(run_container cat /data/file)" = mine ]
}

@test "remount changes what is mounted already" {
  add_mount "{'destination': '/fs', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['size=64k']}"
  add_mount "{'destination': '/fs', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['remount', 'ro', 'size=128k']}"
  add_mount "{'destination': '/bound', 'source': '$work/source', 'options': ['bind']}"
  add_mount "{'destination': '/bound', 'options': ['bind', 'remount', 'ro']}"
  run run_container cat /proc/self/mountinfo
  [ "$status" -eq 0 ]
  [[ "$(mount_line /fs "$output")" == *" ro"*"size=128k"* ]]
  [[ "$(mount_line /bound "$output")" == *" ro"* ]]
  [ "$(awk '$5 == "/bound"' <<<"$output" | wc -l)" -eq 1 ]
}

@test "tmpcopyup begins with what the image has there" {
  mkdir "$bundle/rootfs/seed"
  echo seeded >"$bundle/rootfs/seed/file"
  add_mount "{'destination': '/seed', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['tmpcopyup']}"
  [ "$(run_container sh -c 'cat /seed/file; echo more >/seed/other')" = seeded ]
  [ ! -e "$bundle/rootfs/seed/other" ]
}

# owner_inside MOUNT-PROPERTIES: of the source's file, as the container sees it.
owner_inside() {
  add_mount "{'destination': '/bound', 'source': '$work/source', $1}"
  run_container busybox stat -c %u:%g /bound/file
}

skip_without_mapped_mounts() {
  local kind
  kind=$(stat -f -c %T "$work")
  case $kind in hostfs | UNKNOWN*) skip "the file system of $work ($kind) maps no ids" ;; esac
}

@test "idmap maps the ids of a bind mount by its own mappings" {
  skip_without_mapped_mounts
  chown 1000:1001 "$work/source/file"
  run owner_inside "'options': ['bind', 'idmap'], 'uidMappings': $(ids_of 5000), 'gidMappings': $(ids_of 7000)"
  echo "$output"
  [ "$output" = 6000:8001 ]
}

@test "idmap without mappings takes those of the container's user namespace" {
  skip_without_mapped_mounts
  with_user_namespace
  chown 3:4 "$work/source/file"
  run owner_inside "'options': ['rbind', 'ridmap']"
  echo "$output"
  [ "$output" = 3:4 ]
}

@test "idmap without mappings and without a user namespace is refused" {
  add_mount "{'destination': '/bound', 'source': '$work/source', 'options': ['bind', 'idmap']}"
  run ! run_container true
  [[ "$output" == *"/bound"*"idmap needs uidMappings"* ]]
  change "c['mounts'][-1] = {'destination': '/fs', 'type': 'tmpfs', 'source': 'tmpfs', 'options': ['idmap']}"
  run ! run_container true
  [[ "$output" == *"bind mounts only"* ]]
}

@test "a bind mount's source may lie where the container's root could not go" {
  mkdir -m 700 "$work/closed"
  mv "$work/source" "$work/closed/"
  with_user_namespace
  add_mount "{'destination': '/bound', 'source': '$work/closed/source', 'options': ['bind', 'ro']}"
  [ "$(run_container cat /bound/file)" = content ]
}

@test "nothing is mounted inside /proc" {
  add_mount "{'destination': '/proc/net', 'source': '$work/source', 'options': ['bind']}"
  run ! run_container true
  [[ "$output" == *"nothing may be mounted inside /proc"* ]]
}
