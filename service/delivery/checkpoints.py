"""The writes that keep what a stage has done: its checkpoint, its parts, its effects.

Each is fenced: driven by an UPDATE of the job's row that names the lease's token. What a provider has done (an effect's
operation, result or end) is a fact no matter who holds the lease, so it is recorded unfenced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from service import db
from service.db import Row, prepared
from service.delivery.claims import Lease, fenced
from service.pipeline import Price, Spent
from service.strictjson import dump

CHECKPOINT = prepared(
    "checkpoint",
    """
WITH mine AS (
    UPDATE jobs SET progress = progress + 1, stage = :next_stage, stage_progress = NULL, stage_note = NULL,
        waits = 0, waits_for = NULL, waiting_since = NULL, is_suspect = is_suspect AND deaths > 1,
        round = round + :rounds, sent_back_by = CASE WHEN :rounds > 0 THEN :stage ELSE sent_back_by END,
        lease_until = least(clock_timestamp() + make_interval(secs => :lease_s), :deadline),
        updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :progress_seen
    RETURNING id, run, round, progress, attempts, lease_token
), finished AS (
    UPDATE job_stages s SET status = 'finished', finished_at = clock_timestamp(), output = CAST(:output AS json)
    FROM mine
    WHERE s.job_id = mine.id AND s.round = mine.round - :rounds AND s.stage = :stage AND s.status = 'started'
      AND s.lease_token = mine.lease_token
), began AS (
    INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)
    SELECT id, run, round, :next_stage, 'started', attempts + 1, lease_token FROM mine
)
SELECT progress FROM mine
""",
)

PART = prepared(
    "part",
    """
WITH mine AS (
    UPDATE jobs SET progress = progress + 1, waits = 0, waits_for = NULL, waiting_since = NULL,
        is_suspect = is_suspect AND deaths > 1,
        lease_until = least(clock_timestamp() + make_interval(secs => :lease_s), :deadline),
        updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :progress_seen
    RETURNING id, round, progress
), part AS (
    INSERT INTO job_parts (job_id, round, stage, part, output)
    SELECT id, round, :stage, :part, CAST(:output AS json) FROM mine
    ON CONFLICT DO NOTHING
)
SELECT progress FROM mine
""",
)

FIND_PART = prepared(
    "find_part",
    """
SELECT output FROM job_parts WHERE job_id = :id AND round = :round AND stage = :stage AND part = :part
""",
)

FIND_EFFECT = text("""
SELECT run, CAST(request_id AS text) AS request_id, CAST(unknown_id AS text) AS unknown_id, orders, operation,
       operation IS NOT NULL AS is_started, result, finished_at IS NOT NULL AS is_finished
FROM job_effects
WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name AND (failed_at IS NULL OR run = :run)
ORDER BY is_finished DESC, is_started DESC, run DESC LIMIT 1
""")

# The account is on the job's row, so that two orders at once, each within the cap by itself, are not both made: the
# statement locks the row first and goes by what it says then. Only an intent that is written now is added to the
# account: if the answer was lost and the statement is repeated, the intent is already there.
_MINE = """
WITH mine AS (
    SELECT id, run, round, spent_usd FROM jobs WHERE id = :id AND lease_token = CAST(:token AS uuid)
    FOR NO KEY UPDATE
)"""
_ACCOUNT = """, paid AS (
    UPDATE jobs SET spent_usd = mine.spent_usd + written.cost_usd, updated_at = clock_timestamp()
    FROM mine, written WHERE jobs.id = mine.id
)
SELECT mine.run, mine.spent_usd, EXISTS (SELECT FROM written) AS is_written FROM mine
"""
_WITHIN_CAP = "(CAST(:cap_usd AS numeric) IS NULL OR mine.spent_usd + :cost_usd <= CAST(:cap_usd AS numeric))"

INTEND = text(f"""{_MINE}, written AS (
    INSERT INTO job_effects (job_id, round, stage, name, run, request_id, cost_usd)
    SELECT id, round, :stage, :name, run, CAST(:request_id AS uuid), :cost_usd FROM mine WHERE {_WITHIN_CAP}
    ON CONFLICT DO NOTHING
    RETURNING cost_usd
){_ACCOUNT}""")

ORDER_AGAIN = text(f"""{_MINE}, written AS (
    UPDATE job_effects e SET request_id = CAST(:request_id AS uuid), unknown_id = e.request_id,
        orders = e.orders + 1, cost_usd = e.cost_usd + :cost_usd, intended_at = clock_timestamp()
    FROM mine
    WHERE e.job_id = mine.id AND e.round = mine.round AND e.stage = :stage AND e.name = :name
      AND e.request_id = CAST(:unknown_id AS uuid) AND e.operation IS NULL AND {_WITHIN_CAP}
    RETURNING CAST(:cost_usd AS numeric) AS cost_usd
){_ACCOUNT}""")

# If a second order was not accepted, the first one is still unknown. It gets its own request id back, so that this
# statement, repeated because its answer was lost, does not mistake it for the second.
NOT_TAKEN = text(f"""{_MINE}, cleared AS (
    DELETE FROM job_effects e USING mine
    WHERE e.job_id = mine.id AND e.round = mine.round AND e.stage = :stage AND e.name = :name
      AND e.request_id = CAST(:request_id AS uuid) AND e.operation IS NULL AND e.orders = 1
    RETURNING - e.cost_usd AS cost_usd
), lessened AS (
    UPDATE job_effects e SET request_id = e.unknown_id, unknown_id = NULL, orders = e.orders - 1,
        cost_usd = e.cost_usd - :cost_usd
    FROM mine
    WHERE e.job_id = mine.id AND e.round = mine.round AND e.stage = :stage AND e.name = :name
      AND e.request_id = CAST(:request_id AS uuid) AND e.orders > 1
    RETURNING - CAST(:cost_usd AS numeric) AS cost_usd
), written AS (
    SELECT cost_usd FROM cleared UNION ALL SELECT cost_usd FROM lessened
){_ACCOUNT}""")

# An unknown order may turn out to have been accepted after the next one was already made.
STARTED = text("""
UPDATE job_effects SET operation = CAST(:operation AS json), started_at = clock_timestamp()
WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name
  AND CAST(:request_id AS uuid) IN (request_id, unknown_id) AND operation IS NULL
""")

# It locks the job's row first, as every statement does.
FINISHED = text("""
WITH job AS (
    SELECT id FROM jobs WHERE id = :id FOR NO KEY UPDATE
), finished AS (
    UPDATE job_effects e SET result = CAST(:result AS json), finished_at = clock_timestamp(),
        cost_usd = e.cost_usd + :change_usd
    FROM job
    WHERE e.job_id = job.id AND e.round = :round AND e.stage = :stage AND e.name = :name
      AND CAST(:request_id AS uuid) IN (e.request_id, e.unknown_id) AND e.finished_at IS NULL
    RETURNING e.job_id
)
UPDATE jobs SET spent_usd = spent_usd + :change_usd FROM finished WHERE jobs.id = finished.job_id
""")

FAILED = text("""
UPDATE job_effects SET failed_at = clock_timestamp()
WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name
  AND CAST(:request_id AS uuid) IN (request_id, unknown_id) AND finished_at IS NULL AND failed_at IS NULL
""")

SPENT = text("""
SELECT stage, name, run, round, orders, cost_usd::float8 AS cost_usd, finished_at IS NOT NULL AS is_finished
FROM job_effects WHERE job_id = :id AND cost_usd > 0 ORDER BY intended_at, stage, name, run
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The record of an effect: intended in `run`, started once `is_started`, finished once `is_finished`.
    `unknown_id` is the request id of the first order if there are two."""

    run: int
    request_id: str
    unknown_id: str | None
    orders: int
    operation: Any
    is_started: bool
    result: Any
    is_finished: bool


class OverCap(Exception):
    """The order would take the job's spending over its cap; nothing was recorded."""

    def __init__(self, spent_usd: float) -> None:
        super().__init__(spent_usd)
        self.spent_usd = spent_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Records what one delivery finishes. It stops waiting for an unreachable database once `out_of_time()` holds."""

    engine: Engine
    lease: Lease
    round: int
    lease_s: float
    out_of_time: Callable[[], bool]

    def checkpoint(
        self, stage: str, output: Any, next_stage: str, progress_seen: int, *, is_sent_back: bool = False
    ) -> int:
        """Record a finished stage and begin the next, in a new round if the job is sent back; return the job's
        progress, which is `progress_seen` + 1."""
        rounds = 1 if is_sent_back else 0
        return self._advance(
            CHECKPOINT, progress_seen, stage=stage, output=dump(output), next_stage=next_stage, rounds=rounds
        )

    def keep_part(self, stage: str, part: str, output: Any, progress_seen: int) -> int:
        """Record a finished part of a stage; return the job's progress, which is `progress_seen` + 1."""
        return self._advance(PART, progress_seen, stage=stage, part=part, output=dump(output))

    def find_part(self, stage: str, part: str) -> Row | None:
        """Return the recorded part, with its `output`, or None."""
        key = {"id": self.lease.job_id, "round": self.round, "stage": stage, "part": part}
        return db.first(self.engine, FIND_PART, key)

    def find_effect(self, stage: str, name: str) -> Effect | None:
        """Return the record of an effect from any run. A started one is preferred to one that was only intended; one
        that failed in an earlier run is ignored."""
        row = db.first(self.engine, FIND_EFFECT, {**self._effect(stage, name), "run": self.lease.run})
        return None if row is None else Effect(**row)

    def intend(self, stage: str, name: str, price: Price) -> str:
        """Record, fenced, that an effect is about to be started, and add its price to the job's account; return the
        request id. Raises `OverCap`."""
        return self._order(INTEND, stage, name, price)

    def order_again(self, stage: str, name: str, unknown_id: str, price: Price) -> str:
        """As `intend`, for an effect that may or may not have been started."""
        return self._order(ORDER_AGAIN, stage, name, price, unknown_id=unknown_id)

    def clear_intent(self, stage: str, name: str, request_id: str, price: Price) -> None:
        """Remove the intent and its cost, fenced: the provider certainly did not accept the order."""
        self._fenced(NOT_TAKEN, stage=stage, name=name, request_id=request_id, cost_usd=_money(price.most_usd))

    def started(self, stage: str, name: str, request_id: str, operation: Any) -> None:
        """Record the operation of a started effect, unfenced."""
        self._fact(STARTED, stage, name, request_id, operation=dump(operation))

    def finished(self, stage: str, name: str, request_id: str, result: Any, *, change_usd: float = 0.0) -> None:
        """Record the result of an effect and the change to what its intent put on the account, unfenced."""
        self._fact(FINISHED, stage, name, request_id, result=dump(result), change_usd=_money(change_usd))

    def failed(self, stage: str, name: str, request_id: str) -> None:
        """Record, unfenced, that an effect's operation ended without a result."""
        self._fact(FAILED, stage, name, request_id)

    def spent(self) -> list[Spent]:
        """Return the job's account over all its runs."""
        return [Spent(**row) for row in db.execute(self.engine, SPENT, {"id": self.lease.job_id})]

    def _order(self, statement: Any, stage: str, name: str, price: Price, **values: object) -> str:
        request_id = str(uuid4())
        cost, cap = _money(price.most_usd), None if price.cap_usd is None else _money(price.cap_usd)
        row = self._fenced(
            statement, stage=stage, name=name, request_id=request_id, cost_usd=cost, cap_usd=cap, **values
        )
        if not row["is_written"]:
            found = self.find_effect(stage, name)
            # It is there if only the answer to the first write was lost.
            if found is None or found.request_id != request_id:
                if cap is None or row["spent_usd"] + cost <= cap:
                    raise RuntimeError(f"{name} of {stage} is ordered twice at one time")
                raise OverCap(float(row["spent_usd"]))
        return request_id

    def _advance(self, statement: Any, progress_seen: int, **values: object) -> int:
        lease = self.lease
        parameters = {
            **values,
            "id": lease.job_id,
            "token": lease.token,
            "deadline": lease.deadline,
            "lease_s": self.lease_s,
            "progress_seen": progress_seen,
        }
        row, *_ = fenced(
            self.engine,
            lease,
            lambda: db.execute(self.engine, statement, parameters),
            out_of_time=self.out_of_time,
            is_committed=lambda now: bool(now["progress"] == progress_seen + 1),
        )
        return int(row["progress"])

    def _fenced(self, statement: Any, **values: object) -> Row:
        parameters = {**values, "id": self.lease.job_id, "token": self.lease.token}
        row, *_ = fenced(
            self.engine,
            self.lease,
            lambda: db.execute(self.engine, statement, parameters),
            out_of_time=self.out_of_time,
        )
        return row

    def _fact(self, statement: Any, stage: str, name: str, request_id: str, **values: object) -> None:
        """Write without a fence, idempotently: repeat it until the database has it or `out_of_time` holds."""
        parameters = {**self._effect(stage, name), "request_id": request_id, **values}
        db.persist(self.engine, statement, parameters, out_of_time=self.out_of_time)

    def _effect(self, stage: str, name: str) -> dict[str, object]:
        return {"id": self.lease.job_id, "round": self.round, "stage": stage, "name": name}


def _money(usd: float) -> Decimal:
    """Round to a millionth of a dollar, as the tables keep it."""
    return Decimal(str(round(usd, 6)))
