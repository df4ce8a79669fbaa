#!/usr/bin/env bats
# The engines that are written for runc drive tare-oci: each with state of its own, in a network and mount namespace
# that this file makes.

bats_require_minimum_version 1.5.0
load lib/bundle

setup() {
  make_bundle
  unshare --mount --net sleep 300 3>&- </dev/null >/dev/null 2>&1 &
  holder=$!
  local round
  for round in $(seq 200); do
    [ "$(readlink "/proc/$holder/ns/net")" = "$(readlink /proc/self/ns/net)" ] || break
    sleep 0.01
  done
  inside mount --make-rprivate /
  inside ip link set lo up
}

teardown() {
  local pid
  for pid in ${daemon:-} ${holder:-}; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  cleanup_bundle
}

inside() { nsenter --target "$holder" --mount --net -- "$@"; }

# start_daemon COMMAND...: in the background, its words in $work/daemon.log.
start_daemon() {
  nsenter --target "$holder" --mount --net -- "$@" >"$work/daemon.log" 2>&1 3>&- </dev/null &
  daemon=$!
}

# answers COMMAND...: waits until it succeeds.
answers() {
  local round
  for round in $(seq 300); do
    "$@" >/dev/null 2>&1 && return 0
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/daemon.log" >&2
  return 1
}

is_v2() { [ "$(stat -fc %T /sys/fs/cgroup)" = cgroup2fs ]; }
memory_limit() { if is_v2; then echo /sys/fs/cgroup/memory.max; else echo /sys/fs/cgroup/memory/memory.limit_in_bytes; fi; }

podman() {
  CONTAINERS_CONF="$work/containers.conf" inside podman --root "$work/root" --runroot "$work/run" --tmpdir "$work/tmp" \
    --runtime "$TARE_BIN/tare-oci" "$@"
}

@test "Podman runs, executes in, pauses and removes containers" {
  command -v podman >/dev/null || skip "podman is not installed"
  # Raising limits needs CAP_SYS_RESOURCE, which not every root has; systemd may not run.
  printf '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >"$work/containers.conf"
  run -7 podman run --rm --network none --rootfs "$bundle/rootfs" sh -c 'echo here; exit 7'
  [ "$output" = here ]
  run -127 podman run --rm --network none --rootfs "$bundle/rootfs" nosuch
  run -126 podman run --rm --network none --rootfs "$bundle/rootfs" /etc
  podman run -d --name c1 -m 64m --network none --rootfs "$bundle/rootfs" sleep 100
  run -5 podman exec c1 sh -c 'echo within; exit 5'
  [ "$output" = within ]
  run -127 podman exec c1 nosuch
  run -0 podman exec c1 cat "$(memory_limit)"
  [ "$output" = 67108864 ]
  podman pause c1
  [ "$(podman inspect -f '{{.State.Status}}' c1)" = paused ]
  podman unpause c1
  run -0 podman exec -t c1 tty
  [[ "$output" == /dev/pts/* ]]
  podman kill c1
  podman rm -f c1
  run -0 podman ps -aq
  [ -z "$output" ]
}

@test "Podman checkpoints and restores containers" {
  command -v podman >/dev/null || skip "podman is not installed"
  needs_criu
  printf '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >"$work/containers.conf"
  podman run -d --name c1 --network none --rootfs "$bundle/rootfs" sh -c 'i=0; while true; do i=$((i + 1)); echo $i; sleep 0.05; done'
  local round before
  for round in $(seq 200); do [ "$(podman logs c1 | wc -l)" -lt 5 ] || break; done
  podman container checkpoint c1
  [[ "$(podman ps -a --format '{{.Status}}')" == Exited* ]]
  before="$(podman logs c1 | tail -1)"
  podman container restore c1
  for round in $(seq 200); do [ "$(podman logs c1 | tail -1)" -le "$before" ] || break; done
  [ "$(podman logs c1 | tail -1)" -gt "$before" ]
  podman rm --force --time 0 c1
}

docker() { DOCKER_HOST="unix://$work/docker.sock" command docker "$@"; }

@test "Docker runs, executes in, updates, pauses and removes containers" {
  command -v docker >/dev/null || skip "docker is not installed"
  local dockerd
  dockerd="$(PATH="$PATH:/usr/sbin:/sbin" command -v dockerd)" || skip "dockerd is not installed"
  start_daemon "$dockerd" --data-root "$work/docker" --exec-root "$work/docker-exec" -H "unix://$work/docker.sock" \
    --pidfile "$work/docker.pid" --bridge none --iptables=false --add-runtime "tare=$TARE_BIN/tare-oci" --default-runtime tare
  answers docker version
  tar -C "$bundle/rootfs" -c . | docker import - box >/dev/null
  run -7 docker run --rm --network none box sh -c 'echo here; exit 7'
  [ "$output" = here ]
  run -127 docker run --rm --network none box nosuch
  run -126 docker run --rm --network none box /etc
  docker run -d --name c1 --network none -m 64m --user 1000:7 --read-only --cap-drop all box sleep 100
  [ "$(docker inspect -f '{{.HostConfig.Runtime}} {{.State.Status}}' c1)" = "tare running" ]
  run -5 docker exec c1 sh -c 'id -u; exit 5'
  [ "$output" = 1000 ]
  run -0 docker exec -t c1 tty
  [[ "$output" == /dev/pts/* ]]
  docker update --memory 96m --memory-swap 96m c1
  run -0 docker exec c1 cat "$(memory_limit)"
  [ "$output" = 100663296 ]
  docker pause c1
  [ "$(docker inspect -f '{{.State.Status}}' c1)" = paused ]
  docker unpause c1
  run -0 docker top c1
  [[ "$output" == *"sleep 100"* ]]
  docker restart -t 0 c1
  docker stop -t 0 c1
  [ "$(docker inspect -f '{{.State.ExitCode}}' c1)" = 137 ]
  docker rm c1
}

ctr() { command ctr -a "$work/containerd.sock" "$@"; }

@test "containerd runs, executes in, pauses and removes containers" {
  command -v containerd >/dev/null && command -v ctr >/dev/null || skip "containerd is not installed"
  cat >"$work/containerd.toml" <<TOML
version = 2
root = "$work/containerd"
state = "$work/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "$work/containerd.sock"
TOML
  start_daemon containerd -c "$work/containerd.toml"
  answers ctr version
  run -7 ctr run --rm --runc-binary "$TARE_BIN/tare-oci" --rootfs "$bundle/rootfs" "$id" sh -c 'echo here; exit 7'
  [[ "$output" == *here* ]]
  ctr run -d --runc-binary "$TARE_BIN/tare-oci" --rootfs "$bundle/rootfs" "$id" sleep 100
  run -5 ctr task exec --exec-id e1 "$id" sh -c 'echo within; exit 5'
  [[ "$output" == *within* ]]
  ctr task pause "$id"
  run -0 ctr task ls
  [[ "$output" == *PAUSED* ]]
  ctr task resume "$id"
  run -0 ctr task metrics "$id"
  [[ "$output" == *memory* ]]
  ctr task kill -s SIGKILL "$id"
  local round
  for round in $(seq 200); do
    ctr task ls | grep -q STOPPED && break
    sleep 0.05
  done
  # The exit code of `task rm` is the task's.
  ctr task rm "$id" || true
  ctr container rm "$id"
  run -0 ctr container ls -q
  [ -z "$output" ]
}
