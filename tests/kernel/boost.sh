#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What latency-boost is for: a task of 60 frames a second beside twice as many hogs as CPUs has every frame on
# time, and the hogs keep their work; and what others keep when somebody's favourites compute without end.
# limit: 240

. "$(dirname "$0")/lib.sh"

# Of the hogs' work under the kernel's own scheduler, in percent.
readonly WORK_MIN_PCT=94
# Of all CPU time, when favourites want all of it, for those with a fourth of the weight. Half of the machine stays
# free of boosted tasks, and favourites beyond the budget share it with the others.
readonly OTHERS_MIN_PCT=15

work_loops=$(load-frames --calibrate)
work_loops=${work_loops#work_loops=}

# frames NAME: both loads for 5 s; their outputs in $TEST_WORK/NAME.frames and .hogs
frames()
{
	local hogs

	chrt -o 0 load-hogs --count=$(($(nproc) * 2)) --seconds=5 >"$TEST_WORK/$1.hogs" &
	hogs=$!
	normal load-frames --work-loops="$work_loops" --seconds=5 >"$TEST_WORK/$1.frames"
	wait $hogs || fail "load-hogs ended with status $?"
	note "$1: $(tr ' ' '\n' <"$TEST_WORK/$1.frames" | grep -E '^(frames|missed|wake_)' | tr '\n' ' ')$(
		grep '^hogs=' "$TEST_WORK/$1.hogs")"
}

# value NAME FILE
value() { tr ' ' '\n' <"$TEST_WORK/$2" | sed -n "s/^$1=//p" | tail -n 1; }

frames kernel
start --policy=latency-boost
frames boosted
[[ $(value missed boosted.frames) == 0 ]] ||
	fail "$(value missed boosted.frames) of $(value frames boosted.frames) frames are late"
work=$(($(value loops boosted.hogs) * 100 / $(value loops kernel.hogs)))
note "work of the hogs: $work % of the kernel's own scheduler's"
((work >= WORK_MIN_PCT)) || fail "the hogs keep only $work % of their work"
expect_attached
stop

# Three hogs for each CPU that a rule calls favourites, and one that nobody does: the budget is what keeps them apart.
printf '[scheduler]\npolicy = latency-boost\n[rule loved]\ncomm = load-loved\nboost = 3\n' >"$TEST_WORK/ini"
cp "$(type -P load-hogs)" "$TEST_WORK/load-loved"
start --config="$TEST_WORK/ini"
chrt -o 0 "$TEST_WORK/load-loved" --count=$(($(nproc) * 3)) --seconds=5 >"$TEST_WORK/loved" &
loved=$!
normal load-hogs --count="$(nproc)" --seconds=5 >"$TEST_WORK/others"
wait $loved || fail "load-hogs ended with status $?"
others=$(value cpu_ms others)
pct=$(awk -v a="$others" -v b="$(value cpu_ms loved)" 'BEGIN { printf "%.1f", 100 * a / (a + b) }')
note "hogs beside three times as many favourites: $pct % of the machine, 25 % by weight"
awk -v pct="$pct" -v min=$OTHERS_MIN_PCT 'BEGIN { exit !(pct >= min) }' || fail "the others keep only $pct %"
expect_attached
stop
