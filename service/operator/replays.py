"""What an operator does with a dead letter: run its job again, make a job of data that was refused, or discard it. Each
function returns what became of it, and stores who did it and when."""

import shlex
from dataclasses import dataclass

from sqlalchemy import Engine, text

from service import db, queries
from service.config import Topics
from service.delivery import outgoing, settle
from service.delivery.messages import JobMessage, PushMessage
from service.delivery.refusals import job_of_any_revision
from service.operator.record import MAX_WHO, MAX_WHY
from service.queries import DeadLetterRow
from service.strictjson import dump, storable

FIRST_RUN = 1

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

# The job is made only if the letter is found open, and the letter is marked only if the job was made: of two
# replays at once, of one letter or of two letters about one job, one makes it. Without checkpoints, the claim puts the
# job at the first stage of its own revision.
SUBMIT_REFUSED = text("""
WITH open AS (
    SELECT id, coalesce(metadata->>'first_stage', '') AS stage FROM dead_letters
    WHERE id = :letter_id AND replayed_at IS NULL AND discarded_at IS NULL
      AND NOT EXISTS (SELECT FROM tombstones WHERE job_id = :id)
    FOR UPDATE
), made AS (
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)
    SELECT :id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending', stage
    FROM open
    ON CONFLICT (id) DO NOTHING
    RETURNING id, run, state
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, NULL, state, 'replay', CAST(:note AS json) FROM made
), letter AS (
    UPDATE dead_letters l SET replayed_at = clock_timestamp(), handled_by = :by FROM made, open WHERE l.id = open.id
), box AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, :key, :ordering_key, CAST(:attributes AS json), :payload FROM made
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'replay', :by, :why, id, json_build_object('run', run, 'dead_letter_id', CAST(:letter_id AS bigint))
    FROM made
)
SELECT run FROM made
""")

FIND = text("""
SELECT state, run, input_sha256 = :sha AS same FROM jobs WHERE id = :id
UNION ALL
SELECT state, run, input_sha256 = :sha FROM tombstones WHERE job_id = :id
LIMIT 1
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
    """Give the job of a dead letter a new run, or make a job of the data that was refused. It then owes its job message
    (`outbox.publish_owed`).

    Finished stages are kept, or from `from_stage` on run again. Raises `Unavailable`: then it may or may not have been
    done, and doing it again is harmless.
    """
    letter = queries.letter(engine, letter_id)
    job_id = letter.job_id if letter else None
    if letter is None or not letter.is_open:
        return Handled(letter_id=letter_id, job_id=job_id, why=_why_no_replay(letter_id, letter))
    if letter.job_id is None or letter.run is None:
        return _submit_refused(engine, topics, letter, handled_by=handled_by, why=why, from_stage=from_stage)
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
        refused = queries.refused_letter(engine, job_id)
        how = f" Its message was refused: `dlq replay {refused.id}`." if refused and refused.is_open else ""
        return Handled(job_id=job_id, why=f"There is no job '{job_id}'.{how}")
    return _run_again(engine, topics, job_id, job.run, handled_by=handled_by, why=why, from_stage=from_stage)


def discard_letter(engine: Engine, letter_id: int, *, handled_by: str, why: str = "") -> Handled:
    """Discard a dead letter: nothing is run again. Raises `Unavailable`."""
    parameters = {"id": letter_id, "by": storable(handled_by, MAX_WHO), "why": storable(why, MAX_WHY)}
    discarded = db.first(engine, DISCARD, parameters)
    letter = queries.letter(engine, letter_id)
    refusal = None if discarded else _handled_already(letter_id, letter)
    return Handled(letter_id=letter_id, job_id=letter.job_id if letter else None, why=refusal)


def _submit_refused(
    engine: Engine, topics: Topics, letter: DeadLetterRow, *, handled_by: str, why: str, from_stage: str | None
) -> Handled:
    """Make the job that refused data describes, under its own id. The data alone decides whether it is one: which
    presets there are is for the revision that takes the job to say."""
    data = queries.letter_data(engine, letter.id)
    job = None if data is None else job_of_any_revision(PushMessage(data=data))
    if not isinstance(job, JobMessage):
        discard = f"Dead letter {letter.id} was not a job of ours ({letter.reason}): it can only be discarded."
        sentence = discard if job is None else f"{discard} {job.sentence}"
        return Handled(letter_id=letter.id, job_id=letter.job_id, why=sentence)
    if from_stage is not None:
        sentence = f"Job '{job.job_id}' would be new and has no stage to start again from; leave --from-stage out."
        return Handled(letter_id=letter.id, job_id=job.job_id, why=sentence)
    operator = storable(handled_by, MAX_WHO)
    message = outgoing.job_message(topics, job, FIRST_RUN, 0)
    parameters: dict[str, object] = {
        **job.columns,
        "letter_id": letter.id,
        "by": operator,
        "why": storable(why, MAX_WHY),
        "note": dump({"by": operator, "dead_letter_id": letter.id, **({"why": why} if why else {})}),
        "topic": message.topic,
        "key": message.message_key,
        "ordering_key": message.ordering_key,
        "attributes": dump(message.attributes),
        "payload": message.payload,
    }
    try:
        made = db.first(engine, SUBMIT_REFUSED, parameters)
    except db.BadData:
        sentence = f"The database cannot keep the job of dead letter {letter.id}: it can only be discarded."
        return Handled(letter_id=letter.id, job_id=job.job_id, why=sentence)
    if made is not None:
        return Handled(letter_id=letter.id, job_id=job.job_id, run=made["run"])
    return Handled(letter_id=letter.id, job_id=job.job_id, why=_why_not_made(engine, letter.id, job))


def _why_not_made(engine: Engine, letter_id: int, job: JobMessage) -> str:
    """Say what has become of the letter or the job since the letter was read."""
    letter = queries.letter(engine, letter_id)
    if letter is None or not letter.is_open:
        return _handled_already(letter_id, letter)
    found = db.first(engine, FIND, {"id": job.job_id, "sha": job.input_sha256})
    if found is None:
        return f"Dead letter {letter_id} could not be replayed just now; try again."
    if not found["same"]:
        return f"A job '{job.job_id}' exists with other inputs and is left as it is; discard dead letter {letter_id}."
    state = f"exists already, with the same inputs ({found['state']}, run {found['run']})"
    return f"Job '{job.job_id}' {state}: nothing is left to do but to discard dead letter {letter_id}."


def _run_again(
    engine: Engine, topics: Topics, job_id: str, run: int, *, handled_by: str, why: str, from_stage: str | None
) -> Handled:
    if from_stage is not None:
        begun = queries.job_stages_begun(engine, job_id)
        if from_stage not in begun:
            sentence = f"Job '{job_id}' never began a stage '{from_stage}'; it began {', '.join(begun) or 'none'}."
            return Handled(job_id=job_id, why=sentence)
    operator = storable(handled_by, MAX_WHO)
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
    sentence = _handled_already(letter_id, letter)
    if letter is not None and letter.discarded_at and letter.run is not None:
        return f"{sentence} Run its job again with `jobs replay {shlex.quote(str(letter.job_id))}`."
    return sentence


def _handled_already(letter_id: int, letter: DeadLetterRow | None) -> str:
    if letter is None:
        return f"There is no dead letter {letter_id}."
    at = letter.replayed_at or letter.discarded_at
    action = "replayed" if letter.replayed_at else "discarded"
    when = f" at {at.isoformat(timespec='seconds')}" if at else ""
    return f"Dead letter {letter_id} was already {action}{when} by {letter.handled_by or 'somebody'}."
