#!/usr/bin/env bats
# tare-build: Dockerfiles become images. Bases are made from busybox; nothing is fetched.

load lib/registry
load lib/images

setup_file() {
  export IMAGES=$BATS_FILE_TMPDIR/images
  make_busybox_image "$IMAGES" base:1
}

setup() {
  command -v busybox >/dev/null || skip "busybox (busybox-static) is not installed"
  command -v jq >/dev/null || skip "jq is not installed"
  BUILD=$(tare_bin)/tare-build
  IMAGE=$(tare_bin)/tare-image
  export TARE_ROOT=$BATS_TEST_TMPDIR/data TARE_RUN_ROOT=$BATS_TEST_TMPDIR/run
  unset SOURCE_DATE_EPOCH
  "$IMAGE" load -q -i "$IMAGES/image.tar" >/dev/null
  mkdir "$BATS_TEST_TMPDIR/context"
  cd "$BATS_TEST_TMPDIR/context"
}

# The Dockerfile of the current context, from standard input.
dockerfile() { cat >Dockerfile; }

build() { "$BUILD" --network none "$@"; }

# The files of an image, unpacked: sets ROOT.
unpack() {
  rm -rf "$BATS_TEST_TMPDIR/unpacked"
  "$IMAGE" unpack "$1" "$BATS_TEST_TMPDIR/unpacked"
  ROOT=$BATS_TEST_TMPDIR/unpacked/rootfs
}

# The configuration of the image whose id `build -q` printed.
config() { cat "$TARE_ROOT/store/blobs/sha256/${1#sha256:}"; }

@test "builds several stages, runs steps and copies between them" {
  dockerfile <<'END'
FROM base:1 AS build
WORKDIR /src
COPY main.txt .
RUN tr a-z A-Z <main.txt >out.txt && chmod 640 out.txt
FROM scratch
COPY --from=build /src/out.txt /result
CMD ["/result"]
END
  echo hello >main.txt
  run build -t shop/hello:1 .
  echo "$output"
  [ "$status" -eq 0 ]
  [[ "$output" == *"[build 4/4] RUN tr a-z A-Z"* ]]
  [[ "$output" == *"naming to docker.io/shop/hello:1 done"* ]]
  unpack shop/hello:1
  [ "$(cat "$ROOT/result")" = HELLO ]
  [ "$(stat -c %a "$ROOT/result")" = 640 ]
  [ "$(find "$ROOT" -mindepth 1 | wc -l)" -eq 1 ]
}

@test "a second build takes everything from the cache and gives the same image" {
  dockerfile <<'END'
FROM base:1
COPY a.txt /a.txt
RUN cat /a.txt /a.txt >/b.txt
END
  echo one >a.txt
  first=$(build -q .)
  run build .
  [ "$(grep -c CACHED <<<"$output")" -eq 3 ]
  [ "$(build -q .)" = "$first" ]
  echo two >a.txt
  run build .
  [ "$(grep -c CACHED <<<"$output")" -eq 1 ]
  [ "$(build -q .)" != "$first" ]
  echo one >a.txt
  [ "$(build -q .)" = "$first" ]
}

@test "touching files without changing them keeps the cache; --no-cache does not use it" {
  printf 'FROM base:1\nCOPY . /x/\n' | dockerfile
  echo one >a.txt
  build -q . >/dev/null
  touch -d 2001-01-01 a.txt
  run build .
  [[ "$output" == *CACHED* ]] && [ "$(grep -c CACHED <<<"$output")" -eq 2 ]
  run build --no-cache .
  [ "$(grep -c CACHED <<<"$output")" -eq 1 ]
}

@test "the same context gives the same digest in another store, whenever it is built" {
  printf 'FROM base:1\nWORKDIR /made/here\nCOPY . deep/er/\n' | dockerfile
  mkdir sub && echo x >sub/f && touch -d 2020-02-02 sub/f sub Dockerfile
  first=$(build -q .)
  sleep 1.1
  export TARE_ROOT=$BATS_TEST_TMPDIR/other
  "$IMAGE" load -q -i "$IMAGES/image.tar" >/dev/null
  [ "$(build -q .)" = "$first" ]
}

@test "SOURCE_DATE_EPOCH makes RUN layers reproducible too" {
  printf 'FROM base:1\nRUN mkdir /d && date >/dev/null && echo x >/d/f\n' | dockerfile
  export SOURCE_DATE_EPOCH=1000000000
  first=$(build -q .)
  sleep 1.1
  [ "$(build -q --no-cache .)" = "$first" ]
  [ "$(config "$first" | jq -r .created)" = 2001-09-09T01:46:40Z ]
}

@test "COPY places files and folders as Docker does" {
  mkdir -p d/e many
  echo f >d/e/f; echo g >d/g; echo 1 >many/1.txt; echo 2 >many/2.txt; echo 3 >many/3.md
  ln -s g d/link
  chmod 751 d/g
  dockerfile <<'END'
FROM base:1
COPY d /new
COPY d/ /tmp/
COPY d/g /renamed
COPY d/g /folder/
COPY many/*.txt /texts/
COPY ["d/g", "/json form/"]
WORKDIR /w
COPY d/g here
COPY --chmod=600 --chown=12:34 d/g /owned/x
COPY <<one <<"two" /docs/
value $PATH
one
value $PATH
two
END
  id=$(build -q -t copied .)
  unpack copied
  [ "$(cat "$ROOT/new/e/f" "$ROOT/tmp/e/f" "$ROOT/renamed" "$ROOT/folder/g" "$ROOT/w/here")" = $'f\nf\ng\ng\ng' ]
  [ "$(readlink "$ROOT/new/link")" = g ]
  [ "$(stat -c %a:%u:%g "$ROOT/renamed")" = 751:0:0 ]
  [ "$(stat -c %a:%u:%g "$ROOT/owned/x")" = 600:12:34 ]
  [ "$(stat -c %u:%g "$ROOT/owned")" = 12:34 ]
  [ "$(ls "$ROOT/texts")" = $'1.txt\n2.txt' ]
  [ -f "$ROOT/json form/g" ]
  [ "$(cat "$ROOT/docs/one")" = "value /bin" ]
  [ "$(cat "$ROOT/docs/two")" = 'value $PATH' ]
  [ "$(stat -c %a "$ROOT/tmp")" = 1777 ]
}

@test ".dockerignore hides files, and ! takes them back" {
  mkdir -p logs src
  touch logs/a.log src/b.go src/b.o secret
  printf 'logs\n**/*.o\nsecret\nDockerfile\n.dockerignore\n' >.dockerignore
  printf 'FROM scratch\nCOPY . /\n' | dockerfile
  build -q -t ignored .
  unpack ignored
  [ "$(cd "$ROOT" && find . -mindepth 1 | sort)" = $'./src\n./src/b.go' ]
  printf 'FROM scratch\nCOPY secret /\n' | dockerfile
  run build .
  [ "$status" -eq 1 ]
  [[ "$output" == *'Dockerfile:2: "secret": not found in the build context'* ]]
  [[ "$output" == *".dockerignore"* ]]
}

@test "COPY cannot leave the context" {
  echo outside >../outside
  ln -s ../outside escape
  ln -s /etc/passwd passwd
  for name in ../outside escape passwd; do
    printf 'FROM scratch\nCOPY %s /x\n' "$name" | dockerfile
    run build .
    [ "$status" -eq 1 ]
    [[ "$output" == *"not found"* ]]
  done
}

@test "ADD unpacks archives and keeps what they try to do inside the destination" {
  mkdir -p tree/sub && echo in >tree/sub/f
  tar -C tree -czf ok.tar.gz .
  ln -s /tmp evil && mkdir tmp
  tar -cf evil.tar tmp evil
  rm evil && mkdir evil && echo bad >evil/f
  tar -rf evil.tar evil/f
  printf 'FROM base:1\nADD ok.tar.gz /a/\nADD evil.tar /b/\nCOPY ok.tar.gz /c/\n' | dockerfile
  build -q -t added .
  unpack added
  [ "$(cat "$ROOT/a/sub/f")" = in ]
  [ ! -e "$ROOT/tmp/f" ]
  [ "$(cat "$ROOT/b/tmp/f")" = bad ]
  [ -f "$ROOT/c/ok.tar.gz" ]
  echo x | bzip2 >x.tar.bz2 || skip "bzip2 is not installed"
  printf 'FROM scratch\nADD x.tar.bz2 /\n' | dockerfile
  run build .
  [ "$status" -eq 1 ]
  [[ "$output" == *"bzip2 or xz are not supported"* ]]
}

@test "the configuration is what the instructions say" {
  dockerfile <<'END'
ARG GREETING=hello
FROM base:1
ARG GREETING
ARG WHO=world
ENV TEXT="$GREETING $WHO"
LABEL a=1
EXPOSE 8080
USER 5:6
WORKDIR /srv
VOLUME /data
STOPSIGNAL SIGINT
HEALTHCHECK --interval=3s CMD true
ENTRYPOINT ["/bin/echo"]
CMD ["$TEXT"]
END
  id=$(build -q --build-arg WHO=you --label b=2 .)
  config "$id" | jq -e '.config | .Env[1] == "TEXT=hello you" and .Labels == {"a":"1","b":"2"} and .User == "5:6"
    and .WorkingDir == "/srv" and .ExposedPorts == {"8080/tcp":{}} and .Volumes == {"/data":{}}
    and .StopSignal == "SIGINT" and .Healthcheck.Interval == 3000000000 and .Entrypoint == ["/bin/echo"]
    and .Cmd == ["$TEXT"]'
  config "$id" | jq -e '.history | length >= 12'
}

@test "RUN leaves nothing of its mounts in the layer" {
  printf 'FROM base:1\nRUN echo x >/x && ls -l /etc/resolv.conf /proc/self >/dev/null\n' | dockerfile
  id=$(build -q .)
  layer=$(config "$id" | jq -r '.rootfs.diff_ids[-1]')
  for blob in "$TARE_ROOT"/store/blobs/sha256/*; do
    [ "sha256:$(gzip -dc "$blob" 2>/dev/null | sha256sum | cut -d' ' -f1)" = "$layer" ] || continue
    [ "$(gzip -dc "$blob" | tar -tf - | grep -v '^\./$')" = x ] && return
  done
  false
}

@test "RUN --mount: cache survives, secrets and tmpfs and binds do not reach the image" {
  echo context >shown; echo s3cret >../key
  dockerfile <<'END'
FROM base:1
ARG N=0
RUN --mount=type=cache,target=/cache --mount=type=tmpfs,target=/scratch --mount=type=bind,source=shown,target=/shown \
    --mount=type=secret,id=key \
    echo $N >>/cache/runs && cat /cache/runs /shown /run/secrets/key >/out && echo x >/scratch/x
END
  build -q --secret id=key,src=../key --build-arg N=1 . >/dev/null
  id=$(build -q --secret id=key,src=../key --build-arg N=2 -t mounts .)
  unpack mounts
  [ "$(cat "$ROOT/out")" = $'1\n2\ncontext\ns3cret' ]
  [ -z "$(ls -A "$ROOT/cache" "$ROOT/scratch" 2>/dev/null | grep -v :)" ]
  [ ! -s "$ROOT/run/secrets/key" ]
}

@test "RUN as a user of the image, in heredocs and with its own interpreter" {
  dockerfile <<'END'
FROM base:1
RUN echo app:x:1000:1000::/home/app:/bin/sh >>/etc/passwd && mkdir -m 777 /out
USER app
RUN <<EOF
id -u >/out/id
echo $HOME >>/out/id
EOF
RUN <<EOF
#!/bin/awk -f
BEGIN { print "awk" > "/out/awk" }
EOF
RUN ["/bin/cp", "/out/id", "/out/exec form"]
END
  build -q -t users .
  unpack users
  [ "$(cat "$ROOT/out/id")" = $'1000\n/home/app' ]
  [ "$(cat "$ROOT/out/awk")" = awk ]
  [ "$(stat -c %u "$ROOT/out/exec form")" = 1000 ]
}

@test "a RUN that fails shows its output, its line and its exit code" {
  printf 'FROM base:1\n\nRUN echo before; \\\n  exit 7\n' | dockerfile
  run build -t never .
  [ "$status" -eq 1 ]
  [[ "$output" == *"Dockerfile:3: process"*"did not complete successfully: exit code: 7"* ]]
  [[ "$output" == *"3 | RUN echo before"* ]]
  [[ "$output" == *"before"* ]]
  run "$IMAGE" unpack never "$BATS_TEST_TMPDIR"
  [ "$status" -ne 0 ]
}

@test "mistakes are named with their line and a suggestion" {
  printf 'FROM base:1\nCOPYY a b\n' | dockerfile
  run build .
  [ "$status" -eq 1 ]
  [[ "$output" == *"Dockerfile:2: unknown instruction: COPYY (did you mean COPY?)"* ]]
  printf 'FROM base:1\nADD https://example.org/x /\n' | dockerfile
  run build .
  [ "$status" -eq 1 ]
  [[ "$output" == *"adding from the network is not supported"* ]]
  run build --ssh default .
  [ "$status" -eq 125 ]
  [[ "$output" == *"--ssh"* ]]
  run build -f missing .
  [[ "$output" == *"missing: no such file"* ]]
}

@test "stages that nothing needs are not built, and --target stops early" {
  dockerfile <<'END'
FROM base:1 AS wanted
RUN echo wanted >/w
FROM base:1 AS broken
RUN exit 1
FROM wanted
RUN echo last >/l
END
  run build .
  [ "$status" -eq 0 ]
  [[ "$output" != *broken* ]]
  run build --target broken .
  [ "$status" -eq 1 ]
  run build --target wantd .
  [[ "$output" == *"did you mean wanted?"* ]]
}

@test "independent stages run at the same time" {
  [ "$(nproc)" -gt 1 ] || skip "one processor"
  # Each waits for the other through a shared cache directory: one after the other, neither would end.
  dockerfile <<'END'
FROM base:1 AS one
RUN --mount=type=cache,target=/meet touch /meet/1; n=0; until [ -e /meet/2 ]; do n=$((n+1)); [ $n -lt 200 ] || exit 1; sleep 0.1; done; touch /one
FROM base:1 AS two
RUN --mount=type=cache,target=/meet touch /meet/2; n=0; until [ -e /meet/1 ]; do n=$((n+1)); [ $n -lt 200 ] || exit 1; sleep 0.1; done; touch /two
FROM scratch
COPY --from=one /one /
COPY --from=two /two /
END
  run build .
  echo "$output"
  [ "$status" -eq 0 ]
}

@test "a Dockerfile on standard input, --iidfile and several tags" {
  echo x >f
  printf 'FROM scratch\nCOPY f /\n' | build -q -f - -t a:1 -t b:2 --iidfile ../id . >/dev/null
  unpack a:1 && [ -f "$ROOT/f" ]
  unpack b:2 && [ -f "$ROOT/f" ]
  [[ "$(cat ../id)" == sha256:* ]]
  printf 'FROM base:1\nLABEL x=y\n' | build -q -
}

@test "ONBUILD of a base runs in the image made from it" {
  printf 'FROM base:1\nONBUILD COPY f /from-trigger\nONBUILD ENV T=1\n' | dockerfile
  build -q -t trigger .
  echo x >f
  printf 'FROM trigger\n' | dockerfile
  id=$(build -q -t triggered .)
  unpack triggered
  [ -f "$ROOT/from-trigger" ]
  config "$id" | jq -e '.config.OnBuild == null and (.config.Env | index("T=1"))'
}

@test "kill -9 in the middle of a step leaves a store that works, and no process" {
  printf 'FROM base:1\nRUN echo started; sleep 1234567\n' | dockerfile
  "$BUILD" --network none . >log 2>&1 3>&- &
  pid=$!
  timeout 20 sh -c 'until grep -q "0.*started" log; do sleep 0.05; done'
  kill -9 $pid
  wait $pid || true
  timeout 10 sh -c 'while pgrep -f "^sleep 1234567" >/dev/null; do sleep 0.05; done'
  ! grep "$TARE_ROOT" /proc/self/mountinfo
  printf 'FROM base:1\nRUN echo fine\n' | dockerfile
  build -q .
}

@test "an interrupt stops the step and removes its directories" {
  printf 'FROM base:1\nRUN echo started; sleep 1234568\n' | dockerfile
  "$BUILD" --network none . >log 2>&1 3>&- &
  pid=$!
  timeout 20 sh -c 'until grep -q "0.*started" log; do sleep 0.05; done'
  kill -TERM $pid
  code=0
  wait $pid || code=$?
  [ "$code" -eq 130 ]
  ! pgrep -f "^sleep 1234568"
  [ -z "$(find "$TARE_ROOT/store/work" -name 'step-*')" ]
}

@test "an ordinary user builds in a user namespace" {
  command -v setpriv >/dev/null || skip "setpriv is not installed"
  [ "$(id -u)" -eq 0 ] || skip "needs root to become somebody else"
  chmod 711 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_FILE_TMPDIR" 2>/dev/null || true
  home=$(mktemp -d) && chmod 755 "$home"
  mkdir "$home/context" && echo x >"$home/context/f"
  printf 'FROM base:1\nCOPY f /f\nRUN cat /f >/g && id -u >>/g\n' >"$home/context/Dockerfile"
  cp "$IMAGES/image.tar" "$home/"
  chown -R 12345:12345 "$home"
  as_user() {
    setpriv --reuid 12345 --regid 12345 --clear-groups env -i HOME="$home" PATH="$PATH" "$@"
  }
  as_user "$IMAGE" load -q -i "$home/image.tar"
  run as_user "$BUILD" --network none -t mine "$home/context"
  echo "$output"
  [ "$status" -eq 0 ]
  run as_user "$BUILD" --network host -t mine "$home/context"
  echo "$output"
  [ "$status" -eq 0 ]
  as_user "$IMAGE" unpack mine "$home/out"
  [ "$(cat "$home/out/rootfs/g")" = $'x\n0' ]
  [ "$(stat -c %u "$home/out/rootfs/g")" -eq 12345 ]
  rm -rf "$home"
}
