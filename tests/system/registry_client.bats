#!/usr/bin/env bats
# tare-image against the distribution's docker-registry: what others pushed is pulled, and the other way round.

load lib/registry
load lib/docker_registry
load lib/images

setup_file() {
  export IMAGES=$BATS_FILE_TMPDIR/images
  make_layered_image "$IMAGES" busybox:test 3 1
}

setup() {
  local program
  for program in docker-registry skopeo; do command -v $program >/dev/null || skip "$program is not installed"; done
  cd "$BATS_TEST_TMPDIR"
  IMAGE=$(tare_bin)/tare-image
  FOLDER=$BATS_TEST_TMPDIR/registry
  mkdir -p "$FOLDER"
  export TARE_ROOT=$BATS_TEST_TMPDIR/data TARE_RUN_ROOT=$BATS_TEST_TMPDIR/run
  export DOCKER_CONFIG=$BATS_TEST_TMPDIR/docker TARE_CERTS_DIR=$BATS_TEST_TMPDIR/certs
}

teardown() { stop_docker_registry; }

seed() { skopeo copy -q --dest-tls-verify=false "$@" "docker-archive:$IMAGES/image.tar" "docker://$DOCKER_REGISTRY/shop/hello:1"; }

remote_digest() { skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$DOCKER_REGISTRY/$1"; }

# The certificate of another authority than the registry's, or its own, as the one to trust.
trust() {
  mkdir -p "$TARE_CERTS_DIR/$DOCKER_REGISTRY"
  cp "$1" "$TARE_CERTS_DIR/$DOCKER_REGISTRY/ca.crt"
}

@test "pulls what skopeo pushed, and says it as Docker does" {
  start_docker_registry "$FOLDER"
  seed
  run "$IMAGE" pull "$DOCKER_REGISTRY/shop/hello:1"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "1: Pulling from shop/hello" ]
  [ "$(grep -c ': Pull complete$' <<<"$output")" -eq 4 ]
  [ "${lines[-3]}" = "Digest: $(remote_digest shop/hello:1)" ]
  [ "${lines[-2]}" = "Status: Downloaded newer image for $DOCKER_REGISTRY/shop/hello:1" ]
  [ "${lines[-1]}" = "$DOCKER_REGISTRY/shop/hello:1" ]
}

@test "a second pull fetches nothing" {
  start_docker_registry "$FOLDER"
  seed
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  local before
  before=$(blob_responses "$FOLDER" | wc -l)
  [ "$before" -eq 5 ]
  run "$IMAGE" pull "$DOCKER_REGISTRY/shop/hello:1"
  [[ $output == *"Status: Image is up to date for $DOCKER_REGISTRY/shop/hello:1"* ]]
  [ "$(blob_responses "$FOLDER" | wc -l)" -eq "$before" ]
}

@test "--quiet prints the name only" {
  start_docker_registry "$FOLDER"
  seed
  run "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  [ "$output" = "$DOCKER_REGISTRY/shop/hello:1" ]
}

@test "the store is an OCI layout that skopeo reads" {
  start_docker_registry "$FOLDER"
  seed --format oci # skopeo finds only OCI manifests by name in a layout
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  skopeo copy -q "oci:$TARE_ROOT/store:$DOCKER_REGISTRY/shop/hello:1" "dir:$BATS_TEST_TMPDIR/copy"
}

@test "what was pulled is pushed elsewhere with the same digest" {
  start_docker_registry "$FOLDER"
  seed
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  local digest first=$DOCKER_REGISTRY
  digest=$(remote_digest shop/hello:1)
  stop_docker_registry
  rm -rf "$FOLDER/storage"
  sed -i "s/addr: 127.0.0.1:0/addr: $first/" "$FOLDER/config.yml"
  docker-registry serve "$FOLDER/config.yml" >"$FOLDER/log" 2>&1 3>&- &
  DOCKER_REGISTRY_PID=$!
  timeout 20 tail -n +1 -f --pid=$DOCKER_REGISTRY_PID "$FOLDER/log" 3>&- | sed '/"listening on /q' >/dev/null
  run "$IMAGE" push "$first/shop/hello:1"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "The push refers to repository [$first/shop/hello]" ]
  [ "$(grep -c ': Pushed$' <<<"$output")" -eq 4 ]
  [[ ${lines[-1]} == "1: digest: $digest size: "* ]]
  [ "$(remote_digest shop/hello:1)" = "$digest" ]
  run "$IMAGE" push "$first/shop/hello:1"
  [ "$(grep -c ': Layer already exists$' <<<"$output")" -eq 4 ]
}

@test "a registry with TLS is trusted by its authority in certs.d" {
  start_docker_registry "$FOLDER" tls
  seed
  trust "$FOLDER/ca.crt"
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  "$IMAGE" push -q "$DOCKER_REGISTRY/shop/hello:1"
}

@test "a certificate of another authority is refused, with advice" {
  start_docker_registry "$FOLDER" tls
  seed
  mkdir other
  make_certificate other
  trust other/ca.crt
  run "$IMAGE" pull "$DOCKER_REGISTRY/shop/hello:1"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *certificate* && $output == *certs.d* && $output == *--tls-verify=false* ]]
  "$IMAGE" pull -q --tls-verify=false "$DOCKER_REGISTRY/shop/hello:1"
}

@test "basic authentication: login, pull, push, logout" {
  start_docker_registry "$FOLDER" auth
  seed --dest-creds gopher:s3cret
  run "$IMAGE" pull "$DOCKER_REGISTRY/shop/hello:1"
  [ "$status" -eq 1 ]
  [[ $output == *"tare login $DOCKER_REGISTRY"* ]]
  run "$IMAGE" login -u gopher -p wrong "$DOCKER_REGISTRY"
  [ "$status" -eq 1 ]
  [[ $output == *unauthorized* ]]
  [ ! -e "$DOCKER_CONFIG/config.json" ]
  run "$IMAGE" login -u gopher --password-stdin "$DOCKER_REGISTRY" <<<s3cret
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"stored unencrypted"*"Login Succeeded" ]]
  [ "$(stat -c %a "$DOCKER_CONFIG/config.json")" = 600 ]
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  "$IMAGE" push -q "$DOCKER_REGISTRY/shop/hello:1"
  run "$IMAGE" logout "$DOCKER_REGISTRY"
  [ "$output" = "Removing login credentials for $DOCKER_REGISTRY" ]
  run "$IMAGE" push "$DOCKER_REGISTRY/shop/hello:1"
  [ "$status" -eq 1 ]
}

@test "TLS and basic authentication together; skopeo uses the login" {
  start_docker_registry "$FOLDER" tls auth
  seed --dest-creds gopher:s3cret
  trust "$FOLDER/ca.crt"
  "$IMAGE" login -u gopher --password-stdin "$DOCKER_REGISTRY" <<<s3cret
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  skopeo inspect --tls-verify=false --authfile "$DOCKER_CONFIG/config.json" "docker://$DOCKER_REGISTRY/shop/hello:1"
}

@test "a pull that was killed goes on where it was" {
  make_layered_image "$BATS_TEST_TMPDIR/large" large:1 1 120
  start_docker_registry "$FOLDER"
  skopeo copy -q --dest-tls-verify=false docker-archive:large/image.tar "docker://$DOCKER_REGISTRY/large:1"
  rm -rf large
  "$IMAGE" pull -q "$DOCKER_REGISTRY/large:1" 3>&- &
  local pull=$! size=0
  while [ "$size" -lt 20000000 ] && kill -0 $pull; do
    size=$(cat "$TARE_ROOT"/store/ingest/* 2>/dev/null | head -c 20000000 | wc -c)
  done
  kill -KILL $pull
  wait $pull || true
  run "$IMAGE" pull "$DOCKER_REGISTRY/large:1"
  echo "$output"
  [ "$status" -eq 0 ]
  [ -z "$(ls "$TARE_ROOT/store/ingest")" ]
  blob_responses "$FOLDER"
  # Resumed: the whole layer was never sent in one piece after the kill.
  local whole last
  whole=$(skopeo inspect --raw --tls-verify=false "docker://$DOCKER_REGISTRY/large:1" | jq '.layers[1].size')
  last=$(blob_responses "$FOLDER" | sort -n | tail -1)
  [ "$last" -lt "$whole" ]
}

@test "two pulls at once share the work" {
  start_docker_registry "$FOLDER"
  seed
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1" 3>&- &
  local first=$!
  "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello:1"
  wait $first
  [ "$(blob_responses "$FOLDER" | wc -l)" -eq 5 ]
}

@test "all tags of a repository are pulled and pushed" {
  start_docker_registry "$FOLDER"
  seed
  skopeo copy -q --src-tls-verify=false --dest-tls-verify=false \
    "docker://$DOCKER_REGISTRY/shop/hello:1" "docker://$DOCKER_REGISTRY/shop/hello:2"
  run "$IMAGE" pull -a "$DOCKER_REGISTRY/shop/hello"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(grep -c '^[12]: Pulling from shop/hello$' <<<"$output")" -eq 2 ]
  run "$IMAGE" push -a "$DOCKER_REGISTRY/shop/hello"
  [ "$(grep -c ': digest: sha256:' <<<"$output")" -eq 2 ]
  run "$IMAGE" pull -a "$DOCKER_REGISTRY/shop/hello:1"
  [ "$status" -eq 1 ]
}

@test "a digest reference is pulled and checked" {
  start_docker_registry "$FOLDER"
  seed
  local digest
  digest=$(remote_digest shop/hello:1)
  run "$IMAGE" pull -q "$DOCKER_REGISTRY/shop/hello@$digest"
  [ "$output" = "$DOCKER_REGISTRY/shop/hello@$digest" ]
  run "$IMAGE" push "$DOCKER_REGISTRY/shop/hello@$digest"
  [ "$status" -eq 1 ]
}

@test "unknown names and registries that do not answer are told" {
  start_docker_registry "$FOLDER"
  run "$IMAGE" pull "$DOCKER_REGISTRY/no/such:thing"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *"manifest for $DOCKER_REGISTRY/no/such:thing not found"* ]]
  stop_docker_registry
  run "$IMAGE" pull "$DOCKER_REGISTRY/no/such:thing"
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $output == *"$DOCKER_REGISTRY"*"Connection refused"* ]]
}

@test "wrong command lines exit with 125" {
  run "$IMAGE" pull
  [ "$status" -eq 125 ]
  run "$IMAGE" pull --no-such-flag x
  [ "$status" -eq 125 ]
  [[ $output == *"unknown flag: --no-such-flag"* ]]
  run "$IMAGE" nothing
  [ "$status" -eq 125 ]
}
