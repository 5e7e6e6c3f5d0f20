#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# In a guest with a clean Debian under systemd, by tests/packages/run: the packages are installed, all of them at
# once, and schedule nothing before somebody enables the service; edited settings count at once; packages are
# upgraded, all of them and one policy, and the very same scheduler is attached throughout, by the same
# process, with what was switched to and with the settings as the user left them; removed, they give the
# machine back, also when somebody has killed the daemon; purged, they leave nothing.

set -euo pipefail

readonly SCX=/sys/kernel/sched_ext UNIT=scx-cland.service INI=/etc/scx-cland.ini
readonly PATIENCE_S=120
export DEBIAN_FRONTEND=noninteractive

step() { printf '%5d s: %s\n' "$SECONDS" "$*"; }

fail()
{
	printf 'FAILED: %s\n' "$*"
	journalctl --no-pager --quiet --output=cat --unit=$UNIT | tail -n 30 | sed 's/^/   | /'
	tail -n 30 /run/apt.log | sed 's/^/   | /'
	exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR

wait_until()
{
	local end=$((SECONDS + PATIENCE_S))

	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

apt() { apt-get -q -y -o APT::Sandbox::User=root --no-install-recommends "$@" >>/run/apt.log 2>&1; }
unit_is() { [[ $(unit_show ActiveState) == "$1" ]]; }
unit_show() { systemctl show --value --property="$1" $UNIT; }
upgrades() { clandctl status --json | sed -n 's/^ *"upgrades": *\([0-9]*\).*/\1/p'; }
runs() { clandctl status | grep "^policy: *$1" >/dev/null; }
state_is() { [[ $(<$SCX/state) == "$1" ]]; }

# The scheduler is the one that $seq is of, looked after by the process $daemon.
same()
{
	state_is enabled || fail "the scheduler is $(<$SCX/state)"
	[[ $(<$SCX/enable_seq) == "$seq" ]] || fail "the scheduler was attached anew"
	[[ $(unit_show MainPID) == "$daemon" ]] || fail "the main process is another one"
	[[ $(unit_show NRestarts) == 0 ]] || fail "systemd has started it anew"
	[[ $(readlink "/proc/$daemon/exe") == /usr/sbin/scx-cland ]] ||
		fail "it still runs the program from before: $(readlink "/proc/$daemon/exe")"
}

gone()
{
	state_is disabled || fail "the scheduler is $(<$SCX/state) after a removal"
	[[ ! -e /sys/fs/bpf/scx-cland ]] || fail "pins are left: $(ls /sys/fs/bpf/scx-cland)"
	[[ ! -e /usr/sbin/scx-cland ]] || fail "the program is left"
}

step "install"
apt install /packages/1/*.deb
state_is disabled
unit_is inactive || fail "the service runs unasked"
! systemctl --quiet is-enabled $UNIT || fail "the service is enabled unasked"
getent group scx-cland >/dev/null || fail "there is no group scx-cland"
scx-cland --check-config
docs=/usr/share/doc/scx-cland/docs
while read -r picture; do
	[[ -s $docs/$picture ]] || fail "$picture is not beside the document that shows it"
done < <(grep -oh '[a-z-]*\.svg' $docs/*.md)

step "enable"
while sleep 0.1; do :; done &
systemctl --quiet enable --now $UNIT
state_is enabled || fail "the scheduler is $(<$SCX/state)"
[[ $(<$SCX/root/ops) == cland* ]] || fail "the scheduler is $(<$SCX/root/ops)"
[[ $(stat -c %G:%a /run/scx-cland/control.sock) == scx-cland:660 ]] ||
	fail "the socket is $(stat -c %G:%a /run/scx-cland/control.sock)"
seq=$(<$SCX/enable_seq)
daemon=$(unit_show MainPID)
runs vruntime || fail "the policy is not vruntime"

step "edit $INI"
sed -i 's/^#policy = vruntime/policy = fifo/' $INI
wait_until runs fifo || fail "the edited policy does not come"
clandctl switch latency-boost --for 5h
same

step "upgrade"
apt -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install /packages/2/*.deb
[[ $(dpkg-query -W -f '${Version}' scx-cland) == *+next ]] || fail "the package is not upgraded"
same
[[ $(upgrades) -ge 1 ]] || fail "nothing has taken over"
runs latency-boost || fail "the switch did not outlast the upgrade"
grep -q '^policy = fifo' $INI || fail "the settings are not as the user left them"
grep -q '# of the next version' $INI.dpkg-dist || fail "the next version's settings are not beside"
clandctl reload
runs fifo || fail "the settings do not count any more"

step "upgrade of the policy that runs"
before=$(upgrades)
apt --allow-downgrades install /packages/1/scx-cland-policy-fifo_*.deb
[[ $(upgrades) == $((before + 1)) ]] || fail "another build of the policy is not taken"
same
runs fifo

step "remove"
apt remove scx-cland
gone
[[ -e $INI ]] || fail "a removal takes the settings"
wait_until unit_is inactive || fail "the service is $(unit_show ActiveState) after a removal"

step "remove what was killed"
apt -o Dpkg::Options::=--force-confold install /packages/2/*.deb
state_is disabled || fail "an install attaches a scheduler"
scx-cland >/run/by-hand 2>&1 &
daemon=$!
wait_until grep -q '^scx-cland: running: policy fifo' /run/by-hand || fail "it does not start by hand"
kill -KILL "$daemon"
wait "$daemon" || true
state_is enabled || fail "a kill detaches it"
apt remove scx-cland
gone

step "remove what was started by hand, and purge"
apt install /packages/1/*.deb -o Dpkg::Options::=--force-confnew --allow-downgrades
scx-cland >/run/by-hand 2>&1 &
daemon=$!
wait_until grep -q '^scx-cland: running: ' /run/by-hand || fail "it does not start by hand"
apt purge 'scx-cland*' clandsim
gone
wait "$daemon" || fail "it ended with status $?"
for path in $INI /etc/scx-cland.d /run/scx-cland/control.sock /usr/lib/scx-cland /usr/share/scx-cland \
	/usr/share/doc/scx-cland /usr/include/scx-cland /usr/bin/clandsim /usr/bin/clandctl; do
	[[ ! -e $path ]] || fail "$path is left"
done
complaints=$(dmesg | grep -Ef /run/added/complaints || true)
[[ ! $complaints ]] || fail "the kernel complained: $complaints"
step "done"
