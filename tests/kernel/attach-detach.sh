#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 13: attach and detach again and again while processes come and go. Each time the kernel
# must say that ours is the scheduler, and after TERM as after INT exit 0 and its own one back.
# limit: 400

. "$(dirname "$0")/lib.sh"

readonly CYCLES_MIN=3
readonly SECONDS_MIN=${1:-20}

# Loading the stub takes a second of CPU time, which is no part of this test.
start_nice=-19

# khugepaged is at nice 19: between two attachments the kernel's own scheduler leaves it without a CPU
# for so long, beside such a load in an emulated machine, that RCU complains.
echo never >/sys/kernel/mm/transparent_hugepage/enabled

load stress-ng -c 4 -f 2
begin=$(uptime_ms)
cycles=0
while ((cycles < CYCLES_MIN || $(uptime_ms) - begin < SECONDS_MIN * 1000)); do
	start
	if ((cycles % 2)); then stop INT; else stop TERM; fi
	cycles=$((cycles + 1))
done
note "$cycles cycles in $((($(uptime_ms) - begin) / 1000)) s"
