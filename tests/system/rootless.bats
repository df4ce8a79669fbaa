#!/usr/bin/env bats
# The engine in the hands of an ordinary user, who is made for these tests and removed afterwards.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare
load lib/registry
load lib/user

setup_file() { make_users_world; }
teardown_file() { end_users_world; }
teardown() { remove_users_containers; }

@test "an ordinary user runs a container without a network, as its root" {
  [ "$(user run --rm --network none box id -u)" = 0 ]
  run -3 user run --rm --init --network none box sh -c 'exit 3'
  run user run --rm --network none box sh -c 'exit 5'
  [ "$status" -eq 5 ]
}

@test "an ordinary user runs a container with the host's network" {
  user run --rm --network host box ip -o addr | grep -q "$HOST_ADDRESS"
}

@test "an ordinary user asking for a bridge is told that it needs root" {
  run user run --rm box true
  [ "$status" -eq 125 ]
  [[ $output == *root* ]]
  [[ $output == *"--network none"* ]]
  [ -z "$(user ps -aq)" ]
}

@test "an ordinary user asking for a disk of a size is told that it needs root" {
  run -125 user run --rm --network none --storage-opt size=10m box true
  [[ $output == *"--storage-opt size needs root"* ]]
}

@test "files that the container's root makes are the user's" {
  as_user mkdir "$WORLD/home/shared"
  user run --rm --network none -v "$WORLD/home/shared:/mnt" box touch /mnt/file
  [ "$(stat -c %U "$WORLD/home/shared/file")" = "$USER_NAME" ]
}

@test "the container's root is not the host's" {
  run user run --rm --network none -v /etc:/host box sh -c 'echo broken >>/host/passwd'
  [ "$status" -ne 0 ]
  ! grep -q broken /etc/passwd
}

@test "run -d, logs, exec, stop and rm" {
  user run -d --name worker --network none box sh -c 'trap "exit 0" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
  ready() { [ "$(user logs worker)" = ready ]; }
  wait_until ready
  [ "$(user exec worker hostname)" = "$(user inspect -f '{{.Id}}' worker | cut -c 1-12)" ]
  [[ $(user ps) == *worker* ]]
  user stop worker
  [ "$(user inspect -f '{{.State.ExitCode}}' worker)" = 0 ]
  user rm worker
  [ -z "$(user ps -aq)" ]
}

@test "build makes an image that runs" {
  as_user mkdir -p "$WORLD/home/context"
  printf 'FROM box\nRUN echo built >/result && chown 1:1 /result || true\nCMD ["cat", "/result"]\n' | as_user tee "$WORLD/home/context/Dockerfile" >/dev/null
  user build -q --network none -t made "$WORLD/home/context"
  [ "$(user run --rm --network none made)" = built ]
  [ "$(user images -q made | wc -l)" -eq 1 ]
}

@test "an image goes to a registry and comes back" {
  local port
  # In the network of the test, where the user's loopback is.
  nsenter --net="/proc/$HOST_PID/ns/net" "$WORLD/programs/tare-registry" serve --listen 127.0.0.1:5999 \
    --root "$WORLD/registry" >"$BATS_TEST_TMPDIR/registry" 2>&1 3>&- &
  port=$!
  wait_until grep -q 'listening on' "$BATS_TEST_TMPDIR/registry"
  user tag box localhost:5999/shelf/box:1
  user push -q localhost:5999/shelf/box:1
  user rmi localhost:5999/shelf/box:1
  user pull -q localhost:5999/shelf/box:1
  user run --rm --network none localhost:5999/shelf/box:1 true
  kill "$port"
}

@test "nothing is left behind" {
  remove_users_containers
  [ -z "$(ls -A "$WORLD/home/data/containers" 2>/dev/null)" ]
  nothing_is_left
}
