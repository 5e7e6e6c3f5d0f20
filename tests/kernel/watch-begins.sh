#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Looking on begins at one moment, though its programs are attached one after the other: whoever was woken up
# or started between two of them, and has ended since, does not wait for a CPU for ever. Beside short-lived
# processes clandctl top begins ten times; nobody on its last screen waits who is not there.
#
# limit: 300

. "$(dirname "$0")/lib.sh"

readonly BEGINNINGS=10

# The pids that the last frame says wait for a CPU. A row without one is not of the list.
waiting() { awk -v RS= '{ last = $0 } END { print last }' "$1" | awk '$1 ~ /^[0-9]+$/ && $8 ~ /^[0-9]+W/ { print $1 }'; }

for ((i = 0; i < 2; i++)); do
	load bash -c 'while :; do /bin/true; done'
	forkers+=("$loaded")
done
waiters=0
for ((i = 0; i < BEGINNINGS; i++)); do
	normal clandctl top --batch -n 3 --delay 0.5 --sort wait >"$TEST_WORK/top.txt"
	for pid in $(waiting "$TEST_WORK/top.txt"); do
		((++waiters))
		# By the time that we look, who has waited a moment ago may have run and ended: that took less than a frame.
		[[ -e /proc/$pid ]] && continue
		row=$(grep -E "^ *$pid " "$TEST_WORK/top.txt" | tail -n 1)
		[[ $(awk '{ print $6 }' <<<"$row") =~ ^[0-9.]+(us|ms)$ ]] && continue
		fail "a task that has ended waits for a CPU: $row"
	done
done
note "$waiters waited on the last screens of $BEGINNINGS beginnings"
unload "${forkers[@]}"
