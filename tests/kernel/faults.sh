# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of faults share; sourced after lib.sh. tests/kernel/reliability makes the table of
# docs/reliability.md from the lines that fault_end prints.
#
#   load_up [OPTION...]    start longest-wait, scx-cland and the load: hogs, hackbench, a periodic task
#   load_down              end them
#   fault_begin            from here on waits count for the fault to come
#   fault_end NAME [MS]    how long anybody has waited since, at most MS; still attached
#   next_line TEXT         wait for a line of the daemon's log that matches, behind the last such one
#   switch POLICY...       clandctl switch, which must work
#   status_has PATTERN     clandctl status says so
#   json FILTER            clandctl status --json through jq

# Between fault_begin and fault_end nothing may be started as a real-time process, as tests are: it would
# have a CPU for itself for as long as it takes to execute it, and others would wait for that.

readonly WAIT_MAX_MS=${WAIT_MAX_MS:-250}
plugins=$SCX_CLAND_BUILD/tests/plugins
loads=()
declare -A pipe=()

# A process that answers each line with one, as an ordinary task: ask NAME LINE sets $reply.
answerer() # NAME CMD...
{
	local name=$1 fd

	shift
	mkfifo "$TEST_WORK/$name.in" "$TEST_WORK/$name.out"
	chrt -o 0 "$@" <"$TEST_WORK/$name.in" >"$TEST_WORK/$name.out" 2>&1 &
	loads+=($!)
	exec {fd}>"$TEST_WORK/$name.in"
	pipe[$name.in]=$fd
	exec {fd}<"$TEST_WORK/$name.out"
	pipe[$name.out]=$fd
}

ask()
{
	echo "$2" >&"${pipe[$1.in]}"
	read -r -t "$PATIENCE" reply <&"${pipe[$1.out]}" || fail "$1 does not answer to '$2'"
}

load_up()
{
	answerer longest longest-wait
	answerer shell bash
	mkfifo "$TEST_WORK/never"
	exec {never}<>"$TEST_WORK/never"
	# An agent that gets ready locks memory for as many tasks, in the little time that it has beside this load.
	start --max-tasks=2048 "$@"
	exec {log}<"$LOG"
	load load-hogs --count=$(($(nproc) * 2)) --seconds=600
	loads+=("$loaded")
	load sh -c 'while :; do hackbench -g 1 -f 4 -l 50; done'
	loads+=("$loaded")
	load load-frames --period-us=20000 --work-loops=6 --seconds=600
	loads+=("$loaded")
	sleep 2
}

load_down() { unload "${loads[@]}"; }

# The next line of the daemon's log that matches, from where the last one was.
next_line() # TEXT
{
	local line part='' end=$((SECONDS + PATIENCE))

	while ((SECONDS < end)); do
		if read -r line <&"$log"; then
			[[ ! $part$line =~ $1 ]] || return 0
			part=
		else
			part+=$line
			read -r -t 0.05 line <&"$never" || true
		fi
	done
	return 1
}

fault_begin() { ask longest reset; }

fault_end()
{
	local ms

	ask longest read
	ms=${reply#*=}
	ms=${ms%% *}
	printf '   fault=%s kernel=%s longest_wait_ms=%s detached=0 (%s)\n' "$1" "$(uname -r)" "$ms" \
		"${reply#* }"
	expect_attached
	((${ms%.*} <= ${2:-$WAIT_MAX_MS})) || fail "$1: $reply, more than ${2:-$WAIT_MAX_MS}"
}

switch()
{
	ask shell "clandctl switch $* >$TEST_WORK/answer 2>&1; echo \$?"
	[[ $reply == 0 ]] || fail "clandctl switch $*: $(tail -n 1 "$TEST_WORK/answer")"
}

status_has()
{
	normal clandctl status >"$TEST_WORK/status"
	grep -qE -- "$1" "$TEST_WORK/status" || {
		sed 's/^/   | /' "$TEST_WORK/status"
		fail "clandctl status does not say '$1'"
	}
}

json() { normal clandctl status --json | jq -r "$1"; }
