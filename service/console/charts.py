"""Small charts: bars of what ended when, and what a sample says of success and duration. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.queries import Recent, ResultSample
from service.states import ResultStatus

WIDTH = 600
HEIGHT = 120
STATUSES = (ResultStatus.SUCCESS, ResultStatus.ERROR, ResultStatus.CANCELLED)
"""From the bottom of a bar to its top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a bar: its place, and what it stands for in words."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    pieces: Sequence[Piece]
    highest: int
    labels: Sequence[tuple[float, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one preset, or of all: how many ended how, the rate of success without those that were cancelled (None if
    there are none), and seconds."""

    name: str
    ended: int
    failed: int
    success_rate: float | None
    p50_s: float | None
    p95_s: float | None


def chart(recent: Recent, *, since: datetime, until: datetime, bars: int) -> Chart:
    """Return bars of equal lengths of time, with how many results each has."""
    length = (until - since) / bars
    counts: list[dict[str, int]] = [dict.fromkeys(STATUSES, 0) for _ in range(bars)]
    for row in recent.rows:
        place = int((row.created_at - since) / length)
        if 0 <= place < bars and row.status in counts[place]:
            counts[place][row.status] += recent.weight
    highest = max((sum(one.values()) for one in counts), default=0)
    step = WIDTH / bars
    pieces = []
    for number, one in enumerate(counts):
        below = 0.0
        at = since + number * length
        for status in STATUSES:
            if one[status]:
                height = HEIGHT * one[status] / highest
                words = f"{at:%Y-%m-%d %H:%M}: {one[status]:,} {status}"
                x, y = round(number * step + 1, 1), round(HEIGHT - below - height, 1)
                pieces.append(
                    Piece(x=x, y=y, width=round(step - 2, 1), height=round(height, 1), kind=status, words=words)
                )
                below += height
    is_long = until - since > timedelta(days=2)
    labels = [
        (round(number * step, 1), f"{since + number * length:{'%a %d' if is_long else '%H:%M'}}")
        for number in range(0, bars, max(1, bars // 6))
    ]
    return Chart(pieces=pieces, highest=highest, labels=labels)


def figures(recent: Recent) -> list[Figures]:
    """Return the figures of all results, then of each preset, the most frequent first."""
    by_preset: dict[str, list[ResultSample]] = {}
    for row in recent.rows:
        by_preset.setdefault(row.preset, []).append(row)
    ranked = sorted(by_preset.items(), key=lambda one: (-len(one[1]), one[0]))
    return [
        _figures("all", recent.rows, recent.weight),
        *(_figures(name, rows, recent.weight) for name, rows in ranked),
    ]


def _figures(name: str, rows: Sequence[ResultSample], weight: int) -> Figures:
    statuses: Mapping[str, int] = {status: sum(row.status == status for row in rows) for status in STATUSES}
    succeeded, failed = statuses[ResultStatus.SUCCESS], statuses[ResultStatus.ERROR]
    seconds = sorted(row.seconds for row in rows if row.status == ResultStatus.SUCCESS)
    return Figures(
        name=name,
        ended=len(rows) * weight,
        failed=failed * weight,
        success_rate=succeeded / (succeeded + failed) if succeeded + failed else None,
        p50_s=percentile(seconds, 0.5),
        p95_s=percentile(seconds, 0.95),
    )


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """The nearest rank."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
