"""A job that comes in by the API: its row, its history, its message to the workers and the request's key, in one
commit."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, TextClause, text

from service import db
from service.api.idempotency import KEPT_H, InWork, KeyedRequest, KeyReused
from service.delivery.messages import JobMessage
from service.errors import BadField, Unavailable


def _submit(before: str, source: str, found: str) -> TextClause:
    """The statement that makes a job, by what comes `before` it, the `source` that lets it be made, what is `found`.

    DO NOTHING waits for another submission of the same id to commit, so two at once make one row and one message.
    """
    return text(f"""
WITH {before} made AS (
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)
    SELECT :id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending',
           :first_stage
    {source}
    ON CONFLICT (id) DO NOTHING
    RETURNING id, run, hop, user_id, state
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, NULL, state, 'submitted', '{{}}' FROM made
), owed AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, 'job:' || id || ':' || run || ':' || hop, user_id,
           json_build_object('run', CAST(run AS text), 'hop', CAST(hop AS text)), :payload
    FROM made
)
{found}
""")


SUBMIT = _submit("", "", "SELECT state FROM made")

# A later statement: the one above does not see a row that another submission committed while it waited.
FIND = text("SELECT state, input_sha256 = :sha AS same FROM jobs WHERE id = :id")

# The lock says "in work" at once, where the row of an unfinished submission would have to be waited for. It is of the
# transaction, so it goes with the commit. The key's row comes first: without it no job is made. Each submission
# removes a few keys that have run out, so there are never more of those than there were submissions in a day.
SUBMIT_KEYED = _submit(
    """
lock AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended(:caller || ' ' || :key, 0)) AS is_mine
), gone AS (
    DELETE FROM idempotency_keys WHERE (caller, key) IN (
        SELECT caller, key FROM idempotency_keys
        WHERE created_at < clock_timestamp() - make_interval(hours => :kept_h) AND (caller, key) <> (:caller, :key)
        ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED
    )
), keyed AS (
    INSERT INTO idempotency_keys AS k (caller, key, fingerprint, job_id, state)
    SELECT :caller, :key, :fingerprint, :id, coalesce((SELECT state FROM jobs WHERE id = :id), 'pending')
    FROM lock WHERE is_mine
    ON CONFLICT (caller, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, job_id = EXCLUDED.job_id,
        state = EXCLUDED.state, created_at = EXCLUDED.created_at
    WHERE k.created_at < clock_timestamp() - make_interval(hours => :kept_h)
    RETURNING state
),""",
    "FROM keyed",
    """SELECT is_mine, keyed.state, made.id IS NOT NULL AS is_new
FROM lock LEFT JOIN keyed ON true LEFT JOIN made ON true""",
)

FIND_KEYED = text("""
SELECT k.job_id, k.state, k.fingerprint = :fingerprint AS is_same_request, j.input_sha256 <> :sha AS is_other_job
FROM idempotency_keys k LEFT JOIN jobs j ON j.id = k.job_id WHERE k.caller = :caller AND k.key = :key
""")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job is in the database. `is_new` is False for one that was there already, with the same inputs."""

    job_id: str
    state: str
    is_new: bool


class JobIdConflict(BadField):
    """A job of this id exists with other inputs; it is left as it is (409)."""

    def __init__(self, job_id: str) -> None:
        sentence = f"A job '{job_id}' exists with other inputs; leave the job_id out or send another."
        super().__init__("job_id_conflict", sentence, field="job_id")


def submit(
    engine: Engine, job: JobMessage, *, first_stage: str, topic: str, keyed: KeyedRequest | None = None
) -> Submitted:
    """Store a new job as pending, with the message that starts it in the outbox under the bare `topic`.

    The same job again is the same job: nothing is written. With a key, the same request again is the job of the first
    one and its answer, though `job.job_id` may be another; raises `KeyReused` where the key belongs to another
    request, `InWork` where the first is at work at this moment.
    Raises `JobIdConflict` where the id is taken by another job, `db.BadData` where the database refuses the job's
    data, and `Unavailable`: then nobody knows whether it is stored, and the same request can be sent again.
    """
    parameters: dict[str, object] = {
        **job.columns,
        "first_stage": first_stage,
        "topic": topic,
        "payload": job.encode(),
    }
    if keyed is not None:
        return _submit_keyed(engine, job.job_id, keyed, parameters)
    try:
        made = db.one(engine, SUBMIT, parameters)
    except Unavailable:
        # The commit may have been made and its answer lost. Asked again it makes the row or finds it.
        made = db.one(engine, SUBMIT, parameters)
    if made is not None:
        return Submitted(job.job_id, made["state"], is_new=True)
    return Submitted(job.job_id, _find(engine, job.job_id, parameters), is_new=False)


def _submit_keyed(engine: Engine, job_id: str, keyed: KeyedRequest, parameters: Mapping[str, object]) -> Submitted:
    named = {**parameters, "caller": keyed.caller, "key": keyed.key, "fingerprint": keyed.fingerprint, "kept_h": KEPT_H}
    try:
        made = db.one(engine, SUBMIT_KEYED, named)
    except Unavailable:
        made = db.one(engine, SUBMIT_KEYED, named)
    if made is None or not made["is_mine"]:
        raise InWork
    if made["state"] is not None:
        if not made["is_new"]:
            _find(engine, job_id, named)
        return Submitted(job_id, made["state"], is_new=made["is_new"])
    kept = db.one(engine, FIND_KEYED, named)
    if kept is None:
        raise InWork
    if not kept["is_same_request"]:
        raise KeyReused
    if kept["is_other_job"]:
        raise JobIdConflict(kept["job_id"])
    return Submitted(kept["job_id"], kept["state"], is_new=False)


def _find(engine: Engine, job_id: str, parameters: Mapping[str, object]) -> str:
    """The state of the job that was there already. Raises `JobIdConflict` where it is another job."""
    found = db.one(engine, FIND, parameters)
    if found is None:
        raise Unavailable("job_vanished", "The job was deleted at this moment; send it again.", retry_after_s=1.0)
    if not found["same"]:
        raise JobIdConflict(job_id)
    return str(found["state"])
