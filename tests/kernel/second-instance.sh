#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# There can be one scheduler only: a second instance is refused by the pid of the first, a foreign
# scheduler by its name; whoever was there first stays.

. "$(dirname "$0")/lib.sh"

start
refused 5 "running already, as process $daemon\." scx-cland
# As from a container with a /run of its own: only the stub knows of the first one then.
refused 5 "running already, as process $daemon\." \
	unshare -m sh -c 'mount -t tmpfs none /run && exec scx-cland'
expect_attached
stop

# Nobody but root may hold the lock: no scx-cland could start then.
setpriv --reuid=65534 --clear-groups flock --nonblock /run/scx-cland.lock true 2>/dev/null &&
	fail "a user can hold the lock: $(stat -c %A /run/scx-cland.lock)"

bpftool struct_ops register "$SCX_CLAND_BUILD/tests/kernel/foreign.bpf.o" /sys/fs/bpf >/dev/null
wait_until state_is enabled || fail "the foreign scheduler does not load"
refused 5 'another sched_ext scheduler is enabled: foreign' scx-cland
refused 9 'foreign' clandctl status
[[ $(cat $SCX/root/ops) == foreign ]] || fail "the foreign scheduler is gone"
rm /sys/fs/bpf/foreign
wait_until state_is disabled || fail "the foreign scheduler stays"
start
stop
