#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel ends the scheduler: by SysRq-S, and for an error, which comes with a debug dump. Both
# times the daemon says why and exits 7, and tasks run on. It can be started again.

. "$(dirname "$0")/lib.sh"

allowed_complaints='sched_ext:.*(disabled|a foreign fault)'

eject_wait()
{
	daemon_wait
	((ended == 7)) || fail "scx-cland ended with status $ended after an ejection, not 7"
	state_is disabled || fail "$SCX/state is $(state)"
	note "$(grep -m1 'error: the kernel has ended' "$LOG")"
	refused 9 'no scx-cland is running' clandctl status
}

start
echo S >/proc/sysrq-trigger
eject_wait
grep -q 'the kernel has ended the scheduler: .*[Ss]ysrq' "$LOG" || fail "SysRq-S is not named"

start
bpftool prog load "$SCX_CLAND_BUILD/tests/kernel/fault.bpf.o" /sys/fs/bpf/fault autoattach
/bin/true # the program waits for an exec
eject_wait
rm /sys/fs/bpf/fault
grep -q 'the kernel has ended the scheduler: .*a foreign fault' "$LOG" || fail "no reason is printed"
grep -q "^--- the kernel's debug dump ---" "$LOG" || fail "no debug dump is printed"
grep -q 'cland: agent=' "$LOG" || fail "the dump has no line of the stub's"
note "dump: $(sed -n '/^--- the kernel/,/^--- end/p' "$LOG" | wc -l) lines"

start
stop
