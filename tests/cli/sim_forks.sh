#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What puts a task ahead is not for its children: two that wake up often and start children that compute, as
# make does, beside four hogs. Eight children and four hogs are twelve tasks of one weight, of which hogs have a
# third, however the parents rank; they had a fourth when children began with their parent's lease.
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
