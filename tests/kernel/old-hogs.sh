#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 81: hogs that have run for long do not starve when new ones arrive, nor the new ones.
# Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=500

cpus=$(nproc)
start --decisions="$1"
# Fewer than there are CPUs: what they use then is no debt.
load load-hogs --count=$((cpus - 1)) --seconds=20
few=$loaded
load load-hogs --count=$((cpus * 2)) --seconds=20
old=$loaded
sleep 12
normal load-hogs --count=$((cpus * 2)) --seconds=6 >"$TEST_WORK/new"
wait "$few"
wait "$old"
gaps=$(cat "$TEST_WORK/load.log" "$TEST_WORK/new" | grep '^hogs=' | sed 's/.*max_gap_ms=//')
note "longest gaps: old $(grep '^hogs=' "$TEST_WORK/load.log" | sed 's/.*max_gap_ms=//' |
	tr '\n' ' ')ms, new $(sed -n '/^hogs=/s/.*max_gap_ms=//p' "$TEST_WORK/new") ms"
for gap in $gaps; do
	((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms, more than $GAP_MAX_MS"
done
expect_attached
stop
