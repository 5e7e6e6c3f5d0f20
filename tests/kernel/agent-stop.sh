#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 12: the agent is stopped for 2 s and goes on; then it is stopped for 10 s, which makes it
# count as hung: it is replaced. Tasks run on as if nothing had happened. Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=150

hogs_during() # SECONDS: hogs beside which the agent stays stopped
{
	local gap

	normal load-hogs --count=$(($(nproc) * 2)) --seconds="$1" >"$TEST_WORK/hogs"
	gap=$(tail -n 1 "$TEST_WORK/hogs" | tr ' ' '\n' | sed -n 's/^max_gap_ms=//p')
	note "agent stopped for $1 s: longest gap of a hog $gap ms"
	((${gap%.*} <= GAP_MAX_MS)) || fail "a hog waited for $gap ms while the agent was stopped"
	expect_attached
}

start --decisions="$1"
first=$(agent)
# The time that a new agent is given before its silence counts.
normal load-hogs --seconds=4 >"$TEST_WORK/hogs"
kill -STOP "$first"
hogs_during 2
kill -CONT "$first"
counters
decided=$(count decided)
has_decided() { counters; (($(count decided) > decided)); }
load load-hogs --seconds=2
wait_until has_decided || fail "the policy does not decide after SIGCONT"

second=$(agent)
lines=$(wc -l <"$LOG")
kill -STOP "$second"
hogs_during 10
wait_line "agent $second .*no sign of life" "$lines" || fail "a stopped agent is not noticed"
wait_line 'agent [0-9]+ runs policy' "$lines" || fail "a stopped agent is not replaced"
counters
decided=$(count decided)
load load-hogs --seconds=2
wait_until has_decided || fail "the new agent does not decide"
note "${counted[*]@K}"
stop
