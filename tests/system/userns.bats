#!/usr/bin/env bats
# --userns=auto: a container's root that is nobody on the host.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

in_auto() { tare run --rm --userns=auto --network none "$@"; }
start() { tare run -d --userns=auto --network none --name "$1" "${@:2}" box sleep 600 >/dev/null; }
pid_of() { field "$1" .State.Pid; }
# The first id of the host that a container's range begins with.
first_id() { tare exec "$1" cat /proc/self/uid_map | tr -s ' ' | cut -d ' ' -f 3; }

@test "without --userns a container's root is the host's" {
  [ "$(tare run --rm --network none box cat /proc/self/uid_map)" = "$(cat /proc/self/uid_map)" ]
  [ "$(tare run --rm --network none --userns=host box cat /proc/self/uid_map)" = "$(cat /proc/self/uid_map)" ]
}

@test "the container's root is root inside and nobody on the host" {
  start one
  [ "$(tare exec one id -u)" = 0 ]
  [ "$(stat -c %u "/proc/$(pid_of one)")" = "$(first_id one)" ]
  [ "$(first_id one)" -ge 65536 ]
  [ "$(tare exec one cat /proc/self/uid_map | tr -s ' ')" = " 0 $(first_id one) 65536" ]
  [ "$(field one .HostConfig.UsernsMode)" = auto ]
}

@test "--init goes with ids of the container's own" { run -3 in_auto --init box sh -c 'exit 3'; }

@test "containers that are started at once have different ids" {
  local number pids=()
  for number in 1 2 3; do start "same$number" & pids+=($!); done
  wait "${pids[@]}"
  [ "$(for number in 1 2 3; do first_id "same$number"; done | sort -u | wc -l)" -eq 3 ]
}

@test "ids are kept while the container exists and given back with it" {
  start keeper
  local ids
  ids=$(first_id keeper)
  tare stop -t 0 keeper
  start other
  [ "$(first_id other)" != "$ids" ]
  tare start keeper
  [ "$(first_id keeper)" = "$ids" ]
  tare rm -f keeper other
  start heir
  [ "$(first_id heir)" = "$ids" ]
}

@test "ids of a container whose supervisor was killed are given back with it" {
  start victim
  local ids
  ids=$(first_id victim)
  kill -KILL "$(processes_named tare-supervisor)"
  wait_until status_is victim exited
  tare rm victim
  start heir
  [ "$(first_id heir)" = "$ids" ]
}

@test "files of the image are root's inside, and no file changes its owner on the disk" {
  start files
  [ "$(tare exec files stat -c %u:%g /bin/busybox)" = 0:0 ]
  tare exec files sh -c 'echo more >>/etc/passwd && touch /mine && mkdir /tmp/d && chown 5:6 /tmp/d && rm /etc/group'
  [ "$(tare exec files stat -c %u:%g /etc/passwd /mine /tmp/d | sort -u | xargs)" = "0:0 5:6" ]
  # What `commit` would make a layer of.
  [ -z "$(find "$WORLD/data" -uid +65535)" ]
}

@test "a process becomes another user, by --user and by a set-user-ID program" {
  [ "$(in_auto --user 1000:1000 box id -u)" = 1000 ]
  in_auto --user 1000 box sh -c 'echo x >/dev/stdout'
  # Only the set-user-ID bit makes user 1000 root again.
  [ "$(in_auto box sh -c 'printf "root::0:0::/:/bin/sh\nu::1000:1000::/:/bin/sh\n" >/etc/passwd; chmod u+s /bin/busybox
    su u -c "id -u; su root -c \"id -u\""' | xargs)" = "1000 0" ]
  [ "$(in_auto box sh -c 'printf "root::0:0::/:/bin/sh\nu::1000:1000::/:/bin/sh\n" >/etc/passwd
    su u -c "id -u; su root -c \"id -u\" 2>/dev/null"' | xargs)" = 1000 ]
}

@test "exec, its user and its terminal work, and health checks do" {
  tare run -d --userns=auto --network none --name healthy --health-cmd 'test "$(id -u)" = 0' --health-interval 100ms box sleep 600 >/dev/null
  [ "$(tare exec -u 1000 healthy id -u)" = 1000 ]
  # script gives the client a terminal.
  [[ "$(script -qec "nsenter --net=/proc/$HOST_PID/ns/net $TARE_BIN/tare exec -t healthy tty" /dev/null 3>&-)" == *"/dev/pts/0"* ]]
  healthy() { [ "$(field healthy .State.Health.Status)" = healthy ]; }
  wait_until healthy
}

@test "files in a bind mount have the owners that they have on the host" {
  mkdir -m 700 "$WORLD/private"  # nobody of the container may search it: the host's root opens what is mounted
  mkdir "$WORLD/private/shared"
  chown 1000:1000 "$WORLD/private/shared"
  in_auto -v "$WORLD/private/shared:/mnt" box sh -c '[ "$(stat -c %u /mnt)" = 1000 ] && touch /mnt/roots && touch /mnt/users && chown 1000 /mnt/users'
  [ "$(stat -c %u "$WORLD/private/shared/roots")" = 0 ]
  [ "$(stat -c %u "$WORLD/private/shared/users")" = 1000 ]
  run in_auto -v "$WORLD/private/shared:/mnt:ro" box touch /mnt/never
  [ "$status" -ne 0 ]
}

@test "a volume keeps its owners between containers with other ids" {
  tare run --userns=auto --network none --name first -v kept:/data box sh -c 'echo text >/data/file; chown 7 /data/file'
  in_auto -v kept:/data box sh -c '[ "$(stat -c %u /data/file)" = 7 ] && cat /data/file' | grep -qx text
  [ "$(tare run --rm --network none -v kept:/data box stat -c %u /data/file)" = 7 ]
  tare rm first
  tare volume rm kept
}

@test "the container's root may do in its network what root does" {
  tare run -d --userns=auto --name server -p 198.51.100.1:8080:80 box sh -c 'echo page >/index.html; exec httpd -f -p 80 -h /' >/dev/null
  served() { [ "$(on_host wget -qO- http://198.51.100.1:8080/ 2>/dev/null)" = page ] || [ "$(outside wget -qO- http://198.51.100.1:8080/ 2>/dev/null)" = page ]; }
  wait_until served
  tare exec server ping -c 1 -W 2 127.0.0.1 | grep -q '1 packets received'
}

@test "limits hold" {
  in_auto --memory 32m --pids-limit 20 box true
  run in_auto --memory 16m box sh -c 'tail -c 100m /dev/zero >/dev/null'
  [ "$status" -eq 137 ]
}

@test "the host is out of reach" {
  # Writable by the host's root alone, and not by way of the container's.
  run in_auto box sh -c 'echo 1 >/proc/sys/kernel/panic'
  [ "$status" -ne 0 ]
  run in_auto --cap-add all --security-opt seccomp=unconfined box sh -c 'mknod /null c 1 3'
  [ "$status" -ne 0 ]
}

@test "a container's layers with deleted files look as without --userns" {
  mkdir -p "$WORLD/context"
  printf 'FROM box\nRUN mkdir /d && touch /d/old /gone\nRUN rm /gone && rm -r /d && mkdir /d && touch /d/new && chown 9 /d/new\n' >"$WORLD/context/Dockerfile"
  tare build -q --network none -t layered "$WORLD/context" >/dev/null
  [ "$(in_auto layered sh -c 'echo /d/* /gon*; stat -c %u /d/new')" = "$(printf '/d/new /gon*\n9')" ]
  tare rmi layered >/dev/null
}

@test "auto:size=N sets the number of ids" {
  [ "$(in_auto --userns=auto:size=2000 box cat /proc/self/gid_map | tr -s ' ' | cut -d ' ' -f 4)" = 2000 ]
  run in_auto --userns=auto:size=2000 --user 3000 box true
  [ "$status" -eq 125 ]
  [[ $output == *"auto:size=3001"* ]]
}

@test "what cannot be had together is refused by name" {
  run in_auto --privileged box true
  [ "$status" -eq 125 ]
  [[ $output == *"privileged mode is incompatible with user namespaces"* ]]
  run in_auto --pid host box true
  [ "$status" -eq 125 ]
  [[ $output == *"PID namespace"* ]]
  run tare run --rm --userns=keep-id box true
  [ "$status" -eq 125 ]
  [[ $output == *keep-id* ]]
  # Its file system has no idmapped mounts.
  run in_auto -v /proc/sys:/mnt box true
  [ "$status" -eq 125 ]
  [[ $output == *"/proc/sys"* && $output == *idmapped* ]]
  [ -z "$(tare ps -aq)" ]
}

@test "nothing is left behind" { nothing_is_left; }
