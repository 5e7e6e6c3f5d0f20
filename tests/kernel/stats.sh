#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The statistics say what has happened: a known number of wake-ups moves the counters by as much, and the
# histogram of waits counts as many times as the kernel's own tracepoint sees a task of the load begin
# to run; each decision is in the other histogram. The same figures come by clandctl, the stats socket of
# sched_ext's tools, the page for Prometheus and --monitor. Whoever floods those sockets keeps neither
# the policy nor the supervisor from their work.
# limit: 400

. "$(dirname "$0")/lib.sh"

readonly ROUNDS=3000 STATS=/run/scx/root/stats PAGE=/run/scx-cland/metrics.sock
readonly SWITCHES=/sys/kernel/tracing/events/sched/sched_switch
readonly TRIGGER='hist:keys=next_comm if next_comm == "turn-client" || next_comm == "turn-server"'

# A client and a server that wake each other up so many times, by turns; told when to begin and to end.
pair="
import os, sys
def name(text):
    open('/proc/self/comm', 'w').write(text)
ask, answer = os.pipe(), os.pipe()
if os.fork():
    name('turn-client')
    def turn():
        os.write(ask[1], b'x'); os.read(answer[0], 1)
    turn()
    print('ready', flush=True); sys.stdin.readline()
    for i in range($ROUNDS):
        turn()
    print('done', flush=True); sys.stdin.readline()
    os.close(ask[1])
    os.wait()
else:
    os.close(ask[1])
    name('turn-server')
    while os.read(ask[0], 1):
        os.write(answer[1], b'x')
"

# What programs ask, in Python: line(REQUEST) at the stats socket, page(ACCEPT) over HTTP.
asking="
import json, socket, sys
def connect(path):
    s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(path); return s
def line(request, path='$STATS'):
    f = connect(path).makefile('rw')
    f.write(json.dumps(request) + '\n'); f.flush()
    return json.loads(f.readline())
def stats():
    answer = line({'req': 'stats', 'args': {'target': 'top'}})
    assert answer['errno'] == 0, answer
    return answer['args']['resp']
def page(accept='*/*', path='/metrics'):
    s = connect('$PAGE')
    s.sendall(f'GET {path} HTTP/1.1\r\nHost: x\r\nAccept: {accept}\r\n\r\n'.encode())
    text = b''
    while part := s.recv(65536):
        text += part
    head, body = text.decode().split('\r\n\r\n', 1)
    return head, body
"

ask() { python3 -c "$asking"$'\n'"$1"; }
value() { ask "print(stats()['$1'])"; }

# hear WORD: the pair says it
hear()
{
	local word=
	read -r -t "$PATIENCE" word <&"${turns[0]}" || true
	[[ $word == "$1" ]] || fail "the pair says '$word' instead of '$1'"
}

# traced: how often a task of the pair has begun to run, by the kernel's tracepoint
traced()
{
	sed -n 's/^{.*hitcount: *\([0-9]*\).*/\1/p' $SWITCHES/hist |
		awk '{ sum += $1 } END { print sum + 0 }'
}

# figures: those that the checks below compare, before and after
figures()
{
	ask "
s = stats()
print(*[s['times'][n]['count'] for n in ('runnable_to_running', 'request_to_decision')],
      *[s[n] for n in ('direct', 'leased', 'requests', 'decided')])"
}

for mode in leased strict; do
	start --decisions=$mode --metrics="$PAGE"
	coproc turns { exec chrt -o 0 python3 -c "$pair"; }
	pair_pid=$!
	hear ready
	echo "$TRIGGER" >$SWITCHES/trigger
	read -r runs decisions direct leased requests decided < <(figures)
	echo >&"${turns[1]}"
	hear "done"
	switches=$(traced)
	read -r runs_2 decisions_2 direct_2 leased_2 requests_2 decided_2 < <(figures)
	echo "!$TRIGGER" >$SWITCHES/trigger
	echo >&"${turns[1]}"
	wait "$pair_pid"
	runs=$((runs_2 - runs)) decisions=$((decisions_2 - decisions)) decided=$((decided_2 - decided))
	enqueues=$((direct_2 + leased_2 + requests_2 - direct - leased - requests))
	slack=$((switches / 50 + 50))
	note "$mode: $ROUNDS rounds; the pair began to run $switches times, by the histogram $runs times"
	note "$mode: enqueues $enqueues, requests $((requests_2 - requests)), decisions $decisions"
	# One of them sleeps until the other has woken it up, once a round.
	((switches >= ROUNDS)) || fail "the tracepoint has seen only $switches switches to the pair"
	# Who else has something to do meanwhile is in the histogram, too.
	((runs >= switches - 10 && runs <= switches + slack)) ||
		fail "the histogram has $runs waits, and the kernel switched $switches times to the pair"
	# Kernel threads that find a CPU idle are counted, too, but not timed.
	((enqueues >= runs - slack)) ||
		fail "the counters have $enqueues enqueues, and there were $runs waits"
	# read one after the other
	((decisions >= decided && decisions <= decided + 10)) ||
		fail "$decisions decisions in the histogram, $decided by the counter"
	[[ $mode == leased ]] || ((decisions >= switches - slack)) ||
		fail "only $decisions decisions for $switches wake-ups, strict"
	stop
done

note "the same figures by all ways"
start --metrics="$PAGE" --stats 0.5
normal load-hogs --count=4 --seconds=2 >/dev/null
from=$(wc -l <"$LOG")
wait_line '^scx-cland: [0-9.]+ s, vruntime, per second: ' "$from" || fail "--stats logs nothing"
normal clandctl stats --json >"$TEST_WORK/stats.json"
normal clandctl stats >"$TEST_WORK/stats.txt"
note "$(grep -A2 'p50' "$TEST_WORK/stats.txt" | tr -s ' ' | tr '\n' ';')"
grep -qE '^runnable_to_running +[1-9][0-9]* ' "$TEST_WORK/stats.txt" || fail "clandctl stats has no times"
ask "
told = json.load(open('$TEST_WORK/stats.json'))
now, meta = stats(), line({'req': 'stats_meta'})['args']['resp']
assert told['meta'] == meta
top = [m for m in meta.values() if m.get('top') == 'true']
assert len(top) == 1 and set(top[0]['fields']) == set(now) == set(told['stats'])
for name, field in top[0]['fields'].items():
    kind = field.get('datum')
    assert kind != 'u64' or isinstance(now[name], int), name
    assert kind != 'string' or isinstance(now[name], str), name
time = meta[top[0]['fields']['times']['dict']['datum']['struct']]
assert all(set(t) == set(time['fields']) for t in now['times'].values())
assert time['user']['_om_label'] and now['attached'] == now['agent_running'] == 1
head, body = page()
assert ' 200 ' in head and 'version=0.0.4' in head, head
samples = dict(l.rsplit(' ', 1) for l in body.splitlines() if not l.startswith('#'))
later = stats()
for name in ('direct', 'leased', 'requests', 'decided'):
    sample = int(samples[f'scx_cland_{name}_total'])
    assert told['stats'][name] <= now[name] <= sample <= later[name], (name, sample)
assert float(samples['scx_cland_agent_cpu_seconds_total']) > 0
head, body = page('application/openmetrics-text; version=1.0.0')
assert 'openmetrics' in head and body.endswith('# EOF\n')
assert ' 404 ' in page(path='/')[0]
assert line({'req': 'no'})['errno'] == 22 and line({'req': 'stats', 'args': {'target': 'x'}})['errno'] == 22
" || fail "the figures differ, or are not what they should be"

note "a monitor, and users that may not ask"
chrt -o 0 scx-cland --monitor 0.2 >"$TEST_WORK/monitor" 2>&1 &
monitor=$!
wait_until grep -qE '^[0-9.]+ s, vruntime, per second: ' "$TEST_WORK/monitor" || fail "--monitor says nothing"
note "$(head -n 1 "$TEST_WORK/monitor")"
kill $monitor
wait $monitor || true
for socket in $STATS $PAGE; do
	[[ $(stat -c %a "$socket") == 600 ]] || fail "$socket can be reached by others"
done

note "a flood of both sockets"
ticks_before=$(awk '{ print $14 + $15 }' "/proc/$daemon/stat")
normal python3 "$(dirname "$0")/flood.py" 5 $STATS $PAGE >"$TEST_WORK/flood" &
flood=$!
for i in 1 2 3; do
	begin=$(uptime_ms)
	normal clandctl set vruntime.slice_us=$((3000 + i)) >/dev/null || fail "a change fails beside a flood"
	note "a change beside the flood: $(($(uptime_ms) - begin)) ms"
done
wait $flood
note "$(cat "$TEST_WORK/flood"); supervisor: $(($(awk '{ print $14 + $15 }' "/proc/$daemon/stat") - ticks_before)) ticks of 10 ms"
[[ $(value agent_restarts) == 0 ]] || fail "an agent was replaced"
[[ $(value swaps) -ge 3 ]] || fail "the changes were not counted"
(($(value stats_refused) > 0)) || fail "the flood was not counted"
expect_attached

# Whoever watches is told that it has ended, and not that something may or may not have been done.
chrt -o 0 clandctl stats --watch >"$TEST_WORK/watch" 2>&1 &
watcher=$!
wait_until grep -q ' per second: ' "$TEST_WORK/watch" || fail "--watch says nothing"
stop
status=0
wait $watcher || status=$?
((status == 9)) || fail "--watch ended with status $status: $(tail -n 1 "$TEST_WORK/watch")"
grep -q '^clandctl: no scx-cland is running' "$TEST_WORK/watch" || fail "--watch does not say why it ends"
[[ ! -e $STATS && ! -e $PAGE ]] || fail "the sockets are still there"
