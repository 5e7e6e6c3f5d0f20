# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests in this folder share; each sources it first. Runs as root in a guest, under
# tests/kernel/guest, which sets TEST_WORK, a folder of the test's own.
#
# Tests are real-time processes: the scheduler under test does not reach them, and they stay quick in
# an emulated machine under load. What the scheduler is to see, a test starts with start, load or
# normal.
#
# A test passes by running to its end. Whatever it does, the checks at its exit look at the kernel's
# log: a test whose kernel complained has failed. A test that cannot run fails, too.
#
# With TEST_SERVICE start and stop go through systemd (unit.sh), which is then $daemon's parent.
#
#   start [OPTION...]      start scx-cland, wait until it says that it runs; sets $daemon
#   launch [OPTION...]     the same, whatever is attached before and afterwards; false if it does not run
#   stop [SIGNAL]          end it, expect exit 0 and the kernel's own scheduler back
#   daemon_kill            end it by SIGKILL, which leaves the scheduler attached
#   refused CODE TEXT CMD  CMD must end by itself with CODE and say TEXT (a regular expression)
#   fail SENTENCE          end the test
#   note TEXT              a line of figures for whoever reads the output
#   normal CMD...          run CMD as an ordinary process and wait for it
#   load CMD...            run CMD beside the test, quietly; sets $loaded, its pid
#   unload PID...          end loads, wait for them
#   figure NAME FILE       print what NAME is in the last line of FILE that says NAME=VALUE
#   counters; count NAME   ask the daemon for its counters; print one (after: set -- in $counted)
#   expect_attached        ours is the scheduler, and the same one as at start
#   wait_line TEXT [FROM]  wait for a line of the daemon's log that matches, after line FROM
#   wait_until CMD...      until CMD is true; for what gives no event
#   agent                  print the agent's pid

set -euo pipefail

readonly SCX=/sys/kernel/sched_ext
readonly LOG=$TEST_WORK/scx-cland.log
readonly PATIENCE=180	# seconds that anything in a loaded guest may take before it counts as hung
# What the kernel says when a scheduler has let it down; scripts/soak goes by it, too.
COMPLAINTS=$(dirname "${BASH_SOURCE[0]}")/complaints
readonly COMPLAINTS

# shellcheck source=unit.sh
. "$(dirname "${BASH_SOURCE[0]}")/unit.sh"

daemon=
loaded=
seq_at_start=
start_nice=0
allowed_complaints='^$'	# a test that provokes the kernel says what it may answer
declare -A counted=()

note() { printf '   %s\n' "$*"; }

fail()
{
	printf '%s\n' "$*" >"$TEST_WORK/why"
	exit 1
}

uptime_ms()
{
	local up
	read -r up _ </proc/uptime
	echo $((10#${up/./} * 10))
}

kernel_log() { dmesg | sed "0,/$marker/d"; }

at_exit()
{
	local status=$? complaints

	set +e
	if ((status)) && [[ -s $LOG ]]; then
		echo "   the daemon's last lines:"
		tail -n 40 "$LOG" | sed 's/^/   | /'
	fi
	complaints=$(kernel_log | grep -Ef "$COMPLAINTS" | grep -vE "$allowed_complaints")
	if [[ $complaints ]]; then
		echo "   the kernel's log:"
		kernel_log | tail -n 60 | sed 's/^/   | /'
		if ((status == 0)); then
			status=1
			printf 'the kernel complained: %s\n' "${complaints%%$'\n'*}" \
				>"$TEST_WORK/why"
		fi
	fi
	exit "$status"
}

marker="test $(basename "$0") ${*//[^a-z0-9-]/} starts, process $$"
echo "$marker" >/dev/kmsg
trap at_exit EXIT
trap '[[ -s $TEST_WORK/why ]] ||
	echo "line $LINENO: \`$BASH_COMMAND\` ended with status $?" >"$TEST_WORK/why"' ERR

wait_line()
{
	local text=$1 from=${2:-0} follower found=0

	exec {follow}< <(exec tail -n +"$((from + 1))" -f --pid="$daemon" "$LOG")
	follower=$!
	timeout "$PATIENCE" grep -qEm1 -- "$text" <&"$follow" || found=$?
	exec {follow}<&-
	kill "$follower" 2>/dev/null || true
	return "$found"
}

wait_until()
{
	local end=$(($(uptime_ms) + PATIENCE * 1000))

	until "$@"; do
		(($(uptime_ms) < end)) || return 1
		sleep 0.02
	done
}

state() { cat $SCX/state; }
state_is() { [[ $(state) == "$1" ]]; }
enable_seq() { cat $SCX/enable_seq; }

launch()
{
	: >"$LOG"
	if [[ ${TEST_SERVICE:-} ]]; then
		unit_start "$@"
	else
		chrt -o 0 nice -n "$start_nice" scx-cland "$@" >>"$LOG" 2>&1 &
		daemon=$!
	fi
	wait_line '^scx-cland: running: ' || return 1
	[[ ! ${TEST_SERVICE:-} ]] || daemon=$(unit_show MainPID)
}

start()
{
	state_is disabled || fail "a scheduler is attached before the test has started one"
	launch "$@" || fail "scx-cland $* did not start: $(tail -n 1 "$LOG")"
	seq_at_start=$(enable_seq)
	expect_attached
}

expect_attached()
{
	local seq ops

	state_is enabled || fail "$SCX/state is $(state), not enabled: $(tail -n 1 "$LOG")"
	ops=$(cat $SCX/root/ops)
	[[ $ops == cland* ]] || fail "the scheduler is $ops, not cland"
	seq=$(enable_seq)
	[[ $seq == "$seq_at_start" ]] ||
		fail "enable_seq has moved from $seq_at_start to $seq: it was detached in between"
}

# Wait for the daemon's end. Sets $ended.
daemon_wait()
{
	local watchdog

	(
		exec >/dev/null 2>&1
		sleep "$PATIENCE"
		kill -KILL "$daemon"
	) &
	watchdog=$!
	ended=0
	if [[ ${TEST_SERVICE:-} ]]; then
		unit_wait
	else
		wait "$daemon" || ended=$?
	fi
	kill "$watchdog" 2>/dev/null || true
	daemon=
}

daemon_kill()
{
	kill -KILL "$daemon"
	daemon_wait 2>/dev/null	# the shell tells of the end of its children
}

stop()
{
	local signal=${1:-TERM}

	kill -"$signal" "$daemon"
	daemon_wait
	((ended == 0)) || fail "scx-cland ended with status $ended after SIG$signal, not 0"
	state_is disabled || fail "$SCX/state is $(state) after SIG$signal, not disabled"
	[[ ! -e $SCX/root/ops ]] || fail "$SCX/root/ops is still there after SIG$signal"
	grep -q '^scx-cland: detached' "$LOG" || fail "scx-cland did not say that it has detached"
}

refused()
{
	local code=$1 text=$2 status=0

	shift 2
	timeout "$PATIENCE" "$@" >"$TEST_WORK/refused" 2>&1 || status=$?
	note "status $status: $(tail -n 1 "$TEST_WORK/refused")"
	[[ $status == "$code" ]] || fail "\`$*\` ended with status $status, not $code"
	grep -qE -- "$text" "$TEST_WORK/refused" || fail "\`$*\` did not say: $text"
}

normal() { chrt -o 0 "$@"; }

figure() { sed -n "s/.*\b$1=\([^ ]*\).*/\1/p" "$2" | tail -n 1; }

load()
{
	chrt -o 0 "$@" </dev/null >>"$TEST_WORK/load.log" 2>&1 &
	loaded=$!
}

unload()
{
	local pid

	for pid; do
		kill -TERM "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
}

counters()
{
	local from line pair

	from=$(wc -l <"$LOG")
	kill -USR1 "$daemon"
	wait_line '^scx-cland: decisions: ' "$from" ||
		fail "scx-cland does not print its counters on SIGUSR1"
	line=$(tail -n +"$((from + 1))" "$LOG" | grep -m1 '^scx-cland: decisions: ')
	counted=()
	for pair in ${line#*decisions: }; do
		counted[${pair%%=*}]=${pair#*=}
	done
}

count() { echo "${counted[$1]:-0}"; }

agent() { pgrep -P "$daemon" -x cland-agent; }

