#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 1, 2, 4, 6: the agent has no page fault while memory is short and the kernel compacts it. And
# when somebody allows the kernel to move locked memory behind our back, there may be faults, but
# nothing is lost by them.

. "$(dirname "$0")/lib.sh"

faults() # PID: minor and major faults so far
{
	local fields

	read -ra fields < <(sed 's/^.*) //' "/proc/$1/stat")
	echo "${fields[7]} ${fields[9]}"
}

compact()
{
	local end=$(($(uptime_ms) + 15000))

	compacted=0
	while (($(uptime_ms) < end)); do
		echo 1 >/proc/sys/vm/compact_memory
		compacted=$((compacted + 1))
		sleep 0.5
	done
}

switch=/proc/sys/vm/compact_unevictable_allowed
huge=/sys/kernel/mm/transparent_hugepage
scan_sleep_ms=$(<$huge/khugepaged/scan_sleep_millisecs)
echo always >$huge/enabled
echo always >$huge/defrag
echo 0 >$huge/khugepaged/scan_sleep_millisecs
echo 1 >$switch
start
[[ $(cat $switch) == 0 ]] || fail "$switch is not 0 while scx-cland runs"
load stress-ng --cpu "$(nproc)" --vm 2 --vm-bytes 70% -t 60
stress=$loaded
pid=$(agent)
# The first seconds show whether the rehearsal was enough, too, so nothing is waited for.
begin=$(faults "$pid")
compact
after=$(faults "$pid")
note "faults (minor, major): $begin before, $after after $compacted compactions"
echo 1 >$switch
compact
note "$(faults "$pid") after $compacted more, with locked memory moved, too"
[[ $(agent) == "$pid" ]] || fail "the agent has been replaced"
unload "$stress"
# A khugepaged that never sleeps is not frozen, either, for 20 s each time: a suspend, in the next test.
echo "$scan_sleep_ms" >$huge/khugepaged/scan_sleep_millisecs
echo madvise >$huge/enabled
echo madvise >$huge/defrag
counters
note "${counted[*]@K}"
(($(count decided) > 0)) || fail "the agent had nothing to do"
[[ $begin == "$after" ]] || fail "the agent had page faults: $begin before, $after after"
expect_attached
echo 0 >$switch
stop
[[ $(cat $switch) == 1 ]] || fail "$switch is not what it was before scx-cland ran"

# Killed, it cannot switch it on again; the next one to run does.
start --persist=no
daemon_kill
wait_until state_is disabled || fail "still attached although scx-cland has been killed"
[[ $(cat $switch) == 0 ]] || fail "$switch was switched on by nobody"
start
stop
[[ $(cat $switch) == 1 ]] || fail "$switch stays off after scx-cland has once been killed"
