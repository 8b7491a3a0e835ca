"""What ends a delivery's hold on a job: one fenced statement with state, history, execution, result, dead letter and
the outbox rows that the commit makes true. One named constructor a transition."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.db import Prepared, prepared
from service.delivery.claims import Claim, Lease, fenced
from service.delivery.messages import JobMessage, PushMessage
from service.delivery.outbox import COLUMNS, OWED, Message, OwedRow, columns_of, owed_row
from service.states import ENDED, SQL_UNENDED
from service.strictjson import dump, storable

MAX_CODE = 64
MAX_SENTENCE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One way out of `processing`, with everything that is written in its commit."""

    state: str
    reason: str
    execution: str
    """What becomes of the execution in hand: finished, failed or abandoned."""
    note: Mapping[str, object] = field(default_factory=dict)
    attempts: int | None = None
    """Used up after it; None leaves the number as it is."""
    stage: str | None = None
    output: Any = None
    """Of the execution, where it is finished."""
    moved: int = 0
    failed: int = 0
    hops: int = 0
    delay_s: float = 0.0
    error_code: str | None = None
    error_message: str | None = None
    status: str | None = None
    """Of the result, where there is one."""
    processing_time_ms: int = 0
    messages: Sequence[Message] = ()
    letter: Mapping[str, object] | None = None
    """The metadata of the dead letter, where there is one."""


def completed(claim: Claim, topics: Topics, *, output: Any, end: str, elapsed_ms: int) -> Transition:
    """Processing → completed: the last stage's output is the job's result."""
    return Transition(
        state="completed",
        reason="completed",
        execution="finished",
        attempts=claim.attempts,
        stage=end,
        output=output,
        moved=1,
        status="success",
        processing_time_ms=elapsed_ms,
        messages=[
            result_message(
                topics, claim.lease.job_id, claim.lease.run, "success", output=output, error=None, elapsed_ms=elapsed_ms
            )
        ],
    )


def failed(
    claim: Claim,
    topics: Topics,
    *,
    code: str,
    sentence: str,
    attempts: int,
    stage: str,
    elapsed_ms: int,
    note: Mapping[str, object],
) -> Transition:
    """Processing → failed: owes a result and a dead letter."""
    code, sentence = storable(code, MAX_CODE), storable(sentence, MAX_SENTENCE)
    lease = claim.lease
    letter = {**note, "stage": stage, "attempt": attempts}
    key = f"dead:{lease.job_id}:{lease.run}"
    return Transition(
        state="failed",
        reason=code,
        execution="failed",
        note=letter,
        attempts=attempts,
        failed=1,
        error_code=code,
        error_message=sentence,
        status="error",
        processing_time_ms=elapsed_ms,
        letter=letter,
        messages=[
            result_message(
                topics, lease.job_id, lease.run, "error", output=None, error=sentence, elapsed_ms=elapsed_ms
            ),
            letter_message(topics, key, lease.job_id, code=code, sentence=sentence, note=letter),
        ],
    )


def retried(*, code: str, sentence: str, attempts: int, delay_s: float, stage: str) -> Transition:
    """Processing → pending after a failure that may pass; not before `delay_s` seconds from now."""
    code, sentence = storable(code, MAX_CODE), storable(sentence, MAX_SENTENCE)
    return Transition(
        state="pending",
        reason=code,
        execution="failed",
        note={"stage": stage, "attempt": attempts, "error": sentence, "retry_after_s": delay_s},
        attempts=attempts,
        failed=1,
        delay_s=delay_s,
        error_code=code,
        error_message=sentence,
    )


def handed_over(claim: Claim, job: JobMessage, topics: Topics, *, attempts: int, stage: str) -> Transition:
    """Processing → pending because the delivery's time is up; owes the continuation."""
    lease = claim.lease
    return Transition(
        state="pending",
        reason="continuation",
        execution="abandoned",
        note={"stage": stage, "hop": lease.hop + 1},
        attempts=attempts,
        hops=1,
        messages=[job_message(job, topics, lease.run, lease.hop + 1)],
    )


def cancelled(topics: Topics, job_id: str, run: int, *, by: str, elapsed_ms: int) -> Transition:
    """Pending or processing → cancelled, by the API: the worker, if any, finds its token gone."""
    return Transition(
        state="cancelled",
        reason="cancelled",
        execution="abandoned",
        note={"by": by},
        status="cancelled",
        processing_time_ms=elapsed_ms,
        messages=[result_message(topics, job_id, run, "cancelled", output=None, error=None, elapsed_ms=elapsed_ms)],
    )


def released(reason: str) -> Transition:
    """Processing → pending without a failure: a drain, or a lease given back late. Uses up no attempt."""
    return Transition(state="pending", reason=reason, execution="abandoned")


def _end(name: str, where: str, own: str) -> Prepared:
    """The statement that ends a hold on a job, by what `where` says of the job's row. Executions of which `own` does
    not hold were left open by workers that died; no claim after this one may come to set them aside."""
    return prepared(
        name,
        f"""
WITH mine AS (
    UPDATE jobs SET state = :state, state_before = state, lease_token = NULL, lease_until = NULL,
        stage = coalesce(:stage, stage), progress = progress + :moved, attempts = coalesce(:attempts, attempts),
        failures = failures + :failed, hop = hop + :hops,
        not_before = CASE WHEN :delay_s > 0 THEN clock_timestamp() + make_interval(secs => :delay_s) END,
        enqueued_at = clock_timestamp(), stage_progress = NULL, stage_note = NULL,
        error_code = :error_code, error_message = :error_message, updated_at = clock_timestamp()
    WHERE id = :id AND {where}
    RETURNING id, run, state_before
), execution AS (
    UPDATE job_stages s SET status = CASE WHEN {own} THEN :execution ELSE 'abandoned' END,
        output = CASE WHEN {own} THEN CAST(:output AS json) END, error = CASE WHEN {own} THEN :error_message END,
        finished_at = CASE WHEN {own} AND :execution = 'finished' THEN clock_timestamp() END
    FROM mine WHERE s.job_id = mine.id AND s.status = 'started'
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, state_before, :state, :reason, CAST(:note AS json) FROM mine
), result AS (
    INSERT INTO job_results (job_id, run, status, output, error_code, error_message, processing_time_ms)
    SELECT id, run, :status, CAST(:output AS json), :error_code, :error_message, :processing_time_ms
    FROM mine WHERE CAST(:status AS text) IS NOT NULL
), letter AS (
    INSERT INTO dead_letters (job_id, run, message_key, reason, error, metadata)
    SELECT id, run, 'dead:' || id || ':' || run, :reason, :error_message, CAST(:letter AS json)
    FROM mine WHERE CAST(:letter AS text) IS NOT NULL
), box AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT mine.id, m.topic, m.key, m.ordering_key, CAST(m.attributes AS json), m.payload
    FROM mine, unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:ordering_keys AS text[]),
                      CAST(:attributes AS text[]), CAST(:payloads AS text[]))
         WITH ORDINALITY AS m (topic, key, ordering_key, attributes, payload, n)
    ORDER BY m.n
    RETURNING {COLUMNS}
)
SELECT o.* FROM mine LEFT JOIN (
    SELECT {COLUMNS} FROM box
    UNION ALL
    SELECT {COLUMNS} FROM outbox WHERE job_id = :id AND {OWED}
) o ON true ORDER BY o.id
""",
    )


END = _end("settle", "lease_token = CAST(:token AS uuid)", "s.lease_token = CAST(:token AS uuid)")
# The run, because the result's message key is of one. The token and the progress, because a statement that waits for
# the row's lock has its snapshot from before it: what a claim or a checkpoint began meanwhile would stay open.
CANCEL = _end(
    "cancel",
    f"state IN {SQL_UNENDED} AND run = :run AND progress = :seen"
    " AND lease_token IS NOT DISTINCT FROM CAST(:held_by AS uuid)",
    "true",
)

TO_CANCEL = text("""
SELECT state, run, progress AS seen, CAST(lease_token AS text) AS held_by,
       coalesce(extract(epoch FROM clock_timestamp() - started_at), 0)::float8 AS elapsed_s
FROM jobs WHERE id = :id
""")

TO_REPLAY = text("SELECT user_id, content, preset, metadata, extra, state, run FROM jobs WHERE id = :id")

# The dead letter's mark is in the same commit, so that two replays at once make one run.
REPLAY = text("""
WITH mine AS (
    UPDATE jobs SET state = 'pending', state_before = state, run = run + 1, hop = 0, attempts = 0,
        round = CASE WHEN CAST(:from_stage AS text) IS NULL THEN round ELSE round + 1 END,
        stage = coalesce(:from_stage, stage), progress_at_claim = progress, lease_token = NULL, lease_until = NULL,
        sent_back_by = CASE WHEN CAST(:from_stage AS text) IS NULL THEN sent_back_by END,
        not_before = NULL, error_code = NULL, error_message = NULL, started_at = NULL, resends = 0,
        enqueued_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE id = :id AND state IN ('failed', 'cancelled') AND run = :run
    RETURNING id, run, state_before
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, state_before, 'pending', 'replay', CAST(:note AS json) FROM mine
), letter AS (
    UPDATE dead_letters SET replayed_at = clock_timestamp(), handled_by = :by
    FROM mine WHERE message_key = 'dead:' || mine.id || ':' || (mine.run - 1) AND discarded_at IS NULL
), box AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, :key, :ordering_key, CAST(:attributes AS json), :payload FROM mine
)
SELECT run FROM mine
""")

REFUSE = text("""
WITH letter AS (
    INSERT INTO dead_letters (job_id, message_key, reason, error, metadata, data)
    VALUES (:job_id, :key, :reason, :error, CAST(:note AS json), :data)
    ON CONFLICT (message_key) DO NOTHING
)
INSERT INTO outbox (topic, message_key, ordering_key, attributes, payload)
VALUES (:topic, :key, :ordering_key, CAST(:attributes AS json), :payload)
ON CONFLICT (message_key) DO NOTHING
""")


def settle(engine: Engine, lease: Lease, transition: Transition, *, give_up: Callable[[], bool]) -> list[OwedRow]:
    """End the lease by `transition`; return what the job owes then, in the order of publishing.

    Raises `LeaseLost` where the token is gone, `db.BadData` where the database refuses what is to be written, and
    `Unavailable` once `give_up()` holds and nobody knows.
    """
    parameters = {**_parameters(transition), "id": lease.job_id, "token": lease.token}
    rows = fenced(engine, lease, lambda: db.rows(engine, END, parameters), give_up=give_up)
    return [owed_row(row) for row in rows if row["id"] is not None]


def cancel(engine: Engine, topics: Topics, job_id: str, *, by: str) -> str | None:
    """Cancel the job if it has not ended; return its state then, or None where there is no such job.

    `cancelled` is returned whether it is so now or was so before. It owes its result message then
    (`outbox.publish_owed`). A cancel that races the job's end has one winner: both are updates of the job's row.
    Raises `Unavailable`; repeating it is harmless.
    """
    while True:
        found = db.one(engine, TO_CANCEL, {"id": job_id})
        if found is None or found["state"] in ENDED:
            return None if found is None else str(found["state"])
        transition = cancelled(topics, job_id, found["run"], by=by, elapsed_ms=round(found["elapsed_s"] * 1000))
        seen = {name: found[name] for name in ("run", "seen", "held_by")}
        if db.rows(engine, CANCEL, {**_parameters(transition), "id": job_id, **seen}):
            return "cancelled"


def replay(
    engine: Engine, topics: Topics, job_id: str, *, run: int, by: str, from_stage: str | None = None
) -> int | None:
    """Give a failed or cancelled job of this `run` a new one; return its number, or None where it is not so any more.

    Finished stages are kept, or run anew from `from_stage` on. It owes its job message then. Raises `Unavailable`:
    then nobody knows, and repeating it is harmless (its condition names the run).
    """
    found = db.one(engine, TO_REPLAY, {"id": job_id})
    if found is None:
        return None
    job = JobMessage.stored({**found, "id": job_id})
    message = job_message(job, topics, run + 1, 0)
    row = db.one(
        engine,
        REPLAY,
        {
            "id": job_id,
            "run": run,
            "from_stage": from_stage,
            "note": dump({"by": by, "from_stage": from_stage}),
            "by": by,
            "topic": message.topic,
            "key": message.message_key,
            "ordering_key": message.ordering_key,
            "attributes": dump(message.attributes),
            "payload": message.payload,
        },
    )
    return None if row is None else int(row["run"])


def _parameters(transition: Transition) -> dict[str, object]:
    return {
        "state": transition.state,
        "reason": transition.reason,
        "execution": transition.execution,
        "note": dump(transition.note),
        "attempts": transition.attempts,
        "stage": transition.stage,
        "output": None if transition.output is None else dump(transition.output),
        "moved": transition.moved,
        "failed": transition.failed,
        "hops": transition.hops,
        "delay_s": transition.delay_s,
        "error_code": transition.error_code,
        "error_message": transition.error_message,
        "status": transition.status,
        "processing_time_ms": transition.processing_time_ms,
        "letter": None if transition.letter is None else dump(transition.letter),
        **columns_of(transition.messages),
    }


def refuse(
    engine: Engine,
    topics: Topics,
    pushed: PushMessage,
    *,
    code: str,
    sentence: str,
    job_id: str | None,
    note: Mapping[str, object],
) -> str:
    """Keep data that is no job as a dead letter, once per message, with its outbox row; return the message key.

    Raises `Unavailable`.
    """
    key = pushed.dead_letter_key
    sentence = storable(sentence, MAX_SENTENCE)
    message = letter_message(topics, key, job_id, code=code, sentence=sentence, note=note)
    db.rows(
        engine,
        REFUSE,
        {
            "job_id": job_id,
            "key": key,
            "reason": code,
            "error": sentence,
            "note": dump(note),
            "data": pushed.data,
            "topic": message.topic,
            "ordering_key": message.ordering_key,
            "attributes": dump(message.attributes),
            "payload": message.payload,
        },
    )
    return key


def job_message(job: JobMessage, topics: Topics, run: int, hop: int) -> Message:
    """A `JobMessage` of ours. A continuation carries no ordering key: it must not queue behind the user's next job."""
    return Message(
        topic=topics.jobs,
        message_key=f"job:{job.job_id}:{run}:{hop}",
        payload=job.encode(),
        ordering_key=job.user_id if hop == 0 else "",
        attributes={"run": str(run), "hop": str(hop)},
    )


def result_message(
    topics: Topics, job_id: str, run: int, status: str, *, output: Any, error: str | None, elapsed_ms: int
) -> Message:
    """The `ResultMessage` of a run."""
    payload = {
        "job_id": job_id,
        "status": status,
        "output": output,
        "error_message": error,
        "processing_time_ms": elapsed_ms,
    }
    return Message(
        topic=topics.results,
        message_key=f"result:{job_id}:{run}",
        payload=dump(payload),
        ordering_key=job_id,
        attributes={"run": str(run)},
    )


def letter_message(
    topics: Topics, key: str, job_id: str | None, *, code: str, sentence: str, note: Mapping[str, object]
) -> Message:
    """The dead letter as it is published."""
    payload = {"job_id": job_id, "reason": code, "error": sentence, "metadata": dict(note)}
    return Message(topic=topics.dlq, message_key=key, payload=dump(payload), ordering_key=job_id or "", attributes={})
