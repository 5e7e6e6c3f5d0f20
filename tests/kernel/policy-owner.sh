#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Who may have a policy loaded as root: only what nobody else can change is taken, by a start, by a
# switch, and by an agent that is started again. Each refusal names the culprit.

. "$(dirname "$0")/lib.sh"

dir=$TEST_WORK/dir
so=$dir/fifo.so
mkdir "$dir"
cp "$SCX_CLAND_POLICY_PATH/fifo.so" "$so"
chmod 755 "$dir"
chmod 644 "$so"

# refuses STATUS TEXT: clandctl switch must
refuses()
{
	local status=0

	normal clandctl switch "$so" >"$TEST_WORK/answer" 2>&1 || status=$?
	note "status $status: $(tail -n 1 "$TEST_WORK/answer")"
	[[ $status == 18 ]] || fail "clandctl switch: status $status, not 18"
	grep -qE -- "$1" "$TEST_WORK/answer" || fail "clandctl switch does not say '$1'"
	[[ $(agent) == "$serving" ]] || fail "another agent serves"
	expect_attached
}

chown 1234 "$so"
refused 8 "$so belongs to uid 1234.*install -o root" scx-cland --policy="$so"

start
serving=$(agent)
refuses "$so belongs to uid 1234"
chown 0 "$so"
chmod o+w "$so"
refuses "everybody may write $so"
chmod o-w "$so"
chown 1234 "$dir"
refuses "the folder $dir belongs to uid 1234"
chown 0 "$dir"
normal clandctl switch "$so" >/dev/null || fail "clandctl refuses what is root's"

# The agent looks for itself: what was fine once need not be when it is loaded again.
lines=$(wc -l <"$LOG")
chown 1234 "$so"
kill -KILL "$(agent)"
wait_line "error: $so is not loaded as a policy: $so belongs to uid 1234" "$lines" ||
	fail "an agent loads what is not root's any more"
expect_attached
chown 0 "$so"
# By itself, unless it has been tried in vain too often by now: then somebody has to ask for it.
wait_line 'agent [0-9]+ runs policy fifo|policy fifo is in quarantine' "$lines" ||
	fail "no agent runs what is root's again"
if tail -n +$((lines + 1)) "$LOG" | grep 'policy fifo is in quarantine' >/dev/null; then
	normal clandctl switch "$so" >/dev/null || fail "clandctl refuses what is root's again"
fi
normal clandctl status | grep -E '^policy: +fifo' >/dev/null || fail "what is root's again does not run"
stop

chown 1234 "$so"
start --policy="$so" --allow-unsafe-policies
stop
