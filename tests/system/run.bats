#!/usr/bin/env bats
# `tare run` and the verbs of a container's life, as a user types them.

bats_require_minimum_version 1.5.0
load lib/images
load lib/tare

setup_file() { make_world; }
teardown_file() { end_world; }
teardown() { remove_containers; }

@test "the exit code is the command's" {
  run tare run --rm box true
  [ "$status" -eq 0 ]
  run tare run --rm box sh -c 'exit 42'
  [ "$status" -eq 42 ]
  tare run -d --name killed box sleep 1000 >/dev/null
  tare kill killed
  [ "$(tare wait killed)" = 137 ]
}

@test "who is root in a user namespace that somebody else made runs containers too" {
  unshare --map-root-user --mount true 2>/dev/null || skip "no user namespaces here"
  [ "$(on_host unshare --map-root-user --mount "$TARE_BIN/tare" run --rm --network none box echo there)" = there ]
}

@test "standard output and standard error stay apart" {
  tare run --rm box sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = out ]
  [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
}

@test "standard input reaches the container with -i only" {
  [ "$(echo hello | tare run --rm -i box cat)" = hello ]
  [ "$(echo hello | tare run --rm box cat)" = "" ]
}

@test "-a chooses the streams that are attached" {
  tare run --rm -a stderr box sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = "" ]
  [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
  run tare run --name half -a STDOUT box sh -c 'echo out; echo err >&2; exit 3'
  [ "$status" -eq 3 ]
  [ "$output" = out ]
  [ "$(tare logs half 2>&1 | sort | tr '\n' ' ')" = "err out " ]  # the log has both
  [ "$(field half .Config.AttachStdout) $(field half .Config.AttachStderr)" = "true false" ]
}

@test "-a stdin feeds the container, prints its id and does not wait for it" {
  local id
  id=$(echo word | tare run -i --name fed -a stdin box sh -c 'cat; sleep 1000')
  [ "$id" = "$(field fed .Id)" ]
  [ "$(field fed .State.Running)" = true ]
  has_word() { [ "$(tare logs fed)" = word ]; }
  wait_until has_word
  run tare create --name made -a stdin -i box cat
  [ "$(field made .Config.AttachStdin) $(field made .Config.AttachStdout)" = "true false" ]
}

@test "-a with -d, and streams that do not exist, are refused" {
  run tare run -d -a stdout box true
  [ "$status" -eq 125 ]
  [[ $output == *"cannot specify both --attach and --detach"* ]]
  run tare run -a nothing box true
  [ "$status" -eq 125 ]
  [[ $output == *"STDIN, STDOUT and STDERR"* ]]
}

@test "-v with z is taken where SELinux is off and refused where it is on" {
  [ ! -e /sys/fs/selinux/enforce ] || skip "SELinux is on"
  echo content >"$BATS_TEST_TMPDIR/file"
  [ "$(tare run --rm -v "$BATS_TEST_TMPDIR:/x:Z" box cat /x/file)" = content ]
  # A kernel with SELinux shows it by this file.
  mkdir -p "$BATS_TEST_TMPDIR/fs/selinux" && touch "$BATS_TEST_TMPDIR/fs/selinux/enforce"
  run unshare --mount sh -c 'mount --bind "$1" /sys/fs && shift && "$@"' - "$BATS_TEST_TMPDIR/fs" \
    nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" run --rm -v "$BATS_TEST_TMPDIR:/x:z" box true
  echo "$output"
  [ "$status" -eq 125 ]
  [[ $output == *SELinux* ]]
}

@test "a megabyte goes through standard input and output unchanged" {
  head -c 1000000 /dev/urandom >"$BATS_TEST_TMPDIR/data"
  tare run --rm -i box cat <"$BATS_TEST_TMPDIR/data" >"$BATS_TEST_TMPDIR/back"
  cmp "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/back"
}

@test "environment variables come from the command line, a file, and the caller" {
  printf '# a comment\nFROM_FILE=file\nBOTH=file\n' >"$BATS_TEST_TMPDIR/env"
  export FROM_CALLER=caller
  run tare run --rm --env-file "$BATS_TEST_TMPDIR/env" -e BOTH=line -e FROM_CALLER -e NOT_SET_ANYWHERE box env
  [ "$status" -eq 0 ]
  grep -qx FROM_FILE=file <<<"$output"
  grep -qx BOTH=line <<<"$output"
  grep -qx FROM_CALLER=caller <<<"$output"
  ! grep -q NOT_SET_ANYWHERE <<<"$output"
}

@test "the user is a name, an id, or an id with a group" {
  [ "$(tare run --rm box id -u)" = 0 ]
  [ "$(tare run --rm -u 1234:5678 box sh -c 'id -u; id -g' | tr '\n' ' ')" = "1234 5678 " ]
  [ "$(tare run --rm -u root box id -u)" = 0 ]
  run tare run --rm -u nobody-such box true
  [ "$status" -eq 125 ]
  [[ $output == *nobody-such* ]]
}

@test "the working directory is made when the image has none" {
  [ "$(tare run --rm -w /a/b box pwd)" = /a/b ]
  [ "$(tare run --rm -w /tmp box sh -c 'pwd; stat -c %a .' | tr '\n' ' ')" = "/tmp 1777 " ]
}

@test "the host name is the container's id unless one is given" {
  [ "$(tare run --rm -h lighthouse box hostname)" = lighthouse ]
  tare run --name named box hostname >"$BATS_TEST_TMPDIR/hostname"
  [ "$(field named .Id | cut -c 1-12)" = "$(cat "$BATS_TEST_TMPDIR/hostname")" ]
}

@test "an entrypoint of the user's replaces the image's command too" {
  [ "$(tare run --rm --entrypoint echo box one two)" = "one two" ]
  [ "$(tare run --rm --entrypoint hostname -h alone box)" = alone ]
}

@test "a bind mount shows the host's directory, and read-only when asked" {
  mkdir "$BATS_TEST_TMPDIR/bound"
  echo content >"$BATS_TEST_TMPDIR/bound/file"
  [ "$(tare run --rm -v "$BATS_TEST_TMPDIR/bound:/mnt" box cat /mnt/file)" = content ]
  tare run --rm -v "$BATS_TEST_TMPDIR/bound:/mnt" box touch /mnt/made
  [ -e "$BATS_TEST_TMPDIR/bound/made" ]
  run tare run --rm -v "$BATS_TEST_TMPDIR/bound:/mnt:ro" box touch /mnt/refused
  [ "$status" -eq 1 ]
  [[ $output == *"Read-only file system"* ]]
}

@test "a bind mount of --mount needs a source that exists, one of -v makes it" {
  run tare run --rm --mount "type=bind,source=$BATS_TEST_TMPDIR/absent,target=/mnt" box true
  [ "$status" -eq 125 ]
  [[ $output == *"$BATS_TEST_TMPDIR/absent"* ]]
  tare run --rm -v "$BATS_TEST_TMPDIR/absent:/mnt" box true
  [ -d "$BATS_TEST_TMPDIR/absent" ]
}

@test "a named volume keeps its content from container to container" {
  tare run --rm -v keep:/data box sh -c 'echo kept >/data/file'
  [ "$(tare run --rm -v keep:/other box cat /other/file)" = kept ]
  tare volume rm keep
}

@test "a new volume begins with the image's content" {
  tare run --rm -v copied:/etc box cat /etc/passwd | grep -q '^root:'
  tare volume rm copied
}

@test "an anonymous volume goes with rm -v and with --rm, and a named one stays" {
  tare run --name holder -v /data -v named:/named box true
  [ "$(tare volume ls -q | wc -l)" -eq 2 ]
  tare rm -v holder
  [ "$(tare volume ls -q)" = named ]
  tare run --rm -v /data box true
  [ "$(tare volume ls -q)" = named ]
  tare volume rm named
}

@test "a volume in use is not removed" {
  tare create --name user -v used:/data box true
  run tare volume rm used
  [ "$status" -ne 0 ]
  [[ $output == *used* ]]
  tare rm user
  tare volume rm used
}

@test "--read-only refuses writes but for mounts" {
  run tare run --rm --read-only box touch /file
  [ "$status" -eq 1 ]
  [[ $output == *"Read-only file system"* ]]
  tare run --rm --read-only --tmpfs /tmp box touch /tmp/file
}

@test "--tmpfs has the size that it was given" {
  run tare run --rm --tmpfs /scratch:size=1m box sh -c 'df -k /scratch | tail -n 1; head -c 2m /dev/zero >/scratch/file'
  [ "$status" -ne 0 ]
  [[ ${lines[0]} == *" 1024 "* ]]
}

@test "--rm frees the name, files and cgroup before the command returns" {
  local id
  tare run --rm --name again --cidfile "$BATS_TEST_TMPDIR/cid" box true
  id=$(cat "$BATS_TEST_TMPDIR/cid")
  tare run --rm --name again box true
  [ ! -e "$TARE_ROOT/containers/$id" ]
  wait_until test -z "$(cgroups_of "$id")"
  run tare inspect again
  [ "$status" -eq 1 ]
}

@test "-d prints the id and leaves the container running" {
  local id
  id=$(tare run -d --name quiet box sleep 1000)
  [[ $id =~ ^[0-9a-f]{64}$ ]]
  [ "$(field quiet .Id)" = "$id" ]
  status_is quiet running
  tare kill quiet
}

@test "a name that is in use is refused, and the container that has it is named" {
  local id
  id=$(tare create --name taken box true)
  run tare run --name taken box true
  [ "$status" -eq 125 ]
  [[ $output == *'"/taken" is already in use by container'*"${id:0:12}"* ]]
}

@test "of two runs with the same name at once exactly one wins" {
  local first second
  for _ in 1 2 3; do
    tare run -d --name race box sleep 1000 >"$BATS_TEST_TMPDIR/1" 2>&1 &
    first=$!
    tare run -d --name race box sleep 1000 >"$BATS_TEST_TMPDIR/2" 2>&1 &
    second=$!
    local wins=0
    wait $first && wins=$((wins + 1))
    wait $second && wins=$((wins + 1))
    cat "$BATS_TEST_TMPDIR/1" "$BATS_TEST_TMPDIR/2"
    [ $wins -eq 1 ]
    [ "$(tare ps -aq | wc -l)" -eq 1 ]
    tare rm -f race
  done
}

@test "create does not start, start does, and start -a attaches" {
  tare create --name later box sh -c 'echo hello; exit 3'
  status_is later created
  run tare start -a later
  [ "$status" -eq 3 ]
  [ "$output" = hello ]
  status_is later exited
  run tare start later
  [ "$output" = later ]
  [ "$(tare wait later)" = 3 ]
}

@test "attach shows the output from then on and ends with the exit code" {
  tare run -d -i --name talker box sh -c 'read line; echo "got $line"; exit 5' >/dev/null
  run bash -c 'echo word | "$@"' - nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" attach talker
  [ "$status" -eq 5 ]
  [ "$output" = "got word" ]
}

@test "wait prints the exit code of one that runs and of one that has ended" {
  tare run -d --name waited box sh -c 'sleep 0.3; exit 7' >/dev/null
  [ "$(tare wait waited)" = 7 ]
  [ "$(tare wait waited)" = 7 ]
}

@test "rename changes the name and frees the old one" {
  tare create --name old box true
  tare rename old new
  [ "$(tare ps -a --format '{{.Names}}')" = new ]
  tare create --name old box true
  run tare rename old new
  [ "$status" -eq 1 ]
  [[ $output == *'"/new" is already in use'* ]]
}

@test "on-failure restarts as often as it says" {
  tare run -d --name failing --restart on-failure:2 box sh -c 'echo try; exit 9' >/dev/null
  [ "$(tare wait failing)" = 9 ]
  [ "$(field failing .RestartCount)" = 2 ]
  [ "$(tare logs failing | wc -l)" -eq 3 ]
}

@test "restart policy always ends with stop" {
  tare run -d --name eternal --restart always box sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null
  tare stop eternal
  status_is eternal exited
}

@test "restart stops and starts" {
  local before
  tare run -d --name again box sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done' >/dev/null
  before=$(field again .State.Pid)
  tare restart -t 1 again
  status_is again running
  [ "$(field again .State.Pid)" != "$before" ]
}

@test "pause freezes, unpause thaws" {
  tare run -d --name frozen box sh -c 'while :; do date +%s%N >/now; sleep 0.02; done' >/dev/null
  wait_until tare exec frozen test -s /now
  tare pause frozen
  status_is frozen paused
  run tare exec frozen true
  [ "$status" -ne 0 ]
  [[ $output == *paused* ]]
  local upper before
  upper="$TARE_ROOT/containers/$(field frozen .Id)/upper/now"
  before=$(cat "$upper")
  sleep 0.2
  [ "$(cat "$upper")" = "$before" ]
  tare unpause frozen
  changed() { [ -s "$upper" ] && [ "$(cat "$upper")" != "$before" ]; }
  wait_until changed
}

@test "kill sends the signal that it is asked to" {
  tare run -d --name listener box sh -c 'trap "echo usr1" USR1; trap "exit 4" HUP; echo ready; while :; do sleep 0.05; done' >/dev/null
  ready() { tare logs listener | grep -q ready; }
  wait_until ready
  tare kill -s USR1 listener
  heard() { tare logs listener | grep -q usr1; }
  wait_until heard
  tare kill -s SIGHUP listener
  [ "$(tare wait listener)" = 4 ]
  run tare kill listener
  [ "$status" -eq 1 ]
  [[ $output == *"not running"* ]]
}

@test "stop lets the container end by itself" {
  tare run -d --name polite box sh -c 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
  ready() { tare logs polite | grep -q ready; }
  wait_until ready
  tare stop polite
  [ "$(field polite .State.ExitCode)" = 6 ]
}

@test "stop kills what does not listen" {
  tare run -d --name stubborn box sh -c 'trap "" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
  ready() { tare logs stubborn | grep -q ready; }
  wait_until ready
  tare stop -t 1 stubborn
  [ "$(field stubborn .State.ExitCode)" = 137 ]
  [ "$(field stubborn .State.OOMKilled)" = false ]
}

@test "stop uses the stop signal of the container" {
  tare run -d --name special --stop-signal USR2 box sh -c 'trap "exit 12" USR2; echo ready; while :; do sleep 0.05; done' >/dev/null
  ready() { tare logs special | grep -q ready; }
  wait_until ready
  tare stop special
  [ "$(field special .State.ExitCode)" = 12 ]
}

@test "--init ends as the command ends, and passes signals on" {
  run -42 tare run --rm --init box sh -c 'exit 42'
  run -139 tare run --rm --init box sh -c 'kill -SEGV $$'
  run -127 tare run --rm --init box no-such-command
  [[ $output == *"exec no-such-command: No such file"* ]]
  tare run -d --name tended --init box sh -c 'trap "exit 6" TERM; echo ready; while :; do sleep 0.05; done' >/dev/null
  [ "$(field tended .HostConfig.Init) $(field tended .Path)" = "true sh" ]
  ready() { tare logs tended | grep -q ready; }
  wait_until ready
  tare stop tended
  [ "$(field tended .State.ExitCode)" = 6 ]
  # Signals that a first process would not see, had it no handler for them.
  local signal
  for signal in TERM:143 RTMIN+3:165 KILL:137; do
    tare run -d --name deaf --init box sleep 1000 >/dev/null
    wait_until tare exec deaf pidof sleep
    tare kill -s "${signal%:*}" deaf
    [ "$(tare wait deaf)" = "${signal#*:}" ]
    tare rm deaf
  done
}

press_interrupt() {
  wait_until tare exec keyed test -e /ready >/dev/null 2>&1
  printf '\003'
}

@test "--init reaps what is orphaned, and gives the terminal to the command" {
  run timeout 20 nsenter --net="/proc/$HOST_PID/ns/net" "$TARE_BIN/tare" run --rm --init box sh -c '
    (true & echo $! >/tmp/orphan)
    while [ -e "/proc/$(cat /tmp/orphan)" ]; do :; done; cat /proc/1/comm'
  [ "$status" -eq 0 ]
  [ "$output" = docker-init ]
  require_command script
  run script -q -e -c "nsenter --net=/proc/$HOST_PID/ns/net $TARE_BIN/tare run --rm --init -it --name keyed box \
    sh -c 'trap \"exit 9\" INT; touch /ready; read line'" /dev/null < <(press_interrupt)
  echo "$output"
  [ "$status" -eq 9 ]
  run tare run --rm --init --pid host box true
  [ "$status" -eq 125 ]
  [[ $output == *"--init conflicts with --pid host"* ]]
}

@test "exec runs in the container, with its own user, variables, directory and exit code" {
  tare run -d --name host --hostname inside -e FROM_RUN=yes box sleep 1000 >/dev/null
  [ "$(tare exec host hostname)" = inside ]
  [ "$(tare exec -u 1000:1000 host id -u)" = 1000 ]
  [ "$(tare exec -e MORE=x host sh -c 'echo $FROM_RUN $MORE')" = "yes x" ]
  [ "$(tare exec -w /tmp host pwd)" = /tmp ]
  [ "$(echo input | tare exec -i host cat)" = input ]
  run tare exec host sh -c 'exit 33'
  [ "$status" -eq 33 ]
  run -127 tare exec host no-such-command
  [[ $output == *no-such-command* ]]
}

@test "exec -d returns at once, and the process goes on" {
  tare run -d --name host box sleep 1000 >/dev/null
  tare exec -d host sh -c 'echo done >/tmp/mark'
  wait_until tare exec host test -s /tmp/mark
}

@test "exec in a container that does not run says so" {
  tare create --name idle box true
  run tare exec idle true
  [ "$status" -eq 1 ]
  [[ $output == *"not running"* ]]
}

@test "the processes of a killed container are all gone" {
  tare run -d --name crowd box sh -c 'sleep 1001 & sleep 1002 & sleep 1003' >/dev/null
  local pids
  pids=$(pgrep -P "$(field crowd .State.Pid)" || true)
  tare rm -f crowd
  local pid
  for pid in $pids; do [ ! -e "/proc/$pid" ]; done
}

@test "a container with a terminal has one, and its exit code comes back" {
  require_command script
  run script -q -e -c "nsenter --net=/proc/$HOST_PID/ns/net $TARE_BIN/tare run --rm -it box sh -c 'tty; exit 8'" /dev/null </dev/null
  [ "$status" -eq 8 ]
  [[ $output == */dev/* ]]
  run tare run --rm -it box true </dev/null
  [ "$status" -eq 125 ]
  [[ $output == *TTY* ]]
}

@test "exec -t gives a terminal" {
  require_command script
  tare run -d --name host box sleep 1000 >/dev/null
  run script -q -e -c "nsenter --net=/proc/$HOST_PID/ns/net $TARE_BIN/tare exec -it host sh -c 'tty; exit 9'" /dev/null </dev/null
  [ "$status" -eq 9 ]
  [[ $output == */dev/* ]]
}

@test "rm refuses a running container unless it is forced" {
  tare run -d --name busy box sleep 1000 >/dev/null
  run tare rm busy
  [ "$status" -eq 1 ]
  [[ $output == *-f* ]]
  tare rm -f busy
  run tare rm busy
  [ "$status" -eq 1 ]
  [[ $output == *"No such container: busy"* ]]
}

@test "a reader of our output that leaves ends us, not the container" {
  run bash -c 'timeout 20 nsenter --net=/proc/$HOST_PID/ns/net "$TARE_BIN/tare" run --name talker box yes | head -n 1'
  [ "$status" -eq 0 ]
  [ "$output" = y ]
  status_is talker running
}

@test "containers are found by a prefix of the id" {
  local id
  id=$(tare create box true)
  [ "$(field "${id:0:12}" .Id)" = "$id" ]
}

@test "after a supervisor was killed the container is not running, and can start again" {
  local pid
  tare run -d --name orphan box sleep 1000 >/dev/null
  pid=$(field orphan .State.Pid)
  kill -KILL "$(ps -o ppid= -p "$pid" | tr -d ' ')"
  gone() { [ ! -e "/proc/$pid" ]; }
  wait_until gone
  tare ps -a >/dev/null
  status_is orphan exited
  tare start orphan
  status_is orphan running
}

@test "nothing is left behind" {
  tare run -d --name last -p 8080:80 box sleep 1000 >/dev/null
  run ! no_process_left  # else the search below finds nothing whatever is left
  nothing_is_left
}
