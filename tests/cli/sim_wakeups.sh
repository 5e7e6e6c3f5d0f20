#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A task that sleeps most of the time interrupts a hog when it wakes up, wherever each of them may run:
# in the queue of its own CPU as in its cache's (cyclictest, whose thread is bound to a CPU, waited for the
# end of hogs' slices, 2 ms as a rule). The simulator's times are exact and repeat.
#
# Usage: tests/cli/sim_wakeups.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# simulate POLICY OPTION...: the load in $load
load=$work/load.ini
simulate() { "$clandsim" run --policy="$policies/$1.so" "${@:2}" --json "$load" >"$work/run.json"; }

# expect TEXT QUERY LEAST MOST: a figure of the run, a whole number, is in that range
expect()
{
	local figure

	figure=$(jq "$2 | floor" "$work/run.json")
	printf '%s: %d\n' "$1" "$figure"
	((figure >= $3 && figure <= $4)) || { echo "not from $3 to $4" >&2; exit 1; }
}

for policy in vruntime deadline latency-boost; do
	for hogs in anywhere 0; do
		for task in anywhere 0; do
			{
				printf '[machine]\ncpus = 2\n[hogs hog]\ncount = 4\n'
				[ $hogs = anywhere ] || printf 'cpus = %s\n' $hogs
				# not in step with the tick
				printf '[periodic task]\nperiod = 9973us\nrun = 100us\n'
				[ $task = anywhere ] || printf 'cpus = %s\n' $task
			} >"$work/load.ini"
			simulate $policy --duration=4s
			expect "$policy, hogs on $hogs, task on $task: wake-up to run p50, us" \
				'.groups[] | select(.name == "task") | .wakeup.p50_ns / 1000' 0 500
		done
	done
done

# A short sleeper waits for no hog, however few CPUs there are: 6 ms at the 99th percentile on one, as the clock was
# ahead of the hog that ran, and as no sleeper's credit was above the margin for preemption.
for policy in vruntime deadline latency-boost; do
	for cpus in 1 2 4; do
		printf '[machine]\ncpus = %s\n[hogs hog]\ncount = %s\n' $cpus $((2 * cpus)) >"$work/load.ini"
		printf '[sleepers task]\nrun = 20us\nsleep = 9973us\n' >>"$work/load.ini"
		simulate $policy --duration=10s
		expect "$policy, two hogs a CPU, $cpus of these: wake-up to run p99, us" \
			'.groups[] | select(.name == "task") | .wakeup.p99_ns / 1000' 0 50
	done
done

# But who is woken up by another task, which has just left it something to do, does not interrupt that one each time.
cat >"$work/load.json" <<-END
	{ "tasks": {
	    "maker": { "loop": -1, "run": 500, "resume": "taker" },
	    "taker": { "loop": -1, "suspend": "taker", "run": 10 } },
	  "global": { "duration": 5, "default_policy": "SCHED_OTHER" } }
END
load=$work/load.json simulate vruntime --cpus=1
expect 'woken up by a task that computes all the time: interruptions in 5 s' .stub.preempted 0 50

# Those whose only CPU goes away may run anywhere from then on, and have not waited beside idle CPUs before that
# (clandsim hunt took it for a finding, where it looked in that very moment).
printf '[machine]\ncpus = 6\n[hotplug]\n191ms = -1\n[hogs hog]\ncount = 3\ncpus = 1\n' >"$work/load.ini"
for policy in fifo vruntime; do
	simulate $policy --duration=235ms --seed=210363133 --max-wait-ms=1000
	expect "$policy, a CPU that goes away: its three hogs computed, ms" \
		'[.groups[] | select(.name == "hog") | .run_ns / 1000000] | add' 320 323
done

# Six pairs that wake each other up, on five CPUs of a machine with others that they may not use: the kernel calls the
# waker's CPU idle then, and a pair passed it on between its two for ever (found by clandsim hunt).
printf '[machine]\ncpus = 18\n[pingpong pair]\nrun = 20us\ncount = 6\ncpus = 13-17\n' >"$work/load.ini"
for policy in vruntime fifo; do
	simulate $policy --duration=2s
	expect "$policy, pairs that are bound to fewer CPUs: longest wait, us" \
		'[.groups[].max_wait_ns] | max / 1000' 0 1000
done

# Where the guard against starvation has no room for all, it takes them by turns: it took the last in rank again and
# again, and one of these hogs had not run for 2.5 s (found by clandsim hunt).
{
	printf '[workload]\nseed = 356058081\n[machine]\ncpus = 2\n' # the seed decides when ticks are
	printf '[hogs bound]\ncount = 49\ncpus = 1\n[hogs free]\ncount = 3\nstart = 190ms\n'
} >"$work/load.ini"
simulate fifo --duration=4s
expect 'fifo, 49 hogs that starve: longest wait, ms' '[.groups[].max_wait_ns] | max / 1000000' 0 1600

# The same pair beside a busy kernel thread, which waits in EXPRESS, where nobody looked: it had its next turn when
# the pair's leases ended, after a second. Nor does it leave the pair no more than a turn of 20 us for each 10 ms
# of its own (19 ms in all), but a fifth of the CPU.
printf '[workload]\nduration = 5s\n[machine]\ncpus = 3\n[hogs thread]\nkthread = yes\ncpus = 0\n' >"$work/load.ini"
printf '[hogs hog]\ncpus = 1\n[pingpong pair]\ncpus = 0-1\nrun = 20us\n' >>"$work/load.ini"
simulate vruntime
expect 'a bound kernel thread beside a pair: longest wait, ms' \
	'.groups[] | select(.name == "thread") | .max_wait_ns / 1000000' 0 50
expect 'the pair beside it: CPU time of 5 s, ms' \
	'[.groups[] | select(.name | startswith("pair")) | .run_ns] | add / 1000000' 1000 3700

# A slice is what its lease says also in a CPU's own queue, where it was cut to a tick when two others waited.
printf '[workload]\nduration = 5s\n[machine]\ncpus = 2\n[hogs hog]\ncount = 4\ncpus = 0\n' >"$work/load.ini"
simulate vruntime --set slice_us=20000
expect 'slices of 20 ms of bound hogs: ends of them in 5 s' .groups[0].slices 200 350

# One whose allowed CPUs change all the time goes on by what it has used: each change took its queue's clock along,
# so that it was forgiven, and the others were set back.
cat >"$work/load.json" <<-END
	{ "tasks": {
	    "hog": { "instance": 8, "loop": -1, "run": 1000000 },
	    "toggler": { "priority": 19, "loop": -1, "phases": {
	        "few": { "loop": 1, "run": 2000, "cpus": [0, 1, 2] },
	        "all": { "loop": 1, "run": 2000, "cpus": [0, 1, 2, 3] } } } },
	  "global": { "duration": 10, "default_policy": "SCHED_OTHER" } }
END
load=$work/load.json simulate vruntime --cpus=4
# 15 of 8 * 1024 + 15 parts of four CPUs
expect 'nice 19, its CPUs changing every 2 ms: CPU time of 10 s, ms (73 are due)' \
	'.groups[] | select(.name == "toggler") | .run_ns / 1000000' 60 95

# A lease's credit counts in full: at nice 19 a slice of deadline's is 200 ms of virtual time, and 20 of them
# counted, so that it waited for 22 ms.
printf '[workload]\nduration = 20s\n[machine]\ncpus = 2\n[hogs hog]\ncount = 4\n' >"$work/load.ini"
printf '[periodic task]\nnice = 19\nperiod = 99731us\nrun = 500us\n' >>"$work/load.ini"
simulate deadline
expect 'deadline, nice 19 beside hogs: wake-up to run p90, us' \
	'.groups[] | select(.name == "task") | .wakeup.p90_ns / 1000' 0 500

# An agent that cannot keep up is asked about as many as it can answer, and the others go on by their leases: all of them
# waited for it, 9 ms in the middle.
printf '[workload]\nduration = 300ms\n[machine]\ncpus = 128\nllcs = 8\nagent_decision = 4us\n' >"$work/load.ini"
printf '[sleepers task]\ncount = 2560\nrun = 40us\nsleep = 2ms\njitter = 90\n' >>"$work/load.ini"
simulate vruntime --decisions=strict
expect 'an agent with too much to do: wake-up to run p50, us' .groups[0].wakeup.p50_ns/1000 0 1000
expect '... the policy is asked, /s' '.stub.requests / 0.3' 150000 300000

# Who has waited for too long is served out of turn for 2 ms, however often it is interrupted meanwhile: each time it had
# them anew, and one of SCHED_IDLE a third of the CPU.
printf '[workload]\nduration = 10s\n[machine]\ncpus = 1\n[hogs hog]\n[hogs idle]\nidle = yes\n' >"$work/load.ini"
printf '[sleepers task]\ncount = 2\nrun = 50us\nsleep = 400us\njitter = 50\n' >>"$work/load.ini"
for policy in vruntime deadline latency-boost; do
	simulate $policy
	expect "$policy, SCHED_IDLE beside a hog and short sleepers: CPU time, per mille" \
		'.groups[] | select(.name == "idle") | .run_ns / 1e7' 1 12
done
