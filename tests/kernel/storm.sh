#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that change or vanish while they are queued: a storm of one kind, over hogs that must not
# starve, under leased and then under strict. Argument: which storm.
# limit: 180

. "$(dirname "$0")/lib.sh"

readonly SECONDS_EACH=5
readonly GAP_MAX_MS=2000

case $1 in
affinity) # HAZARDS 46, 49, 50: queued tasks whose CPUs change
	storm=(stress-ng --affinity 8 --affinity-delay 0)
	;;
race) # HAZARDS 48: affinity set by others at the same moment
	storm=(stress-ng --race-sched 8)
	;;
exit) # HAZARDS 61: tasks exit while queued
	storm=(stress-ng --fork 8 --vfork 8 --exec 4)
	;;
policy) # queued tasks become SCHED_IDLE, BATCH, FIFO, RR and back, and change their nice value
	storm=(stress-ng --schedpolicy 8 --resched 4)
	;;
switch) # HAZARDS 86: many wake-ups, yields and signals
	storm=(stress-ng --switch 4 --yield 8 --sigq 2)
	;;
io) # HAZARDS 15: local queues are full of woken tasks, memory and files are busy
	storm=(stress-ng --cpu 16 --iomix 2 --iomix-bytes 8M --vm 2 --vm-bytes 32M --fork 4)
	;;
sock) # HAZARDS 35, 44: wake-ups from other CPUs without end, and unbound kernel workers
	storm=(stress-ng --sock 8 --pipe 4 --af-alg 2)
	;;
*)
	fail "no such storm: $1"
	;;
esac

for decisions in leased strict; do
	start --decisions="$decisions"
	load "${storm[@]}" -t $((SECONDS_EACH + 1))
	wind=$loaded
	normal load-hogs --count="$(nproc)" --seconds="$SECONDS_EACH" >"$TEST_WORK/hogs"
	wait "$wind" || fail "$1, $decisions: stress-ng ended with status $?"
	gap=$(figure max_gap_ms "$TEST_WORK/hogs")
	counters
	note "$decisions: longest gap of a hog $gap ms; ${counted[*]@K}"
	((${gap%.*} <= GAP_MAX_MS)) || fail "$1, $decisions: a hog waited for $gap ms"
	expect_attached
	stop
done
