#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Where many wait for each CPU, turns are longer, so that hogs switch less often (CLAND_LEASE_CROWD): as often as
# crowd_turn_ns() says, no light task's beyond what the host remembers of it, and nobody's to whom a [rule] has given a
# slice. Shares stay, and a short sleeper waits no longer. The simulator's times are exact and repeat.
#
# Usage: tests/cli/sim_crowds.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# crowd HOGS POLICY OPTION...: so many hogs and a short sleeper on two CPUs for ten seconds
crowd()
{
	printf '[workload]\nduration = 10s\n[machine]\ncpus = 2\n[hogs hog]\ncount = %d\n' "$1" >"$work/load.ini"
	printf '[sleepers task]\nrun = 50us\nsleep = 9973us\n' >>"$work/load.ini"
	"$clandsim" run --policy="$policies/$2.so" "${@:3}" --json "$work/load.ini" >"$work/run.json"
}

# expect TEXT QUERY LEAST MOST: a figure of the run, a whole number, is in that range
expect()
{
	local figure

	figure=$(jq "$2 | floor" "$work/run.json")
	printf '%s: %d\n' "$1" "$figure"
	((figure >= $3 && figure <= $4)) || { echo "not from $3 to $4" >&2; exit 1; }
}

hog='(.groups[] | select(.name == "hog"))'
for policy in vruntime deadline latency-boost; do
	for decisions in leased strict; do
		what="$policy, $decisions"
		crowd 32 $policy --decisions=$decisions --set=longer_in_crowds=no
		# 3 ms is over at the tick after it
		expect "$what: turns of 32 hogs, each as long as slice_us" "$hog | .slices + .preempted" 5000 6200
		crowd 32 $policy --decisions=$decisions
		# 20 ms of the two CPUs each, and what the sleeper interrupts
		expect "$what: turns of 32 hogs in a crowd" "$hog | .slices + .preempted" 1400 2150
		expect "$what: the share furthest from what is due, per mille" \
			".fairness.max_pct * 10" 0 40
		expect "$what: a short sleeper waits, p99 in us" \
			'.groups[] | select(.name == "task") | .wakeup.p99_ns / 1000' 0 50
		crowd 6 $policy --decisions=$decisions
		expect "$what: turns of three hogs a CPU, which are no crowd" "$hog | .slices + .preempted" 5000 6200
	done
done
crowd 32 fifo
expect 'fifo, whose leases say nothing of crowds, each 20 ms long' "$hog | .slices + .preempted" 750 1050

printf '[rule hog]\ncomm = hog\nslice_us = 3000\n' >"$work/rules.ini"
for policy in vruntime deadline latency-boost; do
	crowd 32 $policy --rules="$work/rules.ini"
	expect "$policy: turns of hogs to whom a rule gives 3 ms" "$hog | .slices + .preempted" 5000 6200
done

# Kernel threads, which wait for the end of a turn, wait no longer than without a crowd: until the tick after slice_us.
{
	printf '[workload]\nduration = 10s\n[machine]\ncpus = 2\n[hogs hog]\ncount = 32\n'
	printf '[sleepers bound]\nkthread = yes\ncpus = 0\nrun = 100us\nsleep = 50ms\njitter = 50\n'
	printf '[sleepers free]\nkthread = yes\nrun = 100us\nsleep = 50ms\njitter = 50\n'
} >"$work/load.ini"
"$clandsim" run --policy="$policies/vruntime.so" --json "$work/load.ini" >"$work/run.json"
for group in bound free; do
	expect "kernel thread, $group: longest wait beside a crowd, us" \
		".groups[] | select(.name == \"$group\") | .max_wait_ns / 1000" 0 8100
done

# Hogs that are bound to the CPUs beside as many that are not: a round of both is within a second, and nobody is taken
# out of turn for it.
printf '[workload]\nduration = 20s\n[machine]\ncpus = 2\n[hogs first]\ncount = 60\ncpus = 0\n' >"$work/load.ini"
printf '[hogs second]\ncount = 60\ncpus = 1\n[hogs free]\ncount = 120\n' >>"$work/load.ini"
"$clandsim" run --policy="$policies/vruntime.so" --json "$work/load.ini" >"$work/run.json"
expect 'crowds of both kinds: the longest wait, ms' '[.groups[].max_wait_ns] | max / 1e6' 0 1000
expect '... taken out of turn' .stub.starved 0 20
