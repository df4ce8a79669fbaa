# Images for tests, made without a network: from busybox (busybox-static) and tar. For bats files: `load lib/images`.

# make_tar FOLDER FILE: the same bytes for the same content.
make_tar() { tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$2" .; }

# make_busybox_root FOLDER: a root file system with a shell and busybox's commands.
make_busybox_root() {
  mkdir -p "$1"/{bin,etc,tmp,root,proc,sys,dev}
  chmod 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet
  for applet in $(busybox --list); do
    [ -e "$1/bin/$applet" ] || ln -s busybox "$1/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
}

# pack_archive FOLDER NAME LAYER.TAR…: FOLDER/image.tar, a docker-archive of these layers, lowest first.
pack_archive() {
  local folder=$1 name=$2 diff_ids='' layers='' file id config
  shift 2
  rm -rf "$folder/archive" && mkdir -p "$folder/archive"
  for file in "$@"; do
    id=$(sha256sum "$file" | cut -d' ' -f1)
    diff_ids+="${diff_ids:+,}\"sha256:$id\""
    layers+="${layers:+,}\"$id/layer.tar\""
    mkdir -p "$folder/archive/$id"
    cp "$file" "$folder/archive/$id/layer.tar"
  done
  printf '{"architecture":"%s","os":"linux","created":"2026-01-01T00:00:00Z","config":{"Cmd":["/bin/sh"],"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":[%s]}}' \
    "$(dpkg --print-architecture)" "$diff_ids" >"$folder/archive/config.json"
  config=$(sha256sum "$folder/archive/config.json" | cut -d' ' -f1)
  mv "$folder/archive/config.json" "$folder/archive/$config.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$config" "$name" "$layers" \
    >"$folder/archive/manifest.json"
  tar -C "$folder/archive" --sort=name --owner=0 --group=0 --mtime=@0 -cf "$folder/image.tar" .
  rm -rf "$folder/archive"
}

# make_busybox_image FOLDER NAME: FOLDER/image.tar, a docker-archive that `tare load` and skopeo take.
make_busybox_image() {
  mkdir -p "$1"
  make_busybox_root "$1/root"
  make_tar "$1/root" "$1/base.tar"
  pack_archive "$1" "$2" "$1/base.tar"
  rm -rf "$1/root"
}

# make_layered_image FOLDER NAME COUNT MEGABYTES: busybox below COUNT layers of that many random megabytes each.
make_layered_image() {
  local folder=$1 name=$2 count=$3 megabytes=$4 number files=()
  make_busybox_image "$folder" "$name"
  for ((number = 1; number <= count; number++)); do
    mkdir -p "$folder/layer/data"
    head -c "${megabytes}M" /dev/urandom >"$folder/layer/data/$number"
    make_tar "$folder/layer" "$folder/layer$number.tar"
    files+=("$folder/layer$number.tar")
    rm -rf "$folder/layer"
  done
  pack_archive "$folder" "$name" "$folder/base.tar" "${files[@]}"
  rm -f "${files[@]}"
}
