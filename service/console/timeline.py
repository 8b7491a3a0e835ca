"""The story of a job as bars on a scale of time: its deliveries, the executions of its stages and its orders. Pure.

One drawing for each run, because days may lie between two. A delivery lasts from its claim to the next change of the
job's state; an execution that did not finish ends with its delivery.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.console.rendering import duration
from service.queries import EffectRow, ExecutionRow, StateChangeRow, Story
from service.states import ENDED, JobState

WIDTH = 1_000
LABELS = 210
"""Of the width, for the names of the rows."""
ROW = 26
BAR = 16
LEAST = 3.0
"""A bar's least width: a millisecond in an hour must still be seen."""
MOST_ROWS = 60
WAITING, DELIVERY, ORDERS = "waiting", "delivery", " orders"
"""The names of rows; ORDERS follows a stage's."""
TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that lasted: which row it is in, what kind it is (a CSS class), and what happened, in words."""

    row: str
    kind: str
    began: datetime
    ended: datetime
    is_open: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    x: float
    y: float
    width: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One run to scale. `spans` are the same in words, in the order of time."""

    run: int
    began: datetime
    ended: datetime
    rows: Sequence[tuple[float, str]]
    bars: Sequence[Bar]
    ticks: Sequence[tuple[float, str]]
    height: float
    spans: Sequence[Span]
    left_out: int

    @property
    def lasted(self) -> str:
        return duration((self.ended - self.began).total_seconds())


def drawings(story: Story, now: datetime) -> list[Drawing]:
    """Return a drawing for each run of which something is known, the newest first."""
    runs = sorted({change.run for change in story.history} | {one.run for one in story.stages}, reverse=True)
    found = []
    for run in runs:
        spans = sorted(_spans(story, run, now), key=lambda span: (span.began, span.row))
        if spans:
            found.append(_drawn(run, spans))
    return found


def _spans(story: Story, run: int, now: datetime) -> Iterator[Span]:
    changes = [change for change in story.history if change.run == run]
    yield from _deliveries(changes, now)
    executions = [one for one in story.stages if one.run == run]
    for number, one in enumerate(executions):
        yield _execution(one, executions[number + 1 :], changes, now)
    for effect in story.effects:
        if effect.run == run:
            yield _order(story, effect, now)


def _deliveries(changes: Sequence[StateChangeRow], now: datetime) -> Iterator[Span]:
    """What the job's state was: in work, by whom and why it ended, or waiting, and what for."""
    for number, change in enumerate(changes):
        after = changes[number + 1] if number + 1 < len(changes) else None
        if change.new_state in ENDED:
            continue
        ended = after.created_at if after else now
        note = change.state_metadata if isinstance(change.state_metadata, dict) else {}
        if change.new_state == JobState.PROCESSING:
            holder = f", held by {note['holder']}" if note.get("holder") else ""
            tried = f", Pub/Sub's attempt {note['delivery_attempt']}" if note.get("delivery_attempt") else ""
            end = f"; ended: {after.reason}" if after else "; still in work"
            row, kind, words = DELIVERY, "work", f"{change.reason}{holder}{tried}{end}"
        else:
            row, kind, words = WAITING, "wait", f"{change.reason}{_for_what(note)}"
        yield Span(row=row, kind=kind, began=change.created_at, ended=ended, is_open=after is None, words=words)


def _for_what(note: dict[str, object]) -> str:
    parts = [
        f"{name.replace('_', ' ')} {note[name]}"
        for name in ("stage", "attempt", "waits_for", "hop", "by", "why")
        if note.get(name)
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _execution(
    one: ExecutionRow, later: Sequence[ExecutionRow], changes: Sequence[StateChangeRow], now: datetime
) -> Span:
    ends = [change.created_at for change in changes if change.created_at > one.started_at]
    ends += [other.started_at for other in later[:1]]
    ended = one.finished_at or (now if one.status == "started" else min(ends, default=now))
    round_ = f", round {one.round}" if one.round else ""
    why = f": {one.error}" if one.error else ""
    words = f"attempt {one.attempt}{round_}, {one.status}{why}"
    is_open = one.status == "started"
    return Span(row=one.stage, kind=one.status, began=one.started_at, ended=ended, is_open=is_open, words=words)


def _order(story: Story, effect: EffectRow, now: datetime) -> Span:
    state = story.effect_state(effect)
    over = effect.finished_at or effect.failed_at
    words = f"order {effect.name}: {state}, ${effect.cost_usd:.4f}"
    return Span(
        row=f"{effect.stage}{ORDERS}",
        kind=f"order-{state}",
        began=effect.intended_at,
        ended=over or (now if effect.started_at else effect.intended_at),
        is_open=over is None,
        words=words,
    )


def _place(row: str, rows: Sequence[str]) -> tuple[int, bool]:
    """Where a row is: what the job as a whole did comes first, and orders follow their stage."""
    if row in (WAITING, DELIVERY):
        return (-2 if row == WAITING else -1), False
    stage = row.removesuffix(ORDERS)
    return rows.index(stage if stage in rows else row), stage != row


def _drawn(run: int, spans: Sequence[Span]) -> Drawing:
    began, ended = min(span.began for span in spans), max(span.ended for span in spans)
    ended = max(ended, began + timedelta(milliseconds=1))
    names = list(dict.fromkeys(span.row for span in spans))
    names = sorted(names, key=lambda name: _place(name, names))
    shown = names[:MOST_ROWS]
    scale = (WIDTH - LABELS) / (ended - began).total_seconds()
    bars = []
    for span in spans:
        if span.row in shown:
            width = max(LEAST, (span.ended - span.began).total_seconds() * scale)
            x = min(LABELS + (span.began - began).total_seconds() * scale, WIDTH - width)
            y = shown.index(span.row) * ROW + (ROW - BAR) / 2
            bars.append(
                Bar(
                    x=round(x, 1),
                    y=y,
                    width=round(width, 1),
                    kind=span.kind,
                    words=f"{span.row}: {span.words}, {duration((span.ended - span.began).total_seconds())}",
                )
            )
    step = (ended - began).total_seconds() / TICKS
    ticks = [(round(LABELS + i * step * scale, 1), duration(i * step) if i else "0") for i in range(TICKS)]
    return Drawing(
        run=run,
        began=began,
        ended=ended,
        rows=[(number * ROW, name) for number, name in enumerate(shown)],
        bars=bars,
        ticks=ticks,
        height=len(shown) * ROW,
        spans=spans,
        left_out=len(names) - len(shown),
    )
