# The program `tare` in a world of its own: data directories, a network namespace with "the host's address", and a
# busybox image named `box`. For bats files: `load lib/tare`. Namespaces are entered with nsenter: `ip netns exec` mounts
# another /sys, which has no cgroups.
#
#   setup_file() { make_world; }           teardown_file() { end_world; }
#   teardown() { remove_containers; }      the last test of a file calls nothing_is_left

HOST_ADDRESS=198.51.100.1   # documentation addresses: they cannot be those of the machine
OUTSIDE_ADDRESS=198.51.100.2

# The folder of the programs: $TARE_BIN, else the release build, else the development build.
find_tare() {
  local top
  top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  : "${TARE_BIN:=$top/build/release/bin}"
  [ -x "$TARE_BIN/tare" ] || TARE_BIN=$top/build/dev/bin
  [ -x "$TARE_BIN/tare" ] || skip "tare is not built"
  export TARE_BIN
}

require_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
require_command() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# A process that holds a network namespace: its pid is in the variable of this name.
hold_network() {
  unshare --net sleep infinity 3>&- </dev/null >/dev/null 2>&1 &
  printf -v "$1" %s $!
  for _ in $(seq 200); do
    [ "$(readlink "/proc/${!1}/ns/net")" = "$(readlink /proc/self/ns/net)" ] || return 0
    sleep 0.01
  done
  return 1
}

make_network() {
  hold_network HOST_PID
  hold_network OUTSIDE_PID
  export HOST_PID OUTSIDE_PID
  on_host ip link set lo up
  on_host ip link add uplink type veth peer name uplink netns "$OUTSIDE_PID"
  on_host ip addr add $HOST_ADDRESS/24 dev uplink
  on_host ip link set uplink up
  outside ip link set lo up
  outside ip addr add $OUTSIDE_ADDRESS/24 dev uplink
  outside ip link set uplink up
}

make_world() {
  require_root
  require_command busybox
  find_tare
  WORLD=$(mktemp -d /tmp/tare-system-XXXXXX)
  chmod 711 "$WORLD"  # the resolver reads names as an ordinary user
  export WORLD TARE_ROOT=$WORLD/data TARE_RUN_ROOT=$WORLD/run DOCKER_CONFIG=$WORLD/docker
  make_network
  make_busybox_image "$WORLD/image" box
  tare load -q -i "$WORLD/image/image.tar" >/dev/null
}

on_host() { nsenter --net="/proc/$HOST_PID/ns/net" "$@" 3>&-; }
outside() { nsenter --net="/proc/$OUTSIDE_PID/ns/net" "$@" 3>&-; }
tare() { on_host "$TARE_BIN/tare" "$@"; }

remove_containers() {
  local ids
  [ -n "${WORLD:-}" ] || return 0
  ids=$(tare ps -aq --no-trunc)
  echo "$ids" >>"$WORLD/ids"  # whose cgroups nothing_is_left looks for
  # shellcheck disable=SC2086
  [ -z "$ids" ] || tare rm -f -v $ids >/dev/null
}

end_world() {
  [ -n "${WORLD:-}" ] || return 0
  remove_containers || true
  kill "$HOST_PID" "$OUTSIDE_PID" 2>/dev/null || true
  rm -rf "$WORLD"
}

# wait_until COMMAND…: for at most some ten seconds.
wait_until() {
  for _ in $(seq 300); do
    "$@" && return 0
    sleep 0.03
  done
  echo "never true: $*"
  return 1
}

status_is() { [ "$(tare inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = "$2" ]; }
field() { tare inspect -f "{{$2}}" "$1"; }

cgroups_of() { find /sys/fs/cgroup -type d -path "*/tare/$1*" 2>/dev/null; }

# Their command lines. The pattern comes from a file, so that grep does not find itself.
processes_of_world() {
  echo "$WORLD/" >"$WORLD/pattern"
  grep -lsaF -f /dev/stdin /proc/[0-9]*/cmdline <"$WORLD/pattern" | xargs -r cat 2>/dev/null | tr '\0' ' '
}

# The pids of this world's processes with this name.
processes_named() {
  echo "$WORLD/" >"$WORLD/pattern"
  grep -lsaF -f "$WORLD/pattern" /proc/[0-9]*/cmdline | while read -r file; do
    [ "$(cat "${file%cmdline}comm" 2>/dev/null)" = "$1" ] && basename "$(dirname "$file")"
  done
}

# Published ports carry the id of their container.
published_elements() { on_host nft list ruleset 2>/dev/null | grep -E 'comment "[0-9a-f]{64}"'; }

no_process_left() { [ -z "$(processes_of_world)" ]; }

# Removes every container and network, then looks for whatever could have stayed.
nothing_is_left() {
  local network id problems=0
  complain() { echo "left behind: $*"; problems=1; }
  remove_containers
  for network in $(tare network ls --format '{{.Name}}'); do
    case $network in host | none) ;; *) tare network rm "$network" >/dev/null || complain "network $network" ;; esac
  done
  wait_until no_process_left || complain "processes: $(processes_of_world)"
  ! grep -F " $WORLD/" /proc/self/mountinfo || complain "mounts"
  [ -z "$(ls -A "$TARE_ROOT/containers" 2>/dev/null)" ] || complain "files: $(ls -A "$TARE_ROOT/containers")"
  [ -z "$(ls -A "$TARE_RUN_ROOT/containers" 2>/dev/null)" ] || complain "files: $(ls -A "$TARE_RUN_ROOT/containers")"
  for id in $(sort -u "$WORLD/ids"); do [ -z "$(cgroups_of "$id")" ] || complain "cgroups: $(cgroups_of "$id")"; done
  [ -z "$(on_host ip -o link show type veth | grep -v ' uplink@')" ] || complain "$(on_host ip -o link show type veth)"
  ! published_elements || complain "elements of nftables"
  return $problems
}
