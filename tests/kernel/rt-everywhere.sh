#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 90 on all CPUs at once: while real-time tasks keep every one of them, nobody can say what a policy does.
# Once they end, all is as before: the same agent, no fault, nothing detached; an agent that was getting ready gets
# ready then, and the change of policy that it is for is made. Newer kernels give our class a little time meanwhile.
# Argument: leased or strict.
# limit: 240

. "$(dirname "$0")/lib.sh"

runtime=/proc/sys/kernel/sched_rt_runtime_us
before=$(cat $runtime)
# shellcheck disable=SC2154 # code is set there
trap 'code=$?; set +e; echo "$before" >$runtime; (exit $code); at_exit' EXIT
echo -1 >$runtime
chrt -f -p 60 $$
mkfifo "$TEST_WORK/never"
exec {never}<>"$TEST_WORK/never"

# A real-time hog on each CPU, of this shell, as programs come by the file server, which has no CPU meanwhile. All
# wait for hogs_go.
hogs_ready() # SECONDS
{
	local cpu fd

	hogs=() go=()
	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		rm -f "$TEST_WORK/go"
		mkfifo "$TEST_WORK/go"
		exec {fd}<>"$TEST_WORK/go"
		go+=("$fd")
		(
			taskset -cp $cpu $BASHPID >"$TEST_WORK/taskset"
			chrt -f -p 50 $BASHPID
			read -r -u "$fd"
			end=$(($(uptime_ms) + $1 * 1000))
			while
				read -r up _ </proc/uptime
				((10#${up/./} * 10 < end))
			do :; done
		) &
		hogs+=($!)
	done
	sleep 0.5
}

hogs_go()
{
	local fd

	for fd in "${go[@]}"; do
		echo >&"$fd"
		exec {fd}>&-
	done
}

as_before()
{
	normal clandctl status >"$TEST_WORK/status"
	sed -n '/^agent\|^last\|^faults/s/^/   | /p' "$TEST_WORK/status"
	grep -q '^faults: *none' "$TEST_WORK/status" || fail "a policy is blamed: $(cat "$TEST_WORK/status")"
	grep -q "^agent: .* restarts: 0" "$TEST_WORK/status" || fail "an agent has been replaced"
	expect_attached
}

start --decisions="$1"
first=$(agent)
load load-hogs --count=4 --seconds=600
ordinary=$loaded
sleep 1
# More than an agent may be silent, and more often than one may be lost within 5 minutes.
for ((i = 0; i < 9; i++)); do
	hogs_ready 4
	hogs_go
	wait "${hogs[@]}"
	sleep 0.2
done
as_before
[[ $(agent) == "$first" ]] || fail "the agent is another one"

# More than an agent may take to get ready.
hogs_ready 17
normal clandctl switch fifo >"$TEST_WORK/switch" 2>&1 &
switch=$!
children=()
while ((${#children[@]} < 2)); do
	read -rt 0.005 -u "$never" || true
	read -ra children <"/proc/$daemon/task/$daemon/children" || true
done
hogs_go
wait "${hogs[@]}"
note "at $(uptime_ms) ms: the real-time hogs have ended"
wait "$switch" || fail "clandctl switch: $(tail -n 1 "$TEST_WORK/switch")"
note "at $(uptime_ms) ms: $(tail -n 1 "$TEST_WORK/switch")"
as_before

free() { ! normal clandctl status | grep -q '^real-time:'; }
wait_until free || fail "status still says that CPUs are held"
unload "$ordinary"
stop
