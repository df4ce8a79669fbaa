"""The table `scale` of bench/run: starts, `ps`, supervisors and removal with many containers of `sleep`, and starts at
once. All of it is tare's alone: a thousand containers of a peer would take the better part of an hour."""

import glob
import os
import signal
import statistics
import subprocess
import time

import measure

EACH = 3 << 20  # bytes of memory that a container takes, rounded up: its supervisor, `sleep`, and the kernel's part
SAMPLE = 20  # starts at either end of the series
AT_ONCE = 100


def available_memory():
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))


def busy_seconds():
    """What all processors have worked since the boot, whoever for: much of a start is the kernel's own threads. Without
    idle and iowait, and without what runs at a lower priority, as builds may."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[1] - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def supervisor_sizes(folder):
    """PSS in kB of each supervisor whose container is below `folder`."""
    sizes = []
    for process in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{process}/cmdline") as file:
                words = file.read().split("\0")
            if words[0] != "tare-supervisor" or not words[1].startswith(folder + "/"):
                continue
            with open(f"{process}/smaps_rollup") as file:
                sizes += [int(line.split()[1]) for line in file if line.startswith("Pss:")]
        except OSError:
            continue  # it has ended meanwhile
    return sizes


def milliseconds(seconds):
    return f"{statistics.median(seconds) * 1e3:.1f} ms"


def verdict(holds):
    return "met" if holds else "NOT MET"


class Scale:
    def __init__(self, tare, env, image, floor, log):
        self.tare, self.image, self.floor, self.log = tare, image, floor, log
        self.env, self.folder = dict(os.environ, **env), env["TARE_ROOT"]
        self.unreaped = set()

    def spawn(self, *words):
        pid = measure.spawn(list(words), self.env, self.log)
        self.unreaped.add(pid)
        return pid

    def wait(self, pid):
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.unreaped.discard(pid)
        if status != 0:
            raise RuntimeError(f"exit status {status}: {measure.last_line(self.log.name, 0)}")

    def timed(self, *words):
        begin = time.perf_counter()
        self.wait(self.spawn(*words))
        return time.perf_counter() - begin

    def start_words(self):
        return [self.tare, "run", "-d", "--network", "none", self.image, "sleep", "100000"]

    def start(self, count):
        return [self.timed(*self.start_words()) for _ in range(count)]

    def start_and_weigh(self):
        """AT_ONCE starts one after the other, and the work of one in seconds. Others' work is in it, too: so the median
        of several series."""
        starts, work = [], []
        for _ in range(AT_ONCE // SAMPLE):
            begin = busy_seconds()
            starts += self.start(SAMPLE)
            work.append((busy_seconds() - begin) / SAMPLE)
        return starts, statistics.median(work)

    def start_at_once(self):
        begin = time.perf_counter()
        for pid in [self.spawn(*self.start_words()) for _ in range(AT_ONCE)]:
            self.wait(pid)
        return time.perf_counter() - begin

    def best_at_once(self):
        """Of three: what else runs can only make it longer."""
        times = []
        for _ in range(3):
            times.append(self.start_at_once())
            self.remove_all()
        return min(times)

    def list(self):
        return [self.timed(self.tare, "ps") for _ in range(SAMPLE)]

    def run_floor(self):
        return [self.timed(*self.floor) for _ in range(SAMPLE)]

    def remove_all(self):
        """Gives how many there were and how long it took."""
        # A session of its own: a second Ctrl-C does not stop it.
        listed = subprocess.run([self.tare, "ps", "-aq"], env=self.env, capture_output=True, text=True,
                                start_new_session=True)
        ids = listed.stdout.split()
        begin = time.perf_counter()
        if ids:
            subprocess.run([self.tare, "rm", "-f", *ids], env=self.env, stdout=self.log, stderr=self.log, check=True,
                           start_new_session=True)
        return len(ids), time.perf_counter() - begin

    def clean_up(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for pid in list(self.unreaped):
            os.waitpid(pid, 0)
        self.remove_all()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(self, count):
        free = available_memory()
        fitting = min(count, int(free * 0.8) // EACH)
        if fitting < AT_ONCE + SAMPLE:
            print(f"\n## Scale: not measured ({free >> 20} MiB of memory available, {EACH >> 20} MiB for each container)")
            return
        print(f"\n## Scale: {fitting} containers of `run -d --network none IMAGE sleep` "
              f"({free >> 20} MiB of memory available, load average {' '.join(measure.load_average())})\n")
        try:
            self.measure(fitting)
        except RuntimeError as failure:
            print(f"failed: {failure}")
        finally:
            self.clean_up()
        print(flush=True)

    def measure(self, count):
        self.start(3)  # a warm-up, of the caches
        self.remove_all()
        floor_before = self.run_floor()
        starts = self.start(1)
        list_before = self.list()
        more_starts, work = self.start_and_weigh()
        starts += more_starts
        sizes = supervisor_sizes(self.folder)
        starts += self.start(count - len(starts))
        list_after, floor_after = self.list(), self.run_floor()
        self.print_series(starts, floor_before, floor_after)
        more = statistics.median(list_after) - statistics.median(list_before)
        print(f"ps with 1, with {count}: {milliseconds(list_before)}, {milliseconds(list_after)}")
        print(f"  target: less than 20 ms more: {more * 1e3:.1f} ms, {verdict(more < 0.02)}")
        print(f"supervisors at {len(sizes)}: median {statistics.median(sizes):.0f} kB PSS, largest {max(sizes)} kB")
        print(f"  target: at most 500 kB each: {verdict(max(sizes) <= 500)}")
        removed, elapsed = self.remove_all()
        print(f"rm -f of all: {elapsed * 1e3 / removed:.1f} ms each")
        self.print_rate(self.best_at_once(), work)

    def print_series(self, starts, floor_before, floor_after):
        first, last = starts[:SAMPLE], starts[-SAMPLE:]
        ratio = statistics.median(last) / statistics.median(first)
        floor_ratio = statistics.median(floor_after) / statistics.median(floor_before)
        print(f"start, the first {SAMPLE}, the last {SAMPLE}: {milliseconds(first)}, {milliseconds(last)}")
        print(f"  the floor's run beside none, beside all: {milliseconds(floor_before)}, {milliseconds(floor_after)} "
              f"({floor_ratio:.2f} x)")
        print(f"  target: at most 1.3 x: {ratio:.2f} x, {verdict(ratio <= 1.3)}")

    def print_rate(self, elapsed, work):
        rate, ideal = AT_ONCE / elapsed, os.cpu_count() / work
        print(f"{AT_ONCE} starts at once: {rate:.0f} in a second; one alone takes {work * 1e3:.1f} ms of all processors, "
              f"which makes {ideal:.0f} on {os.cpu_count()} cores")
        print(f"  target: at least 0.8 x: {rate / ideal:.2f} x, {verdict(rate / ideal >= 0.8)}")
