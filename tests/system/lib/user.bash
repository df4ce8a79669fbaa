# The programs of tare in the hands of an ordinary user, who is made for the file. For bats files, after lib/images and
# lib/tare:
#
#   setup_file() { make_users_world; }     teardown_file() { end_users_world; }
#   teardown() { remove_users_containers; }

# A world of lib/tare in which the user has a home, programs that he may execute, and the image box.
make_users_world() {
  require_root
  require_command useradd
  require_command setpriv
  make_world
  USER_NAME=tare-test-$$
  useradd --no-create-home --home-dir "$WORLD/home" --shell /bin/sh "$USER_NAME"
  export USER_NAME
  mkdir -p "$WORLD"/home/{data,run} "$WORLD/programs"
  # The programs where any user may execute them, whatever the mode of the folders above the checkout.
  cp "$TARE_BIN"/tare "$TARE_BIN"/tare-* "$WORLD/programs/"
  chmod 755 "$WORLD/programs" "$WORLD/image"
  chown -R "$USER_NAME" "$WORLD/home"
  user load -q -i "$WORLD/image/image.tar" >/dev/null
}

as_user() {
  (cd "$WORLD/home" && exec nsenter --net="/proc/$HOST_PID/ns/net" setpriv --reuid="$USER_NAME" --regid="$USER_NAME" \
    --clear-groups --inh-caps=-all env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME="$WORLD/home" \
    TARE_ROOT="$WORLD/home/data" TARE_RUN_ROOT="$WORLD/home/run" "$@" 3>&-)
}
user() { as_user "$WORLD/programs/tare" "$@"; }

remove_users_containers() {
  local ids
  [ -n "${USER_NAME:-}" ] || return 0
  ids=$(user ps -aq)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || user rm -f -v $ids >/dev/null
}

# Files of subordinate ids are the user's only inside a user namespace; root removes them.
end_users_world() {
  [ -n "${WORLD:-}" ] || return 0
  remove_users_containers || true
  end_world
  [ -z "${USER_NAME:-}" ] || userdel "$USER_NAME"
}
