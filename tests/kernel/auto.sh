#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# [auto NAME]: the policy follows batteries, load and processes, in place, with its reason in the log and in
# `clandctl status`; it goes back when that ends, and does not flap with a load that swings; what a person
# asks for counts over it; a rule whose policy cannot be had, or is in quarantine, is passed over, once. The power profile is
# that of a service on the bus.
# not as a service: the load is made by a mount over /proc/loadavg, which the unit's namespace does not have

. "$(dirname "$0")/lib.sh"

readonly CONFIG=$TEST_WORK/auto.ini POWER=$TEST_WORK/power LOADAVG=$TEST_WORK/loadavg
readonly BUS=/run/dbus/system_bus_socket

# In one write of the same length: who reads meanwhile must not see half of it.
load_is() { printf '%s' "$1" 1<>"$LOADAVG"; }

plug()
{
	printf '%s\n' "$1" 1<>"$POWER/AC/online"
}

# changed FROM TO WHY: the log says so after line $from; then $from is the line that it is at.
changed()
{
	wait_line "^scx-cland: policy $1 -> $2: $3; decisions paused for" "$from" ||
		fail "no change from $1 to $2: $3"
	expect_attached
	from=$(wc -l <"$LOG")
}

status_says() { clandctl status | grep -E -- "$1" >/dev/null; }
says_status() { wait_until status_says "$1" || fail "clandctl status does not say: $1"; }

# unchanged: no change of policy since line $from
unchanged()
{
	! tail -n +"$((from + 1))" "$LOG" | grep -E 'policy [a-z-]+ (->|stays)' ||
		fail "the policy has changed"
}

configure()
{
	cat >"$CONFIG.new"
	mv "$CONFIG.new" "$CONFIG"
}

rules()
{
	cat <<-END
	[scheduler]
	policy = vruntime

	[auto game]
	process = game-te*
	hold = 1s
	mode = gaming

	[auto busy]
	load_above = 4
	load_below = 2
	hold = 6s
	policy = deadline

	[auto battery]
	on_battery = yes
	hold = 2s
	policy = fifo

	[mode.gaming]
	policy = latency-boost
	END
}

mkdir -p "$POWER/AC" "$POWER/BAT0"
echo Mains >"$POWER/AC/type"
echo Battery >"$POWER/BAT0/type"
echo Full >"$POWER/BAT0/status"
plug 1
echo '0.50 0.50 0.50 1/100 1000' >"$LOADAVG"
[[ -d /sys/class/power_supply ]] || fail "this kernel knows no power supplies"
mount --bind "$POWER" /sys/class/power_supply
mount --bind "$LOADAVG" /proc/loadavg
cp "$(command -v sleep)" "$TEST_WORK/game-test"

rules | configure
start --config="$CONFIG"
from=$(wc -l <"$LOG")
says_status '^auto: +game does not apply: no game-te\* runs$'
says_status '^ +battery does not apply: not on battery$'

note "the plug is pulled"
plug 0
changed vruntime fifo '\[auto battery\]: on battery'
says_status '^why: +\[auto battery\]: on battery$'
says_status '^ +battery applies: on battery$'
clandctl status --json | grep '"cause": "auto"' >/dev/null || fail "the cause is another one"

note "load"
load_is 9.00
changed fifo deadline '\[auto busy\]: the load 9\.00 is above 4\.00'
says_status '^ +battery applies, below another one: on battery$'
for load in 3.00 5.00 2.00 4.50 3.99 4.01 2.10 6.00 2.50; do
	load_is "$load"
	sleep 6
done
unchanged

note "a game"
load "$TEST_WORK/game-test" 10000
game=$loaded
changed deadline latency-boost '\[auto game\]: game-te\* runs'
clandctl status --json | grep '"mode": "gaming"' >/dev/null || fail "the mode is another one"
load_is 0.50
says_status '^ +busy does not apply: the load 0\.50 is below 2\.00$'
unchanged
unload "$game"
changed latency-boost fifo \
	'\[auto game\] has ended, as no game-te\* runs; back to: \[auto battery\]: on battery'

note "a person's switch counts over it, until clandctl reload"
clandctl switch rustland >/dev/null
says_status '^ +battery applies: on battery; what clandctl has asked for counts over it$'
from=$(wc -l <"$LOG")
plug 1
wait_line '^scx-cland: \[auto battery\] has ended, as not on battery; what clandctl has asked for counts' \
	"$from" || fail "it does not say what goes on below the switch"
plug 0
wait_line '^scx-cland: \[auto battery\] applies: on battery; what clandctl has asked for counts over it' "$from" ||
	fail "it does not say what goes on below the switch"
unchanged
clandctl reload | tee "$TEST_WORK/reload"
from=$(grep -n 'policy rustland -> fifo' "$LOG" | tail -n 1 | cut -d: -f1)
[[ $from ]] || fail "clandctl reload does not go back to the rules"

note "what cannot be had is passed over, once"
{
	printf '[auto gone]\non_battery = yes\npolicy = nowhere\n'
	rules
} | configure
wait_line '^scx-cland: warning: \[auto gone\] applies \(on battery\), and is passed over: ' "$from" ||
	fail "it does not say that it passes over a rule"
says_status '^auto: +gone applies, and its policy cannot be had: on battery$'
says_status '^ +battery applies: on battery$'
load_is 9.00
changed fifo deadline '\[auto busy\]: the load 9\.00 is above 4\.00'
load_is 0.50
changed deadline fifo '\[auto busy\] has ended, as the load 0\.50 is below 2\.00; back to: \[auto battery\].*'
[[ $(grep -c 'auto gone\] applies' "$LOG") == 1 ]] || fail "it says more than once that it passes over a rule"

note "a policy that gets into quarantine: the next rule counts"
mine=$TEST_WORK/mine.so
cp "$SCX_CLAND_BUILD/tests/plugins/misbehave_segv.so" "$mine"
load load-hogs --count=4 --seconds=10000 # it takes some decisions to fail
hogs=$loaded
{
	printf '[auto shaky]\nprocess = game-te*\nhold = 0\npolicy = %s\n' "$mine"
	rules
} | configure
wait_line '4 \[auto\] rules are followed from now on' "$from" || fail "the rules are not taken"
says_status '^auto: +shaky does not apply: no game-te\* runs$'
load "$TEST_WORK/game-test" 10000
game=$loaded
changed fifo misbehave-segv '\[auto shaky\]: game-te\* runs'
wait_line '^scx-cland: warning: \[auto shaky\] applies .*, and is passed over: policy misbehave-segv is in quarantine' \
	"$from" || fail "a policy in quarantine is not passed over"
changed fifo latency-boost '\[auto shaky\] cannot be followed; back to: \[auto game\]: game-te\* runs'
says_status '^auto: +shaky applies, and its policy cannot be had: game-te\* runs$'
unload "$game" "$hogs"
changed latency-boost fifo '\[auto game\] has ended, as no game-te\* runs; back to: \[auto battery\]: on battery'
[[ $(grep -c 'auto shaky\] applies' "$LOG") == 1 ]] || fail "it says more than once that it is in quarantine"
expect_attached

note "another start begins with what applies"
daemon_kill
launch --config="$CONFIG" || fail "it does not start again"
expect_attached
grep -q 'policy fifo is what to begin with (\[auto battery\]: on battery)' "$LOG" || fail "it begins otherwise"
grep -q '^scx-cland: running: policy fifo' "$LOG" || fail "it begins with another policy"
from=$(wc -l <"$LOG")

note "the power profile, from a service that comes later; without one, the battery's"
mkdir -p "${BUS%/*}"
if [[ ! -S $BUS ]]; then
	load dbus-daemon --session --address="unix:path=$BUS" --nofork
	bus=$loaded
	wait_until test -S "$BUS" || fail "no bus"
fi
configure <<-END
	[auto save]
	power_profile = power-saver
	hold = 0
	policy = fifo

	[auto fast]
	power_profile = performance
	hold = 0
	policy = latency-boost
END
says_status '^auto: +save applies: the power profile is power-saver \(on battery\)$'
from=$(wc -l <"$LOG")
mkfifo "$TEST_WORK/commands"
# shellcheck disable=SC2016 # the inner shell expands these
load bash -c 'exec /usr/bin/python3 "$1" "unix:path=$2" <"$3"' - \
	"$(dirname "$0")/../cli/fake_power.py" "$BUS" "$TEST_WORK/commands"
service=$loaded
exec {commands}>"$TEST_WORK/commands"
echo 'own net.hadess.PowerProfiles performance' >&"$commands"
changed fifo latency-boost \
	'\[auto save\] has ended, as the power profile is performance \(power-profiles-daemon\); back to: \[auto fast\].*'
echo 'set net.hadess.PowerProfiles balanced' >&"$commands"
changed latency-boost vruntime '.*the power profile is balanced \(power-profiles-daemon\); back to: configuration.*'
exec {commands}>&-
wait "$service" || true
changed vruntime fifo '\[auto save\]: the power profile is power-saver \(on battery\)'
[[ -z ${bus:-} ]] || unload "$bus"

note "no rules, no following"
configure <<<''
changed fifo vruntime 'the configuration was saved'
! status_says '^auto:' || fail "there are rules left"
stop
umount /proc/loadavg /sys/class/power_supply
