# What the replays of attacks share. For bats files: `load lib/attacks`.

# Exchanges two names of one folder for ever, as fast as it can: swap_forever FOLDER NAME NAME. Its pid is in SWAPPER.
swap_forever() {
  python3 - "$@" 3>&- <<'PYTHON' &
import ctypes, os, sys
folder, one, other = sys.argv[1:]
call = ctypes.CDLL(None, use_errno=True).renameat2
directory = os.open(folder, os.O_RDONLY)
while os.getppid() != 1:
    call(directory, one.encode(), directory, other.encode(), 2)  # RENAME_EXCHANGE
PYTHON
  SWAPPER=$!
}

stop_swapping() {
  [ -n "${SWAPPER:-}" ] || return 0
  kill "$SWAPPER" 2>/dev/null || true
  wait "$SWAPPER" 2>/dev/null || true
  SWAPPER=
}

# make_canary FOLDER: a folder of the host that no container may see or change; canary_is_unharmed tells.
make_canary() {
  CANARY=$1
  mkdir -p "$CANARY/folder"
  echo host-secret >"$CANARY/secret"
}
canary_is_unharmed() {
  [ "$(cd "$CANARY" && find . | sort | tr '\n' ' ')" = ". ./folder ./secret " ] && [ "$(cat "$CANARY/secret")" = host-secret ]
}

# Copies of the programs, for attacks on their files.
copy_programs() {
  mkdir -p "$1"
  cp "$TARE_BIN/tare" "$TARE_BIN/tare-supervisor" "$TARE_BIN/tare-init" "$TARE_BIN/tare-oci" "$1"
}

# Run in a container: waits for a process that executes a program of the host, takes hold of the file, lets the process
# end by answering what it waits for ($1, a FIFO), and then writes to the file until that works or is refused for good.
seize_program() {
  cat <<'SHELL'
own=$(readlink /proc/self/exe)
for round in $(seq 2000); do
  for process in /proc/[0-9]*; do
    program=$(readlink $process/exe) || continue
    [ "$program" = "$own" ] && continue
    exec 9<$process/exe && echo "holding $program" && break 2
  done
done
case $1 in write) echo >$2 ;; read) cat $2 >/dev/null ;; esac
for round in $(seq 200); do
  answer=$( (echo PWNED >/proc/self/fd/9) 2>&1) && echo written && exit
  case $answer in *busy*) usleep 10000 ;; *) echo "refused: $answer"; exit ;; esac
done
SHELL
}
