#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 1, 2: the agent has no page fault while memory is short and the kernel compacts it.

. "$(dirname "$0")/lib.sh"

faults() # PID: minor and major faults so far
{
	local fields

	read -ra fields < <(sed 's/^.*) //' "/proc/$1/stat")
	echo "${fields[7]} ${fields[9]}"
}

start
load stress-ng --cpu "$(nproc)" --vm 2 --vm-bytes 70% -t 60
stress=$loaded
pid=$(agent)
# The first seconds show whether the rehearsal was enough, too, so nothing is waited for.
begin=$(faults "$pid")
end=$(($(uptime_ms) + 15000))
compacted=0
while (($(uptime_ms) < end)); do
	echo 1 >/proc/sys/vm/compact_memory
	compacted=$((compacted + 1))
	sleep 0.5
done
[[ $(agent) == "$pid" ]] || fail "the agent has been replaced"
after=$(faults "$pid")
unload "$stress"
counters
note "faults (minor, major): $begin before, $after after $compacted compactions"
note "${counted[*]@K}"
(($(count decided) > 0)) || fail "the agent had nothing to do"
[[ $begin == "$after" ]] || fail "the agent had page faults: $begin before, $after after"
expect_attached
stop
