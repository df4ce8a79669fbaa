#!/usr/bin/env bats
# Networks: names, published ports from every side, isolation. All of it in network namespaces of the test's own.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() {
  require_command nft
  make_world
}
teardown_file() { end_world; }
teardown() {
  remove_containers
  local network
  for network in $(tare network ls --format '{{.Name}}'); do
    case $network in host | none | bridge) ;; *) tare network rm "$network" >/dev/null ;; esac
  done
  [ -z "${LISTENER:-}" ] || kill "$LISTENER" 2>/dev/null || true
}

# serve NAME OPTION…: a container that answers its own name to every connection on port 80.
serve() {
  local name=$1
  shift
  tare run -d --name "$name" "$@" box nc -ll -p 80 -e echo "$name" >/dev/null
}

# What answers on ADDRESS PORT; tried until something does. `ask` is followed by the command to run nc with.
answer() {
  local address=$1 port=$2 reply
  shift 2
  for _ in $(seq 60); do
    reply=$("$@" busybox nc -w 2 "$address" "$port" </dev/null 2>/dev/null || true)
    [ -z "$reply" ] || break
    sleep 0.05
  done
  echo "$reply"
}
silent() { [ -z "$("${@:3}" busybox nc -w 1 "$1" "$2" </dev/null 2>/dev/null || true)" ]; }
address_of() { tare inspect -f '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1"; }

# A process of the host that listens on a port of it.
listen_on_host() {
  nsenter --net="/proc/$HOST_PID/ns/net" busybox nc -ll -p "$1" -e true </dev/null >/dev/null 2>&1 3>&- &
  LISTENER=$!
  bound() { on_host ss -ltn | grep -q ":$1 "; }
  wait_until bound "$1"
}

@test "containers of the default network have addresses and a gateway" {
  tare run -d --name plain box sleep 1000 >/dev/null
  [[ $(address_of plain) =~ ^[0-9.]+$ ]]
  tare exec plain ip route | grep -q '^default via'
  tare exec plain ping -c 1 -W 5 "$(tare inspect -f '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}' plain)"
}

@test "names of containers resolve, by name, alias and short id" {
  serve server --network-alias other
  local address
  address=$(address_of server)
  tare run --rm box nslookup server | grep -q "$address"
  tare run --rm box nslookup other | grep -q "$address"
  tare run --rm box nslookup "$(field server .Id | cut -c 1-12)" | grep -q "$address"
}

@test "a container is reached by its name" {
  serve server
  [ "$(answer server 80 tare run --rm box)" = server ]
}

@test "a name is gone with its container" {
  serve server
  tare run --rm box nslookup server >/dev/null
  tare rm -f server
  run tare run --rm box nslookup server
  [ "$status" -ne 0 ]
}

@test "a renamed container is found by its new name after the next start" {
  serve before
  tare stop -t 0 before
  tare rename before after
  tare start after
  tare run --rm box nslookup after | grep -q "$(address_of after)"
}

@test "a published port answers on 127.0.0.1, the host's address, from outside, and from another container" {
  serve web -p 8080:80
  [ "$(answer 127.0.0.1 8080 on_host)" = web ]
  [ "$(answer $HOST_ADDRESS 8080 on_host)" = web ]
  [ "$(answer $HOST_ADDRESS 8080 outside)" = web ]
  [ "$(answer $HOST_ADDRESS 8080 tare run --rm box)" = web ]
  [ "$(tare exec web busybox nc -w 2 $HOST_ADDRESS 8080 </dev/null)" = web ]  # itself
}

@test "a port published on 127.0.0.1 does not answer outside" {
  serve web -p 127.0.0.1:8080:80
  [ "$(answer 127.0.0.1 8080 on_host)" = web ]
  silent $HOST_ADDRESS 8080 outside
}

@test "a container reaches the outside, and is not seen by its own address there" {
  nsenter --net="/proc/$OUTSIDE_PID/ns/net" busybox nc -ll -p 90 -e echo outside </dev/null >/dev/null 2>&1 3>&- &
  LISTENER=$!
  bound() { outside ss -ltn | grep -q ":90 "; }
  wait_until bound
  [ "$(answer $OUTSIDE_ADDRESS 90 tare run --rm box)" = outside ]
}

@test "ports are what the container's port, ps and inspect say" {
  serve web -p 8080:80 -p 127.0.0.1:8053:53/udp
  [ "$(tare port web 80)" = 0.0.0.0:8080 ]
  [ "$(tare port web 53/udp)" = 127.0.0.1:8053 ]
  [[ $(tare ps --format '{{.Ports}}') == *"0.0.0.0:8080->80/tcp"* ]]
  [ "$(tare inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' web)" = 8080 ]
  run tare port web 81
  [ "$status" -eq 1 ]
}

@test "a port without a host port gets a free one" {
  serve web -p 80
  local port
  port=$(tare port web 80)
  [ "$(answer 127.0.0.1 "${port##*:}" on_host)" = web ]
}

@test "-P publishes what the image or --expose exposes" {
  serve web -P --expose 80 --expose 81/udp
  local port
  port=$(tare port web 80)
  [ "$(answer 127.0.0.1 "${port##*:}" on_host)" = web ]
  [ -n "$(tare port web 81/udp)" ]
}

@test "a port that a process has is refused, and the process is named" {
  listen_on_host 8081
  run tare run --name late -p 8081:80 box true
  echo "$output"
  [ "$status" -eq 125 ]
  [[ $output == *8081* ]]
  [[ $output == *"$LISTENER"* ]]
  [[ $output == *busybox* ]]
}

@test "a port that a container has is refused, and the container is named" {
  serve first -p 8082:80
  run tare run --name second -p 8082:80 box true
  echo "$output"
  [ "$status" -eq 125 ]
  [[ $output == *8082* ]]
  [[ $output == *first* ]]
  [ "$(answer 127.0.0.1 8082 on_host)" = first ]
}

@test "the same port of two addresses is two ports" {
  serve first -p 127.0.0.1:8083:80
  serve second -p $HOST_ADDRESS:8083:80
  [ "$(answer 127.0.0.1 8083 on_host)" = first ]
  [ "$(answer $HOST_ADDRESS 8083 outside)" = second ]
}

@test "no process takes a published port from under a container" {
  serve web -p 8084:80
  run on_host timeout 5 busybox nc -l -p 8084 </dev/null
  [ "$status" -ne 0 ]
  [[ $output == *"in use"* ]]
}

@test "a port is free again after stop, after rm, and after the command has ended" {
  serve web -p 8085:80
  tare stop -t 0 web
  tare run --rm -p 8085:80 box true
  serve next -p 8085:80
  [ "$(answer 127.0.0.1 8085 on_host)" = next ]
  tare rm -f next
  silent 127.0.0.1 8085 on_host
  tare run --rm -p 8085:80 box true
}

@test "a port is given back after its supervisor was killed" {
  serve web -p 8086:80
  local pid
  pid=$(field web .State.Pid)
  kill -KILL "$(ps -o ppid= -p "$pid" | tr -d ' ')"
  gone() { [ ! -e "/proc/$pid" ]; }
  wait_until gone
  serve next -p 8086:80
  [ "$(answer 127.0.0.1 8086 on_host)" = next ]
  [ "$(published_elements | wc -l)" -eq 1 ]
}

@test "networks of the user's are apart from each other and from the default one" {
  tare network create one >/dev/null
  tare network create two >/dev/null
  serve first --network one
  serve second --network two
  [ "$(answer first 80 tare run --rm --network one box)" = first ]
  run tare run --rm --network two box nslookup first
  [ "$status" -ne 0 ]
  silent "$(address_of first)" 80 tare exec second
  silent "$(address_of first)" 80 tare run --rm box
  silent "$(address_of second)" 80 tare exec first
}

@test "a network has the subnet and the container the address that were asked for" {
  tare network create --subnet 10.91.0.0/24 fixed >/dev/null
  serve web --network fixed --ip 10.91.0.77
  [ "$(address_of web)" = 10.91.0.77 ]
  run tare run --network fixed --ip 10.91.0.77 box true
  [ "$status" -eq 125 ]
  [[ $output == *10.91.0.77* ]]
  run tare run --network fixed --ip 10.92.0.1 box true
  [ "$status" -eq 125 ]
  run tare network create --subnet 10.91.0.0/16 overlapping
  [ "$status" -eq 1 ]
  [[ $output == *overlap* ]]
}

@test "a network in use is not removed, and one that is not there is not used" {
  tare network create busy >/dev/null
  serve web --network busy
  run tare network rm busy
  [ "$status" -eq 1 ]
  [[ $output == *web* ]]
  run tare run --network absent box true
  [ "$status" -eq 125 ]
  [[ $output == *absent* ]]
}

@test "an internal network has no way out" {
  tare network create --internal inside >/dev/null
  serve web --network inside
  [ "$(answer web 80 tare run --rm --network inside box)" = web ]
  run tare exec web ping -c 1 -W 1 $OUTSIDE_ADDRESS
  [ "$status" -ne 0 ]
}

@test "--network none has loopback only" {
  run tare run --rm --network none box ip -o link
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *" lo:"* && $output == *UP* ]]
}

@test "--network host is the host's" {
  tare run --rm --network host box ip -o addr | grep -q "$HOST_ADDRESS"
}

@test "--network container: shares the other's addresses and names" {
  serve web
  [ "$(answer 127.0.0.1 80 tare run --rm --network container:web box)" = web ]
  run tare run --rm --network container:absent box true
  [ "$status" -eq 125 ]
  [[ $output == *absent* ]]
}

@test "--add-host, --dns and --dns-search are in the container's files" {
  run tare run --rm --add-host example:192.0.2.7 --dns 192.0.2.53 --dns-search test box cat /etc/hosts /etc/resolv.conf
  [ "$status" -eq 0 ]
  [[ $output == *192.0.2.7*example* ]]
  [[ $output == *"search test"* ]]
}

@test "bad ports are refused with a reason" {
  local port
  for port in 80:81:82:83 99999:80 80:none 80/sctpx; do
    run tare run --name refused -p "$port" box true
    echo "$output"
    [ "$status" -eq 125 ]
    [[ $output == *"$port"* || $output == *port* ]]
  done
}

@test "nothing is left behind" {
  serve web -p 8090:80
  published_elements  # else the search finds nothing whatever is left
  nothing_is_left
}
