"""Times commands in turns, so that a busy moment of the machine falls on all of them, and prints medians and ratios."""

import os
import statistics
import subprocess
import time


def spawn(command, env, log):
    """Starts `command` with its output in `log`; gives its pid. subprocess's own fork and exec cost as much as what is
    measured: this is posix_spawn."""
    output = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
              (os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
    return os.posix_spawnp(command[0], command, env, file_actions=output)


def load_average():
    with open("/proc/loadavg") as file:
        return file.read().split()[:3]


class Contender:
    """One command to be timed. `before` and `after` run outside the timed part, with the round's number."""

    def __init__(self, name, command, before=None, after=None, env=None):
        self.name, self.before, self.after = name, before, after
        self.command = command if callable(command) else lambda round_number: command
        self.env = dict(os.environ, **(env or {}))
        self.seconds, self.failure = [], None

    def run_once(self, round_number, log):
        if self.before:
            self.before(round_number)
        command = self.command(round_number)
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        start = log.tell()
        begin = time.perf_counter()
        status = os.waitstatus_to_exitcode(os.waitpid(spawn(command, self.env, log), 0)[1])
        elapsed = time.perf_counter() - begin
        if self.after:
            self.after(round_number)
        if status != 0:
            raise RuntimeError(f"exit status {status}: {last_line(log.name, start)}")
        return elapsed

    def try_once(self, round_number, log, keep):
        if self.failure:
            return
        try:
            elapsed = self.run_once(round_number, log)
        except (OSError, RuntimeError, subprocess.SubprocessError) as failure:
            self.failure = str(failure)
            return
        if keep:
            self.seconds.append(elapsed)

    @property
    def median(self):
        return statistics.median(self.seconds) if self.seconds and not self.failure else None


def last_line(path, start):
    with open(path, errors="replace") as log:
        log.seek(start)
        lines = [line.strip() for line in log if line.strip()]
    return lines[-1][:160] if lines else "(no output)"


class Target:
    """A promise about tare: `measure` gets a lookup of medians by name and gives the figure that must hold."""

    def __init__(self, text, names, measure, holds):
        self.text, self.names, self.measure, self.holds = text, names, measure, holds

    def verdict(self, medians):
        missing = [name for name in self.names if medians.get(name) is None]
        if missing:
            return f"{self.text}: not measured (no {', '.join(missing)})"
        figure = self.measure(medians)
        return f"{self.text}: {figure:.2f} x, {'met' if self.holds(figure) else 'NOT MET'}"


def at_most(text, name, limit):
    return Target(text, ["tare", name], lambda m: m["tare"] / m[name], lambda x: x <= limit)


def faster_than(text, name, factor):
    return Target(text, ["tare", name], lambda m: m[name] / m["tare"], lambda x: x >= factor)


def run_table(title, contenders, rounds, targets, log, reference="floor"):
    """Runs one table and prints it. The first run of each is a warm-up: caches, and whether it works here at all."""
    for contender in contenders:
        contender.try_once(0, log, keep=False)
    for round_number in range(1, rounds + 1):
        shift = round_number % len(contenders)  # nobody always runs after the same one
        for contender in contenders[shift:] + contenders[:shift]:
            contender.try_once(round_number, log, keep=True)
    print_table(title, contenders, rounds, targets, reference)


def print_table(title, contenders, rounds, targets, reference):
    medians = {c.name: c.median for c in contenders}
    base, tare = medians.get(reference), medians.get("tare")
    width = max(len(c.name) for c in contenders)
    print(f"\n## {title} ({rounds} rounds in turns)\n")
    print(f"{'':{width}}  {'median ms':>10} {'min ms':>9} {'x ' + reference:>9}  tare is faster by")
    for contender in contenders:
        if contender.median is None:
            print(f"{contender.name:{width}}  failed: {contender.failure}")
            continue
        ratio = f"{contender.median / base:9.1f}" if base else f"{'':9}"
        gain = f"{contender.median / tare:.1f} x" if tare and contender.name.split()[0] not in ("tare", "floor") else ""
        print(f"{contender.name:{width}}  {contender.median * 1e3:10.1f} {min(contender.seconds) * 1e3:9.1f} {ratio}  {gain}")
    for target in targets:
        print(f"  target: {target.verdict(medians)}")
    print(flush=True)
