"""The story of one job: its row with everything that happened to it, read in one statement."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, func, select, text

from service import db
from service.db.schema import dead_letters, job_effects, job_results, job_stages, job_states, jobs
from service.queries.columns import columns_of
from service.queries.jobs import JobRow
from service.states import EffectState, ExecutionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChangeRow:
    run: int
    previous_state: str | None
    new_state: str
    reason: str
    state_metadata: Any
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRow:
    """One execution of a stage, without its output. Only finished ones have a `finished_at`."""

    run: int
    round: int
    stage: str
    status: str
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRow:
    """A paid or slow operation of a provider.

    `cost_usd` is of all its `orders` and, until it is finished, the most that they can cost. `request_id` is of the
    last order, `unknown_id` of the one before it, if there were two.
    """

    stage: str
    name: str
    run: int
    round: int
    request_id: str
    unknown_id: str | None
    orders: int
    cost_usd: float
    intended_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failed_at: datetime | None

    @property
    def order_ids(self) -> list[str]:
        """The request ids of its orders, oldest first."""
        return [request_id for request_id in (self.unknown_id, self.request_id) if request_id is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    run: int
    status: str
    output: Any
    error_code: str | None
    error_message: str | None
    processing_time_ms: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLetterRow:
    """A dead letter as its job's story shows it (`DeadLetterRow` has more). `run` is None if the data was not a job."""

    id: int
    run: int | None
    reason: str
    error: str
    created_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None
    handled_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Where the job's last failure was; None for what was not recorded. `dead_letter_id` is of the current run."""

    stage: str | None
    attempt: int | None
    dead_letter_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A job with everything that happened to it, oldest first. It is read in one statement, so all of it is of one
    moment.

    Two stories of a job with the same `version` are equal.
    """

    job: JobRow
    history: Sequence[StateChangeRow]
    stages: Sequence[ExecutionRow]
    effects: Sequence[EffectRow]
    results: Sequence[ResultRow]
    letters: Sequence[StoryLetterRow]
    version: str

    @property
    def done(self) -> int:
        """How many stages of the current round are finished."""
        return sum(
            1
            for execution in self.stages
            if execution.status == ExecutionStatus.FINISHED and execution.round == self.job.round
        )

    def of_its_runs(self) -> "Story":
        """Return the story without the letters of data that named this job but was not it: they say what somebody else
        sent."""
        return replace(self, letters=[letter for letter in self.letters if letter.run is not None])

    def effect_state(self, effect: EffectRow) -> EffectState:
        """Return the state of an effect of this job."""
        if effect.finished_at is not None:
            return EffectState.FINISHED
        if effect.failed_at is not None:
            return EffectState.FAILED
        if effect.started_at is not None:
            return EffectState.STARTED
        # The execution that wrote the intent is ordering it for as long as it is open.
        ordering = (ExecutionStatus.STARTED, effect.stage, effect.run, effect.round)
        is_being_ordered = any(
            (execution.status, execution.stage, execution.run, execution.round) == ordering
            and execution.started_at <= effect.intended_at
            for execution in self.stages
        )
        return EffectState.INTENDED if is_being_ordered else EffectState.UNKNOWN

    @property
    def unknown_orders(self) -> Sequence[EffectRow]:
        """The effects that may or may not have been ordered."""
        return [effect for effect in self.effects if self.effect_state(effect) == EffectState.UNKNOWN]

    @property
    def result(self) -> ResultRow | None:
        """The result of the current run, or None before its end."""
        return next((result for result in self.results if result.run == self.job.run), None)

    @property
    def failure(self) -> Failure | None:
        """Where the error in the job's row came from; None if the row has no error."""
        if self.job.error_code is None:
            return None
        # Every failure wrote its stage and attempt into the history, with the error's code as the reason.
        notes = [change.state_metadata for change in self.history if change.reason == self.job.error_code]
        note = notes[-1] if notes and isinstance(notes[-1], dict) else {}
        letter_id = next((letter.id for letter in self.letters if letter.run == self.job.run), None)
        return Failure(stage=note.get("stage"), attempt=note.get("attempt"), dead_letter_id=letter_id)


def job_story(engine: Engine, job_id: str) -> Story | None:
    """Return a job with everything that happened to it, or None if there is no such job. Raises `Unavailable`."""
    statement = select(
        *columns_of(JobRow, jobs),
        _rows_of_job(StateChangeRow, job_states).label("history"),
        _rows_of_job(ExecutionRow, job_stages).label("stages"),
        _rows_of_job(EffectRow, job_effects, order=("intended_at", "round", "stage", "name", "run")).label("effects"),
        _rows_of_job(ResultRow, job_results).label("results"),
        _rows_of_job(StoryLetterRow, dead_letters).label("letters"),
        *_VERSION,
    ).where(jobs.c.id == job_id)
    row = db.first(engine, statement, {})
    if row is None:
        return None
    return Story(
        job=JobRow(**{field.name: row[field.name] for field in fields(JobRow)}),
        history=[StateChangeRow(**_with_times(change)) for change in row["history"]],
        stages=[ExecutionRow(**_with_times(execution)) for execution in row["stages"]],
        effects=[EffectRow(**_with_times(effect)) for effect in row["effects"]],
        results=[ResultRow(**_with_times(result)) for result in row["results"]],
        letters=[StoryLetterRow(**_with_times(letter)) for letter in row["letters"]],
        version=_version(row),
    )


def job_version(engine: Engine, job_id: str) -> str | None:
    """Return the current `version` of the job's story, from a few numbers of its rows; None if there is no such job.
    Raises `Unavailable`."""
    row = db.first(engine, select(*_VERSION).where(jobs.c.id == job_id), {})
    return None if row is None else _version(row)


def _rows_of_job(row_type: type, table: FromClause, *, order: Sequence[str] = ("id",)) -> ColumnElement[Any]:
    """All rows of `table` that belong to the job, oldest first, as one JSON array."""
    of_job = select(*columns_of(row_type, table)).where(table.c.job_id == jobs.c.id)
    rows = of_job.order_by(*(table.c[name] for name in order)).correlate(jobs).subquery("rows")
    return select(func.coalesce(func.json_agg(rows.table_valued()), text("'[]'::json"))).scalar_subquery()


def _count(name: str, table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows the job has in `table`."""
    of_job = select(func.count()).select_from(table).where(table.c.job_id == jobs.c.id, *conditions)
    return of_job.correlate(jobs).scalar_subquery().label(name)


# Everything in a story that can change shows in one of these numbers, so that a change is seen without reading it.
# Every write of a job's row sets updated_at, except renewals of the lease and the sweep, which change nothing that a
# story shows; history and results are written together with the row. An execution is begun once and ended once; a claim
# abandons those of earlier deliveries in a statement of its own. An effect is started once and ends once, without a
# lease; any other write to it sets updated_at. Dead letters are added, and discarded once, by statements that do not
# touch the job. No counted row is deleted before its job is, so the totals and the open counts never return to what
# they were.
_VERSION = (
    jobs.c.updated_at.label("v_updated"),
    jobs.c.run.label("v_run"),
    jobs.c.state.label("v_state"),
    jobs.c.progress.label("v_progress"),
    _count("v_stages", job_stages),
    _count("v_open_stages", job_stages, job_stages.c.status == "started"),
    _count("v_started_effects", job_effects, job_effects.c.started_at.is_not(None)),
    _count("v_finished_effects", job_effects, job_effects.c.finished_at.is_not(None)),
    _count("v_failed_effects", job_effects, job_effects.c.failed_at.is_not(None)),
    _count("v_letters", dead_letters),
    _count("v_open_letters", dead_letters, dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None)),
)


def _version(row: db.Row) -> str:
    values = [str(row[column.name]) for column in _VERSION]
    return hashlib.sha256(" ".join(values).encode()).hexdigest()[:32]


def _with_times(row: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL writes a time inside JSON in ISO 8601."""
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
        for name, value in row.items()
    }
