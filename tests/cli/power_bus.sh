#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# core/auto/power_bus.c on a bus of its own: services that come later, change, go, start again, say what is no
# profile, or nothing; and a bus that is not there yet, goes and comes again.
#
# Usage: tests/cli/power_bus.sh PROBE

set -euo pipefail

probe=$1
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
bus_pid=
service_pid=
probe_pid=
readonly UPOWER=org.freedesktop.UPower.PowerProfiles HADESS=net.hadess.PowerProfiles
readonly TUNED=com.redhat.tuned PATIENCE=60

# shellcheck disable=SC2317 # by the trap
at_exit()
{
	local pid

	for pid in $probe_pid $service_pid $bus_pid; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap at_exit EXIT

fail()
{
	echo "power_bus.sh: $*" >&2
	echo "--- the probe's log:" >&2
	cat "$work/log" >&2
	exit 1
}

bus_start()
{
	local address

	exec {address_of}< <(exec dbus-daemon --session --address="unix:path=$work/socket" \
		--nofork --print-address 2>&1)
	bus_pid=$!
	# it listens when it says so
	read -t $PATIENCE -r address <&"$address_of" || fail "no bus"
	[[ $address == *"$work/socket"* ]] || fail "the bus says: $address"
}

bus_end()
{
	kill "$bus_pid"
	while kill -0 "$bus_pid" 2>/dev/null; do read -t $PATIENCE -r _ <&"$address_of" || break; done
	exec {address_of}<&-
	bus_pid=
	rm -f "$work/socket"
}

service_start()
{
	[[ -p $work/commands ]] || mkfifo "$work/commands"
	exec {done_of}< <(exec /usr/bin/python3 "$here/fake_power.py" "unix:path=$work/socket" <"$work/commands" 2>&1)
	service_pid=$!
	exec {commands}>"$work/commands"
}

service_kill()
{
	kill -KILL "$service_pid"
	exec {commands}>&- {done_of}<&-
	service_pid=
}

do_()
{
	local line

	echo "$*" >&"$commands"
	read -t $PATIENCE -r line <&"$done_of" || fail "the service does not answer to '$*'"
	[[ $line == "done" ]] || fail "the service says of '$*': $line"
}

# known LINE: the next thing that the probe says, and it must be that.
known()
{
	local line

	read -t $PATIENCE -r line <&"$out" || fail "nothing comes; expected '$1'"
	[[ $line == "$1" ]] || fail "it is '$line'; expected '$1'"
}

# said TEXT: in the probe's log, by now or soon
said()
{
	local follow follower found=0

	exec {follow}< <(exec tail -n +1 -f --pid="$probe_pid" "$work/log")
	follower=$!
	timeout $PATIENCE grep -qF -m1 -- "$1" <&"$follow" || found=$?
	exec {follow}<&-
	kill "$follower" 2>/dev/null || true
	((found == 0)) || fail "it has not said: $1"
}

exec {out}< <(exec "$probe" "$work/socket" 2>"$work/log")
probe_pid=$!
known none
said 'No such file or directory'

# The bus comes, and services later.
bus_start
service_start
do_ own $HADESS balanced
known 'balanced power-profiles-daemon'
do_ set $HADESS performance
known 'performance power-profiles-daemon'
do_ set $HADESS power-saver
known 'power-saver power-profiles-daemon'

# Two that say something: the first counts, as long as it is there.
do_ own $TUNED throughput-performance
do_ own $UPOWER balanced
known 'balanced power-profiles-daemon'
do_ release $UPOWER
known 'power-saver power-profiles-daemon'
do_ release $HADESS
known 'performance tuned'
do_ set $TUNED balanced-battery
known 'power-saver tuned'
do_ set $TUNED balanced
known 'balanced tuned'

# What is no profile says nothing, and is said once.
do_ own $UPOWER int:5
said "$UPOWER) does not say which power profile is active: its answer is no text"
do_ set $UPOWER performance
known 'performance power-profiles-daemon'
do_ set $UPOWER list:performance
known 'balanced tuned'
do_ set $UPOWER power-saver
known 'power-saver power-profiles-daemon'
do_ set $UPOWER turbo
known 'balanced tuned'
[[ $(grep -c "($UPOWER)" "$work/log") = 1 ]] || fail "it complains more than once"
do_ set $TUNED int:7
known none
do_ set $TUNED virtual-guest
known 'balanced tuned'

# The services die; others that do not answer, and die; and come again.
service_kill
known none
service_start
do_ own $UPOWER silence
do_ own $TUNED powersave
known 'power-saver tuned'
service_kill
known none
service_start
do_ own $UPOWER performance
known 'performance power-profiles-daemon'

# The bus dies, and comes again with the same services.
bus_end
known none
exec {commands}>&- {done_of}<&-
bus_start
service_start
do_ own $UPOWER power-saver
known 'power-saver power-profiles-daemon'

# A service that never answers is given up, and does not hide the other.
do_ own $TUNED throughput-performance
do_ set $UPOWER silence
known 'performance tuned'
kill -0 "$probe_pid" || fail "the probe has ended"
