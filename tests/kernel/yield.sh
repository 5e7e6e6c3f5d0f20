#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sched_yield() gives the CPU to somebody else at once, not at the end of a slice: two tasks on one
# CPU that yield to each other take turns far more often than slices end.

. "$(dirname "$0")/lib.sh"

readonly YIELDS=2000

# Both are there before the time begins, so that nobody's file is waited for in it.
yielders='
import os, resource, sys, time
yields = int(sys.argv[1])
begin = time.monotonic()
if os.fork() == 0:
    for i in range(yields):
        os.sched_yield()
    os._exit(0)
for i in range(yields):
    os.sched_yield()
used = resource.getrusage(resource.RUSAGE_SELF)
_, status = os.wait()
print("%d %d" % ((time.monotonic() - begin) * 1000, used.ru_nvcsw + used.ru_nivcsw))
sys.exit(status)
'

start --decisions="$1"
normal taskset -c 0 python3 -c "$yielders" $YIELDS >"$TEST_WORK/yields" ||
	fail "a task that yields has failed"
read -r took switches <"$TEST_WORK/yields"
note "2 times $YIELDS yields took $took ms, of slices of 3 ms each it would have been" \
	"$((2 * YIELDS * 3)) ms; one of the two was switched $switches times"
# While the other one waits for the policy's answer there is nobody to yield to.
((switches >= YIELDS / 20)) || fail "who yields runs on: $switches switches in $YIELDS yields"
((took < YIELDS * 3 / 2)) || fail "who yields waits for the end of a slice: $YIELDS yields took $took ms"
expect_attached
stop
