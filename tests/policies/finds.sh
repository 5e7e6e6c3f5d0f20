#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The tests of policies find what they look for: each plugin breaks one rule, and contract must say
# which; first-come-first-served knows no weights, and shares must say so.
#
# Usage: tests/policies/finds.sh CONTRACT SHARES PLUGIN_DIR PLUGIN...

set -euo pipefail

contract=$1 shares=$2 plugins=$3
shift 3

# expect WORDS COMMAND...: the command must fail with 1 and say the words.
expect()
{
	local words=$1 said code=0
	shift

	said=$("$@" 2>&1) || code=$?
	if [ "$code" -ne 1 ] || ! grep -qF -- "$words" <<< "$said"; then
		printf '%s: exit code %d, without "%s":\n%s\n' "$*" "$code" "$words" "$said" >&2
		return 1
	fi
}

failed=0
for plugin; do
	case $plugin in
	hot_allocates) words='called the allocator' ;;
	hot_clock) words='did not get the same decisions' ;;
	hot_far_ranks) words='not on the scale of clock_ns' ;;
	hot_lease) words="a lease's rate is 0" ;;
	hot_syscall) words='a hot function calls the system' ;;
	*)
		echo "finds.sh does not know what is wrong with $plugin" >&2
		exit 1
		;;
	esac
	expect "$words" "$contract" "$plugins/$plugin.so" || failed=1
done
expect OFF "$shares" "$plugins/minimal.so" || failed=1
exit $failed
