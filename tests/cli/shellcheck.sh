#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# No shell script of the tree, which is whatever starts with #!/bin/bash, #!/bin/sh or the like or
# ends in .sh, gives shellcheck anything to say. Skipped (77) where there is no shellcheck.
#
# Usage: tests/cli/shellcheck.sh [TREE]    TREE: the sources, by default those this script is among

set -euo pipefail

tree=$(realpath "${1:-$(dirname "$0")/../..}")

if ! command -v shellcheck > /dev/null; then
	echo "no shellcheck here: scripts/setup or the package shellcheck has it" >&2
	exit 77
fi

# Names of scripts below a folder; builds and git's own files are not ours.
scripts_of()
{
	local file line

	while IFS= read -r -d '' file; do
		line=
		IFS= read -r line < "$file" 2> /dev/null || true
		if [[ $file == *.sh || $line =~ ^#!.*[/\ ](ba|da)?sh($|\ ) ]]; then
			printf '%s\0' "$file"
		fi
	done < <(find "$1" \( -name .git -o -path "$1/build" \) -prune -o -type f \
		-size -256k -print0)
}

# check TREE: all scripts below; the sourced ones are found from where the script lies.
check()
{
	local scripts
	mapfile -d '' -t scripts < <(scripts_of "$1")

	if [ ${#scripts[@]} -eq 0 ]; then
		echo "no shell scripts in $1" >&2
		return 1
	fi
	shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
}

# A check that cannot fail proves nothing: it must find an unquoted word in both kinds of file.
bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
# shellcheck disable=SC2016 # it is to be there as written
printf '#!/bin/bash\nrm $1\n' | tee "$bad/program" > "$bad/file.sh"
if check "$bad" > "$bad/said.txt" || [ "$(grep -c SC2086 "$bad/said.txt")" -lt 2 ]; then
	echo "shellcheck.sh does not find what it looks for:" >&2
	cat "$bad/said.txt" >&2
	exit 1
fi

check "$tree"
