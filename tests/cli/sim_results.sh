#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What clandsim finds of policies is what these policies are for: vruntime divides CPU time by nice
# levels and, when asked to, by the weights of cgroups; latency-boost has frames done in time beside
# hogs, where vruntime and fifo have not; a policy that is asked all the time keeps no kernel thread
# from its CPU; deadlines, cgroups and figures add up.
#
# Usage: tests/cli/sim_results.sh CLANDSIM POLICIES

set -euo pipefail

clandsim=$1
policies=$2
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run OUT POLICY OPTION...
run()
{
	local out=$work/$1 policy=$2
	shift 2
	"$clandsim" run --policy="$policies/$policy.so" --json --per-task "$@" >"$out"
}

cat >"$work/shares.ini" <<'END'
[workload]
duration = 10s
[machine]
cpus = 2
[hogs low]
count = 3
nice = 5
[hogs middle]
count = 3
[hogs high]
count = 2
nice = -5
[sleepers light]
count = 2
run = 100us
sleep = 20ms
END
cat >"$work/cgroups.ini" <<'END'
[workload]
duration = 10s
[machine]
cpus = 2
[cgroup large]
weight = 300
[cgroup small]
weight = 100
[cgroup deep]
parent = large
[hogs few]
count = 3
cgroup = large
[hogs nested]
count = 3
cgroup = deep
[hogs many]
count = 12
cgroup = small
END
cat >"$work/asked.ini" <<'END'
[workload]
duration = 5s
[machine]
cpus = 2
agent_decision = 150us
[pingpong pipes]
count = 100
run = 100us
[hogs build]
count = 4
[sleepers first]
kthread = yes
count = 3
cpus = 0
run = 8ms
sleep = 30ms
jitter = 20
[sleepers second]
kthread = yes
count = 3
cpus = 1
run = 8ms
sleep = 30ms
jitter = 20
END
run shares vruntime "$work/shares.ini"
run shares-strict vruntime --decisions=strict "$work/shares.ini"
run cgroups vruntime --set=cgroup_weights=1 "$work/cgroups.ini"
run frames-boost latency-boost "$sim/frames.ini"
run frames-vruntime vruntime "$sim/frames.ini"
run frames-fifo fifo "$sim/frames.ini"
run rtapp vruntime "$sim/rtapp.json"
for rescue_ms in 20 200; do
	run asked-$rescue_ms vruntime --decisions=strict --rescue-ms=$rescue_ms "$work/asked.ini"
done

python3 - "$work" <<'END'
import json, sys
def load(name):
    return json.load(open(sys.argv[1] + "/" + name))
def group(result, name):
    return next(g for g in result["groups"] if g["name"] == name)
def near(what, got, wanted, part):
    assert abs(got - wanted) <= part * wanted, f"{what}: {got}, wanted {wanted}"

# Weights of nice 5, 0, -5: 335, 1024, 3121. Nobody may use more than a CPU: here nobody is due one.
for name in ("shares", "shares-strict"):
    r = load(name)
    hogs = {n: group(r, n)["run_ns"] for n in ("low", "middle", "high")}
    total = sum(hogs.values())
    weights = {"low": 3 * 335, "middle": 3 * 1024, "high": 2 * 3121}
    for n in hogs:
        near(f"{name}: {n}", hogs[n] / total, weights[n] / sum(weights.values()), 0.05)
    assert r["fairness"]["tasks"] == 8 and r["fairness"]["max_pct"] < 5, r["fairness"]
    near("busy", r["busy_ns"], 2 * r["duration_ns"], 0.001)
    used = sum(g["run_ns"] for g in r["groups"]) + r["agent"]["run_ns"]
    near("what tasks used", used, r["busy_ns"], 0.0001)
assert load("shares")["agent"]["run_ns"] < load("shares-strict")["agent"]["run_ns"] / 10

# 3 to 1, and within the first one its own tasks (3 of weight 1024) beside a cgroup that is worth one.
r = load("cgroups")
total = sum(g["run_ns"] for g in r["groups"])
near("small", group(r, "many")["run_ns"] / total, 0.25, 0.08)
near("nested", group(r, "nested")["run_ns"] / (total * 0.75), 0.25, 0.15)

boost, fair, fifo = (group(load("frames-" + n), "game") for n in ("boost", "vruntime", "fifo"))
assert boost["jobs"] == 600 and boost["missed"] <= 18, boost["missed"]
assert fair["missed"] > 200 and fifo["missed"] > 500, (fair["missed"], fifo["missed"])

# An agent that never pauses, in a BPF program nearly all the time, takes turns with the kernel threads
# that are bound to its CPU; three of them on each.
for name in ("asked-20", "asked-200"):
    r = load(name)
    assert r["agent"]["run_ns"] > 0.35 * r["duration_ns"], r["agent"]
    for n in ("first", "second"):
        waited_ms = group(r, n)["max_wait_ns"] / 1e6
        assert waited_ms < 100, f"{name}: kernel threads of a CPU waited for {waited_ms} ms"

# rt-app: the player's 100 frames, then its menu, again and again; the decoder and the screen follow.
r = load("rtapp")
player, decoder, screen = (group(r, n) for n in ("player", "decoder", "screen"))
assert 370 <= player["jobs"] <= 400, player["jobs"]
near("decoder", decoder["run_ns"], player["jobs"] * 1_500_000, 0.05)
near("screen", screen["run_ns"], player["jobs"] * 600_000, 0.05)
END

# The examples of the package rt-app run as they are. Those of real-time tasks, of rt-app's first format, and
# pieces that are no workload are refused in words.
examples=/usr/share/doc/rt-app/examples
nr=0
for file in "$examples"/*.json "$examples"/*/*.json; do
	[ -e "$file" ] || continue
	got=0
	run example vruntime --duration=2s "$file" 2>"$work/err" || got=$?
	case ${file#"$examples"/} in
	cpufreq_governor_efficiency/*) wanted=2 words='SCHED_FIFO: tasks of another class' ;;
	merge/thread*) wanted=2 words="of rt-app's first format" ;;
	merge/*) wanted=2 words='expected "tasks"' ;;
	tutorial/example6.json) wanted=0 words='note: 2 events mem or iorun are taken for computing' ;;
	*) wanted=0 words='' ;;
	esac
	if [ $got != $wanted ] || ! grep -qF -- "$words" <(cat "$work/err" && echo); then
		echo "$file: status $got, wanted $wanted and '$words'; it said: $(cat "$work/err")" >&2
		exit 1
	fi
	[ $got != 0 ] || nr=$((nr + 1))
done
if [ $nr -lt 10 ]; then
	echo "only $nr examples of rt-app in $examples: scripts/setup installs them (if dpkg keeps documentation)" >&2
	exit 1
fi
