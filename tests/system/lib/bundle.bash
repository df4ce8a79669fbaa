# A bundle whose root file system is busybox, and tare-oci to run it. Every test has its own; cleanup_bundle ends it all.

find_programs() {
  local base
  base="$(cd "$BATS_TEST_DIRNAME/../.." && pwd)"
  TARE_BIN="${TARE_BIN:-$base/build/release/bin}"
  [ -x "$TARE_BIN/tare-oci" ] || TARE_BIN="$base/build/dev/bin"
  [ -x "$TARE_BIN/tare-oci" ] || skip "tare-oci is not built"
}

make_bundle() {
  [ "$(id -u)" = 0 ] || skip "containers with their own mounts and cgroups need root"
  command -v busybox >/dev/null || skip "busybox-static is not installed"
  find_programs
  # Not below BATS_TMPDIR: a socket is made in it, and an overlay cannot be stacked on every file system.
  work="$(mktemp -d /tmp/tare-runtime-XXXXXX)"
  chmod 755 "$work"  # users of a user namespace have to get through
  bundle="$work/bundle"
  mkdir -p "$bundle"/rootfs/{bin,dev,etc,proc,root,sys,tmp}
  cp "$(command -v busybox)" "$bundle/rootfs/bin/busybox"
  local applet
  for applet in sh cat echo env head hostname id kill ls mkdir mount ps pwd readlink sleep sort stat tail touch true false tty wc; do
    ln -s busybox "$bundle/rootfs/bin/$applet"
  done
  printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$bundle/rootfs/etc/passwd"
  id="t$$-$BATS_TEST_NUMBER"
  (cd "$bundle" && "$TARE_BIN/tare-oci" spec)
  change 'c["process"]["terminal"] = False; c["root"]["readonly"] = False'
}

# change 'PYTHON': edits the configuration, which is `c`.
change() {
  python3 - "$bundle/config.json" "$1" <<'PYTHON'
import json, sys
with open(sys.argv[1]) as file:
    c = json.load(file)
exec(sys.argv[2])
with open(sys.argv[1], "w") as file:
    json.dump(c, file)
PYTHON
}

command_is() {
  local words
  words="$(printf '%s\0' "$@" | python3 -c 'import json,sys; print(json.dumps(sys.stdin.read().split("\0")[:-1]))')"
  change "c['process']['args'] = $words"
}

oci() { "$TARE_BIN/tare-oci" --root "$work/state" "$@"; }

# Runs the bundle's command in the foreground.
run_container() {
  command_is "$@"
  oci run --bundle "$bundle" "$id" </dev/null
}

cgroup_directories() { find /sys/fs/cgroup -type d -name "$id" 2>/dev/null; }

cleanup_bundle() {
  [ -n "${work:-}" ] || return 0
  oci delete --force "$id" >/dev/null 2>&1 || true
  rm -rf "$work"
}

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }

# Puts the criu that TARE_CRIU names (a path that ends in /criu) first; skips without one that works.
needs_criu() {
  [ -z "${TARE_CRIU:-}" ] || PATH="$(dirname "$TARE_CRIU"):$PATH"
  command -v criu >/dev/null || skip "criu is not installed"
  local said
  said="$(criu check 2>&1)" || skip "criu does not work on this kernel: ${said##*$'\n'}"
}

# For the last test of a file: the whole file again, where the machine has only cgroup v2.
run_on_other_cgroup_version() {
  is_v2 && skip "this is the other one"
  [ -n "${TARE_CGROUP2_VM:-}" ] && [ -x "$TARE_CGROUP2_VM" ] || skip "TARE_CGROUP2_VM names no program that runs a command under cgroup v2"
  # Without the variables and the PATH of this run of bats.
  run env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME="$HOME" "$TARE_CGROUP2_VM" --timeout 300 -- env TARE_BIN="$TARE_BIN" bats "$BATS_TEST_FILENAME"
  echo "$output"
  [ "$status" -eq 0 ]
}
