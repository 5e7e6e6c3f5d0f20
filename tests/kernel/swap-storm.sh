#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Policies changed over and over under hackbench, hogs and an affinity storm: every change succeeds,
# nobody is lost or left waiting, nothing leaks, no agent has a page fault while it serves, and the
# scheduler stays attached. Argument: how many changes.

# limit: 3000

. "$(dirname "$0")/lib.sh"

changes=$1
socket=/run/scx-cland/control.sock

# One process that asks for one change after the other over the control socket.
switcher='
import json, socket, sys

def ask(stream, **request):
    stream.write(json.dumps(request) + "\n")
    stream.flush()
    return json.loads(stream.readline())

path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
policies = ["vruntime", "deadline", "latency-boost", "rustland", "fifo"]
with socket.socket(socket.AF_UNIX) as s:
    s.connect(path)
    s.settimeout(60)
    stream = s.makefile("rw")
    for i in range(first, last + 1):
        answer = ask(stream, command="switch", args={"policy": policies[i % len(policies)]})
        if not answer.get("ok"):
            sys.exit(f"change {i}: {answer}")
'

rss() # PID: KiB
{
	awk '/^VmRSS:/ { print $2 }' "/proc/$1/status"
}

start --verbose
load stress-ng -t 3000 --affinity 2 --affinity-delay 1 --affinity-pin -M
storm=$loaded
load hackbench -g 2 -l 100000000
bench=$loaded
chrt -o 0 bash -c 'while :; do load-hogs --count=4 --seconds=5; done' >"$TEST_WORK/hogs" 2>&1 &
hogs=$!

switch() # FIRST LAST
{
	python3 -c "$switcher" "$socket" "$1" "$2" 2>"$TEST_WORK/switcher" ||
		fail "$(tail -n 1 "$TEST_WORK/switcher")"
}
switch 1 $((changes / 10))
rss_begin=$(rss "$daemon") # when the caches of the first ones have been filled
switch $((changes / 10 + 1)) "$changes"
rss_end=$(rss "$daemon")
expect_attached
note "resident memory of the supervisor: $rss_begin KiB after $((changes / 10)) changes, $rss_end KiB at the end"
((rss_end <= rss_begin + 64)) || fail "the supervisor has grown from $rss_begin to $rss_end KiB"
kill -0 "$bench" 2>/dev/null || fail "hackbench has ended: $(tail -n 1 "$TEST_WORK/load.log")"
unload "$hogs" "$bench" "$storm"
gap=$(grep -o 'max_gap_ms=[0-9.]*' "$TEST_WORK/hogs" | sort -t= -k2 -g | tail -n 1)
note "longest wait of a hog: ${gap#*=} ms"
awk -v gap="${gap#*=}" 'BEGIN { exit !(gap > 0 && gap <= 1000) }' || fail "a hog has waited: $gap"
counters
note "${counted[*]@K}"
wait_until eval "[[ \$(pgrep -c -P $daemon) == 1 ]]" ||
	fail "more than one child is left: $(pgrep -l -P "$daemon")"
stop

awk '/decisions paused for/ { match($0, /[0-9.]+ us/); print substr($0, RSTART, RLENGTH - 3) }' "$LOG" |
	sort -n >"$TEST_WORK/pauses"
nr=$(wc -l <"$TEST_WORK/pauses")
note "$nr changes; pause p50 $(sed -n "$((nr / 2 + 1))p" "$TEST_WORK/pauses") us, p99" \
	"$(sed -n "$((nr * 99 / 100))p" "$TEST_WORK/pauses") us, max $(tail -n 1 "$TEST_WORK/pauses") us"
((nr == changes)) || fail "$nr changes are reported, not $changes"
faults=$(grep -o 'page faults while it served: [0-9]*' "$LOG" | awk '{ n++; sum += $NF } END { print n, sum + 0 }')
note "agents retired, their page faults while they served: $faults"
[[ $faults == "$changes 0" ]] || fail "of $changes agents, retired and faults: $faults"
grep -q 'agents replaced: 0' "$LOG" || fail "an agent has been lost"
