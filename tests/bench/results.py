# SPDX-License-Identifier: GPL-2.0-only
"""The figures of a run of tests/bench/run as a table in Markdown, beside what they are meant to be."""

import statistics

from workloads import COST_METRICS, DECISIONS_LEAST_S, EVERYBODY, METRICS, OURS, WORKLOADS

BASE = "kernel"

# What issue and docs/performance.md ask for, as ratios within a run: contender, workload, figure, against
# whom, at least (">=") or at most ("<=") this. Without anybody to compare with: the figure itself.
TARGETS = (
    ("vruntime", "pipe", "ops_per_s", "scx_simple", ">=", 0.97),
    ("vruntime", "messaging", "seconds", "scx_simple", "<=", 1 / 0.97),
    ("vruntime", "hackbench", "seconds", BASE, "<=", 0.80),
    ("vruntime", "compile", "seconds", BASE, "<=", 1.02),
    ("vruntime", "requests", "requests_per_s", BASE, ">=", 1.0),
    ("vruntime", "pipe", "agent_cpu_pct", None, "<=", 1),
    ("vruntime", "messaging", "agent_cpu_pct", None, "<=", 1),
    ("vruntime", "hackbench", "agent_cpu_pct", None, "<=", 1),
    ("vruntime", "compile", "agent_cpu_pct", None, "<=", 1),
    ("vruntime", "requests", "agent_cpu_pct", None, "<=", 1),
    ("vruntime:strict", "pipe", "ops_per_s", "scx_userland", ">=", 1.3),
    ("vruntime:strict", "pipe", "agent_cpu_pct", "scx_userland", "<=", 1.0),
    ("vruntime:strict", "hackbench", "seconds", "scx_simple", "<=", 1.05),
    ("latency-boost", "frames", "on_time_pct", None, ">=", 100),
    ("latency-boost", "cyclictest", "p99_us", BASE, "<=", 1.0),
    ("latency-boost", "frames", "hog_loops", BASE, ">=", 0.97),
    ("latency-boost", "frames", "hog_least_most", None, ">=", 0.9),
    ("latency-boost", "frames", "agent_cpu_pct", None, "<=", 1),
    ("vruntime", "change", "gap_us", "scx_simple", "<=", 0.001),
    ("vruntime", "idle", "agent_sleeps_per_s", None, "<=", 1),
)


class Missing(Exception):
    """A figure that must be there is not; str() says which."""


class Results:
    """The measurements of one run, by contender, workload and figure, in the order of repetitions."""

    def __init__(self, run):
        self.run = run
        self.contenders = run["contenders"]
        self.figures = {}
        for measured in run["measurements"]:
            for key, value in measured["figures"].items():
                self.figures.setdefault((measured["contender"], measured["workload"], key),
                                        []).append(value)

    def values(self, contender, workload, key):
        return self.figures.get((contender, workload, key), [])

    def median(self, contender, workload, key):
        found = self.values(contender, workload, key)
        if not found:
            raise Missing(f"no figure '{key}' of {workload} under {contender}")
        return statistics.median(found)

    def ratio(self, contender, workload, key, to):
        base = self.median(to, workload, key)
        return self.median(contender, workload, key) / base if base else None


def number(value, decimals):
    return f"{value:.{decimals}f}"


def cell(results, contender, workload, key, decimals):
    """median [least..most] (ratio to the kernel's own), or - where there is no such figure."""
    found = results.values(contender, workload, key)
    if not found:
        return "-"
    text = number(statistics.median(found), decimals)
    if len(found) > 1:
        text += f" [{number(min(found), decimals)}..{number(max(found), decimals)}]"
    if contender != BASE and results.values(BASE, workload, key):
        ratio = results.ratio(contender, workload, key, BASE)
        text += "" if ratio is None else f" ({ratio:.2f}x)"
    return text


def row(results, label, workload, key, decimals):
    cells = (cell(results, contender, workload, key, decimals) for contender in results.contenders)
    return f"| {label} | {' | '.join(cells)} |"


def heading(results):
    machine = results.run["machine"]
    wanted = results.run["repeat"] * len(results.contenders) * len(results.run["workloads"])
    measured = len(results.run["measurements"])
    cut = f" ({measured} of {wanted} measurements: it was ended before)" if measured < wanted else ""
    return (f"Linux {machine['release']}, {machine['cpus']} CPUs, {results.run['clock']}, "
            f"{results.run['repeat']} repetitions in one boot{cut}, {results.run['seconds']:g} s each; "
            "medians [least..most] (ratio to the kernel's own scheduler).")


def has_figure(results, contender, metric):
    """Whether there must be this figure of that contender."""
    if contender == BASE:
        return metric.who == EVERYBODY
    return metric.who != OURS or contender not in results.run["peers"]


def table(results):
    names = (f"`{name}`" if name != BASE else "the kernel's own" for name in results.contenders)
    lines = [heading(results), "", f"| | {' | '.join(names)} |", "|---" * (len(results.contenders) + 1) + "|"]
    for metric in METRICS:
        if metric.workload not in results.run["workloads"]:
            continue
        have = [name for name in results.contenders if has_figure(results, name, metric)]
        for name in have:
            results.median(name, metric.workload, metric.key)
        if have:
            lines.append(row(results, metric.label, metric.workload, metric.key, metric.decimals))
    return "\n".join(lines) + "\n"


def cost_table(results):
    """What the schedulers' own processes took, and how often they decided."""
    scheduling = [name for name in results.contenders if name != BASE]
    lines = [f"| | {' | '.join(f'`{name}`' for name in scheduling)} |", "|---" * (len(scheduling) + 1) + "|"]
    for key, label, decimals in COST_METRICS:
        for workload in WORKLOADS:
            if key == "decided_per_s" and not any(
                    value >= DECISIONS_LEAST_S for name in scheduling
                    for value in results.values(name, workload, key)):
                continue
            cells = [cell(results, name, workload, key, decimals) for name in scheduling]
            if any(text != "-" for text in cells):
                lines.append(f"| {label}: {workload} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def target_table(results):
    """The targets whose figures this run has, met or not."""
    lines = ["| contender | figure | against | wanted | is | |", "|---" * 6 + "|"]
    for contender, workload, key, to, relation, limit in TARGETS:
        try:
            if to:
                value = results.ratio(contender, workload, key, to)
            else:
                value = results.median(contender, workload, key)
        except Missing:
            continue
        if value is None:
            continue
        met = value >= limit if relation == ">=" else value <= limit
        sign = "at least" if relation == ">=" else "at most"
        against = {None: "-", BASE: "the kernel's own"}.get(to, f"`{to}`")
        lines.append(f"| `{contender}` | {workload} {key} | {against} | {sign} {limit:.4g} | {value:.4g} | "
                     f"{'met' if met else '**not met**'} |")
    return "\n".join(lines) + "\n"
