#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 64: pids come round every few hundred forks, while decisions on their former owners are
# under way. Decisions are about tasks, not pids. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=500

echo 400 >/proc/sys/kernel/pid_max
start --decisions="$1"
load load-forks --parallel=8 --seconds=12
storm=$loaded
normal load-hogs --count="$(nproc)" --seconds=10 >"$TEST_WORK/hogs"
wait "$storm" || fail "load-forks ended with status $?"
forks=$(tail -n 1 "$TEST_WORK/load.log")
note "$forks"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
counters
note "longest gap of a hog $gap ms; ${counted[*]@K}"
forks=${forks#forks=}
((${forks%% *} > 800)) || fail "pids have hardly come round"
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
(($(count bad) == 0)) || fail "decisions that broke a rule: $(count bad)"
expect_attached
stop
