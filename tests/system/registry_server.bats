#!/usr/bin/env bats
# tare-registry as its clients meet it: skopeo and curl over real sockets, and a kill in the middle.

load lib/registry

setup() {
  cd "$BATS_TEST_TMPDIR"
  ROOT=$BATS_TEST_TMPDIR/root
  LAYOUT=$BATS_TEST_TMPDIR/layout
}

teardown() { stop_registry KILL || true; }

# An OCI layout with an image "one" of one small gzip layer.
make_layout() {
  mkdir -p "$LAYOUT/blobs/sha256" files
  echo "hello from a layer" >files/hello
  tar -C files --sort=name --owner=0 --group=0 --mtime=@0 -cf layer.tar hello
  gzip -n -k layer.tar
  printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["%s"]}}' \
    "$(digest_of layer.tar)" >config.json
  local oci=application/vnd.oci.image
  printf '{"schemaVersion":2,"mediaType":"%s.manifest.v1+json","config":{"mediaType":"%s.config.v1+json","digest":"%s","size":%d},"layers":[{"mediaType":"%s.layer.v1.tar+gzip","digest":"%s","size":%d}]}' \
    $oci $oci "$(digest_of config.json)" "$(stat -c %s config.json)" \
    $oci "$(digest_of layer.tar.gz)" "$(stat -c %s layer.tar.gz)" >manifest.json
  for file in layer.tar.gz config.json manifest.json; do
    cp $file "$LAYOUT/blobs/sha256/$(sha256sum $file | cut -d' ' -f1)"
  done
  printf '{"schemaVersion":2,"manifests":[{"mediaType":"%s.manifest.v1+json","digest":"%s","size":%d,"annotations":{"org.opencontainers.image.ref.name":"one"}}]}' \
    $oci "$(digest_of manifest.json)" "$(stat -c %s manifest.json)" >"$LAYOUT/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$LAYOUT/oci-layout"
}

# Blobs that have their final name but not their digest: there must be none, whatever happened.
count_broken_blobs() {
  local broken=0 file
  while read -r file; do
    [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$(basename "$file")" ] || broken=$((broken + 1))
  done < <(find "$ROOT/blobs" -type f)
  echo $broken
}

@test "an image that skopeo pushes comes back with the same digests" {
  command -v skopeo >/dev/null || skip "skopeo is not installed"
  make_layout
  start_registry "$ROOT"
  skopeo copy -q --preserve-digests --dest-tls-verify=false oci:"$LAYOUT":one docker://"$REGISTRY"/shop/hello:1
  [ "$(request GET /v2/shop/hello/manifests/1)" = 200 ]
  cmp body manifest.json
  [ "$(reply_header docker-content-digest)" = "$(digest_of manifest.json)" ]
  skopeo copy -q --preserve-digests --src-tls-verify=false docker://"$REGISTRY"/shop/hello:1 oci:back:one
  diff -r "$LAYOUT/blobs" back/blobs
}

@test "a docker archive is pushed and pulled" {
  command -v skopeo >/dev/null || skip "skopeo is not installed"
  make_layout
  start_registry "$ROOT"
  skopeo copy -q oci:"$LAYOUT":one docker-archive:archive.tar:hello:1
  skopeo copy -q --dest-tls-verify=false docker-archive:archive.tar docker://"$REGISTRY"/a/b/c:1
  skopeo copy -q --src-tls-verify=false docker://"$REGISTRY"/a/b/c:1 oci:back:1
  skopeo inspect --tls-verify=false docker://"$REGISTRY"/a/b/c:1 | grep -q '"RepoTags"'
  # The layer was compressed by skopeo, so the content is what must be equal.
  layer=$(skopeo inspect oci:back:1 | sed -n '/"Layers"/{n;s/.*sha256:\([0-9a-f]*\).*/\1/p}')
  zcat "back/blobs/sha256/$layer" | cmp - layer.tar
}

@test "ranges and resumed downloads give the bytes that were asked for" {
  head -c 3000000 /dev/urandom >blob
  start_registry "$ROOT"
  [ "$(push_blob a blob)" = 201 ]
  target=/v2/a/blobs/$(digest_of blob)
  [ "$(request GET "$target" -r 1000-1999)" = 206 ]
  [ "$(reply_header content-range)" = "bytes 1000-1999/3000000" ]
  tail -c +1001 blob | head -c 1000 | cmp - body
  head -c 1234567 blob >part
  curl -sS -C - -o part "$REGISTRY_URL$target"
  cmp part blob
  [ "$(request GET "$target" -r 3000000-)" = 416 ]
  [ "$(request HEAD "$target" -I)" = 200 ]
  [ "$(reply_header content-length)" = 3000000 ]
}

@test "an upload in chunks goes on where it stopped" {
  head -c 3000000 /dev/urandom >blob
  head -c 1000000 blob >first
  tail -c +1000001 blob >second
  start_registry "$ROOT"
  [ "$(request POST /v2/a/blobs/uploads/)" = 202 ]
  location=$(reply_header location)
  [ "$(request PATCH "$location" -H 'Content-Range: 0-999999' --data-binary @first)" = 202 ]
  [ "$(request PATCH "$location" -H 'Content-Range: 5-1000004' --data-binary @first)" = 416 ]
  [ "$(request GET "$location")" = 204 ]
  [ "$(reply_header range)" = 0-999999 ]
  stop_registry
  start_registry "$ROOT"
  [ "$(request PATCH "$location" -H 'Content-Range: 1000000-2999999' --data-binary @second)" = 202 ]
  [ "$(request PUT "$location?digest=$(digest_of blob)")" = 201 ]
  [ "$(request GET "/v2/a/blobs/$(digest_of blob)")" = 200 ]
  cmp body blob
}

@test "many clients that push the same blob at once all succeed" {
  head -c 5000000 /dev/urandom >blob
  digest=$(digest_of blob)
  start_registry "$ROOT"
  for i in 1 2 3 4 5 6 7 8; do
    curl -sS -o /dev/null -w '%{http_code}\n' --data-binary @blob "$REGISTRY_URL/v2/r$((i % 3))/blobs/uploads/?digest=$digest" \
      >"status.$i" 3>&- &
    clients[i]=$!
  done
  for i in 1 2 3 4 5 6 7 8; do wait "${clients[$i]}"; done
  [ "$(cat status.*| sort -u)" = 201 ]
  [ "$(find "$ROOT/blobs" -type f | wc -l)" = 1 ]
  [ "$(find "$ROOT" -path '*/_uploads/*' | wc -l)" = 0 ]
  [ "$(count_broken_blobs)" = 0 ]
}

@test "a kill in the middle of an upload leaves nothing visible, and the upload goes on" {
  head -c 20000000 /dev/urandom >blob
  digest=$(digest_of blob)
  start_registry "$ROOT"
  [ "$(request POST /v2/a/blobs/uploads/)" = 202 ]
  location=$(reply_header location)
  session=$ROOT/repositories/a/_uploads/${location##*/}
  curl -s --limit-rate 8M -T blob -X PATCH -o /dev/null "$REGISTRY_URL$location" 3>&- &
  client=$!
  until [ "$(stat -c %s "$session")" -gt 1000000 ]; do sleep 0.05; done
  stop_registry KILL || true
  wait $client || true

  start_registry "$ROOT"
  [ "$(request GET "/v2/a/blobs/$digest")" = 404 ]
  [ "$(count_broken_blobs)" = 0 ]
  [ "$(request GET "$location")" = 204 ]
  range=$(reply_header range)
  have=$((${range#0-} + 1))
  [ "$have" -lt 20000000 ]
  tail -c +$((have + 1)) blob >rest
  [ "$(request PATCH "$location" -H "Content-Range: $have-19999999" --data-binary @rest)" = 202 ]
  [ "$(request PUT "$location?digest=$digest")" = 201 ]
  [ "$(request GET "/v2/a/blobs/$digest")" = 200 ]
  cmp body blob
}

@test "content with another digest is refused and leaves nothing" {
  echo one >one
  echo two >two
  start_registry "$ROOT"
  [ "$(request POST "/v2/a/blobs/uploads/?digest=$(digest_of two)" --data-binary @one)" = 400 ]
  grep -q DIGEST_INVALID body
  [ "$(find "$ROOT/blobs" -type f | wc -l)" = 0 ]
  [ "$(find "$ROOT" -path '*/_uploads/*' | wc -l)" = 0 ]
}

@test "names that climb are refused and touch nothing" {
  echo secret >secret
  start_registry "$ROOT"
  for name in .. ../.. ..%2f.. %2e%2e/%2e%2e a/../.. a/..%2fb _uploads A; do
    for rest in tags/list manifests/secret manifests/..%2f..%2fsecret "blobs/uploads/"; do
      for method in GET PUT POST DELETE; do
        case $(request $method "/v2/$name/$rest" --data '{}') in 400 | 404 | 405) ;; *) echo "$method $name/$rest"; return 1 ;; esac
      done
    done
  done
  [ "$(request GET /v2/a/blobs/sha256:..%2f..%2f..%2fsecret)" = 400 ]
  [ "$(request GET /../secret)" = 404 ]
  [ -z "$(find "$ROOT/repositories" -mindepth 1)" ]
}

@test "a huge manifest is refused without being read" {
  head -c 6000000 /dev/zero >huge
  start_registry "$ROOT"
  [ "$(request PUT /v2/a/manifests/1 --data-binary @huge -H 'Content-Type: application/vnd.oci.image.manifest.v1+json')" = 413 ]
  [ "$(request PUT /v2/a/manifests/1 --data-binary @huge -H 'Transfer-Encoding: chunked' -H 'Expect:')" = 413 ]
  [ -z "$(find "$ROOT" -path '*/_manifests/*' -type f)" ]
}

@test "a password is asked for and checked" {
  command -v htpasswd >/dev/null || skip "htpasswd (apache2-utils) is not installed"
  htpasswd -nbB -C 5 ann secret >users
  start_registry "$ROOT" --htpasswd users
  [ "$(request GET /v2/)" = 401 ]
  [ "$(reply_header www-authenticate)" = 'Basic realm="tare registry"' ]
  [ "$(request GET /v2/ -u ann:wrong)" = 401 ]
  [ "$(request GET /v2/ -u ann:secret)" = 200 ]
}

@test "TLS serves the same" {
  command -v openssl >/dev/null || skip "openssl is not installed"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
  head -c 5000000 /dev/urandom >blob
  start_registry "$ROOT" --tls-cert cert.pem --tls-key key.pem
  [[ "$REGISTRY_URL" == https://* ]]
  [ "$(request POST "/v2/a/blobs/uploads/?digest=$(digest_of blob)" --cacert cert.pem --data-binary @blob)" = 201 ]
  [ "$(request GET "/v2/a/blobs/$(digest_of blob)" --cacert cert.pem -r 100-4000000)" = 206 ]
  tail -c +101 blob | head -c 3999901 | cmp - body
}

@test "a signal ends it in order, and the pid file goes" {
  start_registry "$ROOT" --pid-file pid
  [ "$(cat pid)" = "$REGISTRY_PID" ]
  stop_registry TERM
  [ ! -e pid ]
}

@test "garbage collection keeps what manifests name" {
  make_layout
  echo lost >lost
  start_registry "$ROOT"
  for file in layer.tar.gz config.json lost; do [ "$(push_blob a $file)" = 201 ]; done
  [ "$(request PUT /v2/a/manifests/1 --data-binary @manifest.json -H 'Content-Type: application/vnd.oci.image.manifest.v1+json')" = 201 ]
  find "$ROOT/blobs" -type f -exec touch -d '2 days ago' {} +
  "$(tare_bin)/tare-registry" garbage-collect --root "$ROOT" | grep -q '^removed 1 blobs'
  [ "$(request GET "/v2/a/blobs/$(digest_of lost)")" = 404 ]
  for file in layer.tar.gz config.json; do [ "$(request GET "/v2/a/blobs/$(digest_of $file)")" = 200 ]; done
}

@test "wrong options name what is wrong" {
  for options in "--listen nonsense" "--tls-cert x" "--htpasswd /nonexistent" "--listen 127.0.0.1:99999"; do
    run "$(tare_bin)/tare-registry" serve --root "$ROOT" $options
    [ "$status" = 125 ]
    [[ "$output" == tare-registry:* ]]
  done
}
