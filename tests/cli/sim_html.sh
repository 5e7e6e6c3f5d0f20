#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The pages of clandsim run and compare: well-formed, the same bytes for the same run, with the figures
# that the text has, nothing fetched from anywhere, names from workloads never markup; small whatever the
# machine; and a page that cannot be written whole is not written at all.
#
# Usage: tests/cli/sim_html.sh CLANDSIM POLICIES    POLICIES: the folder of NAME.so

set -euo pipefail

clandsim=$1
policies=$2
sim=$(dirname "$0")/../sim
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die()
{
	echo "$*" >&2
	exit 1
}

# page NAME ARG...: clandsim run with the page NAME.html and the text NAME.out
page()
{
	local name=$1
	shift
	"$clandsim" run --policy="$policies/latency-boost.so" --html="$work/$name.html" "$@" \
		>"$work/$name.out"
}

# sound FILE...: XML, below 2 MB, complete, and asks for nothing from outside
sound()
{
	python3 - "$@" <<-'EOF'
	import os, re, sys, xml.etree.ElementTree as tree
	for path in sys.argv[1:]:
	    text = open(path, encoding="utf-8").read()
	    root = tree.fromstring(text)
	    assert os.path.getsize(path) < 2 << 20, (path, os.path.getsize(path))
	    assert text.endswith("</html>\n"), path
	    rest = text.replace('xmlns="http://www.w3.org/1999/xhtml"', "")
	    rest = rest.replace('xmlns="http://www.w3.org/2000/svg"', "")
	    assert not re.search("https?:|//[a-z]|@import|url\\((?!#)", rest), path
	    for element in root.iter():
	        name = element.tag.split("}")[1]
	        assert name not in ("link", "img", "iframe", "object", "image", "use", "a", "base"), (path, name)
	        assert not {"src", "href"} & set(element.attrib), (path, name)
	    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
	    assert len(ids) == len(set(ids)), (path, "an id twice")
	EOF
	! command -v xmllint >/dev/null || xmllint --noout "$@"
}

# ---- every workload, and machines of every size -------------------------------------------------------

for workload in "$sim"/*.ini "$sim/rtapp.json"; do
	name=$(basename "$workload")
	page "$name" --duration=500ms "$workload"
	page "$name-4096" --duration=20ms --cpus=4096 --llcs=4 --nodes=2 --machine=/dev/null "$workload" 2>/dev/null ||
		rm -f "$work/$name-4096.html" # one that is bound to CPUs by its file
done
[ -e "$work/desktop.ini-4096.html" ] || die "no page of a machine with 4096 CPUs was made"
# Its end is known when it comes: the columns grow.
cat >"$work/grows.json" <<-'END'
	{ "tasks" : {
	"build" : { "instance" : 3, "loop" : 700, "run" : 3000, "sleep" : 2000 },
	"game" : { "loop" : 500, "run" : 1000, "timer" : { "ref" : "t", "period" : 2000 } } } }
	END
page grows "$work/grows.json"
# More groups than colours, each of them everywhere.
for i in {1..600}; do
	printf '[sleepers &&&&&&&&&&&&&&&&&&&&&&&&&%d]\nrun = 400us\nsleep = 7ms\njitter = 90\n' "$i"
done >"$work/many.ini"
page many --cpus=32 --duration=2s "$work/many.ini"
sound "$work"/*.html
grep -q '(586 other groups)' "$work/many.html" || die "groups beyond the colours are not named"
grep -q '100 groups are left out' "$work/many.html" || die "it is not said that rows are missing"
grep -q 'CPUs 0-127' "$work/desktop.ini-4096.html" || die "the rows of a big machine are not named"
grep -q 'on 128 CPUs together' "$work/desktop.ini-4096.html" || die "it is not said what was summed up"

# ---- the same run, the same bytes --------------------------------------------------------------------

page first --seed=7 --duration=300ms "$sim/desktop.ini"
page again --seed=7 --duration=300ms "$sim/desktop.ini"
page other --seed=8 --duration=300ms "$sim/desktop.ini"
cmp "$work/first.html" "$work/again.html"
! cmp -s "$work/first.html" "$work/other.html" || die "another seed changes nothing in the page"
# Nor does keeping it change the run.
"$clandsim" run --policy="$policies/latency-boost.so" --seed=7 --duration=300ms "$sim/desktop.ini" |
	cmp - "$work/first.out"

# The command that it names makes that run again.
python3 - "$work/first.html" >"$work/command" <<'END'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
print(root.find(".//{*}pre/{*}code").text)
END
grep -q -- '--seed=7' "$work/command" || die "the command does not name the seed"
! grep -q -- '--html' "$work/command" || die "the command would write the page again"
(PATH=$(dirname "$clandsim"):$PATH && eval "$(cat "$work/command")") | cmp - "$work/first.out"

# ---- what is on it is what the text says -------------------------------------------------------------

cat >"$work/figures.py" <<'END'
import json, re, sys, xml.etree.ElementTree as tree
page = tree.parse(sys.argv[1]).getroot()
result = json.load(open(sys.argv[2]))
said = open(sys.argv[3]).read()
html, svg = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
def text(e): return " ".join("".join(e.itertext()).split())
game = next(g for g in result["groups"] if g["name"] == "game")
tables = [[[text(c) for c in row if c.tag in (html + "th", html + "td")] for row in t.iter(html + "tr")]
          for t in page.iter(html + "table")]
row = next(r for t in tables for r in t if r[0] == "game" and t[0][1] == "tasks")
assert row[-1] == f"{game['missed']} of {game['jobs']}", row
assert row[4] == str(game["wakeups"]) and row[5] == str(game["migrations"]), row
# Percentiles, as the text has them, for both kinds of waits.
lines = [l.split()[1:] for l in said.splitlines() if re.match(r"  game +\d+( +[\d.]+(ns|us|ms|s)){5}$", l)]
rows = [[r[1]] + r[-5:] for t in tables for r in t if r[0] == "game" and t[0][1] == "times"]
assert len(lines) == 2 and lines == rows, (lines, rows)
tips = [e.text or "" for e in page.iter(svg + "title")]
def told(pattern): return sum(int(n) for t in tips for n in re.findall(pattern, t))
# Every deadline that was missed is in a tooltip below the timeline, once.
missed = told(r"; (\d+) deadlines missed by game")
assert missed == game["missed"], (missed, game["missed"])
# So are all preemptions and migrations, the agent's too.
for key, what in (("preempted", "preemptions"), ("migrations", "migrations")):
    assert told(r"; (\d+) " + what) >= sum(g[key] for g in result["groups"]), what
# Tasks waiting, times how long, are all waits; some had not ended, and averages have one digit.
waiting = 0
for t in tips:
    m = re.match(r"([\d.]+) to ([\d.]+)s: ([\d.]+) tasks wait on average", t)
    if m:
        waiting += (float(m[2]) - float(m[1])) * float(m[3])
waits = sum(g["wait_ns"] for g in result["groups"]) / 1e9
assert abs(waiting - waits) < 0.01 * waits + 0.05 * result["duration_ns"] / 1e9, (waiting, waits)
# And the parts of the CPUs, weighted by time, are the CPU time.
share = 0
for t in tips:
    m = re.match(r"CPU \d+, ([\d.]+) to ([\d.]+)s:.* build ([\d.]+) %", t)
    if m:
        share += (float(m[2]) - float(m[1])) * float(m[3]) / 100
build = next(g for g in result["groups"] if g["name"] == "build")["run_ns"] / 1e9
assert abs(share - build) < 0.002 * build, (share, build)
END

page frames --duration=10s "$sim/frames.ini"
for workload in "$sim/frames.ini" "$work/grows.json"; do
	name=$(basename "${workload%.*}")
	"$clandsim" run --policy="$policies/latency-boost.so" --json "$workload" >"$work/$name.result"
	python3 "$work/figures.py" "$work/$name.html" "$work/$name.result" "$work/$name.out"
done
grep -q '[1-9][0-9]* deadlines missed by game' "$work/frames.html" || die "no deadline was missed: no test"

# Few runs are drawn one by one, each with its own words.
page few --duration=50ms "$sim/hogs.ini"
python3 - "$work/few.html" "$work/few.out" <<'END'
import re, sys
page, said = open(sys.argv[1]).read(), open(sys.argv[2]).read()
switches = int(re.search(r"(\d+) switches", said)[1])
timeline = page[page.index('id="timeline"'):page.index('id="shares"')]
drawn = len(re.findall(r"<title>[a-z-]+ \d+ on CPU \d+, ", timeline))
assert drawn == switches > 10, (drawn, switches)
END

# Four hogs on two CPUs: two are in queues, all the time.
page queues --duration=500ms "$sim/hogs.ini"
python3 - "$work/queues.html" <<'END'
import re, sys
page = open(sys.argv[1]).read()
looks = re.findall(r"<title>[^<]*: tasks on average, at most:([^<]*)</title>", page[page.index('id="queues"'):])
assert len(looks) > 20, len(looks)
lengths = [sum(float(mean) for mean in re.findall(r" ([0-9.]+), [0-9]+;", look)) for look in looks]
assert all(1.9 < length < 2.1 for length in lengths[:-1]), lengths
assert all("cache 0" in look for look in looks[:-1]), looks
END

# ---- texts from a workload are texts -----------------------------------------------------------------

odd="$work/it's <i>&amp;.ini"
printf '[hogs <b>&"]\ncomm = "</svg>\n[sleepers </title><script>]\ncomm = "><b>&\nrun = 1ms\nsleep = 1ms\n%b' \
	'[hogs a\xc3\xa4\xff\xef\xbf\xbe]\n' >"$odd"
page texts --duration=50ms "$odd"
sound "$work/texts.html"
python3 - "$work/texts.html" "$odd" "$policies/latency-boost.so" <<'END'
import shlex, sys, xml.etree.ElementTree as tree
path, workload, policy = sys.argv[1:]
root = tree.fromstring(open(path, encoding="utf-8").read())
words = " ".join(root.itertext())
for name in ('<b>&"', "</title><script>", '"</svg>', '"><b>&', "a\u00e4??", "it's <i>&amp;.ini"):
    assert name in words, name
assert len(root.findall(".//{*}script")) == 1
assert not root.findall(".//{*}i") and not root.findall(".//{*}table//{*}b")
command = root.find(".//{*}pre/{*}code").text
assert shlex.split(command) == ["clandsim", "run", "--policy=" + policy, "--duration=50ms", "--seed=1",
                                workload], command
END

# ---- compare -----------------------------------------------------------------------------------------

# compare FILE ARG...
compare()
{
	"$clandsim" compare "$policies"/{vruntime,latency-boost}.so --workload="$sim/frames.ini" \
		--seeds=4 --duration=300ms --html="$1" "${@:2}"
}
compare "$work/sides.html" >"$work/sides.out"
compare "$work/sides2.html" --jobs=1 --json >"$work/sides.json"
cmp "$work/sides.html" "$work/sides2.html"
sound "$work/sides.html"
python3 - "$work/sides.html" "$work/sides.json" "$work/sides.out" <<'END'
import json, sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
figures = json.load(open(sys.argv[2]))["figures"]
said = open(sys.argv[3]).read()
html = "{http://www.w3.org/1999/xhtml}"
rows = [["".join(c.itertext()) for c in r] for b in root.iter(html + "tbody") for r in b.iter(html + "tr")]
assert len(rows) == 2 * len(figures), (len(rows), len(figures))
for i, row in enumerate(rows):
    figure = figures[i // 2]
    mean, half = row[-2].split(" \u00b1 ")
    assert f"{mean} +- {half}" in said, row
    if i % 2:
        assert (row[-1] == "noise") == (not figure["policies"][1]["real"]), (row, figure)
    else:
        assert row[0].startswith(figure["name"]), (row, figure)
dots = sum(p.attrib["d"].count("h0") for p in root.iter("{http://www.w3.org/2000/svg}path")
           if p.attrib.get("class") == "seed")
assert dots == 4 * len(rows), dots
hint = "4 seeds nothing can be told from noise"
assert hint in said and hint in "".join(root.itertext())
END

# ---- a page that cannot be written whole -------------------------------------------------------------

mkdir "$work/full"

# refused COMMAND...: it fails with 1, names the file, and leaves the folder full as it was
refused()
{
	local got=0 before
	before=$(ls -A "$work/full")
	"$@" >/dev/null 2>"$work/err" || got=$?
	[ "$got" = 1 ] || die "$*: status $got, wanted 1; it said: $(cat "$work/err")"
	grep -q "cannot be written" "$work/err" || die "$*: it said: $(cat "$work/err")"
	[ "$(ls -A "$work/full")" = "$before" ] || die "$*: left something: $(ls -A "$work/full")"
}

run=("$clandsim" run --policy="$policies/vruntime.so" --duration=300ms "$sim/desktop.ini")
# No file may have more than 16 KiB: as when the disk is full in the middle of it.
limited()
{
	(trap '' XFSZ && ulimit -f 16 && "$@")
}
refused limited "${run[@]}" --html="$work/full/new.html"
grep -qF "$work/full/new.html" "$work/err" || die "the file is not named: $(cat "$work/err")"
echo old >"$work/full/old.html"
refused limited "${run[@]}" --html="$work/full/old.html"
[ "$(cat "$work/full/old.html")" = old ] || die "the page that was there is gone"
refused "${run[@]}" --html="$work/none/new.html"
refused "${run[@]}" --html="$work/full"
refused "${run[@]}" --html=/dev/full
[ -c /dev/full ] || die "/dev/full is no device any more"
refused compare "$work/none/new.html"
refused limited compare "$work/full/old.html"
[ "$(cat "$work/full/old.html")" = old ] || die "compare: the page that was there is gone"

# It takes the place of an old one, behind a link too; and goes to whoever reads a pipe.
ln -s old.html "$work/full/link.html"
"${run[@]}" --html="$work/full/link.html" >/dev/null
[ -L "$work/full/link.html" ] || die "the link has been replaced"
sound "$work/full/old.html"
"${run[@]}" --html=/dev/fd/3 3>&1 >/dev/null | cmp - "$work/full/old.html"
[ "$(find "$work/full" -mindepth 1 | wc -l)" = 2 ] || die "something is left: $(ls -A "$work/full")"
