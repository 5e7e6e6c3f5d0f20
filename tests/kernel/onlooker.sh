# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the tests of clandctl record and clandctl trace share; sourced after lib.sh.
#
#   said               what the program has printed into $TEST_WORK/said is noted
#   is_watching        somebody looks on, and misses nothing from here on
#   begin_loads CMD... start CMD, hogs; a periodic task of $WORK_US every $PERIOD_US; a client and its
#                      server; sets $loads

readonly PERIOD_US=20000 WORK_US=2000
loads=()
work_loops=

# A client that asks its server, thinks for 2 ms, and asks again.
readonly PAIR='
import os, time
def name(text):
    open("/proc/self/comm", "w").write(text)
ask, answer = os.pipe(), os.pipe()
if os.fork():
    name("client")
    while True:
        os.write(ask[1], b"x"); os.read(answer[0], 1); time.sleep(0.002)
name("server")
while True:
    os.read(ask[0], 1); os.write(answer[1], b"x")
'

said()
{
	local line

	while IFS= read -r line; do
		note "${line//"$TEST_WORK/"/}"
	done <"$TEST_WORK/said"
}

# Switches are the last thing that bpf/record.bpf.c begins with.
is_watching()
{
	local id

	id=$(bpftool prog show name record_switch | sed -n 's/^\([0-9]*\):.*/\1/p')
	[[ $id ]] && bpftool link show | grep " prog $id " >/dev/null
}

begin_loads()
{
	if [[ ! $work_loops ]]; then
		work_loops=$(normal load-frames --calibrate --work-us=$WORK_US)
		work_loops=${work_loops#*=}
	fi
	load "$@"
	loads=("$loaded")
	load load-frames --period-us=$PERIOD_US --work-loops="$work_loops" --seconds=600
	loads+=("$loaded")
	load python3 -c "$PAIR"
	loads+=("$loaded")
	wait_until pgrep -x server >/dev/null
}
