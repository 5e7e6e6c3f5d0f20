#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cgroup freezer, on the load and on us. Frozen tasks use no CPU time, thawed ones go on, the
# others hardly notice; and while scx-cland itself is frozen, supervisor and agent, all runs on by
# leases. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly TOP=/sys/fs/cgroup
readonly GAP_MAX_MS=500
readonly US_FROZEN_S=5	# the supervisor ends an agent that has been silent for 3 s

freeze() # GROUP 0|1
{
	frozen() { grep -q "^frozen $1\$" "$TOP/$2/cgroup.events"; }
	echo "$2" >"$TOP/$1/cgroup.freeze"
	wait_until frozen "$2" "$1" || fail "cgroup.freeze=$2 takes no effect on $1"
}

used_us() { sed -n 's/^usage_usec //p' "$TOP/$1/cpu.stat"; }

mkdir -p $TOP/cold $TOP/us
start --decisions="$1"
normal load-hogs --count="$(nproc)" --seconds=14 >"$TEST_WORK/hogs" &
hogs=$!
# shellcheck disable=SC2016 # the inner shell expands these
load bash -c 'echo $$ >"$1/cgroup.procs"
	load-hogs --count=4 --seconds=100 &
	while :; do hackbench -g 1 -f 4 -l 50; done' - $TOP/cold
for ((i = 0; i < 8; i++)); do
	freeze cold 1
	before=$(used_us cold)
	sleep 0.2
	# the last one counts as frozen a moment before it gives up its CPU
	used=$(($(used_us cold) - before))
	((used < 20000)) || fail "frozen tasks have used $used us of CPU time"
	freeze cold 0
	sleep 0.3
	(($(used_us cold) > before + 40000)) || fail "thawed tasks do not run"
	expect_attached
done

echo "$daemon" >$TOP/us/cgroup.procs
agent >$TOP/us/cgroup.procs
freeze us 1
sleep "$US_FROZEN_S"
expect_attached
freeze us 0
wait "$hogs" || fail "load-hogs ended with status $?"
note "$(tail -n 1 "$TEST_WORK/hogs")"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
counters
decided=$(($(count decided) + $(count renewed)))
has_decided() { counters; (($(count decided) + $(count renewed) > decided)); }
wait_until has_decided || fail "the policy does not decide after we were thawed"
note "${counted[*]@K}"
echo 1 >$TOP/cold/cgroup.kill
expect_attached
stop
