#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Whatever a policy does, nothing is detached and nobody waits for long; it is named with what it did
# and where. Argument: crash (it ends its process each time: quarantine, and the policy before it
# comes back), crash-more (in further ways), hang (it does not come back), garbage (its answers make no sense), or uncaged (what only
# a policy outside of the cage can do).
# limit: 400

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

# What the guard against starvation promises. Processes that a policy forks stand in the order where it
# stands itself, who has used much.
readonly GUARD_MAX_MS=1500

crash() # NAME REASON [FRAME [MS]]
{
	local lines name=misbehave-$1

	lines=$(wc -l <"$LOG")
	fault_begin
	switch "$plugins/misbehave_$1.so"
	next_line "policy $name -> vruntime: policy $name is in quarantine" ||
		fail "$1: vruntime is not back"
	fault_end "$1" "${4:-$WAIT_MAX_MS}"
	tail -n +"$((lines + 1))" "$LOG" >"$TEST_WORK/log"
	grep -qE "agent [0-9]+ \(policy $name\) .*$2" "$TEST_WORK/log" ||
		fail "$1: the log does not say '$2'"
	(($(grep -cE "agent [0-9]+ \(policy $name\) was|agent [0-9]+ \(policy $name\) ended" \
		"$TEST_WORK/log") == 3)) || fail "$1: it was not tried three times"
	status_has "wanted: .*$name.*quarantine|wanted: .*misbehave_$1.so.*in quarantine"
	status_has "^policy: +vruntime"
	status_has "$name, crashed: 3.*QUARANTINE"
	status_has "ago: .*$2"
	[[ ! ${3:-} ]] || status_has "#[0-9]+ misbehave_$1.so\\($3\\+0x"
	[[ $(json ".faults[] | select(.policy == \"$name\") | .quarantined") == true ]] ||
		fail "$1: status --json does not say that it is in quarantine"
	[[ $(json .applied.in_place_of) == "$name" ]] || fail "$1: status --json: in place of whom?"
}

hang() # NAME FRAME
{
	local name=misbehave-$1

	fault_begin
	switch "$plugins/misbehave_$1.so"
	next_line "policy $name\) has given no sign of life for 3 s in its rank\(\); it is ended" ||
		fail "$1: it is not noticed"
	switch vruntime
	fault_end "$1"
	# Twice if the agent that came next had work before the switch.
	status_has "$name, hung: [12]\$"
	status_has "#[0-9]+ .*$2"
}

garbage() # NAME BAD: it makes BAD decisions or more, and goes on
{
	local name=misbehave-$1 before

	before=$(json .agent.restarts)
	fault_begin
	switch "$plugins/misbehave_$1.so"
	read -r -t 2 <&"$never" || true
	switch vruntime
	fault_end "$1"
	[[ $(json .agent.restarts) == "$before" ]] || fail "$1: it has lost its agent"
	counters
	note "${counted[*]@K}"
	(($(json "[.faults[] | select(.policy == \"$name\") | .bad_decisions] | add // 0") >= $2)) ||
		fail "$1: bad decisions are not counted"
}

if [[ $1 == uncaged ]]; then
	load_up --sandbox=no
else
	load_up
fi
fault_begin
# As long as a fault takes: the load itself has its moments.
read -r -t 8 <&"$never" || true
fault_end "none-$1"
case $1 in
crash)
	crash segv 'signal 11 \(Segmentation fault\) in its rank\(\), at address 0x10' do_segv
	crash abort 'signal 6 \(Aborted\) in its rank\(\)' do_abort
	crash overflow 'signal 11 \(Segmentation fault\) in its rank\(\)' do_overflow
	crash exit 'status 0 in its rank\(\)' do_exit
	crash close 'way to the kernel is lost: Bad file descriptor'
	crash gigabyte 'signal (11|9) .* in its rank\(\)' do_gigabyte
	;;
crash-more)
	crash ill 'signal 4 \(Illegal instruction\) in its rank\(\)' do_ill
	crash fpe 'signal 8 \(Floating point exception\) in its rank\(\)' do_fpe
	crash heap 'signal (6|11) .* in its rank\(\)' do_heap
	;;
hang)
	hang spin 'misbehave_spin.so\(do_spin\+0x'
	hang sleep 'misbehave_sleep.so\(do_sleep\+0x'
	;;
garbage)
	garbage nothing 0
	garbage wrap 100
	garbage lease 100
	garbage decisions 1000
	;;
uncaged)
	# Not in which function: its children, who come back from it, say in the same page that they have.
	crash fork 'signal 6 \(Aborted\)' do_fork $GUARD_MAX_MS
	;;
*) fail "which faults?" ;;
esac
load_down
stop
