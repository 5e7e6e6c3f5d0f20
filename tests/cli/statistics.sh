#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The figures as programs get them, of a daemon that makes them up (clandctl_daemon.c): Prometheus' own
# promtool has nothing to say against the metrics in either format, the dashboard and the alerts ask only for what
# there is, a client of scx_stats' kind finds its way by the description alone, and clandctl stats and
# scx-cland --monitor print them.
#
# Usage: tests/cli/statistics.sh CLANDCTL DAEMON DASHBOARD [--required] [SCX_CLAND]
#   --required: promtool must be there; else what takes it is left out, and this is skipped

set -euo pipefail

clandctl=$(realpath "$1")
daemon=$(realpath "$2")
dashboard=$(realpath "$3")
alerts=$(realpath "${dashboard%/*}/../examples/prometheus/scx-cland.yml")
shift 3
required=no
if [ "${1:-}" = --required ]; then
	required=yes
	shift
fi
scx_cland=${1:+$(realpath "$1")}
cache=${SCX_CLAND_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/scx-cland}
promtool=$(command -v promtool || echo "$cache/promtool/promtool")
work=$(mktemp -d)
daemon_pid=

cleanup()
{
	[ -z "$daemon_pid" ] || kill "$daemon_pid" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

fail()
{
	echo "statistics.sh: $*" >&2
	exit 1
}

exec {ready}< <(exec "$daemon" "$work/run/control" attached "$work/run/scx/root/stats" "$work/run/metrics")
daemon_pid=$!
read -r -u "$ready" line
[ "$line" = ready ] || fail "the daemon said '$line'"

# ---- a client that knows only the protocol ---------------------------------------------------------

cat >"$work/client.py" <<'END'
import json, socket, sys
work, dashboard, alerts = sys.argv[1:]

def connect(name):
    s = socket.socket(socket.AF_UNIX); s.settimeout(60); s.connect(f"{work}/run/{name}"); return s

def page(accept, to):
    s = connect("metrics")
    s.sendall(f"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n".encode())
    text = b""
    while part := s.recv(65536):
        text += part
    head, body = text.decode().split("\r\n\r\n", 1)
    assert head.startswith("HTTP/1.1 200 "), head
    open(f"{work}/{to}", "w").write(body)
    return body

text = page("text/plain;version=0.0.4;q=0.5,*/*;q=0.1", "text")
openmetrics = page("application/openmetrics-text;version=1.0.0;q=0.75,*/*;q=0.1", "openmetrics")

# As scx_stats' clients go about it: the struct that is marked as the top, and from there by names.
f = connect("scx/root/stats").makefile("rw")
def request(req):
    f.write(json.dumps({"req": req, "args": {}}) + "\n"); f.flush()
    answer = json.loads(f.readline())
    assert set(answer) == {"errno", "args"} and answer["errno"] == 0, answer
    return answer["args"]["resp"]
meta, now = request("stats_meta"), request("stats")
top = next(name for name, struct in meta.items() if "top" in struct)
gauges = {}
def walk(struct, values, labels):
    prefix = meta[struct].get("user", {}).get("_om_prefix", "")
    assert meta[struct]["name"] == struct and meta[struct]["desc"]
    for name, field in meta[struct]["fields"].items():
        assert field["desc"], name
        if "_om_skip" in field.get("user", {}):
            continue
        if field.get("datum") in ("u64", "i64", "float"):
            assert type(values[name]) is int, name
            key = (prefix + name, *labels)
            assert key not in gauges, key
            gauges[key] = values[name]
        else:
            inner = field["dict"]["datum"]["struct"]
            assert meta[inner]["user"]["_om_label"]
            for label, its in values[name].items():
                walk(inner, its, (*labels, label))
walk(top, now, ())
# No dict but of structs is in the values: such clients take all to be that.
assert all(type(v) in (int, str, list) for t in now["times"].values() for v in t.values())
print(len(gauges), "gauges by way of the description")

# The dashboard: each metric that a query names is there, and it has no other fault of form.
import re
board = json.load(open(dashboard))
names = {re.split(r"[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
asked, ids = set(), set()
for panel in board["panels"]:
    assert panel["id"] not in ids and panel["title"] and panel["description"]
    ids.add(panel["id"])
    assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for target in panel["targets"]:
        expr = target["expr"]
        assert expr.count("(") == expr.count(")") and expr.count("{") == expr.count("}"), expr
        asked |= set(re.findall(r"scx_cland_\w+", expr))
for variable in board["templating"]["list"]:
    asked |= set(re.findall(r"scx_cland_\w+", json.dumps(variable["query"])))
assert asked and asked <= names, asked - names
print(len(asked), "metrics in the dashboard,", len(names), "in all")
asked = set(re.findall(r"scx_cland_\w+", open(alerts).read()))
assert asked and asked <= names, asked - names
END
python3 "$work/client.py" "$work" "$dashboard" "$alerts" || fail "see above"

# ---- promtool --------------------------------------------------------------------------------------

if [ -x "$promtool" ]; then
	"$promtool" check metrics <"$work/text" >"$work/said" 2>&1 || true
	[ ! -s "$work/said" ] || fail "promtool check metrics: $(cat "$work/said")"
	# It reads OpenMetrics only to make blocks of it, which takes times; a text that is none it refuses.
	sed -E '/^#/! s/$/ 1700000000/' "$work/openmetrics" >"$work/timed"
	"$promtool" tsdb create-blocks-from openmetrics "$work/timed" "$work/blocks" >"$work/said" 2>&1 ||
		fail "promtool does not take the OpenMetrics: $(cat "$work/said")"
	ls "$work"/blocks/*/meta.json >/dev/null || fail "promtool has made no block of the OpenMetrics"
	grep -v '^# EOF' "$work/timed" >"$work/cut"
	! "$promtool" tsdb create-blocks-from openmetrics "$work/cut" "$work/no-blocks" >/dev/null 2>&1 ||
		fail "promtool takes anything for OpenMetrics"
	sed 's/_total//' "$work/text" | "$promtool" check metrics >"$work/said" 2>&1 || true
	[ -s "$work/said" ] || fail "promtool check metrics has nothing to say against wrong names"
	# the dashboard's queries are ones that Prometheus understands
	python3 - "$dashboard" >"$work/rules.yml" <<-'END'
	import json, sys
	print("groups:\n- name: dashboard\n  rules:")
	for panel in json.load(open(sys.argv[1]))["panels"]:
	    for target in panel["targets"]:
	        expr = (target["expr"].replace("$instance", ".*").replace("$__rate_interval", "1m")
	                .replace("$__range", "1h"))
	        print(f"  - record: panel_{panel['id']}_{target['refId']}\n    expr: {json.dumps(expr)}")
	END
	"$promtool" check rules "$work/rules.yml" >"$work/said" 2>&1 ||
		fail "promtool check rules, of the dashboard: $(cat "$work/said")"
	"$promtool" check rules "$alerts" >"$work/said" 2>&1 || fail "promtool check rules: $(cat "$work/said")"
elif [ $required = yes ]; then
	fail "no promtool: run scripts/setup"
fi

# ---- for people ------------------------------------------------------------------------------------

"$clandctl" --socket "$work/run/control" stats >"$work/out"
grep -qE '^scx-cland 0\.0\.1, policy vruntime$' "$work/out" || fail "clandctl stats does not say of what"
grep -qE '^direct +[0-9]+  wake-ups that went straight to an idle CPU \[count\]$' "$work/out" ||
	fail "clandctl stats has no counter with unit and meaning: $(head -n 5 "$work/out")"
grep -qE '^uptime +[0-9.]+ ms  .*\[ns\]$' "$work/out" || fail "clandctl stats does not show times as such"
grep -qE '^request_to_decision +[0-9]+( +[0-9.]+ (us|ms|s)){5}$' "$work/out" || fail "clandctl stats has no times"
grep -qE '^agent CPU time for each decision: ' "$work/out" || fail "clandctl stats has no cost of a decision"
"$clandctl" --socket "$work/run/control" stats --json | python3 -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["ok"] and answer["stats"]["direct"] and answer["meta"]["ClandStats"]' ||
	fail "clandctl stats --json"
# a line is written at once, not when there are many
exec {watching}< <(exec "$clandctl" --socket "$work/run/control" stats --watch)
watcher=$!
read -r -t 60 -u $watching line || fail "clandctl stats --watch prints nothing"
kill $watcher
[[ $line =~ ^[0-9.]+\ s,\ vruntime,\ per\ second:\ direct=[0-9.]+\ .*\;\ runnable_to_running\ p50=.*\ a\ decision$ ]] ||
	fail "clandctl stats --watch says '$line'"
exec {watching}< <(exec "$clandctl" --socket "$work/run/control" stats --watch --json)
watcher=$!
for i in 1 2; do
	read -r -t 60 -u $watching line || fail "clandctl stats --watch --json prints nothing"
	python3 -c 'import json, sys; assert json.loads(sys.argv[1])["direct"]' "$line" || fail "line $i is no JSON"
done
kill $watcher

if [ -n "$scx_cland" ]; then
	# A row for each field, of those that come without asking anybody.
	"$scx_cland" --help-stats >"$work/out"
	"$clandctl" --socket "$work/run/control" stats --json | python3 -c '
import json, sys
help = open(sys.argv[1]).read()
stats = json.load(sys.stdin)["stats"]
for name in [n for n in stats if n not in ("version", "policy", "taken", "times")] + list(stats["times"]):
    assert f"\n  {name} " in help, name' "$work/out" || fail "--help-stats does not have all"
	for bad in 0 0.05 x 1.2345 -1 100000 .; do
		! "$scx_cland" --monitor "$bad" >/dev/null 2>"$work/err" || fail "--monitor $bad is taken"
		grep -q 'expected seconds from 0.1 to 86400' "$work/err" || fail "--monitor $bad: $(cat "$work/err")"
	done
fi
[ -x "$promtool" ] || { echo "no promtool, which would have looked at the metrics"; exit 77; }
