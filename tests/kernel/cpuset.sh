#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cpuset of busy and of waking tasks changes all the time, to one CPU, to some and to all: none
# of them waits for long, and all run where they may. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly GROUP=/sys/fs/cgroup/set
readonly FLIPS=100
readonly GAP_MAX_MS=2000

mkdir -p $GROUP
last=$(($(nproc) - 1))
sets=(0 "0-$last" "$last" "1-$last" "0,$last")
start --decisions="$1"
echo +cpuset >/sys/fs/cgroup/cgroup.subtree_control # behind the start: systemd takes it back as it starts a service
# shellcheck disable=SC2016 # the inner shell expands these
load bash -c 'echo $$ >"$1/cgroup.procs"
	while :; do hackbench -g 1 -f 4 -l 50; done & exec load-hogs --count="$2" --seconds=8' \
	- $GROUP $((last + 3))
hogs=$loaded
sleep 1
for ((i = 0; i < FLIPS; i++)); do
	echo "${sets[i % ${#sets[@]}]}" >$GROUP/cpuset.cpus
	sleep 0.05
done
expect_attached
echo "$last" >$GROUP/cpuset.cpus
sleep 0.5
for pid in $(pgrep -x load-hogs); do
	read -ra fields < <(sed 's/^.*) //' "/proc/$pid/stat")
	[[ ${fields[0]} != R || ${fields[36]} == "$last" ]] ||
		fail "a task runs on CPU ${fields[36]}; its cpuset is $last"
done
wait "$hogs" || fail "load-hogs ended with status $?"
echo 1 >$GROUP/cgroup.kill
line=$(grep '^hogs=' "$TEST_WORK/load.log")
counters
note "$line; ${counted[*]@K}"
gap=${line##*max_gap_ms=}
((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms"
expect_attached
stop
