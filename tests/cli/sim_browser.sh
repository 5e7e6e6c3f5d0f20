#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The pages of clandsim, and of clandctl compare, in a real browser (Chromium, without a window): no error, nothing fetched, texts
# that stay in their pictures and off each other, a legend and a line in time that work, colours for
# light and dark that can be read, also by the colour-blind, and a print.
#
# Usage: tests/cli/sim_browser.sh CLANDSIM POLICIES CLANDCTL DAEMON [--required]
#   POLICIES: the folder of NAME.so; DAEMON: clandctl_daemon.c's program, for it to talk to; --required: without Chromium it fails instead of being skipped

set -euo pipefail

clandsim=$1
policies=$2
clandctl=$3
daemon=$4
sim=$(dirname "$0")/../sim

if ! command -v chromium >/dev/null; then
	echo "chromium is not installed; scripts/setup does that" >&2
	[ "${5:-}" != --required ] || exit 1
	exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# browser NAME ARG...: Chromium, as new, and without asking any network; its own messages are in NAME.log
browser()
{
	local name=$1
	shift
	mkdir "$work/profile-$name"
	timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
		--disable-background-networking --disable-component-update --disable-sync \
		--host-resolver-rules='MAP * ~NOTFOUND' --window-size=1240,900 \
		--user-data-dir="$work/profile-$name" "$@" 2>"$work/$name.log" ||
		{ echo "chromium failed on $name:" >&2; tail -n 20 "$work/$name.log" >&2; exit 1; }
}

cat >"$work/before.js" <<'END'
window.errors = [];
window.addEventListener('error', function (e) { errors.push(e.message); });
document.addEventListener('securitypolicyviolation', function (e) {
	errors.push('not allowed: ' + e.violatedDirective);
});
END
cat >"$work/probe.js" <<'END'
(function () {
	var all = function (what, in_what) { return Array.from((in_what || document).querySelectorAll(what)); };
	var style = function (e, name) { return getComputedStyle(e)[name]; };
	var rgb = function (colour) { return colour.match(/[\d.]+/g).slice(0, 3).map(Number); };
	var said = { errors: errors, title: document.title };

	said.fetched = performance.getEntriesByType('resource').length;
	said.too_wide = document.documentElement.scrollWidth - window.innerWidth;
	said.dark = matchMedia('(prefers-color-scheme: dark)').matches;
	said.colours = { bg: rgb(style(document.body, 'backgroundColor')), fg: rgb(style(document.body, 'color')) };
	['dim', 'mark', 'idle', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'].forEach(function (name) {
		var e = document.body.appendChild(document.createElement('i'));
		e.style.color = 'var(--' + name + ')';
		said.colours[name] = rgb(style(e, 'color'));
		e.remove();
	});

	/* Texts: in the picture, and not one over the other. */
	said.outside = [];
	said.over = [];
	said.texts = 0;
	said.pictures = all('figure svg, td.picture svg').length;
	all('figure svg, td.picture svg').forEach(function (svg) {
		var box = svg.getBoundingClientRect(), last = [];
		all('text', svg).forEach(function (text) {
			var b = text.getBoundingClientRect();
			said.texts++;
			if (b.left < box.left - 0.5 || b.right > box.right + 0.5 || b.top < box.top - 1 ||
			    b.bottom > box.bottom + 1)
				said.outside.push(text.textContent);
			last.forEach(function (o) {
				if (b.left < o.b.right && o.b.left < b.right && b.top + 2 < o.b.bottom && o.b.top + 2 < b.bottom)
					said.over.push(o.text.textContent + ' | ' + text.textContent);
			});
			last.push({ b: b, text: text });
		});
	});
	said.unnamed = all('svg').filter(function (svg) {
		return !svg.getAttribute('aria-label') && svg.getAttribute('aria-hidden') !== 'true';
	}).length;

	/* The legend brings out one colour, and lets go of it. */
	var keys = all('button.key'), key = keys[0], group = key.dataset.group;
	var opacities = function (of) { return Array.from(new Set(all(of).map(function (e) { return style(e, 'opacity'); }))); };
	said.keys = keys.length;
	keys[keys.length - 1].click();
	key.click();
	said.pressed = all('button.key[aria-pressed=true]').length;
	said.chosen = opacities('.mark.' + group);
	said.others = opacities('.mark:not(.' + group + ')');
	key.click();
	said.after = opacities('.mark');
	said.pressed_after = all('button.key[aria-pressed=true]').length;

	/* The line in time. */
	var svg = document.querySelector('svg[data-from]');
	if (svg) {
		var box = svg.getBoundingClientRect(), left = Number(svg.dataset.left), width = Number(svg.dataset.width);
		var x = box.left + (left + width / 4) / svg.viewBox.baseVal.width * box.width;
		svg.dispatchEvent(new MouseEvent('mousemove', { clientX: x, clientY: box.top + 5 }));
		said.at = parseFloat(document.getElementById('at').textContent);
		said.at_wanted = Number(svg.dataset.to) / 4 / 1e9;
		said.lines = all('path.cursor').filter(function (p) { return p.getAttribute('d'); }).length;
		svg.dispatchEvent(new MouseEvent('mouseleave', {}));
		said.at_after = document.getElementById('at').textContent;
	}
	said.tips = all('figure svg title').length;
	said.late = all('path.late.mark').length;

	var pre = document.createElement('pre');
	pre.id = 'probe';
	pre.textContent = JSON.stringify(said);
	document.body.appendChild(pre);
}());
END

# probe NAME ARG...: what the page NAME.html says of itself in the browser, as JSON
probe()
{
	local name=$1
	shift
	python3 - "$work/$name.html" "$work/before.js" "$work/probe.js" >"$work/$name-probed.html" <<-'END'
	import sys
	page, before, probe = (open(p, encoding="utf-8").read() for p in sys.argv[1:])
	page = page.replace("<body>", "<body><script>" + before + "</script>", 1)
	at = page.rindex("</body>")
	print(page[:at] + "<script>" + probe + "</script>" + page[at:])
	END
	browser "$name" --dump-dom "$@" "file://$work/$name-probed.html" >"$work/$name.dom"
	python3 - "$work/$name.dom" <<-'END'
	import html, re, sys
	found = re.search('<pre id="probe">(.*?)</pre>', open(sys.argv[1], encoding="utf-8").read(), re.S)
	print(html.unescape(found[1]) if found else "null")
	END
}

for name in frames hotplug server; do
	"$clandsim" run --policy="$policies/vruntime.so" --html="$work/$name.html" "$sim/$name.ini" >/dev/null
done
"$clandsim" run --policy="$policies/vruntime.so" --duration=40ms --html="$work/few.html" "$sim/desktop.ini" \
	>/dev/null
for i in {1..20}; do
	printf '[sleepers a-long-name-of-a-group-%d]\nrun = 400us\nsleep = 7ms\njitter = 90\ncount = 8\n' "$i"
done >"$work/many.ini"
"$clandsim" run --policy="$policies/vruntime.so" --cpus=128 --duration=1s --html="$work/many.html" \
	"$work/many.ini" >/dev/null
"$clandsim" compare "$policies"/{vruntime,latency-boost}.so --workload="$sim/frames.ini" --seeds=4 \
	--duration=300ms --html="$work/sides.html" >/dev/null
# One that fails, and a command that looks like markup.
exec {ready}< <(exec "$daemon" "$work/socket" turns)
daemon_pid=$!
read -r -u "$ready" _
mkdir "$work/policies"
cp "$policies/vruntime.so" "$work/policies/crashed.so"
SCX_CLAND_POLICY_PATH=$policies:$work/policies "$clandctl" --socket "$work/socket" compare \
	vruntime fifo deadline crashed --for 12s --turn 1s --html "$work/turns.html" \
	--metric 'echo "<b>&amp;" >/dev/null; echo "-$$ <i>"' >"$work/turns" 2>&1 || [ $? = 8 ] ||
	{ cat "$work/turns" >&2; exit 1; }
kill "$daemon_pid"

light=--blink-settings=preferredColorScheme=1
dark=--blink-settings=preferredColorScheme=0
for name in frames server many; do
	probe "$name" "$light" >"$work/$name.json"
done
for name in hotplug few sides turns; do
	probe "$name" "$dark" >"$work/$name.json"
done

python3 - "$work" frames server many -- hotplug few sides turns <<'END'
import json, math, sys
work = sys.argv[1]

def linear(c):
    c /= 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4

def luminance(colour):
    return sum(f * linear(c) for f, c in zip((0.2126, 0.7152, 0.0722), colour))

def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)

# What people without one kind of cones see (Machado, Oliveira and Fernandes 2009), in linear RGB.
SEEN = {
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}

def lab(colour, matrix):
    rgb = [linear(c) for c in colour]
    r, g, b = (min(1, max(0, sum(m * c for m, c in zip(row, rgb)))) for row in matrix)
    xyz = ((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b,
           (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)

is_dark = False
for name in sys.argv[2:]:
    if name == "--":
        is_dark = True
        continue
    said = json.load(open(f"{work}/{name}.json"))
    assert said, f"{name}: the probe has not run to its end"
    where = f"{name}: {said['title']}"
    assert said["errors"] == [] and said["fetched"] == 0, (where, said["errors"], said["fetched"])
    assert said["too_wide"] <= 0, (where, said["too_wide"])
    assert said["pictures"] > 3 and said["unnamed"] == 0, (where, said["pictures"], said["unnamed"])
    assert said["outside"] == [], (where, said["outside"])
    assert said["over"] == [], (where, said["over"])
    assert said["keys"] >= 2 and said["pressed"] == 1 and said["pressed_after"] == 0, (where, said)
    assert said["chosen"] == ["1"] and said["after"] == ["1"], (where, said)
    assert len(said["others"]) == 1 and float(said["others"][0]) < 0.3, (where, said["others"])
    if name not in ("sides", "turns"):
        # a pointer is at a whole pixel
        assert abs(said["at"] - said["at_wanted"]) < 0.01 * said["at_wanted"], (where, said)
        assert said["lines"] >= 2 and said["at_after"] == "", (where, said)
        assert said["tips"] > 50, (where, said["tips"])
    assert said["dark"] == is_dark, where
    colours = said["colours"]
    assert (luminance(colours["bg"]) < 0.1) == said["dark"], (where, colours["bg"])
    for text in ("fg", "dim", "mark"):
        assert contrast(colours[text], colours["bg"]) >= 4.5, (where, text)
    for who, matrix in SEEN.items():
        seen = {c: lab(colours[c], matrix) for c in ("c0", "c1", "c2", "c3", "c4", "c5", "c6", "idle")}
        for a in seen:
            for b in seen:
                assert a >= b or math.dist(seen[a], seen[b]) > 11, (where, who, a, b,
                                                                    math.dist(seen[a], seen[b]))
assert json.load(open(f"{work}/turns.json"))["keys"] == 3, "three are left"
assert json.load(open(f"{work}/frames.json"))["late"] == 1, "missed deadlines are marked"
assert json.load(open(f"{work}/many.json"))["keys"] == 16, "14 groups, the others, the agent"
END

# Printed: some pages of paper, and light ones whatever the screen.
browser print "$dark" --no-pdf-header-footer --print-to-pdf="$work/frames.pdf" "file://$work/frames.html"
head -c 5 "$work/frames.pdf" | grep '%PDF-' >/dev/null || { echo "it cannot be printed" >&2; exit 1; }
[ "$(stat -c %s "$work/frames.pdf")" -gt 20000 ] || { echo "the print is empty" >&2; exit 1; }
