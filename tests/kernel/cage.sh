#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A policy that tries to get hold of the machine, in its constructor, in create() and while it decides:
# in the cage nothing of it goes through, and out of it much does, so that the policy does try. What
# else the agent's process has, or has not, is read from /proc.

. "$(dirname "$0")/lib.sh"

hostile=$SCX_CLAND_BUILD/tests/kernel/hostile.so
readonly NONE=0000000000000000

status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$2/status"; }

expect() # WHAT IS SHOULD-BE
{
	[[ $2 == "$3" ]] || fail "the agent's $1: $2, not $3"
}

# What the policy has got away with.
got() { grep '^hostile: .*' "$LOG" | grep -v ': tried$' || true; }

start --policy="$hostile" --decisions=strict
load load-hogs --count=4 --seconds=5
wait_line '^hostile: rank: tried' || fail "the policy has decided nothing"
agent=$(agent)
[[ ! $(got) ]] || fail "in the cage: $(got)"
for what in constructor create rank; do
	grep -q "^hostile: $what: tried" "$LOG" || fail "nothing was tried in $what"
done
for set in Inh Prm Eff Bnd Amb; do
	expect "capabilities, $set" "$(status_of Cap$set "$agent")" $NONE
done
ids=$(printf '95533\t95533\t95533\t95533')
expect Uid "$(status_of Uid "$agent")" "$ids"
expect Gid "$(status_of Gid "$agent")" "$ids"
expect Groups "$(status_of Groups "$agent" | tr -d ' ')" ''
expect NoNewPrivs "$(status_of NoNewPrivs "$agent")" 1
expect Seccomp "$(status_of Seccomp "$agent")" 2
# besides those that systemd has given both
filters=$(status_of Seccomp_filters "$daemon")
expect filters "$(status_of Seccomp_filters "$agent")" $((filters + 2))
expect threads "$(status_of Threads "$agent")" 1
note "descriptors: $(for fd in "/proc/$agent/fd"/*; do
	printf '%s=%s ' "${fd##*/}" "$(readlink "$fd")"; done)"
[[ $(readlink "/proc/$agent/fd/0") == /dev/null ]] || fail "stdin is not /dev/null"
unload "$loaded"
expect_attached

# A restart and a change of policy come as far.
kill -KILL "$agent"
wait_line "agent [0-9]+ runs policy hostile" || fail "the agent is not replaced"
normal clandctl switch vruntime >/dev/null || fail "no change to another policy"
expect "Uid after a switch" "$(status_of Uid "$(agent)")" "$ids"
# It ends with its parent, although the change of user makes the kernel forget that.
agent=$(agent)
daemon_kill
wait_until eval "[[ ! -e /proc/$agent ]]" || fail "the agent outlives the supervisor"
scx-cland --detach >/dev/null 2>&1 || fail "what is left behind cannot be detached"
wait_until state_is disabled

start --policy="$hostile" --decisions=strict --sandbox=no
load load-hogs --count=4 --seconds=5
wait_line '^hostile: rank: tried' || fail "the policy has decided nothing"
does=('constructor: fork' 'constructor: hold many terminals' 'create: open /etc/shadow' 'rank: be root' 'rank: read a file')
withheld=('trace the supervisor' mount chroot 'open /dev/mem' 'a socket' 'a netlink socket' perf io_uring
	"the kernel's log" unshare 'create a file' 'list BPF programs')
if [[ ${TEST_SERVICE:-} ]]; then
	# the unit binds root, too
	for what in "${withheld[@]}"; do
		! grep -q "^hostile: [a-z]*: $what$" "$LOG" || fail "in spite of the unit it did: $what"
	done
else
	does+=('rank: a socket' 'rank: trace the supervisor' 'rank: list BPF programs')
fi
for what in "${does[@]}"; do
	grep -q "^hostile: $what$" "$LOG" || fail "outside of the cage it did not: $what"
done
note "outside of the cage: $(got | wc -l) things went through"
unload "$loaded"
umount -l /mnt 2>/dev/null || true
expect_attached
stop
