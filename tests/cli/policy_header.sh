#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# scx-cland/policy.h alone is what a policy's author includes: it must compile without a warning as
# pedantic C11 and as C++20, and CLAND_POLICY() must export one symbol from both.
#
# Usage: tests/cli/policy_header.sh COMPILER...
# Every compiler must do C. Those that lack C++ are passed over for that, but one must have it.

set -euo pipefail

[ $# -gt 0 ] || { sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }

include=$(cd "$(dirname "$0")/../../policies/include" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/policy.c" <<'END'
#include <scx-cland/policy.h>
#include <scx-cland/policy.h>

static const struct cland_param params[] = {
	{ .name = "a", .unit = "ms", .help = "x", .min = 0, .max = 9, .def = 1,
	  .type = CLAND_PARAM_U64, .reserved = 0 },
	{ .name = NULL, .unit = NULL, .help = NULL, .min = 0, .max = 0, .def = 0,
	  .type = 0, .reserved = 0 },
};

static uint64_t rank(void *policy, const struct cland_task *task)
{
	(void)policy;
	return (task->flags & CLAND_TASK_WAKEUP) ? task->clock_ns : task->vtime_ns;
}

static void lease(void *policy, const struct cland_task *task, struct cland_lease *terms)
{
	(void)policy;
	terms->rate = (uint32_t)((uint64_t)CLAND_RATE_ONE * CLAND_WEIGHT_NICE_0 / task->weight);
	terms->flags |= CLAND_LEASE_KEEP;
}

CLAND_POLICY(.task_priv_size = 8, .name = "x", .summary = "x", .params = params, .rank = rank,
	     .lease = lease);
END

flags=(-pedantic-errors -Wall -Wextra -Wconversion -Wshadow -Werror -fvisibility=hidden -fPIC
	-I "$include" -o "$work/policy.o" -c "$work/policy.c")

# exports WHAT: the object just made has cland_policy, and nothing else, for others to see.
exports()
{
	local symbols

	symbols=$(nm --extern-only --defined-only --format=just-symbols "$work/policy.o")
	[ "$symbols" = cland_policy ] || { echo "$1 exports: $symbols" >&2; exit 1; }
}

cxx=0
for compiler; do
	"$compiler" -std=c11 -Wmissing-prototypes -Wstrict-prototypes "${flags[@]}"
	exports "$compiler, C11,"
	if "$compiler" -x c++ -std=c++20 -fsyntax-only /dev/null 2> /dev/null; then
		# fields left out are zero, which is the point of the table
		"$compiler" -x c++ -std=c++20 "${flags[@]}" -Wno-missing-field-initializers \
			-Wno-missing-designated-field-initializers -Wno-unknown-warning-option
		exports "$compiler, C++20,"
		cxx=$((cxx + 1))
	else
		echo "$compiler has no C++" >&2
	fi
done
if [ $cxx = 0 ]; then
	echo "none of these compilers knows C++20: $*; install one that does" >&2
	exit 1
fi
