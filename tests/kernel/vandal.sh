#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A policy that writes over all memory that agents share, as it is loaded: the change to it fails, and
# the policy before goes on, if need be with a new agent: it is asked on every CPU, at once, and sleeps
# when it is not. And one that says that it has let go while it decides: it is watched on, and replaced by whom
# one switches to.

. "$(dirname "$0")/lib.sh"

# [ticks]
cpu_time()
{
	local fields

	read -ra fields <"/proc/$(agent)/stat"
	echo $((fields[13] + fields[14]))
}

asked() { counters; echo $(($(count requests))) $(($(count decided))); }

# Strict: it is asked every time, and the rings of all CPUs are needed.
try()
{
	local requests decided requests_before decided_before ticks

	wait_until agent >/dev/null || fail "there is no agent any more"
	read -r requests_before decided_before < <(asked)
	normal load-hogs --count=$(($(nproc) * 4)) --seconds=3 >/dev/null
	read -r requests decided < <(asked)
	requests=$((requests - requests_before))
	decided=$((decided - decided_before))
	ticks=$(cpu_time)
	normal sleep 2
	ticks=$(($(cpu_time) - ticks))
	note "$1: $requests requests, $decided decided; $ticks ticks of CPU time in 2 s without load"
	((decided * 2 > requests && requests > 300)) || fail "$1: the policy is not asked as it should be"
	((ticks < $(getconf CLK_TCK) / 2)) || fail "$1: the agent does not sleep"
}

start --policy=fifo --decisions=strict
try before
for ((i = 0; i < 3; i++)); do
	refused 13 'refused to start.*ruined [3-9] pieces' chrt -o 0 clandctl switch \
		"$SCX_CLAND_BUILD/tests/kernel/vandal.so"
	expect_attached
	try "after $((i + 1))"
done
normal clandctl switch vruntime
normal clandctl switch fifo
try "after a change"

normal clandctl switch "$SCX_CLAND_BUILD/tests/kernel/liar.so"
normal load-hogs --count=$(($(nproc) * 2)) --seconds=1 >/dev/null
normal clandctl status >"$TEST_WORK/status"
grep -qE '^agent: .*running' "$TEST_WORK/status" ||
	fail "what a policy says is believed: $(grep '^agent:' "$TEST_WORK/status")"
kill -STOP "$(agent)"
from=$(wc -l <"$LOG")
load load-hogs --count=$(($(nproc) * 2)) --seconds=6
wait_line 'has given no sign of life' "$from" || fail "it is not watched any more"
wait "$loaded"
normal clandctl switch vruntime
normal clandctl status >"$TEST_WORK/status"
grep -q '^policy: *vruntime' "$TEST_WORK/status" || fail "it is not replaced: $(cat "$TEST_WORK/status")"
expect_attached
stop
