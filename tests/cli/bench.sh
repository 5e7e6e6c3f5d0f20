#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The benches say what they can do and refuse what they cannot; the tables and the drawing of
# tests/bench/run say what its figures say, misses included, and are refused when a figure is missing.
# None of them measures anything here: that takes a guest, or minutes.
#
# Usage: tests/cli/bench.sh

set -euo pipefail

here=$(dirname "$(realpath "$0")")
bench=$here/../bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "bench.sh: $*" >&2
	[ ! -e "$work/out" ] || cat "$work/out" >&2
	exit 1
}

says() { grep -qF -e "$1" "$work/out" || fail "no '$1'"; }

# refuses CODE TEXT COMMAND...
refuses()
{
	local code=$1 text=$2 status=0

	shift 2
	"$@" >"$work/out" 2>&1 || status=$?
	[ $status = "$code" ] || fail "$*: status $status, not $code"
	says "$text"
}

for name in run engine growth one-agent policies swap sim; do
	"$bench/$name" --help >"$work/out" || fail "tests/bench/$name --help failed"
	grep -qi "^usage: tests/bench/$name" "$work/out" || fail "tests/bench/$name --help is another's"
done
"$here/../../scripts/peers" --help >"$work/out" || fail "scripts/peers --help failed"
says "scx_simple scx_userland"

refuses 2 "no workload 'pip'" "$bench/run" --workload pip
refuses 2 "expected NAME=COMMAND" "$bench/run" --peer rustland
refuses 2 "POLICY:strict" "$bench/run" vruntime:strikt
refuses 2 "named twice" "$bench/run" vruntime kernel vruntime
refuses 2 "--repeat" "$bench/run" --repeat 0
refuses 2 "--seconds" "$bench/run" --seconds nan
refuses 2 "--shift" "$bench/run" --shift 11
refuses 2 "not allowed with" "$bench/run" --shift 2 --parallel
refuses 1 "run scripts/peers" env SCX_CLAND_CACHE="$work/none" "$bench/run" kernel scx_simple
refuses 2 "expected numbers" "$bench/engine" --tasks 10,,100
refuses 2 "--cpus" "$bench/growth" --cpus 4,2
refuses 2 "no load 'hog'" "$bench/one-agent" --load hog
refuses 2 "1 to 4096" "$bench/one-agent" 5000

# measurement CONTENDER WORKLOAD FIGURES [DELAYS]: three of them, the figure X being 9, 10 and 14 times as much
cat >"$work/make" <<'END_OF_MAKE'
import json
import sys

def measurements(contender, workload, figures, delays=None):
    return [{"contender": contender, "workload": workload, "repetition": repetition,
             "figures": {key: value * factor for key, value in figures.items()}, "delays": delays or {}}
            for repetition, factor in enumerate((10, 9, 14))]

frames = {"on_time_pct": 5, "wake_p50_us": 1, "wake_p99_us": 2, "finish_p99_us": 3, "hog_loops": 100,
          "hog_least_most": 0.05}
better = dict(frames, on_time_pct=10, hog_least_most=0.1, agent_cpu_pct=0.02)
json.dump({
    "clock": "no clock", "contenders": ["kernel", "scx_simple", "latency-boost", "vruntime"],
    "peers": ["scx_simple"],
    "workloads": ["pipe", "frames"], "repeat": 3, "seconds": 1,
    "machine": {"release": "6.18.0", "cpus": 4},
    "measurements":
        measurements("kernel", "pipe", {"ops_per_s": 1000}) +
        measurements("scx_simple", "pipe", {"ops_per_s": 1100}) +
        measurements("vruntime", "pipe", {"ops_per_s": 1000, "decided_per_s": 200, "ns_per_decision": 50}) +
        measurements("latency-boost", "pipe", {"ops_per_s": 500}) +
        measurements("kernel", "frames", frames, {"wake": [1000, 20000, 20000, 300000]}) +
        measurements("scx_simple", "frames", frames, {"wake": [[1000, 3], [5000000, 1]]}) +
        measurements("vruntime", "frames", frames) +
        measurements("latency-boost", "frames", better),
}, sys.stdout)
END_OF_MAKE
python3 "$work/make" >"$work/figures.json"
"$bench/run" --report "$work/figures.json" --svg "$work/out.svg" >"$work/out"
says "Linux 6.18.0, 4 CPUs, no clock, 3 repetitions in one boot, 1 s each"
says "| | the kernel's own | \`scx_simple\` | \`latency-boost\` | \`vruntime\` |"
says "| perf bench sched pipe, round trips/s | 10000 [9000..14000] | 11000 [9900..15400] (1.10x) | 5000 [4500..7000] (0.50x) | 10000 [9000..14000] (1.00x) |"
says "| decisions/s: pipe | - | - | 2000 [1800..2800] |"
says "| CPU time of its processes for a decision, ns: pipe | - | - | 500 [450..700] |"
says "| its processes, % of a CPU: frames | - | 0.20 [0.18..0.28] | - |"
says "| \`vruntime\` | pipe ops_per_s | \`scx_simple\` | at least 0.97 | 0.9091 | **not met** |"
says "| \`latency-boost\` | frames on_time_pct | - | at least 100 | 100 | met |"
xmllint --noout "$work/out.svg" 2>"$work/out" || [ "$(command -v xmllint)" = "" ] || fail "out.svg is no XML"
# a line for each contender that has delays
[ "$(grep -c '<polyline' "$work/out.svg")" = 2 ] || fail "out.svg does not have two lines"

"$bench/run" --report "$work/figures.json" --workload pipe kernel vruntime >"$work/out"
says "| | the kernel's own | \`vruntime\` |"
! grep -q frames "$work/out" || fail "frames were not asked for"
refuses 1 "no 'fifo' among the run's contenders" "$bench/run" --report "$work/figures.json" kernel fifo

sed 's/"finish_p99_us"/"finish_p98_us"/g' "$work/figures.json" >"$work/less.json"
refuses 1 "no figure 'finish_p99_us' of frames under kernel" "$bench/run" --report "$work/less.json"
sed 's/"latency-boost", "workload": "frames"/"latency-boost", "workload": "pipe"/g' "$work/figures.json" >"$work/less.json"
refuses 1 "of frames under latency-boost" "$bench/run" --report "$work/less.json"

# growth TASKS CONTENDER NS: a round trip that takes so long
growth() { printf '{"where": "guest", "release": "6.18.0", "cpus": 4, "tasks": %s, "contender": "%s", "figures": {"pair_ns": %s}}' "$@"; }

printf '[%s, %s, %s, %s, %s, %s]\n' "$(growth 10 kernel 900)" "$(growth 1000 kernel 9000)" \
	"$(growth 10 vruntime 1000)" "$(growth 1000 vruntime 1100)" \
	"$(growth 10 vruntime:strict 1000)" "$(growth 1000 vruntime:strict 2500)" >"$work/growth.json"
printf '[%s]\n' "$(growth 1000 vruntime:strict 2600)" >"$work/later.json"
"$bench/growth" --report "$work/growth.json" --report "$work/later.json" --svg "$work/out.svg" >"$work/out"
says "Linux 6.18.0, 4 CPUs in a guest with repeatable virtual time."
says "| 1,000 | - | - | 9000 | 1100 | 2600 | - |"
says "| faster: 10.00x; at the end as size^0.50 | flat: 1.10x; at the end as size^0.02 | as a logarithm, or less: 2.60x; at the end as size^0.21 |"
[ "$(grep -c '<polyline' "$work/out.svg")" = 3 ] || fail "growth's out.svg does not have three lines"
