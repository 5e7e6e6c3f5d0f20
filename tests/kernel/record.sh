#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl record sees what tasks do, under the kernel's own scheduler and under ours: a hog that never
# sleeps, a task that computes for 2 ms every 20 ms and is woken up by the timer, a client and a server that
# wake each other up through pipes, children that come and go; names, nice levels, CPUs. What it cannot follow it counts.
# clandsim replays what it has seen.
#
# limit: 400

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/onlooker.sh"

readonly SECONDS_RECORDED=3

# value NAME FILE: of the header
value() { sed -n "s/^$1 //p" "$2"; }

# record FILE OPTION...: as an ordinary process; what it says is noted
record()
{
	local file=$1
	shift
	normal clandctl record -o "$TEST_WORK/$file" "$@" >"$TEST_WORK/said" 2>&1 ||
		fail "clandctl record ended with status $?: $(cat "$TEST_WORK/said")"
	said
	[[ $(value dropped "$TEST_WORK/$file") == 0 ]] || fail "events were dropped"
	[[ $(value interrupts "$TEST_WORK/$file") == told ]] ||
		fail "interrupts are taken for the tasks that they interrupt"
}

# check FILE: what is in it
check()
{
	python3 - "$1" $SECONDS_RECORDED $PERIOD_US $WORK_US "$(nproc)" <<-'END' || fail "$1 is not what was done"
	import sys
	from statistics import median
	path, seconds, period_us, work_us, nr_cpus = sys.argv[1], *map(int, sys.argv[2:])
	header, tasks = {}, []
	for line in open(path):
	    words = line.split()
	    if words[0] == "task":
	        facts = dict(zip(words[2:20:2], words[3:20:2]))
	        tasks.append({**facts, "index": int(words[1]), "comm": line.rstrip("\n").split(" comm ", 1)[1],
	                      "steps": []})
	    elif tasks and words[0] != "end":
	        tasks[-1]["steps"].append((words[0], *map(int, words[1:])))
	    elif len(words) == 2:
	        header[words[0]] = words[1]

	def of(comm):
	    return [task for task in tasks if task["comm"] == comm]
	def ns(task, *kinds):
	    return [step[1] for step in task["steps"] if step[0] in kinds]
	def within(what, got, least, most):
	    print(f"   {what}: {got}")
	    assert least <= got <= most, f"{what}: {got} is not from {least} to {most}"

	duration = int(header["duration"])
	within("duration [s]", duration / 1e9, seconds * 0.9, seconds * 1.5)
	assert int(header["cpus"]) == nr_cpus, header
	assert not of("clandctl"), "the recorder is in its recording"

	hog = max(of("load-hogs"), key=lambda task: sum(ns(task, "run")))
	within("hog: CPU time [%]", 100 * sum(ns(hog, "run")) / duration, 20, 100.1)
	within("hog: sleeps", len(ns(hog, "sleep", "wait")), 0, 3)
	assert hog["nice"] == "5" and hog["cpus"] == "1", hog["nice"] + hog["cpus"]

	frames = max(of("load-frames"), key=lambda task: len(task["steps"]))
	jobs = duration / 1000 / period_us
	within("periodic: sleeps per period", len(ns(frames, "sleep", "wait")) / jobs, 0.8, 1.1)
	within("periodic: woken up by the time [%]", 100 * len(ns(frames, "sleep")) /
	       len(ns(frames, "sleep", "wait")), 95, 100)
	within("periodic: burst [us]", median(ns(frames, "run")) / 1000, work_us * 0.4, work_us * 1.6)
	within("periodic: sleep [us]", median(ns(frames, "sleep")) / 1000, (period_us - work_us) * 0.6,
	       period_us)
	assert frames["nice"] == "0" and frames["cpus"] == "all", frames["nice"] + frames["cpus"]

	(client,), (server,) = of("client"), of("server")
	for one, other in ((client, server), (server, client)):
	    waits = [step for step in one["steps"] if step[0] == "wait"]
	    by_other = [step for step in waits if step[2] == other["index"]]
	    within(f"{one['comm']}: woken up by the other", len(by_other), 10, 10**9)
	    within(f"{one['comm']}: ... of those by anybody [%]", 100 * len(by_other) / len(waits), 95, 100)
	    wakes = [step for step in other["steps"] if step == ("wake", one["index"])]
	    assert len(wakes) == len(by_other), (len(wakes), len(by_other))
	within("server: woken up by the time [%]", 100 * len(ns(server, "sleep")) /
	       len(ns(server, "sleep", "wait")), 0, 5)

	children = [task for task in of("true") if task["ended"] == "yes"]
	within("children that came and went", len(children), 5, 10**9)
	started = {step[1] for task in of("sh") for step in task["steps"] if step[0] == "fork"}
	assert all(child["index"] in started and int(child["start"]) > 0 for child in children[1:])
	assert all(sum(ns(child, "run")) > 0 for child in children)

	# No more than there was, and what the loads took at least.
	total = sum(sum(ns(task, "run")) for task in tasks)
	within("all: CPU time [%]", 100 * total / duration / nr_cpus, 50, 101)
	END
}

# replayed FILE: the simulator runs it
replayed()
{
	normal clandsim replay --policy=vruntime "$1" >"$TEST_WORK/replayed" 2>&1 ||
		fail "clandsim replay ended with status $?: $(tail -n 3 "$TEST_WORK/replayed")"
	grep -E '^  (load-|client|server)|under vruntime' "$TEST_WORK/replayed" | while IFS= read -r line; do note "$line"; done
	grep -qE '^  server' "$TEST_WORK/replayed" || fail "the server is not in the replay"
}

begin_all()
{
	begin_loads taskset -c 1 load-hogs --nice=5 --seconds=600
	load sh -c 'while :; do /bin/true; sleep 0.1; done'
	loads+=("$loaded")
	# Its first child has been by then: that one itself is too short to be met by chance.
	wait_until pgrep -x sleep >/dev/null
}

# So that no file is waited for below.
for program in clandsim clandctl bpftool; do
	$program --version >/dev/null
done
python3 -c 'import statistics'

note "under the kernel's own scheduler"
begin_all
record own.rec --for ${SECONDS_RECORDED}s
check "$TEST_WORK/own.rec"
unload "${loads[@]}"
replayed "$TEST_WORK/own.rec"

note "under scx-cland"
start
begin_all
record ours.rec --for ${SECONDS_RECORDED}s
check "$TEST_WORK/ours.rec"
grep -q ' comm cland-agent$' "$TEST_WORK/ours.rec" || fail "the agent is not in the recording"

# One that does not look for a second cannot follow.
chrt -o 0 clandctl record -o "$TEST_WORK/dropped.rec" --for 600s --buffer 64 >"$TEST_WORK/said" 2>&1 &
recorder=$!
wait_until is_watching
kill -STOP $recorder
sleep 1
kill -CONT $recorder
kill -INT $recorder
wait $recorder || fail "clandctl record ended with status $? after SIGINT: $(cat "$TEST_WORK/said")"
note "$(grep -o 'events=.*' "$TEST_WORK/said")"
(($(value dropped "$TEST_WORK/dropped.rec") > 0)) || fail "nothing was dropped, or it was not counted"
unload "${loads[@]}"
expect_attached
stop
replayed "$TEST_WORK/ours.rec"
replayed "$TEST_WORK/dropped.rec"
grep -q 'events are missing' "$TEST_WORK/replayed" || fail "the replay does not say that events are missing"
