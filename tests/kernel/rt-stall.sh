#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 90: a real-time task that does not sleep for longer than the kernel's limit of 30 s, and a task
# bound to its CPU. Kernels up to 6.18, which look every 15 s, end the scheduler: status has said before,
# and the log says then, in words, that it was the real-time task. Newer ones give our class some time, and
# it stays attached.
#
# A kernel thread of that CPU does not run either, and it may be the one that brings the guest its files:
# nothing is executed while the real-time task runs.
# limit: 240

. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2034 # lib.sh goes by it
allowed_complaints='runnable task stall|failed to run for|sched_ext: '
runtime=/proc/sys/kernel/sched_rt_runtime_us
cpu=$(($(nproc) - 1))
before=$(cat $runtime)
# shellcheck disable=SC2154 # code is set there
trap 'code=$?; set +e; echo "$before" >$runtime; (exit $code); at_exit' EXIT
echo -1 >$runtime

# Asks until the CPU is named, or nobody answers: "held", or what it has come to instead.
asker='
import json, os, socket, sys, time
path, cpu, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
def held():
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(path)
        s.sendall(b"{\"command\":\"status\"}\n")
        return json.loads(s.makefile().readline())["held_cpus"] == cpu
try:
    held()
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if held():
            print("held", flush=True)
            break
        time.sleep(0.1)
    else:
        print("not held in %d s" % seconds, flush=True)
except OSError as e:
    print(e, flush=True)
'

start
load load-hogs --count=1 --cpus=$cpu --seconds=90
bound=$loaded
coproc ask { exec chrt -o 0 python3 -c "$asker" /run/scx-cland/control.sock $cpu 25; }
read -r answer <&"${ask[0]}"
[[ $answer == ready ]] || fail "status: $answer"
# It keeps from the CPU what it takes to start it, so that the others are there before.
chrt -f 40 taskset -c $cpu load-hogs --count=1 --cpus=$cpu --seconds=65 >"$TEST_WORK/rt" &
rt=$!
echo >&"${ask[1]}"
read -r answer <&"${ask[0]}"
[[ $answer == held ]] || fail "status does not name CPU $cpu: $answer"
IFS=. read -r major minor _ </proc/sys/kernel/osrelease
if ((major > 6 || minor > 18)); then
	wait "$rt"
	expect_attached
	unload "$bound"
	stop
	exit
fi
daemon_wait
kill "$rt" "$bound" 2>/dev/null || true
wait "$rt" "$bound" || true
((ended == 7)) || fail "scx-cland ended with status $ended, not 7"
state_is disabled || fail "$SCX/state is $(state)"
note "$(grep -m1 'error: the kernel has ended' "$LOG")"
note "$(grep -m1 'real-time tasks' "$LOG")"
grep -q "real-time tasks have kept CPU $cpu .*that is why the kernel has ended the scheduler" "$LOG" ||
	fail "the log does not say that the real-time task was the reason"
