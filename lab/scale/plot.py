"""Draw the study as one picture: what is done of what is offered, for each deployment, and what stops it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10

WIDTH, HEIGHT = 1000, 520
PANEL_W, PANEL_H = 400, 360
LEFT, TOP, GAP = 70, 70, 80
COLOURS = ("#5b6cc9", "#c2571a", "#1f8a5b")
"""Of the curves, from the smallest deployment to the largest; they differ in their dashes, too."""
DASHES = ("", "7 4", "2 4")


@dataclass(frozen=True, slots=True)
class Curve:
    """What one deployment does: pairs of offered and done, jobs per second; `stops` says what breaks first."""

    name: str
    points: Sequence[tuple[float, float]]
    stops: str


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    curves: Sequence[Curve]
    least: float
    most: float
    """Of both axes, jobs per second."""


def svg(panels: Sequence[Panel], *, title: str) -> str:
    """Return the picture. Pure."""
    drawn = "".join(_panel(panel, LEFT + number * (PANEL_W + GAP)) for number, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">\n<title>{escape(title)}</title>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{drawn}</svg>\n'
    )


def _panel(panel: Panel, left: float) -> str:
    def x(value: float) -> float:
        return left + PANEL_W * _share(panel, value)

    def y(value: float) -> float:
        return TOP + PANEL_H * (1 - _share(panel, value))

    parts = [_text(left, TOP - 26, panel.title, weight="600", size=15)]
    for exponent in range(round(log10(panel.least)), floor(log10(panel.most)) + 1):
        value = 10.0**exponent
        parts += [
            _line(x(value), TOP, x(value), TOP + PANEL_H, "#e3e3e8"),
            _line(left, y(value), left + PANEL_W, y(value), "#e3e3e8"),
            _text(x(value), TOP + PANEL_H + 20, f"{value:,.0f}", anchor="middle"),
            _text(left - 8, y(value) + 4, f"{value:,.0f}", anchor="end"),
        ]
    parts += [
        _line(x(panel.least), y(panel.least), x(panel.most), y(panel.most), "#9a9aa5", dash="1 3"),
        _text(left + PANEL_W / 2, TOP + PANEL_H + 42, "offered, jobs a second", anchor="middle"),
        _text(left, TOP - 8, "done, jobs a second", fill="#55555f"),
    ]
    for number, (curve, colour, dash) in enumerate(zip(panel.curves, COLOURS, DASHES, strict=False)):
        at = [(f"{x(offered):.1f}", f"{y(max(done, panel.least)):.1f}") for offered, done in curve.points]
        line = f'fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"'
        parts.append(f'<polyline points="{" ".join(",".join(point) for point in at)}" {line}/>\n')
        parts += [f'<circle cx="{across}" cy="{down}" r="3.5" fill="{colour}"/>\n' for across, down in at]
        row = TOP + 40 + 38 * number
        parts += [
            _line(left + 14, row - 18, left + 44, row - 18, colour, width=2.5, dash=dash),
            _text(left + 52, row - 14, curve.name, weight="600", fill=colour),
            _text(left + 52, row + 2, curve.stops, size=11.5, fill="#55555f"),
        ]
    return "".join(parts)


def _share(panel: Panel, value: float) -> float:
    return (log10(value) - log10(panel.least)) / (log10(panel.most) - log10(panel.least))


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: float = 1, dash: str = "") -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-dasharray="{dash}"/>\n'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "400",
    size: float = 13,
    fill: str = "#22222a",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" font-size="{size}" '
        f'fill="{fill}">{escape(text)}</text>\n'
    )
