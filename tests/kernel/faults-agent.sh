#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Whatever is done to the agent, nothing is detached and nobody waits for long: killed, stopped,
# frozen by its cgroup, ended by the OOM killer; and the control socket flooded. None of that is held
# against the policy.
# limit: 400

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

# replaced NAME PATTERN: the agent that was there is missed with these words, and another one serves
replaced()
{
	next_line "agent $old .*$2" || fail "$1: its end is not reported"
	next_line 'agent [0-9]+ runs policy vruntime' || fail "$1: it is not replaced"
	fault_end "$1"
}

begin()
{
	old=$(agent) || fail "there is no agent"
	fault_begin
}

load_up
# So that what happens to it finds it waiting: an agent asleep is not in its policy.
begin
kill -KILL "$old"
replaced kill 'was ended by signal 9 \(Killed\)'

begin
kill -STOP "$old"
replaced stop 'has given no sign of life for 3 s'

group=/sys/fs/cgroup/test/frozen
mkdir $group
begin
echo "$old" >$group/cgroup.procs
echo 1 >$group/cgroup.freeze
replaced freeze 'has given no sign of life for 3 s'
echo 0 >$group/cgroup.freeze
rmdir $group

begin
echo f >/proc/sysrq-trigger
replaced oom-kill 'was ended by signal 9 \(Killed\).*for want of memory'
kernel_log | grep "Out of memory: Killed process $old" >/dev/null || fail "it was not the OOM killer"

begin
ask shell "python3 $(dirname "$0")/flood.py 3"
note "$reply"
fault_end control-flood
[[ $(agent) == "$old" ]] || fail "flood: another agent serves"
status_has '^policy: +vruntime'

[[ $(json '[.faults[] | select(.quarantined)] | length') == 0 ]] ||
	fail "what was done to the agent is held against its policy"
counters
note "${counted[*]@K}"
load_down
stop
