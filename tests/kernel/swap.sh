#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Another policy while tasks run: the scheduler stays attached, nobody is left waiting, and from then
# on tasks run as the new policy says, also those that were there before. Argument: leased or strict.

. "$(dirname "$0")/lib.sh"

ini=$TEST_WORK/scx-cland.ini

# configure POLICY [SECTION LINE...]: save the file as an editor does, by renaming
configure()
{
	{
		printf '[scheduler]\npolicy = %s\n' "$1"
		shift
		(($# == 0)) || printf '%s\n' "$@"
	} >"$ini.new"
	mv "$ini.new" "$ini"
}

saved() { :; } # saving is enough
hup() { kill -HUP "$daemon"; }

swap() # HOW TEXT POLICY...: configure, ask for it, wait for TEXT
{
	local how=$1 text=$2 from

	shift 2
	from=$(wc -l <"$LOG")
	configure "$@"
	$how
	wait_line '^scx-cland: policy ' "$from" || fail "nothing is said of the change"
	swapped=$(tail -n +"$((from + 1))" "$LOG" | grep -m1 '^scx-cland: policy ')
	note "$swapped"
	[[ $swapped =~ $text ]] || fail "the answer does not match '$text': $swapped"
}

# Two hogs of one CPU, nice 0 and 10: vruntime gives 9.3 : 1 (weights 1024 and 110), fifo takes turns.
ratio() # FILE
{
	awk '/^hog=/ {
		for (i = 1; i <= NF; i++) {
			split($i, pair, "=")
			value[pair[1]] = pair[2]
		}
		share[value["nice"]] = value["share"]
	}
	END { printf "%.2f\n", share[0] / share[10] }' "$1"
}

is_between() { awk -v x="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(x >= lo && x <= hi) }'; }

configure vruntime
start --config="$ini" --decisions="$1"
load stress-ng --cpu "$(nproc)" --pipe 2 -t 100
stress=$loaded
normal load-hogs --count=2 --nice=0,10 --cpus=0 --seconds=4 >"$TEST_WORK/before"
load_out=$TEST_WORK/across
chrt -o 0 load-hogs --count=4 --seconds=12 >"$load_out" 2>&1 &
across=$!

first=$(agent)
swap hup '^scx-cland: policy vruntime -> fifo: SIGHUP; decisions paused for [0-9.]+ us, [0-9]+ tasks adopted$' fifo
[[ $(agent) != "$first" ]] || fail "the agent is the same one"
wait_until eval '! kill -0 '"$first"' 2>/dev/null' || fail "the old agent does not end"
[[ ! $swapped =~ \ ([0-3])\ tasks ]] || fail "only ${BASH_REMATCH[1]} tasks have been adopted"
normal load-hogs --count=2 --nice=0,10 --cpus=0 --seconds=4 >"$TEST_WORK/after"
before=$(ratio "$TEST_WORK/before")
after=$(ratio "$TEST_WORK/after")
note "nice 0 against nice 10: $before under vruntime, $after under fifo"
is_between "$before" 6 12 || fail "vruntime gives $before, not 9.3"
is_between "$after" 0.4 2.5 || fail "fifo gives $after, not 1"

swap saved '-> rustland: the configuration was saved; ' rustland
normal clandctl switch deadline | sed 's/^/   clandctl: /'
grep -q -- '-> deadline: .*clandctl switch' "$LOG" || fail "clandctl has not switched to deadline"
# In place, not by renaming.
from=$(wc -l <"$LOG")
printf '[scheduler]\npolicy = latency-boost\n' >"$ini"
wait_line '-> latency-boost: the configuration was saved; ' "$from" || fail "saving in place is not seen"
swap saved '-> vruntime: ' vruntime
swap saved 'policy vruntime with new parameters: ' vruntime '[policy.vruntime]' 'slice_us = 2000'
swap hup 'policy vruntime stays \(SIGHUP\): it runs already' \
	vruntime '[policy.vruntime]' 'slice_us = 2000'
# What was saved is under way when somebody asks to reload: that waits, and then has nothing to do.
for policy in deadline vruntime; do
	configure "$policy"
	normal clandctl reload | sed 's/^/   clandctl: /'
	normal clandctl status | grep "^policy: *$policy" >/dev/null || fail "reload is answered before $policy runs"
done

wait "$across" || fail "load-hogs ended with status $?"
gap=$(awk '/^hog=/ { for (i = 1; i <= NF; i++) if ($i ~ /^max_gap_ms=/) {
	split($i, p, "="); if (p[2] > max) max = p[2] } } END { print max }' "$load_out")
note "longest wait of a hog across the changes: $gap ms"
# Under fifo the one of nice 10 runs as much as the other, and owes it for that afterwards: it waits until
# the guard against starvation acts.
is_between "$gap" 0 800 || fail "a hog has waited for $gap ms"

# For a time, and for as long as a process lives; then back, by itself.
load sleep 1000
game=$loaded
normal clandctl switch fifo --hold "$game" | sed 's/^/   clandctl: /'
normal clandctl status | sed 's/^/   | /'
from=$(wc -l <"$LOG")
unload "$game"
wait_line 'policy fifo -> vruntime: ' "$from" || fail "the end of a process does not end its hold"
from=$(wc -l <"$LOG")
normal clandctl switch fifo --for 2s >/dev/null
wait_line 'policy fifo -> vruntime: ' "$from" || fail "the end of the time does not end a switch"

# Modes: a policy and parameters under one name, for as long as is wanted.
applied() { clandctl status --json | jq -r ".$1"; }
swap saved 'policy vruntime stays ' vruntime \
	'[mode.calm]' 'policy = rustland' 'rustland.runtime_cap_ms = 50'
normal clandctl mode calm | sed 's/^/   clandctl: /'
[[ $(applied desired.mode) == calm && $(applied applied.policy) == rustland ]] || fail "mode calm: $(clandctl status)"
from=$(wc -l <"$LOG")
normal clandctl set rustland.runtime_cap_ms=50 >/dev/null
wait_line 'policy rustland stays .*: it runs already' "$from" || fail "it does not have the mode's parameter"
normal clandctl mode none >/dev/null
[[ $(applied desired.mode) == none && $(applied applied.policy) == vruntime ]] || fail "mode none: $(clandctl status)"
# Parameters of a policy that does not run count when it does.
said=$(normal clandctl set rustland.runtime_cap_ms=70)
[[ $said == 'policy vruntime stays: what was set counts when the policy that it is for runs' ]] || fail "set says: $said"
normal clandctl switch rustland >/dev/null
said=$(normal clandctl set rustland.runtime_cap_ms=70)
[[ $said == 'policy rustland: nothing to change' ]] || fail "what was set before the switch does not count: $said"
normal clandctl switch vruntime >/dev/null
from=$(wc -l <"$LOG")
normal clandctl mode calm --for 2s >/dev/null
wait_line 'policy rustland -> vruntime: ' "$from" || fail "the end of the time does not end a mode"

unload "$stress"
counters
note "${counted[*]@K}"
expect_attached
stop
grep -q 'agents replaced: 0' "$LOG" || fail "an agent has been lost"

# A volume as Kubernetes makes it of a ConfigMap: a link to a link to a folder; another folder takes its place at
# once. And clandctl stop.
volume=$TEST_WORK/volume
volume_is() # POLICY
{
	mkdir -p "$volume/..$1"
	printf '[scheduler]\npolicy = %s\n' "$1" >"$volume/..$1/scx-cland.ini"
	ln -s "..$1" "$volume/..data_new"
	mv -T "$volume/..data_new" "$volume/..data"
}
volume_is vruntime
ln -s ..data/scx-cland.ini "$volume/scx-cland.ini"
start --config="$volume/scx-cland.ini" --decisions="$1"
for policy in fifo deadline; do
	from=$(wc -l <"$LOG")
	volume_is "$policy"
	wait_line "-> $policy: the configuration was saved; " "$from" || fail "a volume that is swapped is not seen"
	[[ $(applied applied.policy) == "$policy" ]] || fail "$policy does not run"
done
expect_attached
normal clandctl stop | sed 's/^/   clandctl: /'
daemon_wait
((ended == 0)) || fail "clandctl stop: scx-cland ended with status $ended"
state_is disabled || fail "clandctl stop leaves the scheduler $(state)"
