#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each foreign interface is behind one of our files (README, "where things live"): this fails when
# another one reaches for it.
#
# Usage: tests/cli/walls.sh [TREE]    TREE: the sources, by default those this script is among

set -euo pipefail

tree=${1:-$(dirname "$0")/../..}

# wall TREE WHAT PATTERN FILE...: only the FILEs (relative to TREE) may have lines like PATTERN.
wall()
{
	local tree=$1 what=$2 pattern=$3 file found=0
	shift 3

	while IFS= read -r file; do
		file=${file#"$tree"/}
		case " $* " in
		*" $file "*) continue ;;
		esac
		echo "$file uses $what; only $* may" >&2
		found=1
	done < <(grep -rlE --include='*.[ch]' "$pattern" "$tree"/core "$tree"/policies)
	return $found
}

check()
{
	local err=0

	wall "$1" libbpf '#[[:space:]]*include[[:space:]]*[<"]bpf/' \
		core/kern.c core/kern.h core/kern_backend.c || err=1
	wall "$1" inih '#[[:space:]]*include[[:space:]]*[<"]ini\.h' core/config.c || err=1
	wall "$1" libelf '#[[:space:]]*include[[:space:]]*[<"](libelf/)?g?(lib)?elf\.h' \
		core/policy_meta.c || err=1
	wall "$1" dlopen '#[[:space:]]*include[[:space:]]*[<"]dlfcn\.h' core/policy_host.c || err=1
	return $err
}

# A check that cannot fail proves nothing: first let it find one breach of each kind.
bad=$(mktemp -d)
trap 'rm -rf "$bad"' EXIT
mkdir "$bad/core" "$bad/policies"
echo '#include <bpf/libbpf.h>' > "$bad/core/agent.c"
echo '#  include "ini.h"' > "$bad/core/main.c"
echo '#include <gelf.h>' > "$bad/policies/x.c"
echo '#include <dlfcn.h>' > "$bad/core/x.h"
if check "$bad" 2> "$bad/said" || [ "$(wc -l < "$bad/said")" -ne 4 ]; then
	echo "walls.sh does not find what it looks for:" >&2
	cat "$bad/said" >&2
	exit 1
fi

check "$tree"
