"""What a round says of one row, and what many rounds say of all."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Jobs per second; CPU milliseconds per job of the measured processes, of what keeps its state (PostgreSQL, or
    Restate's server) and of Pub/Sub's emulator; and milliseconds until an answer. `None`: there is no such thing."""

    rate: float
    own_ms: float | None = None
    store_ms: float | None = None
    pubsub_ms: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    with_enqueue: float | None = None
    """Jobs per second if also putting them into the queue is counted."""


def median(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure over the rounds. Pure."""
    middle: dict[str, Any] = {}
    for one in fields(Figures):
        values = [getattr(figures, one.name) for figures in rounds]
        middle[one.name] = None if None in values else statistics.median(values)
    return Figures(**middle)


def ratio(ours: Sequence[Figures], theirs: Sequence[Figures]) -> float:
    """Return how many times as fast ours is: the median of the rounds' ratios, because a machine's speed drifts from
    round to round. Pure."""
    return statistics.median(mine.rate / other.rate for mine, other in zip(ours, theirs, strict=True))


def own_in(ours: Sequence[Figures], yardstick: Sequence[Figures]) -> float | None:
    """Return our own CPU of a job in that of the yardstick, as the median of the rounds. Pure."""
    rounds = zip(ours, yardstick, strict=True)
    found = [one.own_ms / other.own_ms for one, other in rounds if one.own_ms and other.own_ms]
    return statistics.median(found) if found else None


def lines(measured: Mapping[str, Sequence[Figures]], beside: Mapping[str, str]) -> list[str]:
    """Return a Markdown table of the rows; `beside` names the row of ours that each is compared with. Pure."""
    rows = [
        "| | a second | CPU ms a job: own | its store | Pub/Sub | ms to an answer: median | p99 | our rate over its |",
        "|" + " --- |" * 8,
    ]
    for name, rounds in measured.items():
        middle, rates = median(rounds), [one.rate for one in rounds]
        speed = f"{middle.rate:,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"
        if middle.with_enqueue is not None:
            speed += f"; with enqueueing {middle.with_enqueue:,.0f}"
        of = measured.get(beside.get(name, ""))
        over = f"{ratio(of, rounds):.2f}" if of and of is not rounds else ""
        spent = (_shown(value, 2) for value in (middle.own_ms, middle.store_ms, middle.pubsub_ms))
        waits = (_shown(value, 1) for value in (middle.p50_ms, middle.p99_ms))
        rows.append(f"| {name} | {speed} | {' | '.join((*spent, *waits))} | {over} |")
    return rows


def _shown(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
