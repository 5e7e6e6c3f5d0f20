#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every bundled policy runs every sample workload, asked now and then and asked every time, with all
# that must hold (core/sim/checks.c); and so do the faulty test policies that neither crash nor hang:
# the stub makes harmless whatever they decide.
#
# Usage: tests/cli/sim_policies.sh CLANDSIM POLICIES PLUGINS

set -euo pipefail

clandsim=$1
policies=$2
plugins=$3
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
nr=0

for policy in "$policies"/{vruntime,fifo,rustland,deadline,latency-boost}.so \
	"$plugins"/hot_{random,extreme,far_ranks,lease,starves,wraps,static,writes_task}.so; do
	for workload in "$sim"/*.ini "$sim"/*.json; do
		duration=500ms
		[[ $workload != */hotplug.ini && $workload != */kthreads.ini ]] || duration=4s
		for decisions in leased strict; do
			"$clandsim" run --policy="$policy" --decisions="$decisions" --seed=$((++nr)) \
				--duration="$duration" "$workload" >/dev/null ||
				{ echo "$policy, $workload, $decisions, seed $nr" >&2; exit 1; }
		done
	done
done

# More than the stub rescues at a time, as the agent takes 30 ms for all that it is asked about: the last of them wait
# for longer, by rounds, and that is no fault.
cat >"$work/many.ini" <<'END'
[workload]
duration = 200ms
[machine]
cpus = 1024
llcs = 16
agent_request = 30us
[sleepers many]
count = 60000
run = 200us
sleep = 5ms
END
"$clandsim" run --policy="$policies/vruntime.so" --decisions=strict --json "$work/many.ini" >"$work/many"
python3 - "$work/many" <<'END'
import json, sys
rescued = json.load(open(sys.argv[1]))["stub"]["rescued"]
assert rescued > 2000, f"only {rescued} were rescued: nothing is tried"
END

[ "$nr" -ge 150 ] || { echo "only $nr runs" >&2; exit 1; }
