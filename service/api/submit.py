"""Store a job that is sent to the API: its row, its history, its message to the workers and the request's key, in one
commit."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, TextClause, text

from service import db, tracing
from service.api.idempotency import KEPT_H, InWork, KeyedRequest, KeyReused
from service.auth.callers import Caller
from service.config import NO_LIMITS, Limits
from service.delivery import held
from service.delivery.messages import JobMessage
from service.delivery.outgoing import JOB_ATTRIBUTES, job_key
from service.errors import BadField, ServiceError, Unavailable

FIRST_RUN, FIRST_HOP = 1, 0
"""The run and hop of a new job, which are also the columns' defaults."""
OPEN_JOBS_RETRY_S = 30.0
"""When to try again at the limit of open jobs: nobody knows when one ends."""


def _submit(before: str, source: str, answer: str) -> TextClause:
    """The statement that creates a job: `before` comes ahead of it, `source` is the FROM without which nothing is
    created, and `answer` selects what is returned.

    DO NOTHING waits for another submission of the same id to commit, so two at once create one row and one message.
    """
    return text(f"""
WITH {before} made AS (
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, submitted_by,
                      traceparent)
    SELECT :id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending',
           :first_stage, :caller, :traceparent
    {source}
    WHERE NOT EXISTS (SELECT FROM tombstones WHERE job_id = :id)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, run, hop, user_id, preset, state, submitted_by, traceparent
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, NULL, state, 'submitted', json_build_object('by', submitted_by) FROM made
), act AS (
    INSERT INTO acts (act, who, job_id, target)
    SELECT 'submit', submitted_by, id, json_build_object('user_id', user_id, 'preset', preset) FROM made
), owed AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, :message_key, user_id, {JOB_ATTRIBUTES}, :payload FROM made
)
{answer}
""")


SUBMIT = _submit("", "", "SELECT state FROM made")

# A second statement: the one above does not see a row that another submission committed while it waited.
FIND = text("""
SELECT state, input_sha256 = :sha AND (:is_operator OR coalesce(submitted_by = :caller, false)) AS same,
       false AS is_pruned
FROM jobs WHERE id = :id
UNION ALL
SELECT state, false, true FROM tombstones WHERE job_id = :id AND NOT EXISTS (SELECT FROM jobs WHERE id = :id)
""")

# The lock shows at once that the first request is in progress; its uncommitted row would make this one wait. It
# belongs to the transaction, so the commit releases it. The key's row comes first: without it no job is created. Each
# submission removes a few expired keys, so there are never more of those than there were submissions in a day.
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
    FROM lock WHERE is_mine AND NOT EXISTS (SELECT FROM tombstones WHERE job_id = :id)
    ON CONFLICT (caller, key) DO UPDATE SET fingerprint = EXCLUDED.fingerprint, job_id = EXCLUDED.job_id,
        state = EXCLUDED.state, created_at = EXCLUDED.created_at
    WHERE k.created_at < clock_timestamp() - make_interval(hours => :kept_h)
    RETURNING state
),""",
    "FROM keyed",
    """SELECT is_mine, keyed.state, made.id IS NOT NULL AS is_new
FROM lock LEFT JOIN keyed ON true LEFT JOIN made ON true""",
)

# For a user with limits: under the user's lock, so that no two submissions count without each other (`held`). What is
# over a limit stores nothing, not even its key; what was accepted before is answered as ever when it is sent again.
_IS_WITHIN = f"""(EXISTS (SELECT FROM jobs WHERE id = :id) OR (
    (CAST(:open_jobs AS int) IS NULL OR {held.UNENDED} < CAST(:open_jobs AS int))
    AND (CAST(:usd_a_day AS numeric) IS NULL OR {held.SPENT_TODAY} < CAST(:usd_a_day AS numeric))))"""
SUBMIT_LIMITED = text(
    f"{held.LOCK_USER} {_submit('', f'FROM (SELECT WHERE {_IS_WITHIN}) w', 'SELECT state FROM made')}"
)
SUBMIT_KEYED_LIMITED = text(
    f"{held.LOCK_USER} {SUBMIT_KEYED}".replace("WHERE is_mine", f"WHERE is_mine AND {_IS_WITHIN}")
)

USAGE = text(f"""
SELECT {held.UNENDED} AS open_jobs, {held.SPENT_TODAY}::float8 AS usd,
       extract(epoch FROM date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') + interval '1 day'
                          - clock_timestamp() AT TIME ZONE 'UTC')::float8 AS left_s
""")

FIND_KEYED = text("""
SELECT k.job_id, k.state, k.fingerprint = :fingerprint AS is_same_request,
       j.id IS NOT NULL AND NOT (
           j.input_sha256 = :sha AND (:is_operator OR coalesce(j.submitted_by = :caller, false))
       ) AS is_other_job
FROM idempotency_keys k LEFT JOIN jobs j ON j.id = k.job_id WHERE k.caller = :caller AND k.key = :key
""")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job is in the database. `is_new` is False if it was there before, with the same inputs."""

    job_id: str
    state: str
    is_new: bool


class JobIdConflict(BadField):
    """The id belongs to a job with other inputs or of another caller, which is left as it is (409). The sentence does
    not say which of the two."""

    def __init__(self, job_id: str) -> None:
        sentence = (
            f"The job_id '{job_id}' is in use, with other inputs or by another caller; leave it out or send a "
            "different one."
        )
        super().__init__("job_id_conflict", sentence, field="job_id")


class JobPruned(JobIdConflict):
    """A job of this id has ended and was pruned (409)."""

    def __init__(self, job_id: str) -> None:
        BadField.__init__(
            self,
            "job_pruned",
            f"A job '{job_id}' has ended and was deleted since; leave the job_id out or send a different one.",
            field="job_id",
        )


class OverLimit(ServiceError):
    """The user has as many open jobs, or has spent as much today, as allowed (429). Nothing is stored: the same
    request, with the same key, can be sent again in `retry_after_s` seconds."""

    def __init__(self, user_id: str, limits: Limits, usage: db.Row) -> None:
        if limits.usd_a_day is not None and usage["usd"] >= limits.usd_a_day:
            code, self.retry_after_s = "limit_usd_a_day", float(usage["left_s"])
            sentence = (
                f"User '{user_id}' has spent the {limits.usd_a_day:g} USD that a day allows; send it again tomorrow."
            )
        else:
            code, self.retry_after_s = "limit_open_jobs", OPEN_JOBS_RETRY_S
            sentence = (
                f"User '{user_id}' may have {limits.open_jobs} open jobs and has {usage['open_jobs']}; send it again "
                "when one of them has ended."
            )
        super().__init__(code, sentence)


def submit(
    engine: Engine,
    job: JobMessage,
    *,
    caller: Caller,
    first_stage: str,
    topic: str,
    keyed: KeyedRequest | None = None,
    limits: Limits = NO_LIMITS,
) -> Submitted:
    """Store a new job of the caller's as pending, with the message that starts it in the outbox under the bare `topic`,
    and record who submitted it.

    Submitting the same job again writes nothing. With a key, the same request again gets the job and the answer of the
    first one, even if `job.job_id` differs; raises `KeyReused` if the key belongs to another request, and `InWork` if
    the first request is in progress.
    `limits` are the user's: over the most open jobs, or what a day allows, it raises `OverLimit`.
    Raises `JobIdConflict` if the id belongs to another job, `db.BadData` if the database rejects the job's data, and
    `Unavailable`: then it may or may not be stored, and the same request can be sent again.
    """
    parameters: dict[str, object] = {
        **job.columns,
        "caller": caller.email,
        "is_operator": caller.is_operator,
        "first_stage": first_stage,
        "topic": topic,
        "message_key": job_key(job.job_id, FIRST_RUN, FIRST_HOP),
        "payload": job.encode(),
        "traceparent": tracing.traceparent(),
    }
    is_limited = limits != NO_LIMITS
    if is_limited:
        parameters |= {"open_jobs": limits.open_jobs, "usd_a_day": limits.usd_a_day}
    try:
        if keyed is not None:
            return _submit_keyed(engine, job.job_id, keyed, parameters, is_limited=is_limited)
        return _submit_plain(engine, job.job_id, parameters, is_limited=is_limited)
    except _NothingStored:
        (usage,) = db.execute(engine, USAGE, {"user_id": job.user_id, "id": job.job_id})
        raise OverLimit(job.user_id, limits, usage) from None


class _NothingStored(Exception):
    """Neither the job nor its key was stored or there before, although nothing else was in the way."""


def _submit_plain(engine: Engine, job_id: str, parameters: Mapping[str, object], *, is_limited: bool) -> Submitted:
    statement = SUBMIT_LIMITED if is_limited else SUBMIT
    try:
        made = db.first(engine, statement, parameters)
    except Unavailable:
        # It may have been committed and its answer lost. The second time it creates the row or finds it.
        made = db.first(engine, statement, parameters)
    if made is not None:
        return Submitted(job_id, made["state"], is_new=True)
    return Submitted(job_id, _find(engine, job_id, parameters, is_limited=is_limited), is_new=False)


def find_submitted(
    engine: Engine, job: JobMessage, *, caller: Caller, keyed: KeyedRequest | None = None
) -> Submitted | None:
    """Return the job if the same request was taken before; None if it was not. Raises as `submit`."""
    parameters: dict[str, object] = {
        "id": job.job_id,
        "sha": job.input_sha256,
        "caller": caller.email,
        "is_operator": caller.is_operator,
    }
    if keyed is not None:
        first = db.first(engine, FIND_KEYED, {**parameters, "key": keyed.key, "fingerprint": keyed.fingerprint})
        return None if first is None else _of_key(first)
    found = db.first(engine, FIND, parameters)
    return Submitted(job.job_id, found["state"], is_new=False) if found is not None and found["same"] else None


def _submit_keyed(
    engine: Engine, job_id: str, keyed: KeyedRequest, parameters: Mapping[str, object], *, is_limited: bool
) -> Submitted:
    statement = SUBMIT_KEYED_LIMITED if is_limited else SUBMIT_KEYED
    with_key = {
        **parameters,
        "key": keyed.key,
        "fingerprint": keyed.fingerprint,
        "kept_h": KEPT_H,
    }
    try:
        made = db.first(engine, statement, with_key)
    except Unavailable:
        made = db.first(engine, statement, with_key)
    if made is None or not made["is_mine"]:
        raise InWork
    if made["state"] is not None:
        if not made["is_new"]:
            _find(engine, job_id, with_key, is_limited=False)
        return Submitted(job_id, made["state"], is_new=made["is_new"])
    first = db.first(engine, FIND_KEYED, with_key)
    if first is None:
        pruned = db.first(engine, FIND, with_key)
        if pruned is not None and pruned["is_pruned"]:
            raise JobPruned(job_id)
        raise _NothingStored if is_limited else InWork
    return _of_key(first)


def _of_key(first: db.Row) -> Submitted:
    """The answer to the first request with a key, for one with the same key."""
    if not first["is_same_request"]:
        raise KeyReused
    if first["is_other_job"]:
        raise JobIdConflict(first["job_id"])
    return Submitted(first["job_id"], first["state"], is_new=False)


def _find(engine: Engine, job_id: str, parameters: Mapping[str, object], *, is_limited: bool) -> str:
    """Return the state of the job that was there before. Raises `JobIdConflict` if it has other inputs or was
    pruned."""
    existing = db.first(engine, FIND, parameters)
    if existing is None and is_limited:
        raise _NothingStored
    if existing is None:
        raise Unavailable("job_vanished", "The job was deleted just now; send it again.", retry_after_s=1.0)
    if existing["is_pruned"]:
        raise JobPruned(job_id)
    if not existing["same"]:
        raise JobIdConflict(job_id)
    return str(existing["state"])
