#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What keeps scx-cland from starting: each its own sentence and exit code, and nothing attached.

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

# A kernel without sched_ext has no such folder.
refused 3 'no sched_ext' unshare -m sh -c 'mount -t tmpfs none /sys/kernel && exec scx-cland'

state_is disabled || fail "$SCX/state is $(state) after starts that all failed"
