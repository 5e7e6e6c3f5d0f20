#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 56, 57: tasks are preempted where they must not change their CPU, inside BPF programs, in
# the company of 16 hogs. A CPU they are not allowed on would end the scheduler.

. "$(dirname "$0")/lib.sh"

bpftool prog load "$SCX_CLAND_BUILD/tests/kernel/pinner.bpf.o" /sys/fs/bpf/pinner autoattach
for decisions in leased strict; do
	start --decisions="$decisions"
	load load-hogs --count=16 --seconds=8
	hogs=$loaded
	callers=()
	for ((i = 0; i < 8; i++)); do
		load python3 -c 'while True: __import__("os").getppid()'
		callers+=("$loaded")
	done
	wait "$hogs" || fail "load-hogs ended with status $?"
	expect_attached
	unload "${callers[@]}"
	counters
	note "$decisions: $(tail -n 1 "$TEST_WORK/load.log"); ${counted[*]@K}"
	stop
done
data=$(bpftool -j map dump name pinner.bss | tr -d ' \n')
runs=$(sed -n 's/.*"nr_runs":\([0-9]*\).*/\1/p' <<<"$data")
note "the program ran $runs times"
((runs > 100)) || fail "the program that disables migration has hardly run: $data"
grep -q '"nr_moved":0' <<<"$data" || fail "a task changed its CPU where it must not: $data"
rm /sys/fs/bpf/pinner
