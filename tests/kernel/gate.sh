#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The fixed gate of HAZARDS: attached for 45 s under a load that tears at everything, then a clean
# exit. Argument: leased or strict.
# limit: 200

. "$(dirname "$0")/lib.sh"

readonly ATTACHED_MS=45000

cpus=$(nproc)
start --decisions="$1"
begin=$(uptime_ms)
normal stress-ng -t 31 --aggressive -M -c "$cpus" -f "$cpus" \
	--affinity 1 --affinity-delay 1 --affinity-pin >"$TEST_WORK/stress" 2>&1 ||
	fail "stress-ng ended with status $?: $(tail -n 1 "$TEST_WORK/stress")"
left=$((begin + ATTACHED_MS - $(uptime_ms)))
((left <= 0)) || sleep "$(printf '%d.%03d' $((left / 1000)) $((left % 1000)))"
expect_attached
counters
note "${counted[*]@K}"
(($(count decided) > 0)) || fail "the policy has decided nothing"
stop
