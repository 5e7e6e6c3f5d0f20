#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# clandctl compare against a daemon whose figures are made up (clandctl_daemon.c, scene "turns"): it tells
# a policy under which tasks wait longer, and calls a policy beside itself noise; it goes back to what ran
# before when it ends, is interrupted, loses its terminal or is killed; policies that fail are out, turns
# that others disturb do not count; and what cannot work is refused before anything is changed.
#
# Usage: tests/cli/compare.sh CLANDCTL DAEMON POLICIES

set -euo pipefail

clandctl=$(realpath "$1")
daemon=$(realpath "$2")
policies=$(realpath "$3")
work=$(mktemp -d)
socket=$work/control.sock
pids=()

cleanup()
{
	((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

fail()
{
	echo "compare.sh: $*" >&2
	tail -n 40 "$work"/*.out "$work"/*.err >&2
	exit 1
}

# Policies by name, also such as the daemon fails with.
mkdir "$work/policies"
cp "$policies"/{vruntime,fifo,latency-boost}.so "$work/policies"
cp "$policies/vruntime.so" "$work/policies/refused.so"
cp "$policies/vruntime.so" "$work/policies/crashed.so"
cp "$policies/rustland.so" "$work/policies/shaky.so"
cp "$policies/vruntime.so" "$work/one.so"
cp "$policies/vruntime.so" "$work/two.so"
echo none >"$work/policies/text.so"
export SCX_CLAND_POLICY_PATH=$work/policies

# daemon_start SOCKET [SCENE]
daemon_start()
{
	local line ready
	exec {ready}< <(exec "$daemon" "$1" "${2:-turns}")
	pids+=($!)
	read -r -u "$ready" line
	[ "$line" = ready ] || fail "the daemon said '$line'"
}

# at SOCKET ARGUMENT...: clandctl there
at()
{
	local path=$1
	shift
	"$clandctl" --socket "$path" "$@"
}

# start ARGUMENT...: compare beside the test, its output to last.out and last.err; sets $client, its process.
# What a shell starts like that does not listen to Ctrl-C, unless told to.
start()
{
	env --default-signal=INT "$clandctl" --socket "$socket" compare "$@" >"$work/last.out" 2>"$work/last.err" &
	client=$!
	pids+=("$client")
}

# ended STATUS WHAT: it has
ended()
{
	local got=0
	wait "$client" || got=$?
	[ "$got" -eq "$1" ] || fail "$2: ended with $got, expected $1"
}

# status: what is wanted and why, without its age
status()
{
	at "$socket" status | sed -nE 's/^wanted: *([^,]*),.*/\1/p; s/^why: *(.*)/\1/p' | paste -sd ' '
}

expect_status()
{
	local got
	got=$(status)
	# shellcheck disable=SC2053
	[[ $got == $1 ]] || fail "$2: the status is '$got', not '$1'"
}

# run STATUS ARGUMENT...: compare, whose output goes to last.out and last.err
run()
{
	local wanted=$1 got=0
	shift
	at "$socket" compare "$@" >"$work/last.out" 2>"$work/last.err" || got=$?
	[ "$got" -eq "$wanted" ] || fail "compare $*: ended with $got, expected $wanted"
}

has() { grep -qE -- "$1" "$work/${2:-last.out}" || fail "${2:-last.out} does not say '$1'"; }

# refused STATUS WORDS ARGUMENT...: not begun; nothing has been changed
refused()
{
	local wanted=$1 words=$2
	shift 2
	run "$wanted" "$@"
	grep -qF -- "$words" "$work/last.err" || fail "compare $*: no '$words'"
	[ ! -s "$work/last.out" ] || fail "compare $*: a report of nothing"
}

# ---- nobody to ask, and what cannot work ----------------------------------------------------------

refused 9 'no scx-cland is running' vruntime fifo
daemon_start "$socket.ejected" ejected
got=0
at "$socket.ejected" compare vruntime fifo >"$work/last.out" 2>"$work/last.err" || got=$?
[ $got = 1 ] || fail "not attached: ended with $got"
has 'does not schedule the machine now: the kernel has ended it' last.err

daemon_start "$socket"
refused 2 'expected two policies or more, and there is none'
refused 2 'expected two policies or more, and there is one' vruntime
refused 2 'vruntime is there twice' vruntime fifo vruntime
refused 2 'is there twice' "$work/one.so" "$work/two.so" "$work/one.so"
refused 10 "no policy 'vruntme' in" vruntime vruntme
has "did you mean 'vruntime'" last.err
refused 10 'there is no policy' vruntime "$work/none.so"
refused 11 'text.so' vruntime text
refused 2 'take --for 6s or more' vruntime fifo --for 5s
refused 2 "--for: 'soon' is no time" vruntime fifo --for soon
refused 2 "--turn: '0' is no time" vruntime fifo --turn 0
refused 2 "--turn: '2h' is more than an hour" vruntime fifo --turn 2h
refused 2 "--seed: 'x' is no whole number" vruntime fifo --seed x
refused 2 '--metric: the command is empty' vruntime fifo --metric ' '
refused 2 "unknown option '--jsno'" vruntime fifo --jsno
refused 1 'cannot be written' vruntime fifo --html "$work/none/page.html"
expect_status "vruntime configuration, /etc/scx-cland.ini" "after errors"

# A command without a number is told at once, and what ran before runs again.
for what in 'echo none:has none' 'true:has printed nothing' 'echo 1; exit 3:it ended with status 3' \
	'kill -9 $$:it was ended by signal 9'; do
	run 1 vruntime fifo --turn 1s --metric "${what%:*}"
	has "compare: --metric: .*${what##*:}" last.err
	expect_status "vruntime pid * has ended; back to: configuration, *" "$what"
done

# ---- what differs, and what does not --------------------------------------------------------------

# Both at the same time, with daemons of their own: most of it is waiting.
daemon_start "$socket.same"
at "$socket.same" compare "$work/one.so" "$work/two.so" --for 20s --turn 1s --seed 4 --json \
	>"$work/same.out" 2>"$work/same.err" &
same=$!
pids+=("$same")
run 0 vruntime fifo --for=20s --turn=1s --seed=3 --json --html="$work/page.html" \
	--metric="echo noise; sleep 1000 & echo \$! >>$work/left; echo \"\$CLAND_POLICY \$CLAND_SECONDS\" >>$work/env; echo \"it took 7\$((\$\$ % 10)) ms\""
wait "$same" || fail "the same policy under two names: ended with $?"
[ ! -s "$work/last.err" ] || fail "says something"
# What a command has left running does not run beside the next policy.
[ "$(wc -l <"$work/left")" -eq 20 ] || fail "the command has left $(wc -l <"$work/left") running, not 20"
while read -r pid; do
	# that of a process which has ended, and which nobody has reaped yet, is empty
	! grep -q sleep "/proc/$pid/cmdline" 2>/dev/null || fail "what the command has left goes on"
done <"$work/left"
python3 - "$work" <<'PYTHON'
import json, sys
work = sys.argv[1]

def result(name):
    r = json.load(open(f"{work}/{name}.out"))
    assert r["rounds"] == 10 and not r["interrupted"] and r["after"] == "" and r["before"] == "vruntime", r
    order = [(t["round"], t["name"]) for t in r["turns"]]
    assert len(order) == 20 and all(t["counts"] for t in r["turns"]), r["turns"]
    assert sorted(r for r, _ in order) == [r for r, _ in order]
    for number in range(1, 11):
        assert len({name for r, name in order if r == number}) == 2, order
    return r, {f["name"]: f["policies"][1] for f in r["figures"]}

other, figures = result("last")
assert other["seed"] == 3 and other["turn_s"] == 1 and other["settle_s"] == 0.2, other
for name in ("wait mean", "wait p50", "wait p99", "wait p99.9"):
    of = figures[name]
    assert of["real"] and of["difference"]["low"] > 1.2e6 and of["difference"]["high"] < 2.6e6, (name, of)
assert not figures["agent CPU time"]["real"], figures
own = [f for f in other["figures"] if f["name"] == "its number"][0]
assert own["unit"] == "ms" and own["group"].startswith("echo noise;"), own
assert all(70 <= v <= 79 for p in own["policies"] for v in p["values"]), own
first = [t["name"] for t in other["turns"]][::2]
assert 0 < first.count("fifo") < 10, first

same, figures = result("same")
assert same["policies"] == ["one", "two"], same["policies"]
assert not any(f["real"] for name, f in figures.items() if name.startswith("wait")), figures

env = [line.split() for line in open(f"{work}/env")]
assert sorted(e[0] for e in env) == ["fifo"] * 10 + ["vruntime"] * 10, env
assert all(0 <= float(e[1]) <= 0.8 for e in env) and any(float(e[1]) > 0 for e in env), env
PYTHON
python3 -c 'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' "$work/page.html" ||
	fail "the page is no XML"
has 'vruntime and fifo side by side' page.html

# The same seed is the same order, another one another; and the table.
for seed in 3 3 9; do
	at "$socket" compare fifo vruntime latency-boost --for 3s --turn 1s --seed "$seed" --json 2>/dev/null |
		sed -n 's/.*"round":1,"name":"\([^"]*\)".*/\1/p' | paste -sd ' ' >>"$work/orders"
done
mapfile -t orders <"$work/orders"
[[ ${orders[0]} == "${orders[1]}" && ${orders[0]} != "${orders[2]}" ]] ||
	fail "orders by seeds 3, 3, 9: ${orders[*]}"
run 0 fifo vruntime --for 2s --turn 1s
has 'note: with 1 round the intervals are worth little, and nothing can be told from noise: --for=18s gives 9' last.err
has '^  fifo: /.*/fifo.so, version .*; turns: 1$'
has '^with fewer than 5 rounds the intervals are worth little$'
has '^with 1 round nothing can be told from noise here: take --for=18s or more$'
has '^back to vruntime$'

# ---- interrupted ----------------------------------------------------------------------------------

# Each turn's command says in a pipe that it runs, and goes on; the third one belongs to the second round.
mkfifo "$work/runs"
exec {runs}<>"$work/runs"
marks() { for ((i = 0; i < $1; i++)); do read -r -t 60 -u "$runs" || fail "no turn has begun"; done; }
metric="echo >$work/runs; echo 1"

for signal in INT TERM HUP; do
	start vruntime fifo --for 40s --turn 1s --metric "$metric"
	marks 3
	kill -"$signal" "$client"
	ended 0 "SIG$signal"
	has '; interrupted$'
	has '^figures of 1 whole round$'
	expect_status "vruntime pid * has ended; back to: *" "SIG$signal"
done

# In the first turn there is nothing to report yet; a command that goes on is ended.
start vruntime fifo --metric "echo \$\$ >$work/runs; sleep 1000"
read -r -t 60 -u "$runs" command_pid || fail "no turn has begun"
kill -TERM "$client"
ended 1 "in the first turn"
has 'no whole round' last.err
! kill -0 "$command_pid" 2>/dev/null || fail "the command goes on"
expect_status "vruntime pid * has ended; back to: *" "in the first turn"

# Killed: the daemon goes back by itself.
start vruntime fifo --metric "$metric"
marks 2
kill -KILL "$client"
ended 137 "killed" 2>/dev/null
for ((i = 0; i < 600; i++)); do
	[[ $(status) != vruntime\ pid* ]] || break
	sleep 0.1 # nothing tells
done
expect_status "vruntime pid * has ended; back to: *" "killed"

# The terminal goes away; before, it has shown how far it is.
python3 - "$clandctl" "$socket" "$metric" <<'PYTHON' || fail "on a terminal"
import os, pty, sys
clandctl, socket, metric = sys.argv[1:]
pid, fd = pty.fork()
if not pid:
    os.execv(clandctl, [clandctl, "--socket", socket, "compare", "vruntime", "fifo", "--metric", metric])
said = b""
while b"round 1 of 10: " not in said or said.count(b" to go") < 3:
    said += os.read(fd, 4096)
os.close(fd)
_, status = os.waitpid(pid, 0)
assert os.WIFEXITED(status), status
PYTHON
expect_status "vruntime pid * has ended; back to: *" "without its terminal"
while read -r -t 0.01 -u "$runs"; do :; done

# ---- policies that fail ---------------------------------------------------------------------------

run 8 shaky vruntime refused fifo --for 16s --turn 1s --seed 1
has '^  shaky: .*; FAILED in round 2, and is out: signal 8 \(Floating point exception\) in its lease\(\)$'
has '^  refused: .*; FAILED in round 1, and is out: refused would not start$'
has '^figures of 4 whole rounds$'
has '^ +vruntime +fifo  $'
has '^fifo against vruntime'
has '^clandctl: note: shaky has failed in round 2' last.err
expect_status "vruntime pid * has ended; back to: *" "failed policies"
run 1 crashed vruntime --turn 1s
has '^  crashed: .*; FAILED in round 1, and is out: crashed was ended by signal 11$'
has 'no whole round' last.err

# ---- others change something meanwhile ------------------------------------------------------------

start vruntime fifo --for 6s --turn 1s --metric "$metric"
marks 3
at "$socket" switch latency-boost >/dev/null
ended 0 "somebody's switch"
has '^  round 2, [a-z]*, left out: somebody has changed what is to run \(clandctl switch by uid [0-9]*\)$'
has '^figures of 2 whole rounds$'
has '^back to latency-boost$'
expect_status "latency-boost pid * has ended; back to: clandctl switch by uid *" "somebody's switch"
while read -r -t 0.01 -u "$runs"; do :; done

# A switch for a time comes back, with the rest of its time; one below ours as well.
at "$socket" switch fifo --for 10m >/dev/null
run 0 vruntime latency-boost --for 2s --turn 1s
has '^back to fifo$'
expect_status "fifo clandctl switch by uid * for 9 min *" "a switch for a time"
at "$socket" stop >/dev/null
