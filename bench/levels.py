#!/usr/bin/env python3
"""The levels of .warp beside those of gzip, zstd and xz: size, and CPU seconds both ways. For docs/guides/choosing-a-level.md.

usage: levels.py --kompakt PATH INPUT      measures, into levels.json beside the guide
       levels.py --draw                    draws levels.svg from it, and puts the table into the guide

CPU seconds rather than wall clock: they say what a level costs also where other work runs beside it. A result takes the
least of its runs, because what disturbs only adds. A level whose first run takes long is run once.
"""
import argparse
import filecmp
import json
import math
import os
import pathlib
import tempfile

from measuring import run

GUIDES = pathlib.Path(__file__).resolve().parent.parent / "docs/guides"
DATA = GUIDES / "levels.json"
BEGIN, END = "<!-- bench/levels.py -->", "<!-- end -->"
SLOW_SECONDS = 5
RUNS = 5

# name of the series: (levels, command, command back)
SERIES = {
    "kompakt": (range(10), "{kompakt} -q -f -T{t} -{level} {i} -o {o}", "{kompakt} -q -f -T{t} -d {o} -o {r}"),
    "gzip": ((1, 6, 9), "gzip -{level} -c {i}", "gzip -d -c {o}"),
    "zstd": ((1, 3, 6, 9, 12, 15, 19), "zstd -q -f -T{t} -{level} {i} -o {o}", "zstd -q -f -d {o} -o {r}"),
    "xz": ((0, 3, 6, 9), "xz -T{t} -{level} -c {i}", "xz -d -T{t} -c {o}"),
}
COLOURS = {"kompakt": "#c0392b", "gzip": "#7f8c8d", "zstd": "#2471a3", "xz": "#1e8449"}


def least_cpu(command, target):
    best = math.inf
    for _ in range(RUNS):
        if os.path.exists(target):
            os.remove(target)
        best = min(best, run(command, target).cpu)
        if best > SLOW_SECONDS:
            break
    return round(best, 3)


def measure(options):
    rows = []
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        packed, restored = f"{folder}/packed", f"{folder}/restored"
        for name, (levels, forth, back) in SERIES.items():
            for level in levels:
                fields = {"kompakt": options.kompakt, "t": options.threads, "level": level, "i": options.input,
                          "o": packed, "r": restored}
                compress = least_cpu(forth.format(**fields), packed)
                decompress = least_cpu(back.format(**fields), restored)
                if not filecmp.cmp(options.input, restored, shallow=False):
                    raise RuntimeError(f"{name} -{level}: what comes back differs")
                rows.append({"tool": name, "level": level, "size": os.path.getsize(packed), "compress": compress,
                             "decompress": decompress})
                print(rows[-1], flush=True)
    DATA.write_text(json.dumps({"input": os.path.basename(options.input), "bytes": os.path.getsize(options.input),
                                "threads": options.threads, "rows": rows}, indent=1) + "\n")


class Chart:
    """One scatter of ratio (upwards) against MB of content per CPU second (to the right, logarithmic)."""

    WIDTH, HEIGHT, LEFT, TOP = 560, 360, 60, 40

    def __init__(self, title, speeds, ratios, offset):
        self.title, self.offset = title, offset
        self.low, self.high = math.log10(min(speeds) / 1.4), math.log10(max(speeds) * 1.4)
        self.ratio_low, self.ratio_high = 0.5, math.ceil(max(ratios))
        self.parts = []

    def x(self, speed):
        return self.offset + self.LEFT + (math.log10(speed) - self.low) / (self.high - self.low) * self.WIDTH

    def y(self, ratio):
        return self.TOP + (self.ratio_high - ratio) / (self.ratio_high - self.ratio_low) * self.HEIGHT

    def text(self, x, y, text, anchor="middle", colour="#333", size=12):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">{text}</text>')

    def line(self, points, colour, width):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>')

    def axes(self):
        left, right = self.offset + self.LEFT, self.offset + self.LEFT + self.WIDTH
        bottom = self.TOP + self.HEIGHT
        self.text((left + right) / 2, self.TOP - 16, self.title, size=15)
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in (1, 2, 5):
                speed = step * 10.0**power
                if self.low <= math.log10(speed) <= self.high:
                    self.line([(self.x(speed), self.TOP), (self.x(speed), bottom)], "#e4e4e4", 1)
                    self.text(self.x(speed), bottom + 16, f"{speed:g}")
        for ratio in range(1, self.ratio_high + 1):
            self.line([(left, self.y(ratio)), (right, self.y(ratio))], "#e4e4e4", 1)
            self.text(left - 8, self.y(ratio) + 4, f"x{ratio}", "end")
        self.text((left + right) / 2, bottom + 36, "MB of content per CPU second")

    def series(self, name, points):
        self.line([(self.x(speed), self.y(ratio)) for _, speed, ratio in points], COLOURS[name], 1.5)
        for level, speed, ratio in points:
            self.parts.append(f'<circle cx="{self.x(speed):.1f}" cy="{self.y(ratio):.1f}" r="4" fill="{COLOURS[name]}"/>')
            self.text(self.x(speed) + 6, self.y(ratio) + (-6 if name == "kompakt" else 14), level, "start", COLOURS[name], 11)


def draw(data):
    rows, content = data["rows"], data["bytes"]
    ratios = [content / row["size"] for row in rows]
    charts = []
    for number, (field, title) in enumerate((("compress", "Compressing"), ("decompress", "Decompressing"))):
        chart = Chart(title, [content / 1e6 / row[field] for row in rows], ratios, number * 640)
        chart.axes()
        for name in SERIES:
            chart.series(name, [(row["level"], content / 1e6 / row[field], content / row["size"]) for row in rows
                                if row["tool"] == name])
        charts.append(chart)
    for number, name in enumerate(SERIES):
        charts[0].text(80 + number * 110, 470, f"&#9679; {name}", "start", COLOURS[name], 13)
    charts[0].text(1270, 470, f"{data['input']}, {content:,} bytes, {data['threads']} threads; ratio upwards, speed to the right",
                   "end")
    body = "\n".join(part for chart in charts for part in chart.parts)
    (GUIDES / "levels.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 490" font-family="sans-serif">\n'
        f'<rect width="1280" height="490" fill="white"/>\n{body}\n</svg>\n')


def write_table(data):
    lines = ["| | size | ratio | compress, CPU s | decompress, CPU s |", "|---|---|---|---|---|"]
    for row in data["rows"]:
        lines.append(f"| {row['tool']} -{row['level']} | {row['size']:,} | x{data['bytes'] / row['size']:.2f} | {row['compress']:.2f} "
                     f"| {row['decompress']:.2f} |")
    page = GUIDES / "choosing-a-level.md"
    before, rest = page.read_text().split(BEGIN)
    page.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kompakt")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--dir", default="/dev/shm")
    parser.add_argument("--draw", action="store_true")
    parser.add_argument("input", nargs="?")
    options = parser.parse_args()
    if options.draw:
        data = json.loads(DATA.read_text())
        draw(data)
        write_table(data)
    elif options.kompakt and options.input:
        measure(options)
    else:
        parser.error("either --draw, or --kompakt and an input")


if __name__ == "__main__":
    main()
