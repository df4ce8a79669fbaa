# The quickstart, whole: it checks each of its steps itself and ends at the first that fails. Packages are fetched in
# the machine's own network namespace, everything else happens in one that this test makes.

setup_file() {
  export BATS_TEST_TIMEOUT=840 # package downloads and a Go toolchain
}

setup() {
  [ "$(id -u)" = 0 ] || skip "needs root: bridges and published ports"
  command -v mmdebstrap >/dev/null || skip "mmdebstrap is not installed"
  TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
  apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | grep -q . || skip "apt has no package lists: nothing to make a base image from"
  unshare --net sleep 1200 &
  HOLDER=$!
  for _ in $(seq 50); do
    [ "$(readlink /proc/$HOLDER/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.1
  done
  INSIDE="nsenter --target $HOLDER --net"
  $INSIDE ip link set lo up
  $INSIDE ip link add host0 type veth peer name host1
  $INSIDE ip addr add 10.99.0.1/24 dev host0
  $INSIDE ip link set host0 up
  $INSIDE ip link set host1 up
}

teardown() {
  [ -z "${HOLDER:-}" ] || kill "$HOLDER" 2>/dev/null || true
}

@test "the quickstart does the main job from source to logs" {
  NO_BENCH=1 FETCH_NAMESPACE=/proc/$$/ns/net run $INSIDE "$TOP/tools/quickstart"
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"Hello, World!"* ]]
  [[ "$output" == *"All steps done."* ]]
}
