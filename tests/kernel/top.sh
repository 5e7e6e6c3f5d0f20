#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl top on a terminal and as text, under the kernel's own scheduler and under ours: two hogs of
# different nice levels on one CPU, and a task that is woken up every 17 ms. What it says of CPU time is
# what the kernel has counted, what it says of waits is what its tracepoints have measured (task-waits), and
# decisions are those of the daemon's counters, with the reasons, leads and leases of the policy that decides. Keys
# sort, filter, open a task's page and end it, and the terminal is then as it was; also one of 1978.
#
# The screens in docs are this test's:
#	tests/kernel/run top | sed -n 's/^   picture |//p' >docs/top.txt	# README.md has it, too
#	tests/kernel/run top | sed -n 's/^   page |//p' >docs/top-task.txt
#
# limit: 500

. "$(dirname "$0")/lib.sh"

# The period is none of top's own: it would wake up together with it, or never.
readonly PERIOD_US=17300 WORK_US=2000 FRAMES=9
export TMUX_TMPDIR=$TEST_WORK LC_ALL=C.UTF-8

# ---- loads ---------------------------------------------------------------------------------------

# Loads with names that nothing else has.
begin_loads()
{
	local name

	for name in hog-fast hog-slow; do
		cp "$(command -v load-hogs)" "$TEST_WORK/$name"
	done
	cp "$(command -v load-frames)" "$TEST_WORK/frames"
	load taskset -c 1 "$TEST_WORK/hog-fast" --count=1 --seconds=600
	loads=("$loaded")
	load taskset -c 1 "$TEST_WORK/hog-slow" --count=1 --nice=5 --seconds=600
	loads+=("$loaded")
	load "$TEST_WORK/frames" --period-us=$PERIOD_US --work-loops="$work_loops" --seconds=600
	loads+=("$loaded")
	frames=$loaded
	wait_until has_child hog-fast
	wait_until has_child hog-slow
	fast=$(hog hog-fast)
	slow=$(hog hog-slow)
}

# The one that computes is the child of the one that waits for it.
hog() { pgrep -x "$1" | tail -n 1; }
has_child() { (($(pgrep -cx "$1") == 2)); }

# ran PID: the CPU time that the kernel has counted for it, in ns
ran()
{
	local ns
	read -r ns _ <"/proc/$1/schedstat"
	echo "$ns"
}

# ---- as text -------------------------------------------------------------------------------------

# figures WHAT: top as text beside the kernel's own figures, in files; then they are compared. Top's last frame
# tells of the five seconds before it, in which nothing begins or ends.
figures()
{
	local begin top
	local -A before=()

	note "$1"
	: >"$TEST_WORK/top.txt"
	normal clandctl top --batch -n $FRAMES >"$TEST_WORK/top.txt" 2>&1 &
	top=$!
	wait_until grep -q ' hog-slow ' "$TEST_WORK/top.txt" || fail "clandctl top shows nothing"
	begin=$(uptime_ms)
	for pid in "$fast" "$slow" "$frames"; do
		before[$pid]=$(ran "$pid")
	done
	clandctl stats --json >"$TEST_WORK/before.json" 2>/dev/null || true
	normal task-waits sleep $((FRAMES + 1)) >"$TEST_WORK/waits.json"
	clandctl stats --json >"$TEST_WORK/after.json" 2>/dev/null || true
	for pid in "$fast" "$slow" "$frames"; do
		echo "$pid $(($(ran "$pid") - ${before[$pid]})) $(($(uptime_ms) - begin))"
	done >"$TEST_WORK/ran"
	wait $top || fail "clandctl top ended with status $?: $(cat "$TEST_WORK/top.txt")"
	(($(grep -c '^ *PID ' "$TEST_WORK/top.txt") == FRAMES)) || fail "-n $FRAMES does not print so many frames"
	awk -v RS= '{ last = $0 } END { print last }' "$TEST_WORK/top.txt" | head -n 12 | sed 's/^/   | /'
	compare || fail "$1: the figures are not right"
}

compare()
{
	python3 - "$TEST_WORK" "$fast" "$slow" "$frames" $PERIOD_US <<-'END'
	import json, re, sys
	work, fast, slow, frames, period_us = sys.argv[1], *map(int, sys.argv[2:])
	frames_told = open(f"{work}/top.txt").read().strip().split("\n\n")
	text = frames_told[-1]
	waits = {w["comm"]: w["wait"] for w in json.load(open(f"{work}/waits.json"))["waits"]}
	units = {"us": 1e3, "ms": 1e6, "s": 1e9}
	def ns(word):
	    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s)", word).groups()
	    return float(number) * units[unit]
	def rows_of(frame):
	    lines = [line.split() for line in frame.splitlines()]
	    return {int(words[0]): dict(zip(("nice", "cpu", "runs", "wakes", "p50", "p99", "on", "comm"), words[1:]))
	            for words in lines if len(words) >= 9 and words[0].isdigit()}
	all_rows = [rows_of(frame) for frame in frames_told[1:]]
	rows = all_rows[-1]
	def within(what, got, least, most):
	    print(f"   {what}: {got:.4g}, of {least:.4g} to {most:.4g}")
	    assert least <= got <= most, f"{what}: {got} is not from {least} to {most}"
	# The mean of top's frames, beside that of a time that is a little longer: it has the start of task-waits in it,
	# whose BPF program the kernel loads, and whoever runs meanwhile pays for the interrupts of that.
	for line in open(f"{work}/ran"):
	    pid, ran_ns, took_ms = map(int, line.split())
	    share = ran_ns / took_ms / 1e4
	    mean = sum(float(frame[pid]["cpu"]) for frame in all_rows) / len(all_rows)
	    within(f"{rows[pid]['comm']}: CPU [%]", mean, share * 0.9 - 3, share * 1.1 + 1)
	within("hogs together [%]", float(rows[fast]["cpu"]) + float(rows[slow]["cpu"]), 85, 100.2)
	assert rows[slow]["nice"] == "5" and rows[fast]["nice"] == "0", rows
	assert rows[slow]["on"].startswith("1"), rows
	within("woken up a second", float(rows[frames]["wakes"]), 0.9e6 / period_us, 1.1e6 / period_us)
	# A percentile of top's is the end of a step of a quarter.
	def waits_of(pid, quantile, name, measured, less, more):
	    within(f"{name}: wait {quantile} [us]", ns(rows[pid][quantile]) / 1e3, waits[name][measured] / 1e3 * less,
	           waits[name][measured] / 1e3 * more + 10)
	for pid, name in (fast, "hog-fast"), (slow, "hog-slow"):
	    waits_of(pid, "p50", name, "p50_ns", 0.8, 1.4)
	    waits_of(pid, "p99", name, "p99_ns", 0.4, 2.5)
	# It finds its CPU idle; of such wake-ups task-waits does not see all.
	within("frames: wait p50 [us]", ns(rows[frames]["p50"]) / 1e3, 0, 1000)
	cpus = dict(re.findall(r"^CPU +(\d+)\[.*\] +([0-9.]+)%", text, re.M))
	within("CPU 1 busy [%]", float(cpus["1"]), 98, 100.1)
	try:
	    before, after = (json.load(open(f"{work}/{name}.json"))["stats"] for name in ("before", "after"))
	except ValueError:
	    assert "the kernel's own scheduler has the machine" in text
	else:
	    assert re.search(r"^scx-cland .*: vruntime for .*, leased; agent [0-9.]+ % CPU", text, re.M), text
	    seconds = (after["taken"] - before["taken"]) / 1e9
	    told = dict(re.findall(r"(lease|strict|direct|rescue|fallback) (\d+)", text))
	    for word, counter in ("lease", "leased"), ("direct", "direct"):
	        rate = (after[counter] - before[counter]) / seconds
	        within(f"{counter} a second", float(told[word]), rate * 0.6 - 10, rate * 1.4 + 10)
	    assert re.search(r"^runnable to running: p50 .* p99 ", text, re.M), text
	END
}

# ---- on a terminal -------------------------------------------------------------------------------

screen() { tmux capture-pane -p -t top; }
shows() { screen | grep -E -- "$1" >/dev/null; }

# see TEXT: until it is on the screen
see()
{
	local end=$(($(uptime_ms) + PATIENCE * 1000))

	# Not all the time: a look takes processes that come before those that are looked at.
	until shows "$1"; do
		(($(uptime_ms) < end)) || fail "'$1' does not come on the screen, which is:"$'\n'"$(screen)"
		sleep 0.2
	done
}

# has_keys_in LINE: that names them
has_keys_in() { screen | sed -n "$1p" | grep '^q quit ' >/dev/null; }

keys() { tmux send-keys -t top "$@"; }

# A shell on a terminal of 80 by 24, whose settings are noted.
open_terminal()
{
	tmux -f /dev/null new-session -d -s top -x 80 -y 24 "PS1='ready> ' chrt -o 0 bash --norc --noprofile -i"
	see '^ready>'
	keys "stty -g >$TEST_WORK/stty.before" Enter
	wait_until test -s "$TEST_WORK/stty.before"
}

# begin_top PREFIX: on that terminal
begin_top()
{
	keys "clear; $1 clandctl top --delay 0.5; echo status=\$?" Enter
	see '^ +PID +NI +CPU%'
	see ' hog-fast\b'
}

# What was there before is there again, and can be typed at.
end_top()
{
	keys q
	see '^status=0$'
	[[ $(tmux display-message -p -t top '#{alternate_on} #{cursor_flag}') == '0 1' ]] ||
		fail "the terminal is left on its other screen, or without a cursor"
	rm -f "$TEST_WORK/stty.after"
	keys "stty -g >$TEST_WORK/stty.after" Enter
	wait_until test -s "$TEST_WORK/stty.after"
	cmp -s "$TEST_WORK/stty.before" "$TEST_WORK/stty.after" || fail "the terminal's settings have changed"
}

# print WHAT: the screen, for whoever reads the output
print() { screen | sed "s/^/   $1 |/"; }

# What keys do. It ends on the page of hog-slow.
walk()
{
	has_keys_in 24 || fail "the keys are not in the last line"
	see '^q quit  s sort: cpu'
	# The hog that has most is the first row, and marked; how much it is was checked without a terminal.
	see "^> *$fast +0 +[0-9]+\.[0-9] .* hog-fast"
	keys s
	see '^q quit  s sort: wait'
	see "^> .* hog-slow"
	keys s
	see 's sort: wakes'
	keys s s s
	see 's sort: cpu'
	keys /
	see '^filter by name or cgroup: _'
	keys -l frames
	see '^filter by name or cgroup: frames_'
	see "^> *$frames .* frames"
	! shows '^[> ] *[0-9]+ .* hog-' || fail "the filter lets others through"
	keys Enter
	see '/ filter: frames'
	keys Enter
	see "^frames $frames: "
	see '^ .* woken by interrupt .* slept '
	keys Escape
	see 's sort: cpu'
	keys Escape
	see '/ filter  Enter'
	keys /
	keys -l hog-
	see '^filter by name or cgroup: hog-_'
	keys Enter
	see '/ filter: hog-'
	see "^> *$fast "
	keys Down
	see "^> *$slow "
	keys Enter
	see "^hog-slow $slow: ordinary, nice 5, weight 335|^hog-slow $slow: .*nice 5, weight 335"
	see ' put off for hog-fast '
	see ' put off +[0-9.]+ms hog-fast '
}

# ---- what the policy says ------------------------------------------------------------------------

# page_has PID TEXT...: its page, of the two seconds from now on; each a regular expression
page_has()
{
	local pid=$1 text

	normal clandctl top --once --delay 2 --pid "$pid" >"$TEST_WORK/page.txt" || fail "no page of $pid"
	shift
	for text; do
		grep -qE -- "$text" "$TEST_WORK/page.txt" ||
			fail "the page does not say '$text': $(cat "$TEST_WORK/page.txt")"
	done
	grep -E '^(lease|why|the policy)' "$TEST_WORK/page.txt" | sed 's/^/   | /'
}

# row_has NAME TEXT: its row in the list, where that has all columns
row_has()
{
	normal clandctl top --once --delay 2 --filter "$1" >"$TEST_WORK/frames.txt"
	grep -qE "[ +]$1 +$2" "$TEST_WORK/frames.txt" ||
		fail "the row of $1 does not say '$2': $(cat "$TEST_WORK/frames.txt")"
}

# A policy's own words for what it does, and the lead that it gives. $frames sleeps often and computes shortly.
reasons()
{
	page_has "$slow" '^lease: slice 3\.0 ms' ' leased .* weighted fair, by its nice level$'
	normal clandctl switch latency-boost >/dev/null || fail "no change to latency-boost"
	# Several looks, a tenth of a second and more apart.
	sleep 3
	page_has "$frames" '^lease: slice 3\.0 ms, lead 10\.0 ms' \
		'boosted: (wakes|has woken) up often and compute[sd] shortly'
	page_has "$fast" '^lease: slice 3\.0 ms(, ends in |;)' \
		' (leased|decided|renewed) .* ordinary: computes for too long at a time$'
	page_has "$slow" ' (leased|decided|renewed) .* not boosted: its weight asks for less$'
	row_has frames '[a-z]+ +\+10ms +([0-9.]+m?s|-) /test'
	grep -qE '[RWS]\+frames ' "$TEST_WORK/frames.txt" || fail "there is no mark for a boost"
	row_has hog-slow '[a-z]+ +- +([0-9.]+m?s|-) /test'
	# A policy that knows nothing of boosts, which the configuration names again: the host adds the lead.
	printf '[scheduler]\npolicy = vruntime\n[rule ahead]\ncomm = hog-slow\nboost = 2\n' >"$TEST_WORK/top.ini"
	wait_until boosted || fail "the rule's lead is not in the list"
	page_has "$slow" '^lease: slice 3\.0 ms, lead 6\.0 ms' \
		' leased .* weighted fair, and ahead of its turn as a \[rule\] says$'
}

# The configuration is read when it is saved; by then its row has the lead.
boosted() { clandctl top --once --delay 0.5 --filter hog-slow | grep ' +6\.0ms ' >/dev/null; }

# ---- the test ------------------------------------------------------------------------------------

for program in clandctl task-waits tmux stty; do
	command -v $program >/dev/null || fail "there is no $program"
done
work_loops=$(normal load-frames --calibrate --work-us=$WORK_US)
work_loops=${work_loops#*=}

note "who may not, and where"
refused 4 'takes root' setpriv --reuid=65534 clandctl top --once
refused 1 'this is no terminal; use --once' clandctl top
refused 2 'is none of cpu, wait' clandctl top --once --sort=size
refused 1 'no task 4000000 has done anything' clandctl top --once --delay 0.2 --pid 4000000

begin_loads
open_terminal
figures "under the kernel's own scheduler"
begin_top ''
see '^no scx-cland is running: the kernel.s own scheduler has the machine'
walk
print 'the kernel'
end_top

note "under scx-cland"
: >"$TEST_WORK/top.ini"
start --config="$TEST_WORK/top.ini"
figures "under scx-cland"
begin_top ''
see '^scx-cland .*: vruntime for .*, leased; agent '
# Without what the test itself does to look at it.
sleep 3
print picture
walk
see '^lease: slice 3\.0 ms'
see '^ .* leased .* weighted fair, by its nice level'
print page
keys Escape
# Another size.
tmux resize-window -t top -x 130 -y 40
wait_until has_keys_in 40 || fail "the keys are not in the last line of a larger screen: $(screen)"
end_top
tmux resize-window -t top -x 80 -y 24

note "a terminal that knows little"
begin_top 'TERM=vt100 NO_COLOR=1'
see "^> *$fast "
end_top
keys "clear; TERM=no-such-terminal clandctl top; echo status=\$?" Enter
see "^clandctl: top: the terminal is of no known kind \(TERM is 'no-such-terminal'\)"
see '^status=1$'
keys "clear; TERM=dumb clandctl top; echo status=\$?" Enter
see "^clandctl: top: the terminal cannot have its cursor moved \(TERM is 'dumb'\)"
see '^status=1$'

note "another scheduler below it"
begin_top ''
keys /
keys -l hog-slow
keys Enter
keys Enter
see '^hog-slow '
see '^ +[0-9.]+(us|ms) (leased|decided) '
stop
see '^no scx-cland is running: the kernel.s own scheduler has the machine'
start --config="$TEST_WORK/top.ini"
see '^scx-cland .*: vruntime for '
see '^ +[0-9.]+(us|ms) (leased|decided) '
daemon_kill
see '^no scx-cland is running; its part in the kernel goes on by the last leases'
launch --config="$TEST_WORK/top.ini"
see '^scx-cland .*: vruntime for '
see '^ +[0-9.]+(us|ms) (leased|decided) '
keys Escape Escape
end_top

note "it ends by itself when it is told to, or its terminal goes"
begin_top ''
kill -TERM "$(pgrep -x clandctl)"
see '^status=0$'
begin_top ''
top=$(pgrep -x clandctl)
tmux kill-server
wait_until [ ! -e "/proc/$top" ] || fail "clandctl top goes on without a terminal"

note "a task's page as text, and the list filtered"
normal clandctl top --once --delay 1 --pid "$slow" >"$TEST_WORK/page.txt"
grep -q "^hog-slow $slow: " "$TEST_WORK/page.txt" || fail "--pid does not show the task's page"
grep -q ' leased ' "$TEST_WORK/page.txt" || fail "the page has no decisions: $(cat "$TEST_WORK/page.txt")"
normal clandctl top --once --filter hog- >"$TEST_WORK/frames.txt"
grep -q ' hog-slow ' "$TEST_WORK/frames.txt" || fail "--filter does not let through what it is to"
! grep -qE '^ *[0-9]+ .* frames ' "$TEST_WORK/frames.txt" || fail "--filter lets others through"

note "reasons, leads and leases"
reasons
expect_attached
unload "${loads[@]}"
stop
