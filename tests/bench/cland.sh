# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# scx-cland as the benches policies and swap start and stop it; sourced. Whatever fails ends the bench.
#
#   die SENTENCE           end it
#   begin                  before anything else: sets $work, a folder; whatever is there goes at the end
#   start_cland OPTION...  start scx-cland, wait until it runs; sets $cland, its pid, and $says, what it says
#   stop_cland             end it; what it has said last is in $work/said

readonly SCX=/sys/kernel/sched_ext
work=
cland=
crowd=	# pid of a load beside it, if there is one

die() { printf 'tests/bench/%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

clean_up()
{
	local pid

	for pid in $crowd $cland; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" || true
	done
	[ -z "$work" ] || rm -rf "$work"
}

begin()
{
	[ -e $SCX/state ] || die "the running kernel has no sched_ext"
	trap clean_up EXIT
	work=$(mktemp -d "/dev/shm/${0##*/}.XXXXXX")
}

start_cland()
{
	local line

	rm -f "$work/says" && mkfifo "$work/says"
	scx-cland "$@" 2>"$work/says" >&2 &
	cland=$!
	exec {says}<"$work/says"
	while IFS= read -r -t 120 line <&"$says"; do
		case $line in *running:*) return ;; esac
		printf '%s\n' "$line" >&2
	done
	die "scx-cland has not started with ${*: -1}; what it said is above"
}

stop_cland()
{
	local status=0

	kill -TERM "$cland" || die "scx-cland has ended by itself"
	cat <&"$says" >"$work/said"
	exec {says}<&-
	wait "$cland" || status=$?
	cland=
	[ $status = 0 ] || {
		cat "$work/said" >&2
		die "scx-cland ended with status $status and said the above"
	}
}
