#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What [machine] says of costs comes out of clandsim to the nanosecond: switches, calls, wake-ups, forks,
# children and ends, each in what tasks used and waited, with loads that have the machine for themselves. And
# ticks come when it says.
#
# Usage: tests/cli/sim_costs.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# load NAME: its workload is on stdin
load()
{
	{
		cat
		cat <<-END
			[machine]
			cpus = 1
			idle = 0us:0us
			ipi = 0us
			switch = 10us
			call = 4us
			wake = 5us
			fork = 300us
			after_fork = 30us
			child = 150us
			exit = 200us
			tick_phase = ${phase:-1ms}
		END
	} >"$work/$1.ini"
	"$clandsim" run --json --policy="$policies/fifo.so" --duration=1s "$work/$1.ini" >"$work/$1"
}

load sleeper <<<$'[sleepers a]\nrun = 100us\nsleep = 400us'
load pair <<<$'[pingpong a]\nrun = 100us'
load fork <<<$'[forks a]\nrun = 100us\nsleep = 400us'
# The first of two runs from the beginning until the tick behind its slice of 10 ms.
phase=1ms load hogs <<<$'[hogs a]\ncount = 2'
phase=3ms load later <<<$'[hogs a]\ncount = 2'
python3 - "$work" <<'END'
import json, sys
def groups(name):
    return {g["name"]: g for g in json.load(open(f"{sys.argv[1]}/{name}"))["groups"]}
def about(what, got, expected):
    assert abs(got - expected) < 0.01 * expected, f"{what}: {got:.0f} ns, not {expected}"
# A call that blocks is two: on the way in and out. A switch comes before each run.
a = groups("sleeper")["a"]
about("a sleeper's turn", a["run_ns"] / a["wakeups"], 100000 + 2 * 4000 + 10000)
about("wake-up to run", a["wakeup"]["mean_ns"], 5000 + 10000)
# It wakes up its partner, and the wake-up is at its expense.
a = groups("pair")["a.a"]
about("half of a pair", a["run_ns"] / a["wakeups"], 100000 + 3 * 4000 + 10000 + 5000)
both = groups("fork")
about("a child", both["a.child"]["run_ns"] / both["a.child"]["tasks"], 100000 + 150000 + 200000 + 4000 + 10000 + 5000)
# The child is there behind what the fork takes, runs when its parent waits, and lets it go on at its end.
about("a newborn's wait", both["a.child"]["wakeup"]["p50_ns"], 30000 + 4000 + 10000)
for name, tick_ns in ("hogs", 13e6), ("later", 11e6):
    about(f"the second one's wait, {name}", groups(name)["a"]["wakeup"]["max_ns"], tick_ns + 10000)
# ... nearly: half of its waits are for what is left of a child then, a call's worth.
about("a parent's wait", both["a"]["wakeup"]["mean_ns"], 5000 + 10000 + 4000 / 2)
about("its parent", both["a"]["run_ns"] / both["a.child"]["tasks"], 300000 + 30000 + 5 * 4000 + 2 * 10000)
END
