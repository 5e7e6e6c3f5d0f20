# SPDX-License-Identifier: GPL-2.0-only
"""What tests/bench/growth measures at one size of machine and crowd: in a guest, and in clandsim.

A crowd is so many threads of which a tenth, and at least two for each CPU, give up their CPU all the time;
the others sleep. So a tenth are always queued, and leased every turn is a decision.

Figures of a guest, whose CPUs share one stream of instructions:
  turn_ns     of that stream for one turn: kernel and stub. Strict, a task goes on while all others wait
              for the policy, and most turns are no decisions
  pair_ns     for one round trip of load-pingpong, two wake-ups, while the crowd sleeps
  agent_pair_ns  CPU time of the scheduler's processes for a decision meanwhile; agent_turn_ns beside the
              turns, where the time of all other CPUs is in it, which go on while it waits for its instructions
  pause_us    for which no policy decides when it is changed; change_ms from the request to the end

Figures of clandsim are instructions for one decision, counted by valgrind, by what they belong to.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import contenders
from workloads import values

HERE = os.path.dirname(os.path.realpath(__file__))
CONTENDERS = ("kernel", "vruntime", "vruntime:strict")
SLOTS_SPARE = 4096  # of tasks that are there beside the crowd
PAIR_ROUNDS = 2000
SETTLE_S = 0.2
DECIDED_LEAST = 100  # while a figure for each of them is made


def runnable_of(tasks, cpus):
    return min(tasks, max(tasks // 10, 2 * cpus))


# ---- in a guest ---------------------------------------------------------------------------------

class Crowd:
    """load-crowd, asleep until it is asked for its turns."""

    def __init__(self, tasks, cpus):
        self.process = subprocess.Popen(
            ["load-crowd", f"--tasks={tasks}", f"--runnable={runnable_of(tasks, cpus)}", "--turns"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        if self.process.stdout.readline() != "ready\n":
            self.stop()
            raise contenders.Failure(f"load-crowd did not start {tasks} tasks")

    def turns(self):
        """How many so far, and when."""
        self.process.stdin.write("\n")
        answer = values(self.process.stdout.readline())
        return answer["turns"], answer["ns"]

    def stop(self):
        self.process.kill()
        self.process.wait()


def spent(contender):
    """CPU time of the scheduler's processes, and its decisions."""
    counters = contender.counters()
    return sum(contender.usage().cpu_ns.values()), counters.get("decided", 0), counters.get("rescued", 0)


def for_each_decision(figures, name, before, after):
    cpu_ns, decided, rescued = (late - soon for soon, late in zip(before, after))
    if decided >= DECIDED_LEAST:
        figures[f"agent_{name}_ns"] = cpu_ns / decided
        figures[f"rescued_{name}_pct"] = 100 * rescued / (decided + rescued)


def measure_point(plan, contender, tasks):
    """The figures of one contender beside one crowd."""
    figures = {}
    start = time.monotonic_ns()
    crowd = Crowd(tasks, plan["cpus"])
    figures["began_s"] = (time.monotonic_ns() - start) / 1e9
    try:
        before = spent(contender)
        pair = values(subprocess.run(["load-pingpong", f"--rounds={PAIR_ROUNDS}"], capture_output=True, text=True,
                                     check=True).stdout)
        for_each_decision(figures, "pair", before, spent(contender))
        figures["pair_ns"] = 1e9 / pair["rounds_per_s"]
        crowd.turns()
        time.sleep(SETTLE_S)
        before = spent(contender)
        nr_before, ns_before = crowd.turns()
        time.sleep(plan["seconds"])
        nr_after, ns_after = crowd.turns()
        for_each_decision(figures, "turn", before, spent(contender))
        figures["turn_ns"] = (ns_after - ns_before) / max(1, nr_after - nr_before)
        contender.check()
        if isinstance(contender, contenders.Cland) and plan["changes"]:
            try:
                pauses, took = contender.changes(plan["changes"])
                figures["pause_us"] = statistics.median(pauses)
                figures["pause_max_us"] = max(pauses)
                figures["change_ms"] = statistics.median(took)
            except contenders.Failure as failure:  # as when an agent is not ready in time
                print(f"{contender.name}, {tasks} tasks: {failure}", file=sys.stderr, flush=True)
    finally:
        crowd.stop()
    return figures


def write_limits(tasks):
    for name, value in (("kernel/pid_max", 4194304), ("kernel/threads-max", tasks + 100000),
                        ("vm/max_map_count", 4 * tasks + 65530)):
        with open(f"/proc/sys/{name}", "w", encoding="ascii") as file:
            file.write(str(value))


def measure_guest(plan, emit):
    """All crowds of one boot. emit: is given each measurement."""
    write_limits(max(plan["tasks"]))
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    with tempfile.TemporaryDirectory(prefix="growth.", dir="/dev/shm") as work:
        for tasks in plan["tasks"]:
            for name in CONTENDERS:
                print(f"{plan['cpus']} CPUs, {tasks} tasks: {name}", file=sys.stderr, flush=True)
                if name == "kernel":
                    contender = contenders.Kernel()
                else:
                    contender = contenders.Cland(name, work, f"--max-tasks={tasks + SLOTS_SPARE}")
                contender.start()
                try:
                    figures = measure_point(plan, contender, tasks)
                finally:
                    contender.stop()
                emit({"where": "guest", "release": os.uname().release, "cpus": plan["cpus"], "tasks": tasks,
                      "contender": name, "figures": figures})


# ---- in clandsim --------------------------------------------------------------------------------

# Whose instructions they are, by where the source file is. All else is the simulation.
PARTS = (
    ("stub", r"(^|/)bpf/"),
    ("queue", r"/core/sim/dsq\.[ch]$"),
    ("agent", r"/core/agent/loop\.c$|/core/agent/policy_call\.h$|/core/kernel/(kern_memory|resting)\.[ch]$|"
              r"/core/rules/hint\.[ch]$"),
    ("policy", r"/policies/"),
)
DECISIONS = ("direct", "leased", "requests", "fallback", "kthread")
CPUS_PER_LLC = 16


def crowd_load(tasks, cpus):
    """The crowd, for rt-app. A turn is 10 us long: what a switch takes is on top."""
    runnable = runnable_of(tasks, cpus)
    load = {"worker": {"instance": runnable, "loop": -1, "run": 10, "yield": ""}}
    if tasks > runnable:
        load["sleeper"] = {"instance": tasks - runnable, "loop": -1, "run": 1, "sleep": 600000000}
    return json.dumps({"tasks": load})


def busy_load(tasks, _cpus):
    """A fifth computes without end, the others sleep most of the time: 2,500 wake-ups a second and CPU with 20
    tasks for each."""
    hogs = max(1, tasks // 5)
    return (f"[hogs hogs]\ncount = {hogs}\n"
            f"[sleepers sleepers]\ncount = {tasks - hogs}\nrun = 100us\nsleep = 5ms\njitter = 90\n")


def calm_load(tasks, _cpus):
    """Sleepers that wake up 100 times a second each."""
    return f"[sleepers sleepers]\ncount = {tasks}\nrun = 20us\nsleep = 10ms\njitter = 90\n"


LOADS = {"crowd": crowd_load, "busy": busy_load, "calm": calm_load}


def instructions(path):
    """By part, from what callgrind has written: of each source line itself, not of what it calls."""
    found = dict.fromkeys([name for name, _ in PARTS], 0)
    names, belongs, part, skip = {}, {}, None, False
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            head = re.match(r"(fl|fi|fe)=\((\d+)\)(?: (.*))?$", line)
            if head:
                if head[3]:
                    names[head[2]] = head[3].strip()
                number = head[2]
                if number not in belongs:
                    belongs[number] = next((name for name, pattern in PARTS
                                            if re.search(pattern, os.path.normpath(names[number]))), None)
                part = belongs[number]
            elif line.startswith("calls="):
                skip = True  # the next line is what the call cost
            elif line[0] in "+-*" or line[0].isdigit():
                if part and not skip:
                    found[part] += int(line.split()[1])
                skip = False
            elif re.match(r"cfi=|cfl=", line):
                named = re.match(r"cf[il]=\((\d+)\)(?: (.*))?$", line)
                if named and named[2]:
                    names[named[1]] = named[2].strip()
    return found


def simulate(clandsim, work, load, cpus, tasks, decisions, milliseconds):
    """Instructions by part, and decisions."""
    path, counts = os.path.join(work, "load"), os.path.join(work, "callgrind")
    path += ".json" if load == "crowd" else ".ini"
    with open(path, "w", encoding="ascii") as file:
        file.write(LOADS[load](tasks, cpus))
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", clandsim, "run", "--no-guard",
         "--policy=vruntime", f"--cpus={cpus}", f"--llcs={max(1, cpus // CPUS_PER_LLC)}",
         f"--duration={milliseconds}ms", f"--max-tasks={tasks + SLOTS_SPARE}", f"--decisions={decisions}",
         "--idle-limit=10s", "--json", path], capture_output=True, text=True, check=False)
    if done.returncode:
        raise contenders.Failure(f"clandsim with {cpus} CPUs and {tasks} tasks: status {done.returncode}\n"
                                 f"{done.stderr[-1000:]}")
    stub = json.loads(done.stdout)["stub"]
    return instructions(counts), sum(stub[name] for name in DECISIONS)


def measure_simulated(clandsim, load, cpus, tasks, times_ms, emit):
    """What is between two times, so that the beginning is not counted, in which all tasks start at once."""
    with tempfile.TemporaryDirectory(prefix="growth.") as work:
        for decisions in ("leased", "strict"):
            print(f"clandsim, {load}, {cpus} CPUs, {tasks} tasks: {decisions}", file=sys.stderr, flush=True)
            begin, nr_begin = simulate(clandsim, work, load, cpus, tasks, decisions, times_ms[0])
            whole, nr_whole = simulate(clandsim, work, load, cpus, tasks, decisions, times_ms[1])
            nr = nr_whole - nr_begin
            emit({"where": "clandsim", "load": load, "cpus": cpus, "tasks": tasks, "decisions": decisions,
                  "figures": dict({part: (whole[part] - begin[part]) / nr for part in whole}, nr=nr)})
