#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A policy exports its table and nothing else, and takes from outside only what a policy has use
# for: memory and string functions, snprintf() for what it logs, and the heap for create() and
# destroy().
#
# Usage: tests/cli/policy_symbols.sh POLICY.so...

set -euo pipefail

[ $# -gt 0 ] || { sed -n '4,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }

useful='^(malloc|calloc|free|(__)?snprintf(_chk)?|mem(cpy|move|set|cmp)|str(len|nlen|cmp|ncmp)|__stack_chk_fail'
useful+='|__cxa_finalize|__gmon_start__|_ITM_(de)?registerTMCloneTable)$'
err=0
for policy; do
	exported=$(nm -D --defined-only --format=just-symbols "$policy")
	if [ "$exported" != cland_policy ]; then
		printf '%s must export cland_policy only, and exports:\n%s\n' "$policy" "$exported" >&2
		err=1
	fi
	taken=$(nm -D --undefined-only --format=just-symbols "$policy" | sed 's/@.*//' |
		grep -vE "$useful" || true)
	if [ -n "$taken" ]; then
		printf '%s uses what a policy has no use for:\n%s\n' "$policy" "$taken" >&2
		err=1
	fi
done
exit $err
