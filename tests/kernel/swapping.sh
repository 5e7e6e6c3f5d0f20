#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 5: more memory is wanted than there is, and swapped to compressed memory. kswapd does not
# wait for user space, the agent is not swapped out, nothing is detached.

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=3000

major_faults()
{
	local fields

	read -ra fields < <(sed 's/^.*) //' "/proc/$1/stat")
	echo "${fields[9]}"
}

modprobe zram || fail "the guest has no zram: the test cannot run"
total_kib=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
echo "$((total_kib / 2))K" >/sys/block/zram0/disksize
mkswap /dev/zram0 >/dev/null
swapon /dev/zram0
start
pid=$(agent)
before=$(major_faults "$pid")
# Not in percent: that would be of what is free, and files in memory make way.
load stress-ng --vm 4 --vm-bytes $((total_kib * 11 / 10))K --vm-keep -t 100
stress=$loaded
is_swapping() { (($(sed -n 's/^pswpout //p' /proc/vmstat) > 5000)); }
wait_until is_swapping || fail "nothing is swapped: the test shows nothing"
normal load-hogs --count="$(nproc)" --seconds=6 >"$TEST_WORK/hogs"
note "$(tail -n 1 "$TEST_WORK/hogs"); pages swapped out: $(sed -n 's/^pswpout //p' /proc/vmstat)"
[[ $(agent) == "$pid" ]] || fail "the agent was replaced"
[[ $(major_faults "$pid") == "$before" ]] || fail "the agent was swapped out"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
expect_attached
unload "$stress"
stop
swapoff /dev/zram0
