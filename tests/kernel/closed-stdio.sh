#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Started with stdin, stdout or stderr closed, as some service managers do: what it says must not end
# up in a file of its own that got the free number, such as the one with its pid.
# not as a service: systemd closes none of them

. "$(dirname "$0")/lib.sh"

for closed in '2>&-' '<&- >&- 2>&-'; do
	chrt -o 0 bash -c "exec scx-cland $closed" >"$LOG" 2>&1 &
	daemon=$!
	wait_until state_is enabled || fail "scx-cland $closed does not start"
	refused 5 "running already, as process $daemon\." scx-cland
	[[ $(cat /run/scx-cland.lock) == "$daemon" ]] ||
		fail "scx-cland $closed: the lock file holds $(head -n 1 /run/scx-cland.lock)"
	wait_until agent >/dev/null || fail "scx-cland $closed has no agent"
	for fd in 0 1 2; do
		[[ $(readlink "/proc/$(agent)/fd/$fd") == /* ]] ||
			fail "scx-cland $closed: number $fd of the agent is not a file"
	done
	kill -TERM "$daemon"
	daemon_wait
	((ended == 0)) || fail "scx-cland $closed ended with status $ended after SIGTERM"
done
