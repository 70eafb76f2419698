"""Drawing a simulation: where memories stand over time, as a picture that needs nothing else."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from memory_os.domain.operations.policies import SimulatedDay

STATES = ("activated", "generated", "archived", "expired")
_COLOURS = {
    "activated": "#1b7f5c",
    "generated": "#5fb49c",
    "archived": "#c9b458",
    "expired": "#b5533c",
}
_WIDTH, _HEIGHT = 860, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 44, 44
_POINTS = 240
_STEPS = (1, 2, 5)


def drawn(told: Sequence[SimulatedDay], name: str) -> str:
    """Return an SVG of the states, stacked, over the days."""
    shown = [*told[:: max(1, len(told) // _POINTS)]]
    if shown[-1] is not told[-1]:
        shown.append(told[-1])
    top = _rounded(max(_total(day) for day in shown))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13">',
        f"<title>States of memories under the policy set {escape(name)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="26" font-size="16" fill="#222222">'
        f"Memories by state over {told[-1].day} days, policy set {escape(name)}</text>",
        *_axes(told[-1].day, top),
        *_areas(shown, told[-1].day, top),
        *_legend(told[-1]),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _areas(shown: Sequence[SimulatedDay], days: int, top: int) -> list[str]:
    floor = [0] * len(shown)
    areas = []
    for state in STATES:
        ceiling = [low + getattr(day, state) for low, day in zip(floor, shown, strict=True)]
        upper = [_point(day.day, high, days, top) for day, high in zip(shown, ceiling, strict=True)]
        lower = [_point(day.day, low, days, top) for day, low in zip(shown, floor, strict=True)]
        points = " ".join((*upper, *reversed(lower)))
        areas.append(f'<polygon points="{points}" fill="{_COLOURS[state]}"/>')
        floor = ceiling
    return areas


def _axes(days: int, top: int) -> list[str]:
    parts = []
    for quarter in range(5):
        value, day = top * quarter // 4, days * quarter // 4
        y, x = _y(value, top), _x(day, days)
        parts.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" '
            f'stroke="#dddddd"/><text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" '
            f'fill="#555555">{value}</text>'
        )
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 20}" text-anchor="middle" '
            f'fill="#555555">day {day}</text>'
        )
    return parts


def _legend(last: SimulatedDay) -> list[str]:
    x = _WIDTH - _RIGHT + 14
    parts = []
    for row, state in enumerate(reversed(STATES)):
        y = _TOP + 8 + row * 24
        parts.append(
            f'<rect x="{x}" y="{y}" width="13" height="13" fill="{_COLOURS[state]}"/>'
            f'<text x="{x + 20}" y="{y + 11}" fill="#222222">{state} {getattr(last, state)}</text>'
        )
    return parts


def _total(day: SimulatedDay) -> int:
    return sum(int(getattr(day, state)) for state in STATES)


def _point(day: int, value: int, days: int, top: int) -> str:
    return f"{_x(day, days):.1f},{_y(value, top):.1f}"


def _x(day: int, days: int) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * day / max(1, days)


def _y(value: int, top: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / top


def _rounded(value: int) -> int:
    """Return the next round number that is at least ``value``, a multiple of 4."""
    size = 4
    while True:
        for step in _STEPS:
            if size * step >= value:
                return size * step
        size *= 10
