#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The policy is changed beside a crowd of threads of which a thousand compute, so that a round of all takes
# seconds. Nobody is forgotten over it: for longer than the kernel's watchdog waits for anybody, it has
# nothing to complain of. Argument: how many threads.
# limit: 300

. "$(dirname "$0")/lib.sh"

readonly WATCHDOG_S=30

start
load load-crowd --tasks="$1" --runnable=1000
crowd=$loaded
wait_until grep -q ready "$TEST_WORK/load.log" || fail "load-crowd has not started $1 threads"
for policy in deadline vruntime; do
	note "$(clandctl switch "$policy")" || fail "no change to $policy"
done
# This is what is measured: a time in which nothing must happen.
sleep $((WATCHDOG_S + 10))
counters
note "${counted[*]@K}"
expect_attached
unload "$crowd"
stop
