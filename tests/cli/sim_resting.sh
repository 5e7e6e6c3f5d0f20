#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The simulated agent waits as the real one does: it rests while it is asked all the time, which costs no
# wake-up for each decision, sleeps while it is asked now and then, and uses nothing once nobody asks. What
# that costs is what [machine] says, and the same seed gives the same bytes.
#
# Usage: tests/cli/sim_resting.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run NAME CPUS OPTION...: the workload is on stdin, the result in NAME.json
run()
{
	local name=$1 cpus=$2
	shift 2
	{
		printf '[machine]\ncpus = %s\n' "$cpus"
		cat
	} >"$work/$name.ini"
	"$clandsim" run --decisions=strict --json "$@" "$work/$name.ini" >"$work/$name.json"
}

for policy in vruntime deadline latency-boost fifo rustland; do
	for cpus in 1 2 4; do
		run "pair-$policy-$cpus" $cpus --policy="$policies/$policy.so" --duration=1s \
			<<<$'[pingpong pair]\nrun = 20us\njitter = 50'
	done
done
vruntime=--policy=$policies/vruntime.so
# The machine is full all the time, so there is no idle CPU to take the agent.
run full 2 "$vruntime" --duration=1s <<<$'[pingpong pair]\nrun = 20us\ncount = 2\n[hogs hog]\ncount = 4'
run seldom 2 "$vruntime" --duration=4s <<<$'[sleepers a]\nrun = 100us\nsleep = 20ms'
# Asked by others as it yields, it goes on where nobody else is, as the answered task belongs elsewhere.
run asked 4 "$vruntime" --duration=1s < <(
	echo 'agent_yield = 20us'
	for cpu in 0 1 2 3; do
		printf '[sleepers s%s]\nrun = 20us\nsleep = 200us\njitter = 50\ncpus = %s\n' $cpu $cpu
	done)
for s in 1 9; do
	run "then-idle-$s" 2 "$vruntime" --duration=${s}s <<<$'[pingpong pair]\nrun = 20us\nstop = 500ms'
done
run costs 1 "$vruntime" --duration=1s <<'END'
switch = 10us
agent_request = 7us
agent_yield = 3us
agent_decision = 2us
agent_push = 100us
agent_wait = 100us
[pingpong pair]
run = 20us
END

for name in first again other; do
	seed=7
	[ $name != other ] || seed=8
	run $name 2 "$vruntime" --duration=100ms --seed=$seed --trace="$work/$name.trace" \
		<<<$'[pingpong pair]\nrun = 20us\njitter = 50\n[hogs hog]'
done
for kind in trace json; do
	cmp <(sed 's/"workload":"[^"]*"//' "$work/first.$kind") \
		<(sed 's/"workload":"[^"]*"//' "$work/again.$kind")
done
if cmp -s "$work/first.trace" "$work/other.trace"; then
	echo "another seed changes nothing" >&2
	exit 1
fi

python3 - "$work" <<'END'
import glob, json, os, sys
work = sys.argv[1]
def load(name):
    return json.load(open(f"{work}/{name}.json"))
def decided(r):
    return r["stub"]["decided"]

pairs = [os.path.basename(f)[:-5] for f in glob.glob(f"{work}/pair-*.json")]
assert len(pairs) == 15
for name in pairs + ["full"]:
    r = load(name)
    print(f"{name}: {decided(r)} decisions, the agent was woken up {r['agent']['wakeups']} times")
    assert decided(r) > 10000, f"{name}: too few decisions to tell"
    assert r["agent"]["wakeups"] < decided(r) / 100, f"{name}: it sleeps, rather than rests"
    assert not r["stub"]["rescued"] and not r["stub"]["fallback"], f"{name}: {r['stub']}"

r = load("seldom")
print(f"seldom: {decided(r)} decisions, the agent was woken up {r['agent']['wakeups']} times")
assert r["agent"]["wakeups"] >= 0.9 * decided(r), "it rests, although it is asked late"

# Then nobody has to take it out of its next rest: it would find nothing, and go to sleep. (The janitor
# does so ten times a second.)
r = load("asked")
print(f"asked: {decided(r)} decisions, the agent was woken up {r['agent']['wakeups']} times")
assert decided(r) > 10000 and r["agent"]["wakeups"] < 40, r["agent"]

# One tick a second, and until the janitor comes.
used_ns = [load(f"then-idle-{s}")["agent"]["run_ns"] for s in (1, 9)]
print(f"idle for 8 s: the agent used {used_ns[1] - used_ns[0]} ns")
assert used_ns[0] > 10_000_000 and used_ns[1] - used_ns[0] < 100 * 8000, used_ns

# A decision at rest is a switch, its request, its part of the yield: nothing is pushed, and nobody waits.
r = load("costs")
each_ns = r["agent"]["run_ns"] / decided(r)
print(f"a decision takes {each_ns:.0f} ns")
assert abs(each_ns - (10000 + 7000 + 3000 + 2000)) < 220 + 4e6 / decided(r), each_ns

# The timeline tells a rest from a wait.
events = json.load(open(f"{work}/first.trace"))["traceEvents"]
agent = [e for e in events if e["ph"] == "X" and e["name"] == "cland-agent"]
rests = [e for e in agent if e["args"]["then"] == "rests"]
assert len(rests) > 0.9 * len(agent), (len(rests), len(agent))
pid = agent[0]["args"]["pid"]
waited_us = sum(e["dur"] for e in events if e["ph"] == "X" and e["name"] == "waits" and e["tid"] == pid)
assert waited_us < 10000, f"the agent, at rest, counts as waiting: {waited_us} us of 100 ms"
END
