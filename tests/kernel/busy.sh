#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 34, 85 and the machine's shape: twice as many hogs as CPUs use all CPUs, and so do as
# many hogs as CPUs. Run on machines with SMT threads, with two caches and with CPUs offline.

. "$(dirname "$0")/lib.sh"

cpus=$(nproc)
start
for hogs in "$cpus" $((cpus * 2)); do
	normal load-hogs --count="$hogs" --seconds=5 >"$TEST_WORK/hogs"
	used=$(figure cpu_ms "$TEST_WORK/hogs")
	note "$hogs hogs: $(tail -n 1 "$TEST_WORK/hogs"); $((${used%.*} / (50 * cpus))) % of $cpus CPUs"
	((${used%.*} >= 950 * 5 * cpus / 1000)) ||
		fail "$hogs hogs had $used ms of CPU time in 5 s on $cpus CPUs: less than 95 %"
done
expect_attached
counters
note "${counted[*]@K}"
stop
