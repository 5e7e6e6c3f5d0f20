# SPDX-License-Identifier: GPL-2.0-only
"""Drawings of the benches as SVG.

draw(): distributions of delays, one panel for each workload, one line for each scheduler. To the right the
delay grows, to the top the share of all that were no later, both by powers of ten: the marks 90, 99, 99.9
are as far apart as the tails that they cut off.

draw_growth(): what something costs by the size of something else, both by powers of ten.
"""

import html
import math

WIDTH = 900
PANEL, GAP, TOP, LEFT, RIGHT = 240, 70, 60, 70, 30
SEEN = 1.5  # of the picture's units
COLOURS = ("#444444", "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b")
DASHES = ("", "6 3", "2 2", "8 3 2 3")


def steps(delays):
    """(delay, share of all that are above the ones before it) from values or (value, number) pairs."""
    pairs = sorted(entry if isinstance(entry, (list, tuple)) else (entry, 1) for entry in delays)
    total = sum(count for _, count in pairs)
    seen, found = 0, []
    for value, count in pairs:
        if found and found[-1][0] == value:
            found[-1] = (value, found[-1][1])
        else:
            found.append((value, 1 - seen / total))
        seen += count
    return found, total


class Axis:
    """A length for a value between two, by powers of ten."""

    def __init__(self, least, most, begin, end):
        self.least, self.most = math.log10(least), math.log10(most)
        self.begin, self.end = begin, end

    def at(self, value):
        share = (math.log10(value) - self.least) / (self.most - self.least)
        return self.begin + min(max(share, 0), 1) * (self.end - self.begin)


def duration(ns):
    for unit, size in (("s", 10 ** 9), ("ms", 10 ** 6), ("µs", 10 ** 3)):
        if ns >= size:
            return f"{ns / size:g} {unit}"
    return f"{ns:g} ns"


def text(x, y, words, anchor="start", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">'
            f"{html.escape(words)}</text>")


def line(x1, y1, x2, y2, colour="#dddddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def style(number):
    dash = DASHES[number // len(COLOURS) % len(DASHES)]
    return f'stroke="{COLOURS[number % len(COLOURS)]}"' + (f' stroke-dasharray="{dash}"' if dash else "")


def curve(found, across, up, number):
    """Each delay's step: level up to it, then up by those that had it. Steps too small to be seen are left
    out, but for the last."""
    points = []
    for (value, above), (_, after) in zip(found, found[1:] + [(None, 0)]):
        x, below, y = across.at(max(value, 1)), up.at(max(above, 1e-9)), up.at(max(after, 1e-9))
        if after and points and x - points[-1][0] + points[-1][1] - y < SEEN:
            continue
        points += [(x, below), (x, y)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline fill="none" stroke-width="1.5" {style(number)} points="{path}"/>'


def panel(title, by_contender, names, top):
    """by_contender: delays in ns by contender, those of all repetitions together."""
    found = {name: steps(by_contender[name]) for name in names if by_contender.get(name)}
    every = [value for curve_steps, _ in found.values() for value, _ in curve_steps]
    least = 10 ** math.floor(math.log10(max(min(every), 1)))
    most = 10 ** math.ceil(math.log10(max(max(every), 2)))
    if most == least:
        most *= 10
    nines = max(1, math.ceil(math.log10(max(total for _, total in found.values()))))
    across = Axis(least, most, LEFT, WIDTH - RIGHT)
    up = Axis(1, 10.0 ** -nines, top + PANEL, top)
    parts = [text(LEFT, top - 10, title, size=14)]
    for power in range(int(math.log10(least)), int(math.log10(most)) + 1):
        x = across.at(10.0 ** power)
        parts.append(line(x, top, x, top + PANEL))
        parts.append(text(x, top + PANEL + 16, duration(10 ** power), "middle"))
    for nine in range(nines + 1):
        y = up.at(10.0 ** -nine)
        parts.append(line(LEFT, y, WIDTH - RIGHT, y))
        label = "0 %" if nine == 0 else f"{100 - 100 * 10.0 ** -nine:.{max(0, nine - 2)}f} %"
        parts.append(text(LEFT - 6, y + 4, label, "end"))
    for number, name in enumerate(names):
        if name in found:
            parts.append(curve(found[name][0], across, up, number))
    return parts


def legend(names, titles):
    parts, x = [], LEFT
    for number, name in enumerate(names):
        parts.append(f'<line x1="{x}" y1="24" x2="{x + 24}" y2="24" stroke-width="2" {style(number)}/>')
        parts.append(text(x + 30, 28, titles.get(name, name)))
        x += 50 + 8 * len(titles.get(name, name))
    return parts


def draw(panels, names, titles):
    """The SVG of (title, delays by contender) panels; names say the contenders' order."""
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    parts += legend(names, titles)
    for number, (title, by_contender) in enumerate(panels):
        parts += panel(title, by_contender, names, TOP + number * (PANEL + GAP))
    return "\n".join(parts + ["</svg>"]) + "\n"


def powers(values):
    """The powers of ten between which they are, at least one apart."""
    least, most = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return least, max(most, least + 1)


def growth_panel(title, lines, names, top, unit):
    """lines: (size, cost) pairs by name. unit: says what a cost is, of a number."""
    parts = [text(LEFT, top - 10, title, size=14)]
    left, right = powers([size for pairs in lines.values() for size, _ in pairs])
    low, high = powers([cost for pairs in lines.values() for _, cost in pairs])
    across = Axis(10.0 ** left, 10.0 ** right, LEFT, WIDTH - RIGHT)
    up = Axis(10.0 ** low, 10.0 ** high, top + PANEL, top)
    for power in range(left, right + 1):
        x = across.at(10.0 ** power)
        parts.append(line(x, top, x, top + PANEL))
        parts.append(text(x, top + PANEL + 16, f"{10 ** power:,}", "middle"))
    for power in range(low, high + 1):
        y = up.at(10.0 ** power)
        parts.append(line(LEFT, y, WIDTH - RIGHT, y))
        parts.append(text(LEFT - 6, y + 4, unit(10.0 ** power), "end"))
    for number, name in enumerate(names):
        points = [(across.at(size), up.at(cost)) for size, cost in lines.get(name, [])]
        if not points:
            continue
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline fill="none" stroke-width="1.5" {style(number)} points="{path}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[number % len(COLOURS)]}"/>'
                  for x, y in points]
    return parts


def draw_growth(panels, names):
    """The SVG of (title, lines, unit) panels; see growth_panel(). names say the order of lines."""
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
             'font-family="sans-serif">', f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
    parts += legend(names, {})
    for number, (title, lines, unit) in enumerate(panels):
        parts += growth_panel(title, lines, names, TOP + number * (PANEL + GAP), unit)
    return "\n".join(parts + ["</svg>"]) + "\n"
