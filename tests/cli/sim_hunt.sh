#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandsim hunt finds a policy's crash, makes the case small, and writes a file that shows it again; the
# same seed finds the same case, however many run at a time. Of our policies and the stub it finds
# nothing. A claim that does not hold is found, too; wrong words end it with a sentence.
#
# Usage: tests/cli/sim_hunt.sh CLANDSIM POLICIES PLUGINS

set -euo pipefail

clandsim=$1
policies=$2
plugins=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { printf 'sim_hunt: %s\n' "$*" >&2; exit 1; }

# hunt STATUS OPTION...: its output is in $work/out
hunt()
{
	local status=$1 got=0

	shift
	"$clandsim" hunt "$@" >"$work/out" 2>&1 || got=$?
	[[ $got == "$status" ]] || fail "hunt $*: exit status $got, not $status: $(cat "$work/out")"
}

says() { grep -qF -- "$1" "$work/out" || fail "no '$1' in: $(cat "$work/out")"; }

# The command that hunt has printed shows what it has found: the same sentence, and a status to go by.
again()
{
	local command sentence got=0

	sentence=$(sed -n '/^found by/,$!d; /^$/{n;p;q}' "$work/out" | sed 's/, and all weigh the same//')
	command=$(sed -n 's/^  clandsim run //p' "$work/out")
	eval "'$clandsim' run $command" >"$work/again" 2>&1 || got=$?
	[[ $got != 0 ]] || fail "run $command: nothing is wrong"
	grep -qF -- "$sentence" "$work/again" || fail "run $command: no '$sentence' in: $(cat "$work/again")"
}

# Another seed each time, printed when it finds something.
hunt 0 --runs=30 "$policies/vruntime.so" "$policies/latency-boost.so" "$policies/deadline.so"
says 'nothing found in 30 runs of 10 cases'

mkdir "$work/one" "$work/four"
hunt 1 --seed=7 --runs=5 --jobs=1 --keep="$work/one" "$plugins/hot_crashes.so"
says 'hot-crashes has crashed in rank()'
again
found=("$work/one"/hunt-*.ini)
[[ ${#found[@]} == 1 ]] || fail "one case, and there are ${#found[@]}"
# One task is enough for a crash at the first call.
[[ $(grep -cE '^\[[a-z]+ g[0-9]\]' "${found[0]}") == 1 ]] || fail "not small: $(cat "${found[0]}")"
grep -qx 'cpus = 1' "${found[0]}" || fail "not small: $(cat "${found[0]}")"
got=0
"$clandsim" run --policy="$plugins/hot_crashes.so" "${found[0]}" >/dev/null 2>"$work/err" || got=$?
[[ $got == 14 ]] || fail "the case gives status $got: $(cat "$work/err")"
hunt 1 --seed=7 --runs=1 --jobs=4 --keep="$work/four" "$plugins/hot_crashes.so"
cmp "${found[0]}" "$work/four/${found[0]##*/}" || fail "the same seed, and another case"

# One that ends the process as if all were well is no "nothing found".
for way in 0 1 2; do
	hunt 1 --seed=7 --runs=3 --set=way=$way --keep="$work" "$plugins/hot_exits_at_once.so"
	says 'the policy hot-exits-at-once has '
done

# What does not happen each time is told all the same, and that it does not.
CLAND_TEST_MOODY=$work/moody hunt 1 --seed=7 --runs=1 --keep="$work" "$plugins/hot_moody.so"
says 'hot-moody has crashed in rank()'
says 'It does not happen each time'
rm "$work/moody"

# A name that a shell would make several words of.
mkdir "$work/it's two"
cp "$plugins/hot_crashes.so" "$work/it's two/a policy.so"
hunt 1 --seed=7 --runs=1 --keep="$work/it's two" "$work/it's two/a policy.so"
! grep -qF 'each time' "$work/out" || fail "it happens each time: $(cat "$work/out")"
again

# One that hangs takes no ten seconds for each try to leave something out.
began=$SECONDS
hunt 1 --seed=7 --runs=1 --keep="$work" "$plugins/hot_hangs.so"
says 'hot-hangs hangs in '
((SECONDS - began < 240)) || fail "hot_hangs took $((SECONDS - began)) s"

hunt 1 --seed=1 --runs=50 --max-wait-ms=1 --keep="$work" "$policies/fifo.so"
says 'the limit is 1 ms'
again

# What a claim is held against is said by the run as well.
hunt 1 --seed=1 --runs=200 --shares-pct=1 --keep="$work" "$policies/fifo.so"
says 'the limit is 1 %'
again

# The first case that fails, though the ones behind it are found out sooner.
for jobs in 1 8; do
	hunt 1 --seed 5 --runs 16 --jobs $jobs --keep "$work" "$plugins/hot_crashes.so"
	grep -o '^found by case [0-9]*' "$work/out" >"$work/first.$jobs"
done
cmp "$work/first.1" "$work/first.8" || fail "$(cat "$work/first.1"), with 8 at a time $(cat "$work/first.8")"

# On a terminal, and only there, what is done and what is left; a value may stand behind a space.
hunt 0 --minutes 1 --runs 5 --jobs=1 --seed=1 "$policies/vruntime.so"
! grep -q ' left' "$work/out" || fail "progress where nobody looks: $(cat "$work/out")"
script -qec "'$clandsim' hunt --minutes 1 --runs 5 --jobs=1 --seed=1 '$policies/vruntime.so'" /dev/null \
	</dev/null >"$work/out"
grep -qE '[0-9]+ runs of [0-9]+ cases, [01] min [0-9][0-9] s left' "$work/out" || fail "no progress: $(cat "$work/out")"
says 'nothing found in 5 runs of 5 cases'

# Where all weigh the same nobody has to wait, without a word about it.
hunt 1 --seed=3000 --runs=40 --keep="$work" "$plugins/hot_starves.so"
says 'the limit is 1000 ms'
again

# Who never sleeps and never runs has a share all the same, of nothing.
printf '[workload]\nduration = 13ms\n[machine]\ncpus = 1\n[pingpong p]\nrun = 100us\n[hogs h]\n' >"$work/none.ini"
"$clandsim" run --json --policy="$plugins/hot_starves.so" --shuffle "$work/none.ini" |
	jq -e '.fairness | .tasks == 1 and .max_pct == 0' >/dev/null || fail "no share of nothing"

hunt 2
says 'which policy'
hunt 2 --minutes=0 "$policies/fifo.so"
says '--minutes=0: expected a whole number'
hunt 2 --foo "$policies/fifo.so"
says "'--foo': no such option"
hunt 10 --runs=1 "$work/none.so"
hunt 2 --seed=7 --runs=1 --keep="$work/none" "$plugins/hot_crashes.so"
says "--keep=$work/none: no files can be made there: No such file or directory"
# What is found is told also where it cannot be kept.
hunt 1 --seed=7 --runs=1 --keep=/proc "$plugins/hot_crashes.so"
says 'hot-crashes has crashed in rank()'
says 'cannot be written: '
