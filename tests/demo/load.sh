#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The mixed load of scripts/demo, measured twice in one boot: with the kernel's own scheduler, then
# with scx-cland. Runs in the guest (or on a machine with sched_ext) as root, with scx-cland and
# the load programs on PATH.
#
# Usage: tests/demo/load.sh SECONDS [POLICY]    SECONDS: how long each measurement takes
#
# stdout: "> TEXT" says what begins now; "RUN KEY=VALUE..." are figures, RUN being kernel or cland.
# stderr: what went wrong, and what scx-cland says. Status: 0 only when every figure is there.

set -euo pipefail

readonly WINDOW=$1 POLICY=${2:-}
readonly SCX=/sys/kernel/sched_ext
readonly GROUPS_OF_HACKBENCH=2

# shellcheck source=../load/compile.sh
. "$(dirname "$(realpath "$0")")/../load/compile.sh"
work=$(mktemp -d /dev/shm/demo.XXXXXX)
cpus=$(nproc)
cland=		# pid of scx-cland
jobs=()		# pids of the load

die() { printf 'load.sh: %s\n' "$*" >&2; exit 1; }
begin() { printf '> %s\n' "$*"; }

clean_up()
{
	local pid

	for pid in "${jobs[@]}" "${watch[@]}" ${cland:+"$cland"}; do
		kill "$pid" 2>/dev/null || true
	done
	[ -z "$cland" ] || wait "$cland" || true
	rm -rf "$work"
}
trap clean_up EXIT

# ---- the load -----------------------------------------------------------------------------------

# Compiles our sources, one after the other, until there is a file $2; a line in $1 for each.
compile()
{
	local name

	for ((;;)); do
		for name in "${COMPILE_SOURCES[@]}"; do
			[ ! -e "$2" ] || return 0
			compile_source "$work" "$name" "$1.o"
			echo "$name" >>"$1"
		done
	done
}

# Prints how many of the lines in FILE... there are.
lines() { cat "$@" | wc -l; }

# mixed SECONDS HACKBENCH_LOOPS: everything at once for that long; results in $work/out.
mixed()
{
	local seconds=$1 loops=$2 out=$work/out i

	rm -rf "$out" && mkdir "$out"
	jobs=() watch=()
	for ((i = 0; i < cpus; i++)); do
		: >"$out/compiled.$i"
		compile "$out/compiled.$i" "$out/stop" &
		jobs+=($!)
	done
	load-hogs --count=$((cpus * 2)) --seconds="$seconds" >"$out/hogs" &
	watch+=($!)
	load-frames --work-loops="$work_loops" --seconds="$seconds" >"$out/frames" &
	watch+=($!)
	hackbench -g $GROUPS_OF_HACKBENCH -l "$loops" >"$out/hackbench" &
	jobs+=($!)
	for i in "${watch[@]}"; do
		wait "$i" || die "a load program failed"
	done
	watch=()
	lines "$out"/compiled.* >"$out/compiled"
	touch "$out/stop"
	for i in "${jobs[@]}"; do
		wait "$i" || die "gcc or hackbench failed"
	done
	jobs=()
}

# The timer interrupts that each CPU has had, in one line; nothing where the kernel does not say.
ticks()
{
	awk -v n="$cpus" '$1 == "LOC:" { for (i = 2; i <= n + 1; i++) printf "%d ", $i }' \
		/proc/interrupts
}

# check_ticks BEFORE AFTER: a CPU of a busy machine that had less than half of another's stood
# still, and not because of a scheduler: that is no measurement.
check_ticks()
{
	local from=() to=() i had least='' most=0

	read -ra from <<<"$1"
	read -ra to <<<"$2"
	for i in "${!from[@]}"; do
		had=$((to[i] - from[i]))
		((had <= most)) || most=$had
		[ -n "$least" ] && ((had >= least)) || least=$had
	done
	[ -n "$least" ] || return 0
	printf 'ticks of a CPU: %s to %s\n' "$least" "$most" >&2
	((least * 2 >= most)) ||
		die "a CPU had only $least timer interrupts while another had $most: run it again"
}

# report RUN: the figures of the last mixed().
report()
{
	local out=$work/out

	printf '%s cpus=%s seconds=%s release=%s\n' "$1" "$cpus" "$WINDOW" "$(uname -r)"
	printf '%s compiled=%s\n' "$1" "$(cat "$out/compiled")"
	sed -n "s/^Time: /$1 hackbench_s=/p" "$out/hackbench"
	sed -n "s/^hogs=/$1 hogs=/p" "$out/hogs"
	sed "s/^/$1 /" "$out/frames"
}

# measure RUN ATTACHED: the load for the whole window, and its figures; the scheduler ATTACHED
# must be there to its end.
measure()
{
	local ticks_before

	ticks_before=$(ticks)
	mixed "$WINDOW" $((WINDOW * 10))
	[ "$(attached)" = "$2" ] ||
		die "attached was '$2' before the load (nothing: the kernel's own scheduler)," \
			"and after it '$(attached)'"
	check_ticks "$ticks_before" "$(ticks)"
	report "$1"
}

# ---- who schedules ------------------------------------------------------------------------------

# The scheduler that is attached and how often one has been, or nothing.
attached()
{
	[ "$(cat $SCX/state)" = enabled ] || return 0
	printf '%s %s\n' "$(cat $SCX/root/ops)" "$(cat $SCX/enable_seq)"
}

start_cland()
{
	local line

	rm -f "$work/says" && mkfifo "$work/says"
	scx-cland ${POLICY:+--policy="$POLICY"} 2>"$work/says" >&2 &
	cland=$!
	exec {says}<"$work/says"
	while IFS= read -r line <&"$says"; do
		printf '%s\n' "$line" >&2
		case $line in *running:*) return ;; esac
	done
	cland=
	die "scx-cland has not started; what it said is above"
}

# Leaves its counters in $work/decisions.
stop_cland()
{
	local status=0

	kill -TERM "$cland" || die "scx-cland has ended by itself; what it said is above"
	tee "$work/said" <&"$says" >&2
	exec {says}<&-
	wait "$cland" || status=$?
	cland=
	[ $status = 0 ] || die "scx-cland ended with status $status; what it said is above"
	sed -n 's/.*decisions: //p' "$work/said" >"$work/decisions"
	[ -s "$work/decisions" ] || die "scx-cland has printed no counters"
}

# ---- from start to end --------------------------------------------------------------------------

[ -e $SCX/state ] || die "the running kernel has no sched_ext"
[ -z "$(attached)" ] || die "$(attached) schedules already: stop it first"
for program in scx-cland load-hogs load-frames hackbench gcc; do
	command -v $program >/dev/null || die "no $program on PATH"
done

begin "reading programs and sources into memory, and measuring this machine"
compile_prepare "$work"
work_loops=$(load-frames --calibrate)
work_loops=${work_loops#work_loops=}
mixed 2 10
start_cland
stop_cland

begin "the mixed load under the kernel's own scheduler"
measure kernel ""

begin "the same load under scx-cland"
start_cland
before=$(attached)
case $before in cland*) ;; *) die "not scx-cland but '$before' is attached" ;; esac
measure cland "$before"
stop_cland
printf 'cland ops=%s\n' "${before% *}"
printf 'cland %s\n' "$(cat "$work/decisions")"
