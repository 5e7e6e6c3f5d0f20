#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Weights of cgroups after a change of policy: two cgroups with 1 and 3 hogs have their hogs' shares
# under fifo; from the change to vruntime with cgroup_weights on, by clandctl and without a new start,
# they have those of their cpu.weight. The same once more with another agent of the same policy, which
# must ask for the loads anew.

. "$(dirname "$0")/lib.sh"

readonly TOP=/sys/fs/cgroup SETTLE_S=4 MEASURE_S=4

clean()
{
	local group

	for group in one three; do
		[[ -d $TOP/$group ]] || continue
		echo 1 >$TOP/$group/cgroup.kill
		wait_until rmdir $TOP/$group 2>/dev/null
	done
}

hogs_in() # NAME COUNT
{
	mkdir "$TOP/$1"
	# shellcheck disable=SC2016 # the inner shell expands these
	load bash -c 'echo $$ >"$1/cgroup.procs"; exec load-hogs --count="$2" --cpus=0 --seconds=100' \
		- "$TOP/$1" "$2"
}

used_us() { sed -n 's/^usage_usec //p' "$TOP/$1/cpu.stat"; }

# The cgroup one's share of what both use is within 10 % of this.
check_share() # SHARE WHEN
{
	local one three

	sleep $SETTLE_S
	one=$(used_us one) three=$(used_us three)
	sleep $MEASURE_S
	one=$(($(used_us one) - one)) three=$(($(used_us three) - three))
	awk -v one=$one -v three=$three -v due="$1" -v when="$2" 'BEGIN {
		share = one / (one + three)
		printf "   %s: share %.4f, due %.4f\n", when, share, due
		exit !(share > due * 0.9 && share < due * 1.1)
	}' || fail "$2: the share of the cgroup with one hog is not $1"
}

trap 'status=$?; set +e; clean; (exit "$status"); at_exit' EXIT
printf '[scheduler]\npolicy = fifo\n[policy.vruntime]\ncgroup_weights = yes\n' \
	>"$TEST_WORK/scx-cland.ini"
start --config="$TEST_WORK/scx-cland.ini"
echo +cpu >$TOP/cgroup.subtree_control # behind the start: systemd takes it back as it starts a service
hogs_in one 1
hogs_in three 3
check_share 0.25 "under fifo"

clandctl switch vruntime
echo 200 >$TOP/three/cpu.weight
check_share 0.3333 "after the change to vruntime"

clandctl set vruntime.slice_us=4000
check_share 0.3333 "after one of its parameters"

clandctl set vruntime.cgroup_weights=no
check_share 0.25 "without cgroup_weights"
expect_attached
stop
grep -q 'agents replaced: 0' "$LOG" || fail "an agent has been lost"
