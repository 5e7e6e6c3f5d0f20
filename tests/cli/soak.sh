#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/soak does is a function of the seed alone, goes on until the time is over, and has
# something of everything; wrong options are refused. The soak itself needs a guest.
#
# Usage: tests/cli/soak.sh

set -euo pipefail

soak=$(dirname "$0")/../../scripts/soak
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "soak.sh: $*" >&2
	exit 1
}

plan() { "$soak" --plan "$@"; }

plan --seed 7 --minutes 5 >"$work/plan"
PYTHONHASHSEED=1 TZ=Asia/Tokyo plan --seed=7 --minutes=5 | cmp - "$work/plan" ||
	fail "the same seed, another plan"
! plan --seed 8 --minutes 5 | cmp -s - "$work/plan" || fail "another seed, the same plan"
plan --seed 7 --minutes 1 >"$work/short"
head -n "$(wc -l <"$work/short")" "$work/plan" | cmp - "$work/short" ||
	fail "the plan of a minute is not how that of five begins"
for action in affinity cpuset hotplug nice switch reload kill stop freeze suspend; do
	grep -q " $action " "$work/plan" || fail "five minutes, and no $action"
done
last=$(tail -n 1 "$work/plan" | sed -E 's/^ *([0-9]+)\..*/\1/')
((last >= 295 && last < 300)) || fail "the last step of five minutes is at $last s"
! plan --minutes 1 | cmp -s - <(plan --minutes 1) || fail "without a seed, twice the same plan"

for wrong in --minutes=0 --minutes=x --seed=-1 --seed=x --forever --seed; do
	status=0
	plan "$wrong" >/dev/null 2>"$work/said" || status=$?
	[[ $status == 2 && -s $work/said ]] || fail "$wrong: status $status, not 2 and a sentence"
done
