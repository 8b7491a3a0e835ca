"""Pause intake, and resume it: of everything, of one preset, of one user or of one provider.

A paused job stays pending without a message (`service.delivery.held`). A job that is in work runs on, and is held at
its next message. Every act is on record with who and why, in the statement that does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from service import db
from service.delivery.messages import MAX_USER_ID
from service.operator.record import MAX_WHO, MAX_WHY
from service.states import PAUSED, SQL_UNENDED, sql_list
from service.strictjson import dump, storable

MAX_NAME = MAX_USER_ID

# A second pause of the same thing gives it a new reason; it has been paused since the first.
PAUSE = text("""
WITH paused AS (
    INSERT INTO pauses AS p (scope, name, why, paused_by) VALUES (:scope, :name, :why, :who)
    ON CONFLICT (scope, name) DO UPDATE SET why = EXCLUDED.why, paused_by = EXCLUDED.paused_by
    RETURNING scope, name, why, paused_by, since
), act AS (
    INSERT INTO acts (act, who, why, target) SELECT 'pause', :who, :why, CAST(:target AS json) FROM paused
)
SELECT * FROM paused
""")

RESUME = text("""
WITH resumed AS (
    DELETE FROM pauses WHERE scope = :scope AND name = :name RETURNING scope, name, why, paused_by, since
), act AS (
    INSERT INTO acts (act, who, why, target) SELECT 'resume', :who, :why, CAST(:target AS json) FROM resumed
)
SELECT * FROM resumed
""")

LIST = text("SELECT scope, name, why, paused_by, since FROM pauses ORDER BY since, id")

HELD = text(f"""
SELECT held_for, count(*) AS jobs FROM jobs
WHERE state = 'pending' AND held_for IN {sql_list(PAUSED)} GROUP BY held_for ORDER BY held_for
""")

# What a pause would touch. A provider is known to the pipeline alone.
CONCERNED = text(f"""
SELECT count(*) FILTER (WHERE state = 'pending') AS pending, count(*) FILTER (WHERE state = 'processing') AS in_work
FROM jobs WHERE state IN {SQL_UNENDED}
  AND CASE :scope WHEN 'user' THEN user_id = :name WHEN 'preset' THEN preset = :name ELSE true END
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRow:
    """A row of `pauses`."""

    scope: str
    name: str
    why: str
    paused_by: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """How many un-ended jobs a pause touches."""

    pending: int
    in_work: int


def pause(engine: Engine, scope: str, name: str, *, who: str, why: str) -> PauseRow:
    """Pause intake. `scope` is all, preset, user or provider; `name` is which, and empty for all.

    It holds in every process about a second later. Raises `Unavailable`; doing it again is harmless.
    """
    (row,) = db.execute(engine, PAUSE, _parameters(scope, name, who, why))
    return PauseRow(**row)


def resume(engine: Engine, scope: str, name: str, *, who: str, why: str) -> PauseRow | None:
    """End a pause; return it, or None if there is no such pause. The held jobs still have to be sent
    (`service.delivery.held.send_held`, which each sweep does too). Raises `Unavailable`."""
    row = db.first(engine, RESUME, _parameters(scope, name, who, why))
    return None if row is None else PauseRow(**row)


def list_pauses(engine: Engine) -> Sequence[PauseRow]:
    """Return every pause, oldest first. Raises `Unavailable`."""
    return [PauseRow(**row) for row in db.execute(engine, LIST, {})]


def held_by_pauses(engine: Engine) -> dict[str, int]:
    """Return how many jobs are held, by the code of their pause. Raises `Unavailable`."""
    return {row["held_for"]: row["jobs"] for row in db.execute(engine, HELD, {})}


def concerned(engine: Engine, scope: str, name: str) -> Concerned | None:
    """Return what a pause touches now; None for a provider. Raises `Unavailable`."""
    if scope == "provider":
        return None
    (row,) = db.execute(engine, CONCERNED, {"scope": scope, "name": name})
    return Concerned(**row)


def _parameters(scope: str, name: str, who: str, why: str) -> dict[str, object]:
    return {
        "scope": scope,
        "name": name,
        "who": storable(who, MAX_WHO),
        "why": storable(why, MAX_WHY),
        "target": dump({"scope": scope, "name": name}),
    }
