#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is wrong is said, and is never taken for a result: policies that crash, hang, end the process or
# refuse; workloads and machines with mistakes, by file, line and field; options.
#
# Usage: tests/cli/sim_faults.sh CLANDSIM POLICIES PLUGINS

set -euo pipefail

clandsim=$1
policies=$2
plugins=$3
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fails STATUS WORDS ARG...: clandsim run ends with STATUS, says WORDS, and prints no result.
fails()
{
	local status=$1 words=$2 got=0
	shift 2
	"$clandsim" run "$@" >"$work/out" 2>"$work/err" || got=$?
	if [ "$got" != "$status" ] || ! grep -qF -- "$words" "$work/err" || [ -s "$work/out" ]; then
		echo "clandsim run $*: status $got, wanted $status and '$words'; it said:" >&2
		cat "$work/err" >&2
		exit 1
	fi
}

# bad_text WORDS: a workload from stdin is refused with WORDS
bad_text()
{
	cat >"$work/bad"
	fails 2 "$1" --policy="$policies/vruntime.so" "$work/bad"
}

# ---- policies ------------------------------------------------------------------------------------

fails 14 "hot-crashes has crashed in rank()" --policy="$plugins/hot_crashes.so" --seed=5 \
	"$sim/desktop.ini"
grep -qE 'seed 5, virtual time 0\.[0-9]{9} s, event [0-9]+' "$work/err"
grep '^clandsim' "$work/err" >"$work/before"
fails 14 "hot-crashes has crashed in rank()" --policy="$plugins/hot_crashes.so" --seed=5 \
	"$sim/desktop.ini"
cmp "$work/before" <(grep '^clandsim' "$work/err") # at the same event
fails 15 "hot-hangs hangs in " --policy="$plugins/hot_hangs.so" --hang-limit=1 "$sim/hogs.ini"
fails 15 "hot-waits waits without end in rank()" --policy="$plugins/hot_waits.so" --hang-limit=1 "$sim/hogs.ini"
# By no handler, and by no signal of ours: the process that looks on from outside misses the result.
for way in 0 1; do
	fails 14 "hot-exits-at-once has ended the process in rank(), seed 5, virtual time 0." --seed=5 \
		--policy="$plugins/hot_exits_at_once.so" --set=way=$way "$sim/desktop.ini"
	grep -qE 'event [0-9]+\. There is no result' "$work/err"
done
fails 14 "hot-exits-at-once has crashed in rank() (SIGKILL), seed 5" --policy="$plugins/hot_exits_at_once.so" \
	--set=way=2 --seed=5 --json --html="$work/page.html" "$sim/desktop.ini"
[ ! -e "$work/page.html" ]
fails 15 "hot-deaf hangs in rank(), seed 1" --policy="$plugins/hot_deaf.so" --hang-limit=1 "$sim/hogs.ini"
# In this very process, as for gdb.
got=0
"$clandsim" run --no-guard --policy="$plugins/hot_crashes.so" "$sim/desktop.ini" >"$work/out" 2>/dev/null || got=$?
[ $got = 134 ] || { echo "--no-guard: status $got, wanted that of SIGABRT" >&2; exit 1; }
# A policy's own children are no results, either.
"$clandsim" run --policy="$plugins/hot_forks.so" --duration=200ms --json "$sim/desktop.ini" >"$work/out"
[ "$(grep -c '^{"policy":' "$work/out")" = 1 ]
# One that closes stdout and stderr has no result, and the process that looks on can still say so.
fails 1 "the result cannot be written: Bad file descriptor" --policy="$plugins/misbehave_close.so" \
	--duration=200ms "$sim/hogs.ini"
fails 14 "destroy-crashes has crashed in destroy()" --policy="$plugins/destroy_crashes.so" "$sim/desktop.ini"
fails 14 "create-crashes has crashed in its loading" --policy="$plugins/create_crashes.so" \
	"$sim/hogs.ini"
fails 14 "ctor-exits has ended the process" --policy="$plugins/ctor_exits.so" "$sim/hogs.ini"
fails 15 "create-hangs hangs in its loading" --policy="$plugins/create_hangs.so" --hang-limit=1 \
	"$sim/hogs.ini"
fails 13 "refused to start" --policy="$plugins/create_fails.so" "$sim/hogs.ini"
fails 11 "has its mark" --policy="$plugins/bad_magic.so" "$sim/hogs.ini"
fails 10 "no policy" --policy=no-such "$sim/hogs.ini"
fails 12 "did you mean 'slice_us'" --policy="$policies/vruntime.so" --set=slice_su=1 "$sim/hogs.ini"
fails 12 "500" --policy="$policies/vruntime.so" --set=slice_us=1 "$sim/hogs.ini"

# ---- options ---------------------------------------------------------------------------------------

fails 2 "which policy" "$sim/hogs.ini"
fails 2 "expected one workload" --policy="$policies/vruntime.so"
fails 2 "no such option" --policy="$policies/vruntime.so" --no-such "$sim/hogs.ini"
fails 2 "--cpus=5000" --policy="$policies/vruntime.so" --cpus=5000 "$sim/hogs.ini"
fails 2 "--duration=3 " --policy="$policies/vruntime.so" --duration="3 x" "$sim/hogs.ini"
fails 2 "--llcs: 6 CPUs in cores of 1 cannot be divided" --policy="$policies/vruntime.so" --cpus=6 --llcs=4 \
	"$sim/hogs.ini"
fails 2 "--smt: 3 CPUs are no whole number of cores" --policy="$policies/vruntime.so" --cpus=3 --smt=2 "$sim/hogs.ini"
fails 2 "cannot be read" --policy="$policies/vruntime.so" "$work/none.ini"
fails 1 "cannot be written" --policy="$policies/vruntime.so" --trace=/nonexistent/t "$sim/hogs.ini"

# ---- INI ----------------------------------------------------------------------------------------

bad_text "bad:2: [hogs a] nise: not a key of hogs; did you mean 'nice'?" <<<$'[hogs a]\nnise = 3'
bad_text "bad:2: [hogs a] nice: 'x' is not a whole number from -20 to 19" <<<$'[hogs a]\nnice = x'
bad_text "bad:3: [periodic p] period: '16' is not a time" <<<$'[periodic p]\nrun = 1ms\nperiod = 16'
bad_text "bad:1: [hog a]: no such section" <<<'[hog a]'
bad_text "bad:2: [hogs a]: a group of this name is there" <<<$'[hogs a]\n[hogs a]'
bad_text "bad:2: [hogs a] cgroup: there is no cgroup 'web'" <<<$'[hogs a]\ncgroup = web'
bad_text "bad:2: [cgroup a] parent: there is no cgroup 'nobody'" <<<$'[cgroup a]\nparent = nobody\n[hogs h]'
bad_text "bad:2: [cgroup a] parent: 'b' must stand above it" <<<$'[cgroup a]\nparent = b\n[cgroup b]\n[hogs h]'
bad_text "bad:2: [hogs a] cpus: '0-' is not a list of CPUs" <<<$'[hogs a]\ncpus = 0-'
bad_text "bad:2: [hogs a] cpus: it names CPU 7, and the machine has 4" <<<$'[hogs a]\ncpus = 7'
for cpu in 0 9; do
	bad_text "bad:4: [hotplug] 1s: $([ $cpu = 0 ] && echo no CPU is left || echo it names CPU 9, and)" \
		<<<$'[machine]\ncpus = 1\n[hotplug]\n1s = -'$cpu$'\n[hogs a]'
done
bad_text "bad:3: [hotplug] 1s: the changes must be in the order" <<<$'[hotplug]\n2s = -3\n1s = -2\n[hogs a]'
bad_text "bad:3: [machine] llcs: 6 CPUs in cores of 1 cannot be" <<<$'[machine]\ncpus = 6\nllcs = 4\n[hogs a]'
bad_text "bad:2: [machine] nodes: 1 caches cannot be divided" <<<$'[machine]\nnodes = 2\n[hogs a]'
bad_text "bad:2: [machine] tick: expected 100us or more" <<<$'[machine]\ntick = 1us\n[hogs a]'
printf '[machine]\ncapacities = 4x1024\n' >"$work/four"
fails 2 "--cpus: capacities are given for 4 CPUs" --policy="$policies/vruntime.so" --machine="$work/four" --cpus=2 \
	"$sim/hogs.ini"
bad_text "bad:3: [hogs a] nice: it is there already, at line 2" <<<$'[hogs a]\nnice = 1\nnice = 2'
bad_text "bad:4: [machine] cpus: it is there already, at line 2" <<<$'[machine]\ncpus = 1\nsmt = 1\ncpus = 2\n[hogs a]'
bad_text "bad:3: [workload] seed: it is there already, at line 2" <<<$'[workload]\nseed = 1\nseed = 1\n[hogs a]'
bad_text "bad:3: [cgroup c] weight: it is there already, at line 2" <<<$'[cgroup c]\nweight = 1\nweight = 2\n[hogs a]'
bad_text "bad:2: [machine] capacities: 'fast'" <<<$'[machine]\ncapacities = fast\n[hogs a]'
bad_text "bad:3: [periodic p] deadline: it is behind the period" <<<$'[periodic p]\nperiod = 5ms\ndeadline = 6ms'
bad_text "bad:1: there is text after the ']'" <<<'[hogs a] count = 3'
bad_text "bad:2: [workload] duration: expected 1 ns to 24 h" <<<$'[workload]\nduration = 0s\n[hogs a]'
bad_text "there are no tasks" <<<$'[workload]\nduration = 1s'
bad_text "bad:1: this is a recording: clandsim replay runs it" <<<'scx-cland recording 1'
fails 2 "cannot be read: Is a directory" --policy="$policies/vruntime.so" "$work"
bad_text "not understood" <<<$'[hogs a]\nwhat'
bad_text "is longer than" < <(printf '[hogs %0400d]\n' 1)

# ---- rt-app ---------------------------------------------------------------------------------------

bad_text 'bad:2: task a: runn: not simulated' <<<$'{ "tasks" : { "a" : {\n"runn" : 5 } } }'
bad_text 'bad:1: task a: run: expected a whole number' <<<'{ "tasks" : { "a" : { "run" : "x" } } }'
bad_text 'task a: iorun: writing to a device' \
	<<<'{ "global" : { "io_device" : "/dev/sda" }, "tasks" : { "a" : { "iorun" : 5 } } }'
bad_text 'bad:1: task a: cpus: it names CPU 7, and the machine has 4' \
	<<<'{ "tasks" : { "a" : { "run" : 1, "cpus" : [7] } } }'
bad_text 'bad:1: task a: a: it goes round for ever, and nothing in it takes time' \
	<<<'{"tasks":{"a":{"loop":-1,"run":0}}}'
bad_text 'bad:2: task a: p: it goes round for ever' \
	<<<$'{"tasks":{"a":{"phases":{"q":{"run":1},\n"p":{"loop":-1,"sleep":0}}}}}'
bad_text 'task a: policy: SCHED_FIFO' <<<'{ "tasks" : { "a" : { "policy" : "SCHED_FIFO", "run" : 1 } } }'
bad_text 'of rt-app'"'"'s first format' <<<'{ "tasks" : { "a" : { "exec" : 5 } } }'
bad_text 'task a: timer: "period" is missing' <<<'{ "tasks" : { "a" : { "timer" : { "ref" : "t" } } } }'
bad_text 'task a: a: nothing happens in it' <<<'{ "tasks" : { "a" : { "loop" : 3 } } }'
bad_text 'bad:3: expected , or }' <<<$'{ "tasks" : {\n"a" : { "run" : 1 }\n"b" : { "run" : 1 } } }'
bad_text 'a comment has no end' <<<'/* { "tasks" : { } }'
bad_text 'expected "tasks"' <<<'{ "global" : { "duration" : 1 } }'
bad_text 'global: ' <<<'{ "global" : 3 }'
bad_text 'bad:2: task a: loop: it is there already, at line 1' <<<$'{"tasks":{"a":{"loop":1,\n"loop":5,"run":1,"run":1}}}'
bad_text 'task a: loop: it is there already' <<<'{"tasks":{"a":{"phases":{"p":{"loop":1,"loop":5,"run":1}}}}}'
bad_text 'bad:1: global: it is there already, at line 1' <<<'{"global":{},"global":{"duration":1},"tasks":{"a":{"run":1}}}'
bad_text 'duration: it is there already' <<<'{"global":{"duration":1,"duration":2},"tasks":{"a":{"run":1}}}'
bad_text 'task a: perod: not simulated, or nothing that "timer" has' \
	<<<'{"tasks":{"a":{"run":1,"timer":{"ref":"t","period":1000,"perod":5}}}}'
bad_text 'default_policy: SCHED_RR: tasks of another class' \
	<<<'{"global":{"default_policy":"SCHED_RR"},"tasks":{"a":{"run":1}}}'
bad_text 'there are no tasks' <<<'{"tasks":{"a":{"instance":0,"run":1}}}'
bad_text 'bad:2: there is a NUL byte' < <(printf '{"tasks":\n{"a\0":{"run":1}}}')
bad_text 'nested too deep' < <(printf '{ "tasks" : %s' "$(printf '[%.0s' {1..40})")

# What editors of Windows make of a file.
for text in '{"tasks":{"a":\r\n{"run":1}}}\r\n' '[hogs a]\r\ncount = 2\r\n'; do
	printf '\xef\xbb\xbf%b' "$text" >"$work/windows"
	"$clandsim" run --policy="$policies/vruntime.so" --duration=10ms "$work/windows" >/dev/null
done

# Names are shown, and not obeyed by a terminal, nor cut within a letter.
printf '[hogs \033[31mred]\ncomm = \377\n[hogs aaaaaaaaaaaaaaa\303\244]\n' >"$work/"$'\033names'
"$clandsim" run --policy="$policies/vruntime.so" --duration=10ms "$work/"$'\033names' >"$work/out"
grep -qF ' ?[31mred ' "$work/out"
! LC_ALL=C grep -q $'[\001-\011\013-\037\200-\377]' "$work/out" || { cat -v "$work/out" >&2; exit 1; }

# Rounds in which nothing takes time are none; what writes takes time, and that is said.
echo '{"tasks":{"a":{"loop":2147483647,"run":0,"mem":5},
	"b":{"loop":2,"mem":1000000,"iorun":1000,"sleep":10}}}' >"$work/rounds"
timeout 20 "$clandsim" run --policy="$policies/vruntime.so" --json "$work/rounds" >"$work/out" 2>"$work/err"
grep -qF 'note: 3 events mem or iorun are taken for computing' "$work/err"
grep -qE '"name":"b".*"run_ns":2[0-9]{5},' "$work/out"

"$clandsim" --help | grep 'Exit codes' >/dev/null
"$clandsim" run --help | grep -- '--decisions' >/dev/null
"$clandsim" --version | grep -E '^clandsim [0-9]' >/dev/null
