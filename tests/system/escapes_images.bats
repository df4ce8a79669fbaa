#!/usr/bin/env bats
# Published attacks that begin with an image, an archive, a Dockerfile or a registry, replayed. docs/threat-model.md
# says what stops each. Those from inside a container: escapes.bats.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare
load lib/registry
load lib/attacks

setup_file() { make_world; }
teardown_file() { end_world; }
setup() {
  place=$BATS_TEST_TMPDIR
  make_canary "$WORLD/canary-$BATS_TEST_NUMBER"
}
teardown() {
  stop_registry || true
  remove_containers
  rm -rf "$CANARY"
}

# evil_layer FILE: reads lines "TYPE NAME [LINK]" (dir, file, link, hard) and writes that tar, names as they are.
evil_layer() {
  python3 -c '
import io, sys, tarfile
kinds = {"dir": tarfile.DIRTYPE, "file": tarfile.REGTYPE, "link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}
with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as archive:
    for line in sys.stdin.read().splitlines():
        kind, name, *link = line.split()
        entry = tarfile.TarInfo(name)
        entry.type, entry.mode = kinds[kind], 0o4777
        entry.linkname = link[0] if link else ""
        content = b"PWNED" if kind == "file" else b""
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))' "$1"
}

# load_layers NAME LAYER…: on top of busybox.
load_layers() {
  local name=$1
  shift
  pack_archive "$place" "$name" "$WORLD/image/base.tar" "$@"
  tare load -q -i "$place/image.tar"
}

# build_here [OPTION…]: the Dockerfile on standard input, in the context $place/context.
build_here() {
  mkdir -p "$place/context"
  cat >"$place/context/Dockerfile"
  tare build --network none -t built "$@" "$place/context"
}

@test "CVE-2014-6407, CVE-2014-9357, CVE-2021-32760: links of a layer lead nothing outside it" {
  local up=../../../../../../../../../..
  printf '%s\n' "link out $CANARY" "file out/planted" "link up $up$CANARY" "file up/folder/planted" \
    "hard stolen $CANARY/secret" | evil_layer "$place/one.tar"
  load_layers links1 "$place/one.tar" || true
  printf '%s\n' "file $up$CANARY/planted" "file $CANARY/planted" | evil_layer "$place/two.tar"
  load_layers links2 "$place/two.tar" || true
  # A symlink in one layer, what goes through it in the next.
  printf '%s\n' "link later $CANARY" | evil_layer "$place/three.tar"
  printf '%s\n' "file later/planted" "file later/folder/planted" "dir later/secret" "hard again later/secret" \
    "file .wh.later" "file later/.wh.secret" | evil_layer "$place/four.tar"
  load_layers links3 "$place/three.tar" "$place/four.tar" || true
  canary_is_unharmed
  [ "$(stat -c %a "$CANARY/secret")" != 4777 ]
  for image in links1 links2 links3; do
    run tare run --rm --network none "$image" cat /stolen /again /up/secret /out/secret
    [[ "$output" != *host-secret* ]]
  done
}

@test "CVE-2014-9356, CVE-2014-9358: the names in an image archive lead nowhere outside it" {
  local name
  for name in "$CANARY/secret" "../../../../../../../..$CANARY/secret" linked; do
    rm -rf "$place/archive" && mkdir -p "$place/archive"
    ln -s "$CANARY/secret" "$place/archive/linked"
    printf '[{"Config":"%s","RepoTags":["stolen"],"Layers":["%s"]}]' "$name" "$name" >"$place/archive/manifest.json"
    tar -C "$place/archive" -cf "$place/evil.tar" .
    run tare load -i "$place/evil.tar"
    [ "$status" -ne 0 ]
    [[ "$output" != *host-secret* ]]
  done
  canary_is_unharmed
}

@test "CVE-2022-23648: a volume of an image is filled from the image only" {
  mkdir -p "$place/root$CANARY" "$place/root/data"
  ln -s "$CANARY" "$place/root/linked"
  make_busybox_root "$place/root"
  make_tar "$place/root" "$place/volumes.tar"
  for volume in "/../../../../../../../../../../..$CANARY" "/data/../../../../../../../../../../..$CANARY" /linked; do
    pack_archive "$place" volumes "$place/volumes.tar"
    mkdir "$place/unpacked"
    tar -C "$place/unpacked" -xf "$place/image.tar"
    python3 - "$place/unpacked" "$volume" <<'PYTHON'
import glob, hashlib, json, os, sys
folder, volume = sys.argv[1:]
manifest = json.load(open(folder + "/manifest.json"))
config = json.load(open(folder + "/" + manifest[0]["Config"]))
config["config"]["Volumes"] = {volume: {}}
text = json.dumps(config)
manifest[0]["Config"] = hashlib.sha256(text.encode()).hexdigest() + ".json"
open(folder + "/" + manifest[0]["Config"], "w").write(text)
json.dump(manifest, open(folder + "/manifest.json", "w"))
PYTHON
    tar -C "$place/unpacked" -cf "$place/image.tar" .
    rm -rf "$place/unpacked"
    tare load -q -i "$place/image.tar"
    run tare run --rm --network none volumes sh -c "cat $CANARY/secret /linked/secret; ls $CANARY"
    [[ "$output" != *host-secret* ]]
  done
  canary_is_unharmed
}

@test "CVE-2021-41190: a document that is manifest and index at once is refused" {
  local digest body
  start_registry "$place/registry"
  echo '{}' >"$place/blob"
  push_blob confused "$place/blob" >/dev/null
  digest=$(digest_of "$place/blob")
  body='{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"'$digest'","size":3},"layers":[],"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"'$digest'","size":3}]}'
  printf '%s' "$body" >"$place/confused.json"
  run request PUT /v2/confused/manifests/latest --data-binary "@$place/confused.json" -H 'Content-Type: application/vnd.oci.image.manifest.v1+json'
  [ "$output" = 400 ] || { echo "$output"; cat "$place/body"; false; }
  # A registry that serves it nevertheless.
  mkdir -p "$place/archive/blobs/sha256"
  cp "$place/confused.json" "$place/archive/blobs/sha256/$(sha256sum <"$place/confused.json" | cut -d' ' -f1)"
  cp "$place/blob" "$place/archive/blobs/sha256/${digest#sha256:}"
  printf '{"imageLayoutVersion":"1.0.0"}' >"$place/archive/oci-layout"
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"%s","size":%s}]}' \
    "$(digest_of "$place/confused.json")" "$(stat -c %s "$place/confused.json")" >"$place/archive/index.json"
  tar -C "$place/archive" -cf "$place/oci.tar" .
  run tare load -i "$place/oci.tar"
  [ "$status" -ne 0 ]
  [[ "$output" == *"both a manifest and an index"* ]] || { echo "$output"; false; }
}

@test "CVE-2024-1753, CVE-2024-23653: a bind mount of a build shows the stage, not what its symlinks name on the host" {
  run build_here <<EOF
FROM box AS base
RUN ln -s / /rootdir; ln -s $CANARY /canary; ln -s ../../../../../../../../../..$CANARY /climbing; mkdir /in
FROM box
RUN --mount=type=bind,from=base,source=/rootdir,target=/one,rw ls /one$CANARY && echo PWNED >/one$CANARY/planted || true
RUN --mount=type=bind,from=base,source=/in,target=/two,rw cat /two/../canary/secret || echo nothing
EOF
  [[ "$output" == *nothing* ]]
  [[ "$output" != *host-secret* ]]
  for link in canary climbing; do
    run build_here <<EOF
FROM box AS base
RUN ln -s $CANARY /canary; ln -s ../../../../../../../../../..$CANARY /climbing
FROM box
RUN --mount=type=bind,from=base,source=/$link,target=/one,rw cat /one/secret
EOF
    [ "$status" -ne 0 ]
    [[ "$output" != *host-secret* ]]
  done
  ln -sfn "$CANARY" "$place/context/outside"
  run build_here <<'EOF'
FROM box
RUN --mount=type=bind,source=outside,target=/one cat /one/secret
EOF
  [ "$status" -ne 0 ]
  canary_is_unharmed
}

@test "CVE-2024-23651, CVE-2024-11218, CVE-2024-9675: a cache mount is a folder of the cache, whatever its id and content" {
  run build_here <<EOF
FROM box
RUN --mount=type=cache,id=../../../../../../../../../..$CANARY,target=/c cat /c/secret; touch /c/planted; ln -s $CANARY /c/sub
RUN --mount=type=cache,id=../../../../../../../../../..$CANARY,target=/c --mount=type=cache,id=other,target=/c/sub/folder touch /c/sub/folder/planted
EOF
  [[ "$output" != *host-secret* ]]
  canary_is_unharmed
  run build_here <<EOF
FROM box
RUN --mount=type=cache,source=../..,target=/c true
EOF
  [ "$status" -ne 0 ]
}

@test "CVE-2024-23652: taking a step's mounts apart removes nothing of the host" {
  run build_here <<EOF
FROM box
RUN --mount=type=tmpfs,target=/mnt/a/b true; rm -rf /mnt; ln -s $CANARY /mnt
RUN --mount=type=cache,target=/later/folder true
RUN rm -rf /later; ln -s $CANARY /later
RUN --mount=type=tmpfs,target=/later/folder true
RUN --mount=type=bind,target=/later/secret true
EOF
  canary_is_unharmed
}

@test "CVE-2021-3602, CVE-2024-9407: a build step sees no variable of the builder, and mount options inject nothing" {
  LEAKED=from-the-caller run build_here <<'EOF'
FROM box
RUN if env | grep -E 'LEAKED|TARE_|HOST_PID'; then exit 1; fi; ls /proc/self/fd | tr '\n' ' ' | grep -x '0 1 2 3 '
EOF
  [ "$status" -eq 0 ] || { echo "$output"; false; }
  run build_here <<'EOF'
FROM box
RUN --mount=type=tmpfs,target=/x,bind-propagation=shared true
EOF
  [ "$status" -ne 0 ]
  [[ "$output" == *bind-propagation* ]]
}

@test "CVE-2022-27651, CVE-2022-24769: a build step has no inheritable capability" {
  run build_here <<'EOF'
FROM box
RUN grep -qE '^CapInh:.0+$' /proc/self/status && grep -qE '^CapAmb:.0+$' /proc/self/status
EOF
  [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "CVE-2024-9676: the user files of an image are not read through its symlinks, nor without a limit" {
  mkdir -p "$place/root"
  make_busybox_root "$place/root"
  for target in /dev/zero /proc/self/mem "$CANARY/secret" fifo; do
    rm -f "$place/root/etc/passwd" "$place/root/etc/fifo"
    mkfifo "$place/root/etc/fifo"
    ln -s "$target" "$place/root/etc/passwd"
    make_tar "$place/root" "$place/users.tar"
    pack_archive "$place" users "$place/users.tar"
    tare load -q -i "$place/image.tar"
    run timeout 20 nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" run --rm --network none -u somebody users true 3>&-
    [ "$status" -eq 125 ]
    [[ "$output" != *host-secret* ]]
    run timeout 20 nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" run --rm --network none -u 1000 users grep -x 'Uid:.*1000.*' /proc/self/status 3>&-
    [ "$status" -eq 0 ]
  done
}

@test "CVE-2019-13139: a build context is a folder or standard input, never a command line for another program" {
  for context in 'git@host:--upload-pack=touch${IFS}/tmp/pwned' 'https://host/repository.git#--upload-pack=sh' "$CANARY/nowhere"; do
    run tare build "$context"
    [ "$status" -ne 0 ]
  done
}

@test "nothing is left behind" { nothing_is_left; }
