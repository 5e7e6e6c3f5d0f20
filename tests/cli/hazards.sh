#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# docs/hazards.md: each number of its list has one row, each row says something, and every guest test
# that it names exists and is run by some group. Files and functions that it names are docs.sh's.
#
# Usage: tests/cli/hazards.sh [TREE]    TREE: the sources, by default those this script is among

# shellcheck disable=SC2016  # backticks in patterns are backticks

set -euo pipefail

tree=$(realpath "${1:-$(dirname "$0")/../..}")

# expand "1-3 7": 1 2 3 7, a line each
expand()
{
	local part

	for part; do
		seq "${part%-*}" "${part#*-}"
	done
}

check() # TREE
{
	local doc=$1/docs/hazards.md groups=$1/tests/kernel/groups list name row err=0

	list=$(sed -n 's/^Numbers: //p' "$doc")
	# shellcheck disable=SC2086 # words
	expand $list | sort >"$work/listed"
	sed -nE 's/^\| ([0-9]+) \|.*/\1/p' "$doc" | sort >"$work/rows"
	while IFS= read -r row; do
		echo "docs/hazards.md: $row is listed, and has no row, or the other way round, or two"
		err=1
	done < <(comm -3 "$work/listed" "$work/rows" | tr -d '\t' | sort -u)
	while IFS= read -r row; do
		[[ $row =~ ^\|\ [0-9]+\ \|\ [^|]+\ \|\ [^|]*(\`|[Ss]tructure|[Oo]pen)[^|]*\|$ ]] ||
			{ echo "docs/hazards.md: neither a test nor a reason: $row"; err=1; }
	done < <(grep -E '^\| [0-9]+ \|' "$doc")
	# what is neither a file, nor a function, nor a counter
	while IFS= read -r name; do
		[ -e "$1/tests/kernel/${name%%:*}.sh" ] ||
			{ echo "docs/hazards.md: there is no guest test $name"; err=1; continue; }
		grep -qE "^[a-z-]+:.*\|(.* )?$name( |\$)" "$groups" ||
			{ echo "docs/hazards.md: no group runs $name"; err=1; }
	done < <(grep -E '^\| [0-9]+ \|' "$doc" | grep -oE '`[^`]+`' | tr -d '`' |
		grep -E '^[a-z][a-z0-9-]*(:[a-z0-9:-]+)?$' | sort -u)
	return $err
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A check that cannot fail proves nothing: first let it find one mistake of each kind.
mkdir -p "$work/bad/docs" "$work/bad/tests/kernel"
: >"$work/bad/tests/kernel/there.sh"
echo 'group: --icount | there:run there:too' >"$work/bad/tests/kernel/groups"
cat >"$work/bad/docs/hazards.md" <<'END2'
Numbers: 1-3 5
| 1 | good | `there:run`, `there:too` |
| 2 | not run | `there:never` |
| 3 | nothing | nothing |
| 4 | not listed | `gone` |
END2
if check "$work/bad" >"$work/said" || [ "$(wc -l <"$work/said")" -ne 5 ]; then
	echo "hazards.sh does not find what it looks for:" >&2
	cat "$work/said" >&2
	exit 1
fi

check "$tree" >&2
