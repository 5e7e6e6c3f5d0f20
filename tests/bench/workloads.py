# SPDX-License-Identifier: GPL-2.0-only
"""What tests/bench/measure runs under each scheduler, and what each figure is called in the table.

A workload is a function of a Machine. It returns its figures by name, and delays in nanoseconds by name
where it keeps every one of them (or (least, number) pairs where it keeps a histogram).
"""

import collections
import os
import re
import subprocess
import time

from contenders import Failure

HERE = os.path.dirname(os.path.realpath(__file__))
COMPILE = os.path.join(HERE, "..", "load", "compile.sh")
PIPE_ROUNDS = 10000
GROUPS = 2  # of perf bench sched messaging and hackbench, 40 processes each
MESSAGES = 60
REQUESTS_S = 400  # that load-requests is asked for, for each second that workloads are to last
REQUEST_LOOPS = 50
CYCLE_US = 9973  # of cyclictest: no multiple of a timer tick
CYCLE_MAX_US = 200000
IDLE_CYCLE_US = 1013
AGENT = "cland-agent"  # the process that runs a policy
SHARES_NICE = (0, 5, -5)
PAIR_ROUNDS_S = 4000
IDLE_S = 10

# who: which contenders have the figure. decimals: as many are shown.
EVERYBODY, SCHEDULERS, OURS = "everybody", "all but the kernel's own", "scx-cland"
Metric = collections.namedtuple("Metric", "workload key label decimals who", defaults=(EVERYBODY,))
METRICS = [Metric(*entry) for entry in (
    ("pipe", "ops_per_s", "perf bench sched pipe, round trips/s", 0),
    ("messaging", "seconds", "perf bench sched messaging, s", 3),
    ("hackbench", "seconds", "hackbench -g 2 -l 60, s", 3),
    ("requests", "requests_per_s", "request-response, requests/s", 0),
    ("requests", "wake_p50_us", "request-response, wake-up p50, µs", 0),
    ("requests", "wake_p99_us", "p99", 0),
    ("frames", "on_time_pct", "16.7 ms frames beside hogs: on time, %", 1),
    ("frames", "wake_p50_us", "frames, wake-up p50, µs", 0),
    ("frames", "wake_p99_us", "p99", 0),
    ("frames", "finish_p99_us", "frames, done p99, µs", 0),
    ("frames", "hog_loops", "work of the hogs beside them, loops", 0),
    ("frames", "hog_least_most", "least served hog / most served", 3),
    ("cyclictest", "p50_us", "cyclictest beside hogs p50, µs", 0),
    ("cyclictest", "p99_us", "p99", 0),
    ("cyclictest", "max_us", "max", 0),
    ("forks", "forks_per_s", "fork and exec, children/s", 0),
    ("compile", "seconds", "compile job, s", 3),
    ("shares", "error_pct", "shares against weights, largest error, %", 1),
    ("pairs", "rounds_per_s", "two pairs a CPU, round trips/s", 0),
    ("waits", "p50_us", "runnable to running in hackbench p50, µs", 1),
    ("waits", "p99_us", "p99", 1),
    ("waits", "max_us", "max", 0),
    ("wakeup", "wake_p50_us", "wake-up on an idle machine p50, µs", 1),
    ("wakeup", "wake_p99_us", "p99", 1),
    ("idle", "sleeps_per_s", "wake-ups of its processes on an idle machine, /s", 2, SCHEDULERS),
    ("idle", "agent_sleeps_per_s", "of the agent among them", 2, OURS),
    ("change", "gap_us", "another policy (a peer: stopped and started), µs without one", 1, SCHEDULERS),
)]
# Figures that measure() adds to any workload under a scheduler with processes or counters of its own. Those of
# decisions only count where so many are made a second.
COST_METRICS = (
    ("agent_cpu_pct", "its processes, % of a CPU", 2),
    ("decided_per_s", "decisions/s", 0),
    ("ns_per_decision", "CPU time of its processes for a decision, ns", 0),
)
DECISIONS_LEAST_S = 1000
# The distributions that are drawn: workload, name of its delays, title.
DISTRIBUTIONS = (
    ("frames", "wake", "wake-up of a 16.7 ms frame beside twice as many hogs as CPUs"),
    ("cyclictest", "wake", "cyclictest beside twice as many hogs as CPUs"),
    ("requests", "wake", "request-response: wake-up of a worker"),
    ("waits", "wait", "hackbench: runnable to running, all tasks"),
    ("wakeup", "wake", "wake-up on an idle machine"),
)


class Machine:
    """What the workloads need to know of where they run."""

    def __init__(self, seconds, work):
        self.seconds = seconds
        self.work = work
        self.cpus = len(os.sched_getaffinity(0))
        self.frame_loops = 0

    def path(self, name):
        return os.path.join(self.work, name)

    def prepare(self, names):
        """Each of them once, so that no measurement waits for files, and what a frame computes."""
        calibrated = run("load-frames", "--calibrate")
        self.frame_loops = int(calibrated.split("=")[1])
        shell(f'compile_prepare "{self.work}"')
        wish, self.seconds = self.seconds, 0.1
        for name in names:
            if name not in ("idle", "change"):
                WORKLOADS[name](self, None)
        self.seconds = wish


def ran(command, status, stderr):
    if status:
        raise Failure(f"{' '.join(command)}: status {status}: {stderr.strip()[-500:]}")


def run(*command):
    """The command's output. Fails when it does."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    ran(command, done.returncode, done.stderr)
    return done.stdout


def begin(*command):
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process):
    stdout, stderr = process.communicate()
    ran(process.args, process.returncode, stderr)
    return stdout


def shell(command):
    return run("bash", "-euc", f'. "{COMPILE}"; {command}')


def values(line):
    """KEY=VALUE... as numbers."""
    return {key: float(value) for key, value in re.findall(r"(\w+)=([-0-9.]+)", line)}


def last_line(text):
    return text.rstrip("\n").rsplit("\n", 1)[-1]


def delays(path):
    """The file that --samples=FILE of a load program has written."""
    found = collections.defaultdict(list)
    with open(path, encoding="ascii") as file:
        for line in file:
            name, value = line.split()
            found[name].append(int(value))
    return found


def quantile_of_histogram(pairs, share):
    """The least value of (value, number) pairs, in order, that this share of all are not above."""
    left = share * sum(number for _, number in pairs)
    for value, number in pairs:
        left -= number
        if left <= 0:
            return value
    return pairs[-1][0]


def begin_hogs(machine, *options, per_cpu=2):
    return begin("load-hogs", f"--count={machine.cpus * per_cpu}", f"--seconds={machine.seconds}",
                 *options)


def perf_bench(pattern, *options):
    return float(re.search(pattern, run("perf", "bench", "sched", *options))[1])


def pipe(_machine, _contender):
    return {"ops_per_s": 1e6 / perf_bench(r"([0-9.]+) usecs/op", "pipe", "-l", str(PIPE_ROUNDS))}, {}


def messaging(_machine, _contender):
    return {"seconds": perf_bench(r"Total time: ([0-9.]+) \[sec\]", "messaging", "-g", str(GROUPS),
                                  "-l", str(MESSAGES))}, {}


def run_hackbench():
    return float(re.search(r"^Time: ([0-9.]+)", run("hackbench", "-g", str(GROUPS), "-l", str(MESSAGES)),
                           re.M)[1])


def hackbench(_machine, _contender):
    return {"seconds": run_hackbench()}, {}


def requests(machine, _contender):
    path = machine.path("samples")
    line = run("load-requests", f"--requests={max(10, int(machine.seconds * REQUESTS_S))}",
               f"--work-loops={REQUEST_LOOPS}", f"--samples={path}")
    return values(line), {"wake": delays(path)["wake"]}


def frames(machine, _contender):
    path = machine.path("samples")
    hogs = begin_hogs(machine)
    line = run("load-frames", f"--work-loops={machine.frame_loops}", f"--seconds={machine.seconds}",
               f"--samples={path}")
    figures = values(line)
    hogs = values(last_line(finish(hogs)))
    figures["hog_loops"] = hogs["loops"]
    figures["hog_least_most"] = hogs["min_share"] / hogs["max_share"]
    return figures, delays(path)


def cyclictest(machine, _contender):
    hogs = begin_hogs(machine)
    text = run("cyclictest", "--policy=other", "--quiet", f"--interval={CYCLE_US}",
               f"--loops={max(1, int(machine.seconds * 1e6 / CYCLE_US))}", f"--histogram={CYCLE_MAX_US}")
    finish(hogs)
    seen = [(int(us), int(number)) for us, number in re.findall(r"^(\d+) (\d+)$", text, re.M)
            if int(number)]
    if not seen or int(re.search(r"Histogram Overflows: 0*(\d+)", text)[1]):
        raise Failure(f"cyclictest was late by more than {CYCLE_MAX_US} us, or not run")
    return {"p50_us": quantile_of_histogram(seen, 0.5), "p99_us": quantile_of_histogram(seen, 0.99),
            "max_us": seen[-1][0]}, {"wake": [(us * 1000, number) for us, number in seen]}


def forks(machine, _contender):
    return values(run("load-forks", f"--seconds={machine.seconds}", "--exec=/bin/true")), {}


def compile_job(machine, _contender):
    start = time.monotonic_ns()
    shell(f'compile_all "{machine.work}" {machine.cpus}')
    return {"seconds": (time.monotonic_ns() - start) / 1e9}, {}


def weights_of_nice():
    """The table in the header that stub and program go by."""
    with open(os.path.join(HERE, "..", "..", "bpf", "cland_msg.h"), encoding="utf-8") as file:
        table = re.search(r"CLAND_NICE_WEIGHTS(.*?)\}", file.read(), re.S)[1]
    return [int(number) for number in re.findall(r"\d+", table)]


def shares(machine, _contender):
    nice = ",".join(map(str, SHARES_NICE))
    text = finish(begin_hogs(machine, f"--nice={nice}", per_cpu=len(SHARES_NICE)))
    weights = weights_of_nice()
    hogs = [values(line) for line in text.splitlines() if line.startswith("hog=")]
    due = [weights[20 + int(hog["nice"])] for hog in hogs]
    return {"error_pct": max(100 * abs(hog["share"] * sum(due) / part - 1)
                             for hog, part in zip(hogs, due))}, {}


def pairs(machine, _contender):
    rounds = max(10, int(machine.seconds * PAIR_ROUNDS_S / machine.cpus))
    start = time.monotonic_ns()
    started = [begin("load-pingpong", f"--rounds={rounds}") for _ in range(2 * machine.cpus)]
    total = sum(values(finish(pair))["rounds"] for pair in started)
    return {"rounds_per_s": total * 1e9 / (time.monotonic_ns() - start)}, {}


def waits(_machine, _contender):
    watcher = subprocess.Popen(["longest-wait", "--histogram"], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    watcher.stdin.write("\n")  # its answer says that it watches, and ends what was before
    watcher.stdin.flush()
    for line in watcher.stdout:
        if line.startswith("longest_wait_ms="):
            break
    run_hackbench()
    text, _ = watcher.communicate("\n")
    ran(watcher.args, watcher.returncode, "")
    seen = [(int(ns), int(number)) for ns, number in re.findall(r"^wait_ns=(\d+) nr=(\d+)", text, re.M)]
    if not seen:
        raise Failure("longest-wait has seen nobody wait")
    return {"p50_us": quantile_of_histogram(seen, 0.5) / 1e3,
            "p99_us": quantile_of_histogram(seen, 0.99) / 1e3,
            "max_us": values(last_line(text))["longest_wait_ms"] * 1e3}, {"wait": seen}


def wakeup(machine, _contender):
    path = machine.path("samples")
    line = run("load-frames", f"--period-us={IDLE_CYCLE_US}", "--work-loops=1",
               f"--seconds={machine.seconds}", f"--samples={path}")
    return values(line), {"wake": delays(path)["wake"]}


def idle(_machine, contender):
    """Nothing but the scheduler itself. A second first, for what the workload before has left behind."""
    time.sleep(1)
    before = contender.usage()
    start = time.monotonic_ns()
    time.sleep(IDLE_S)
    took_s = (time.monotonic_ns() - start) / 1e9
    after = contender.usage()
    figures = {}
    if after:
        figures["sleeps_per_s"] = (sum(after.sleeps.values()) - sum(before.sleeps.values())) / took_s
    if AGENT in after.sleeps:
        figures["agent_sleeps_per_s"] = (after.sleeps[AGENT] - before.sleeps[AGENT]) / took_s
    return figures, {}


def change(_machine, contender):
    return contender.change(), {}


WORKLOADS = {
    "pipe": pipe,
    "messaging": messaging,
    "hackbench": hackbench,
    "requests": requests,
    "frames": frames,
    "cyclictest": cyclictest,
    "forks": forks,
    "compile": compile_job,
    "shares": shares,
    "pairs": pairs,
    "waits": waits,
    "wakeup": wakeup,
    "idle": idle,
    "change": change,
}
