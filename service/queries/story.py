"""The story of one job: its row with the last of everything that happened to it, read in one statement; and pages of
the whole, however long it is."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Text, case, cast, func, select, text

from service import db
from service.db.schema import dead_letters, job_effects, job_results, job_stages, job_states, jobs
from service.errors import BadField
from service.queries.columns import columns_of
from service.queries.jobs import JobRow
from service.states import EffectState, ExecutionStatus

LAST = {"history": 40, "stages": 40, "effects": 100, "results": 10, "letters": 40}
"""How many of each a story has: enough for nearly every job, and few enough to be read at a glance."""
SHOWN_ERROR = 500
"""Characters of an execution's error in a story."""
SHOWN_OUTPUT_BYTES = 1_100_000
"""The largest output of the current run that a story has: a stage's own limit, and some room."""
SHOWN_EARLIER_BYTES = 20_000
PLACE = r"[0-9]{1,18}\.[0-9]{1,18}"
"""A regular expression for the text of a `Place`, in Python and in ECMAScript."""
"""The same of earlier runs, of which there may be several."""


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
    """`output` is None if it is larger than a story shows; `output_bytes` says how large it is."""

    run: int
    status: str
    output: Any
    output_bytes: int | None
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
    """A job with the last of what happened to it (`LAST`), oldest first. It is read in one statement, so all of it is
    of one moment. `totals` says how many there are of each; `done` is how many stages of the current round are
    finished; `failure_note` is what the history noted of the last error in the job's row.

    Two stories of a job with the same `version` are equal.
    """

    job: JobRow
    history: Sequence[StateChangeRow]
    stages: Sequence[ExecutionRow]
    effects: Sequence[EffectRow]
    results: Sequence[ResultRow]
    letters: Sequence[StoryLetterRow]
    totals: Mapping[str, int]
    done: int
    failure_note: Any
    version: str

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
    def hold(self) -> Mapping[str, Any]:
        """What the history recorded when the job was held: who paused it and why, or the limit; empty if it is not
        held."""
        notes = [change.state_metadata for change in self.history if change.reason == self.job.held_for]
        return notes[-1] if notes and isinstance(notes[-1], dict) else {}

    @property
    def failure(self) -> Failure | None:
        """Where the error in the job's row came from; None if the row has no error."""
        if self.job.error_code is None:
            return None
        note = self.failure_note if isinstance(self.failure_note, dict) else {}
        letter_id = next((letter.id for letter in self.letters if letter.run == self.job.run), None)
        return Failure(stage=note.get("stage"), attempt=note.get("attempt"), dead_letter_id=letter_id)


def job_story(engine: Engine, job_id: str) -> Story | None:
    """Return a job with everything that happened to it, or None if there is no such job. Raises `Unavailable`."""
    statement = select(
        *columns_of(JobRow, jobs),
        _rows_of_job("history", job_states, columns_of(StateChangeRow, job_states)),
        _rows_of_job("stages", job_stages, _shown_execution()),
        _rows_of_job(
            "effects",
            job_effects,
            columns_of(EffectRow, job_effects),
            order=("intended_at", "round", "stage", "name", "run"),
        ),
        _rows_of_job("results", job_results, _shown_result()),
        _rows_of_job("letters", dead_letters, columns_of(StoryLetterRow, dead_letters)),
        *(_count(f"n_{name}", table) for name, table in _TABLES.items()),
        _count("done", job_stages, job_stages.c.status == "finished", job_stages.c.round == jobs.c.round),
        _failure_note(),
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
        totals={name: row[f"n_{name}"] for name in _TABLES},
        done=row["done"],
        failure_note=row["failure_note"],
        version=_version(row),
    )


def job_version(engine: Engine, job_id: str) -> str | None:
    """Return the current `version` of the job's story, from a few numbers of its rows; None if there is no such job.
    Raises `Unavailable`."""
    row = db.first(engine, select(*_VERSION).where(jobs.c.id == job_id), {})
    return None if row is None else _version(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Newest first: at most as many changes of state and executions as were asked for, each. `next` is None on the last
    page."""

    history: Sequence[StateChangeRow]
    stages: Sequence[ExecutionRow]
    next: "Place | None"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a history begins: below these ids. `str()` and `parse` write and read it as text."""

    change: int
    execution: int

    def __str__(self) -> str:
        return f"{self.change}.{self.execution}"

    @classmethod
    def parse(cls, text: str) -> "Place":
        """Raises `BadField`."""
        if re.fullmatch(PLACE, text) is None:
            raise BadField("bad_before", "'before' must be the `next` of another page, unchanged.", field="before")
        change, execution = text.split(".")
        return cls(int(change), int(execution))


def job_history(engine: Engine, job_id: str, *, limit: int, before: Place | None) -> HistoryPage:
    """Return a page of what happened to a job; an empty one if there is no such job. Raises `Unavailable`."""
    pages: list[Sequence[db.Row]] = []
    for row_type, table, below in (
        (StateChangeRow, job_states, before.change if before else None),
        (ExecutionRow, job_stages, before.execution if before else None),
    ):
        statement = select(table.c.id, *columns_of(row_type, table)).where(table.c.job_id == job_id)
        if below is not None:
            statement = statement.where(table.c.id < below)
        pages.append(db.execute(engine, statement.order_by(table.c.id.desc()).limit(limit + 1), {}))
    changes, executions = pages
    has_more = len(changes) > limit or len(executions) > limit
    # A list that is at its end stays there: below its first id there is nothing.
    last = [page[:limit][-1]["id"] if page else 0 for page in pages]
    return HistoryPage(
        history=[StateChangeRow(**_without_id(row)) for row in changes[:limit]],
        stages=[ExecutionRow(**_without_id(row)) for row in executions[:limit]],
        next=Place(last[0], last[1]) if has_more else None,
    )


def _without_id(row: db.Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


_TABLES: Mapping[str, FromClause] = {
    "history": job_states,
    "stages": job_stages,
    "effects": job_effects,
    "results": job_results,
    "letters": dead_letters,
}


def _rows_of_job(
    name: str, table: FromClause, columns: Sequence[ColumnElement[Any]], *, order: Sequence[str] = ("id",)
) -> ColumnElement[Any]:
    """The last `LAST` rows of `table` that belong to the job, oldest first, as one JSON array."""
    places = [table.c[column].label(f"o_{column}") for column in order]
    of_job = select(*columns, *places).where(table.c.job_id == jobs.c.id)
    last = of_job.order_by(*(place.desc() for place in places)).limit(LAST[name]).correlate(jobs).subquery("last")
    shown = [last.c[column.name] for column in columns]
    rows = select(*shown).order_by(*(last.c[place.name] for place in places)).subquery("rows")
    array = select(func.coalesce(func.json_agg(rows.table_valued()), text("'[]'::json")))
    return array.scalar_subquery().label(name)


def _shown_execution() -> list[ColumnElement[Any]]:
    columns = columns_of(ExecutionRow, job_stages)
    error = func.left(job_stages.c.error, SHOWN_ERROR).label("error")
    return [error if column.name == "error" else column for column in columns]


def _shown_result() -> list[ColumnElement[Any]]:
    size = func.octet_length(cast(job_results.c.output, Text))
    most = case((job_results.c.run == jobs.c.run, SHOWN_OUTPUT_BYTES), else_=SHOWN_EARLIER_BYTES)
    output = case((size <= most, job_results.c.output)).label("output")
    computed: dict[str, ColumnElement[Any]] = {"output": output, "output_bytes": size.label("output_bytes")}
    names = [field.name for field in fields(ResultRow)]
    return [computed[name] if name in computed else job_results.c[name] for name in names]


def _failure_note() -> ColumnElement[Any]:
    """What the history noted of the error in the job's row: every failure wrote its stage and attempt there, with the
    error's code as the reason."""
    notes = select(job_states.c.state_metadata).where(
        job_states.c.job_id == jobs.c.id, job_states.c.reason == jobs.c.error_code
    )
    return notes.order_by(job_states.c.id.desc()).limit(1).correlate(jobs).scalar_subquery().label("failure_note")


def _count(name: str, table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows the job has in `table`."""
    of_job = select(func.count()).select_from(table).where(table.c.job_id == jobs.c.id, *conditions)
    return of_job.correlate(jobs).scalar_subquery().label(name)


# Everything in a story that can change shows in one of these numbers, so that a change is seen without reading it.
# Every write of a job's row sets updated_at, except renewals of the lease, holds, and the sweep, which changes nothing
# that a story shows; history and results are written together with the row. An execution is begun once and ended once;
# a claim abandons those of earlier deliveries in a statement of its own. An effect is started once and ends once,
# without a lease; any other write to it sets updated_at. Dead letters are added, and discarded once, by statements that
# do not touch the job. Counted rows are deleted with their job, or, if it is heavy, shortly before it once it has
# ended, so the totals and the open counts never return to what they were.
_VERSION = (
    jobs.c.updated_at.label("v_updated"),
    jobs.c.run.label("v_run"),
    jobs.c.state.label("v_state"),
    jobs.c.progress.label("v_progress"),
    jobs.c.lease_until.label("v_lease"),
    jobs.c.held_for.label("v_held"),
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
