#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The table of scripts/demo says what its figures say, worse rows included, and is refused when a
# figure is missing.
#
# Usage: tests/cli/demo_report.sh

set -euo pipefail

report=$(dirname "$0")/../demo/report
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail()
{
	echo "demo_report.sh: $*" >&2
	[ ! -e "$work/out" ] || cat "$work/out" >&2
	exit 1
}

says() { grep -qF -e "$1" "$work/out" || fail "the report does not say '$1'"; }

cat >"$work/figures" <<END
kernel cpus=4 seconds=30 release=6.18.0 compiled=40 hackbench_s=6.0
kernel hogs=8 loops=1000 min_share=0.10 max_share=0.20 max_gap_ms=100
kernel frames=600 missed=300 wake_p50_us=3000 wake_p99_us=20000
cland cpus=4 seconds=30 release=6.18.0 compiled=30 hackbench_s=6.1 ops=cland
cland hogs=8 loops=1100 min_share=0.10 max_share=0.10 max_gap_ms=100
cland frames=600 missed=150 wake_p50_us=1500 wake_p99_us=50000
cland direct=10 leased=80 requests=10 decided=9 renewed=4 rescued=1
END
"$report" "$work/figures" >"$work/out"
says "300 of 600 (50 %)"
says "did better in missed frames (50 % fewer), the usual wake-up delay (50 % shorter)"
says "the hogs' work (10 % more)"
says "did worse in the worst wake-up delays (2.5 times as long) and files compiled (25 % fewer)"
says "apart: hackbench's time and a hog's longest wait"
says "asked 10 times; a lease or an idle CPU spared asking 90 times"

for key in compiled hackbench_s loops max_gap_ms missed wake_p50_us wake_p99_us ops; do
	sed "/^cland/s/ $key=[^ ]*//" "$work/figures" >"$work/less"
	! "$report" "$work/less" >/dev/null 2>"$work/out" || fail "$key is missing, and nobody minds"
	says "'$key'"
done
sed 's/missed=150/missed=/' "$work/figures" >"$work/less"
! "$report" "$work/less" >/dev/null 2>"$work/out" || fail "an empty figure, and nobody minds"
