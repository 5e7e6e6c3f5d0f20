#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl trace and record, where nobody may look on while the kernel schedules: they say so in a sentence, and leave
# no file behind. And what they say to options that cannot be.
#
# Usage: tests/cli/trace.sh CLANDCTL

set -euo pipefail

clandctl=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "trace.sh: $*" >&2
	cat "$work/said" >&2
	exit 1
}

# refused STATUS TEXT COMMAND...: ends so, says that, and nothing is left in $work/out
refused()
{
	local wanted=$1 text=$2 got=0

	shift 2
	"$@" >"$work/said" 2>&1 || got=$?
	[ "$got" -eq "$wanted" ] || fail "$*: ended with $got, expected $wanted"
	grep -q -- "$text" "$work/said" || fail "$*: does not say '$text'"
	[ "$(wc -l <"$work/said")" -eq 1 ] || fail "$*: says more than a line"
	[ -z "$(ls "$work/out")" ] || fail "$*: leaves something behind: $(ls "$work/out")"
}

mkdir "$work/out"
file=$work/out/file
for command in trace record; do
	refused 2 "$command: which file? Give -o FILE" "$clandctl" $command
	refused 2 "$command: which file? Give -o FILE" "$clandctl" $command -o ''
	refused 2 'not to the standard output' "$clandctl" $command -o -
	refused 2 "'0s' is no time up to an hour" "$clandctl" $command -o "$file" --for 0s
	refused 2 "'61m' is no time up to an hour" "$clandctl" $command -o "$file" --for 61m
	refused 2 "'soon' is no time" "$clandctl" $command -o "$file" --for soon
	refused 2 "'63' is no power of two" "$clandctl" $command -o "$file" --buffer 63
	refused 2 "'96' is no power of two" "$clandctl" $command -o "$file" --buffer 96
	refused 2 'for: the value is missing' "$clandctl" $command -o "$file" --for
	refused 2 "'more' is one argument too many" "$clandctl" $command -o "$file" more
	refused 1 'nowhere/file cannot be written: No such file or directory' \
		"$clandctl" $command -o "$work/out/nowhere/file" --for 1s
done

# Nobody's user, and without capabilities, may not look on; a build without the BPF tools cannot.
as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
	chmod 755 "$work"
	chmod 777 "$work/out"
	cp "$clandctl" "$work/clandctl"
	clandctl=$work/clandctl
	as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
fi
for command in trace record; do
	got=0
	"${as_nobody[@]}" "$clandctl" $command -o "$file" --for 1s >"$work/said" 2>&1 || got=$?
	[ -z "$(ls "$work/out")" ] || fail "$command leaves something behind: $(ls "$work/out")"
	case $got in
	4) grep -q 'looking on while the kernel schedules takes root, or CAP_BPF' "$work/said" ;;
	1) grep -q 'was built without the BPF tools' "$work/said" ;;
	*) false ;;
	esac || fail "$command: ended with $got"
done
