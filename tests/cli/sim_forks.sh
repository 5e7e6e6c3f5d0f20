#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What puts a task ahead is not for its children: two that wake up often and start children that compute, as
# make does, beside four hogs. Eight children and four hogs are twelve tasks of one weight, of which hogs have a
# third, however the parents rank; they had a fourth when children began with their parent's lease.
#
# A child that has used up its slice when it ends is put off once more, as it leaves its session's group; one that is
# in a cgroup is in none of these. And ends that take their time break nothing, whatever comes in between.
#
# Usage: tests/cli/sim_forks.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/load.ini" <<'END'
[machine]
cpus = 2
[hogs hog]
count = 4
[forks make]
count = 2
parallel = 4
run = 60ms
sleep = 20ms
END
for policy in vruntime deadline latency-boost; do
	"$clandsim" run --policy="$policies/$policy.so" --duration=10s --json "$work/load.ini" >"$work/run.json"
	share=$(jq '(.groups[] | select(.name == "hog") | .run_ns) * 1000 / .busy_ns | floor' "$work/run.json")
	printf '%s: hogs have %d of 1000\n' $policy "$share"
	((share >= 310)) || { echo "less than 310: children are ahead of them" >&2; exit 1; }
done

# waits LINE: how often its children are put off, LINE being one more of their group's
waits()
{
	cat >"$work/ends.ini" <<-END
	[machine]
	cpus = 1
	exit = 100us
	[cgroup one]
	[forks make]
	parallel = 3
	run = 11ms
	jitter = 30
	sleep = 1ms
	$1
	[hogs hog]
	count = 2
	END
	"$clandsim" run --policy="$policies/fifo.so" --duration=4s --json "$work/ends.ini" |
		jq '.groups[] | select(.name == "make.child") | .wait.nr * 1000 / .tasks | floor'
}
in_session=$(waits '')
in_cgroup=$(waits 'cgroup = one')
printf 'a thousand children wait %d times, in a cgroup %d times\n' "$in_session" "$in_cgroup"
((in_session >= in_cgroup + 150)) || { echo "not more often" >&2; exit 1; }

cat >"$work/mixed.ini" <<'END'
[machine]
cpus = 4
smt = 2
fork = 250us
after_fork = 30us
child = 150us
exit = 400us
preempt = 4us
wake = 2us
[hotplug]
100ms = -3
200ms = +3
300ms = -1
350ms = +1
[cgroup one]
[forks long]
count = 6
parallel = 4
run = 3ms
jitter = 90
sleep = 1ms
[forks short]
count = 3
parallel = 2
run = 500us
sleep = 300us
cgroup = one
stop = 400ms
[forks bound]
count = 2
parallel = 3
run = 2ms
cpus = 1
[hogs hog]
count = 3
nice = 3
[sleepers nap]
count = 8
run = 200us
sleep = 2ms
jitter = 60
END
for policy in vruntime deadline latency-boost rustland fifo; do
	for options in --decisions=leased "--decisions=strict --shuffle"; do
		# shellcheck disable=SC2086
		"$clandsim" run --policy="$policies/$policy.so" --duration=500ms $options "$work/mixed.ini" >/dev/null
	done
done
