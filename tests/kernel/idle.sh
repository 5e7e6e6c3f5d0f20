#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 18, 21: two idle minutes, in which scx-cland uses next to no CPU time; then somebody who has
# slept through them is woken up, and is served at once. It opens no file: the guest's file server
# answers in real time, and on an idle machine virtual time runs ahead meanwhile.
# limit: 400

. "$(dirname "$0")/lib.sh"

readonly IDLE_SECONDS=120

ticks() # PID: CPU time so far, in ticks of 10 ms
{
	local fields

	read -ra fields < <(sed 's/^.*) //' "/proc/$1/stat")
	echo $((fields[11] + fields[12]))
}

# a rule that has all tasks looked at again and again
printf '[rule nobody]\ncgroup = /nowhere/*\nboost = 1\n' >"$TEST_WORK/rules.ini"
start --config="$TEST_WORK/rules.ini"
normal load-hogs --count=8 --seconds=1 >/dev/null
worker=$(agent)
# shellcheck disable=SC2016 # the inner shell expands it
coproc sleeper { exec chrt -o 0 bash -c 'read -r word; answer=$(echo "$word"); echo "$answer"'; }
before=$(($(ticks "$daemon") + $(ticks "$worker")))
sleep "$IDLE_SECONDS"
used=$((($(ticks "$daemon") + $(ticks "$worker") - before) * 10))
note "$used ms of CPU time in $IDLE_SECONDS s"
((used < IDLE_SECONDS * 10)) || fail "$used ms of CPU time in $IDLE_SECONDS idle seconds: over 1 %"
begin=$(uptime_ms)
echo "hello" >&"${sleeper[1]}"
read -r -t "$PATIENCE" answer <&"${sleeper[0]}" || fail "a sleeper is not woken up"
took=$(($(uptime_ms) - begin))
note "a sleeper woken up, and a child of it: $took ms, answer $answer"
((took <= 200)) || fail "waking up took $took ms on an idle machine"
expect_attached
stop
