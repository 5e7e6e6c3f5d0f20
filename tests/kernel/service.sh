#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A service of systemd, by the unit that is installed and with all that it forbids: enabled, it has the
# machine when the boot's target is reached; reload, switch, rules by program, rules that follow the machine,
# faults of a policy and an upgrade do what they do without; killed, it goes on where it was, and so it does when it hangs and
# systemd's watchdog has killed it; ended by the kernel, it is started again; with a mistake in the settings it is not. No system call of its own is missing.
# not as a service: it is about nothing else, and starts it itself
# limit: 400

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/faults.sh"

readonly INI=/etc/scx-cland.ini PINS=/sys/fs/bpf/scx-cland BUS=/run/dbus/system_bus_socket
readonly PLUGIN=$plugins/misbehave_segv.so

expect_unit() # PROPERTY VALUE
{
	[[ $(unit_show "$1") == "$2" ]] || fail "the unit's $1 is $(unit_show "$1"), not $2"
}

expect_policy() # NAME
{
	[[ $(json .applied.policy) == "$1" ]] || fail "policy $(json .applied.policy) runs, not $1"
	expect_attached
}

systemctl_says() # TEXT
{
	journalctl --sync
	systemctl status --no-pager --lines=30 $UNIT >"$TEST_WORK/systemctl" 2>&1 || true
	grep -qE -- "$1" "$TEST_WORK/systemctl" || {
		sed 's/^/   | /' "$TEST_WORK/systemctl"
		fail "systemctl status does not say '$1'"
	}
}
status_is() { [[ $(unit_show StatusText) == "$1" ]]; }

# What all its lives have said, in $LOG; $from is where the next part of the test begins.
read_journal() { journalctl --quiet --output=cat --unit=$UNIT >"$LOG"; }
mark() { read_journal && from=$(wc -l <"$LOG"); }
has_said() { read_journal && tail -n +$((from + 1)) "$LOG" | grep -E -- "$1" >/dev/null; }
logged() { wait_until has_said "$1" || fail "the journal does not say '$1'"; }

# After its main process has ended: another one is there, and ready.
started_again() # TIMES
{
	logged '^scx-cland: running: '
	wait_until eval "[[ \$(unit_show SubState) == running ]]" || fail "it is not ready again"
	expect_unit NRestarts "$1"
	[[ $(unit_show MainPID) != "$daemon" ]] || fail "the main process is the same"
	daemon=$(unit_show MainPID)
}

same_main() { expect_unit MainPID "$daemon"; }

edit() { sed -i "$1" $INI; }

kill_agent()
{
	mark
	kill -KILL "$(agent)"
	logged 'agent [0-9]+ runs policy'
	same_main
	expect_attached
}

# Rules that follow the machine, by what is asked on the system bus and by what runs; then what was before.
follow_machine() # FROM: the policy that the settings want
{
	cp $INI "$TEST_WORK/unruled.ini"
	mark
	cat >>$INI <<-'END'

		[auto game]
		process = game-te*
		hold = 0
		policy = rustland

		[auto save]
		power_profile = power-saver
		hold = 0
		policy = fifo
	END
	logged '2 \[auto\] rules are followed from now on'
	mark
	echo 'set net.hadess.PowerProfiles power-saver' >&"$power"
	logged "policy $1 -> fifo: \[auto save\]: the power profile is power-saver \(power-profiles-daemon\)"
	expect_policy fifo
	mark
	load "$TEST_WORK/game-test" 10000
	logged 'policy fifo -> rustland: \[auto game\]: game-te\* runs'
	expect_policy rustland
	mark
	unload "$loaded"
	logged 'policy rustland -> fifo: \[auto game\] has ended, as no game-te\* runs; back to: \[auto save\]'
	mark
	echo 'set net.hadess.PowerProfiles balanced' >&"$power"
	logged "policy fifo -> $1: \[auto save\] has ended, as the power profile is balanced"
	expect_policy "$1"
	cp "$TEST_WORK/unruled.ini" $INI
	systemctl reload $UNIT
}

refuse_start() # STATUS: the unit does not start, and systemd leaves it at that
{
	systemctl reset-failed $UNIT 2>/dev/null || true
	! systemctl start $UNIT 2>"$TEST_WORK/systemctl" || fail "it starts"
	expect_unit ExecMainStatus "$1"
	expect_unit SubState failed
	expect_unit NRestarts 0
}

unit_install
cat >$INI <<-'END'
	[scheduler]
	policy = vruntime

	[rule other]
	exe = */other
	weight_factor_pct = 200
END
systemctl start systemd-journald
mark

# As at boot.
systemctl enable $UNIT 2>/dev/null
[[ $(systemctl is-enabled $UNIT) == enabled ]] || fail "it cannot be enabled"
begin=$(uptime_ms)
systemctl start multi-user.target
note "systemd has reached its target after $(($(uptime_ms) - begin)) ms"
expect_unit ActiveState active
# From 254 on systemd can wait longer each time; the build went by the one that is here.
if (($(systemctl --version | sed -n '1s/^systemd \([0-9]*\).*/\1/p') >= 254)); then
	expect_unit RestartUSec 100ms
	expect_unit RestartSteps 3
	expect_unit RestartMaxDelayUSec 10s
else
	expect_unit RestartUSec 3s
fi
daemon=$(unit_show MainPID)
seq_at_start=$(enable_seq)
expect_attached
logged '^scx-cland: running: policy vruntime'
systemctl_says "Status: \"policy vruntime \(leased\) on $(nproc) CPUs\""
systemctl_says 'scx-cland: running: policy vruntime'
[[ -e $PINS/link_ops ]] || fail "the scheduler is not pinned"
[[ $(<"/proc/$daemon/oom_score_adj") == -1000 ]] || fail "the OOM killer may end it"
[[ $(</proc/sys/vm/compact_unevictable_allowed) == 0 ]] || fail "locked memory may be moved"
grep -q '^NoNewPrivs:[[:space:]]*1' "/proc/$daemon/status" || fail "the unit's limits are not there"
note "limits: $(grep -E '^(CapBnd|Seccomp_filters):' "/proc/$daemon/status" | tr -s '\t\n' ' ')"
[[ $(readlink "/proc/$daemon/ns/net") != $(readlink /proc/self/ns/net) ]] || fail "it has a network"

# A process of another user's: which program that runs, CAP_SYS_PTRACE lets it see.
cp "$(command -v load-hogs)" "$TEST_WORK/other"
chmod 755 /run/test "$TEST_WORK"
load setpriv --reuid=12345 --clear-groups "$TEST_WORK/other" --count=1 --seconds=600
other=$loaded
is_hinted() { (($(json .rules.tasks) > 0)); }
wait_until is_hinted || fail "the rule by program finds nobody"

# From switches to what the settings want, from one setting to another, and not to a mistake.
normal clandctl switch fifo >/dev/null
expect_policy fifo
wait_until status_is "policy fifo (leased) on $(nproc) CPUs" ||
	fail "systemd is told '$(unit_show StatusText)'"
systemctl reload $UNIT
expect_policy vruntime
edit 's/= vruntime/= deadline/'
systemctl reload $UNIT
expect_policy deadline
mark
edit 's/^policy/polcy/'
! systemctl reload $UNIT 2>"$TEST_WORK/systemctl" || fail "reload takes a mistake"
logged "$INI:2: unknown key 'polcy'"
expect_policy deadline
expect_unit ActiveState active
edit 's/^polcy/policy/'
systemctl reload $UNIT
same_main

# Where an administrator tries something.
cp "$plugins/good.so" /tmp/good.so
normal clandctl switch /tmp/good.so >/dev/null || fail "it does not see what is in /tmp"
expect_policy good
normal clandctl switch deadline >/dev/null

# A service that says what the power profile is, on a bus where the system's is.
mkdir -p /run/dbus
[[ ! -S $BUS ]] || fail "there is a bus already"
load dbus-daemon --session --address="unix:path=$BUS" --nofork
bus=$loaded
wait_until test -S "$BUS" || fail "no bus"
cp "$(command -v sleep)" "$TEST_WORK/game-test"
mkfifo "$TEST_WORK/power"
# shellcheck disable=SC2016 # the inner shell expands these
load bash -c 'exec /usr/bin/python3 "$1" "unix:path=$2" <"$3"' - \
	"$(dirname "$0")/../cli/fake_power.py" "$BUS" "$TEST_WORK/power"
exec {power}>"$TEST_WORK/power"
echo 'own net.hadess.PowerProfiles balanced' >&"$power"
# it reads a line when there is something to read, so there must not be two
wait_until grep -q '^done' "$TEST_WORK/load.log" || fail "no service: $(tail -n 1 "$TEST_WORK/load.log")"
follow_machine deadline
same_main

# Faults.
kill_agent
mark
normal clandctl switch "$PLUGIN" >/dev/null || fail "the plugin cannot be loaded"
logged 'policy misbehave-segv is in quarantine: it has failed 3 times'
wait_until status_is "policy deadline (leased) on $(nproc) CPUs, as misbehave-segv is in quarantine" ||
	fail "systemd is told '$(unit_show StatusText)'"
expect_policy deadline
same_main

# As a package does: other files in the same places.
cmake --install "$SCX_CLAND_BUILD" >/dev/null
normal clandctl upgrade | sed 's/^/   /'
same_main
expect_attached
expect_unit ActiveState active
[[ $(json .upgrades) == 1 ]] || fail "status does not count the upgrade"
normal clandctl switch vruntime >/dev/null
wait_until status_is "policy vruntime (leased) on $(nproc) CPUs" ||
	fail "systemd is told '$(unit_show StatusText)' after an upgrade"
expect_unit NRestarts 0

# Killed, and ended by the kernel.
mark
kill -KILL "$daemon"
started_again 1
logged 'going on with the scheduler that is there'
expect_attached
mark
allowed_complaints='sched_ext:.*disabled'
echo S >/proc/sysrq-trigger
logged 'the kernel has ended the scheduler: .*[Ss]ysrq'
started_again 2
kernel_log | grep 'Main process exited, code=exited, status=7' >/dev/null ||
	fail "it did not end with 7: $(kernel_log | grep 'scx-cland.service' | tail -n 5)"
seq_at_start=$(enable_seq)
expect_attached

# One that hangs is killed when it has given no sign of life, and gives them while nothing happens.
expect_unit WatchdogUSec 1min
quiet=$(uptime_ms)
sleep 90
expect_unit NRestarts 2
same_main
mark
kill -STOP "$daemon"
started_again 3
note "a stopped one was replaced, $(($(uptime_ms) - quiet)) ms after the quiet began"
expect_attached

systemctl stop $UNIT
state_is disabled || fail "a stop leaves the scheduler $(state)"
[[ ! -e $PINS ]] || fail "a stop leaves pins: $(ls $PINS)"
expect_unit ExecMainStatus 0
expect_unit Result success
[[ $(</proc/sys/vm/compact_unevictable_allowed) == 1 ]] || fail "a stop leaves the switch off"

# What a new start does not mend.
edit 's/^policy/polcy/'
refuse_start 2
systemctl_says "scx-cland: error: $INI:2: unknown key 'polcy'"
edit 's/^polcy/policy/'
chrt -o 0 scx-cland >>"$TEST_WORK/by-hand" 2>&1 &
daemon=$!
wait_until grep -q '^scx-cland: running: ' "$TEST_WORK/by-hand" || fail "it does not start by hand"
refuse_start 5
systemctl_says "running already, as process $daemon"
kill -TERM "$daemon"
daemon_wait

# Whatever system call is missing is the end of it now, not an error that nobody may look at.
mkdir -p "${UNIT_DROP_IN%/*}"
printf '[Service]\nSystemCallErrorNumber=kill\n' >$UNIT_DROP_IN
systemctl daemon-reload
systemctl reset-failed $UNIT
systemctl start $UNIT || fail "it does not start: a system call is missing"
daemon=$(unit_show MainPID)
seq_at_start=$(enable_seq)
wait_until is_hinted || fail "the rule by program finds nobody"
normal clandctl switch fifo >/dev/null
systemctl reload $UNIT
follow_machine deadline
kill_agent
normal clandctl upgrade | sed 's/^/   /'
same_main
expect_policy deadline
systemctl stop $UNIT
expect_unit Result success
unload "$other"
exec {power}>&-
unload "$bus"

journalctl --sync
read_journal
denied=$(grep -E 'not permitted|Permission denied|Read-only file|SIGSYS|Bad system call' "$LOG" || true)
note "$(grep 'decisions: ' "$LOG" | tail -n 1)"
[[ ! $denied ]] || fail "the unit forbids what it needs: ${denied%%$'\n'*}"
