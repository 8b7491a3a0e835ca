"""What is wrong right now, and the numbers that it was judged by: for the overview, and for the command `now`."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from service import queries
from service.console.wrongs import Wrong, wrongs
from service.operator.limits import list_limits
from service.operator.pauses import list_pauses
from service.queries import Busy, counts
from service.queries.counts import Totals, Vitals

MOST_LIMITED = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    wrongs: Sequence[Wrong]
    vitals: Vitals
    totals: Totals
    busiest: Sequence[Busy]


def look(engine: Engine) -> Now:
    """Ask the database, in some ten milliseconds whatever it holds. Raises `Unavailable`."""
    vitals, totals = counts.read_vitals(engine), counts.read_totals(engine)
    busiest = queries.busiest_users(engine)
    found = wrongs(
        vitals=vitals,
        totals=totals,
        groups=queries.letter_groups(engine),
        stopped=queries.stopped_jobs(engine),
        pauses=list_pauses(engine),
        busiest=busiest,
        limited={one.user_id for one in list_limits(engine, limit=MOST_LIMITED)},
    )
    return Now(wrongs=found, vitals=vitals, totals=totals, busiest=busiest)
