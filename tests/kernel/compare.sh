#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl compare on a kernel: beside hogs, a periodic task and tasks in general wait longer under fifo
# than under vruntime, and it says so; vruntime under another name is called noise. Afterwards, when it is
# interrupted and when it is killed, the policy before runs again with its parameters, and the scheduler was
# attached throughout. A policy that crashes is reported as failed.
# limit: 400

. "$(dirname "$0")/lib.sh"

plugins=$SCX_CLAND_BUILD/tests/plugins
result=$TEST_WORK/result.json

# expect_before WHAT: vruntime runs, with what was set
expect_before()
{
	local said

	normal clandctl status >"$TEST_WORK/status"
	grep -qE '^policy: *vruntime ' "$TEST_WORK/status" || fail "$1: $(grep '^policy' "$TEST_WORK/status")"
	said=$(normal clandctl set vruntime.slice_us=2000)
	[[ $said == 'policy vruntime: nothing to change' ]] || fail "$1: not with its parameters: $said"
	expect_attached
}

# begin ARGUMENT...: compare beside the test; sets $client
begin()
{
	chrt -o 0 clandctl compare "$@" </dev/null >"$TEST_WORK/compare.log" 2>&1 &
	client=$!
}

start
normal clandctl set vruntime.slice_us=2000 >/dev/null
load load-hogs --count=$(($(nproc) * 2)) --seconds=600
hogs=$loaded
cp "$SCX_CLAND_BUILD/policies/vruntime.so" "$TEST_WORK/again.so"

# how late a task that wakes up 50 times a second begins to run, in the middle
metric="load-frames --period-us=20000 --work-loops=1000 --seconds=0.5 |
	sed 's/.*wake_p50_us=\([0-9.]*\).*/\1 us/'"
# side_by_side SEED: whether vruntime beside itself is noise
side_by_side()
{
	normal clandctl compare vruntime fifo "$TEST_WORK/again.so" --for 30s --turn 1s --seed "$1" --json \
		--metric "$metric" --html "$TEST_WORK/page.html" >"$result" ||
		fail "compare ended with status $?"
	python3 - "$result" >"$TEST_WORK/said" <<-'END' || fail "$(tail -n 1 "$TEST_WORK/said")"
	import json, sys
	sys.stderr = sys.stdout
	r = json.load(open(sys.argv[1]))
	assert r["rounds"] == 10, [t for t in r["turns"] if not t["counts"]]
	assert r["policies"] == ["vruntime", "fifo", "again"] and r["after"] == "", r["policies"]
	for figure in r["figures"]:
	    first, fifo, again = figure["policies"]
	    print(f"{figure['name']}: {first['of']['mean']:.4g}, fifo {fifo['of']['mean']:.4g}"
	          f"{' *' if fifo['real'] else ''}, again {again['of']['mean']:.4g}"
	          f"{' DIFFERS' if again['real'] else ''}")
	figures = {f["name"]: f["policies"] for f in r["figures"]}
	for name in ("wait p99", "its number"):
	    first, fifo, again = figures[name]
	    assert fifo["real"] and fifo["difference"]["low"] > 0, (name, fifo)
	    assert fifo["of"]["mean"] > 1.5 * first["of"]["mean"], (name, first["of"], fifo["of"])
	assert figures["CPUs busy"][0]["of"]["low"] > 90, figures["CPUs busy"]
	assert figures["tasks started"][0]["of"]["mean"] > 1, "each turn starts the command"
	END
	! grep -q DIFFERS "$TEST_WORK/said"
}

# By what the marks mean, up to 5 in 100 tables have one that is chance: then not the next one as well.
side_by_side 1 || side_by_side 2 || fail "vruntime differs from itself: $(grep DIFFERS "$TEST_WORK/said")"
while read -r line; do
	note "$line"
done <"$TEST_WORK/said"
[[ $(tail -n 1 "$TEST_WORK/page.html") == '</html>' ]] || fail "there is no page, or half a one"
expect_before "at its end"

mkfifo "$TEST_WORK/runs"
exec {runs}<>"$TEST_WORK/runs"
mark="echo >$TEST_WORK/runs; echo 1"
for signal in TERM KILL; do
	from=$(wc -l <"$LOG")
	# never the one of before: each turn is a change
	begin fifo deadline --turn 1s --metric "$mark"
	for i in 1 2 3; do
		read -r -t "$PATIENCE" -u "$runs" || fail "SIG$signal: no turn $i"
	done
	normal clandctl status >"$TEST_WORK/status"
	grep -qE '^policy: *(fifo|deadline) ' "$TEST_WORK/status" || fail "SIG$signal: nothing was changed"
	kill -"$signal" "$client"
	status=0
	wait "$client" 2>/dev/null || status=$?
	if [[ $signal == TERM ]]; then
		((status == 0)) || fail "SIGTERM: ended with $status: $(tail -n 1 "$TEST_WORK/compare.log")"
		grep -q '^back to vruntime$' "$TEST_WORK/compare.log" || fail "SIGTERM: it has not gone back"
		grep -q '; interrupted$' "$TEST_WORK/compare.log" || fail "SIGTERM: does not say so"
	else
		wait_line '^scx-cland: policy .* -> vruntime: .*has ended' "$from" ||
			fail "SIGKILL: the daemon has not gone back"
	fi
	expect_before "SIG$signal"
done

status=0
normal clandctl compare vruntime "$plugins/hot_crashes.so" fifo --for 6s --turn 1s \
	>"$TEST_WORK/compare.log" 2>&1 || status=$?
((status == 8)) || fail "a policy that crashes: ended with $status: $(tail -n 3 "$TEST_WORK/compare.log")"
grep -E '^  hot_crashes: .*FAILED in round 1' "$TEST_WORK/compare.log" >"$TEST_WORK/said" ||
	fail "a policy that crashes is not reported as failed"
note "$(sed 's/.*FAILED/FAILED/' "$TEST_WORK/said")"
grep -q '^figures of 2 whole rounds$' "$TEST_WORK/compare.log" || fail "the others are not compared"
expect_before "a policy that crashes"
unload "$hogs"
stop
