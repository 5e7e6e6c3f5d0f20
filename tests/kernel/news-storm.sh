#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tasks that take another name as fast as they can, with rules that are looked up in /proc for each: the
# supervisor answers meanwhile, and a task that a rule is for is found.

. "$(dirname "$0")/lib.sh"

readonly SECONDS_RUN=8 ANSWER_MS=3000

cat >"$TEST_WORK/storm.py" <<'END'
import ctypes, sys, time

prctl = ctypes.CDLL(None).prctl
names = [b"storm-%d" % i for i in range(100)]
end = time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    for name in names:
        prctl(15, name, 0, 0, 0)  # PR_SET_NAME
END
cat >"$TEST_WORK/rules.ini" <<-END
	[rule program]
	exe = /nowhere/*
	boost = 1

	[rule group]
	cgroup = /nowhere*
	boost = 1

	[rule wanted]
	comm = wanted
	weight_factor_pct = 200
END

start --config="$TEST_WORK/rules.ini"
storms=()
for ((i = 0; i < $(nproc); i++)); do
	load python3 "$TEST_WORK/storm.py" $SECONDS_RUN
	storms+=("$loaded")
done
ln -s "$(command -v load-hogs)" "$TEST_WORK/wanted"
load "$TEST_WORK/wanted" --count=1 --seconds=$SECONDS_RUN
storms+=("$loaded")
longest_ms=0
found=no
while kill -0 "${storms[0]}" 2>/dev/null; do
	began_ms=$(uptime_ms)
	clandctl status --json >"$TEST_WORK/status" || fail "status does not answer: exit status $?"
	took_ms=$(($(uptime_ms) - began_ms))
	((took_ms <= longest_ms)) || longest_ms=$took_ms
	rules=$(jq .rules.tasks "$TEST_WORK/status")
	((rules == 0)) || found=yes	# the hog, and who watches it
	((longest_ms < ANSWER_MS)) || fail "status has been answered after $longest_ms ms"
	sleep 0.2
done
note "status answered within $longest_ms ms"
[[ $found == yes ]] || fail "the task that a rule is for has not been found"
wait "${storms[@]}" || fail "a load ended with status $?"
expect_attached
stop
