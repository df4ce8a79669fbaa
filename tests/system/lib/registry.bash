# A tare-registry of a test's own, on a free loopback port. For bats files: `load lib/registry`.

# The folder of the programs: $TARE_BIN, else the release build, else the development build.
tare_bin() {
  local top="$BATS_TEST_DIRNAME/../.."
  if [ -n "${TARE_BIN:-}" ]; then echo "$TARE_BIN"
  elif [ -x "$top/build/release/bin/tare-registry" ]; then echo "$top/build/release/bin"
  else echo "$top/build/dev/bin"; fi
}

# start_registry FOLDER [OPTION…]: sets REGISTRY (host:port), REGISTRY_URL and REGISTRY_PID.
start_registry() {
  local folder=$1 pipe="$BATS_TEST_TMPDIR/registry.out"; shift
  [ -p "$pipe" ] || mkfifo "$pipe"
  "$(tare_bin)/tare-registry" serve --listen 127.0.0.1:0 --root "$folder" "$@" \
    >"$pipe" 2>>"$BATS_TEST_TMPDIR/registry.log" 3>&- &
  REGISTRY_PID=$!
  REGISTRY_URL=
  # "listening on URL" comes when clients can connect; an end without it is an empty line here.
  read -r -t 20 _ _ REGISTRY_URL <"$pipe" || true
  REGISTRY=${REGISTRY_URL#*://}
  [ -n "$REGISTRY" ]
}

# stop_registry [SIGNAL]: its exit status.
stop_registry() {
  [ -n "${REGISTRY_PID:-}" ] || return 0
  kill "-${1:-TERM}" "$REGISTRY_PID" 2>/dev/null || true
  local status=0
  wait "$REGISTRY_PID" || status=$?
  REGISTRY_PID=
  return $status
}

digest_of() { echo "sha256:$(sha256sum "$1" | cut -d' ' -f1)"; }

# request METHOD TARGET [CURL OPTION…]: prints the status; the body is in $BATS_TEST_TMPDIR/body, the headers in …/head.
request() {
  local method=$1 target=$2; shift 2
  curl -sS --path-as-is --max-time 60 -X "$method" -o "$BATS_TEST_TMPDIR/body" -D "$BATS_TEST_TMPDIR/head" \
    -w '%{http_code}' "$@" "$REGISTRY_URL$target"
}

# reply_header NAME: of the last request.
reply_header() { sed -n "s/^$1: \(.*\)\r$/\1/Ip" "$BATS_TEST_TMPDIR/head"; }

# push_blob REPOSITORY FILE: prints the status.
push_blob() {
  request POST "/v2/$1/blobs/uploads/?digest=$(digest_of "$2")" --data-binary "@$2" \
    -H 'Content-Type: application/octet-stream'
}
