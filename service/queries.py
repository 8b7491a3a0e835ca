"""What the API, the command line and the console ask of the database. Reads only."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, Select, and_, func, select, text, tuple_

from service import db
from service.db.schema import dead_letters, job_effects, job_results, job_stages, job_states, jobs
from service.errors import BadField


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job's row without its inputs. `stage_progress` is 0 to 1 of the stage in hand, None where it says nothing;
    `sent_back_by` is the stage that began the round, None where no stage did; `spent_usd` is of all runs."""

    id: str
    user_id: str
    preset: str
    state: str
    run: int
    hop: int
    round: int
    stage: str
    sent_back_by: str | None
    attempts: int
    failures: int
    spent_usd: float
    stage_progress: float | None
    stage_note: str | None
    error_code: str | None
    error_message: str | None
    not_before: datetime | None
    started_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChange:
    run: int
    previous_state: str | None
    new_state: str
    reason: str
    state_metadata: Any
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of a stage, without its output. `finished_at` is of finished ones alone."""

    run: int
    round: int
    stage: str
    status: str
    attempt: int
    started_at: datetime
    finished_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A paid or slow operation of a provider. `cost_usd` is of all its `orders`, until it is finished the most that
    it can be. `request_id` is of the last order, `unknown_id` of the one before it, where there are two."""

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
    def ids(self) -> list[str]:
        """Of its orders, in their order."""
        return [one for one in (self.unknown_id, self.request_id) if one is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    run: int
    status: str
    output: Any
    error_code: str | None
    error_message: str | None
    processing_time_ms: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterMark:
    """A dead letter as its job's story names it; the letter itself says more. `run` is None where it was no job."""

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
    """Where the job's last failure was; None for what nobody wrote down. `dead_letter_id` is of the current run."""

    stage: str | None
    attempt: int | None
    dead_letter_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A job with everything that happened to it, oldest first: of one moment, since it is read in one statement.

    Two stories of a job with one `version` are equal.
    """

    job: Job
    history: Sequence[StateChange]
    stages: Sequence[Execution]
    effects: Sequence[Effect]
    results: Sequence[Result]
    letters: Sequence[LetterMark]
    version: str

    @property
    def done(self) -> int:
        """How many stages of the current round are finished."""
        return sum(1 for one in self.stages if one.status == "finished" and one.round == self.job.round)

    def standing(self, effect: Effect) -> str:
        """How an effect of this job stands: `intended` (it is ordered at this moment), `unknown` (it was to be ordered,
        and nobody knows whether it was), `started`, `failed` (it ended without a result) or `finished`."""
        if effect.finished_at is not None:
            return "finished"
        if effect.failed_at is not None:
            return "failed"
        if effect.started_at is not None:
            return "started"
        # Whoever has written the intent is at work on it as long as its execution is open.
        is_in_hand = any(
            (one.status, one.stage, one.run, one.round) == ("started", effect.stage, effect.run, effect.round)
            and one.started_at <= effect.intended_at
            for one in self.stages
        )
        return "intended" if is_in_hand else "unknown"

    @property
    def unknown(self) -> Sequence[Effect]:
        """The effects of which nobody knows whether they were ordered."""
        return [one for one in self.effects if self.standing(one) == "unknown"]

    @property
    def result(self) -> Result | None:
        """The result of the current run."""
        return next((one for one in self.results if one.run == self.job.run), None)

    @property
    def failure(self) -> Failure | None:
        """Of the error that the job's row names; None where it names none."""
        if self.job.error_code is None:
            return None
        # Every failure wrote its stage and attempt into the history, under the error's code as the reason.
        notes = [one.state_metadata for one in self.history if one.reason == self.job.error_code]
        note = notes[-1] if notes and isinstance(notes[-1], dict) else {}
        letter = next((one.id for one in self.letters if one.run == self.job.run), None)
        return Failure(stage=note.get("stage"), attempt=note.get("attempt"), dead_letter_id=letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    content: str
    metadata: Any
    extra: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What a list of jobs is narrowed to; None narrows nothing. `since` is included, `until` is not."""

    state: str | None = None
    user_id: str | None = None
    preset: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last job of a page; the next page begins after it. As text it is opaque, for URLs."""

    created_at: datetime
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created_at.isoformat()} {self.id}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, raw: str) -> "Cursor":
        """Raises `BadField` for what is no cursor of ours."""
        try:
            plain = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True).decode()
            created_at, _, job_id = plain.partition(" ")
            at = datetime.fromisoformat(created_at)
        except (ValueError, binascii.Error):
            at, job_id = None, ""
        if at is None or at.tzinfo is None or not job_id or "\x00" in job_id:
            sentence = "The cursor is not one of ours; take 'next' of the page before, unchanged."
            raise BadField("bad_cursor", sentence, field="cursor")
        return cls(at, job_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Newest first. `next` is None on the last page."""

    jobs: Sequence[Job]
    next: Cursor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`run` is None for data that was no job: such a letter can be discarded, not replayed. `data_bytes` is the size
    of the data as it came, None where the letter has none."""

    id: int
    job_id: str | None
    run: int | None
    message_key: str
    reason: str
    error: str
    metadata: Any
    data_bytes: int | None
    created_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None
    handled_by: str | None

    @property
    def is_open(self) -> bool:
        return self.replayed_at is None and self.discarded_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """What a list of dead letters is narrowed to. `is_open`: neither replayed nor discarded. `since` is included,
    `until` is not."""

    is_open: bool | None = None
    reason: str | None = None
    job_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def moment(raw: str) -> datetime:
    """A time in ISO 8601, or a day; without a zone it is UTC. Raises `ValueError` for everything else."""
    at = datetime.fromisoformat(raw.strip())
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(raw) from error


def job_story(engine: Engine, job_id: str) -> Story | None:
    """One job with all that happened to it; None where there is no such job. Raises `Unavailable`."""
    statement = select(
        *_columns(Job, jobs),
        _together(StateChange, job_states).label("history"),
        _together(Execution, job_stages).label("stages"),
        _together(Effect, job_effects, by=("intended_at", "round", "stage", "name", "run")).label("effects"),
        _together(Result, job_results).label("results"),
        _together(LetterMark, dead_letters).label("letters"),
        *_VERSION,
    ).where(jobs.c.id == job_id)
    row = db.one(engine, statement, {})
    if row is None:
        return None
    return Story(
        job=Job(**{one.name: row[one.name] for one in fields(Job)}),
        history=[StateChange(**_with_times(one)) for one in row["history"]],
        stages=[Execution(**_with_times(one)) for one in row["stages"]],
        effects=[Effect(**_with_times(one)) for one in row["effects"]],
        results=[Result(**_with_times(one)) for one in row["results"]],
        letters=[LetterMark(**_with_times(one)) for one in row["letters"]],
        version=_version(row),
    )


def job_version(engine: Engine, job_id: str) -> str | None:
    """The `version` that the job's story has now, by a few numbers of its rows; None where there is no such job.
    Raises `Unavailable`."""
    row = db.one(engine, select(*_VERSION).where(jobs.c.id == job_id), {})
    return None if row is None else _version(row)


def job(engine: Engine, job_id: str) -> Job | None:
    """One job's row, or None. Raises `Unavailable`."""
    row = db.one(engine, select(*_columns(Job, jobs)).where(jobs.c.id == job_id), {})
    return None if row is None else Job(**row)


def job_inputs(engine: Engine, job_id: str) -> Inputs | None:
    """What a job was asked to do; up to 10 MB, which is why the story of a job leaves it out."""
    row = db.one(engine, select(*_columns(Inputs, jobs)).where(jobs.c.id == job_id), {})
    return None if row is None else Inputs(**row)


def list_jobs(engine: Engine, narrow: JobFilter, *, limit: int, after: Cursor | None = None) -> JobPage:
    """At most `limit` jobs, newest first, from the one after `after`. Raises `Unavailable`."""
    wanted = [
        column == value
        for column, value in (
            (jobs.c.state, narrow.state),
            (jobs.c.user_id, narrow.user_id),
            (jobs.c.preset, narrow.preset),
        )
        if value is not None
    ]
    if narrow.since is not None:
        wanted.append(jobs.c.created_at >= narrow.since)
    if narrow.until is not None:
        wanted.append(jobs.c.created_at < narrow.until)
    if after is not None:
        wanted.append(tuple_(jobs.c.created_at, jobs.c.id) < tuple_(after.created_at, after.id))
    newest_first = (jobs.c.created_at.desc(), jobs.c.id.desc())
    # One more than asked for says whether there is a next page.
    statement = select(*_columns(Job, jobs)).where(*wanted).order_by(*newest_first).limit(limit + 1)
    found = [Job(**row) for row in db.rows(engine, statement, {})]
    page = found[:limit]
    return JobPage(jobs=page, next=Cursor(page[-1].created_at, page[-1].id) if len(found) > limit else None)


def job_stages_begun(engine: Engine, job_id: str) -> Sequence[str]:
    """The stages that the job has begun, in the order of their first execution. Raises `Unavailable`."""
    of_job = select(job_stages.c.stage).where(job_stages.c.job_id == job_id)
    statement = of_job.group_by(job_stages.c.stage).order_by(func.min(job_stages.c.id))
    return [row["stage"] for row in db.rows(engine, statement, {})]


def list_letters(
    engine: Engine, narrow: LetterFilter, *, limit: int, before: int | None = None
) -> Sequence[DeadLetter]:
    """At most `limit` dead letters, newest first, with ids below `before`. Raises `Unavailable`."""
    wanted: list[ColumnElement[bool]] = []
    if narrow.is_open is not None:
        is_open = and_(dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None))
        wanted.append(is_open if narrow.is_open else ~is_open)
    if narrow.reason is not None:
        wanted.append(dead_letters.c.reason == narrow.reason)
    if narrow.job_id is not None:
        wanted.append(dead_letters.c.job_id == narrow.job_id)
    if narrow.since is not None:
        wanted.append(dead_letters.c.created_at >= narrow.since)
    if narrow.until is not None:
        wanted.append(dead_letters.c.created_at < narrow.until)
    if before is not None:
        wanted.append(dead_letters.c.id < before)
    statement = _letters().where(*wanted).order_by(dead_letters.c.id.desc()).limit(limit)
    return [DeadLetter(**row) for row in db.rows(engine, statement, {})]


def letter(engine: Engine, letter_id: int) -> DeadLetter | None:
    """One dead letter by its id, or None. Raises `Unavailable`."""
    row = db.one(engine, _letters().where(dead_letters.c.id == letter_id), {})
    return None if row is None else DeadLetter(**row)


def letter_data(engine: Engine, letter_id: int) -> bytes | None:
    """The message's data as it came, where it was no job; None where there is none."""
    row = db.one(engine, select(dead_letters.c.data).where(dead_letters.c.id == letter_id), {})
    return None if row is None or row["data"] is None else bytes(row["data"])


def _letters() -> Select[Any]:
    names = [one.name for one in fields(DeadLetter) if one.name != "data_bytes"]
    size = func.octet_length(dead_letters.c.data).label("data_bytes")
    return select(*(dead_letters.c[name] for name in names), size)


def _columns(shape: type, table: FromClause) -> list[ColumnElement[Any]]:
    """The columns that a dataclass has fields for, by name."""
    return [table.c[one.name] for one in fields(shape)]


def _together(shape: type, table: FromClause, *, by: Sequence[str] = ("id",)) -> ColumnElement[Any]:
    """All rows of `table` that belong to the job, oldest first, as one JSON array."""
    of_job = select(*_columns(shape, table)).where(table.c.job_id == jobs.c.id)
    mine = of_job.order_by(*(table.c[name] for name in by)).correlate(jobs)
    rows = mine.subquery("rows")
    return select(func.coalesce(func.json_agg(rows.table_valued()), text("'[]'::json"))).scalar_subquery()


def _count(name: str, table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    """How many rows the job has in `table`."""
    mine = select(func.count()).select_from(table).where(table.c.job_id == jobs.c.id, *conditions)
    return mine.correlate(jobs).scalar_subquery().label(name)


# What of a story can change, and how one sees it without reading it. Whatever writes a job's row sets updated_at, but
# for renewals and the sweep, which change nothing that a story shows; history and results are written with the row.
# An execution is begun once and ended once, and a claim sets those of others aside in a statement of its own. An effect
# is started once and ends once, without a lease; whatever else is written of it sets updated_at. Dead letters come,
# and are discarded once, by statements that do not touch the job. No row that is counted goes before its job does, so
# the counts of all and of the open ones never come back to what they were.
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
