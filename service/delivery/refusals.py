"""What becomes of data that this revision does not take for a job.

Two revisions serve side by side during a release, and an older one may come back after it, so the data may be a job to
another of them. What is on record as a job therefore waits for a revision that can read it (`on_record`, `wait`).
Everything else is set aside, once per message: a dead letter, and a result for the job's consumer (`refuse`).
"""

from collections.abc import Mapping

from msgspec import Struct
from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.db import Row
from service.delivery import claims, outgoing
from service.delivery.claims import Conflict, Refusal, Settled
from service.delivery.messages import JobMessage, PushMessage, decode_job, job_from
from service.delivery.outbox import columns_of
from service.delivery.outcomes import Outcome
from service.delivery.retry import REVISION
from service.delivery.transitions import MAX_SENTENCE
from service.errors import NotAJob
from service.pipeline import Later, Pipeline
from service.strictjson import dump, load, storable

UNKNOWN_PRESET = "unknown_preset"
MAX_ORIGIN_BYTES = 8_192
"""A letter keeps its message's attributes up to this size. Pub/Sub allows 100 of over a kilobyte each, and a list of
letters reads the metadata of all."""

# A job that was pruned is still on record: its tombstone says so.
RECORDED = text("""
SELECT input_sha256 = :sha AS same, false AS is_pruned FROM jobs WHERE id = :id
UNION ALL
SELECT input_sha256 = :sha, true FROM tombstones WHERE job_id = :id
LIMIT 1
""")

# As `claims.WHY_NOT`, with the job itself: the message cannot say whether its inputs are the same. Whether it must run
# alone is for its claim to see.
STORED = text("""
SELECT id, user_id, content, preset, metadata, extra, input_sha256, true AS same, state, false AS is_for_one_alone,
       (run, hop) > (:run, :hop) AS newer,
       extract(epoch FROM CASE state WHEN 'processing' THEN lease_until ELSE not_before END
                          - clock_timestamp())::float8 AS wait_s
FROM jobs WHERE id = :id
""")

# The message is given back to Pub/Sub, which is why the sweep need not send another one. The row stays pending and
# without a backoff, so another revision can claim it at once. Only the first of a row of waits is history.
WAIT = text("""
WITH before AS (
    SELECT id, waits_for FROM jobs WHERE id = :id FOR NO KEY UPDATE
), waiting AS (
    UPDATE jobs j SET waits = j.waits + 1, waits_for = :waits_for,
        waiting_since = coalesce(j.waiting_since, clock_timestamp()),
        error_code = :code, error_message = :sentence, enqueued_at = clock_timestamp(), updated_at = clock_timestamp()
    FROM before
    WHERE j.id = before.id AND j.state = 'pending' AND (j.run, j.hop) <= (:run, :hop)
      AND coalesce(j.waiting_since > clock_timestamp() - make_interval(secs => :most_s), true)
    RETURNING j.id, j.run, before.waits_for IS DISTINCT FROM :waits_for AS is_first
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, 'pending', 'pending', :code, CAST(:note AS json) FROM waiting WHERE is_first
)
SELECT id FROM waiting
""")

# The outbox rows depend on the letter's: a message that was refused before owes nothing new.
REFUSE = text("""
WITH letter AS (
    INSERT INTO dead_letters (job_id, message_key, reason, error, metadata, data)
    VALUES (:job_id, :key, :reason, :error, CAST(:metadata AS json), :data)
    ON CONFLICT (message_key) DO NOTHING
    RETURNING id, message_key, EXISTS (SELECT FROM jobs WHERE id = :job_id)
        OR EXISTS (SELECT FROM tombstones t WHERE t.job_id = :job_id) AS is_on_record
), owed AS (
    INSERT INTO outbox (topic, message_key, ordering_key, attributes, payload)
    SELECT m.topic, m.key, m.ordering_key, CAST(m.attributes AS json), m.payload
    FROM letter, unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:ordering_keys AS text[]),
                        CAST(:attributes AS text[]), CAST(:payloads AS text[]))
         AS m (topic, key, ordering_key, attributes, payload)
    WHERE m.key = letter.message_key OR NOT letter.is_on_record
    ON CONFLICT (message_key) DO NOTHING
)
SELECT id FROM letter UNION ALL SELECT id FROM dead_letters WHERE message_key = :key
""")


class OnRecord(Struct, frozen=True, kw_only=True):
    """The message is that of a job on record, which is `job`.

    `standing` says how the job stands for the message; None if it can be claimed. `error` says why this revision cannot
    run it; None if it can: then only the message was unreadable.
    """

    job: JobMessage
    standing: Refusal | None
    error: NotAJob | None


def on_record(
    engine: Engine, pushed: PushMessage, error: NotAJob, presets: frozenset[str], *, run: int, hop: int
) -> OnRecord | None:
    """Find the job on record that `pushed` is a message of although this revision refuses its data with `error`; None
    if there is no such job.

    The data is a job's if it is that job apart from its preset. If this revision cannot read the data at all, the
    message is a job's if it carries the key that only our own messages have. Raises `Unavailable`.
    """
    job = job_of_any_revision(pushed)
    if isinstance(job, JobMessage):
        found = db.first(engine, RECORDED, {"id": job.job_id, "sha": job.input_sha256})
        if found is None:
            return None
        standing = _of_tombstone(found) if found["is_pruned"] else claims.standing(engine, job, run, hop)
        return OnRecord(job=job, standing=standing, error=error)
    job_id = _id_in_key(pushed, run, hop)
    if job_id is None or error.job_id not in (None, job_id):
        return None
    row = db.first(engine, STORED, {"id": job_id, "run": run, "hop": hop})
    if row is None:
        return None
    stored = JobMessage.stored(row)
    why = _why_unreadable(stored, error, presets, is_same=stored.input_sha256 == bytes(row["input_sha256"]))
    return OnRecord(job=stored, standing=claims.why_not(row), error=why)


def job_of_any_revision(pushed: PushMessage) -> JobMessage | NotAJob:
    """Decode the job without asking whether this revision knows its preset; return what is wrong with data that is no
    job to any revision. Pure."""
    try:
        return decode_job(pushed, presets=None)
    except NotAJob as error:
        return error


def unable(pipeline: Pipeline, job: JobMessage, error: NotAJob) -> Later:
    """Say why this revision cannot run a job that another one took, as what the job waits for. Pure."""
    sentence = f"This revision cannot read the job, which waits for one that can: {error.sentence}"
    if error.code == UNKNOWN_PRESET:
        preset = storable(job.preset, 64)
        sentence = f"This version of the pipeline {pipeline.name} has no preset '{preset}'; the job waits for one."
    return Later(error.code, sentence, waits_for=REVISION)


def wait(
    engine: Engine, job_id: str, why: Later, *, run: int, hop: int, most_s: float, note: Mapping[str, object]
) -> bool:
    """Record that the pending job waits for another revision. Return whether that was done: not if it is not pending,
    or has waited for `most_s` seconds. Raises `Unavailable`."""
    parameters: dict[str, object] = {
        "id": job_id,
        "run": run,
        "hop": hop,
        "code": why.code,
        "sentence": why.sentence,
        "waits_for": REVISION,
        "most_s": most_s,
        "note": dump({**note, "error": why.sentence, "waits_for": REVISION}),
    }
    return db.first(engine, WAIT, parameters) is not None


def refuse(
    engine: Engine, topics: Topics, pushed: PushMessage, error: NotAJob, *, note: Mapping[str, object], first_stage: str
) -> tuple[int | None, list[str]]:
    """Store data that is not a job as a dead letter, once per message, with the messages that it owes; return the
    letter's id and their keys. It owes the letter and, if it names a job that is not on record, that job's result. The
    id is None if another delivery is storing the letter in this moment.

    The letter keeps what a replay needs: the data, whose it is, and where a job of it begins. Raises `Unavailable`.
    """
    key, sentence = pushed.dead_letter_key, storable(error.sentence, MAX_SENTENCE)
    said = {**note, "user_id": error.user_id}
    messages = [outgoing.letter_message(topics, key, error.job_id, code=error.code, sentence=sentence, metadata=said)]
    if error.job_id is not None:
        messages.append(
            outgoing.refused_message(
                topics, pushed.result_key, error.job_id, code=error.code, sentence=sentence, user_id=error.user_id
            )
        )
    letter = db.first(
        engine,
        REFUSE,
        {
            "job_id": error.job_id,
            "key": key,
            "reason": error.code,
            "error": sentence,
            "metadata": dump({**said, "first_stage": first_stage, **_origin(pushed)}),
            "data": pushed.data,
            **columns_of(messages),
        },
    )
    return letter["id"] if letter else None, [message.message_key for message in messages]


def _id_in_key(pushed: PushMessage, run: int, hop: int) -> str | None:
    """The id of the job that the message's key names, if it is a key of ours for this (run, hop)."""
    key = pushed.attributes.get("message_key", "")
    job_id = key.removeprefix("job:").removesuffix(f":{run}:{hop}")
    return job_id if key == outgoing.job_key(job_id, run, hop) else None


def _of_tombstone(row: Row) -> Conflict | Settled:
    return Settled(Outcome.ALREADY_ENDED) if row["same"] else Conflict()


def _why_unreadable(stored: JobMessage, error: NotAJob, presets: frozenset[str], *, is_same: bool) -> NotAJob | None:
    """Say why this revision cannot run the job of a row; None if it can. `is_same`: it computes the inputs' hash as the
    revision that stored them did."""
    try:
        job_from(load(stored.encode().encode()), presets)
    except NotAJob as found:
        return found
    return None if is_same else error


def _origin(pushed: PushMessage) -> dict[str, object]:
    """Where the data came from: nothing secret, and bounded in size."""
    attributes: dict[str, str] = {}
    left = MAX_ORIGIN_BYTES
    for name, value in pushed.attributes.items():
        left -= len(name.encode()) + len(value.encode())
        if left >= 0:
            attributes[name] = value
    return {
        "subscription": None if pushed.subscription is None else storable(pushed.subscription, 256),
        "publish_time": None if pushed.publish_time is None else storable(pushed.publish_time, 64),
        "ordering_key": pushed.ordering_key,
        "attributes": attributes,
    }
