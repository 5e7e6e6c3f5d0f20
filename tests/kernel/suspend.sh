#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 94: the kernel freezes all processes, as for a suspend, again and again under load, and for
# longer than a silent agent is given. Tasks that were queued before run on, it stays attached, and
# the agent decides on. The guest's devices cannot sleep: a suspend by /sys/power/state goes back
# from there, a hibernation stops at its first half (/dev/snapshot). Argument: leased or strict.
#
# Only the latter from kernel 7 on: its driver of the ports by which a guest speaks to its host does not
# come back from a suspend that another device refused, whoever schedules.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly FREEZES=8
readonly FROZEN_LONG_S=5	# the supervisor ends an agent that has been silent for 3 s

# What the refusing device says; and what the kernel says of a thaw with no snapshot taken.
allowed_complaints='virtio|PM: |pm_restore_gfp_mask'

suspend() # STATE
{
	local from

	from=$(kernel_log | grep -c 'Freezing user space processes completed') || true
	! echo "$1" 2>/dev/null >/sys/power/state || fail "the guest has suspended, and is not to"
	(($(kernel_log | grep -c 'Freezing user space processes completed') > from)) ||
		fail "writing $1 to /sys/power/state froze nothing: $(kernel_log | tail -n 1)"
}

hibernate() # SECONDS that it lasts
{
	python3 - "$1" <<-'END'
		import fcntl, os, sys, time
		FREEZE, UNFREEZE = 0x3301, 0x3302  # of linux/suspend_ioctls.h
		snapshot = os.open("/dev/snapshot", os.O_RDONLY)
		fcntl.ioctl(snapshot, FREEZE)
		time.sleep(float(sys.argv[1]))
		fcntl.ioctl(snapshot, UNFREEZE)
	END
}

ways=("suspend freeze" "hibernate 0" "suspend mem" "hibernate 0.1")
[[ $(uname -r) == 6.* ]] || ways=("hibernate 0" "hibernate 0.1")
start --decisions="$1"
load load-hogs --count=$(($(nproc) * 2)) --seconds=20
hogs=$loaded
load sh -c 'while :; do hackbench -g 1 -f 4 -l 50; done'
hack=$loaded
for ((i = 0; i < FREEZES; i++)); do
	# shellcheck disable=SC2086 # a function and its argument
	${ways[i % ${#ways[@]}]}
	expect_attached
done
old=$(agent)
hibernate "$FROZEN_LONG_S"
expect_attached
wait "$hogs" || fail "load-hogs ended with status $?"
note "$(grep '^hogs=' "$TEST_WORK/load.log")"
unload "$hack"
counters
decided=$(($(count decided) + $(count renewed)))
load load-hogs --count=$(($(nproc) * 2)) --seconds=3
has_decided() { counters; (($(count decided) + $(count renewed) > decided)); }
wait_until has_decided || fail "the policy does not decide after the last freeze"
note "agent $old before the long freeze, $(agent) after; ${counted[*]@K}"
expect_attached
unload "$loaded"
stop
