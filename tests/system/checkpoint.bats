#!/usr/bin/env bats
# tare-oci checkpoint and restore, with criu. TARE_CRIU names another criu than that of the PATH: Debian 12's does not
# work on kernels from 6.13 on.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() { make_bundle; }
teardown() {
  oci delete --force "$id-2" >/dev/null 2>&1 || true
  cleanup_bundle
}

# A container that counts in its own memory, and writes the number to a file.
counting() {
  command_is sh -c 'i=0; while true; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.02; done'
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
  await_count 1
}

count() { cat "$bundle/rootfs/tmp/count" 2>/dev/null || true; }

# Until it has counted to $1 (the file may be empty for a moment).
await_count() {
  local round number
  for round in $(seq 500); do
    number="$(count)"
    [ "${number:-0}" -lt "$1" ] || return 0
    sleep 0.02
  done
  return 1
}

status_of() { oci state "$1" | jq -r .status; }

restore() { oci restore -d --bundle "$bundle" --image-path "$work/images" "$@" </dev/null >/dev/null 2>"$work/errors"; }

@test "checkpoint without criu is refused by the package's name, and leaves the container as it is" {
  counting
  mkdir "$work/bin"
  PATH="$work/bin" run -1 "$TARE_BIN/tare-oci" --root "$work/state" checkpoint --image-path "$work/images" "$id"
  [[ "$output" == *"need the program criu, which is not installed"*"install the package criu"* ]]
  [ "$(status_of "$id")" = running ]
  await_count $(($(count) + 2))
}

@test "checkpoint and restore refuse what they cannot do, by name" {
  counting
  run -1 oci checkpoint --manage-cgroups-mode all "$id"
  [[ "$output" == *"--manage-cgroups-mode all: only soft, full, strict and ignore"* ]]
  run -1 oci checkpoint --empty-ns pid "$id"
  [[ "$output" == *"--empty-ns pid: only network"* ]]
  run -1 oci checkpoint --page-server nowhere "$id"
  [[ "$output" == *"--page-server nowhere: it has to be ADDRESS:PORT"* ]]
  run -1 oci checkpoint --status-fd 99 "$id"
  [[ "$output" == *"--status-fd 99: no descriptor"* ]]
  run -1 oci checkpoint --image-path "$work/images" --parent-path "$work" "$id"
  [[ "$output" == *"--parent-path has to be relative"* ]]
  run -1 oci checkpoint --image-path "$work/images" --parent-path ../none "$id"
  [[ "$output" == *"--parent-path: "*"/none: No such file or directory"* ]]
  run -1 oci restore --no-pivot --bundle "$bundle" "$id-2"
  [[ "$output" == *"--no-pivot: criu enters the root by pivot_root"* ]]
  run -1 oci restore --image-path "$work/nothing" --bundle "$bundle" "$id-2"
  [[ "$output" == *"$work/nothing"* ]]
  run -1 oci state "$id-2"
  [ "$(status_of "$id")" = running ]
  oci kill "$id" KILL
  local round
  for round in $(seq 200); do [ "$(status_of "$id")" = running ] || break; sleep 0.02; done
  run -1 oci checkpoint "$id"
  [[ "$output" == *"cannot be checkpointed in the stopped state"* ]]
}

# A criu that saves nothing: it writes down what it is asked for, gives one notice, and answers with $1 (1: done).
stand_in_for_criu() {
  mkdir -p "$work/bin"
  cat >"$work/bin/criu" <<PYTHON
#!/usr/bin/python3
import json, os, socket
def number(data):
    value = shift = 0
    while True:
        byte, data = data[0], data[1:]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128: return value, data
def fields(data):
    found = {}
    while data:
        key, data = number(data)
        value, data = number(data)
        if key & 7 == 2: value, data = data[:value], data[value:]
        found.setdefault(key >> 3, []).append(value)
    return found
peer = socket.socket(fileno=3)
request = fields(peer.recv(1 << 16))
options = {key: [v if isinstance(v, int) else v.decode("latin1") for v in values] for key, values in fields(request[2][0]).items()}
mounts = {fields(m.encode("latin1"))[1][0].decode(): fields(m.encode("latin1"))[2][0].decode() for m in options.pop(23, [])}
json.dump({"task": request[1][0], "options": options, "mounts": mounts}, open("$work/asked", "w"))
with open("$work/images/dump.log", "w") as log: log.write("(00.1) Error (criu/x.c:7): it is Tuesday\n")
peer.send(bytes([8, 6, 16, 1, 42, 14, 10, 12]) + b"status-ready")
assert fields(peer.recv(100)) == {1: [6], 3: [1]}
peer.send(bytes([8, 1, 16, $1]))
PYTHON
  chmod 755 "$work/bin/criu"
  PATH="$work/bin:$PATH"
}

@test "criu is told what of the container is the host's, and what the flags say" {
  change "c['mounts'].append({'destination': '/tmp/../data', 'type': 'bind', 'source': '$work/data', 'options': ['bind']})"
  mkdir "$work/data"
  counting
  stand_in_for_criu 1
  oci checkpoint --image-path "$work/images" --leave-running --tcp-established --tcp-skip-in-flight --ext-unix-sk \
    --shell-job --file-locks --link-remap --auto-dedup --lazy-pages --page-server '[::1]:2777' --manage-cgroups-mode full \
    --status-fd 9 "$id" 9>"$work/ready"
  jq -e ".options[\"2\"] == [$(cat "$work/pid")]" "$work/asked"
  jq -e '[.task, (.options | .["3"], .["4"], .["5"], .["7"], .["8"], .["16"], .["18"], .["46"], .["48"])[]] | . == [1,1,1,1,1,1,1,1,1,1]' "$work/asked"
  jq -e '.options["34"] == [4] and .options["11"] == ["\n\u0003::1\u0010\u00d9\u0015"]' "$work/asked"
  jq -e '.mounts["/data"] == "/data" and .mounts["/proc/keys"] == "/dev/null"' "$work/asked"
  [ "$(od -An -tx1 "$work/ready")" = " 00" ]
  # Streams that are the host's /dev/null.
  jq -e 'length == 3 and all(startswith("file["))' "$work/images/descriptors.json"
  jq -e --argjson streams "$(cat "$work/images/descriptors.json")" '.options["37"] == ($streams | unique)' "$work/asked"
  [ "$(status_of "$id")" = running ]
}

@test "a failure of criu is told in its own words, and the container goes on" {
  counting
  mkdir "$work/images"
  stand_in_for_criu 0
  run -1 oci checkpoint --image-path "$work/images" "$id"
  [[ "$output" == *"checkpoint: criu failed"*"Error (criu/x.c:7): it is Tuesday"*"$work/images/dump.log"* ]]
  [ "$(status_of "$id")" = running ]
  await_count $(($(count) + 2))
}

@test "a checkpoint that leaves it running changes nothing; restored it goes on where it was" {
  needs_criu
  change "c['linux']['resources'] = {'pids': {'limit': 77}}; c['mounts'].append({'destination': '/data', 'type': 'bind', 'source': '$work/data', 'options': ['rbind']})"
  mkdir "$work/data"
  counting
  oci checkpoint --image-path "$work/images" --work-path "$work/logs" --leave-running "$id"
  [ "$(status_of "$id")" = running ]
  [ -s "$work/logs/dump.log" ]
  [ ! -e "$work/images/dump.log" ]
  await_count $(($(count) + 2))

  await_count 20
  oci checkpoint --image-path "$work/images" "$id"
  run -1 oci state "$id"
  [ -z "$(cgroup_directories)" ]
  local before
  before="$(count)"
  restore --pid-file "$work/pid" "$id"
  [ "$(status_of "$id")" = running ]
  await_count $((before + 1))
  # A counter that had begun anew would pass by the saved number only after a while.
  [ "$(count)" -lt $((before + 500)) ]
  [ "$(oci state "$id" | jq .pid)" = "$(cat "$work/pid")" ]
  grep -q "/tare/$id\$" "/proc/$(cat "$work/pid")/cgroup"
  [ "$(oci exec "$id" cat /sys/fs/cgroup/pids/pids.max)" = 77 ] || [ "$(oci exec "$id" cat /sys/fs/cgroup/pids.max)" = 77 ]
  touch "$work/data/seen"
  oci exec "$id" ls /data/seen
  # The namespaces of exec are those of the restored process, time too.
  [ "$(oci exec "$id" readlink /proc/self/ns/time)" = "$(readlink "/proc/$(cat "$work/pid")/ns/time")" ]
  local space
  for space in pid net ipc uts mnt; do
    [ "$(readlink "/proc/$(cat "$work/pid")/ns/$space")" != "$(readlink "/proc/self/ns/$space")" ]
  done

  # And once more, from a pause and under another id.
  oci pause "$id"
  oci checkpoint --image-path "$work/images" "$id"
  restore "$id-2"
  [ "$(status_of "$id-2")" = running ]
  await_count $(($(count) + 2))
  grep -q "/tare/$id-2\$" "/proc/$(oci state "$id-2" | jq .pid)/cgroup"
}

# The number in the last or first whole line of a file.
last_line() { grep -E '^line [0-9]+$' "$1" | tail -1 | cut -d' ' -f2; }
first_line() { grep -E '^line [0-9]+$' "$1" | head -1 | cut -d' ' -f2; }
await_lines() {
  local round
  for round in $(seq 500); do
    [ "$(wc -l <"$1")" -lt 5 ] || return 0
    sleep 0.02
  done
  return 1
}

@test "streams are connected anew, and restore in the foreground ends with the container's exit code" {
  needs_criu
  command_is sh -c 'trap "exit 7" TERM; i=0; while true; do i=$((i + 1)); echo line $i; sleep 0.02; done'
  oci run -d --bundle "$bundle" "$id" </dev/null > >(cat >"$work/first") 2>/dev/null
  await_lines "$work/first"
  oci checkpoint --image-path "$work/images" "$id"
  oci restore --bundle "$bundle" --image-path "$work/images" "$id" </dev/null 2>/dev/null 3>&- > >(cat >"$work/second") &
  local restorer=$!
  await_lines "$work/second"
  [ "$(first_line "$work/second")" -gt "$(last_line "$work/first")" ]
  oci kill "$id" TERM
  local code=0
  wait "$restorer" || code=$?
  [ "$code" = 7 ]
  run -1 oci state "$id"
}

@test "memory is saved ahead by --pre-dump, and the rest relative to it" {
  needs_criu
  criu check --feature mem_dirty_track >/dev/null 2>&1 || skip "this kernel does not track written memory (CONFIG_MEM_SOFT_DIRTY)"
  counting
  oci checkpoint --pre-dump --image-path "$work/parent" "$id"
  [ "$(status_of "$id")" = running ]
  oci checkpoint --image-path "$work/images" --parent-path ../parent "$id"
  [ -L "$work/images/parent" ]
  restore "$id"
  await_count $(($(count) + 2))
}

# on_terminal FILE COMMAND...: with a terminal of its own, whose output goes to the file; the exit code is the command's.
on_terminal() {
  python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "${@:2}" </dev/null >"$1" 2>&1 3>&-
}

@test "a terminal is restored, and is the restorer's" {
  needs_criu
  change 'c["process"]["terminal"] = True'
  command_is sh -c 'trap "exit 7" TERM; i=0; while true; do i=$((i + 1)); echo line $i; sleep 0.02; done'
  on_terminal "$work/first" "$TARE_BIN/tare-oci" --root "$work/state" run --keep --bundle "$bundle" "$id" &
  local runner=$!
  await_lines "$work/first"
  oci checkpoint --image-path "$work/images" "$id"
  wait "$runner" || true
  run -1 oci restore -d --bundle "$bundle" --image-path "$work/images" "$id" </dev/null
  [[ "$output" == *"cannot allocate tty"* ]]
  on_terminal "$work/second" "$TARE_BIN/tare-oci" --root "$work/state" restore --bundle "$bundle" --image-path "$work/images" "$id" &
  runner=$!
  await_lines "$work/second"
  sed -i 's/\r$//' "$work/first"
  [ "$(sed 's/\r$//' "$work/second" >"$work/plain"; first_line "$work/plain")" -gt "$(last_line "$work/first")" ]
  [ "$(oci exec "$id" readlink /proc/1/fd/1)" = /dev/pts/0 ]
  oci kill "$id" TERM
  local code=0
  wait "$runner" || code=$?
  [ "$code" = 7 ]
}
