# SPDX-License-Identifier: GPL-2.0-only
"""Schedulers that tests/bench/measure compares: each is started, measured under, and ended.

kernel            the kernel's own
POLICY            scx-cland with that policy; POLICY:strict asks it about every wake-up
NAME              any program that attaches a sched_ext scheduler and detaches it when it is interrupted
"""

import collections
import os
import re
import select
import signal
import subprocess
import time

SCX = "/sys/kernel/sched_ext/"
PATIENCE_S = 120  # that a scheduler may take to begin or to end
LOOK_S = 0.005  # how often the kernel is asked whether one is attached: it tells nobody
CHANGES = 10  # of policy, or of scheduler, of which the median counts


# By the name of the scheduler's process: CPU time, and how often it has gone to sleep.
Usage = collections.namedtuple("Usage", "cpu_ns sleeps")


class Failure(Exception):
    """A measurement that cannot be had; str() says why."""


def kernel_says(name):
    with open(SCX + name, encoding="ascii") as file:
        return file.read().strip()


def wait_until(happened, still_runs):
    """Until happened() is true. Fails when still_runs() is false before, or it takes too long."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        if not still_runs():
            raise Failure("it ended by itself")
        if time.monotonic() > end:
            raise Failure(f"sched_ext is still {kernel_says('state')} after {PATIENCE_S} s")
        time.sleep(LOOK_S)


def processes_below(pid):
    """A process and all that descend from it."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                parent = int(file.read().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(name))
    found = [pid]
    for process in found:
        found += children.get(process, [])
    return found


class Kernel:
    """The kernel's own scheduler: nothing to start, and no process of its own."""

    name = "kernel"

    def start(self):
        self.check()

    def check(self):
        if kernel_says("state") != "disabled":
            raise Failure("a sched_ext scheduler is attached")

    def stop(self):
        pass

    def usage(self):
        """What the scheduler's processes have used so far, as Usage."""
        return Usage({}, {})

    def counters(self):
        """What the scheduler has counted, where it says so."""
        return {}

    def change(self):
        """Figures of putting another one in its place."""
        return {}


class Program(Kernel):
    """A scheduler that a program attaches."""

    def __init__(self, name, command, work):
        self.name = name
        self.command = command
        self.log = os.path.join(work, "says")
        self.process = None
        self.seq = None

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-20:])

    def failed(self, why):
        return Failure(f"{self.name}: {why}; it said:\n{self.said()}")

    def launch(self):
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(["sh", "-c", "exec " + self.command], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)

    def start(self):
        Kernel.check(self)
        before = kernel_says("enable_seq")
        self.launch()
        try:
            # the kernel counts after it has said that it is enabled
            wait_until(lambda: kernel_says("enable_seq") != before and kernel_says("state") == "enabled",
                       lambda: self.process.poll() is None)
        except Failure as failure:
            raise self.failed(failure) from None
        self.seq = kernel_says("enable_seq")

    def check(self):
        if kernel_says("state") != "enabled" or kernel_says("enable_seq") != self.seq:
            raise self.failed("it was detached")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE_S)
            wait_until(lambda: kernel_says("state") == "disabled", lambda: True)
        except (subprocess.TimeoutExpired, Failure) as failure:
            self.process.kill()
            raise self.failed(failure) from None

    def usage(self):
        cpu_ns, sleeps = collections.Counter(), collections.Counter()
        for pid in processes_below(self.process.pid):
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
                    name = file.read().strip()
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                        cpu_ns[name] += int(file.read().split()[0])
                    with open(f"/proc/{pid}/task/{thread}/status", encoding="utf-8",
                              errors="replace") as file:
                        sleeps[name] += int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", file.read(),
                                                      re.M)[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
        return Usage(cpu_ns, sleeps)

    def change(self):
        """Stopped and started again: for how long there is no scheduler of this kind."""
        begin = time.monotonic_ns()
        self.stop()
        self.start()
        return {"gap_us": (time.monotonic_ns() - begin) / 1e3}


class Cland(Program):
    """scx-cland. It tells when it runs, counts its decisions, and changes policies while it runs."""

    def __init__(self, name, work, *options):
        policy, _, decisions = name.partition(":")
        self.policy = policy
        empty = os.path.join(work, "empty.ini")
        with open(empty, "w", encoding="ascii"):
            pass
        super().__init__(name, f"scx-cland --config={empty} --policy={policy} "
                               f"--decisions={decisions or 'leased'} {' '.join(options)}", work)
        self.says = None

    def launch(self):
        self.process = subprocess.Popen(self.command.split(), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.says = b""
        self.heard = []

    def said(self):
        return "".join(line + "\n" for line in self.heard[-20:])

    def hear(self, text):
        """The next line that has this text in it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            while b"\n" in self.says:
                line, _, self.says = self.says.partition(b"\n")
                line = line.decode(errors="replace")
                self.heard.append(line)
                if text in line:
                    return line
            ready, _, _ = select.select([self.process.stderr], [], [], end - time.monotonic())
            data = os.read(self.process.stderr.fileno(), 65536) if ready else b""
            if not data:
                raise self.failed(f"it does not say '{text}'")
            self.says += data

    def start(self):
        Kernel.check(self)
        self.launch()
        self.hear("running:")
        self.seq = kernel_says("enable_seq")

    def stop(self):
        super().stop()
        self.process.stderr.close()
        if self.process.returncode:
            raise self.failed(f"it ended with status {self.process.returncode}")

    def counters(self):
        self.process.send_signal(signal.SIGUSR1)
        line = self.hear("decisions: ")
        return {name: int(number) for name, number in
                re.findall(r"(\w+)=(\d+)", line.split("decisions: ")[1])}

    def changes(self, wanted):
        """Another policy, and this one again, so often: for how many us no policy decides, and how many ms
        it takes from the request to the end, of each."""
        other = "deadline" if self.policy != "deadline" else "vruntime"
        pauses, took = [], []
        for number in range(2 * ((wanted + 1) // 2)):
            policy = (other, self.policy)[number % 2]
            begin = time.monotonic_ns()
            if subprocess.run(["clandctl", "switch", policy], stdout=subprocess.DEVNULL,
                              check=False).returncode:
                raise self.failed(f"clandctl switch {policy} failed")
            line = self.hear(f"-> {policy}: ")
            took.append((time.monotonic_ns() - begin) / 1e6)
            pauses.append(float(re.search(r"paused for ([0-9.]+) us", line)[1]))
        return pauses, took

    def change(self):
        pauses, _ = self.changes(CHANGES)
        return {"gap_us": sorted(pauses)[len(pauses) // 2]}


def make(name, peers, work):
    """The contender of that name. peers: commands by name."""
    if name == "kernel":
        return Kernel()
    if name in peers:
        return Program(name, peers[name], work)
    return Cland(name, work)
