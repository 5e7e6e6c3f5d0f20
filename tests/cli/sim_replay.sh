#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandsim replay: recordings, and what perf script prints. The same seed gives the same bytes; tasks
# compute what they did when recorded; whoever was woken up by another task is woken up by it again;
# what is not whole, or no recording, is refused in a sentence.
#
# Usage: tests/cli/sim_replay.sh CLANDSIM POLICIES    POLICIES: the folder of NAME.so

set -euo pipefail

clandsim=$1
policies=$2
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# replay OUTPUT OPTION...: the result goes to a file, the notes to notes
replay()
{
	local output=$1
	shift
	"$clandsim" replay --policy="$policies/vruntime.so" "$@" >"$work/$output" 2>"$work/notes"
}

# refused TEXT OPTION...: exit status 2, and the text in the one sentence
refused()
{
	local text=$1 status=0
	shift
	"$clandsim" replay --policy="$policies/vruntime.so" "$@" >"$work/out" 2>"$work/said" || status=$?
	if [ $status -ne 2 ] || ! grep -qF -- "$text" "$work/said" || [ -s "$work/out" ]; then
		echo "replay $*: status $status, expected 2 and '$text': $(cat "$work/said")" >&2
		exit 1
	fi
}

# ---- the same bytes --------------------------------------------------------------------------------

for file in "$sim"/*.rec "$sim"/*.perf; do
	kind=()
	[[ $file == *.rec ]] || kind=(--perf-script)
	for options in "" --json "--decisions=strict --per-task" --by-time "--cpus=8 --llcs=2"; do
		# shellcheck disable=SC2086 # several words, or none
		{
			replay first "${kind[@]}" --trace="$work/first.trace" $options "$file"
			replay again "${kind[@]}" --trace="$work/again.trace" $options "$file"
		}
		[ -s "$work/first" ]
		cmp "$work/first" "$work/again"
		cmp "$work/first.trace" "$work/again.trace"
	done
done

# ---- they do what they did -------------------------------------------------------------------------

for file in "$sim"/*.rec; do
	# so long that all of them come to their ends
	replay result --json --duration=60s "$file"
	python3 - "$file" "$work/result" <<-'END'
	import json, sys
	tasks = []
	for line in open(sys.argv[1]):
	    words = line.split()
	    if words[0] == "task":
	        tasks.append({"class": words[words.index("class") + 1], "ended": words[words.index("ended") + 1],
	                      "comm": line.rstrip("\n").split(" comm ", 1)[1], "steps": []})
	    elif tasks and words[0] in ("run", "sleep", "wait", "wake", "fork"):
	        tasks[-1]["steps"].append((words[0], int(words[1])))
	got = {}
	for group in json.load(open(sys.argv[2]))["groups"]:
	    name = group["name"].split(" #")[0]
	    total = got.setdefault(name, [0, 0, 0, 0])
	    for at, key in enumerate(("run_ns", "wakeups", "tasks", "preempted")):
	        total[at] += group[key]
	wanted, forever = {}, set()
	for task in tasks:
	    comm, kinds = task["comm"], [kind for kind, _ in task["steps"]]
	    if task["class"] in ("fifo", "rr", "deadline") or comm in ("cland-agent", "scx-cland"):
	        assert comm not in got, f"{comm} is left out"
	        continue
	    total = wanted.setdefault(comm, [0, 0, 0])
	    total[0] += sum(ns for kind, ns in task["steps"] if kind == "run")
	    total[1] += sum(kind in ("sleep", "wait") for kind in kinds)
	    total[2] += 1
	    if task["ended"] == "no" and not {"sleep", "wait"} & set(kinds):
	        forever.add(comm)
	assert got.keys() == wanted.keys(), (got.keys(), wanted.keys())
	assert wanted, "there are tasks"
	for comm, (run_ns, sleeps, nr) in wanted.items():
	    assert got[comm][2] == nr, (comm, "tasks", got[comm][2], nr)
	    assert got[comm][1] <= sleeps, (comm, "wake-ups", got[comm][1], sleeps)
	    if comm in forever:
	        assert got[comm][0] > run_ns, (comm, "goes on", got[comm][0], run_ns)
	    else:
	        # and what it costs to come to a CPU
	        most_ns = run_ns * 1.01 + 4000 * (nr + sleeps + got[comm][3])
	        assert run_ns <= got[comm][0] <= most_ns, (comm, got[comm][0], run_ns)
	END
done

# A writer that comes later wakes its reader up later, but for --by-time.
cat >"$work/late.rec" <<'END'
scx-cland recording 1
source clandctl
kernel none
cpus 2
smt 1
llcs 1
nodes 1
clock monotonic
start 0
duration 100000000
events 0
dropped 7
interrupts told
task 0 pid 1 tgid 1 nice 0 class other kthread no start 0 ended yes cgroup 0 cpus all comm writer
sleep 50000000
run 1000
wake 1
task 1 pid 2 tgid 2 nice 0 class other kthread no start 0 ended yes cgroup 0 cpus all comm reader
wait 1000000 0
run 1000
end tasks 2 steps 5
END
# when the reader runs behind its wait, in ms
reads_at()
{
	python3 - "$work/trace" <<-'END'
	import json, sys
	runs = [e for e in json.load(open(sys.argv[1]))["traceEvents"]
	        if e["ph"] == "X" and e["pid"] == 1 and e["name"].startswith("reader")]
	print(round(max(e["ts"] for e in runs) / 1000))
	END
}
replay out --trace="$work/trace" "$work/late.rec"
grep -q '7 of 7 events are missing' "$work/notes"
[ "$(reads_at)" -eq 50 ] || { echo "the reader is not woken up by the writer: $(reads_at) ms" >&2; exit 1; }
replay out --by-time --trace="$work/trace" "$work/late.rec"
[ "$(reads_at)" -eq 1 ] || { echo "--by-time does not go by the time: $(reads_at) ms" >&2; exit 1; }

# ---- perf ------------------------------------------------------------------------------------------

replay file --perf-script --json "$sim/sched.perf"
grep -q 'left out: 1,' "$work/notes"
replay pipe --perf-script --json /dev/stdin <"$sim/sched.perf"
cmp <(sed 's/"workload":"[^"]*"//' "$work/file") <(sed 's/"workload":"[^"]*"//' "$work/pipe")
for group in 'my hog \[1\]' sh writer; do
	grep -q "^{\"name\":\"$group\",\"tasks\":1," "$work/file"
done
sed 's/100.000520/100,000520/' "$sim/sched.perf" >"$work/bad.perf"
refused "bad.perf:8: the time is not what it should be" --perf-script "$work/bad.perf"
{ cat "$sim/sched.perf"; sed -n 2p "$sim/sched.perf"; } | sed '$s/100\.000/ 99.000/' >"$work/bad.perf"
refused "bad.perf:22: the time goes back" --perf-script "$work/bad.perf"
sed 's/ ==> sh:700/ =>/; s/ ==> next_comm=my hog/ next_comm=my hog/' "$sim/sched.perf" >"$work/bad.perf"
refused "bad.perf:7: sched_switch: '==>' is missing" --perf-script "$work/bad.perf"
refused "there is no event sched:sched_switch in it" --perf-script "$sim/small.rec"

# ---- what is wrong ---------------------------------------------------------------------------------

head -c 3000 "$sim/small.rec" >"$work/cut.rec"
refused "the recording is not whole" "$work/cut.rec"
grep -q -- --partial "$work/said"
replay out --partial "$work/cut.rec"
grep -q 'under vruntime' "$work/out"
refused "sched.perf:1: this is no recording" "$sim/sched.perf"
refused "cannot be read" "$work/nothing.rec"
refused "binds tasks to CPU 1" --cpus=1 "$sim/small.rec"
refused "--partial is for recordings" --perf-script --partial "$sim/sched.perf"
refused "expected one recording's file" "$sim/small.rec" "$sim/small.rec"
sed 's/cpus 1 comm child/cpus 1-0 comm child/' "$sim/small.rec" >"$work/cpus.rec"
refused "cpus.rec:$(grep -n 'cpus 1-0' "$work/cpus.rec" | cut -d: -f1): [task] cpus" "$work/cpus.rec"
