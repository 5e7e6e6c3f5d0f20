#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --partial: schedules tasks of class SCHED_EXT and no others.

. "$(dirname "$0")/lib.sh"

start --partial
[[ $(cat $SCX/switch_all) == 0 ]] || fail "all tasks are switched, not only those of SCHED_EXT"
normal load-hogs --count="$(nproc)" --seconds=1 >/dev/null
counters
before=${counted[*]@K}
mine=$(($(count leased) + $(count requests) + $(count direct) + $(count fallback)))
((mine == 0)) || fail "ordinary tasks are scheduled: $before"

load as-sched-ext load-hogs --count=$(($(nproc) * 2)) --seconds=3
hogs=$loaded
wait "$hogs" || fail "hogs of SCHED_EXT ended with status $?"
note "$(tail -n 1 "$TEST_WORK/load.log")"
counters
note "${counted[*]@K}"
(($(count decided) > 0)) || fail "the policy decides nothing about tasks of SCHED_EXT"
expect_attached
stop
