#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 38: two pinned hogs on every CPU and one that may run anywhere. Neither kind starves the
# other: no gap over 1 s, and the free one gets about what it is due. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

cpus=$(nproc)
start --decisions="$1"
load load-hogs --count=$((cpus * 2)) --pin-each --seconds=8
pinned=$loaded
normal load-hogs --count=1 --seconds=7 >"$TEST_WORK/free"
wait "$pinned" || fail "load-hogs ended with status $?"
free=$(grep '^hog=' "$TEST_WORK/free")
all=$(tail -n 1 "$TEST_WORK/load.log")
note "free: $free"
note "pinned: $all"
awk -v free="$free" -v all="$all" -v cpus="$cpus" '
function get(text, key) {
	match(text, key "=[0-9.]+")
	return substr(text, RSTART + length(key) + 1, RLENGTH - length(key) - 1) + 0
}
BEGIN {
	# of the CPUs there are, 2 * cpus + 1 hogs in all
	due = cpus / (2 * cpus + 1)
	got = get(free, "cpu_ms") / 7000
	printf "   the free hog got %.3f of a CPU, due %.3f\n", got, due
	exit !(get(free, "max_gap_ms") <= 1000 && get(all, "max_gap_ms") <= 1000 &&
	       got >= 0.7 * due && got <= 1.5 * due)
}' || fail "pinned hogs and a free one do not share the CPUs"
expect_attached
stop
