#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A policy that fails three times within a minute is not run any more: the one before it comes back,
# or the built-in one, or none. Asked for by name it is run again, and so is another file by its name.
# limit: 300

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

mine=$TEST_WORK/mine.so
ini=$TEST_WORK/scx-cland.ini
in_quarantine='policy misbehave-segv is in quarantine: it has failed 3 times within 60 s'

quarantined() # FROM THEN: from line FROM on, then policy THEN runs
{
	wait_line "$in_quarantine" "$1" || fail "it does not get into quarantine"
	wait_line "policy misbehave-segv -> $2: policy misbehave-segv is in quarantine" "$1" ||
		fail "$2 does not run in its place"
}

answerer shell bash
cp "$plugins/misbehave_segv.so" "$mine"
printf '[scheduler]\npolicy = deadline\n' >"$ini"
start --config="$ini"
load load-hogs --count=4 --seconds=300
hogs=$loaded

# the one before it, not the built-in one
switch "$mine"
quarantined 0 deadline
status_has '^policy: +deadline'
status_has "^wanted: +$mine.*NOT what runs, as it is in quarantine"
expect_attached

# nor does another build of scx-cland that takes over, or one that is started after this one was killed
lines=$(wc -l <"$LOG")
normal clandctl upgrade >"$TEST_WORK/answer" 2>&1 || fail "upgrade: $(cat "$TEST_WORK/answer")"
wait_line 'policy misbehave-segv is in quarantine since before, so deadline runs in its place' "$lines" ||
	fail "the upgraded one does not know that it is in quarantine"
[[ $(json .applied.policy) == deadline ]] || fail "upgraded, it runs $(json .applied.policy)"
status_has "^wanted: +$mine.*NOT what runs, as it is in quarantine"
expect_attached

# a saved configuration does not run it: it is wanted, that is all
lines=$(wc -l <"$LOG")
printf '[scheduler]\npolicy = %s\n' "$mine" >"$ini"
wait_line 'policy misbehave-segv is wanted .* and in quarantine' "$lines" ||
	fail "the log does not say why it is not run"
[[ $(json .applied.policy) == deadline ]] || fail "it runs again, or something else"

# asked for, it is
lines=$(wc -l <"$LOG")
switch "$mine"
wait_line 'policy misbehave-segv is out of quarantine' "$lines" || fail "nobody lifts it"
quarantined "$lines" deadline

# and so is another file
lines=$(wc -l <"$LOG")
cp "$plugins/good.so" "$mine.new"
mv "$mine.new" "$mine"
printf '[scheduler]\npolicy = %s\n# again\n' "$mine" >"$ini"
normal clandctl reload >"$TEST_WORK/answer" 2>&1 || fail "reload: $(cat "$TEST_WORK/answer")"
[[ $(json .applied.policy) == good ]] || fail "the corrected policy does not run"
[[ $(json .applied.in_place_of) == "" ]] || fail "status still says that it is in quarantine"
expect_attached
stop

# none before it: the built-in one
start --policy="$plugins/misbehave_segv.so"
quarantined 0 vruntime
status_has '^policy: +vruntime'
expect_attached
stop

# nor that: by leases alone, until somebody says what to run
mkdir "$TEST_WORK/empty"
export SCX_CLAND_POLICY_PATH=$TEST_WORK/empty
start --policy="$plugins/misbehave_segv.so"
wait_line 'no policy is left to be run: tasks run by their leases' || fail "what runs?"
status_has '^policy: +none: tasks run by their leases'
status_has '^agent: +none at the moment'
[[ -z $(agent) ]] || fail "an agent runs all the same"
normal load-hogs --count=4 --seconds=2 | tail -n 1 | sed 's/^/   by leases: /'
expect_attached
switch "$plugins/good.so"
status_has '^policy: +good'
unload "$hogs"
expect_attached
stop

# What somebody does to its agents while it waits is not held against a policy, but not for ever, as only the agent
# says that it waited. The built-in one is run all the same.
lose_agents() # NR POLICY
{
	local i pid lines

	for ((i = 0; i < $1; i++)); do
		lines=$(wc -l <"$LOG")
		pid=$(agent) || fail "there is no agent"
		kill -KILL "$pid"
		wait_line "agent $pid .* was ended by signal 9" "$lines" || fail "$2: its end is not reported"
		((i == $1 - 1)) || wait_line "agent [0-9]+ runs policy $2" "$lines" ||
			fail "$2: agent $i is not replaced"
	done
}
unset SCX_CLAND_POLICY_PATH
start --policy=fifo
lose_agents 8 fifo
wait_line 'policy fifo is in quarantine: it has lost its agent 8 times within 300 s' ||
	fail "a policy that keeps losing its agent is run for ever"
wait_line 'policy fifo -> vruntime: policy fifo is in quarantine' || fail "nothing runs in its place"
lines=$(wc -l <"$LOG")
lose_agents 9 vruntime
wait_line 'agent [0-9]+ runs policy vruntime' "$lines" || fail "the built-in policy is not run again"
expect_attached
stop
