"""Act on many jobs or dead letters: keep what was chosen, count it for a preview, do it one by one, put it on record.

What is chosen is kept in a temporary file, and each thing is a transaction of its own, so neither memory nor locks grow
with the number. A command that was interrupted is repeated as it was: what is done is found done, and the rest follows.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from tempfile import SpooledTemporaryFile
from typing import Any, Self

from sqlalchemy import Engine, text

from service import db, queries
from service.config import Topics
from service.delivery import settle
from service.delivery.messages import MAX_JOB_ID
from service.operator import replays
from service.operator.record import MAX_WHO, MAX_WHY
from service.operator.replays import Handled
from service.states import JobState
from service.strictjson import dump, storable

IN_MEMORY = 1_000_000
"""Bytes of ids that are kept in memory; the rest is on disk."""
EXAMPLES = 10
"""Rows of a preview that are kept to be shown."""
RECORDED_IDS = 20
"""Ids that the record of a command names; each job has a record of its own."""

BEGIN = text("""
INSERT INTO acts (act, who, why, target) VALUES (:act, :who, :why, CAST(:target AS json)) RETURNING id
""")
END = text("UPDATE acts SET target = CAST(:target AS json) WHERE id = :id")

ThingId = str | int
"""The id of a job (text), or of a letter or message (a number)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one thing.

    `is_done`: it is as was asked for; `is_repeat`: it was so before. `why` says why not, or since when. `is_published`:
    whether the message that it owes was; None if it owes none.
    """

    is_done: bool
    is_repeat: bool = False
    job_id: str | None = None
    letter_id: int | None = None
    message_id: int | None = None
    state: str | None = None
    run: int | None = None
    is_published: bool | None = None
    why: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_done and self.is_published is not False


@dataclass(slots=True)
class Counts:
    """How many things became what."""

    done: int = 0
    done_before: int = 0
    not_done: int = 0
    not_published: int = 0

    def add(self, outcome: Outcome) -> None:
        self.done += outcome.is_done and not outcome.is_repeat
        self.done_before += outcome.is_repeat
        self.not_done += not outcome.is_done
        self.not_published += outcome.is_published is False

    @property
    def is_complete(self) -> bool:
        return not (self.not_done or self.not_published)


class Chosen:
    """Ids of what is acted on, in a temporary file that is gone on exit."""

    def __enter__(self) -> Self:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="ascii")
        self._count = 0
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    def add(self, thing: ThingId) -> None:
        self._file.write(f"{json.dumps(thing)}\n")
        self._count += 1

    def __iter__(self) -> Iterator[Any]:
        """Yield the ids. Only one reader at a time."""
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@dataclass(slots=True)
class Tally:
    """What a preview shows: how many there are of each state and reason, what was spent on them, and a few of them."""

    counts: dict[tuple[str, str | None], int] = field(default_factory=dict)
    spent_usd: float = 0.0
    examples: list[Any] = field(default_factory=list)

    def add(self, row: Any, state: str, reason: str | None, spent_usd: float | None) -> None:
        self.counts[state, reason] = self.counts.get((state, reason), 0) + 1
        self.spent_usd += spent_usd or 0.0
        if len(self.examples) < EXAMPLES:
            self.examples.append(row)


def choose_jobs(
    engine: Engine,
    narrow: queries.JobFilter,
    states: Iterable[JobState],
    chosen: Chosen,
    *,
    going_on: Callable[[int], None] = lambda _found: None,
) -> Tally:
    """Add to `chosen` the jobs of the filter that are in one of `states`, oldest first in each state; return their
    tally. `going_on` is told from time to time how many were found. Raises `Unavailable`."""
    tally = Tally()
    for state in states:
        if narrow.state not in (None, state.value):
            continue
        in_state = replace(narrow, state=state.value)
        for page in queries.walk_jobs(engine, in_state):
            for job in page:
                chosen.add(job.id)
                tally.add(job, job.state, job.error_code, job.spent_usd)
            going_on(len(chosen))
    return tally


def choose_letters(
    engine: Engine,
    narrow: queries.LetterFilter,
    chosen: Chosen,
    *,
    going_on: Callable[[int], None] = lambda _found: None,
) -> Tally:
    """As `choose_jobs`, for dead letters."""
    tally = Tally()
    for page in queries.walk_letters(engine, narrow):
        for letter in page:
            chosen.add(letter.id)
            tally.add(letter, "open" if letter.is_open else "handled", letter.reason, letter.spent_usd)
        going_on(len(chosen))
    return tally


def choose_messages(
    engine: Engine,
    narrow: queries.MessageFilter,
    chosen: Chosen,
    *,
    going_on: Callable[[int], None] = lambda _found: None,
) -> Tally:
    """As `choose_jobs`, for messages that are not sent."""
    tally = Tally()
    for page in queries.walk_messages(engine, narrow):
        for message in page:
            chosen.add(message.id)
            tally.add(message, message.state, message.topic, None)
        going_on(len(chosen))
    return tally


def cancel_job(engine: Engine, topics: Topics, job_id: str, *, by: str, why: str) -> Outcome:
    """Cancel a job that has not ended; it then owes its result. One that was cancelled before is done. Raises
    `Unavailable`."""
    who, reason = storable(by, MAX_WHO), storable(why, MAX_WHY)
    state = settle.cancel(engine, topics, job_id, by=who, why=reason) if _could_be_an_id(job_id) else None
    if state == JobState.CANCELLED:
        return Outcome(job_id=job_id, is_done=True, state=state)
    sentence = f"Job '{job_id}' has already ended: it is {state}." if state else f"There is no job '{job_id}'."
    return Outcome(job_id=job_id, is_done=False, state=state, why=sentence)


def replay_job(
    engine: Engine, topics: Topics, job_id: str, *, by: str, why: str, from_stage: str | None = None
) -> Outcome:
    """Give a failed or cancelled job a new run; it then owes its job message. A job that was run again before and has
    not failed since is done. Raises `Unavailable`."""
    if not _could_be_an_id(job_id):
        return Outcome(job_id=job_id, is_done=False, why=f"There is no job '{job_id}'.")
    handled = replays.replay_job(engine, topics, job_id, handled_by=by, why=why, from_stage=from_stage)
    if handled.why is None:
        return _outcome(handled)
    job = queries.job(engine, job_id)
    is_repeat = job is not None and job.run > 1 and job.state not in (JobState.FAILED, JobState.CANCELLED)
    return _outcome(handled, is_repeat=is_repeat)


def replay_letter(
    engine: Engine, topics: Topics, letter_id: int, *, by: str, why: str, from_stage: str | None = None
) -> Outcome:
    """As `replay_job`, for the job of a dead letter. A letter that was replayed before is done."""
    handled = replays.replay_letter(engine, topics, letter_id, handled_by=by, why=why, from_stage=from_stage)
    letter = None if handled.why is None else queries.letter(engine, letter_id)
    return _outcome(handled, is_repeat=letter is not None and letter.replayed_at is not None)


def discard_letter(engine: Engine, letter_id: int, *, by: str, why: str) -> Outcome:
    """Discard a dead letter. One that was discarded before is done. Raises `Unavailable`."""
    handled = replays.discard_letter(engine, letter_id, handled_by=by, why=why)
    letter = None if handled.why is None else queries.letter(engine, letter_id)
    return _outcome(handled, is_repeat=letter is not None and letter.discarded_at is not None)


def recorded_ids(chosen: Iterable[ThingId]) -> dict[str, object]:
    """What a record says of ids that were given: the first of them."""
    first = [thing for thing, _ in zip(chosen, range(RECORDED_IDS), strict=False)]
    return {"ids": first}


def recorded_filter(narrow: Any) -> dict[str, object]:
    """What a record says of a filter: the parts that narrow."""
    parts = {name: getattr(narrow, name) for name in narrow.__slots__}
    return {"filter": {name: str(value) for name, value in parts.items() if value is not None}}


def begin_record(engine: Engine, act: str, *, who: str, why: str, target: Mapping[str, object]) -> int:
    """Put on record that a command begins; return the record's id for `end_record`. Raises `Unavailable`."""
    parameters = {"who": storable(who, MAX_WHO), "why": storable(why, MAX_WHY), "target": dump(target)}
    row = db.first(engine, BEGIN, {"act": act, **parameters})
    return int(row["id"]) if row else 0


def end_record(engine: Engine, record_id: int, target: Mapping[str, object], counts: Counts, *, is_whole: bool) -> None:
    """Add to the record what became of it. `is_whole`: the command went to its end. Raises `Unavailable`."""
    ended = {
        **target,
        "done": counts.done,
        "done_before": counts.done_before,
        "not_done": counts.not_done,
        "not_published": counts.not_published,
        "ended": is_whole,
    }
    db.execute(engine, END, {"id": record_id, "target": dump(ended)})


def _outcome(handled: Handled, *, is_repeat: bool = False) -> Outcome:
    return Outcome(
        is_done=handled.why is None or is_repeat,
        is_repeat=is_repeat,
        job_id=handled.job_id,
        letter_id=handled.letter_id,
        run=handled.run,
        why=handled.why,
    )


def _could_be_an_id(job_id: str) -> bool:
    return storable(job_id, MAX_JOB_ID) == job_id
