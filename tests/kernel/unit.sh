# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The service in a guest that systemd has booted (tests/vm/run --systemd); sourced, by lib.sh too. The
# unit is the one that `cmake --install` puts there. A drop-in names the options of a test, its log and
# the policies; what the unit forbids stays forbidden.
#
#   unit_install           install the build; its scx-cland comes first on PATH
#   unit_start [OPTION...] have systemd start scx-cland; sets $daemon to a process that lives as long
#   unit_wait              wait for its end; sets $ended, as a shell would
#   unit_sweep             end it, whatever state it is in, and forget it
#   unit_show PROPERTY     what systemd knows of it

readonly UNIT=scx-cland.service
readonly UNIT_DROP_IN=/run/systemd/system/$UNIT.d/test.conf

unit_show() { systemctl show --value --property="$1" $UNIT; }

unit_install()
{
	local program

	cmake --install "$SCX_CLAND_BUILD" >/run/installed
	systemctl daemon-reload
	program=$(sed -n 's/^ExecStart=//p' "$(unit_show FragmentPath)")
	PATH=${program%/*}:$PATH
}

# A word that systemd reads as it stands.
unit_word()
{
	local word=$1

	word=${word//\\/\\\\}
	word=${word//\"/\\\"}
	word=${word//%/%%}
	printf ' "%s"' "${word//\$/\$\$}"
}

# A test says itself when it starts again. How it has ended comes through a pipe, from ExecStopPost=, which
# systemd executes then; opened for both, it is not waited for where nobody listens any more.
unit_start()
{
	local word

	mkdir -p "${UNIT_DROP_IN%/*}"
	{
		printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=no\nNice=%d\n' "${start_nice:-0}"
		[[ ! ${SCX_CLAND_POLICY_PATH+set} ]] ||
			printf 'Environment="SCX_CLAND_POLICY_PATH=%s"\n' "$SCX_CLAND_POLICY_PATH"
		printf 'StandardOutput=append:%s\nStandardError=inherit\n' "$LOG"
		# shellcheck disable=SC2016 # for systemd's shell
		printf 'ExecStopPost=/bin/sh -c "echo $$EXIT_CODE $$EXIT_STATUS 1<>%s/ended"\n' "$TEST_WORK"
		printf 'ExecStart=\nExecStart=%s' "$(command -v scx-cland)"
		for word; do
			unit_word "$word"
		done
		echo
	} >"$TEST_WORK/drop-in"
	if ! cmp -s "$TEST_WORK/drop-in" $UNIT_DROP_IN; then
		cp "$TEST_WORK/drop-in" $UNIT_DROP_IN
		systemctl daemon-reload
	fi
	[[ -p $TEST_WORK/ended ]] || mkfifo "$TEST_WORK/ended"
	cat "$TEST_WORK/ended" >"$TEST_WORK/how" &
	unit_end=$!
	daemon=$unit_end
	systemctl reset-failed $UNIT 2>/dev/null || true
	systemctl start --no-block $UNIT
}

unit_wait()
{
	local how

	wait "$unit_end"
	read -r how ended <"$TEST_WORK/how"
	[[ $how == exited ]] || ended=$((128 + $(kill -l "$ended")))
}

unit_sweep()
{
	systemctl kill --signal=KILL $UNIT 2>/dev/null || true
	systemctl stop $UNIT 2>/dev/null || true
	systemctl reset-failed $UNIT 2>/dev/null || true
	rm -f $UNIT_DROP_IN
	systemctl daemon-reload
}
