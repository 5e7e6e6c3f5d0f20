#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Weighted fairness: hogs of three nice levels, each within 5 % of the share its weight is worth.
# On one CPU, and over all CPUs with weights that no CPU is too small for. Argument: leased or
# strict.

. "$(dirname "$0")/lib.sh"

check() # FILE NICE=WEIGHT...
{
	local file=$1

	shift
	awk -v weights="$*" '
	BEGIN {
		split(weights, pairs, " ")
		for (i in pairs) {
			split(pairs[i], pair, "=")
			weight[pair[1]] = pair[2]
		}
	}
	/^hog=/ {
		for (i = 1; i <= NF; i++) {
			split($i, pair, "=")
			value[pair[1]] = pair[2]
		}
		nr++
		nice[nr] = value["nice"]
		share[nr] = value["share"]
		gap[nr] = value["max_gap_ms"]
		sum += weight[value["nice"]]
	}
	END {
		if (!nr || !sum)
			exit 1
		for (i = 1; i <= nr; i++) {
			due = weight[nice[i]] / sum
			off = (share[i] / due - 1) * 100
			printf "   nice %2d: share %.4f, due %.4f, off %+.1f %%, longest gap %s ms\n",
			       nice[i], share[i], due, off, gap[i]
			if (off > 5 || off < -5)
				bad = 1
		}
		exit bad
	}' "$file" || fail "a share is off by more than 5 %"
}

start --decisions="$1"
normal load-hogs --count=3 --nice=-5,0,5 --cpus=0 --seconds=8 >"$TEST_WORK/hogs"
check "$TEST_WORK/hogs" -5=3121 0=1024 5=335
normal load-hogs --count=12 --nice=-2,0,2 --seconds=10 >"$TEST_WORK/hogs"
check "$TEST_WORK/hogs" -2=1586 0=1024 2=655
# The same as clandctl sees it, from outside; beside a load that sleeps, and one that is bound.
load load-hogs --count=12 --nice=-2,0,2 --seconds=60
hogs=$loaded
load load-frames --work-loops=1 --seconds=60
frames=$loaded
load load-hogs --count=1 --cpus=0 --nice=5 --seconds=60
# Each of them: those that begin while clandctl, real-time as the test is, has looked already do not count.
all_compute()
{
	local pid ran nr=0

	for pid in $(<"/proc/$hogs/task/$hogs/children"); do
		read -r ran _ <"/proc/$pid/schedstat"
		((ran < 50000000)) || nr=$((nr + 1))
	done
	((nr == 12))
}
wait_until all_compute || fail "not all hogs compute"
clandctl stats --fairness=4 --json >"$TEST_WORK/fairness"
note "$(cat "$TEST_WORK/fairness")"
unload "$hogs" "$frames" "$loaded"
python3 - "$TEST_WORK/fairness" <<-'END' || fail "clandctl stats --fairness sees something else"
	import json, sys
	seen = json.load(open(sys.argv[1]))
	assert seen["tasks"] == 12 and 3.5 < seen["seconds"] < 8 and 0 < seen["mean_pct"] <= seen["max_pct"] < 12, seen
END
counters
note "${counted[*]@K}"
expect_attached
stop
