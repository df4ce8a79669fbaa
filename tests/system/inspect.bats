#!/usr/bin/env bats
# What the engine tells: tables, JSON in Docker's shapes, templates, filters, and the arithmetic of `plan`.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

json() { python3 -c 'import json, sys; d = json.load(sys.stdin); print(eval(sys.argv[1]))' "$1"; }

@test "ps has Docker's columns, and stopped containers with -a only" {
  tare run -d --name here box sleep 1000 >/dev/null
  tare run --name gone box sh -c 'exit 3' || true
  run tare ps
  [[ ${lines[0]} =~ ^CONTAINER\ ID\ +IMAGE\ +COMMAND\ +CREATED\ +STATUS\ +PORTS\ +NAMES$ ]]
  [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[1]} == *'"sleep 1000"'*Up*here ]]
  run tare ps -a
  [ "${#lines[@]}" -eq 3 ]
  [[ $output == *"Exited (3)"* ]]
}

@test "ps -q prints ids, whole with --no-trunc" {
  local id
  id=$(tare create box true)
  [ "$(tare ps -aq)" = "${id:0:12}" ]
  [ "$(tare ps -aq --no-trunc)" = "$id" ]
}

@test "ps filters" {
  tare run -d --name runner --label tier=web box sleep 1000 >/dev/null
  tare create --name waiter box true >/dev/null
  [ "$(tare ps -a --filter name=run --format '{{.Names}}')" = runner ]
  [ "$(tare ps --filter status=created --format '{{.Names}}')" = waiter ]
  [ "$(tare ps -a --filter label=tier --format '{{.Names}}')" = runner ]
  [ "$(tare ps -a --filter label=tier=db -q)" = "" ]
  [ "$(tare ps -aq --filter ancestor=box | wc -l)" -eq 2 ]
  [ "$(tare ps -l --format '{{.Names}}')" = waiter ]
  run tare ps --filter nonsense=1
  [ "$status" -ne 0 ]
  [[ $output == *nonsense* ]]
}

@test "ps --format json is one object for each container" {
  tare create --name one box true >/dev/null
  [ "$(tare ps -a --format json | json 'd["Names"], d["State"], d["Image"]')" = "('one', 'created', 'box')" ]
}

@test "ps --format table has a head of its own" {
  tare create --name one box true >/dev/null
  run tare ps -a --format 'table {{.Names}}\t{{.Status}}'
  [[ ${lines[0]} =~ ^NAMES\ +STATUS$ ]]
  [[ ${lines[1]} =~ ^one\ +Created$ ]]
}

@test "inspect is a list of objects in Docker's shape" {
  tare run -d --name shaped -e A=b -p 8080:80 -v vol:/data --memory 64m --restart on-failure:3 -w /tmp box sleep 1000 >/dev/null
  tare inspect shaped >"$BATS_TEST_TMPDIR/json"
  check() { [ "$(json "$1" <"$BATS_TEST_TMPDIR/json")" = "$2" ] || { echo "$1"; json "$1" <"$BATS_TEST_TMPDIR/json"; false; }; }
  check 'len(d)' 1
  check 'd[0]["Name"]' /shaped
  check 'd[0]["State"]["Running"], d[0]["State"]["Status"]' "(True, 'running')"
  check 'd[0]["Path"], d[0]["Args"]' "('sleep', ['1000'])"
  check '"A=b" in d[0]["Config"]["Env"]' True
  check 'd[0]["Config"]["WorkingDir"]' /tmp
  check 'd[0]["HostConfig"]["Memory"]' 67108864
  check 'd[0]["HostConfig"]["RestartPolicy"]' "{'MaximumRetryCount': 3, 'Name': 'on-failure'}"
  check 'd[0]["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]' 8080
  check '[(m["Type"], m["Name"], m["Destination"]) for m in d[0]["Mounts"]]' "[('volume', 'vol', '/data')]"
  tare rm -f shaped >/dev/null
  tare volume rm vol
}

@test "templates reach what inspect shows" {
  tare create --name templated --label a=1 --label b=2 box sleep 5 >/dev/null
  [ "$(field templated .Name)" = /templated ]
  [ "$(tare inspect -f '{{json .Config.Cmd}}' templated)" = '["sleep","5"]' ]
  [ "$(tare inspect -f '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}};{{end}}' templated)" = 'a=1;b=2;' ]
  [ "$(tare inspect -f '{{if .State.Running}}yes{{else}}no{{end}}' templated)" = no ]
  [ "$(tare inspect -f '{{index .Config.Labels "b"}}' templated)" = 2 ]
  [ "$(tare inspect -f '{{len .Config.Cmd}}' templated)" = 2 ]
  run tare inspect -f '{{.Nope' templated
  [ "$status" -ne 0 ]
}

@test "inspect finds images, networks and volumes too, and prints what it found" {
  tare volume create some >/dev/null
  tare run --rm box true
  [ "$(tare inspect -f '{{.Name}}' some bridge | tr '\n' ' ')" = "some bridge " ]
  [[ $(tare inspect -f '{{.Id}}' box) == sha256:* ]]
  [ "$(tare image inspect -f '{{.Os}}' box)" = linux ]
  run tare inspect some absent
  [ "$status" -eq 1 ]
  [[ $output == *'"some"'* && $output == *"No such object: absent"* ]]
  tare volume rm some
}

@test "images has Docker's columns, quiet ids, and filters by name" {
  run tare images
  [[ ${lines[0]} =~ ^REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE$ ]]
  [[ ${lines[1]} =~ ^box\ +latest\ +[0-9a-f]{12}\  ]]
  [ "$(tare images -q)" = "$(tare inspect -f '{{.Id}}' box | cut -d: -f2 | cut -c 1-12)" ]
  [ "$(tare images --format '{{.Repository}}:{{.Tag}}' box)" = box:latest ]
  [ "$(tare images -q absent)" = "" ]
}

@test "images -a shows what images shows: a build leaves no intermediate images, and nameless ones are always shown" {
  local folder=$BATS_TEST_TMPDIR/image id
  for _ in 1 2; do
    mkdir -p "$folder/layer" && echo "$RANDOM$RANDOM" >"$folder/layer/file"
    make_tar "$folder/layer" "$folder/layer.tar"
    pack_archive "$folder" renewed "$folder/layer.tar"
    tare load -q -i "$folder/image.tar" >/dev/null
  done
  [ "$(tare images --format '{{.Repository}}' -f dangling=true)" = "<none>" ]
  [ "$(tare images -a)" = "$(tare images)" ]
  id=$(tare images -q -f dangling=true)
  tare rmi renewed "$id" >/dev/null
}

@test "tag gives a name more, rmi takes names away, and the image goes with the last" {
  local id
  id=$(tare images -q --no-trunc box)
  tare tag box shelf/box:2
  [ "$(tare images -q --no-trunc shelf/box:2)" = "$id" ]
  run tare rmi shelf/box:2
  [ "$status" -eq 0 ]
  [[ $output == *"Untagged: shelf/box:2"* ]]
  [[ $output != *Deleted* ]]
  tare run --rm box true
}

@test "an image that a container uses is not removed" {
  tare create --name user box true >/dev/null
  run tare rmi box
  [ "$status" -eq 1 ]
  [[ $output == *user* || $output == *"$(field user .Id | cut -c 1-12)"* ]]
  tare run --rm box true
}

@test "history shows the image's steps" {
  run tare history box
  [ "$status" -eq 0 ]
  [[ ${lines[0]} =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE ]]
}

@test "stats has one row for each running container" {
  tare run -d --name used --memory 64m box sleep 1000 >/dev/null
  run tare stats --no-stream
  [[ ${lines[0]} == "CONTAINER ID"*NAME*"CPU %"*"MEM USAGE / LIMIT"*"MEM %"*"NET I/O"*"BLOCK I/O"*PIDS ]]
  [[ ${lines[1]} == *used*64MiB* ]]
  [ "$(tare stats --no-stream --format '{{.Name}} {{.PIDs}}' used)" = "used 1" ]
}

@test "top shows the container's processes" {
  tare run -d --name busy box sh -c 'sleep 1234 & sleep 1235' >/dev/null
  both() { tare top busy | grep -q 'sleep 1234' && tare top busy | grep -q 'sleep 1235'; }
  wait_until both
}

@test "network ls and volume ls have Docker's columns" {
  tare volume create shown >/dev/null
  run tare network ls
  [[ ${lines[0]} =~ ^NETWORK\ ID\ +NAME\ +DRIVER\ +SCOPE$ ]]
  run tare volume ls
  [[ ${lines[0]} =~ ^DRIVER\ +VOLUME\ NAME$ ]]
  [[ $output == *shown* ]]
  tare volume rm shown
}

@test "plan multiplies exactly" {
  tare plan --cpus 0.25 --memory 64m --log-rate 2k -n 100 --format json >"$BATS_TEST_TMPDIR/json"
  rows() { json "{r['Name']: r['Total'] for r in d['Resources']}[\"$1\"]" <"$BATS_TEST_TMPDIR/json"; }
  cat "$BATS_TEST_TMPDIR/json"
  [[ $(rows cpu) =~ ^25(\.0)?$ ]]
  [[ $(rows memory) =~ ^6710886400(\.0)?$ ]]
  [[ $(rows 'log rate') =~ ^204800(\.0)?$ ]]
  [ "$(json 'd["Count"]' <"$BATS_TEST_TMPDIR/json")" = 100 ]
}

@test "version and info say what there is" {
  tare version | grep -q '^tare version [0-9]'
  tare create box true >/dev/null
  tare info | grep -qx 'Containers: 1'
  tare info | grep -qx 'Images: 1'
}

@test "every command has help" {
  local command
  for command in run create start stop rm ps logs exec attach stats top port wait rename images rmi plan inspect "network create"; do
    # shellcheck disable=SC2086
    run tare $command --help
    echo "$command: ${lines[0]}"
    [ "$status" -eq 0 ]
    [[ $output == *"Usage"*"tare"* ]]
  done
}

@test "nothing is left behind" { nothing_is_left; }
