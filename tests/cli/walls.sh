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
		core/kernel/kern.c core/kernel/kern.h core/kernel/kern_backend.c core/kernel/stub.c core/kernel/stub_layout.c \
		core/clandctl/watch_events.c core/clandctl/watch_stub.c || err=1
	wall "$1" inih '#[[:space:]]*include[[:space:]]*[<"]ini\.h' \
		core/config/ini_lines.c || err=1
	wall "$1" libelf '#[[:space:]]*include[[:space:]]*[<"](libelf/)?g?(lib)?elf\.h' \
		core/policy/policy_image.c core/policy/policy_image_reloc.c core/policy/policy_image_symbols.c || err=1
	wall "$1" json-c '#[[:space:]]*include[[:space:]]*[<"](json-c/|json\.h|json_)' \
		core/control/control.c core/control/control_answer.c core/control/control_commands.c core/control/control_request.c \
		core/control/control_text.c core/stats/stats_json.c core/stats/stats_monitor.c \
		core/clandctl/clandctl_change.c core/clandctl/clandctl_client.c core/clandctl/clandctl_compare_daemon.c \
		core/clandctl/clandctl_reasons.c core/clandctl/clandctl_stats.c core/clandctl/clandctl_status.c \
		core/clandctl/clandctl_trace.c \
		core/sim/result.h || err=1
	wall "$1" sockets '#[[:space:]]*include[[:space:]]*[<"]sys/un\.h' \
		core/control/control_socket.c core/clandctl/clandctl_client.c core/auto/power_bus.c core/supervisor/service.c \
		core/stats/stats_monitor.c || err=1
	wall "$1" ncurses '#[[:space:]]*include[[:space:]]*[<"](ncursesw?/)?n?curses\.h' core/top/top_screen.c || err=1
	wall "$1" libseccomp '#[[:space:]]*include[[:space:]]*[<"]seccomp\.h' core/agent/cage_filter.c || err=1
	wall "$1" 'the monotonic clock' 'clock_gettime\(CLOCK_MONOTONIC' core/clock.h || err=1
	wall "$1" dlopen '#[[:space:]]*include[[:space:]]*[<"]dlfcn\.h' core/policy/policy_host.c || err=1
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
echo '#include <json-c/json.h>' > "$bad/core/supervisor.c"
echo '#include <sys/un.h>' > "$bad/core/kern.c"
echo '#include <seccomp.h>' > "$bad/core/agents.c"
echo '#include <ncurses.h>' > "$bad/core/top.c"
echo 'clock_gettime(CLOCK_MONOTONIC, &ts);' > "$bad/core/loop.c"
if check "$bad" 2> "$bad/said" || [ "$(wc -l < "$bad/said")" -ne 9 ]; then
	echo "walls.sh does not find what it looks for:" >&2
	cat "$bad/said" >&2
	exit 1
fi

check "$tree"
