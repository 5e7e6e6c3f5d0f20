#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/unit/test_control.c once more, on a machine that has the group scx-cland: in a mount namespace
# whose /etc/group has it. Skipped (77) where that cannot be had.
#
# Usage: tests/cli/control_group.sh TEST_CONTROL

set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

grep -v '^scx-cland:' /etc/group >"$work/group"
echo 'scx-cland:x:64999:' >>"$work/group"
unshare --mount true 2>/dev/null || { echo "no mount namespace to be had here" >&2; exit 77; }

# shellcheck disable=SC2016 # for the inner shell
unshare --mount bash -euc '
	mount --bind "$1" /etc/group
	getent group scx-cland >/dev/null
	"$2"' - "$work/group" "$1" 2>&1 | tee "$work/said"
grep -q 'OK ] control__only_root_and_the_group_may_ask' "$work/said"
