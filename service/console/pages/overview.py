"""What is wrong right now, and how the service does: what has ended, how long it took, what waits, what it cost."""

from datetime import UTC, datetime, timedelta

from service import queries
from service.console import charts
from service.console.now import look
from service.console.visits import Page, Shown, Visit

SPANS = {"hour": (timedelta(hours=1), 30), "day": (timedelta(days=1), 48), "week": (timedelta(days=7), 42)}
"""What the chart shows, and in how many bars."""


def show(visit: Visit) -> Shown:
    engine, now = visit.parts.engine, datetime.now(UTC)
    span = visit.args.get("span", "hour")
    span = span if span in SPANS else "hour"
    length, bars = SPANS[span]
    until = _whole(now, length / bars)
    recent = queries.recent_results(engine, until - length)
    seen = look(engine)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    usd, is_whole = queries.usd_by_day(engine, midnight - timedelta(days=1))
    return Shown(
        values={
            "wrongs": seen.wrongs,
            "vitals": seen.vitals,
            "letters": sum(seen.totals.letters.values()),
            "parked": seen.totals.parked,
            "slots": visit.parts.slots,
            "today": usd.get(f"{now:%Y-%m-%d}", 0.0),
            "is_whole": is_whole,
            "yesterday": usd.get(f"{midnight - timedelta(days=1):%Y-%m-%d}", 0.0),
            "span": span,
            "spans": list(SPANS),
            "chart": charts.chart(recent, since=until - length, until=until, bars=bars),
            "width": charts.WIDTH,
            "height": charts.HEIGHT,
            "figures": charts.figures(recent),
            "weight": recent.weight,
            "busiest": seen.busiest,
        }
    )


def _whole(now: datetime, step: timedelta) -> datetime:
    """The end of the step that `now` is in, so that the bars do not move with each look."""
    seconds = step.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


PAGE = Page(name="overview", show=show, title="Overview")
