#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# deadline with rules, beside twice as many hogs as CPUs: a task of 60 frames a second with a budget is
# on time, one that over-runs its budget has that and the share of its weight, no more, and budgets
# that are more than all CPUs are refused. A rule of a cgroup that comes later is obeyed from then on.

. "$(dirname "$0")/lib.sh"

readonly SECONDS_RUN=6 BUDGET_PCT=20

cpus=$(nproc)
refused 8 'budgets of the rules come to .* CPUs' scx-cland --policy=deadline \
	--set="deadline.rule.a=nice=0 period_us=10000 budget_us=9999" \
	--set="deadline.rule.b=nice=1 period_us=10000 budget_us=9999" \
	--set="deadline.rule.c=nice=2 period_us=10000 budget_us=9999" \
	--set="deadline.rule.d=nice=3 period_us=10000 budget_us=9999"
loops=$(normal load-frames --calibrate | sed -n 's/.*work_loops=\([0-9]*\).*/\1/p')
ln -s "$(command -v load-hogs)" "$TEST_WORK/greedy"
later=/sys/fs/cgroup/test/later

start --policy=deadline \
	--set="deadline.rule.frames=comm=load-frames period_us=16667 budget_us=8000" \
	--set="deadline.rule.greedy=comm=gree* period_us=50000 budget_us=$((BUDGET_PCT * 500))" \
	--set="deadline.rule.later=cgroup=${later#/sys/fs/cgroup} period_us=50000 budget_us=1000"
load load-hogs --count=$((cpus * 2)) --seconds=$((SECONDS_RUN + 1))
hogs=$loaded
chrt -o 0 "$TEST_WORK/greedy" --count=1 --seconds=$SECONDS_RUN >"$TEST_WORK/got" &
greedy=$!
normal load-frames --work-loops="$loops" --seconds=$SECONDS_RUN >"$TEST_WORK/frames"
wait "$greedy" || fail "the over-running task ended with status $?"
wait "$hogs" || fail "load-hogs ended with status $?"
frames=$(tr '\n' ' ' <"$TEST_WORK/frames")
note "frames: $frames"
awk -v text="$frames" 'BEGIN {
	match(text, /on_time_pct=[0-9.]+/)
	exit !(substr(text, RSTART + 12, RLENGTH - 12) + 0 >= 99)
}' || fail "fewer than 99 % of the frames are on time"
awk -v line="$(grep '^hog=' "$TEST_WORK/got")" -v all="$(tail -n 1 "$TEST_WORK/load.log")" \
	-v seconds=$SECONDS_RUN -v cpus="$cpus" -v budget=$BUDGET_PCT '
function get(text, key) {
	match(text, key "=[0-9.]+")
	return substr(text, RSTART + length(key) + 1, RLENGTH - length(key) - 1) + 0
}
BEGIN {
	got = get(line, "cpu_ms") / 1000 / seconds
	share = get(all, "cpu_ms") / 1000 / (seconds + 1) / (2 * cpus)
	printf "   the over-running task had %.3f of a CPU: its budget is %.3f, a hog had %.3f\n", got,
	       budget / 100, share
	exit !(got >= budget / 100 && got <= (budget / 100 + share) * 1.1)
}' || fail "the over-running task has not had its budget and the share of its weight"
counters
note "${counted[*]@K}"
expect_attached

# The rule of a cgroup that was not there at the start: it is found when it comes, and each time again.
grep -q '1 of the 1 cgroups that its rules name are not there' "$LOG" ||
	fail "it is not said that a cgroup is not there"
for times in 1 2; do
	from=$(wc -l <"$LOG")
	mkdir "$later"
	wait_line 'new parameters: a cgroup that its rules name has come' "$from" ||
		fail "the cgroup has come, time $times, and nothing is made of it"
	from=$(wc -l <"$LOG")
	rmdir "$later"
	wait_line '1 of the 1 cgroups that its rules name are not there' "$from" ||
		fail "the cgroup has gone, time $times, and nothing is said of it"
done
expect_attached
stop
