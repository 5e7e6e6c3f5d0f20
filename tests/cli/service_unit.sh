#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What systemd itself says of the unit: nothing wrong with it, and how much it leaves open. Skipped (77)
# where systemd is not installed; it need not run.
#
# Usage: tests/cli/service_unit.sh UNIT SCX_CLAND CLANDCTL    the unit, and programs that exist

set -euo pipefail

readonly OPEN_MAX=29	# tenths of systemd's "exposure level", of 10; with nothing forbidden it is 96

command -v systemd-analyze >/dev/null || { echo "no systemd-analyze here" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unit=$work/scx-cland.service

# What it says of other units of this machine's is not for us to mend.
verify()
{
	local status=0

	systemd-analyze verify --man=no --recursive-errors=no "$unit" >"$work/said" 2>&1 || status=$?
	((status == 0)) && ! grep -qF scx-cland "$work/said"
}

is_closed()
{
	systemd-analyze security --offline=true --threshold=$OPEN_MAX "$unit" >"$work/said" 2>&1
}

# The programs are not installed where it looks for them.
sed "s|^\(ExecStart=\)[^ ]*/scx-cland|\1$2|; s|^\(ExecReload=\)[^ ]*/clandctl|\1$3|" "$1" >"$unit"
grep -qF "ExecStart=$2" "$unit" && grep -qF "ExecReload=$3" "$unit"
if ! verify || ! is_closed; then
	cat "$work/said" >&2
	exit 1
fi
tail -n 1 "$work/said"

# Checks that cannot fail prove nothing.
sed -i 's/^\[Install\]/Mistake=yes\n&/' "$unit"
if verify || ! grep -q "Mistake" "$work/said"; then
	echo "a key that systemd does not know is not found" >&2
	exit 1
fi
printf '[Service]\nExecStart=/bin/true\n' >"$unit"
if is_closed; then
	echo "a unit that forbids nothing is found closed" >&2
	exit 1
fi
