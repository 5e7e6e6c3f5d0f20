#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 16, 90: a real-time task that does not sleep takes a CPU. Tasks that may run elsewhere do,
# also the one that it has interrupted, and the agent; those bound to that CPU wait, and status says
# why. scx-cland can be ended meanwhile. Then bursts of a real-time task beside a game (HAZARDS 40), where nobody waits for long, kernel
# threads bound to the CPU of the bursts among them.
# limit: 240

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

# Left in the CPU's local queue, it would be for as long as the real-time task runs.
readonly RT_WAIT_MAX_MS=2000

runtime=/proc/sys/kernel/sched_rt_runtime_us
cpu=$(($(nproc) - 1))
before=$(cat $runtime)
# shellcheck disable=SC2154 # code is set there
trap 'code=$?; set +e; echo "$before" >$runtime; (exit $code); at_exit' EXIT
echo -1 >$runtime
# Read from the host now: a file server takes its time, in which virtual time goes on.
taskset -c $cpu load-hogs --seconds=0.1 >"$TEST_WORK/warm-up"
normal clandctl status >"$TEST_WORK/warm-up" || true

start
first=$(agent)
chrt -o 0 load-hogs --count=$(($(nproc) * 2)) --seconds=12 >"$TEST_WORK/hogs" &
hogs=$!
sleep 1
chrt -o 0 load-hogs --count=1 --cpus=$cpu --seconds=10 >"$TEST_WORK/bound" &
bound=$!
chrt -f 40 taskset -c $cpu load-hogs --count=1 --cpus=$cpu --seconds=8 >"$TEST_WORK/rt" &
rt=$!
note "at $(uptime_ms) ms: the real-time hog has been started"
held()
{
	normal clandctl status >"$TEST_WORK/status"
	grep -qE "^real-time: +.* keep CPU $cpu busy" "$TEST_WORK/status"
}
wait_until held || fail "status does not say that CPU $cpu is held"
note "at $(uptime_ms) ms: status says so"
wait "$rt"
note "at $(uptime_ms) ms: it has ended: $(tail -n 1 "$TEST_WORK/rt")"
free() { ! held; }
wait_until free || fail "status still says that CPU $cpu is held"
wait "$hogs" "$bound"
gap=$(figure max_gap_ms "$TEST_WORK/hogs")
note "bound to it: $(tail -n 1 "$TEST_WORK/bound")"
note "all others: $(tail -n 1 "$TEST_WORK/hogs")"
printf '   fault=rt-hog kernel=%s longest_wait_ms=%s detached=0 (hogs that may run elsewhere)\n' \
	"$(uname -r)" "$gap"
[[ $(agent) == "$first" ]] || fail "the agent has been replaced"
((${gap%.*} <= RT_WAIT_MAX_MS)) || fail "a task that may run elsewhere waited for $gap ms"
expect_attached

answerer longest longest-wait
answerer shell bash
load load-hogs --count="$(nproc)" --seconds=60
hogs=$loaded
chrt -f 40 load-frames --period-us=5000 --work-loops=12 --seconds=6 >"$TEST_WORK/bursts" &
fault_begin
ask shell "load-frames --period-us=16667 --work-loops=35 --seconds=5 >$TEST_WORK/frames; echo done"
fault_end rt-bursts
note "frames beside real-time bursts: $(cat "$TEST_WORK/frames")"
unload "$hogs" "${loads[@]}"
counters
note "${counted[*]@K}"
expect_attached

# Nor is scx-cland held up at its end by the thread that it has on that CPU then: see core/supervisor/cpu_rouse.h. The
# shell does it alone: a program comes by the file server, whose answers a thread of that CPU takes.
mkfifo "$TEST_WORK/nobody"
chrt -f 40 taskset -c $cpu load-hogs --count=1 --cpus=$cpu --seconds=10 >"$TEST_WORK/rt" &
rt=$!
read -rt 1 <>"$TEST_WORK/nobody" || true
kill -TERM "$daemon"
ended=0
if [[ ${TEST_SERVICE:-} ]]; then # no child of this shell's
	while [[ -e /proc/$daemon ]]; do
		read -rt 0.05 <>"$TEST_WORK/nobody" || true
	done
else
	wait "$daemon" || ended=$?
fi
kill "$rt" 2>/dev/null || fail "scx-cland ended with the real-time hog only"
[[ ! ${TEST_SERVICE:-} ]] || unit_wait
daemon=
((ended == 0)) || fail "scx-cland ended with status $ended beside a real-time hog"
state_is disabled || fail "it is still attached"
