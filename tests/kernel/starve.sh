#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Under a policy nobody waits for longer than a second: 8 old hogs beside 8 new ones (HAZARDS 81), 4
# hogs beside 200 processes that fork one child after the other, hogs pinned to one CPU beside hogs
# that may run anywhere. Argument: POLICY or POLICY:strict.

. "$(dirname "$0")/lib.sh"

readonly WAIT_MAX_MS=1000 HOGS=8

IFS=: read -r policy decisions <<<"$1"
start --policy="$policy" --decisions="${decisions:-leased}"

value() { sed -n "s/^$1=.* $2=\([0-9]*\).*/\1/p" "$3" | tail -n 1; }

# Of the hogs whose output that is; every one has run.
check_hogs() # WHO FILE
{
	local gap

	gap=$(value hogs max_gap_ms "$2")
	note "$1: longest wait $gap ms, shares $(sed -n 's/^hogs=.*\(min_share.*\) max_gap.*/\1/p' "$2")"
	((${gap:-999999} <= WAIT_MAX_MS)) ||
		fail "$1: one waited for $gap ms, more than $WAIT_MAX_MS"
	! grep -q 'loops=0$' "$2" || fail "$1: one of them never ran"
}

hogs() # FILE OPTION...
{
	local file=$TEST_WORK/$1

	shift
	chrt -o 0 load-hogs "$@" >"$file" &
	hogs+=($!)
}

finish()
{
	local pid

	for pid in "${hogs[@]}"; do
		wait "$pid" || fail "load-hogs ended with status $?"
	done
	hogs=()
}

hogs=()
hogs old --count=$HOGS --seconds=3.5
sleep 2
hogs new --count=$HOGS --seconds=1.5
finish
check_hogs "old hogs" "$TEST_WORK/old"
check_hogs "new hogs" "$TEST_WORK/new"

hogs beside --count=4 --seconds=2.5
normal load-forks --parallel=200 --seconds=2 >"$TEST_WORK/forks"
finish
check_hogs "hogs beside forks" "$TEST_WORK/beside"
cycle=$(value forks max_cycle_ms "$TEST_WORK/forks")
note "$(cat "$TEST_WORK/forks")"
# A fork, its child, and the parent that waits for it: three waits.
((${cycle:-999999} <= 3 * WAIT_MAX_MS)) || fail "a fork and its child took $cycle ms"

hogs pinned --count=$HOGS --cpus=0 --seconds=1.5
hogs free --count=4 --seconds=1.5
finish
check_hogs "pinned hogs" "$TEST_WORK/pinned"
check_hogs "free hogs" "$TEST_WORK/free"
expect_attached
stop
