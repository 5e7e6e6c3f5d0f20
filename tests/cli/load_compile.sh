#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The compile job of scripts/demo and tests/bench/run compiles: its list of sources is by name, and these move.

set -euo pipefail

# shellcheck source=../load/compile.sh
. "$(dirname "$0")/../load/compile.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile_prepare "$work"
compile_all "$work" "$(nproc)" || { echo "load_compile: gcc has failed, see above" >&2; exit 1; }
for name in "${COMPILE_SOURCES[@]}"; do
	[[ -s $work/${name##*/}.o ]] || { echo "load_compile: there is no ${name##*/}.o" >&2; exit 1; }
done
