# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A compile job of our own sources, for whoever sources this.
#
#   compile_prepare FOLDER         copy what is compiled there, so that nobody waits for files later
#   compile_source FOLDER NAME OUT compile core/NAME.c of it to the file OUT
#   COMPILE_SOURCES                names that compile without anything the build generates
#   compile_all FOLDER JOBS        each of them once, JOBS at a time

# shellcheck disable=SC2034 # for those who source this
readonly COMPILE_SOURCES=(diag exit_codes log agent/loop stats/stats suggest topology policy/policy_host)

compile_prepare()
{
	local repository

	repository=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/../..
	cp -r "$repository/core" "$repository/bpf" "$repository/policies" "$1"
}

compile_source()
{
	local folder include=()

	for folder in "$1"/core/ "$1"/core/*/; do
		include+=(-I"$folder")
	done
	gcc -O1 -D_GNU_SOURCE "${include[@]}" -I"$1/bpf" -I"$1/policies/include" -c "$1/core/$2.c" -o "$3"
}

compile_all()
{
	local name running=0 failed=0

	for name in "${COMPILE_SOURCES[@]}"; do
		if ((running == $2)); then
			wait -n || failed=1
			running=$((running - 1))
		fi
		compile_source "$1" "$name" "$1/${name##*/}.o" &
		running=$((running + 1))
	done
	while ((running)); do
		wait -n || failed=1
		running=$((running - 1))
	done
	return $failed
}
