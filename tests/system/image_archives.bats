#!/usr/bin/env bats
# Images as files: what Docker, Podman and skopeo write is loaded, what we write they read, and our store itself is an
# OCI layout. Two processes that do the same share the work, and one that is killed leaves a store that works.

load lib/registry
load lib/images

setup_file() {
  export IMAGES=$BATS_FILE_TMPDIR/images
  make_layered_image "$IMAGES" shop/layered:1 3 2
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  IMAGE=$(tare_bin)/tare-image
  export TARE_ROOT=$BATS_TEST_TMPDIR/data
  STORE=$TARE_ROOT/store
}

need() { command -v "$1" >/dev/null || skip "$1 is not installed"; }

# copy_image FROM TO
copy_image() { skopeo --insecure-policy copy -q "$1" "$2"; }

# The names that the layout's index lists.
index_names() { grep -o '"org.opencontainers.image.ref.name":"[^"]*"' "$STORE/index.json" | cut -d'"' -f4; }

config_digest() { skopeo inspect --raw "$1" | grep -o '"config":{[^}]*}' | grep -o 'sha256:[0-9a-f]*'; }

@test "load takes an archive of docker save and keeps the image's id" {
  need skopeo
  run "$IMAGE" load -i "$IMAGES/image.tar"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$output" = "Loaded image: shop/layered:1" ]
  [ "$(index_names)" = shop/layered:1 ]
  local expected
  expected=sha256:$(tar -xOf "$IMAGES/image.tar" ./manifest.json | grep -o '"Config":"[0-9a-f]*' | cut -d'"' -f4)
  [ "$(config_digest "oci:$STORE:shop/layered:1")" = "$expected" ]
  [ "$(ls "$STORE/layers" | wc -l)" -eq 4 ]
  [ "$(ls "$STORE/ingest" | wc -l)" -eq 0 ]
  [ "$(ls "$STORE/leases" | wc -l)" -eq 0 ]
}

@test "load reads standard input, compressed or not" {
  gzip -1 <"$IMAGES/image.tar" | "$IMAGE" load
  "$IMAGE" load <"$IMAGES/image.tar"
  [ "$(index_names)" = shop/layered:1 ]
}

@test "save and load keep every digest" {
  "$IMAGE" load -i "$IMAGES/image.tar"
  "$IMAGE" save -o saved.tar shop/layered:1
  "$IMAGE" save shop/layered:1 >again.tar
  cmp saved.tar again.tar
  TARE_ROOT=$BATS_TEST_TMPDIR/other "$IMAGE" load -i saved.tar
  cmp "$STORE/index.json" "$BATS_TEST_TMPDIR/other/store/index.json"
  diff <(ls "$STORE/blobs/sha256") <(ls "$BATS_TEST_TMPDIR/other/store/blobs/sha256")
}

@test "save refuses an image that is not here, and leaves the file as it was" {
  echo old >saved.tar
  run "$IMAGE" save -o saved.tar nothing
  [ "$status" -eq 1 ]
  [[ $output == *"No such image: nothing"* ]]
  [ "$(cat saved.tar)" = old ]
}

@test "skopeo reads the store as an OCI layout" {
  need skopeo
  "$IMAGE" load -i "$IMAGES/image.tar"
  copy_image "oci:$STORE:shop/layered:1" dir:copied
  [ "$(ls copied | grep -c '^[0-9a-f]\{64\}$')" -eq 5 ]
}

@test "skopeo reads what save writes, as Docker's archive and as an OCI layout" {
  need skopeo
  "$IMAGE" load -i "$IMAGES/image.tar"
  "$IMAGE" save -o saved.tar shop/layered:1
  copy_image docker-archive:saved.tar:shop/layered:1 dir:docker
  copy_image oci-archive:saved.tar:shop/layered:1 dir:oci
  [ "$(config_digest dir:docker)" = "$(config_digest dir:oci)" ]
}

@test "load takes what skopeo writes as an OCI archive" {
  need skopeo
  copy_image "docker-archive:$IMAGES/image.tar" oci-archive:oci.tar:registry.test/shop/oci:2
  run "$IMAGE" load -i oci.tar
  echo "$output"
  [ "$output" = "Loaded image: registry.test/shop/oci:2" ]
}

@test "an archive without a name is loaded by its id" {
  need skopeo
  copy_image "docker-archive:$IMAGES/image.tar" oci-archive:oci.tar
  run "$IMAGE" load -i oci.tar
  [[ $output =~ ^"Loaded image ID: sha256:"[0-9a-f]{64}$ ]]
}

@test "unpack gives the merged files" {
  "$IMAGE" load -i "$IMAGES/image.tar"
  "$IMAGE" unpack shop/layered:1 bundle
  [ "$(ls bundle/rootfs/data | tr '\n' ' ')" = "1 2 3 " ]
  [ "$(bundle/rootfs/bin/busybox echo hello)" = hello ]
  [ "$(stat -c %a bundle/rootfs/tmp)" = 1777 ]
  run "$IMAGE" unpack shop/layered:1 bundle
  [ "$status" -eq 1 ]
  [[ $output == *"is not empty"* ]]
}

@test "holes in files stay holes, in every format of tar" {
  mkdir layer
  truncate -s 64M layer/sparse
  printf data | dd of=layer/sparse bs=1 seek=33554432 conv=notrunc status=none
  local format
  for format in gnu posix; do
    tar -C layer -S --format=$format -cf layer.tar .
    pack_archive "$PWD" shop/sparse:$format layer.tar
    "$IMAGE" load -i image.tar
    "$IMAGE" unpack shop/sparse:$format $format
    cmp layer/sparse $format/rootfs/sparse
    [ "$(stat -c %b $format/rootfs/sparse)" -lt 1000 ]
  done
  [ "$(cat "$STORE"/layers/*/sparse | wc -c)" -eq $((2 * 67108864)) ]
  [ "$(du -sk "$STORE/layers" | cut -f1)" -lt 1000 ]
}

@test "what is no image archive is refused, and changes nothing" {
  echo text >text
  tar -cf plain.tar text
  head -c 3M "$IMAGES/image.tar" >short.tar
  local file
  for file in text plain.tar short.tar /dev/null; do
    run "$IMAGE" load -i "$file"
    echo "$file: $output"
    [ "$status" -eq 1 ]
  done
  [ -z "$(index_names)" ]
}

@test "a layer that is not what the configuration says is refused" {
  mkdir archive
  tar -C archive -xf "$IMAGES/image.tar"
  local layer
  layer=$(find archive -name layer.tar | head -1)
  printf x | dd of="$layer" bs=1 seek=700 conv=notrunc status=none
  tar -C archive -cf evil.tar .
  run "$IMAGE" load -i evil.tar
  echo "$output"
  [ "$status" -eq 1 ]
  [ -z "$(index_names)" ]
}

@test "several loads of one image at once leave one of everything" {
  "$IMAGE" load -i "$IMAGES/image.tar"
  "$IMAGE" save -o saved.tar shop/layered:1
  export TARE_ROOT=$BATS_TEST_TMPDIR/shared
  local pids=() pid
  for _ in 1 2 3 4 5; do
    "$IMAGE" load -i saved.tar 3>&- &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  [ "$(ls "$TARE_ROOT/store/layers" | wc -l)" -eq 4 ]
  [ "$(ls "$TARE_ROOT/store/ingest" | wc -l)" -eq 0 ]
}

@test "a load that is killed at any time is completed by the next" {
  local delay
  for delay in 0.005 0.02 0.04 0.06 0.09 0.13; do
    "$IMAGE" load -i "$IMAGES/image.tar" >/dev/null 3>&- &
    sleep $delay
    kill -KILL $! 2>/dev/null || true
    wait $! || true
  done
  "$IMAGE" load -i "$IMAGES/image.tar"
  "$IMAGE" unpack shop/layered:1 bundle
  [ "$(ls bundle/rootfs/data | wc -l)" -eq 3 ]
  [ "$(find bundle/rootfs/data -size 2M | wc -l)" -eq 3 ]
}

@test "bootstrap says which package it needs" {
  mkdir empty
  PATH=$PWD/empty run "$IMAGE" bootstrap debian:bookworm
  [ "$status" -eq 1 ]
  [[ $output == *"mmdebstrap is not installed"* ]]
  [[ $output == *"install the package mmdebstrap"* ]]
}

@test "bootstrap takes what mmdebstrap writes, and the tag's last part for the release" {
  mkdir fake rootfs
  echo hello >rootfs/greeting
  tar -cf root.tar -C rootfs .
  printf '#!/bin/sh\necho "$@" >%s/words\ncat %s/root.tar\n' "$PWD" "$PWD" >fake/mmdebstrap
  chmod +x fake/mmdebstrap
  PATH=$PWD/fake:$PATH SOURCE_DATE_EPOCH=1700000000 run "$IMAGE" bootstrap --include a,b shop/go:1.19-bookworm
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(cat words)" = "--format=tar --variant=minbase --include=a,b bookworm -" ]
  "$IMAGE" unpack shop/go:1.19-bookworm bundle
  [ "$(cat bundle/rootfs/greeting)" = hello ]
  local first=$output
  PATH=$PWD/fake:$PATH SOURCE_DATE_EPOCH=1700000000 run "$IMAGE" bootstrap --include a,b shop/go:1.19-bookworm
  [ "$output" = "$first" ]
}

@test "a bootstrap that fails tells mmdebstrap's exit code and makes no image" {
  mkdir fake
  printf '#!/bin/sh\nexit 25\n' >fake/mmdebstrap
  chmod +x fake/mmdebstrap
  PATH=$PWD/fake:$PATH run "$IMAGE" bootstrap debian:nosuch
  [ "$status" -eq 1 ]
  [[ $output == *"mmdebstrap failed with exit code 25"* ]]
  [ -z "$(index_names)" ]
}

@test "an ordinary user's store works the same" {
  [ "$(id -u)" -eq 0 ] || skip "needs root, to become an ordinary user"
  chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_TEST_TMPDIR" "$IMAGES"
  mkdir home
  chown 1000 home
  cp "$IMAGE" tare-image
  run setpriv --reuid 1000 --regid 1000 --clear-groups env TARE_ROOT="$PWD/home/data" ./tare-image load -i "$IMAGES/image.tar"
  echo "$output"
  [ "$status" -eq 0 ]
  setpriv --reuid 1000 --regid 1000 --clear-groups env TARE_ROOT="$PWD/home/data" ./tare-image unpack shop/layered:1 home/bundle
  [ "$(ls home/bundle/rootfs/data | wc -l)" -eq 3 ]
}
