#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl trace: a timeline in which each CPU has one task at a time, a periodic task runs as often as it does,
# decisions of all ways that the load provokes are there, each before the run that it led to, and a change of
# policy. Under the kernel's own scheduler it has all but the decisions. What it cannot follow it counts, Ctrl-C
# ends it early, and a full disk leaves nothing behind. It takes the place of files only.
#
# limit: 400

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/onlooker.sh"

# begin_trace FILE OPTION...: in the background; $tracer
begin_trace()
{
	local file=$1
	shift
	chrt -o 0 clandctl trace -o "$TEST_WORK/$file" "$@" >"$TEST_WORK/said" 2>&1 &
	tracer=$!
	wait_until is_watching || fail "clandctl trace does not begin: $(cat "$TEST_WORK/said")"
}

end_trace()
{
	wait "$tracer" || fail "clandctl trace ended with status $?: $(cat "$TEST_WORK/said")"
	said
}

nobody_looks() { ! bpftool prog show | grep ' name record_' >/dev/null; }

# check FILE POLICIES PATH...: what is in it; POLICIES as "a b": from a to b. As an ordinary process: as one of
# real time, as this one is, it would keep a CPU from the kernel's threads for long.
check()
{
	normal python3 - "$1" "$(nproc)" $PERIOD_US $WORK_US "$2" "${@:3}" <<-'END' || fail "$1 is not what was done"
	import json, sys
	from bisect import bisect_left, bisect_right
	path, nr_cpus, period_us, work_us, policies = sys.argv[1], *map(int, sys.argv[2:5]), sys.argv[5].split()
	wanted = set(sys.argv[6:])
	PATHS = {"direct", "leased", "requests", "decided", "renewed", "rescued", "fallback", "kthread", "ours",
	         "no_ctx", "starved", "kept", "reranked"}
	CPUS, TASKS, SCHEDULER = 1, 2, 3
	with open(path) as file:
	    trace = json.load(file)["traceEvents"]

	def within(what, got, least, most):
	    print(f"   {what}: {got}")
	    assert least <= got <= most, f"{what}: {got} is not from {least} to {most}"
	# Exact: a float has no ns at a time since boot.
	def ns(us):
	    return round(us * 1000)
	def slices(group):
	    rows = {}
	    for e in trace:
	        if e["ph"] == "X" and e["pid"] == group:
	            rows.setdefault(e["tid"], []).append((ns(e["ts"]), ns(e["ts"]) + ns(e["dur"]), e["name"], e.get("args", {})))
	    for row, list_ in rows.items():
	        list_.sort(key=lambda s: s[:2])
	        for one, two in zip(list_, list_[1:]):
	            assert one[1] <= two[0] + 1, f"group {group}, row {row}: {one} overlaps {two}"
	    return rows
	names = {(e["pid"], e["tid"]): e["args"]["name"] for e in trace if e["name"] == "thread_name"}
	cpus, tasks = slices(CPUS), slices(TASKS)

	assert sorted(cpus) == list(range(nr_cpus)), sorted(cpus)
	assert all(names[CPUS, cpu] == f"CPU {cpu}" for cpu in cpus)
	begin = min(s[0] for row in cpus.values() for s in row)
	end = max(s[1] for row in cpus.values() for s in row)
	duration_us = (end - begin) / 1000
	for cpu, row in cpus.items():
	    within(f"CPU {cpu}: busy [%]", round(100 * sum(s[1] - s[0] for s in row) / (end - begin)), 50, 100)
	# Each run of a CPU is one of its task.
	told = {(pid, t[0], t[1], t[3]["cpu"]) for pid, row in tasks.items() for t in row if t[2] == "runs"}
	for cpu, row in cpus.items():
	    for s in row:
	        assert (s[3]["pid"], s[0], s[1], cpu) in told, (cpu, s)

	def pids(comm):
	    return [tid for (group, tid), name in names.items() if group == TASKS and name == f"{comm} {tid}"]
	# The one that does the work, not its parent.
	frames = max(pids("load-frames"), key=lambda pid: len(tasks.get(pid, [])))
	runs = [s for s in tasks[frames] if s[2] == "runs"]
	waits = [s for s in tasks[frames] if s[2] == "waits"]
	jobs = duration_us / period_us
	sleeps = sum(1 for row in cpus.values() for s in row
	             if s[3]["pid"] == frames and s[3]["then"] == "sleeps")
	within("periodic: sleeps per period", round(sleeps / jobs, 2), 0.8, 1.1)
	within("periodic: CPU time per period [us]", round(sum(s[1] - s[0] for s in runs) / 1000 / jobs), work_us * 0.4,
	       work_us * 1.6)
	assert len(waits) >= 0.8 * jobs, len(waits)
	within("periodic: waits that say how they began [%]",
	       round(100 * sum("woken up by" in s[3] or "its cpu went to" in s[3] for s in waits) / len(waits)), 90, 100)
	client = max(pids("client"), key=lambda pid: len(tasks[pid]))
	server = max(pids("server"), key=lambda pid: len(tasks[pid]))
	by_client = [s for s in tasks[server] if s[3].get("woken up by") == f"client {client}"]
	within("server: waits after the client woke it", len(by_client), 10, 10**9)

	decisions = {}
	for e in trace:
	    if e["ph"] == "i" and e["pid"] == TASKS and e["name"] in PATHS:
	        decisions.setdefault(e["tid"], []).append((ns(e["ts"]), e["name"], e["args"]))
	counts = {}
	for list_ in decisions.values():
	    for d in list_:
	        counts[d[1]] = counts.get(d[1], 0) + 1
	print(f"   decisions: {counts}")
	assert wanted <= set(counts), f"there are no decisions {wanted - set(counts)}"
	if not wanted:
	    assert not counts
	    assert not [e for e in trace if e["ph"] != "M" and e["pid"] == SCHEDULER and e["tid"] == 1]
	    sys.exit()
	# Before every run, and after the one before it began: a decision that brings to a CPU. Where another one takes
	# the CPU it is made before the switch. Now and then the kernel moves a task by itself (for a stopper, say).
	for pid in frames, client, server:
	    placed = [d for d in sorted(decisions[pid], key=lambda d: d[0]) if d[1] not in ("renewed", "requests", "kept")]
	    times = [d[0] for d in placed]
	    begins = [s[0] for s in tasks[pid] if s[2] == "runs"]
	    run_before = dict(zip(begins[1:], begins))
	    missing = 0
	    waited = [s for s in tasks[pid] if s[2] == "waits" and s[1] in run_before]
	    for s in waited:
	        before = placed[bisect_left(times, run_before[s[1]]):bisect_right(times, s[1])]
	        missing += not before
	        assert not before or before[-1][2]["slice us"] > 0
	        if before and before[-1][1] == "leased":
	            assert before[-1][2]["to"].startswith("queue of ") and "rank beyond clock us" in before[-1][2], before
	    print(f"   {names[TASKS, pid]}: waits={len(waited)} without a decision before the run={missing}")
	    assert len(waited) > 10 and missing <= len(waited) / 20
	    # ... and told beside the wait, but where it comes a moment after the switch.
	    assert sum("decision" not in s[3] for s in waited) <= len(waited) / 10
	# In the policy's own words, but for a moment while it changes.
	reasons = [d[2].get("policy says") for list_ in decisions.values() for d in list_ if d[1] == "decided"]
	within("answers with the policy's reason [%]", round(100 * sum(map(bool, reasons)) / len(reasons)), 20, 100)
	print(f"   reasons: {sorted(set(filter(None, reasons)))}")
	one, two = policies
	periods = sorted((ns(e["ts"]), ns(e["ts"]) + ns(e["dur"]), e["name"]) for e in trace
	                 if e["ph"] == "X" and e["pid"] == SCHEDULER)
	swaps = [(ns(e["ts"]), e["name"]) for e in trace if e["ph"] == "i" and e["pid"] == SCHEDULER]
	print(f"   policies: {[p[2] for p in periods]}, swaps: {[s[1] for s in swaps]}")
	if one == two:
	    assert [p[2] for p in periods] == [one] and not swaps
	else:
	    assert [p[2] for p in periods] == [one, two] and [s[1] for s in swaps] == [f"{one} -> {two}"]
	    assert periods[0][1] == periods[1][0] == swaps[0][0] and begin < swaps[0][0] < end
	END
}

hogs=(load-hogs --count=$((2 * $(nproc))) --seconds=600)

# So that no file is waited for below.
for program in clandctl bpftool; do
	$program --version >/dev/null
done
python3 -c 'import json'

note "under the kernel's own scheduler"
begin_loads "${hogs[@]}"
begin_trace own.json --for 1s
end_trace
grep -q 'no decisions are in it: scx-cland does not schedule this machine' "$TEST_WORK/said" ||
	fail "it is not said that there are no decisions"
grep -q ' decisions=0 .* dropped=0$' "$TEST_WORK/said" || fail "events were dropped"
check "$TEST_WORK/own.json" "none none"
unload "${loads[@]}"

note "under scx-cland, with a change of policy"
start --policy=vruntime
begin_loads "${hogs[@]}"
nobody_looks || fail "programs that look on are loaded before anybody does"
begin_trace ours.json --for 600s
sleep 1
normal clandctl switch deadline | sed 's/^/   clandctl: /'
sleep 1
kill -INT "$tracer"
end_trace
grep -q ' policies=1 .* dropped=0$' "$TEST_WORK/said" || fail "events were dropped, or there is no policy"
check "$TEST_WORK/ours.json" "vruntime deadline" leased requests decided kthread reranked
wait_until nobody_looks || fail "programs that look on are left behind"

# One that does not look for a second cannot follow, and Ctrl-C ends it.
begin_trace dropped.json --for 600s --buffer 64
kill -STOP "$tracer"
sleep 2
kill -CONT "$tracer"
kill -INT "$tracer"
end_trace
grep -q 'where events are missing' "$TEST_WORK/said" || fail "nothing was dropped, or it is not said"
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$TEST_WORK/dropped.json" || fail "the file is not whole"

# A disk that is full before it is done.
mkdir "$TEST_WORK/small"
mount -t tmpfs -o size=1m none "$TEST_WORK/small"
refused 1 'small/trace.json cannot be written: No space left on device' \
	chrt -o 0 clandctl trace -o "$TEST_WORK/small/trace.json" --for 600s
[[ ! $(ls "$TEST_WORK/small") ]] || fail "something is left behind: $(ls "$TEST_WORK/small")"
umount "$TEST_WORK/small"

# shellcheck disable=SC2016 # the inner shell expands it
refused 1 'small.json cannot be written: File too large' \
	sh -c 'ulimit -f 100; exec chrt -o 0 clandctl trace -o "$0" --for 600s' "$TEST_WORK/small.json"
[[ ! $(find "$TEST_WORK" -name 'small.json*') ]] || fail "something is left behind of what was too large"

# A file of before keeps its mode, a link stays one, and what is no file is written into.
is_whole() { python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"; }
echo old >"$TEST_WORK/old.json"
chmod 600 "$TEST_WORK/old.json"
ln -s old.json "$TEST_WORK/link.json"
normal clandctl trace -o "$TEST_WORK/link.json" --for 1s >/dev/null
[[ -L $TEST_WORK/link.json ]] || fail "the link has been replaced"
is_whole "$TEST_WORK/old.json" || fail "behind the link is no whole trace"
[[ $(stat -c %a "$TEST_WORK/old.json") == 600 ]] || fail "the file's mode is another one"
normal clandctl trace -o /dev/stdout --for 1s 2>"$TEST_WORK/said" | cat >"$TEST_WORK/piped.json"
is_whole "$TEST_WORK/piped.json" || fail "what goes to stdout is not the trace alone"
grep -q '^/dev/stdout: .* dropped=' "$TEST_WORK/said" || fail "it does not say what is in it"
normal clandctl trace -o /dev/null --for 1s >/dev/null
[[ -c /dev/null && ! $(find /dev -name 'null?*' -o -name 'stdout?*') ]] || fail "a device has been replaced"
refused 1 "$TEST_WORK cannot be written: Is a directory" chrt -o 0 clandctl trace -o "$TEST_WORK"
unload "${loads[@]}"
expect_attached
stop

note "strict, and an agent that does not answer"
start --policy=vruntime --decisions=strict
begin_loads "${hogs[@]}"
begin_trace strict.json --for 2s
sleep 0.7
kill -STOP "$(agent)"
sleep 0.3
kill -CONT "$(agent)"
end_trace
check "$TEST_WORK/strict.json" "vruntime vruntime" requests decided rescued fallback ours
unload "${loads[@]}"
expect_attached
stop
