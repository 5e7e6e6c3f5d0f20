#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# vruntime with cgroup_weights: cgroups of cpu.weight 100, 200 and 400, the last with two of 100 and
# 300 below it, and unlike numbers of hogs in each, get CPU time by their weights within 5 %. Then
# a weight changes, a cgroup goes, and the others have its share.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly TOP=/sys/fs/cgroup SETTLE_S=3 MEASURE_S=6

clean()
{
	local group

	for group in heavy/x heavy/y heavy light middle; do
		[[ -d $TOP/$group ]] || continue
		echo 1 >$TOP/$group/cgroup.kill
		wait_until rmdir $TOP/$group 2>/dev/null
	done
}

group() # NAME WEIGHT
{
	mkdir "$TOP/$1"
	echo "$2" >"$TOP/$1/cpu.weight"
}

hogs_in() # NAME COUNT
{
	# shellcheck disable=SC2016 # the inner shell expands these
	load bash -c 'echo $$ >"$1/cgroup.procs"; exec load-hogs --count="$2" --seconds=100' \
		- "$TOP/$1" "$2"
}

used_us() { sed -n 's/^usage_usec //p' "$TOP/$1/cpu.stat"; }

# Who is in the arguments shares the CPUs in this proportion.
check_shares() # NAME=PARTS...
{
	local pair before=() after=()

	sleep $SETTLE_S
	for pair; do before+=("$(used_us "${pair%=*}")"); done
	sleep $MEASURE_S
	for pair; do after+=("$(used_us "${pair%=*}")"); done
	awk -v pairs="$*" -v before="${before[*]}" -v after="${after[*]}" '
	BEGIN {
		nr = split(pairs, pair, " ")
		split(before, b, " ")
		split(after, a, " ")
		for (i = 1; i <= nr; i++) {
			split(pair[i], part, "=")
			name[i] = part[1]
			due[i] = part[2]
			parts += part[2]
			sum += a[i] - b[i]
		}
		for (i = 1; i <= nr; i++) {
			share = (a[i] - b[i]) / sum
			off = (share / (due[i] / parts) - 1) * 100
			printf "   %-8s share %.4f, due %.4f, off %+.1f %%\n", name[i], share,
			       due[i] / parts, off
			if (off > 5 || off < -5)
				bad = 1
		}
		exit bad
	}' || fail "a cgroup's share is off by more than 5 %"
}

trap 'status=$?; set +e; clean; (exit "$status"); at_exit' EXIT
echo +cpu >$TOP/cgroup.subtree_control
group light 100
group middle 200
group heavy 400
echo +cpu >$TOP/heavy/cgroup.subtree_control
group heavy/x 100

start --set=vruntime.cgroup_weights=yes
# Made and weighed while we run, the others before.
group heavy/y 300
hogs_in light 2
hogs_in middle 3
hogs_in heavy/x 2
hogs_in heavy/y 5
check_shares light=28 middle=56 heavy/x=28 heavy/y=84

echo 1 >$TOP/heavy/cgroup.kill
echo 150 >$TOP/middle/cpu.weight
hogs_in light 3
check_shares light=2 middle=3
counters
note "${counted[*]@K}"
expect_attached
stop
