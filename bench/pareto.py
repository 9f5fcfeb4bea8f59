"""Scatter plots of size against speed as SVG, without a library: every point has its label, and light and dark pages both do."""
import html
import math
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP = 560, 420, 56, 46
PANEL = LEFT + WIDTH + 40
STYLE = """
svg { --paper: #ffffff; --ink: #24292f; --grid: #dfe3e8; --own: #c0392b; --peer: #2471a3; --front: #8c959f }
@media (prefers-color-scheme: dark) {
  svg { --paper: #0d1117; --ink: #d0d7de; --grid: #30363d; --own: #ff7b72; --peer: #79c0ff; --front: #6e7681 }
}
text { font: 12px sans-serif; fill: var(--ink) }
.title { font-size: 15px; font-weight: bold }
.own { fill: var(--own) } .peer { fill: var(--peer) }
.grid { stroke: var(--grid) } .front { stroke: var(--front); stroke-dasharray: 4 3; fill: none }
.line { stroke: var(--own); stroke-width: 1.5; fill: none }
"""


@dataclass
class Point:
    label: str
    speed: float   # MB of content per CPU second
    size: float    # MB
    own: bool


def steps(low, high):
    """Four to eight round values within the range."""
    width = 10 ** math.floor(math.log10(high - low))
    step = next(width * part for part in (0.1, 0.2, 0.5, 1, 2, 5) if (high - low) / (width * part) <= 8)
    first = math.ceil(low / step)
    return [round(number * step, 6) for number in range(first, math.floor(high / step) + 1)]


class Chart:
    """Size downwards (so that smaller is higher) over speed to the right, logarithmic."""

    def __init__(self, title, points):
        self.title, self.points = title, points
        speeds, sizes = [point.speed for point in points], [point.size for point in points]
        self.slow, self.fast = math.log10(min(speeds) / 1.5), math.log10(max(speeds) * 2.2)
        margin = max((max(sizes) - min(sizes)) * 0.06, 0.05)
        self.small, self.big = min(sizes) - margin, max(sizes) + margin
        self.taken = []

    def x(self, speed):
        return LEFT + (math.log10(speed) - self.slow) / (self.fast - self.slow) * WIDTH

    def y(self, size):
        return TOP + (size - self.small) / (self.big - self.small) * HEIGHT

    def place(self, point):
        """Where the label goes: the first place around the point that meets neither another label nor a point."""
        x, y, width = self.x(point.speed), self.y(point.size), 6.6 * len(point.label)
        choices = [(x + 8, y + 4), (x - 8 - width, y + 4), (x - width / 2, y - 9), (x - width / 2, y + 18), (x + 7, y - 8),
                   (x + 7, y + 16), (x - 7 - width, y - 8), (x - 7 - width, y + 16), (x + 7, y - 20), (x + 7, y + 28)]

        def cost(spot):
            box = (spot[0], spot[1] - 10, spot[0] + width, spot[1] + 3)
            outside = box[0] < LEFT or box[2] > LEFT + WIDTH or box[1] < TOP or box[3] > TOP + HEIGHT
            return 3 * outside + sum(box[0] < right and left < box[2] and box[1] < bottom and top < box[3]
                                     for left, top, right, bottom in self.taken)

        spot = min(choices, key=cost)
        self.taken.append((spot[0], spot[1] - 10, spot[0] + width, spot[1] + 3))
        return spot

    def axes(self):
        right, bottom = LEFT + WIDTH, TOP + HEIGHT
        yield f'<text class="title" x="{(LEFT + right) / 2}" y="{TOP - 14}" text-anchor="middle">{self.title}</text>'
        for power in range(math.floor(self.slow), math.ceil(self.fast) + 1):
            for step in (1, 2, 5):
                speed = step * 10.0**power
                if self.slow <= math.log10(speed) <= self.fast:
                    x = f"{self.x(speed):.1f}"
                    yield f'<line class="grid" x1="{x}" y1="{TOP}" x2="{x}" y2="{bottom}"/>'
                    yield f'<text x="{x}" y="{bottom + 17}" text-anchor="middle">{speed:g}</text>'
        for size in steps(self.small, self.big):
            y = self.y(size)
            yield f'<line class="grid" x1="{LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>'
            yield f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{size:g}</text>'

    def front(self):
        """The points that none beats in both size and speed."""
        best, chosen = math.inf, []
        for point in sorted(self.points, key=lambda each: (-each.speed, each.size)):
            if point.size < best:
                best = point.size
                chosen.append(point)
        return chosen

    def path(self, points, style):
        where = " ".join(f"{self.x(point.speed):.1f},{self.y(point.size):.1f}" for point in points)
        return f'<polyline class="{style}" points="{where}"/>'

    def parts(self):
        yield from self.axes()
        yield self.path(self.front(), "front")
        yield self.path([point for point in self.points if point.own], "line")
        for point in self.points:
            x, y = self.x(point.speed), self.y(point.size)
            self.taken.append((x - 4, y - 4, x + 4, y + 4))
            yield f'<circle class="{"own" if point.own else "peer"}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        for point in sorted(self.points, key=lambda each: not each.own):
            x, y = self.place(point)
            yield f'<text class="{"own" if point.own else "peer"}" x="{x:.1f}" y="{y:.1f}">{html.escape(point.label)}</text>'


def drawing(charts, caption):
    """One SVG with the charts side by side. The dashed line joins what nothing beats in both size and speed."""
    width, height = PANEL * len(charts) + 10, TOP + HEIGHT + 60
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">', f"<style>{STYLE}</style>",
             f'<rect width="{width}" height="{height}" style="fill: var(--paper)"/>']
    for number, chart in enumerate(charts):
        lines += [f'<g transform="translate({number * PANEL} 0)">', *chart.parts(), "</g>"]
    lines.append(f'<text x="{width / 2}" y="{height - 14}" text-anchor="middle">{html.escape(caption)}</text>')
    return "\n".join([*lines, "</svg>"]) + "\n"
