#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A change of policy that fails changes nothing: the agent that serves goes on, and one sentence
# names the file and what to do. Every way to fail that tests/plugins has, and bad configurations.

# limit: 240

. "$(dirname "$0")/lib.sh"

ini=$TEST_WORK/scx-cland.ini
plugins=$SCX_CLAND_BUILD/tests/plugins

# try STATUS TEXT COMMAND...: clandctl COMMAND must fail so
try()
{
	local status=0 expected=$1 text=$2

	shift 2
	normal clandctl "$@" >"$TEST_WORK/answer" 2>&1 || status=$?
	note "status $status: $(tail -n 1 "$TEST_WORK/answer")"
	[[ $status == "$expected" ]] || fail "clandctl $*: status $status, not $expected"
	grep -qE -- "$text" "$TEST_WORK/answer" || fail "clandctl $*: it does not say '$text'"
	[[ $(agent) == "$serving" ]] || fail "clandctl $*: another agent serves"
	expect_attached
}

save() { printf '[scheduler]\npolicy = %s\n' "$1" >"$ini"; }

printf '[scheduler]\npolicy = fifo\n' >"$ini"
for ((i = 0; i <= $(nproc); i++)); do
	printf '[policy.deadline]\nrule.r%d = nice=%d period_us=10000 budget_us=9999\n' $i $i >>"$ini"
done
start --config="$ini"
load load-hogs --count="$(($(nproc) * 2))" --seconds=120
hogs=$loaded
serving=$(agent)

head -c 3000 "$plugins/good.so" >"$TEST_WORK/truncated.so"
echo 'not ELF' >"$TEST_WORK/text.so"
cp "$plugins/good.so" "$TEST_WORK/machine.so"
printf '\xb7' | dd of="$TEST_WORK/machine.so" bs=1 seek=18 conv=notrunc status=none

try 10 "nowhere" switch nowhere
try 10 "$TEST_WORK/missing.so" switch "$TEST_WORK/missing.so"
try 11 "$TEST_WORK/text.so" switch "$TEST_WORK/text.so"
try 11 "$TEST_WORK/truncated.so" switch "$TEST_WORK/truncated.so"
try 11 "$TEST_WORK/machine.so" switch "$TEST_WORK/machine.so"
try 13 'undefined_symbol.so' switch "$plugins/undefined_symbol.so"
try 11 'no_symbol.so' switch "$plugins/no_symbol.so"
try 11 'foreign_major.so' switch "$plugins/foreign_major.so"
try 11 'unknown_capability.so' switch "$plugins/unknown_capability.so"
try 11 'no_rank.so' switch "$plugins/no_rank.so"
try 13 'create_fails.so.*refused to start' switch "$plugins/create_fails.so"
try 13 'deadline.so.*refused to start.*budgets of the rules come to .* CPUs.*lower budget_us' \
	switch deadline
try 13 'create_positive.so' switch "$plugins/create_positive.so"
try 14 'ended its process while it was loaded, with signal 6 .* in a constructor or its create\(\): .*ctor_crashes.so' \
	switch "$plugins/ctor_crashes.so"
try 14 'ended its process while it was loaded, with status 0.*ctor_exits.so' \
	switch "$plugins/ctor_exits.so"
try 15 'has not got ready within 15 s.*create_hangs.so' switch "$plugins/create_hangs.so"
try 12 'slice_us' set 'fifo.slice_us=1'
try 10 'gaming' mode gaming
save 'fifo
no_such_key = 1'
try 2 'scx-cland.ini:3.*no_such_key' reload
save 'vruntime
[policy.vruntime]
slice_us = a lot'
try 12 'scx-cland.ini:4.*slice_us' reload
rm "$ini"
try 2 "$ini" reload
# Half of a file is saved, and then the rest: nothing happens before the rest is there.
from=$(wc -l <"$LOG")
printf '[scheduler]\npolicy = vrun' >"$ini"
wait_line "no policy 'vrun'" "$from" || fail "half a configuration is not refused"
[[ $(agent) == "$serving" ]] || fail "half a configuration has replaced the agent"
from=$(wc -l <"$LOG")
printf 'time\n' >>"$ini"
wait_line 'policy fifo -> vruntime' "$from" || fail "the whole configuration is not taken"

# After all that, a good one is still taken.
normal clandctl switch "$plugins/good.so" >"$TEST_WORK/answer" 2>&1 ||
	fail "a good policy is not taken any more: $(tail -n 1 "$TEST_WORK/answer")"
note "$(tail -n 1 "$TEST_WORK/answer")"
normal clandctl status | sed 's/^/   | /'
unload "$hogs"
expect_attached
stop
grep -q 'agents replaced: 0' "$LOG" || fail "an agent has been lost"
