"""The fenced writes that keep what a stage has done: its checkpoint, its parts, its effects.

Each is driven by an UPDATE of the job's row that names the lease's token, but one: the operation of a started effect
is a fact, whoever holds the lease, and is written unfenced.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, RowMapping, text

from service import db
from service.claims import Lease, fenced
from service.messages import dump

CHECKPOINT = text("""
WITH mine AS (
    UPDATE jobs SET progress = progress + 1, stage = :next_stage, stage_progress = NULL, stage_note = NULL,
        lease_until = least(clock_timestamp() + make_interval(secs => :lease_s), :deadline),
        updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :seen
    RETURNING id, run, round, progress, attempts, lease_token
), finished AS (
    UPDATE job_stages s SET status = 'finished', finished_at = clock_timestamp(), output = CAST(:output AS json)
    FROM mine
    WHERE s.job_id = mine.id AND s.round = mine.round AND s.stage = :stage AND s.status = 'started'
      AND s.lease_token = mine.lease_token
), began AS (
    INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)
    SELECT id, run, round, :next_stage, 'started', attempts + 1, lease_token FROM mine
)
SELECT progress FROM mine
""")

PART = text("""
WITH mine AS (
    UPDATE jobs SET progress = progress + 1,
        lease_until = least(clock_timestamp() + make_interval(secs => :lease_s), :deadline),
        updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :seen
    RETURNING id, round, progress
), part AS (
    INSERT INTO job_parts (job_id, round, stage, part, output)
    SELECT id, round, :stage, :part, CAST(:output AS json) FROM mine
    ON CONFLICT DO NOTHING
)
SELECT progress FROM mine
""")

FIND_PART = text("""
SELECT output FROM job_parts WHERE job_id = :id AND round = :round AND stage = :stage AND part = :part
""")

FIND_EFFECT = text("""
SELECT run, CAST(request_id AS text) AS request_id, operation, operation IS NOT NULL AS is_started,
       result, finished_at IS NOT NULL AS is_finished
FROM job_effects WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name
ORDER BY is_finished DESC, is_started DESC, run DESC LIMIT 1
""")

INTEND = text("""
WITH mine AS (
    UPDATE jobs SET updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid)
    RETURNING id, run, round
), intent AS (
    INSERT INTO job_effects (job_id, round, stage, name, run, request_id)
    SELECT id, round, :stage, :name, run, CAST(:request_id AS uuid) FROM mine
    ON CONFLICT DO NOTHING
)
SELECT run FROM mine
""")

NOT_TAKEN = text("""
WITH mine AS (
    UPDATE jobs SET updated_at = clock_timestamp()
    WHERE id = :id AND lease_token = CAST(:token AS uuid)
    RETURNING id, round
), cleared AS (
    DELETE FROM job_effects e USING mine
    WHERE e.job_id = mine.id AND e.round = mine.round AND e.stage = :stage AND e.name = :name
      AND e.request_id = CAST(:request_id AS uuid) AND e.operation IS NULL
)
SELECT id FROM mine
""")

STARTED = text("""
UPDATE job_effects SET operation = CAST(:operation AS json), started_at = clock_timestamp()
WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name
  AND request_id = CAST(:request_id AS uuid) AND operation IS NULL
""")

FINISHED = text("""
UPDATE job_effects SET result = CAST(:result AS json), finished_at = clock_timestamp()
WHERE job_id = :id AND round = :round AND stage = :stage AND name = :name
  AND request_id = CAST(:request_id AS uuid) AND finished_at IS NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What is on record of an effect: intended in `run`, started once `is_started`, finished once `is_finished`."""

    run: int
    request_id: str
    operation: Any
    is_started: bool
    result: Any
    is_finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Writes what one delivery finishes. `give_up()` ends the waiting for a database that is away."""

    engine: Engine
    lease: Lease
    round: int
    lease_s: float
    give_up: Callable[[], bool]

    def checkpoint(self, stage: str, output: Any, next_stage: str, seen: int) -> int:
        """Keep a finished stage and begin the next; return the job's progress, one more than `seen`."""
        return self._advance(CHECKPOINT, seen, stage=stage, output=dump(output), next_stage=next_stage)

    def keep_part(self, stage: str, part: str, output: Any, seen: int) -> int:
        """Keep a finished part of a stage; return the job's progress, one more than `seen`."""
        return self._advance(PART, seen, stage=stage, part=part, output=dump(output))

    def find_part(self, stage: str, part: str) -> RowMapping | None:
        """The kept part, with its `output`, or None."""
        where = {"id": self.lease.job_id, "round": self.round, "stage": stage, "part": part}
        return db.one(self.engine, FIND_PART, where)

    def find_effect(self, stage: str, name: str) -> Effect | None:
        """What is on record of an effect in any run: one that was started goes before one that was only intended."""
        row = db.one(self.engine, FIND_EFFECT, self._effect(stage, name))
        return None if row is None else Effect(**row)

    def intend(self, stage: str, name: str) -> Effect:
        """Record, fenced, that an effect is about to be started."""
        request_id = str(uuid4())
        row = self._fenced(INTEND, stage=stage, name=name, request_id=request_id)
        return Effect(
            run=row["run"], request_id=request_id, operation=None, is_started=False, result=None, is_finished=False
        )

    def clear_intent(self, stage: str, name: str, request_id: str) -> None:
        """The provider surely did not take the order: forget the intent, fenced."""
        self._fenced(NOT_TAKEN, stage=stage, name=name, request_id=request_id)

    def started(self, stage: str, name: str, request_id: str, operation: Any) -> None:
        """Record the operation of a started effect: a fact, so unfenced."""
        self._fact(STARTED, stage, name, request_id, operation=dump(operation))

    def finished(self, stage: str, name: str, request_id: str, result: Any) -> None:
        """Record the result of an effect, unfenced."""
        self._fact(FINISHED, stage, name, request_id, result=dump(result))

    def _advance(self, statement: Any, seen: int, **values: object) -> int:
        lease = self.lease
        parameters = {
            **values,
            "id": lease.job_id,
            "token": lease.token,
            "deadline": lease.deadline,
            "lease_s": self.lease_s,
            "seen": seen,
        }
        row, *_ = fenced(
            self.engine,
            lease,
            lambda: db.rows(self.engine, statement, parameters),
            give_up=self.give_up,
            is_committed=lambda now: bool(now["progress"] == seen + 1),
        )
        return int(row["progress"])

    def _fenced(self, statement: Any, **values: object) -> RowMapping:
        parameters = {**values, "id": self.lease.job_id, "token": self.lease.token}
        row, *_ = fenced(
            self.engine, self.lease, lambda: db.rows(self.engine, statement, parameters), give_up=self.give_up
        )
        return row

    def _fact(self, statement: Any, stage: str, name: str, request_id: str, **values: object) -> None:
        """Unfenced and idempotent: repeated until the database has it, or `give_up` holds."""
        parameters = {**self._effect(stage, name), "request_id": request_id, **values}
        db.persist(self.engine, statement, parameters, give_up=self.give_up)

    def _effect(self, stage: str, name: str) -> dict[str, object]:
        return {"id": self.lease.job_id, "round": self.round, "stage": stage, "name": name}
