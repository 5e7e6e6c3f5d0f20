#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandsim gives the same bytes for the same seed, and other ones for another seed: the result as text
# and as JSON, and the trace, which is JSON.
#
# Usage: tests/cli/sim_repeat.sh CLANDSIM POLICIES    POLICIES: the folder of NAME.so

set -euo pipefail

clandsim=$1
policies=$2
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run NAME SEED OPTION...: the result and the trace, as NAME.out and NAME.trace
run()
{
	local name=$1 seed=$2
	shift 2
	"$clandsim" run --policy="$policies/latency-boost.so" --seed="$seed" --duration=300ms \
		--trace="$work/$name.trace" "$@" "$sim/desktop.ini" >"$work/$name.out"
}

for options in "" --json "--decisions=strict --per-task" "--cpus=64 --smt=2 --llcs=4 --nodes=2"; do
	# shellcheck disable=SC2086 # several words, or none
	{
		run first 7 $options
		run again 7 $options
		run other 8 $options
	}
	for kind in out trace; do
		cmp "$work/first.$kind" "$work/again.$kind"
		if cmp -s "$work/first.$kind" "$work/other.$kind"; then
			echo "another seed changes nothing in the $kind ($options)" >&2
			exit 1
		fi
	done
done

# Another order of what happens at the same moment: by the seed alone, and only when it is asked for.
cat >"$work/ties.ini" <<'END'
[workload]
duration = 300ms
[machine]
cpus = 1
[periodic one]
[periodic two]
[periodic three]
END
run_ties() { "$clandsim" run --policy="$policies/vruntime.so" --json "$@" "$work/ties.ini"; }
run_ties --shuffle --seed=7 >"$work/first"
run_ties --shuffle --seed=7 | cmp "$work/first"
for other in "--shuffle --seed=8" --seed=7; do
	# shellcheck disable=SC2086 # several words
	if run_ties $other | cmp -s "$work/first"; then
		echo "the order of what happens at the same moment: --shuffle --seed=7 has that of $other" >&2
		exit 1
	fi
done

# Where the files are makes no difference either, but for the name in the result.
run first 7 --json
mkdir "$work/elsewhere"
cp "$sim/desktop.ini" "$policies/latency-boost.so" "$work/elsewhere"
(cd "$work/elsewhere" && "$clandsim" run --policy=latency-boost.so --seed=7 --duration=300ms --json \
	desktop.ini >"$work/again.out")
cmp <(sed 's/"workload":"[^"]*"//' "$work/first.out") \
	<(sed 's/"workload":"[^"]*"//' "$work/again.out")

# Decisions tell why, in the policy's words.
grep -q '"name":"decided".*"policy says":"ordinary: ' "$work/first.trace" || {
	echo "no decision in the trace has the policy's reason" >&2
	exit 1
}

python3 - "$work/first.trace" "$work/first.out" <<'END'
import json, sys
trace = json.load(open(sys.argv[1]))["traceEvents"]
result = json.load(open(sys.argv[2]))
runs = [e for e in trace if e["ph"] == "X" and e["pid"] == 1]
assert {e["tid"] for e in runs} == {0, 1, 2, 3}, "every CPU has its row"
assert any(e["name"] == "decided" for e in trace), "decisions are in it"
# Nobody is on two CPUs at once, and no CPU runs two.
for key in ("tid", "pid of task"):
    rows = {}
    for e in runs:
        rows.setdefault(e["tid"] if key == "tid" else e["args"]["pid"], []).append(e)
    for row in rows.values():
        end = 0
        for e in sorted(row, key=lambda e: e["ts"]):
            assert e["ts"] >= end - 0.0005, (key, e)
            end = e["ts"] + e["dur"]
busy_us = sum(e["dur"] for e in runs)
assert abs(busy_us - result["busy_ns"] / 1000) < 1, (busy_us, result["busy_ns"])
END

# Why the policy was asked, and which queue it is, are in words.
"$clandsim" run --policy="$policies/vruntime.so" --decisions=strict --trace="$work/words.trace" --duration=4s \
	"$sim/hotplug.ini" >/dev/null
echo '{"tasks":{"a":{"instance":3,"cpus":[0],"run":500,"yield":""}}}' >"$work/yields"
"$clandsim" run --policy="$policies/vruntime.so" --decisions=strict --trace="$work/yields.trace" --duration=100ms \
	"$work/yields" >/dev/null
python3 - "$work/words.trace" "$work/yields.trace" <<'END'
import collections, json, sys
def reasons(trace):
    return collections.Counter(e["args"]["asked because"] for e in trace if e["name"] == "decided")
words, yields = (json.load(open(name))["traceEvents"] for name in sys.argv[1:])
wanted = {"it has begun", "its slice ended", "woken up", "preempted", "its CPU has gone"}
assert wanted <= set(reasons(words)), reasons(words)
# A task that was born is that, once.
first = {}
for e in words:
    if e["name"] == "decided":
        first.setdefault(e["tid"], e["args"]["asked because"])
assert set(first.values()) <= {"it has begun", "woken up", "its CPU has gone"}, collections.Counter(first.values())
assert reasons(yields)["it gave up its CPU"] > 10, reasons(yields)
queues = {e["name"] for e in words if e["ph"] == "C"}
assert {"for the policy", "cache 0"} <= queues and not any("0x" in name for name in queues), queues
END
