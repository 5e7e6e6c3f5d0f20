#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What clandctl prints and with what it ends, asked of a daemon whose answers are made up
# (clandctl_daemon.c).
#
# Usage: tests/cli/clandctl.sh CLANDCTL DAEMON

set -euo pipefail

clandctl=$(realpath "$1")
daemon=$(realpath "$2")
work=$(mktemp -d)
socket=$work/run/control.sock
daemon_pid=

cleanup()
{
	[ -z "$daemon_pid" ] || kill "$daemon_pid" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

fail()
{
	echo "clandctl.sh: $*" >&2
	echo "--- stdout:" >&2
	cat "$work/out" >&2
	echo "--- stderr:" >&2
	cat "$work/err" >&2
	exit 1
}

# start SCENE: the daemon, listening when this returns.
start()
{
	local line
	exec {ready}< <(exec "$daemon" "$socket" "$1")
	daemon_pid=$!
	read -r -u "$ready" line
	[ "$line" = ready ] || fail "the daemon said '$line'"
}

# run STATUS ARGUMENT...: clandctl, which must end with STATUS; its output goes to out and err.
run()
{
	local wanted=$1 got=0
	shift
	"$clandctl" --socket "$socket" --sysfs "$work/sys" "$@" >"$work/out" 2>"$work/err" ||
		got=$?
	[ "$got" -eq "$wanted" ] || fail "$*: ended with $got, expected $wanted"
}

# says TEXT: the whole output, ages being made N
says()
{
	local got
	got=$(sed -E 's/for [0-9]+ s/for N s/g' "$work/out")
	[ "$got" = "$1" ] || { diff <(echo "$1") <(echo "$got") >&2 || true; fail "it said otherwise"; }
}

# complains TEXT: is all of stderr
complains()
{
	[ "$(cat "$work/err")" = "clandctl: $1" ] || fail "expected 'clandctl: $1'"
}

# has TEXT: is somewhere in the output
has()
{
	grep -qF -- "$1" "$work/out" || fail "does not say '$1'"
}

kernel_says()
{
	rm -rf "$work/sys"
	mkdir -p "$work/sys/kernel/sched_ext/root"
	echo "$1" >"$work/sys/kernel/sched_ext/state"
	[ -z "${2:-}" ] || echo "$2" >"$work/sys/kernel/sched_ext/root/ops"
}

# ---- no daemon ------------------------------------------------------------------------------------

run 9 status
complains "no scx-cland is running: nobody answers at $socket"
says "scheduler:  the kernel's own; this kernel has no sched_ext"
kernel_says disabled
run 9 status
says "scheduler:  the kernel's own; sched_ext is disabled
to start:   sudo scx-cland"
kernel_says enabled rusty_1.0.9
run 9 status
says "scheduler:  rusty_1.0.9, another sched_ext scheduler (sched_ext is enabled)"
kernel_says enabled cland
run 9 status
says "scheduler:  scx-cland's part in the kernel (sched_ext is enabled), by the last leases
to start:   sudo scx-cland"
run 9 status --json
has '"ok": false'
has '"status": 9'
has '"ops": "cland"'
run 9 switch fifo
complains "no scx-cland is running: nobody answers at $socket"
run 9 stop
run 9 upgrade

# somebody who is not the daemon
mkdir -p "$work/run"
: >"$socket"
run 9 reload
rm "$socket"

# ---- a daemon -------------------------------------------------------------------------------------

start attached
run 0 status
sed -i -E 's/process [0-9]+, up/process N, up/' "$work/out"
says "scx-cland 0.1.0, process N, up for 3 h 12 min
attached:   yes, and stays so if scx-cland is killed
policy:     vruntime 1.0, for N s (/usr/lib/scx-cland/policies/vruntime.so)
wanted:     vruntime, for N s
why:        configuration, /etc/scx-cland.ini
decisions:  leased
agent:      process 813, running for 1 min 1 s; restarts: 2
rules:      3, which give hints on 14 tasks
auto:       game applies: steam runs
            save does not apply: not on battery
control:    requests: 1, refused: 0; callers turned away: 0
last swap:  none
faults:     shaky, crashed: 2, could not be switched to: 1; in QUARANTINE until somebody switches to it
              1 min 1 s ago: signal 11 (Segmentation fault) in its rank()
              #0 shaky.so(shaky_rank+0x1f)
            wild, hung: 1, bad decisions: 7"
run 10 switch gone
run 0 status --json
has '"ok": true'
has '"requests": 3'
has '"refused": 0'
has '"policy": "vruntime"'

run 0 switch latency-boost --for 10m
says "policy vruntime -> latency-boost; pause 182 us, 1042 tasks adopted; for 10 min"
run 0 status
has "policy:     latency-boost 1.0"
has "why:        clandctl switch by uid $(id -u) for 10 min"
grep -qE '^wanted:     latency-boost, for [0-9]+ s, (10 min|9 min [0-9]+ s) to go$' "$work/out" ||
	fail "does not say how long it goes on"
has "last swap:  vruntime -> latency-boost 4 s ago, clandctl switch by uid $(id -u) for 10 min; pause 182 us, 1042 tasks adopted"
run 0 switch --hold 77 latency-boost
says "policy latency-boost: nothing to change; while process 77 lives"
run 0 mode gaming
says "policy latency-boost: nothing to change"
run 10 mode gamign
complains "there is no [mode.gamign]"
run 0 reload
says "policy latency-boost -> vruntime; pause 0 us, 0 tasks adopted"
run 0 set vruntime.slice_us=2000 vruntime.preempt_us=a=b.c
says "policy vruntime has its new parameters"
run 12 set vruntime.nothing=1
complains "vruntime has no parameter nothing"

# somebody who may not
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	status=0
	setpriv --reuid=65534 --regid=65534 --clear-groups \
		"$clandctl" --socket "$socket" --sysfs "$work/sys" status \
		>"$work/out" 2>"$work/err" || status=$?
	# 126: the build is where that user may not go
	if [ "$status" -ne 126 ]; then
		[ "$status" -eq 4 ] || fail "as nobody: ended with $status"
		complains "not allowed to ask at $socket: only root and members of the group scx-cland are. Use sudo"
		says "scheduler:  scx-cland's part in the kernel (sched_ext is enabled)"
	fi
fi

# a relative path is where clandctl is
(cd "$work" && run 0 switch ./my.so && says "policy vruntime -> $work/my.so; pause 182 us, 1042 tasks adopted")
run 0 status
has "policy:     mine 1.0"
has "($work/my.so)"
! grep -q 'NOT what runs' "$work/out" || fail "does not know its own path again"

# each kind of failure has a status of its own
for kind in gone:10 foreign:11 parameters:12 refused:13 crashed:14 slow:15 busy:16; do
	run "${kind#*:}" switch "${kind%:*}"
	[ ! -s "$work/out" ] || fail "$kind: says that it did something"
	grep -q '^clandctl: .' "$work/err" || fail "$kind: no sentence"
done
run 0 status
has "-> busy FAILED"
has "a switch to fifo is under way"

# ---- the command line -----------------------------------------------------------------------------

run 2
complains "a command is missing; clandctl --help lists them"
run 2 swich
complains "'swich' is no command; did you mean 'switch'?; clandctl --help lists them"
run 2 status --jsno
complains "unknown option '--jsno'; see clandctl --help"
run 2 status now
run 2 switch
complains "switch: the policy is missing; see clandctl --help"
run 2 switch a b
run 2 switch a --for
run 2 switch a --for soon
run 2 switch a --for 0
run 2 switch a --hold x
run 2 switch a --hold 0
run 2 switch a --for 1m --hold 5
run 2 switch 'Bad Name'
run 2 switch "$(printf 'a\033[31mb')"
! grep -q $'\033' "$work/err" || fail "writes control characters of others to the terminal"
run 2 switch "$(printf 'a\302\233' ; printf '31mb\342\200\256')"
complains "'a?31mb?' is no policy; expected a name (at most 31 of a-z, 0-9 and '-') or a path that starts with '/'"
run 2 switch "/$(printf '\377').so"
complains "switch: /?.so: the path is not UTF-8; rename the file, or load it by a link"
run 2 switch "/$(printf '%0300d' 0)"
run 2 top -n 3
complains '-n is of --batch; it says how many screens'
run 2 top --batch -n 0
complains "-n: '0' is no number from 1 to 4294967295"
for delay in 0 soon 1x nan -1 7200; do
	run 2 top --once --delay $delay
	complains "--delay: '$delay' is no number of seconds from 0.1 to 3600"
done
run 2 top --once --sort size
complains "--sort: 'size' is none of cpu, wait, wakes, pid, comm"
run 2 top --once --pid 0
run 2 top --once --filter "$(printf '%064d' 0)"
run 2 top --once more
run 2 set
run 2 set slice_us
run 2 set .slice_us=1
run 2 set vruntime.slice_us=
run 2 stop now
run 2 upgrade a b
run 2 upgrade a
complains "upgrade: 'a' is no path; write ./a for a file here"
run 1 upgrade /broken
complains "/broken cannot take over: it is broken; this program goes on"
run 0 upgrade
has ", process $daemon_pid: it has taken over"
run 0 upgrade ./x
run 2 --frobnicate
run 2 --socket "/$(printf '%0200d' 0)" status
run 0 --version
run 0 switch --help
has "Usage: clandctl [--socket PATH] switch NAME|PATH [--for TIME | --hold PID]"
has "A change that fails changes nothing"
# every status that a failed change can have, in the words of the whole list
"$clandctl" --help | sed -n 's/^  \(1[0-7]\|  *9\)  clandctl: /  \1  /p' >"$work/codes"
[ "$(grep -c . "$work/codes")" = 9 ] || fail "--help lists $(grep -c . "$work/codes") statuses"
while IFS= read -r line; do
	has "$line"
done <"$work/codes"
run 0 status --help
! grep -q 'A change that fails' "$work/out" || fail "status changes nothing"
for what in policy 'policy new' 'policy check'; do
	# shellcheck disable=SC2086
	run 0 $what --help
	has 'Exit code 0 when everything passed'
done
run 0 --help
for word in status switch mode reload set upgrade stop --socket 'no scx-cland is running'; do
	has "$word"
done

run 0 stop
says "scx-cland is stopping"
wait "$daemon_pid" || fail "the daemon ended with $?"
[ ! -e "$socket" ] || fail "the socket is still there"

# ---- not attached ---------------------------------------------------------------------------------

start ejected
run 0 status
has "attached:   no: the kernel has ended it: ?[31mrunnable task stall"
has "scheduler:  the kernel's own"
run 0 stop
wait "$daemon_pid"
start foreign
run 0 status
has "scheduler:  rusty_1.0.9, another sched_ext scheduler"
run 0 stop
wait "$daemon_pid"
start young
run 0 status
has "policy:     none yet"
has "agent:      none at the moment"

# ---- a daemon that dies in the middle -------------------------------------------------------------

"$clandctl" --socket "$socket" switch silent 2>"$work/silent" &
client=$!
read -r -u "$ready" line
[ "$line" = silent ] || fail "the daemon said '$line'"
kill -KILL "$daemon_pid"
status=0
wait "$client" || status=$?
[ "$status" -eq 17 ] || fail "a daemon that died: ended with $status"
grep -q 'may or may not have been done' "$work/silent" || fail "does not say that it may be done"

# the same during an upgrade: it is not waited for as long as for a new program that is there
start attached
"$clandctl" --socket "$socket" upgrade /silent 2>"$work/silent" &
client=$!
read -r -u "$ready" line
[ "$line" = silent ] || fail "the daemon said '$line'"
kill -KILL "$daemon_pid"
daemon_pid=
status=0
wait "$client" || status=$?
[ "$status" -eq 9 ] || fail "a daemon that died during an upgrade: ended with $status"
grep -q 'no scx-cland answers any more' "$work/silent" || fail "does not say that it is gone"

# ---- half an output does not look like a whole one -------------------------------------------------

for command in --help policies; do
	status=0
	"$clandctl" $command >/dev/full 2>"$work/err" || status=$?
	[ $status = 1 ] || fail "$command on a full disk: ended with $status"
	grep -q 'the output cannot be written: No space left on device' "$work/err" ||
		fail "$command on a full disk: does not say so"
done
