"""What an operator does with a job that ended badly: run it again, or discard its dead letter. Each function returns
what became of it, and stores who did it and when."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from service import db, queries
from service.config import Topics
from service.delivery import settle
from service.queries import DeadLetterRow
from service.strictjson import storable

MAX_HANDLED_BY = 255
MAX_WHY = 2_000

# A letter is handled once: of a replay and a discard at the same time, one wins.
DISCARD = text("""
WITH mine AS (
    UPDATE dead_letters SET discarded_at = clock_timestamp(), handled_by = :by
    WHERE id = :id AND replayed_at IS NULL AND discarded_at IS NULL
    RETURNING id, job_id, reason
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'discard', :by, :why, job_id, json_build_object('dead_letter_id', id, 'reason', reason) FROM mine
)
SELECT id FROM mine
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What became of a letter or a job. `run` is the new run of a replayed job; `why` is a sentence that says why
    nothing was done, or None."""

    letter_id: int | None = None
    job_id: str | None = None
    run: int | None = None
    why: str | None = None


def replay_letter(
    engine: Engine, topics: Topics, letter_id: int, *, handled_by: str, why: str = "", from_stage: str | None = None
) -> Handled:
    """Give the job of a dead letter a new run, which owes its job message (`outbox.publish_owed`).

    Finished stages are kept, or from `from_stage` on run again. Raises `Unavailable`: then it may or may not have been
    done, and doing it again is harmless.
    """
    letter = queries.letter(engine, letter_id)
    job_id = letter.job_id if letter else None
    if letter is None or letter.job_id is None or letter.run is None or not letter.is_open:
        return Handled(letter_id=letter_id, job_id=job_id, why=_why_no_replay(letter_id, letter))
    replayed = _run_again(
        engine, topics, letter.job_id, letter.run, handled_by=handled_by, why=why, from_stage=from_stage
    )
    return Handled(letter_id=letter_id, job_id=job_id, run=replayed.run, why=replayed.why)


def replay_job(
    engine: Engine, topics: Topics, job_id: str, *, handled_by: str, why: str = "", from_stage: str | None = None
) -> Handled:
    """As `replay_letter`, for a job that failed or was cancelled. A failed job's dead letter is replayed with it."""
    job = queries.job(engine, job_id)
    if job is None:
        return Handled(job_id=job_id, why=f"There is no job '{job_id}'.")
    return _run_again(engine, topics, job_id, job.run, handled_by=handled_by, why=why, from_stage=from_stage)


def discard_letter(engine: Engine, letter_id: int, *, handled_by: str, why: str = "") -> Handled:
    """Discard a dead letter: nothing is run again. Raises `Unavailable`."""
    parameters = {"id": letter_id, "by": storable(handled_by, MAX_HANDLED_BY), "why": storable(why, MAX_WHY)}
    discarded = db.first(engine, DISCARD, parameters)
    letter = queries.letter(engine, letter_id)
    refusal = None if discarded else _handled_already(letter_id, letter)
    return Handled(letter_id=letter_id, job_id=letter.job_id if letter else None, why=refusal)


def _run_again(
    engine: Engine, topics: Topics, job_id: str, run: int, *, handled_by: str, why: str, from_stage: str | None
) -> Handled:
    if from_stage is not None:
        begun = queries.job_stages_begun(engine, job_id)
        if from_stage not in begun:
            sentence = f"Job '{job_id}' never began a stage '{from_stage}'; it began {', '.join(begun) or 'none'}."
            return Handled(job_id=job_id, why=sentence)
    operator = storable(handled_by, MAX_HANDLED_BY)
    reason = storable(why, MAX_WHY)
    new_run = settle.start_new_run(engine, topics, job_id, run=run, by=operator, why=reason, from_stage=from_stage)
    if new_run is not None:
        return Handled(job_id=job_id, run=new_run)
    job = queries.job(engine, job_id)
    if job is None:
        return Handled(job_id=job_id, why=f"There is no job '{job_id}'.")
    sentence = f"Job '{job_id}' is {job.state} in run {job.run}: only a job that failed or was cancelled is run again."
    return Handled(job_id=job_id, why=sentence)


def _why_no_replay(letter_id: int, letter: DeadLetterRow | None) -> str:
    if letter is not None and letter.is_open:
        return f"Dead letter {letter_id} was not a job of ours ({letter.reason}): it can only be discarded."
    sentence = _handled_already(letter_id, letter)
    if letter is not None and letter.discarded_at and letter.run is not None:
        return f"{sentence} Run its job again with `jobs replay {letter.job_id}`."
    return sentence


def _handled_already(letter_id: int, letter: DeadLetterRow | None) -> str:
    if letter is None:
        return f"There is no dead letter {letter_id}."
    at = letter.replayed_at or letter.discarded_at
    action = "replayed" if letter.replayed_at else "discarded"
    when = f" at {at.isoformat(timespec='seconds')}" if at else ""
    return f"Dead letter {letter_id} was already {action}{when} by {letter.handled_by or 'somebody'}."
