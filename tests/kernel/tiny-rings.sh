#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 74, 75: built with rings of 64 entries, which hackbench and forks fill while the agent is stopped
# for a moment. What finds no room is ranked by its lease and counted; nothing is lost, nobody waits for long.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=2000

# by its own name: agents are started from the same file
mkdir "$TEST_WORK/bin"
cp "$SCX_CLAND_BUILD/tests/kernel/scx-cland-tiny" "$TEST_WORK/bin/scx-cland"
PATH=$TEST_WORK/bin:$PATH
# Asked for so long an agent that does not answer; then it is taken to be silent, and rings empty.
printf '[scheduler]\ndecisions = strict\nrescue_ms = 300\n' >"$TEST_WORK/tiny.ini"
start --config="$TEST_WORK/tiny.ini"
load hackbench -g 16 -f 10 -l 400
hack=$loaded
load load-forks --parallel=16 --seconds=5
forks=$loaded
normal load-hogs --count="$(nproc)" --seconds=8 >"$TEST_WORK/hogs" &
hogs=$!
pid=$(agent)
while kill -0 "$hogs" 2>/dev/null; do
	kill -STOP "$pid"
	sleep 0.2
	kill -CONT "$pid"
	sleep 0.5
done
wait "$hogs" || fail "load-hogs ended with status $?"
[[ $(agent) == "$pid" ]] || fail "the agent was replaced"
wait "$hack" || fail "hackbench ended with status $?"
wait "$forks" || fail "load-forks ended with status $?"
counters
note "$(tail -n 1 "$TEST_WORK/hogs"); ${counted[*]@K}"
(($(count ring_full) > 0)) || fail "no ring was ever full: the test shows nothing"
(($(count fallback) >= $(count ring_full))) || fail "full rings are not counted as fallbacks"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
(($(count decided) > 0)) || fail "the policy decides nothing"
expect_attached
stop
