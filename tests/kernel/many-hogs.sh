#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 77: a thousand hogs. The kernel's watchdog is a kernel worker like others: were it queued
# behind them it would be late and end the scheduler.
# limit: 240

. "$(dirname "$0")/lib.sh"

start
normal load-hogs --count=1000 --seconds=20 >"$TEST_WORK/hogs"
note "$(tail -n 1 "$TEST_WORK/hogs")"
counters
note "${counted[*]@K}"
idle=$(grep -c 'loops=0$' "$TEST_WORK/hogs" || true)
((idle == 0)) || fail "$idle of 1000 hogs never ran"
expect_attached
stop
