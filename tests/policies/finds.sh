#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `clandctl policy check` finds what it looks for: each plugin of tests/plugins has its own sentence
# and exit code, and so have files that are no policies at all. First-come-first-served knows no
# weights, and the program shares must say so.
#
# Usage: tests/policies/finds.sh CLANDCTL SHARES PLUGIN_DIR [sanitized|uncaged]
# Of what such a build cannot find, nothing is expected: one with sanitizers (which has no cage, either), one
# without the cage.

set -euo pipefail

clandctl=$(realpath "$1") shares=$2 plugins=$3 build=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# a crash is to end the process as it does elsewhere
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_abort=0"

# NAME|EXIT CODE|CHECK|WORDS: a line for each fault that must be told. "ok" as check: none is.
expectations()
{
	cat <<'END'
bad_magic|8|table|starts with 0x1234
bad_name|8|table|'Bad Name' may have only a-z, 0-9 and '-'
control_chars|8|table|control characters
create_crashes|8|create|crashes in create(): signal 6
create_fails|8|create|refused to start: Invalid argument
create_hangs|8|create|create() did not return within 2 s
create_positive|8|create|create() returned 28; it must return 0 or -errno
ctor_crashes|8|loading|crashes in its constructors or destructors: signal 6
ctor_exits|8|loading|ends the process, by exit(0), in its constructors
destroy_crashes|8|create|crashes in destroy(): signal 6
foreign_major|8|table|version 2 of the policy interface
good|0|ok|
good_relr|0|ok|
greedy_priv|8|table|4097 private bytes
higher_minor|0|ok|
hot_allocates|8|allocator|rank() called the allocator
hot_clock|8|repeatable|the same load did not get the same decisions twice
hot_clock|8|clock|rank() looks at the clock|unsanitized
hot_crashes|8|load|crashes in rank(): signal 6
hot_deaf|8|load|rank() did not return within 2 s
hot_exits_at_once|8|load|ends the process, by exit(0), in rank()
hot_extreme|8|extremes|every parameter at its least: slice_ns is 0
hot_extreme|8|extremes|every parameter at its greatest: slice_ns is 1000000000
hot_far_ranks|8|ranks|100 % of the ranks are more than a second from task->clock_ns
hot_forks|8|system calls|rank() calls the system|unsanitized
hot_full_lease|8|leases|slice_ns is 18446744073709551615, must be
hot_hangs|8|load|tick() did not return within 2 s
hot_lease|8|leases|rate is 0, must be 1 to
hot_moody|0|ok|
hot_overrun|8|private bytes|rank() wrote behind the task's 8 private bytes
hot_random|8|repeatable|addresses of memory|unsanitized
hot_reason|8|reasons|reason() returned 2, which reasons[] does not have
hot_sleeps|8|speed|the budget is 10 us
hot_slow|8|speed|the budget is 10 us
hot_slow_tick|8|speed|a call of tick() took
hot_starves|8|starvation|of the same weight one waited for
hot_static|8|instances|keep all state in what create() returns
hot_syscall|8|system calls|rank() calls the system: sched_yield|unsanitized
hot_underrun|8|private bytes|task_exit() wrote before the task's private bytes
hot_waits|8|load|rank() did not return within
hot_wraps|8|wrapping time|compare by their sign
hot_writes_task|8|private bytes|rank() wrote into struct cland_task
huge_table|8|table|says that it has 4294967295 bytes
larger_pointer_tail|8|table|uses what this scx-cland does not know
larger_value_tail|8|table|uses what this scx-cland does not know
larger_zero_tail|0|ok|
long_name|8|table|name is longer than 31 bytes
lying_size|8|table|and its symbol has
many_faults|8|table|capabilities 0x1
many_faults|8|table|5000 private bytes
many_faults|8|table|no rank()
many_faults|8|table|'Many Faults'
many_faults|8|table|summary is empty
many_faults|8|parameters|'a b'
many_faults|8|parameters|'c' is of type 9
many_faults|8|parameters|default of the parameter 'd' is 2
minimal|0|ok|
no_name|8|table|gives no name
no_rank|8|table|no rank(), which is required
no_summary|8|table|summary is empty
no_symbol|11|file|exports no cland_policy
param_default|8|parameters|default of the parameter 'a' is 10
param_name|8|parameters|'a=b' may have only a-z, 0-9 and '_'
param_reserved|8|parameters|0 in its reserved field
param_twice|8|parameters|two parameters 'a'
param_type|8|parameters|'a' is of type 77
params_no_end|8|parameters|no entry whose name is NULL at their end
public_rank|8|symbols|exports public_rank, too
reaches_out|8|create|refused to start: Operation not permitted|caged
reason_alone|8|table|reason() without reasons
reasons_alone|8|table|reasons without reason()
reasons_long|8|table|reason is longer than 63 bytes
reasons_no_end|8|table|more than 255 reasons, or no NULL at their end
short_table|0|ok|
symbol_in_bss|8|table|no content in the file
symbol_is_function|8|table|cland_policy is not a variable
too_short_table|8|table|says that it has 80 bytes
traced|0|ok|
undefined_symbol|8|symbols|uses cland_test_nobody_has_this, which no library of its defines
unknown_capability|8|table|capabilities 0x8000000000000000
END
	# files that are made here
	cat <<'END'
not_elf|11|file|not an ELF file
empty|11|file|not an ELF file
truncated|11|file|
foreign_machine|11|file|made for another machine
not_shared|11|file|not a shared object
folder|11|file|not a regular file
END
}

make_files()
{
	printf '#!/bin/sh\necho no policy\n' >"$work/not_elf.so"
	: >"$work/empty.so"
	head -c 900 "$plugins/good.so" >"$work/truncated.so"
	# e_machine, at byte 18: MIPS
	cp "$plugins/good.so" "$work/foreign_machine.so"
	printf '\010\000' | dd of="$work/foreign_machine.so" bs=1 seek=18 conv=notrunc status=none
	# e_type, at byte 16: a program
	cp "$plugins/good.so" "$work/not_shared.so"
	printf '\002\000' | dd of="$work/not_shared.so" bs=1 seek=16 conv=notrunc status=none
	mkdir "$work/folder.so"
}

complain()
{
	printf '%s\n' "$@" >&2
	failed=1
}

# judge NAME CODE CHECK WORDS CONDITION: of what was said in $work/NAME.said
judge()
{
	local name=$1 code=$2 check=$3 words=$4 condition=$5 said got

	said=$(<"$work/$name.said")
	got=$(<"$work/$name.code")
	case $condition:$build in
	caged:?* | unsanitized:sanitized) return ;;
	esac
	if [[ $got -ne $code ]]; then
		complain "$name: exit code $got, expected $code:" "$said"
	elif [[ $check == ok ]]; then
		! grep -q '^FAILED' <<<"$said" || complain "$name: has no fault, and one is told:" "$said"
	elif ! grep "^FAILED  $check  *" <<<"$said" | grep -F -- "$words" >/dev/null; then
		complain "$name: nothing about $check says \"$words\":" "$said"
	fi
}

run_one()
{
	local name=$1 file=$plugins/$1.so code=0

	[ -e "$file" ] || file=$work/$name.so
	"$clandctl" policy check --limit=2 "$file" >"$work/$name.said" 2>"$work/$name.err" || code=$?
	echo $code >"$work/$name.code"
}

failed=0
make_files
mapfile -t names < <(expectations | cut -d'|' -f1 | sort -u)
for name in "${names[@]}"; do
	# not every linker can make it
	[[ $name != good_relr || -e $plugins/good_relr.so ]] || continue
	run_one "$name"
done
while IFS='|' read -r name code check words condition; do
	[ -e "$work/$name.code" ] || continue
	judge "$name" "$code" "$check" "$words" "${condition:-}"
done < <(expectations)

for file in "$plugins"/*.so; do
	name=$(basename "$file" .so)
	# all of one source; what they do is for a guest
	[[ $name != misbehave_* ]] || continue
	grep -q "^$name|" < <(expectations) || complain "finds.sh does not know what is wrong with $name"
done

code=0
"$clandctl" policy check "$work/not there.so" 2>"$work/said" || code=$?
{ [[ $code == 10 ]] && grep -q 'there is no policy' "$work/said"; } ||
	complain "a file that is not there: exit code $code, $(<"$work/said")"

# one line for all that was not tried for one reason
grep -qF -- '-       16 checks      not tried: because of what failed above (loading, create, speed,' \
	"$work/bad_magic.said" || complain "bad_magic: $(<"$work/bad_magic.said")"
[ "$(grep -c 'not tried: because' "$work/bad_magic.said")" = 2 ] ||
	complain "bad_magic: $(<"$work/bad_magic.said")"

# names of files reach the terminal as text only, and "./" is no part of a path
mkdir "$work/odd"
cp "$plugins/good.so" "$work/odd/$(printf 'a\033[31m\302\233b').so"
(cd "$work/odd" && SCX_CLAND_POLICY_PATH=. "$clandctl" policies &&
	"$clandctl" policy check ./*.so) >"$work/said" 2>&1 || complain "an odd name: $(<"$work/said")"
{ grep -qE "/odd/a\?\[31m\?b\.so: (18|20) " "$work/said" && # 18 checks with sanitizers, else 20
	grep -qF "    $work/odd/a?[31m?b.so" "$work/said"; } || complain "an odd name: $(<"$work/said")"
! grep -qE "$(printf '\033|\302\233')" "$work/said" || complain "an odd name: $(<"$work/said")"

# in this process it is the command that crashes; where nothing is wrong it goes on to the end
code=0
"$clandctl" policy check --in-process "$plugins/hot_crashes.so" >"$work/said" 2>&1 || code=$?
[[ $code == $((128 + 6)) ]] || complain "--in-process: exit code $code, $(<"$work/said")"
"$clandctl" policy check --in-process "$plugins/good.so" >"$work/said" 2>&1 ||
	complain "--in-process: $(<"$work/said")"
grep -q '^-  *2 checks .*--in-process (system calls, clock)' "$work/said" || complain "--in-process: $(<"$work/said")"

code=0
"$shares" "$plugins/minimal.so" >"$work/said" 2>&1 || code=$?
{ [[ $code == 1 ]] && grep -qF OFF "$work/said"; } || complain "shares: $code, $(<"$work/said")"
exit $failed
