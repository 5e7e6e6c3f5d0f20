#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandsim compare tells a difference from noise: latency-boost has fewer frames late than vruntime and
# leaves the hogs a little less, and a policy differs from itself in nothing. The same bytes each time,
# however many runs at a time. It takes recordings, too. A run that fails, and wrong words, end it with a sentence.
#
# Usage: tests/cli/sim_compare.sh CLANDSIM POLICIES PLUGINS

set -euo pipefail

clandsim=$1
policies=$2
plugins=$3
here=$(dirname "$0")
frames=$here/../sim/frames.ini
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'sim_compare: %s\n' "$*" >&2; exit 1; }

compare() { "$clandsim" compare --workload="$frames" --duration=1s --seeds="${seeds:-16}" "$@"; }

compare --jobs=1 "$policies/vruntime.so" "$policies/latency-boost.so" "$policies/vruntime.so" >"$work/1"
compare --jobs 4 "$policies/vruntime.so" "$policies/latency-boost.so" "$policies/vruntime.so" >"$work/4"
cmp "$work/1" "$work/4" || fail "the result depends on how many run at a time"
grep -qE '^  late jobs .*<.*~$' "$work/1" || fail "fewer late frames are not seen: $(grep late "$work/1")"
[[ $(grep -c '^  [a-zA-Z]' "$work/1") -ge 10 ]] || fail "too few figures: $(cat "$work/1")"
! grep '^  [a-zA-Z]' "$work/1" | grep -v '~$' || fail "a policy differs from itself"

compare --json "$policies/vruntime.so" "$policies/latency-boost.so" >"$work/json"
python3 - "$work/json" <<'END'
import json, statistics, sys
result = json.load(open(sys.argv[1]))
assert result["policies"] == ["vruntime", "latency-boost"], result["policies"]
for figure in result["figures"]:
    for one in figure["policies"]:
        assert len(one["values"]) == 16, figure
        assert abs(statistics.mean(one["values"]) - one["of"]["mean"]) <= 1e-4 * abs(one["of"]["mean"]) + 1e-9
        assert one["of"]["low"] <= one["of"]["mean"] <= one["of"]["high"]
late = [f for f in result["figures"] if (f["group"], f["name"]) == ("game", "late jobs")][0]
assert late["policies"][1]["real"] and late["policies"][1]["difference"]["high"] < 0, late
END

seeds=3 compare "$policies/vruntime.so" "$policies/latency-boost.so" >"$work/3"
grep -q 'with 3 seeds nothing can be told from noise here: take --seeds=1[0-9] or more' "$work/3" ||
	fail "no hint at more seeds: $(tail -n 1 "$work/3")"

# A recording, and what is to be known of it once, not for each run.
"$clandsim" compare --recording="$here/../sim/guest.rec" --by-time --seeds=10 --json \
	"$policies/vruntime.so" "$policies/fifo.so" >"$work/recording" 2>"$work/notes"
python3 - "$work/recording" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
groups = {figure["group"] for figure in result["figures"]}
assert result["policies"] == ["vruntime", "fifo"] and len(groups) > 3, (result["policies"], groups)
END
[[ $(grep -c 'note:' "$work/notes") == 1 ]] || fail "not one note on the recording: $(cat "$work/notes")"

refused() # STATUS WORDS OPTION...
{
	local status=$1 words=$2 got=0

	shift 2
	"$clandsim" compare "$@" >"$work/out" 2>&1 || got=$?
	[[ $got == "$status" ]] || fail "compare $*: exit status $got, not $status: $(cat "$work/out")"
	grep -qF -- "$words" "$work/out" || fail "compare $*: no '$words' in: $(cat "$work/out")"
}
refused 2 'which workload' vruntime fifo
refused 2 'one of them' --workload="$frames" --recording="$here/../sim/guest.rec" vruntime fifo
refused 2 'this is no recording' --recording="$frames" "$policies/vruntime.so" "$policies/fifo.so"
refused 2 'expected two policies or more' --workload="$frames" vruntime
refused 2 '--seeds=1: expected' --workload="$frames" --seeds=1 vruntime fifo
refused 2 '--trace is for one run' --workload="$frames" --trace=x vruntime fifo
refused 2 "'--foo" --workload="$frames" --foo=1 "$policies/vruntime.so" "$policies/fifo.so"
refused 2 "'-j2': no such option" --workload="$frames" -j2 vruntime fifo
refused 10 'nothing is compared' --workload="$frames" "$policies/vruntime.so" "$work/none.so"
refused 14 "hot_exits_at_once.so with --seed=1 failed: nothing is compared" --workload="$here/../sim/desktop.ini" \
	"$policies/vruntime.so" "$plugins/hot_exits_at_once.so"
