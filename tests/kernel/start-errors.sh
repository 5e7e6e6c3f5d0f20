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

# What it is missed for shows much later: when an agent is to be ended, of another user as it is.
for capability in kill setuid setgid setpcap bpf; do
	refused 4 "no CAP_${capability^^} \(.*CapabilityBoundingSet=" \
		setpriv --bounding-set="-$capability" --inh-caps="-$capability" scx-cland
done
refused 4 'no CAP_PERFMON ' setpriv --bounding-set=-perfmon,-sys_admin --inh-caps=-perfmon,-sys_admin scx-cland
# An agent that gives up nothing is root's, too.
start_limits() # NAME=VALUE of prlimit, WHAT of setpriv, OPTION...: it starts, and ends in order
{
	local limit=$1 what=$2 status=0

	shift 2
	chrt -o 0 prlimit "$limit" setpriv --bounding-set="$what" --inh-caps="$what" scx-cland "$@" >"$LOG" 2>&1 &
	daemon=$!
	wait_line '^scx-cland: running: ' || fail "with $limit and $what: $(tail -n 1 "$LOG")"
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	note "$limit, $what: started, status $status"
	((status == 0)) || fail "with $limit and $what it ends with status $status: $(tail -n 3 "$LOG")"
	! pgrep cland- || fail "with $limit and $what an agent is left"
}
start_limits --core=0 -kill --sandbox=no

# Descriptors: the limit is raised as far as may be.
refused 1 'limit on open files is 16 and cannot be raised, and it takes ([0-9]+): ' \
	prlimit --nofile=16 --memlock=unlimited setpriv --bounding-set=-sys_resource scx-cland
enough=$(sed -n 's/.*and it takes \([0-9]*\):.*/\1/p' "$TEST_WORK/refused")
start_limits --nofile=16 +all
start_limits --nofile="$enough" -sys_resource
start_limits --nofile="16:$enough" -sys_resource

# Where something else than a capability forbids it to end agents, it says so. The kernel ends this one then.
LD_PRELOAD=$SCX_CLAND_BUILD/tests/kernel/no_kill.so chrt -o 0 scx-cland >"$LOG" 2>&1 &
daemon=$!
wait_line '^scx-cland: running: ' || fail "without kill(): $(tail -n 1 "$LOG")"
kill -TERM "$daemon"
wait "$daemon" || fail "without kill() it ends with status $?"
grep -E '^scx-cland: error: agent [0-9]+ may not be ended: Operation not permitted\. .* kill -KILL [0-9]+$' "$LOG" ||
	fail "it does not say that it may not end its agent: $(tail -n 3 "$LOG")"
no_agent() { ! pgrep cland- >/dev/null; }
wait_until no_agent || fail "an agent is left"

# Memory for data, and for the stack.
refused 6 'there is no memory' prlimit --data=1024000 scx-cland
start_limits --stack=262144 +all
start_limits --stack=1048576 +all

# What a container may lack.
refused 1 '/dev/null cannot be opened: No such file' \
	unshare -m sh -c 'mount -t tmpfs none /dev && exec scx-cland'
refused 1 '/proc is not mounted' unshare -m sh -c 'mount -t tmpfs none /proc && exec scx-cland'

# A kernel without sched_ext has no such folder.
refused 3 'no sched_ext' unshare -m sh -c 'mount -t tmpfs none /sys/kernel && exec scx-cland'

# HAZARDS 69
refused 4 'pid namespace of its own.*--pid=host' unshare -pf --mount-proc scx-cland

# Its clock is a day ahead: each agent would seem to have hung since yesterday.
refused 4 'time namespace of its own' unshare --time --monotonic 86400 scx-cland

state_is disabled || fail "$SCX/state is $(state) after starts that all failed"
