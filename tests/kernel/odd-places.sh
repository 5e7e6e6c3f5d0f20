#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Started where something is amiss, it runs on or says why it does not: a read-only /run, a full one,
# a log on a full disk, a read-only /proc/sys (HAZARDS 3), a cgroup with a tenth of a CPU and little
# memory (HAZARDS 96), a note that cannot be written, signals that are ignored, no process to be had.
# not as a service: the places are made for a process of this test's

. "$(dirname "$0")/lib.sh"

readonly GAP_MAX_MS=500

full=$TEST_WORK/full
mkdir "$full"
mount -t tmpfs -o size=16k none "$full"
dd if=/dev/zero of="$full/filler" bs=1k count=64 status=none 2>/dev/null || true

# Where it runs on: start it in such a place, which gives it load and ends it.
runs_on() # WHAT WARNING CMD...
{
	local what=$1 warning=$2

	shift 2
	: >"$LOG"
	chrt -o 0 "$@" >>"$LOG" 2>&1 &
	daemon=$!
	wait_until state_is enabled || fail "$what: it does not start: $(tail -n 1 "$LOG")"
	seq_at_start=$(enable_seq)
	normal load-hogs --count=$(($(nproc) * 2)) --seconds=2 >"$TEST_WORK/hogs"
	note "$what: $(tail -n 1 "$TEST_WORK/hogs")"
	gap=$(figure max_gap_ms "$TEST_WORK/hogs")
	((${gap%.*} <= GAP_MAX_MS)) || fail "$what: a hog waited for $gap ms"
	expect_attached
	kill -TERM "$daemon"
	daemon_wait
	((ended == 0)) || fail "$what: status $ended after SIGTERM: $(tail -n 1 "$LOG")"
	state_is disabled || fail "$what: still attached"
	[[ ! $warning ]] || grep -qE "$warning" "$LOG" || fail "$what: it did not say: $warning"
}

refused 1 '/run/scx-cland.lock cannot be opened: Read-only file system' \
	unshare -m sh -c 'mount -t tmpfs -o ro none /run && exec scx-cland'
# shellcheck disable=SC2016 # the inner shell expands these
runs_on "full /run" '/run/scx-cland.lock cannot be written: No space left' \
	unshare -m sh -c 'mount --bind "$0" /run && exec scx-cland' "$full"
# shellcheck disable=SC2016 # the inner shell expands these
runs_on "log on a full disk" '' bash -c 'exec scx-cland >>"$0/log" 2>&1' "$full"
echo 1 >/proc/sys/vm/compact_unevictable_allowed
runs_on "read-only /proc/sys" 'compact_unevictable_allowed cannot be set to 0' \
	unshare -m sh -c 'mount --bind /proc/sys /proc/sys &&
		mount -o remount,bind,ro /proc/sys && exec scx-cland'

group=/sys/fs/cgroup/poor
echo '+cpu +memory' >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group
echo '10000 100000' >$group/cpu.max
echo 64M >$group/memory.high
# shellcheck disable=SC2016 # the inner shell expands these
runs_on "poor cgroup" '' bash -c 'echo $$ >"$0/cgroup.procs" && exec scx-cland' $group
note "memory events: $(tr '\n' ' ' <$group/memory.events)"
umount "$full"

# The note of what clandctl has changed cannot be written, then not even removed: what is wanted no more does not
# count again where that can be helped, and the log says so where not.
notes=/run/scx-cland
mkdir -p $notes
mount -t tmpfs -o size=64k,mode=755 none $notes
start
clandctl switch fifo
[[ -s $notes/note ]] || fail "a switch is not noted"
dd if=/dev/zero of=$notes/filler bs=1k count=256 status=none 2>/dev/null || true
clandctl switch rustland
wait_line 'note cannot be written, so what clandctl has changed ends should' ||
	fail "it does not say that the note cannot be written"
[[ ! -e $notes/note ]] || fail "a note of before stays: $(cat $notes/note)"
# Another build would not learn of it. What the note of before took is free again.
cat /dev/zero >>$notes/filler 2>/dev/null || true
refused 1 'would not know what clandctl has changed.*No space left' clandctl upgrade
clandctl status | grep -q '^policy: *rustland' || fail "a refused upgrade has changed the policy"
rm $notes/filler
clandctl switch fifo
mount -o remount,ro $notes
clandctl reload
wait_line 'note can be neither written nor removed, so what it says counts again' ||
	fail "it does not say that the note stays"
expect_attached
mount -o remount,rw $notes
stop
umount $notes

# Started by a process that ignores the ends of its children, which is inherited: an agent's end is seen
# at once, not by its silence, when its number may be another's.
: >"$LOG"
chrt -o 0 env --ignore-signal=CHLD --ignore-signal=TERM scx-cland >>"$LOG" 2>&1 &
daemon=$!
wait_line '^scx-cland: running: ' || fail "it does not start with ignored signals: $(tail -n 1 "$LOG")"
seq_at_start=$(enable_seq)
kill -KILL "$(agent)"
wait_line 'agent [0-9]+ \(policy vruntime\) was ended by signal 9' || fail "the agent's end is not seen"
wait_line 'agent [0-9]+ runs policy vruntime' || fail "the agent is not replaced"
expect_attached
stop

# No agent can be started for a while, longer than it takes to lose eight of them: that is not held against
# the policy, which goes on afterwards.
group=/sys/fs/cgroup/crowded
echo '+pids' >/sys/fs/cgroup/cgroup.subtree_control
mkdir -p $group
start --policy=fifo
serving=$(agent)
echo "$daemon" >$group/cgroup.procs
echo "$serving" >$group/cgroup.procs
echo 1 >$group/pids.max
kill -KILL "$serving"
nr_failed() { grep -c 'error: the agent cannot be started: fork: ' "$LOG" || true; }
failed_often() { (($(nr_failed) >= 9)); }
wait_until failed_often || fail "the agent can be started: $(tail -n 1 "$LOG")"
expect_attached
echo max >$group/pids.max
wait_line 'agent [0-9]+ runs policy ' || fail "no agent follows"
[[ $(clandctl status --json | jq -r .applied.policy) == fifo ]] ||
	fail "the policy is held to be at fault: $(clandctl status)"
expect_attached
stop
