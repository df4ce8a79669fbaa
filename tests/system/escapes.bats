#!/usr/bin/env bats
# Published ways out of container runtimes, replayed: from inside a container, through its volumes, its mounts, its
# procfs. docs/threat-model.md says what stops each. Those that begin with an image or a build: escapes_images.bats.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare
load lib/bundle
load lib/attacks

setup_file() { make_world; }
teardown_file() { end_world; }
setup() { make_bundle; }
teardown() {
  stop_swapping
  remove_containers
  cleanup_bundle
}

# start_bundle COMMAND…: in the background.
start_bundle() {
  command_is "$@"
  oci run -d --bundle "$bundle" --pid-file "$work/pid" "$id" </dev/null >/dev/null 2>&1
}

@test "CVE-2016-9962: a process that enters a container cannot be looked into by what is there" {
  start_bundle sleep 100
  cp -a "$bundle" "$work/second"
  bundle=$work/second
  change "c['linux']['namespaces'] = [{'type': 'mount'}, {'type': 'pid', 'path': '/proc/$(cat "$work/pid")/ns/pid'}]
for name in ('hostname', 'domainname'): c.pop(name, None)"
  oci create --bundle "$bundle" "$id-2" </dev/null >/dev/null 2>&1  # waits inside, still a process of the host's program
  run oci exec "$id" sh -c 'for p in /proc/[0-9]*; do
    case $(cat $p/status | head -1) in *sleep | *sh | *cat | *head) ;; *)
      echo found; readlink $p/exe $p/cwd $p/root $p/fd/* $p/map_files/*; cat $p/environ $p/maps; head -c 1 $p/mem ;; esac; done 2>/dev/null'
  oci delete --force "$id-2"
  [ "$output" = found ] || { echo "$output"; false; }
}

@test "CVE-2019-5736, CVE-2020-14298: the file of tare-oci cannot be written to through a process that entered" {
  copy_programs "$work/bin"
  mkfifo "$bundle/rootfs/wait"
  printf '#!/proc/self/exe --log=/wait\n' >"$bundle/rootfs/run-the-runtime"
  chmod +x "$bundle/rootfs/run-the-runtime"
  seize_program >"$bundle/rootfs/seize"
  ln -s busybox "$bundle/rootfs/bin/seq"; ln -s busybox "$bundle/rootfs/bin/usleep"
  start_bundle sh -c 'exec sh /seize read /wait >/out 2>&1'
  timeout 60 "$work/bin/tare-oci" --root "$work/state" exec "$id" /run-the-runtime || true
  wait_until grep -qE 'refused|written' "$bundle/rootfs/out"
  cat "$bundle/rootfs/out"
  grep -q holding "$bundle/rootfs/out"  # the attack got as far as it can
  grep -q 'Read-only file system' "$bundle/rootfs/out"
  cmp "$work/bin/tare-oci" "$TARE_BIN/tare-oci"
}

@test "CVE-2019-5736: the file of tare cannot be written to through tare exec" {
  local loader library
  copy_programs "$work/bin"
  loader=$(ldd "$TARE_BIN/tare" | grep -o '/lib[^ ]*/ld-[^ ]*' | head -1) || skip "tare is static here"
  library=$(ldd "$TARE_BIN/tare" | awk '$2 == "=>" { print $1; exit }')
  mkdir -p "$work/stage/$(dirname "$loader")" "$work/stage/wait"
  cp "$(readlink -f "$loader")" "$work/stage/$loader"
  mkfifo "$work/stage/wait/$library"  # the loader waits when it opens it
  printf '#!/proc/self/exe\n' >"$work/stage/run-the-engine"
  chmod +x "$work/stage/run-the-engine"
  seize_program >"$work/stage/seize"
  tare run -d --name seized -v "$work/stage:/stage" box sh -c "mkdir -p $(dirname "$loader"); cp /stage$loader $loader
    exec sh /stage/seize write /stage/wait/$library >/stage/out 2>&1" >/dev/null
  wait_until tare exec seized test -e "$loader"
  on_host timeout 60 "$work/bin/tare" exec -e LD_LIBRARY_PATH=/stage/wait seized /stage/run-the-engine || true
  wait_until grep -qE 'refused|written' "$work/stage/out"
  cat "$work/stage/out"
  grep -q holding "$work/stage/out"
  grep -q 'Read-only file system' "$work/stage/out"
  cmp "$work/bin/tare" "$TARE_BIN/tare"
}

@test "CVE-2019-5736: the file of tare-init cannot be changed by the container that it runs in" {
  copy_programs "$work/bin"
  run on_host "$work/bin/tare" run --rm --init box sh -c 'for way in /sbin/docker-init /proc/1/exe; do
    (: >$way) && echo written; chmod 777 $way && echo changed; touch $way && echo changed; done
    rm -f /sbin/docker-init && echo removed; umount /sbin/docker-init && echo uncovered; echo end'
  echo "$output"
  [ "$(grep -c 'Read-only file system' <<<"$output")" -ge 6 ]
  [ "${lines[-1]}" = end ]
  [[ $output != *written* && $output != *changed* && $output != *removed* && $output != *uncovered* ]]
  [ "$(stat -c %a "$work/bin/tare-init")" = 755 ]
  cmp "$work/bin/tare-init" "$TARE_BIN/tare-init"
}

@test "CVE-2019-5736: a container's supervisor is executed from a read-only mount" {
  local pid
  tare run -d --name guarded box sleep 100 >/dev/null
  pid=$(pgrep -f "tare-supervisor $TARE_ROOT/containers/$(field guarded .Id)")
  python3 -c 'import os, sys; sys.exit(0 if os.statvfs(sys.argv[1]).f_flag & os.ST_RDONLY else 1)' "/proc/$pid/exe"
  printf '#!/proc/self/exe\n' >"$work/script"
  chmod +x "$work/script"
  run tare run --rm -v "$work/script:/script" box /script
  [ "$status" -eq 125 ]  # what the supervisor says when it is started by hand
}

@test "CVE-2019-14271: no library of a container is loaded by what prepares it" {
  command -v gcc >/dev/null || skip "gcc is not installed"
  mkdir -p "$work/lib"
  printf '#include <fcntl.h>\n__attribute__((constructor)) void pwn(void) { open("/tmp/pwned", O_CREAT, 0600); }\n' >"$work/pwn.c"
  gcc -shared -fPIC -o "$work/lib/libnss_files.so.2" "$work/pwn.c"
  cp "$work/lib/libnss_files.so.2" "$work/lib/libnss_evil.so.2"
  printf 'passwd: evil files\ngroup: evil files\nhosts: evil files\n' >"$work/nsswitch.conf"
  printf 'root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n' >"$work/passwd"
  tare run -d --name loaded -u 1000 -v "$work/nsswitch.conf:/etc/nsswitch.conf" -v "$work/passwd:/etc/passwd" \
    -v "$work/lib:/lib/$(uname -m)-linux-gnu" -v "$work/lib:/lib64" -v "$work/lib:/usr/lib" box sleep 100 >/dev/null
  tare exec -u user loaded true
  tare exec loaded test ! -e /tmp/pwned
  [ ! -e /tmp/pwned ]
}

@test "CVE-2019-16884, CVE-2015-3631: nothing but procfs is mounted on /proc, and nothing inside it" {
  local place
  mkdir -p "$work/fake/self/attr" "$bundle/rootfs/proc"
  ln -s /proc/sys "$bundle/rootfs/procession"
  for place in /proc //proc/ /x/../proc/. /proc/self/attr /procession /procession/kernel; do
    change "c['mounts'] = [m for m in c['mounts'] if m['source'] != '$work/fake'] + [
            {'destination': '$place', 'type': 'bind', 'source': '$work/fake', 'options': ['bind']}]"
    run run_container true
    [ "$status" -ne 0 ] || { echo "$place was allowed"; false; }
    [[ "$output" == */proc* ]]
  done
  run tare run --rm -v volume:/proc box true
  [ "$status" -eq 125 ]
  [[ "$output" == */proc* ]]
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: a /proc or /sys that is a symlink of the image is refused" {
  local place
  mkdir -p "$bundle/rootfs/evil/proc" "$bundle/rootfs/evil/sys"
  for place in proc sys; do
    rmdir "$bundle/rootfs/$place"
    ln -s "/evil/$place" "$bundle/rootfs/$place"
    run run_container cat /proc/self/status
    [ "$status" -ne 0 ]
    [[ "$output" == *"symbolic link"* ]]
    rm "$bundle/rootfs/$place"
    mkdir "$bundle/rootfs/$place"
  done
}

@test "CVE-2020-15257: nothing of the engine listens on an abstract socket" {
  run tare run --rm --network host box cat /proc/net/unix
  [ "$status" -eq 0 ]
  [[ "$output" != *"@"*tare* ]]
  tare run -d --name silent box sleep 100 >/dev/null
  run grep -E '@.*(tare|silent)' /proc/net/unix
  [ "$status" -eq 1 ]
}

@test "CVE-2021-30465, CVE-2017-1002101: a mount target that is exchanged for a symlink during the start stays inside" {
  local round
  make_canary "$work/canary"
  mkdir -p "$work/shared/target/inner" "$work/content"
  echo content >"$work/content/file"
  ln -s "$CANARY" "$work/shared/link"
  swap_forever "$work/shared" target link
  for round in $(seq 12); do
    # Either the mount is inside, or the start fails; the symlink of the container's root is the container's.
    run tare run --rm -v "$work/shared:/shared" -v "$work/content:/shared/target/folder" box sh -c 'cat /shared/*/secret'
    [[ "$output" != *host-secret* ]]
    canary_is_unharmed
  done
  run grep -F "$CANARY" /proc/self/mountinfo
  [ "$status" -eq 1 ]
}

@test "CVE-2024-45310: no file or folder is made on the host when a target is exchanged during the start" {
  local round
  make_canary "$work/canary"
  mkdir -p "$work/shared/target"
  echo content >"$work/file"
  ln -s "$CANARY" "$work/shared/link"
  swap_forever "$work/shared" target link
  for round in $(seq 12); do
    run tare run --rm -v "$work/shared:/shared" -v "$work/file:/shared/target/new/deep/file-$round" box true
    canary_is_unharmed
  done
}

@test "CVE-2018-15664: a new volume is not filled through a symlink that another container puts there" {
  local round pid
  make_canary "$work/canary"
  mkdir -p "$work/image/data/sub/deep"
  seq 200 | sed "s|^|$work/image/data/sub/deep/|" | xargs touch
  touch "$work/image/data/sub/planted"
  make_busybox_root "$work/image"
  make_tar "$work/image" "$work/base.tar"
  pack_archive "$work" filler "$work/base.tar"
  tare load -q -i "$work/image.tar" >/dev/null
  for round in $(seq 8); do
    tare volume create "fill$round" >/dev/null
    pid=$(tare volume inspect -f '{{.Mountpoint}}' "fill$round")
    (cd "$pid" && for _ in $(seq 3000); do mv -T sub taken 2>/dev/null && ln -s "$CANARY" sub && break; done) 3>&- &
    run tare run --rm -v "fill$round:/data" filler true
    wait $! || true
    canary_is_unharmed
  done
}

@test "CVE-2022-0492: release_agent of cgroup v1 is out of reach" {
  run tare run --rm box sh -c 'find /sys/fs/cgroup -name release_agent | head -1
    mkdir /tmp/c && mount -t cgroup -o rdma cgroup /tmp/c && echo mounted
    unshare -UrmC sh -c "mount -t cgroup -o rdma cgroup /tmp/c && echo mounted"
    touch /sys/fs/cgroup/x && echo made; echo end'
  [[ "$output" != *release_agent* ]]
  [[ "$output" != *mounted* ]]
  [[ "$output" != *made* ]]
  [[ "$output" == *end ]]
  # Without the filter it is the kernel that refuses.
  run tare run --rm --security-opt seccomp=unconfined box sh -c 'mkdir /tmp/c
    unshare -UrmC sh -c "mount -t cgroup -o rdma cgroup /tmp/c && echo x >/tmp/c/release_agent && echo written"; echo end'
  [[ "$output" != *written* ]]
}

@test "CVE-2022-29162, CVE-2022-24769, CVE-2016-8867: no capability is inheritable or ambient" {
  tare run -d --name caps box sleep 100 >/dev/null
  for command in "run --rm box" "run --rm -u 1000 box" "exec caps" "exec -u 1000 caps"; do
    # shellcheck disable=SC2086
    run tare $command grep -cE '^Cap(Inh|Amb):.0+$' /proc/self/status
    [ "$output" = 2 ]
  done
  # shellcheck disable=SC2086
  run tare exec -u 1000 caps grep -cE '^Cap(Prm|Eff):.0+$' /proc/self/status
  [ "$output" = 2 ]
}

@test "CVE-2024-21626: a working directory through a leaked descriptor is refused, at run and at exec" {
  local number
  tare run -d --name cwd box sleep 100 >/dev/null
  for number in $(seq 3 12); do
    run tare exec -w "/proc/self/fd/$number/../../../../../../../.." cwd ls
    [ "$status" -ne 0 ]
  done
  for number in $(seq 3 10); do
    run run_in "/proc/self/fd/$number/planted"
    [ "$status" -ne 0 ]
  done
  # The same through a symlink of the image.
  ln -s /proc/self/fd/7 "$bundle/rootfs/leak"
  run run_in /leak/planted
  [ "$status" -ne 0 ]
  run find "$work" /sys/fs/cgroup -name planted
  [ -z "$output" ] || { echo "$output"; false; }
}

run_in() {
  change "c['process']['cwd'] = '$1'"
  run_container ls
}

@test "CVE-2015-3629: a restarted container whose folders became symlinks makes nothing on the host" {
  make_canary "$work/canary"
  tare run --name respawn -w /a/b/c box sh -c "rm -rf /a; ln -s $CANARY /a; ln -sf $CANARY/new /etc/hosts.new"
  run tare start -a respawn
  canary_is_unharmed
}

@test "CVE-2025-31133: a masked path is covered by the host's null device, whatever /dev/null of the image is" {
  mkdir "$work/dev"
  ln -s /proc/sys/kernel/ostype "$work/dev/null"
  change "c['mounts'] = [m for m in c['mounts'] if not m['destination'].startswith('/dev')] + [
          {'destination': '/dev', 'type': 'bind', 'source': '$work/dev', 'options': ['bind']}]"
  run run_container sh -c 'cat /proc/keys /proc/timer_list; stat -c %t:%T /proc/keys'
  [ "$status" -eq 0 ]
  [ "$output" = 1:3 ]
}

@test "CVE-2025-31133: masks are not led astray by a fake /proc" {
  mkdir -p "$bundle/rootfs/proc/self/fd" "$bundle/rootfs/elsewhere"
  for number in $(seq 0 40); do ln -s /elsewhere "$bundle/rootfs/proc/self/fd/$number"; done
  change "c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/proc']"
  run run_container sh -c 'ls /sys/firmware | wc -l; cat /proc/mounts; touch /elsewhere/x && echo free'
  [ "${lines[0]}" = 0 ]
  [ "${lines[-1]}" = free ]
}

@test "CVE-2025-52565: /dev/console and /dev/pts/ptmx of an image are neither followed nor opened" {
  command -v script >/dev/null || skip "script(1) is not installed"
  make_canary "$work/canary"
  mkdir -p "$work/dev/pts"
  change "c['process']['terminal'] = True
c['mounts'] = [m for m in c['mounts'] if not m['destination'].startswith('/dev')] + [
          {'destination': '/dev', 'type': 'bind', 'source': '$work/dev', 'options': ['bind']}]"
  ln -s /proc/1/attr/exec "$work/dev/console"
  ln -s "$CANARY/secret" "$work/dev/pts/ptmx"
  command_is true
  run script -qec "$TARE_BIN/tare-oci --root $work/state run --bundle $bundle $id" /dev/null
  [ "$status" -ne 0 ]
  [[ "$output" == *"no terminal device"* ]]
  change "c['mounts'] += [{'destination': '/dev/pts', 'type': 'devpts', 'source': 'devpts', 'options': ['newinstance', 'ptmxmode=0666', 'mode=0620']}]"
  run script -qec "$TARE_BIN/tare-oci --root $work/state run --bundle $bundle $id" /dev/null
  [ "$status" -ne 0 ]
  [[ "$output" == *"/dev/console is a symbolic link"* ]]
  canary_is_unharmed
}

@test "CVE-2025-52881: what is written to procfs goes to procfs, not to where an image's files lead" {
  mkdir -p "$bundle/rootfs/proc/sys/net/ipv4"
  ln -s /planted "$bundle/rootfs/proc/sys/net/ipv4/ip_unprivileged_port_start"
  echo untouched >"$bundle/rootfs/planted"
  change "c['linux']['sysctl'] = {'net.ipv4.ip_unprivileged_port_start': '77'}"
  run run_container cat /proc/sys/net/ipv4/ip_unprivileged_port_start
  [ "$output" = 77 ]
  change "c['mounts'] = [m for m in c['mounts'] if m['destination'] != '/proc']"
  run run_container cat /planted
  [ "$output" = untouched ]
  for name in 'net.ipv4../../../kernel/core_pattern' 'net/../kernel/core_pattern' kernel.core_pattern; do
    change "c['linux']['sysctl'] = {'$name': '|/evil'}"
    run run_container true
    [ "$status" -ne 0 ]
    [[ "$output" == *sysctl* ]]
  done
  run grep evil /proc/sys/kernel/core_pattern
  [ "$status" -eq 1 ]
}

@test "CVE-2025-23266: a hook on the host sees no variable of the image" {
  change "c['process']['env'] += ['LD_PRELOAD=/evil.so', 'PATH=/evil']
c['hooks'] = {point: [{'path': '/bin/sh', 'args': ['sh', '-c', 'env >>$work/env']}]
          for point in ('prestart', 'createRuntime', 'createContainer')}"
  run run_container /bin/true
  [ "$status" -eq 0 ]
  grep -q PWD "$work/env"
  # The folder that createContainer starts in is the container's root, as with runc: nothing may be loaded from there.
  run grep evil "$work/env"
  [ "$status" -eq 1 ]
}

@test "CVE-2015-3630, CVE-2018-10892: what leaks the host or changes it is masked or read-only" {
  run tare run --rm box sh -c 'for path in asound acpi interrupts kcore keys latency_stats timer_list timer_stats sched_debug scsi; do
      [ ! -e /proc/$path ] || [ -z "$(ls -A /proc/$path/ 2>/dev/null; head -c 1 /proc/$path 2>/dev/null)" ] || echo "open: $path"; done
    ls -A /sys/firmware /sys/devices/virtual/powercap 2>/dev/null | grep -v :
    for path in sys/kernel/core_pattern sysrq-trigger; do (echo >/proc/$path) 2>/dev/null && echo "written: $path"; done
    (echo 0 >/sys/kernel/mm/ksm/run) 2>/dev/null && echo "written: /sys"; echo end'
  [ "$output" = end ] || { echo "$output"; false; }
}

@test "CVE-2018-20699: a list of processors that would fill the memory is refused" {
  run tare run --rm --cpuset-cpus 0-4294967295 box true
  [ "$status" -eq 125 ]
  run tare run --rm --cpuset-mems 0-4294967295 box true
  [ "$status" -ne 0 ]
}

@test "CVE-2016-3697, CVE-2024-40635: a number is that user, and one that wraps around is none" {
  printf 'root:x:0:0::/root:/bin/sh\n1000:x:0:0::/root:/bin/sh\n' >"$work/passwd"
  printf 'root:x:0:\n1000:x:0:\n' >"$work/group"
  run tare run --rm -u 1000:1000 -v "$work/passwd:/etc/passwd" -v "$work/group:/etc/group" box id -u
  [ "$output" = 1000 ]
  tare run -d --name numeric -v "$work/passwd:/etc/passwd" -v "$work/group:/etc/group" box sleep 100 >/dev/null
  [ "$(tare exec -u 1000:1000 numeric sh -c 'id -u; id -g' | tr '\n' ' ')" = "1000 1000 " ]
  for user in 4294967296 2147483648 18446744073709551616 -1 0:4294967296; do
    run tare run --rm -u "$user" box id -u
    [ "$status" -ne 0 ]
    run tare exec -u "$user" numeric id -u
    [ "$status" -ne 0 ]
  done
}

@test "CVE-2022-36109: the user's group is among the additional groups" {
  for command in "run --rm -u 1000:1234 box" "run --rm box"; do
    # shellcheck disable=SC2086
    tare $command awk '/^Gid:/ { gid = $2 } /^Groups:/ { found = 0; for (i = 2; i <= NF; i++) found += $i == gid; exit !found }' /proc/self/status
  done
}

# Not by setpriv itself, which keeps its capabilities until then.
as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups sh -c '"$@"' sh "$@"; }

@test "CVE-2021-41091, CVE-2021-41103: other users of the host cannot reach what a container made" {
  local directory program
  [ "$(stat -c %a "$TARE_ROOT")" = 711 ]  # whatever was first in it
  tare run --name setuid -v planted:/data box sh -c 'cp /bin/busybox /id; cp /bin/busybox /data/id; chmod 4755 /id /data/id'
  directory=$TARE_ROOT/containers/$(field setuid .Id)/upper
  for program in "$directory/id" "$(tare volume inspect -f '{{.Mountpoint}}' planted)/id"; do
    [ -u "$program" ]
    run as_nobody "$program" -u
    [ "$status" -ne 0 ]
    [[ "$output" == *"ermission denied"* ]] || { echo "$output"; false; }
  done
  run as_nobody ls "$TARE_ROOT/store/layers" "$TARE_RUN_ROOT/containers" "$TARE_ROOT/containers"
  [ "$status" -ne 0 ]
}

# Runs a command as a caller with everything that could leak.
as_messy_caller() {
  python3 -c 'import os, signal, sys
os.umask(0)
os.environ["LEAKED"] = "yes"
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
for number in (5, 8, 30): os.dup2(os.open("/etc", os.O_RDONLY), number, inheritable=True)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" 3>&-
}

@test "nothing of the caller reaches a container: no descriptor, variable, umask, signal setting or key" {
  tare run -d --name clean box sleep 100 >/dev/null
  for command in "run --rm --network none box" "exec clean"; do
    # shellcheck disable=SC2086
    run as_messy_caller "$TARE_BIN/tare" $command sh -c 'echo /proc/self/fd/*; umask; env | grep LEAKED'
    [ "${lines[0]}" = "/proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3" ] || { echo "$output"; false; }
    [ "${lines[1]}" = 0022 ]
    [ "${#lines[@]}" -eq 2 ]
    # shellcheck disable=SC2086
    run as_messy_caller "$TARE_BIN/tare" $command cat /proc/self/status
    [ "$(grep -cE '^Sig(Blk|Ign):.0000000000000000$' <<<"$output")" -eq 2 ]
  done
  grep -q "_ses.$(field clean .Id)" /proc/keys
}

@test "options that confine are in force, and those that this host cannot have are refused" {
  run tare run --rm --network none --security-opt mask=/etc/passwd --security-opt unmask=/proc/timer_list:/proc/sys box \
    sh -c 'wc -c </etc/passwd; head -c 1 /proc/timer_list | wc -c; [ -w /proc/sys/kernel/domainname ] && echo sysctl'
  [ "$output" = $'0\n1\nsysctl' ] || { echo "$output"; false; }
  run tare run --rm --network none --security-opt no-new-privileges=true box grep NoNewPrivs:.1 /proc/self/status
  [ "$status" -eq 0 ]
  printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":28}]}' >"$work/profile.json"
  run tare run --rm --network none --security-opt "seccomp=$work/profile.json" box mkdir /new
  [[ "$output" == *"No space left"* ]]
  for option in seccomp=/nowhere seccomp="$work/passwd" label=type:x apparmor=strict mask=etc unknown; do
    [ "$option" != apparmor=strict ] || [ ! -d /sys/kernel/security/apparmor ] || continue
    run tare run --rm --network none --security-opt "$option" box true
    [ "$status" -eq 125 ]
    [[ "$output" == *"${option%%=*}"* ]]
  done
}

@test "a FIFO in the place of a program or of /etc/passwd does not make the caller wait" {
  mkfifo "$bundle/rootfs/fifo"
  chmod +x "$bundle/rootfs/fifo"
  change 'c["process"]["args"] = ["/fifo"]'
  run timeout 20 "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
  [ "$status" -eq 1 ] && [[ "$output" == */fifo* ]] || { echo "$status: $output"; false; }  # 124 were timeout's
  rm "$bundle/rootfs/etc/passwd"
  mkfifo "$bundle/rootfs/etc/passwd"
  change 'c["process"]["args"] = ["true"]'
  run -0 timeout 20 "$TARE_BIN/tare-oci" --root "$work/state" run --bundle "$bundle" "$id" </dev/null
}

@test "nothing is left behind" { nothing_is_left; }
