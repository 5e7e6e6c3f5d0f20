#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# --show-config and --check-config of the program itself: what they print, where, and how they end.
#
# Usage: tests/cli/config.sh SCX_CLAND [SAMPLE]    SAMPLE: config/scx-cland.ini unless given

set -euo pipefail

program=$1
sample=${2:-$(dirname "$0")/../../config/scx-cland.ini}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "config.sh: $*" >&2
	exit 1
}

# run STATUS ARGUMENT...: the program, its output in $work/out and $work/err
run()
{
	local expected=$1 status=0
	shift
	"$program" "$@" >"$work/out" 2>"$work/err" || status=$?
	[ "$status" -eq "$expected" ] ||
		fail "$*: exit status $status, not $expected; it said: $(cat "$work/err")"
}

# complains LINE...: those lines and no others, on the standard error only
complains()
{
	[ ! -s "$work/out" ] || fail "a mistake on the standard output: $(cat "$work/out")"
	diff <(printf '%s\n' "$@") "$work/err" >&2 || fail "it should complain otherwise (<)"
}

# With its examples: each mode of the sample is one that the policies take.
sed 's/^#\([a-z[]\)/\1/' "$sample" >"$work/sample.ini"
run 0 --check-config --config="$work/sample.ini"
[ ! -s "$work/out" ] || fail "--check-config says something of a sound file"
[ ! -s "$work/err" ] || fail "--check-config complains of a sound file: $(cat "$work/err")"

# What is shown, shown again, is the same but for the origins.
for mode in none $(sed -n 's/^\[mode\.\(.*\)\]$/\1/p' "$work/sample.ini"); do
	run 0 --show-config --config="$work/sample.ini" --mode="$mode" --set=vruntime.slice_us=4000
	grep -qx -- '# --mode' "$work/out" || fail "no origin of the mode"
	grep -v '^#' "$work/out" >"$work/first"
	grep -qx "mode = $mode" "$work/first" || fail "$mode is not the mode"
	cp "$work/out" "$work/shown.ini"
	run 0 --check-config --config="$work/shown.ini"
	run 0 --show-config --config="$work/shown.ini"
	grep -v '^#' "$work/out" | diff "$work/first" - >&2 || fail "what is shown is not the same again"
done

# Names of files reach the terminal as text only.
odd=$work/$(printf 'a\033[31m\302\233b').ini
printf '[scheduler]\nrescue_ms = 1\n' >"$odd"
for action in --check-config --show-config; do
	"$program" $action --config="$odd" >"$work/out" 2>"$work/err" || true
	cat "$work/err" >>"$work/seen"
done
printf '[scheduler]\n' >"$odd"
run 0 --show-config --config="$odd"
cat "$work/out" >>"$work/seen"
[ "$(grep -cF 'a?[31m?b.ini' "$work/seen")" = 3 ] || fail "the file's name is not told three times"
! grep -qE "$(printf '\033|\302\233')" "$work/seen" || fail "control characters to the terminal"

# Mistakes: of files, then of policies.
printf '[scheduler]\nrescue_ms = 1\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$work/bad.ini:2: rescue_ms: '1' is out of range; expected 5 to 1000"
run 2 --show-config --config="$work/bad.ini"
[ ! -s "$work/out" ] || fail "--show-config prints what it refuses"
printf '[scheduler]\npolicy = fifo\n[policy.deadline]\nslice_us = 1\n[policy.fifo]\nx = 1\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$work/bad.ini:4: slice_us: '1' is out of range; expected 500 to 100000 us" \
	"$work/bad.ini:6: the policy 'fifo' has no parameter 'x'; it has none"
# All of a file in one go: what stands below a section that is none is not judged.
cat >"$work/bad.ini" <<'END'
[scheduler]
rescue_ms = 1
polcy = fifo
partial
[mode Gaming]
policy = fifo
nonsense
[rule.mpv]
comm = mpv
[mode.server]
policy = nowhere/x.so
summary = ok
summary = again
[rule Mpv]
[rule mpv]
boost = 7
bost = 1
[Scheduler]
[scheduler]
max_tasks = 5 tasks
END
run 2 --check-config --config="$work/bad.ini"
at=$work/bad.ini
sections='expected [scheduler], [policy.NAME], [mode.NAME], [rule NAME] or [auto NAME]'
complains "$at:2: rescue_ms: '1' is out of range; expected 5 to 1000" \
	"$at:3: unknown key 'polcy' in [scheduler]; did you mean 'policy'?" \
	"$at:4: 'partial' has no '='; expected KEY = VALUE" \
	"$at:5: unknown section [mode Gaming]; $sections; did you mean 'mode.gaming'?" \
	"$at:8: unknown section [rule.mpv]; $sections; did you mean 'rule mpv'?" \
	"$at:11: policy: 'nowhere/x.so' is a relative path; in the file it must start with '/'" \
	"$at:13: summary is set twice; first at $at:12" \
	"$at:14: [rule Mpv] names no rule; expected [rule NAME], one blank between, with at most 31 of a-z, 0-9 and '-'" \
	"$at:16: boost: '7' is out of range; expected a level, 0 to 3" \
	"$at:17: a rule has no key 'bost'; expected one of comm, cgroup, uid, exe, weight_factor_pct, boost, slice_us, deadline_us; did you mean 'boost'?" \
	"$at:18: unknown section [Scheduler]; $sections; did you mean 'scheduler'?" \
	"$at:20: max_tasks: '5 tasks' is not a whole number; expected 1024 to 4194304"
# and the first of them alone where it is about to start
run 2 --show-config --config="$work/bad.ini"
[ "$(wc -l <"$work/err")" = 1 ] || fail "--show-config tells more than the first mistake"
printf '[rule a]\nboost = 1\n[rule b]\ncomm = b\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$at:1: [rule a] does not say for whom it is; expected comm, cgroup, uid or exe" \
	"$at:3: [rule b] says nothing of whom it is for; expected weight_factor_pct, boost, slice_us or deadline_us"
printf '[auto a]\nproces = x\nmode = b\nload_above = 0\n[auto A]\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$at:2: an [auto] rule has no key 'proces'; expected one of on_battery, power_profile, load_above, load_below, process, hold, policy, mode; did you mean 'process'?" \
	"$at:4: load_above: '0' is not possible; expected a load average, 0.01 to 10000" \
	"$at:5: [auto A] names no rule; expected [auto NAME], one blank between, with at most 31 of a-z, 0-9 and '-'"
printf '[auto a]\nprocess = x\nmode = gamin\n[auto b]\npolicy = fifo\n[mode.gaming]\npolicy = fifo\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$at:3: mode: there is no mode 'gamin'; there are gaming, and none; did you mean 'gaming'?" \
	"$at:4: [auto b] does not say when it applies; expected on_battery, power_profile, load_above or process"
printf '[auto a]\nprocess = x\npolicy = gone\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
grep -q "^$at:3: policy: no policy 'gone' in " "$work/err" || fail "a rule's missing policy is not told"
printf '[scheduler]\npolicy = fifo\n[policy.deadline]\nslice_us = 1\n[policy.fifo]\nx = 1\n' >"$work/bad.ini"
run 2 --check-config --policy=gone --config="$work/sample.ini"
grep -q "^--policy: policy: no policy 'gone' in " "$work/err" || fail "a missing policy is not told"

# What people take for comments, and for quotes.
printf '[scheduler]\npolicy = fifo # fast\nmode = "gaming"\nrescue_ms = 30#\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
comment="; a comment with '#' takes a line of its own, one behind a value starts with ';'"
name="expected a name (at most 31 of a-z, 0-9 and '-', as --list-policies shows) or a path with a '/' in it"
complains "$at:2: policy: 'fifo # fast' is no policy; $name$comment" \
	"$at:3: mode: '\"gaming\"' is no mode; expected a name with at most 31 of a-z, 0-9 and '-'; quotes are part of the value, leave them out" \
	"$at:4: rescue_ms: '30#' is not a whole number; expected 5 to 1000"
printf '[policy.vruntime]\nslice_us = 4000 # long\ncgroup_weights = yes # fair\n' >"$work/bad.ini"
run 2 --check-config --config="$work/bad.ini"
complains "$at:2: slice_us: '4000 # long' is not a whole number; expected 500 to 100000 us$comment" \
	"$at:3: cgroup_weights: 'yes # fair' is neither yes nor no$comment"

# A file need not end in a newline.
printf '[scheduler]\npolicy = fifo' >"$work/cut.ini"
run 0 --check-config --config="$work/cut.ini"

# Little room, and without what every system has; the latter is skipped where it may not be tried. Sanitizers take
# more of both.
in_bare() # FOLDER WHAT OPTION...: with nothing in FOLDER it says WHAT
{
	local folder=$1 what=$2 status=0

	shift 2
	unshare -m sh -c "mount -t tmpfs none $folder && exec '$program' $*" 2>"$work/err" || status=$?
	[ $status = 1 ] || fail "without $folder: exit status $status"
	grep -q "$what" "$work/err" || fail "without $folder: $(cat "$work/err")"
}
if ! grep -q __asan_init "$program"; then
	for action in --check-config --show-config --list-policies --help; do
		(ulimit -s 256 && run 0 $action --config="$work/sample.ini")
	done
	(ulimit -d 1000 && run 6 --check-config --config="$work/sample.ini")
	grep -q 'there is no memory' "$work/err" || fail "without memory it says: $(cat "$work/err")"
	if unshare -m true 2>/dev/null; then
		in_bare /dev '/dev/null cannot be opened: No such file' --version
		in_bare /proc '/proc is not mounted'
	fi
fi

# Of two actions neither is done.
run 2 --check-config --list-policies
grep -qF -e '--list-policies: not together with --check-config, one thing at a time' "$work/err" ||
	fail "two actions: $(cat "$work/err")"
[ ! -s "$work/out" ] || fail "two actions: one is done"

# Half an output does not look like a whole one.
for action in --help --version --list-policies --show-config; do
	status=0
	"$program" $action --config=/dev/null >/dev/full 2>"$work/err" || status=$?
	[ $status = 1 ] || fail "$action on a full disk: exit status $status"
	grep -q 'the output cannot be written: No space left on device' "$work/err" ||
		fail "$action on a full disk: it said: $(cat "$work/err")"
done
