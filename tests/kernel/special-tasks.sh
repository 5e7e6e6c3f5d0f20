#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 33, 41, 44, 72: what the kernel needs in order to go on does not wait behind 64 hogs, and
# somebody at the keyboard does not wait for long either.
# limit: 180

. "$(dirname "$0")/lib.sh"

check() # WHAT MILLISECONDS MAX
{
	note "$1: $2 ms"
	(($2 <= $3)) || fail "$1 took $2 ms under 64 hogs, more than $3"
}

measure() # CMD...: sets $took
{
	local begin

	begin=$(uptime_ms)
	"$@" || fail "\`$*\` ended with status $?"
	took=$(($(uptime_ms) - begin))
}

start
normal date +%s >/dev/null # so that it does not wait for files of the host's below
load stress-ng -c 64 --membarrier 2 --hdd 1 --hdd-bytes 16M
stress=$loaded
sleep 2
counters
kthread=$(count kthread)

# A byte through a pseudo terminal takes an unbound kernel worker.
measure python3 - <<-'END'
	import os, time, tty
	ours, theirs = os.openpty()
	tty.setraw(theirs)
	worst = 0
	for _ in range(50):
	    begin = time.monotonic()
	    os.write(theirs, b"x")
	    os.read(ours, 1)
	    worst = max(worst, time.monotonic() - begin)
	    time.sleep(0.02)
	print(f"   through a terminal: at worst {worst * 1000:.1f} ms")
	if worst > 0.5:
	    raise SystemExit("an unbound kernel worker waited for too long")
END
# Waits for a kernel worker on every CPU.
measure sh -c 'echo 1 >/proc/sys/vm/compact_memory'
check "workers of every CPU" "$took" 2000
dd if=/dev/zero of="$TEST_WORK/file" bs=64k count=64 status=none
measure normal sync
check "sync" "$took" 5000
measure normal date +%s >/dev/null
check "date" "$took" 3000
for ((cpu = 0; cpu < $(nproc); cpu++)); do
	measure normal taskset -c "$cpu" date +%s >/dev/null
	check "date on CPU $cpu" "$took" 3000
done
counters
note "${counted[*]@K}"
(($(count kthread) > kthread)) || fail "no kernel thread has been queued: the test shows nothing"
expect_attached
unload "$stress"
stop
