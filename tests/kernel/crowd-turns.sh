#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In a crowd, where more than two tasks wait for each CPU, turns are longer (CLAND_LEASE_CROWD): a dozen hogs a CPU are
# interrupted less than half as often, under each policy that has longer_in_crowds, and each still has its share. A
# parameter that is changed counts for hogs that run already. Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly SECONDS_EACH=3

# How often the hogs were interrupted in a few seconds; sets $turns. One process that sleeps meanwhile: each real-time
# one that begins interrupts them, too.
count_turns()
{
	turns=$(python3 - "$loaded" $SECONDS_EACH <<-'END'
		import sys, time
		pid, seconds = sys.argv[1:]
		with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
		    status = [open(f"/proc/{child}/status", encoding="ascii") for child in file.read().split()]
		def interruptions():
		    nr = 0
		    for file in status:
		        file.seek(0)
		        nr += next(int(line.split()[1]) for line in file if line.startswith("nonvoluntary"))
		    return nr
		time.sleep(1)  # leases of before a change are renewed within a second
		before = interruptions()
		time.sleep(int(seconds))
		print(interruptions() - before)
	END
	)
}

start --decisions="$1"
for policy in vruntime deadline latency-boost; do
	clandctl switch $policy >/dev/null
	load load-hogs --count=$((12 * $(nproc))) --seconds=600
	clandctl set $policy.longer_in_crowds=no >/dev/null
	count_turns
	short=$turns
	clandctl set $policy.longer_in_crowds=yes >/dev/null
	count_turns
	unload "$loaded"
	note "$policy: $((12 * $(nproc))) hogs were interrupted $short times in $SECONDS_EACH s, $turns in a crowd's turns"
	((turns > 0 && turns < short / 2)) || fail "$policy: turns are not longer in a crowd: $turns of $short are left"
done
normal load-hogs --count=$((12 * $(nproc))) --seconds=8 >"$TEST_WORK/hogs"
tail -n 1 "$TEST_WORK/hogs" >"$TEST_WORK/last"
note "$(cat "$TEST_WORK/last")"
awk -v least="$(figure min_share "$TEST_WORK/last")" -v most="$(figure max_share "$TEST_WORK/last")" \
	'BEGIN { exit !(least >= 0.8 * most) }' || fail "the least served hog has less than 0.8 of the most served"
expect_attached
stop
