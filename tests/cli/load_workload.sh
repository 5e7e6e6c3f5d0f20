#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# load-workload does by real processes what a workload of clandsim says: each kind of task is there and
# does its work, nobody is left behind, and what it cannot do is refused. How much each gets is for the
# scheduler of this machine to say.
#
# Usage: tests/cli/load_workload.sh LOAD_WORKLOAD

set -euo pipefail

program=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'load_workload: %s\n' "$*" >&2; exit 1; }

cat >"$work/load.ini" <<-'END'
	[hogs lw-hog]
	nice = 5
	[periodic lw-beat]
	period = 20ms
	run = 100us
	[sleepers lw-nap]
	count = 2
	run = 100us
	sleep = 5ms
	jitter = 50
	[server lw-web]
	clients = 3
	workers = 2
	think = 5ms
	run = 100us
	[pingpong lw-ball]
	run = 50us
	[forks lw-make]
	parallel = 2
	run = 1ms
	sleep = 10ms
	[sleepers late]
	run = 100us
	sleep = 1ms
	start = 100s
END
"$program" --tell --steps-per-ms=10000 --seconds=1 --seed=7 "$work/load.ini" >"$work/result" 2>"$work/said"
grep -qx 'load-workload: begun' "$work/said" || fail "it did not tell that it has begun: $(cat "$work/said")"
python3 - "$work/result" <<'END'
import json, sys
result = json.load(open(sys.argv[1]))
groups = {g["name"]: g for g in result["groups"]}
assert result["duration_ns"] >= 10**9, result["duration_ns"]
expected = {"lw-hog": 1, "lw-beat": 1, "lw-nap": 2, "lw-web": 2, "lw-web.client": 3, "lw-ball.a": 1,
            "lw-ball.b": 1, "lw-make": 1, "late": 0}
assert {name: groups[name]["tasks"] for name in expected} == expected, groups
for name in expected:
    assert (groups[name]["run_ns"] > 0) == (name != "late"), groups[name]
assert groups["lw-make.child"]["tasks"] > 2 and groups["lw-make.child"]["run_ns"] > 0, groups
# The periods of a second, less what had not ended; those that came late are counted.
assert 25 <= groups["lw-beat"]["jobs"] <= 51 and groups["lw-beat"]["missed"] <= groups["lw-beat"]["jobs"]
assert groups["lw-web.client"]["response"]["nr"] > 5, groups["lw-web.client"]
assert 0 < groups["lw-web.client"]["response"]["p50_ns"] <= groups["lw-web.client"]["response"]["p99_ns"]
END
! pgrep lw- >"$work/left" || fail "processes are left: $(cat "$work/left")"

refused() # WORDS LINE...: with these lines behind the others
{
	local words=$1 status=0

	shift
	{ cat "$work/load.ini"; printf '%s\n' "$@"; } >"$work/refused.ini"
	"$program" --steps-per-ms=10000 "$work/refused.ini" >"$work/result" 2>"$work/said" || status=$?
	[[ $status == 1 && ! -s $work/result ]] || fail "$*: status $status, not 1"
	grep -qF -- "$words" "$work/said" || fail "no '$words' in: $(cat "$work/said")"
}
refused 'kthread, stop and cgroup cannot be done here' 'kthread = yes'
refused 'not a key of sleepers' 'period = 3ms'
