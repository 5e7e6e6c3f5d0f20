#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# README.md, docs/**/*.md and policies/ABI.md against the tree. It fails when
#   - a file in backticks (`core/agent/loop.c`, `policy.h`) does not exist,
#   - a function in backticks (`loop_run()`, `core/agent/loop.c:loop_run()`) is not there, or not in that file,
#   - an option in backticks (`--partial`) is none of our programs',
#   - a link to a file leads nowhere, or a command in a ```sh block runs a script that is not there,
#   - a heading of docs/troubleshooting.md is a message that the program cannot print (… for what varies),
#   - README.md or docs/top.md does not have a screen of clandctl top as it is in docs/*.txt,
#   - tests/README.md has no row for a guest test,
#   - README.md does not give an exit code's meaning in the words of core/exit_codes.c,
#   - a whole policy in a ```c block (it starts with "/* NAME.c -") does not compile without a warning.
#
# Usage: tests/cli/docs.sh [COMPILER [TREE]]    default: cc, the tree this script is in

# shellcheck disable=SC2016  # backticks in patterns are backticks

set -euo pipefail
export LC_ALL=C.UTF-8

compiler=${1:-cc}
tree=$(realpath "${2:-$(dirname "$0")/../..}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Lines of a file outside fenced blocks; blocks FILE LANGUAGE: those within.
prose() { sed '/^ *```/,/^ *```/d' "$1"; }
blocks() { sed -n "/^ *\`\`\`$2\$/,/^ *\`\`\`\$/p" "$1"; }

# read_tree TREE: what there is, into $work
read_tree()
{
	(cd "$1" && find . -path ./build -prune -o -path ./.git -prune -o -type f -print |
		sed 's,^\./,,') >"$work/files"
	# Our C as one text, adjacent string literals joined, for messages that are split over lines.
	(cd "$1" && find core -name '*.c' -exec cat {} +) | tr '\n\t' '  ' | sed 's/"  *"//g' >"$work/strings"
}

# has_function TREE NAME FILE...: a definition, a declaration, a member of a table, or a macro.
has_function()
{
	local root=$1 name=$2
	shift 2
	(cd "$root" && grep -qE \
		"^[A-Za-z_].*[ *]$name\(|^$name *\(|\(\*$name\)\(|BPF_PROG\(${name}[,)]|^#[ \t]*define $name\(|^$name\(\)\$" \
		"$@")
}

# check_name TREE DOCUMENT SPAN: SPAN stood in backticks.
check_name()
{
	local root=$1 doc=$2 span=$3 file function sources option

	if [[ $span =~ ^--[a-z] ]]; then
		option=${span#--}
		option=${option%%[= ]*}
		(cd "$root" && grep -rqE -- "(--|option = \")$option\>" core scripts tests/vm tests/bench) ||
			{ echo "$doc: \`$span\`: no program of ours has this option"; return 1; }
		return 0
	fi
	[[ $span =~ ^[A-Za-z0-9_./-]+(:[a-z_0-9]+\(\))?$ || $span =~ ^[a-z_0-9]+\(\)$ ]] || return 0
	[[ $span != /* && $span != ./* && $span != build/* ]] || return 0

	if [[ $span == *'()' ]]; then
		function=${span##*:}
		function=${function%'()'}
		if [[ $span == *:* ]]; then
			sources=("${span%%:*}")
			[ -e "$root/${sources[0]}" ] ||
				{ echo "$doc: \`$span\`: no file ${sources[0]}"; return 1; }
		else
			mapfile -t sources < <(grep -E '^(bpf|core|policies|tests)/.*\.(c|h|sh)$' \
				"$work/files")
		fi
		has_function "$root" "$function" "${sources[@]}" ||
			{ echo "$doc: \`$span\`: no such function"; return 1; }
		return 0
	fi
	file=$span
	case $file in
	*.c | *.h | *.sh | *.md | *.ini | *.in | *.py | *.txt | *.cmake)
		grep -qE "(^|/)${file//./\\.}\$" "$work/files" && return 0
		[ -e "$work/${file##*/}" ] && return 0 # one that the document gives
		;;
	*/*)
		[ -e "$root/${file%/}" ] && return 0
		# not a path of ours
		[ -e "$root/${file%%/*}" ] || return 0
		;;
	*) return 0 ;;
	esac
	echo "$doc: \`$span\`: no such file"
	return 1
}

# The policies that a document gives whole.
check_examples()
{
	local root=$1 doc=$2 name err=0
	blocks "$root/$doc" c | awk -v dir="$work" '
		/^ *```/ { out = ""; first = $0 ~ /```c$/; next }
		first && match($0, /^\/\* [a-z0-9_]+\.c -/) { out = dir "/" substr($0, 4, RLENGTH - 5) }
		{ first = 0; if (out) print > out }'
	for name in "$work"/*.c; do
		[ -e "$name" ] || continue
		"$compiler" -std=c11 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
			-I "$root/policies/include" -o "$work/policy.so" "$name" ||
			{ echo "$doc: ${name##*/} does not compile"; err=1; }
	done
	return $err
}

# Headings like "### the message … goes on": every piece must be in the sources.
check_messages()
{
	local root=$1 doc=$2 heading piece err=0
	while IFS= read -r heading; do
		heading=${heading#\`}
		heading=${heading%\`}
		while IFS= read -r piece; do
			piece=${piece# }
			piece=${piece% }
			[ ${#piece} -ge 4 ] || continue
			grep -qF -- "$piece" "$work/strings" ||
				{ echo "$doc: the program does not say '$piece'"; err=1; }
		done <<<"${heading//…/$'\n'}"
	done < <(sed -n 's/^### //p' "$root/$doc")
	return $err
}

check_exit_codes()
{
	local root=$1 code=0 help err=0
	while IFS= read -r help; do
		grep -qF "| $code | $help |" "$root/README.md" ||
			{ echo "README.md: exit code $code should say '$help'"; err=1; }
		code=$((code + 1))
	done < <(sed -n 's/^\t{ EXIT_CODE_[A-Z_]*, "\(.*\)" },$/\1/p' "$root/core/exit_codes.c")
	[ $code -gt 0 ] || { echo "core/exit_codes.c: no exit codes are found"; err=1; }
	return $err
}

# Screens of clandctl top (tests/kernel/top.sh): the documents that have them, indented.
check_screens()
{
	local root=$1 pair doc screen err=0
	for pair in README.md:docs/top.txt docs/top.md:docs/top-task.txt; do
		doc=${pair%%:*} screen=${pair#*:}
		[ -e "$root/$screen" ] || continue
		[[ $(<"$root/$doc") == *"$(sed 's/^./    &/' "$root/$screen")"* ]] ||
			{ echo "$doc: it does not have $screen as it is"; err=1; }
	done
	return $err
}

check_document()
{
	local root=$1 doc=$2 span target err=0

	rm -f "$work"/*.c
	check_examples "$root" "$doc" || err=1
	while IFS= read -r span; do
		check_name "$root" "$doc" "$span" || err=1
	done < <(prose "$root/$doc" | grep -oE '`[^`]+`' | tr -d '`' | sort -u)
	while IFS= read -r target; do
		[ -e "$root/$(dirname "$doc")/$target" ] ||
			{ echo "$doc: the link to $target leads nowhere"; err=1; }
	done < <(prose "$root/$doc" | grep -oE '\]\([^)]+\)' | sed -E 's/^\]\(//; s/\)$//; s/#.*//' |
		grep -vE '^([a-z]+:|$)' | sort -u)
	while IFS= read -r target; do
		[ -x "$root/$target" ] || { echo "$doc: there is no program $target"; err=1; }
	done < <({ blocks "$root/$doc" sh; prose "$root/$doc" | grep -oE '`[^`]+`'; } |
		grep -oE '(^|[ `])(scripts|tests/vm|tests/kernel|tests/cli|tests/bench)/[a-z_.-]+' |
		tr -d ' `' | grep -E '/(setup|demo|test|run|peers|engine|[a-z_-]+\.sh)$' | sort -u)
	return $err
}

# Each test of tests/kernel/groups has a row in tests/README.md.
check_guest_tests()
{
	local root=$1 test err=0
	[ -e "$root/tests/kernel/groups" ] || return 0
	while IFS= read -r test; do
		grep -qE "^\| .*\`$test(:[^\`]*)?\`.* \|" "$root/tests/README.md" ||
			{ echo "tests/README.md: no row says what $test is for"; err=1; }
	done < <(sed -n 's/^[a-z].*|//p' "$root/tests/kernel/groups" | tr ' ' '\n' |
		sed 's/:.*//; /^$/d' | sort -u)
	return $err
}

check_tree()
{
	local root=$1 doc err=0

	read_tree "$root"
	while IFS= read -r doc; do
		check_document "$root" "$doc" || err=1
	done < <(cd "$root" && ls README.md policies/ABI.md && find docs -name '*.md' | sort)
	check_messages "$root" docs/troubleshooting.md || err=1
	check_exit_codes "$root" || err=1
	check_screens "$root" || err=1
	check_guest_tests "$root" || err=1
	return $err
}

# A check that cannot fail proves nothing: first let it find one mistake of each kind.
bad=$work/bad
mkdir -p "$bad"/{core,docs,policies/include/scx-cland,bpf,tests/bench,tests/vm,scripts}
cp "$tree/policies/include/scx-cland/policy.h" "$bad/policies/include/scx-cland"
printf 'int main(void)\n{\n\tputs("half a "\n\t     "message");\n}\n' >"$bad/core/main.c"
printf 'int other(void)\n{\n}\n' >"$bad/core/other.c"
printf '\t{ EXIT_CODE_OK, "fine" },\n\t{ EXIT_CODE_BAD, "broken" },\n' >"$bad/core/exit_codes.c"
printf '.option = "there"\n' >"$bad/core/config.c"
cat >"$bad/README.md" <<'END'
Good: `core/main.c`, `main()`, `core/other.c:other()`, `/etc/x.ini`, `good.c`, `--there=X`, [main](core/main.c).
| 0 | fine |
Bad: `core/gone.c`, `gone()`, `core/main.c:other()`, `gone.h`, `--gone`, [gone](docs/gone.md).
```sh
scripts/test
```
```c
/* good.c - */
#include <scx-cland/policy.h>
```
```c
/* bad.c - */
#include <scx-cland/policy.h>
static int unused;
```
END
printf '### half a message … not said\n' >"$bad/docs/troubleshooting.md"
: >"$bad/policies/ABI.md"
echo screen >"$bad/docs/top.txt"
mkdir -p "$bad/tests/kernel"
echo 'one: --icount | there:1 gone' >"$bad/tests/kernel/groups"
echo '| `there:1` | is |' >"$bad/tests/README.md"
if check_tree "$bad" >"$work/said" 2>"$work/compiler" || [ "$(wc -l <"$work/said")" -ne 12 ]; then
	echo "docs.sh does not find what it looks for:" >&2
	cat "$work/said" "$work/compiler" >&2
	exit 1
fi
rm -rf "$bad"

check_tree "$tree" >&2
