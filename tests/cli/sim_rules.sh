#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandsim --rules: what the user's rules hint changes what tasks get, as under the daemon; rules match by
# name and cgroup; what is wrong in the file is refused with its place; what cannot match is said.
#
# Usage: tests/cli/sim_rules.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'sim_rules: %s\n' "$*" >&2; exit 1; }

cat >"$work/load.ini" <<-'END'
	[workload]
	duration = 2s
	[machine]
	cpus = 1
	[hogs one]
	[hogs two]
	[periodic game]
	period = 16ms
	run = 4ms
	[hogs build]
	count = 4
	cgroup = jobs
	[cgroup top]
	[cgroup jobs]
	parent = top
END

# run RULES POLICY [OPTION]...: the result goes to $work/RULES
run()
{
	"$clandsim" run --json --policy="$policies/$2.so" --rules="$work/$1.ini" "${@:3}" "$work/load.ini" \
		>"$work/$1" 2>"$work/notes"
}

: >"$work/none.ini"
printf '[rule half]\ncomm = t?o\nweight_factor_pct = 50\n' >"$work/weight.ini"
printf '[rule soon]\ncomm = game\nboost = 3\n' >"$work/boost.ini"
printf '[rule low]\ncgroup = /top/jobs\nweight_factor_pct = 10\n' >"$work/cgroup.ini"
# a boost lets it interrupt, too, which without one nobody is to do
for rules in none weight boost cgroup; do
	run $rules vruntime --set=preempt_us=0
done
python3 - "$work" <<'END'
import json, sys
def groups(name):
    return {g["name"]: g for g in json.load(open(f"{sys.argv[1]}/{name}"))["groups"]}
none, weight, boost, cgroup = map(groups, ("none", "weight", "boost", "cgroup"))
assert "rules" not in none["game"], none["game"]
def ratio(result, one, other):
    return result[one]["run_ns"] / result[other]["run_ns"]
assert 0.93 < ratio(none, "two", "one") < 1.07, ratio(none, "two", "one")
assert 0.45 < ratio(weight, "two", "one") < 0.55, ratio(weight, "two", "one")
assert (weight["two"]["rules"], weight["one"]["rules"]) == (1, 0), weight
before, after = none["game"]["wakeup"]["p50_ns"], boost["game"]["wakeup"]["p50_ns"]
assert after < before / 2, (before, after)
# Four of a tenth of the weight each.
assert 0.36 < ratio(cgroup, "build", "one") < 0.44, ratio(cgroup, "build", "one")
END

"$clandsim" run --policy="$policies/vruntime.so" --rules="$work/cgroup.ini" "$work/load.ini" >"$work/text"
grep -q '^rules: 1, for 4 of 7 tasks$' "$work/text" || fail "the text does not tell of rules: $(cat "$work/text")"

printf '[rule mine]\nuid = 0\nboost = 1\n' >"$work/uid.ini"
run uid vruntime
grep -qF '[rule mine] goes by uid or exe' "$work/notes" || fail "no note on a rule by uid: $(cat "$work/notes")"

refused() # RULES WORDS
{
	local status=0

	run "$1" vruntime || status=$?
	[[ $status == 2 && ! -s $work/$1 ]] || fail "$1: status $status, not 2"
	grep -qF -- "$2" "$work/notes" || fail "$1: no '$2' in: $(cat "$work/notes")"
}
printf '[rule far]\ncomm = x\nboost = 9\n' >"$work/far.ini"
refused far "far.ini:3: boost: '9' is out of range"
refused missing 'missing.ini'
