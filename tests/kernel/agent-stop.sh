#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 12: the agent is stopped for 1 s and goes on; then it is stopped for 10 s, which makes it
# count as hung: it is replaced. It counts as hung 3 s after its last sign of life, which was up to 1 s
# before it was stopped. Tasks run on as if nothing had happened. Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=150

# Nothing is executed between the signals: to wait for the file of a program takes the clock of a guest
# on, and an agent that is to go on must not count as hung.
stopped_for() # AGENT SECONDS [and-goes-on]
{
	local gap

	load load-hogs --count=$(($(nproc) * 2)) --seconds=$(($2 + 1))
	kill -STOP "$1"
	read -r -t "$2" <&"$never" || true
	[[ ! ${3:-} ]] || kill -CONT "$1"
	wait "$loaded" || fail "load-hogs ended with status $?"
	gap=$(figure max_gap_ms "$TEST_WORK/load.log")
	note "agent stopped for $2 s: longest gap of a hog $gap ms"
	((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms while the agent was stopped"
	expect_attached
}

mkfifo "$TEST_WORK/never"
exec {never}<>"$TEST_WORK/never"
start --decisions="$1"
first=$(agent)
# The time that a new agent is given before its silence counts.
normal load-hogs --seconds=4 >"$TEST_WORK/hogs"
stopped_for "$first" 1 and-goes-on
counters
decided=$(count decided)
has_decided() { counters; (($(count decided) > decided)); }
load load-hogs --seconds=2
wait_until has_decided || fail "the policy does not decide after SIGCONT"

second=$(agent)
lines=$(wc -l <"$LOG")
stopped_for "$second" 10
wait_line "agent $second .*no sign of life" "$lines" || fail "a stopped agent is not noticed"
wait_line 'agent [0-9]+ runs policy' "$lines" || fail "a stopped agent is not replaced"
counters
decided=$(count decided)
load load-hogs --seconds=2
wait_until has_decided || fail "the new agent does not decide"
note "${counted[*]@K}"
stop
