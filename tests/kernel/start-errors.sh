#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What keeps scx-cland from starting: each its own sentence and exit code, and nothing attached.
# not as a service: the causes are made for a process of this test's; service.sh has one for the unit

. "$(dirname "$0")/lib.sh"

ini=$TEST_WORK/wrong.ini
bin=$(command -v scx-cland)

refused 2 '/nonexistent' scx-cland --config=/nonexistent
printf '[scheduler]\npolcy = x\n' >"$ini"
refused 2 "$ini:2: .*polcy.*policy" scx-cland --config="$ini"
printf '[scheduler]\ndecisions = sometimes\n' >"$ini"
refused 2 "$ini:2: .*decisions.*leased.*strict" scx-cland --config="$ini"
refused 8 'no-such-policy' scx-cland --policy=no-such-policy

# Not root. Nobody may not read the tree the build lies in, perhaps.
cp "$bin" "$SCX_CLAND_POLICY_PATH/vruntime.so" "$TEST_WORK"
chmod -R a+rX "$TEST_WORK"
refused 4 'root' setpriv --reuid=65534 --regid=65534 --clear-groups \
	"$TEST_WORK/scx-cland" --policy="$TEST_WORK/vruntime.so"
# Root in name only, as in a container.
refused 4 'root|CAP_' setpriv --bounding-set=-all --inh-caps=-all scx-cland

refused 6 'lock.*(ulimit -l|LimitMEMLOCK)' prlimit --memlock=65536 \
	setpriv --bounding-set=-ipc_lock,-sys_resource scx-cland

# So few descriptors that the supervisor has enough, and the agent has not: not the policy's fault.
for ((files = 72; files < 200; files += 8)); do
	status=0
	timeout 10 prlimit --nofile=$files scx-cland >"$TEST_WORK/refused" 2>&1 || status=$?
	grep -q 'while it was loaded' "$TEST_WORK/refused" &&
		fail "with $files descriptors it says: $(tail -n 1 "$TEST_WORK/refused")"
	if grep -q 'agent cannot be started: descriptors' "$TEST_WORK/refused" || ((status == 124)); then
		break
	fi
done
note "$files descriptors, status $status: $(tail -n 1 "$TEST_WORK/refused")"
[[ $status == 1 ]] || fail "with few descriptors it ends with status $status"

# A kernel without sched_ext has no such folder.
refused 3 'no sched_ext' unshare -m sh -c 'mount -t tmpfs none /sys/kernel && exec scx-cland'

# HAZARDS 69
refused 4 'pid namespace of its own.*--pid=host' unshare -pf --mount-proc scx-cland

state_is disabled || fail "$SCX/state is $(state) after starts that all failed"
