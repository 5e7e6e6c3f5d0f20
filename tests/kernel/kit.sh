#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A policy of somebody's own, from nothing to deciding: `clandctl policy new`, make, check, switch; and those of
# policies/examples in other languages, where their compilers are.

. "$(dirname "$0")/lib.sh"

tree=$(realpath "$(dirname "$0")/../..")
built=$TEST_WORK/built

# decides FILE NAME: running, it is asked
decides()
{
	local before

	normal clandctl switch "$1" | sed 's/^/   clandctl: /'
	[[ $(clandctl status --json | jq -r .applied.policy) == "$2" ]] || fail "$2 does not run: $(clandctl status)"
	counters
	before=$(($(count decided) + $(count leased)))
	normal load-hogs --count=$(($(nproc) * 2)) --seconds=1 | tail -n 1 | sed "s/^/   $2: /"
	counters
	(($(count decided) + $(count leased) > before)) || fail "$2 decides nothing"
	expect_attached
}

start
cd "$TEST_WORK"
clandctl policy new mine >"$built" 2>&1 || fail "policy new: $(cat "$built")"
make -C mine SCX_CLAND_INCLUDE="$tree/policies/include" >"$built" 2>&1 || fail "make: $(tail -n 5 "$built")"
clandctl policy check mine/mine.so >"$built" 2>&1 || fail "policy check: $(tail -n 5 "$built")"
note "$(tail -n 1 "$built")"
decides "$PWD/mine/mine.so" mine

for example in "$SCX_CLAND_BUILD"/policies/examples/*.so; do
	[[ -e $example ]] || continue
	decides "$example" "$(basename "$example" .so)"
done
normal clandctl switch vruntime >/dev/null
stop
