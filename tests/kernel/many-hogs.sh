#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# HAZARDS 77: a thousand hogs. The kernel's watchdog is a kernel worker like others: were it queued
# behind them it would be late and end the scheduler. Argument: how many hogs instead, in strict mode,
# where each of them is in a request; the agent does not grow with them.
# limit: 240

. "$(dirname "$0")/lib.sh"

rss_kib() { sed -n 's/^VmRSS:\s*\([0-9]*\) kB/\1/p' "/proc/$(agent)/status"; }

hogs=${1:-1000}
# a round of all of them takes 4 ms each, the time between two ticks
seconds=$((20 + hogs / 250 / $(nproc)))
start --decisions="$([[ ${1:-} ]] && echo strict || echo leased)"
rss=$(rss_kib)
normal load-hogs --count="$hogs" --seconds="$seconds" >"$TEST_WORK/hogs"
note "$(tail -n 1 "$TEST_WORK/hogs")"
counters
note "${counted[*]@K}"
idle=$(grep -c 'loops=0$' "$TEST_WORK/hogs" || true)
((idle == 0)) || fail "$idle of $hogs hogs never ran"
note "the agent: $rss KiB before, $(rss_kib) after"
(($(rss_kib) <= rss + 64)) || fail "the agent has grown from $rss to $(rss_kib) KiB"
expect_attached
stop
