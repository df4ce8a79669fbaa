# The distribution's docker-registry on a free loopback port, as a second opinion. For bats files:
# `load lib/docker_registry`.

# start_docker_registry FOLDER [tls] [auth]: sets DOCKER_REGISTRY (127.0.0.1:port) and DOCKER_REGISTRY_PID.
# tls: with a certificate of FOLDER/ca.crt. auth: for user "gopher" with password "s3cret".
start_docker_registry() {
  local folder=$1 option
  shift
  mkdir -p "$folder/storage"
  printf 'version: 0.1\nlog: {level: info, formatter: json}\nstorage:\n  filesystem: {rootdirectory: %s}\n  delete: {enabled: true}\nhttp:\n  addr: 127.0.0.1:0\n' \
    "$folder/storage" >"$folder/config.yml"
  for option in "$@"; do "add_registry_$option" "$folder"; done
  docker-registry serve "$folder/config.yml" >"$folder/log" 2>&1 3>&- &
  DOCKER_REGISTRY_PID=$!
  DOCKER_REGISTRY=$(timeout 20 tail -n +1 -f --pid=$DOCKER_REGISTRY_PID "$folder/log" 3>&- |
    sed -n '/"listening on /{s/.*"listening on \([0-9.:]*\).*/\1/p;q}')
  [ -n "$DOCKER_REGISTRY" ]
}

stop_docker_registry() {
  [ -n "${DOCKER_REGISTRY_PID:-}" ] || return 0
  kill "$DOCKER_REGISTRY_PID" 2>/dev/null || true
  wait "$DOCKER_REGISTRY_PID" 2>/dev/null || true
  DOCKER_REGISTRY_PID=
}

# A self-signed authority and a certificate of it for this machine.
make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj '/CN=localhost' -keyout "$1/server.key" -out "$1/server.csr" 2>/dev/null
  openssl x509 -req -in "$1/server.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -days 2 \
    -extfile <(echo 'subjectAltName=DNS:localhost,IP:127.0.0.1') -out "$1/server.crt" 2>/dev/null
}

add_registry_tls() {
  make_certificate "$1"
  printf '  tls: {certificate: %s/server.crt, key: %s/server.key}\n' "$1" "$1" >>"$1/config.yml"
}

add_registry_auth() {
  htpasswd -Bbn gopher s3cret >"$1/htpasswd"
  printf 'auth:\n  htpasswd: {realm: test, path: %s/htpasswd}\n' "$1" >>"$1/config.yml"
}

# How many bytes the registry has sent for GETs of blobs, one number per request.
blob_responses() {
  sed -n 's/.*"http.request.method":"GET".*"http.request.uri":"[^"]*\/blobs\/sha256:[^"]*".*"http.response.written":\([0-9]*\).*/\1/p' \
    "$1/log"
}
