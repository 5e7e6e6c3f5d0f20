#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The man pages say what the programs do: each option of --help is in the page, and the other way round;
# each command of clandctl stands there with its arguments; scx-cland.ini(5) has each key of the sample.
# Where the pages have been built, groff has nothing to say of them.
#
# Usage: tests/cli/man_pages.sh PAGES CLANDCTL CLANDSIM [SCX_CLAND]    PAGES: the folder of built ones

set -euo pipefail

tree=$(realpath "$(dirname "$0")/../..")
pages=$1
clandctl=$2
clandsim=$3
scx_cland=${4:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

source_of() { "$tree/docs/man/page" "$1"; }
plain() { sed 's/[*_\\]//g'; }

# Options that a text of --help names; "-v", too.
options_of_help() { grep -oE '(^|[^A-Za-z0-9-])--?[a-z][a-z-]*' | sed 's/^[^-]*//' | sort -u; }
# In a page they are bold, each by itself.
options_of_page() { grep -oE '\*--?[a-z][a-z-]*' | tr -d '*' | sort -u; }

# same_options PAGE, of whose source is on stdin, and whose program's help is in $work/help
same_options()
{
	local missing err=0

	options_of_page >"$work/page-options"
	options_of_help <"$work/help" >"$work/help-options"
	missing=$(comm -13 "$work/page-options" "$work/help-options")
	[[ ! $missing ]] || { echo "$1 has no option" "${missing//$'\n'/ }"; err=1; }
	missing=$(comm -23 "$work/page-options" "$work/help-options")
	[[ ! $missing ]] || { echo "$1: the program has no option" "${missing//$'\n'/ }"; err=1; }
	return $err
}

# The lines of a help that begin a command are in the page, word by word.
same_commands()
{
	local line err=0

	plain >"$work/plain"
	while IFS= read -r line; do
		grep -qxF -- "$line" "$work/plain" || { echo "$1 has no command '$line'"; err=1; }
	done < <(sed -n '/^Commands:/,/^Options:/s/^  \([a-z].*\)/\1/p' "$work/help" | tr -d '_' |
		sed 's/^policy new \(.*\) | \(check .*\)/policy new \1\npolicy \2/')
	return $err
}

keys_of_sample() { sed -nE 's/^#?([a-z][a-z_.-]*) *=.*/\1/p' "$1" | sort -u; }

# same_keys SAMPLE: the page is on stdin
same_keys()
{
	local missing

	# shellcheck disable=SC2016 # three of them fence an example
	sed -nE 's/^\*([a-z][a-z_.-]*)\* = .*/\1/p; /^```/,/^```/s/^([a-z][a-z_.-]*) = .*/\1/p' |
		sort -u >"$work/page-keys"
	missing=$(comm -3 "$work/page-keys" <(keys_of_sample "$1"))
	[[ ! $missing ]] || { echo "scx-cland.ini.5, or $1, has no key" "${missing//$'\n'/ }"; return 1; }
}

# Checks that cannot fail prove nothing.
finds()
{
	! "$@" >/dev/null || { echo "man_pages.sh: $1 does not find what it looks for" >&2; exit 1; }
}
printf 'Commands:\n  go [--far]\n\nOptions:\n  --near, -n\n' >"$work/help"
printf '*--far*\n*--near*, *-n*\n' | same_options none
printf '*--far*\n*-n*\n' | finds same_options none
printf '*--far*\n*--near*, *-n*, *--none*\n' | finds same_options none
printf '*go* [*--far*]\n' | same_commands none
printf '*go* [*--away*]\n' | finds same_commands none
printf '[a]\n#key_a = 1\n#b = 2\n' >"$work/sample"
printf '*key_a* = 1\n*b* = 2\n' | same_keys "$work/sample"
printf '*key_a* = 1\n' | finds same_keys "$work/sample"

err=0
if [[ $scx_cland ]]; then
	"$scx_cland" --help >"$work/help"
	source_of scx-cland.8 | same_options scx-cland.8 || err=1
fi
"$clandsim" --help >"$work/help"
source_of clandsim.1 | same_options clandsim.1 || err=1
{ "$clandctl" --help && "$clandctl" policy --help; } >"$work/help"
source_of clandctl.1 | same_options clandctl.1 || err=1
source_of clandctl.1 | same_commands clandctl.1 || err=1
source_of scx-cland.ini.5 | same_keys "$tree/config/scx-cland.ini" || err=1

if command -v man >/dev/null; then
	for page in "$pages"/*.[1-8]; do
		[[ -e $page ]] || continue
		LC_ALL=C.UTF-8 man --warnings -l "$page" 2>"$work/said" >/dev/null
		[[ ! -s $work/said ]] || { sed "s,^,${page##*/}: ," "$work/said"; err=1; }
	done
fi
exit $err
