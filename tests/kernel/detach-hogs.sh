#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# While the kernel takes its tasks back, no CPU goes idle beside tasks that compute: see core/supervisor/cpu_rouse.h.
# Nothing else wakes up meanwhile, so a CPU that does stays so until RCU or a timer is in need of it.

. "$(dirname "$0")/lib.sh"

readonly CYCLES=${1:-3}
readonly GAP_MAX_MS=120

worst_ms=0
for ((cycle = 0; cycle < CYCLES; cycle++)); do
	start
	load load-hogs --count=$(($(nproc) * 2)) --seconds=3
	hogs=$loaded
	sleep 0.5
	begin=$(uptime_ms)
	stop TERM
	took=$(($(uptime_ms) - begin))
	[[ -d /proc/$hogs ]] || fail "the hogs had ended before scx-cland had: this shows nothing"
	wait "$hogs" || fail "load-hogs ended with status $?"
	gap_ms=$(sed -n '$s/^hogs=.* max_gap_ms=\([0-9]*\).*/\1/p' "$TEST_WORK/load.log")
	[[ $gap_ms ]] || fail "load-hogs says: $(tail -1 "$TEST_WORK/load.log")"
	note "ended in $took ms; longest wait of a hog: $gap_ms ms"
	((gap_ms <= worst_ms)) || worst_ms=$gap_ms
done
((worst_ms <= GAP_MAX_MS)) || fail "a hog waited $worst_ms ms while the kernel took it back"
