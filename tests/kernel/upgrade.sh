#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `clandctl upgrade` under load: another build takes over in the same process, the scheduler stays the
# same, a switch goes on, nobody waits for long. What cannot take over is refused in words, and nothing
# has changed then.
# limit: 240

. "$(dirname "$0")/lib.sh"

export SCX_CLAND_POLICY_PATH=$SCX_CLAND_BUILD/policies	# for copies of the program

unchanged()
{
	expect_attached
	[[ $(agent) == "$serving" ]] || fail "the agent is another one after a refusal"
	clandctl status >"$TEST_WORK/status" || fail "status does not answer after a refusal"
	grep -q "process $daemon, " "$TEST_WORK/status" || fail "another process answers"
}
decided() { counters; echo $(($(count decided) + $(count renewed))); }
more_decided() { (($(decided) > before)); }
reads() { grep -q "$1" <<<"$(clandctl status)"; }

mkdir "$TEST_WORK/new"
cp "$SCX_CLAND_BUILD/core/scx-cland" "$TEST_WORK/new/scx-cland"
printf '#!/bin/sh\necho scx-cland: error: it is broken >&2\nexit 1\n' >"$TEST_WORK/new/broken"
printf '\177ELF, but no more' >"$TEST_WORK/new/cut"
chmod +x "$TEST_WORK"/new/*

cat >/etc/scx-cland.ini <<-END
[scheduler]
rescue_ms = 40
END
start
clandctl switch latency-boost --for 1h
serving=$(agent)
refused 1 'broken cannot take over: it is broken; this program goes on' \
	clandctl upgrade "$TEST_WORK/new/broken"
refused 1 'cannot take over: it cannot be executed: Exec format error' \
	clandctl upgrade "$TEST_WORK/new/cut"
refused 1 'cannot take over: it cannot be executed: No such file' \
	clandctl upgrade "$TEST_WORK/new/none"
refused 1 'does not say that it can take over: is it scx-cland' clandctl upgrade /bin/true
# the options that count from the next start are others by now
sed -i s/40/50/ /etc/scx-cland.ini
refused 1 'cannot take over: the scheduler that is there was loaded with other options' \
	clandctl upgrade
sed -i s/50/40/ /etc/scx-cland.ini
unchanged

load load-hogs --count=$(($(nproc) * 2)) --seconds=12
hogs=$loaded
load sh -c 'while :; do hackbench -g 1 -f 4 -l 50; done'
hack=$loaded
normal load-frames --period-us=20000 --work-us=500 --seconds=10 >"$TEST_WORK/frames" &
frames=$!
# Whoever asks meanwhile waits for the new program, and is not told that none runs.
(
	while [[ ! -e $TEST_WORK/upgraded ]]; do
		status=0
		clandctl status >"$TEST_WORK/meanwhile" 2>&1 || status=$?
		echo "$status: $(tail -n 1 "$TEST_WORK/meanwhile")"
	done
) >"$TEST_WORK/asked" &
asking=$!
for ((i = 1; i <= 3; i++)); do
	old=$(agent) || fail "there is no agent"
	# the second time as a package does it: another file in its place
	where=("$TEST_WORK/new/scx-cland")
	if ((i == 2)); then
		cp "$TEST_WORK/new/scx-cland" "$TEST_WORK/new/scx-cland.new"
		mv "$TEST_WORK/new/scx-cland.new" "$TEST_WORK/new/scx-cland"
		where=()
	fi
	normal clandctl upgrade "${where[@]}" || fail "upgrade $i ended with status $?"
	expect_attached
	[[ ! -e /proc/$old ]] || fail "the old agent is still there"
	new=$(agent) || fail "there is no new agent"
	[[ $(readlink "/proc/$daemon/exe") == "$TEST_WORK/new/scx-cland" ]] ||
		fail "process $daemon runs $(readlink "/proc/$daemon/exe")"
	[[ $(readlink "/proc/$new/exe") == "$TEST_WORK/new/scx-cland" ]] ||
		fail "the agent runs $(readlink "/proc/$new/exe")"
	before=$(decided)
	wait_until more_decided || fail "the new agent decides nothing"
done
touch "$TEST_WORK/upgraded"
wait $asking
note "asked $(wc -l <"$TEST_WORK/asked") times meanwhile: $(cut -d: -f1 "$TEST_WORK/asked" | sort | uniq -c | xargs)"
grep '^9:' "$TEST_WORK/asked" && fail "somebody was told that no scx-cland runs"
clandctl status --json >"$TEST_WORK/status"
grep -q '"upgrades": 3' "$TEST_WORK/status" || fail "status does not count the upgrades"
grep -q '"cause": "for"' "$TEST_WORK/status" || fail "the switch has not been gone on with"
wait "$frames" || fail "load-frames ended with status $?"
wait "$hogs" || fail "load-hogs ended with status $?"
unload "$hack"
note "hogs: $(grep '^hogs=' "$TEST_WORK/load.log")"
note "frames: $(tr ' ' '\n' <"$TEST_WORK/frames" | grep -E '^(frames|missed|wake_)' | tr '\n' ' ')"

# A second instance is refused as before, and changes of policy are handed over between agents again.
refused 5 "running already, as process $daemon" scx-cland
clandctl switch fifo
clandctl reload
# While an agent is started the new program is not asked: it would be taken for the agent.
for ((i = 0; i < 5; i++)); do
	kill -KILL "$(agent)"
	status=0
	clandctl upgrade >"$TEST_WORK/refused" 2>&1 || status=$?
	note "status $status: $(tail -n 1 "$TEST_WORK/refused")"
	[[ $status == 0 || $status == 16 ]] || fail "an upgrade beside a restart ended with $status"
	wait_until agent >/dev/null || fail "there is no agent any more"
done
grep -q 'cannot take over: Operation' "$LOG" && fail "an agent could not take over"
wait_until reads '^policy: *vruntime' || fail "reload does not end the switches"
expect_attached
stop
[[ ! -e /sys/fs/bpf/scx-cland ]] || fail "a stop leaves pins"
[[ ! -e /run/scx-cland/note ]] || fail "a stop leaves its note"

# Not to be had where the scheduler ends with the program.
start --persist=no
serving=$(agent)
refused 1 'the configuration says persist = no' clandctl upgrade
unchanged
stop
