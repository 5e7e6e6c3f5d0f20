#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scx-cland is killed, and its agent with it, under load: the scheduler stays attached and goes on by
# the last leases; the next start adopts it and decides again; a stop leaves nothing behind. One that
# does not suit is replaced, --detach takes it away, --persist=no does without.
# limit: 240

. "$(dirname "$0")/lib.sh"

readonly PINS=/sys/fs/bpf/scx-cland

# Both are gone, and how: the supervisor by us, the agent by the kernel.
kill_both()
{
	local agent_pid

	agent_pid=$(agent) || fail "there is no agent"
	daemon_kill
	wait_until gone "$agent_pid" || fail "the agent has outlived the supervisor"
}
gone() { [[ ! -e /proc/$1 ]]; }

# start, with a scheduler that is there.
start_again()
{
	launch "$@" || fail "it does not start again: $(tail -n 1 "$LOG")"
}

said() { grep -q "^scx-cland: $1" "$LOG" || fail "scx-cland did not say: $1"; }
decided() { counters; echo $(($(count decided) + $(count renewed))); }
more_decided() { (($(decided) > before)); }

# As on a machine where nobody has mounted it; systemd always has.
[[ ${TEST_SERVICE:-} ]] || umount /sys/fs/bpf 2>/dev/null || true
start
[[ -e $PINS/link_ops ]] || fail "the scheduler is not pinned: $(tail -n 1 "$LOG")"
[[ $(stat -c %a $PINS) == 700 ]] || fail "$PINS is open to others"
load load-hogs --count=$(($(nproc) * 2)) --seconds=14
hogs=$loaded
load sh -c 'while :; do hackbench -g 1 -f 4 -l 50; done'
hack=$loaded
normal load-frames --period-us=20000 --work-us=500 --seconds=12 >"$TEST_WORK/frames" &
frames=$!
for ((i = 0; i < 3; i++)); do
	kill_both
	expect_attached
	normal sleep 1	# by leases; those of hackbench's children are the built-in one
	expect_attached
	start_again
	said 'going on with the scheduler that is there'
	expect_attached
	before=$(decided)
	wait_until more_decided || fail "the new agent decides nothing"
	case $i in
	0)
		clandctl switch fifo
		;;
	1)
		said 'as before: policy fifo'
		clandctl status | grep '^policy: *fifo' >/dev/null || fail "the switch has not been gone on with"
		echo more >>/run/scx-cland/note
		;;
	2)
		said '.*/run/scx-cland/note. cannot be gone on with: line [0-9]* is none'
		clandctl status | grep '^policy: *vruntime' >/dev/null || fail "a damaged note counts"
		;;
	esac
done
wait "$frames" || fail "load-frames ended with status $?"
wait "$hogs" || fail "load-hogs ended with status $?"
unload "$hack"
counters
note "${counted[*]@K}"
note "hogs: $(grep '^hogs=' "$TEST_WORK/load.log")"
note "frames: $(tr ' ' '\n' <"$TEST_WORK/frames" | grep -E '^(frames|missed|wake_)' | tr '\n' ' ')"
expect_attached
refused 5 "running already, as process $daemon" scx-cland
refused 5 "running already, as process $daemon" scx-cland --detach
stop
[[ ! -e $PINS ]] || fail "a stop leaves pins: $(ls $PINS)"

# What a dead one has left, which may be another build's with other parts: taken away, and then there
# is nothing.
start
kill_both
mv $PINS/map_news $PINS/map_nobody_knows
expect_attached
refused 0 'detached what a process that is gone has left' scx-cland --detach
state_is disabled || fail "--detach leaves the scheduler $(state)"
[[ ! -e $PINS ]] || fail "--detach leaves pins: $(ls $PINS)"
[[ $(</proc/sys/vm/compact_unevictable_allowed) == 1 ]] || fail "--detach leaves the switch off"
refused 0 'nothing of ours is attached' scx-cland --detach

# Other options, and another build's language.
start
kill_both
start_again --rescue-ms=50
said 'the scheduler that is there was loaded with other options'
said 'the scheduler that was there has been replaced'
note "$(grep 'has been replaced' "$LOG")"
seq_at_start=$(enable_seq)
kill_both
refused 8 'the scheduler that was there stays' \
	scx-cland --rescue-ms=70 --policy="$SCX_CLAND_BUILD/tests/plugins/create_crashes.so"
expect_attached
start_again --rescue-ms=50
said 'going on with the scheduler that is there'
kill_both
# the second of its 64-bit words is what it goes by
mapfile -t bytes < <(bpftool -j map dump pinned $PINS/map_identity |
	grep -oE '"value":\[[^]]*' | grep -oE '0x[0-9a-f]{2}')
bytes[8]=$(printf '0x%02x' $((bytes[8] ^ 255)))
bpftool map update pinned $PINS/map_identity key 0 0 0 0 value "${bytes[@]}"
expect_attached
start_again --rescue-ms=50
said 'the scheduler that is there was loaded by another build'
said 'the scheduler that was there has been replaced'
note "$(grep 'has been replaced' "$LOG")"
seq_at_start=$(enable_seq)
expect_attached
# Something else under the names of parts: another map, and programs that have changed places.
kill_both
rm $PINS/map_counts
bpftool map create $PINS/map_counts type array key 4 value 64 entries 1 name foreign
expect_attached
start_again --rescue-ms=50
said 'the scheduler that is there has other things in /sys/fs/bpf/scx-cland than were put there'
said 'the scheduler that was there has been replaced'
seq_at_start=$(enable_seq)
kill_both
mv $PINS/prog_apply $PINS/held
mv $PINS/prog_register $PINS/prog_apply
mv $PINS/held $PINS/prog_register
expect_attached
start_again --rescue-ms=50
said 'the scheduler that is there has other things in /sys/fs/bpf/scx-cland than were put there'
seq_at_start=$(enable_seq)
serving=$(agent)
normal load-hogs --count=2 --seconds=1 >/dev/null
[[ $(agent) == "$serving" ]] || fail "the agent does not stay"
expect_attached
stop
[[ ! -e $PINS ]] || fail "a stop leaves pins: $(ls $PINS)"

# Whoever names another policy on the command line gets that one, whatever clandctl had been asked for.
# And a policy that cannot be used, or crashes as it is started, takes away nothing.
start
normal clandctl switch fifo
kill_both
refused 8 '/etc/hostname' scx-cland --policy=/etc/hostname
expect_attached
start_again --policy=rustland
said 'going on with the scheduler that is there'
grep -q 'as before' "$LOG" && fail "what clandctl was asked for counts over the command line"
clandctl status | grep '^policy: *rustland' >/dev/null || fail "it does not run the command line's policy"
kill_both
refused 8 'the scheduler that was there stays' \
	scx-cland --policy="$SCX_CLAND_BUILD/tests/plugins/create_crashes.so"
expect_attached
normal sleep 1
start_again
said 'going on with the scheduler that is there'
expect_attached
stop
[[ ! -e $PINS ]] || fail "a stop leaves pins: $(ls $PINS)"

# Of a start that failed on a machine where nothing was, nothing stays.
refused 8 'ended its process while it was loaded' \
	scx-cland --policy="$SCX_CLAND_BUILD/tests/plugins/create_crashes.so"
state_is disabled || fail "a start that failed leaves the scheduler $(state)"
[[ ! -e $PINS ]] || fail "a start that failed leaves pins: $(ls $PINS)"

# The kernel ends it while nobody looks after it.
start
kill_both
allowed_complaints='sched_ext:.*disabled'
echo S >/proc/sysrq-trigger
wait_until state_is disabled || fail "SysRq-S leaves the scheduler $(state)"
start
said 'the kernel has ended the scheduler that was left behind: .*[Ss]ysrq'
stop
allowed_complaints='^$'

# Pins that somebody removes keep nothing, and status says so.
start
rm -r $PINS
expect_attached
clandctl status | grep '^attached: *yes, and stays so' >/dev/null && fail "status counts on pins that are gone"
refused 1 'is not pinned in bpffs' clandctl upgrade
stop

# A folder of somebody else's in the place of the pins is not used.
mkdir $PINS
chown 1000 $PINS
start
said '.*the scheduler ends with this process, should it be killed: .* is not root.s own folder'
stop
rmdir $PINS

# Adopted, but not to be left behind again.
start
kill_both
start_again --persist=no
said 'going on with the scheduler that is there'
expect_attached
[[ ! -e $PINS ]] || fail "--persist=no pins"
agent_pid=$(agent)
daemon_kill
wait_until state_is disabled || fail "--persist=no stays"
wait_until gone "$agent_pid" || fail "the agent has outlived the supervisor"
