#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# An agent that is asked again and again does not go to sleep in between: it yields its CPU, and the stub
# has it run when there is a request. It does not spin when requests end, nor where it may run on one CPU
# only, and at rest it can be killed, stopped and replaced like any process.

. "$(dirname "$0")/lib.sh"

readonly ROUND_TRIPS=2000
readonly IDLE_SECONDS=5

sleeps() { sed -n 's/^voluntary_ctxt_switches:[[:space:]]*//p' "/proc/$1/status"; }
used_us() { local ns rest; read -r ns rest <"/proc/$1/schedstat"; echo $((ns / 1000)); }

ping_pong() # ROUND_TRIPS
{
	normal perf bench sched pipe -l "$1" >"$TEST_WORK/pipe" 2>&1 || fail "perf bench: $(cat "$TEST_WORK/pipe")"
}

# Sets $decided and $slept.
asked() # PID ROUND_TRIPS
{
	local slept_before decided_before

	counters
	decided_before=$(count decided)
	slept_before=$(sleeps "$1")
	ping_pong "$2"
	counters
	decided=$(($(count decided) - decided_before))
	slept=$(($(sleeps "$1") - slept_before))
}

not_spinning() # PID
{
	local before used

	before=$(used_us "$1")
	sleep $IDLE_SECONDS
	used=$(($(used_us "$1") - before))
	note "idle: $used us of CPU time in $IDLE_SECONDS s"
	((used < IDLE_SECONDS * 10000)) || fail "the agent takes $used us of CPU time when nobody asks"
}

start --decisions=strict
pid=$(agent)
ping_pong 100
asked "$pid" $ROUND_TRIPS
note "$decided decisions, $slept sleeps"
((decided >= ROUND_TRIPS)) || fail "$decided decisions in $ROUND_TRIPS round trips"
((slept * 4 < decided)) || fail "the agent goes to sleep $slept times for $decided decisions"
not_spinning "$pid"

taskset -a -p -c 0 "$pid" >/dev/null
asked "$pid" $((ROUND_TRIPS / 4))
note "on one CPU: $decided decisions, $slept sleeps"
((decided >= ROUND_TRIPS / 4)) || fail "bound to one CPU it decides $decided times"
not_spinning "$pid"
taskset -a -p -c "0-$(($(nproc) - 1))" "$pid" >/dev/null

load perf bench sched pipe -l 1000000
clandctl switch deadline >/dev/null || fail "no change of policy"
pid=$(agent)
kill -STOP "$pid"
wait_until grep -q '^State:.*stopped' "/proc/$pid/status" || fail "at rest it cannot be stopped"
kill -CONT "$pid"
kill -KILL "$pid"
wait_line 'agent .* was ended by signal 9' || fail "nobody notices that it is dead"
another() { local now; now=$(agent); [[ $now && $now != "$pid" ]]; }
wait_until another || fail "no other agent comes"
pid=$(agent)
unload "$loaded"
asked "$pid" $ROUND_TRIPS
note "after another policy and another agent: $decided decisions, $slept sleeps"
((slept * 4 < decided)) || fail "the agent goes to sleep $slept times for $decided decisions"
not_spinning "$pid"
expect_attached
stop
