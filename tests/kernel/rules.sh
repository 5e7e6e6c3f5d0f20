#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# [rule NAME]: tasks found by name, program, user and cgroup have the shares that the rules say, from
# when they begin and when the configuration is saved; a boosted task is sooner under a policy that
# knows nothing of it; and the rules are obeyed after the agent's death and after a switch. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

readonly SECONDS_RUN=8
readonly CONFIG=$TEST_WORK/rules.ini CGROUP=/sys/fs/cgroup/rules-test

# configure PCT: of the hogs named half.
configure()
{
	cat >"$CONFIG.new" <<-END
	[rule half]
	comm = half*
	weight_factor_pct = $1

	[rule twice]
	exe = */twice
	weight_factor_pct = 200

	[rule less]
	uid = 12345
	weight_factor_pct = 40

	[rule thrice]
	cgroup = /rules-test*
	weight_factor_pct = 300

	[rule soon]
	comm = load-frames
	boost = 3
	deadline_us = 1000
	END
	mv "$CONFIG.new" "$CONFIG"
}

# hogs PCT: one of each on the same CPU, and their shares against a plain one.
hogs()
{
	local pids=()

	: >"$TEST_WORK/shares"
	# Whoever begins last ends last, and must not have the CPU to itself then.
	load taskset -c 0 "$hog" --count=4 --seconds=$((SECONDS_RUN + 2))
	pids+=("$loaded")
	run_one plain 100 "$hog"
	run_one half "$1" "$TEST_WORK/half"
	run_one twice 200 "$TEST_WORK/twice"
	run_one less 40 setpriv --reuid=12345 --clear-groups "$hog"
	# shellcheck disable=SC2016 # the inner shell expands these
	run_one thrice 300 bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$CGROUP" "$hog"
	wait "${pids[@]}" || fail "a hog ended with status $?"
	awk -v factor_of_half="$1" '
	{ cpu[$1] = $3; due[$1] = $2 }
	END {
		for (name in cpu) {
			got = cpu[name] / cpu["plain"] * 100
			printf "   %-8s %6.1f %% of a plain one, due %d\n", name, got, due[name]
			# Across a death and a change of policy; 40 is not 50, and not 100.
			if (got < due[name] * 0.8 || got > due[name] * 1.2)
				bad = 1
		}
		exit bad
	}' "$TEST_WORK/shares" || fail "a share is more than 20 % off what the rule says"
}

run_one()
{
	local name=$1 due=$2

	shift 2
	(
		taskset -c 0 chrt -o 0 "$@" --count=1 --seconds=$SECONDS_RUN \
			>"$TEST_WORK/hog-$name" </dev/null
		sed -n "s/^hog=.*cpu_ms=\([0-9]*\).*/$name $due \1/p" "$TEST_WORK/hog-$name" \
			>>"$TEST_WORK/shares"
	) &
	pids+=($!)
}

# frames NAME: beside twice as many hogs as CPUs; how late half of them begin, into $late_us.
frames()
{
	local hogs

	load "$hog" --count=$((cpus * 2)) --seconds=$((SECONDS_RUN + 1))
	hogs=$loaded
	normal load-frames --work-loops="$loops" --seconds=$SECONDS_RUN >"$TEST_WORK/frames"
	wait "$hogs" || fail "load-hogs ended with status $?"
	note "$1: $(tr '\n' ' ' <"$TEST_WORK/frames")"
	late_us=$(tr '\n' ' ' <"$TEST_WORK/frames" | sed -n 's/.*wake_p50_us=\([0-9]*\).*/\1/p')
}

cpus=$(nproc)
hog=$(command -v load-hogs)
cp "$hog" "$TEST_WORK/twice"
ln -s "$hog" "$TEST_WORK/half"
chmod 755 /run/test "$TEST_WORK"
mkdir "$CGROUP"
loops=$(normal load-frames --calibrate | sed -n 's/.*work_loops=\([0-9]*\).*/\1/p')

configure 50
start --config="$CONFIG" --decisions="$1"
hogs 50

from=$(wc -l <"$LOG")
configure 400
wait_line 'rules are obeyed from now on' "$from" || fail "a saved rule is not taken: $(tail -n 1 "$LOG")"
hogs 400

note "the agent's death, then another policy"
old=$(agent)
kill -KILL "$old"
wait_line "agent [0-9]+ runs policy" "$from" || fail "no agent has taken over"
clandctl switch deadline >/dev/null
hogs 400
clandctl switch fifo >/dev/null
frames "with boost, under fifo"
with_boost_us=$late_us
clandctl status | sed -n 's/^rules: */   status: /p'
expect_attached
stop

printf '[rule none]\ncomm = nobody\nboost = 1\n' >"$CONFIG"
start --config="$CONFIG" --decisions="$1" --policy=fifo
frames "without, under fifo"
((with_boost_us * 4 <= late_us)) ||
	fail "half of the wake-ups take $with_boost_us us and more with boost and $late_us us without"
stop
