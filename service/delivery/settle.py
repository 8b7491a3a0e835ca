"""What ends a delivery's hold on a job: one fenced statement that writes state, history, execution, result, dead letter
and the outbox rows that its commit makes true. `transitions.py` says what there is to write.
"""

from collections.abc import Callable

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.db import Prepared, prepared
from service.delivery import outgoing, transitions
from service.delivery.claims import Lease, fenced
from service.delivery.outbox import AT_ONCE, COLUMNS, OWED, OwedRow, columns_of, owed_row
from service.delivery.transitions import Transition
from service.states import ENDED, SQL_UNENDED, JobState
from service.strictjson import dump


def _end(name: str, condition: str, is_own: str, *, also: str = "") -> Prepared:
    """The statement that ends a hold on a job whose row meets `condition`. Open executions that are not `is_own` were
    left by workers that died; they are abandoned here, because no later claim may come to do it. `also` is one more
    CTE."""
    return prepared(
        name,
        f"""
WITH mine AS (
    UPDATE jobs SET state = :state, state_before = state, lease_token = NULL, lease_until = NULL,
        stage = coalesce(:stage, stage), progress = progress + :checkpoints, attempts = coalesce(:attempts, attempts),
        failures = failures + :failures, hop = hop + :hops,
        not_before = CASE WHEN :delay_s > 0 THEN clock_timestamp() + make_interval(secs => :delay_s) END,
        waits = CASE WHEN CAST(:waits_for AS text) IS NOT NULL THEN waits + 1 WHEN :is_reported THEN 0 ELSE waits END,
        waits_for = CASE WHEN :is_reported THEN :waits_for ELSE coalesce(:waits_for, waits_for) END,
        waiting_since = CASE WHEN CAST(:waits_for AS text) IS NOT NULL THEN coalesce(waiting_since, clock_timestamp())
                             WHEN NOT :is_reported THEN waiting_since END,
        is_suspect = is_suspect AND NOT :is_reported, deaths = CASE WHEN :is_reported THEN 0 ELSE deaths END,
        enqueued_at = clock_timestamp(), stage_progress = NULL, stage_note = NULL,
        error_code = :error_code, error_message = :error_message, updated_at = clock_timestamp(),
        held_for = :held_for, held_at = CASE WHEN CAST(:held_for AS text) IS NOT NULL THEN clock_timestamp() END
    WHERE id = :id AND {condition}
    RETURNING id, run, state_before
), execution AS (
    UPDATE job_stages s SET status = CASE WHEN {is_own} THEN :execution ELSE 'abandoned' END,
        output = CASE WHEN {is_own} THEN coalesce(CAST(:output AS json), CAST(:crash AS json)) END,
        error = CASE WHEN {is_own} THEN :error_message END,
        finished_at = CASE WHEN {is_own} AND :execution = 'finished' THEN clock_timestamp() END
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
    SELECT id, run, CAST(:letter_key AS text), :reason, :error_message, CAST(:letter AS json)
    FROM mine WHERE CAST(:letter AS text) IS NOT NULL
), box AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT mine.id, m.topic, m.key, m.ordering_key, CAST(m.attributes AS json), m.payload
    FROM mine, unnest(CAST(:topics AS text[]), CAST(:keys AS text[]), CAST(:ordering_keys AS text[]),
                      CAST(:attributes AS text[]), CAST(:payloads AS text[]))
         WITH ORDINALITY AS m (topic, key, ordering_key, attributes, payload, n)
    ORDER BY m.n
    RETURNING {COLUMNS}
){also}
SELECT o.* FROM mine LEFT JOIN (
    SELECT {COLUMNS} FROM box
    UNION ALL
    (SELECT {COLUMNS} FROM outbox WHERE job_id = :id AND {OWED} ORDER BY id LIMIT {AT_ONCE})
) o ON true ORDER BY o.id
""",
    )


END = _end("settle", "lease_token = CAST(:token AS uuid)", "s.lease_token = CAST(:token AS uuid)")
# It names the run because the result's message key belongs to one; the token and the progress because a statement that
# waits for the row's lock keeps its older snapshot: an execution that a claim or a checkpoint began meanwhile would
# stay open.
CANCEL = _end(
    "cancel",
    f"state IN {SQL_UNENDED} AND run = :run AND progress = :progress_seen"
    " AND lease_token IS NOT DISTINCT FROM CAST(:held_by AS uuid)",
    "true",
    also=""", act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'cancel', :by, :why, id, json_build_object('run', run, 'state', state_before) FROM mine
)""",
)

LOCK_USER = "SELECT pg_advisory_xact_lock(hashtextextended('limits of ' || :user_id, 0));"
"""Comes before a statement that counts what a user has (`held`), in the same query and so in the same transaction."""

# One job too many goes back. All jobs in work count, so that two that were claimed at the same time see each other.
_OVER = "CAST(:most AS int) < (SELECT count(*) FROM jobs w WHERE w.user_id = :user_id AND w.state = 'processing')"
STEP_BACK = text(
    LOCK_USER
    + str(_end("step_back", f"lease_token = CAST(:token AS uuid) AND {_OVER}", "s.lease_token = CAST(:token AS uuid)"))
)

TO_CANCEL = text("""
SELECT state, run, progress AS progress_seen, CAST(lease_token AS text) AS held_by,
       coalesce(extract(epoch FROM clock_timestamp() - started_at), 0)::float8 AS elapsed_s
FROM jobs WHERE id = :id
""")

# The dead letter is marked in the same commit, so that two replays at once make one run. The job's message goes from
# one table to the other and not through this process.
REPLAY = text(f"""
WITH mine AS (
    UPDATE jobs SET state = 'pending', state_before = state, run = run + 1, hop = 0, attempts = 0,
        round = CASE WHEN CAST(:from_stage AS text) IS NULL THEN round ELSE round + 1 END,
        stage = coalesce(:from_stage, stage), progress_at_claim = progress, lease_token = NULL, lease_until = NULL,
        sent_back_by = CASE WHEN CAST(:from_stage AS text) IS NULL THEN sent_back_by END,
        not_before = NULL, error_code = NULL, error_message = NULL, started_at = NULL, resends = 0,
        waits = 0, waits_for = NULL, waiting_since = NULL, is_suspect = false, deaths = 0,
        enqueued_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE id = :id AND state IN ('failed', 'cancelled') AND run = :run
    RETURNING id, run, hop, state_before, user_id, content, preset, metadata, extra, traceparent
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, state_before, 'pending', 'replay', CAST(:note AS json) FROM mine
), letter AS (
    UPDATE dead_letters SET replayed_at = clock_timestamp(), handled_by = :by
    FROM mine WHERE message_key = :letter_key AND discarded_at IS NULL
), box AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, concat_ws(':', 'job', id, run, 0), user_id,
           {outgoing.JOB_ATTRIBUTES}, {outgoing.JOB_PAYLOAD}
    FROM mine
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'replay', :by, :why, id, json_build_object('run', run, 'from_stage', CAST(:from_stage AS text)) FROM mine
)
SELECT run FROM mine
""")


def settle(engine: Engine, lease: Lease, transition: Transition, *, out_of_time: Callable[[], bool]) -> list[OwedRow]:
    """End the lease by `transition`; return what the job owes afterwards, in the order of publishing.

    Raises `LeaseLost` if the token is gone, `db.BadData` if the database refuses what is to be written, and
    `Unavailable` if the database has not answered by the time `out_of_time()` holds: the commit is then in doubt.
    """
    parameters = {**_parameters(transition, lease.job_id, lease.run), "token": lease.token}
    rows = fenced(engine, lease, lambda: db.execute(engine, END, parameters), out_of_time=out_of_time)
    return [owed_row(row) for row in rows if row["id"] is not None]


def step_back(engine: Engine, lease: Lease, transition: Transition, *, user_id: str, most: int) -> bool:
    """End the lease by `transition` if the user has more than `most` jobs in work; return whether it was ended.

    Raises `Unavailable`: then it may or may not be done.
    """
    parameters = {**_parameters(transition, lease.job_id, lease.run), "token": lease.token}
    return bool(db.execute(engine, STEP_BACK, {**parameters, "user_id": user_id, "most": most}))


def cancel(engine: Engine, topics: Topics, job_id: str, *, by: str, why: str = "") -> JobState | None:
    """Cancel the job if it has not ended; return its state afterwards, or None if there is no such job. `by` and `why`
    go on record.

    Returns `cancelled` both if this call cancelled it and if it was cancelled before; the caller then publishes what it
    owes (`outbox.publish_owed`). A cancel that races the job's end has one winner: both update the job's row. Raises
    `Unavailable`; repeating it is harmless.
    """
    while True:
        job = db.first(engine, TO_CANCEL, {"id": job_id})
        if job is None or job["state"] in ENDED:
            return None if job is None else JobState.of(job["state"])
        run = job["run"]
        transition = transitions.cancelled(
            topics, job_id, run, by=by, why=why, elapsed_ms=round(job["elapsed_s"] * 1000)
        )
        expected = {name: job[name] for name in ("run", "progress_seen", "held_by")}
        if db.execute(engine, CANCEL, {**_parameters(transition, job_id, run), **expected, "by": by, "why": why}):
            return JobState.CANCELLED


def start_new_run(
    engine: Engine, topics: Topics, job_id: str, *, run: int, by: str, why: str = "", from_stage: str | None = None
) -> int | None:
    """Replay a job that failed or was cancelled in `run`: give it a new run. Return the new run's number, or None if
    the job is no longer in such a state.

    Finished stages are kept, or run again from `from_stage` on. The job then owes its job message. Raises
    `Unavailable`, after which it may or may not be done; repeating it is harmless, because its condition names the run.
    """
    replayed = db.first(
        engine,
        REPLAY,
        {
            "id": job_id,
            "run": run,
            "from_stage": from_stage,
            "note": dump({"by": by, "from_stage": from_stage, **({"why": why} if why else {})}),
            "by": by,
            "why": why,
            "letter_key": outgoing.letter_key(job_id, run),
            "topic": topics.jobs,
        },
    )
    return None if replayed is None else int(replayed["run"])


def _parameters(transition: Transition, job_id: str, run: int) -> dict[str, object]:
    return {
        "id": job_id,
        # By value: psycopg2 takes ten times as long to adapt a subclass of str.
        "state": transition.state.value,
        "reason": transition.reason,
        "execution": transition.execution.value,
        "note": dump(transition.note),
        "attempts": transition.attempts,
        "stage": transition.stage,
        "output": None if transition.output is None else dump(transition.output),
        "crash": None if transition.traceback is None else dump({"traceback": transition.traceback}),
        "checkpoints": transition.checkpoints,
        "failures": transition.failures,
        "hops": transition.hops,
        "delay_s": transition.delay_s,
        "is_reported": transition.is_reported,
        "waits_for": transition.waits_for,
        "error_code": transition.error_code,
        "error_message": transition.error_message,
        "held_for": transition.held_for,
        "status": None if transition.status is None else transition.status.value,
        "processing_time_ms": transition.processing_time_ms,
        "letter": None if transition.letter is None else dump(transition.letter),
        "letter_key": outgoing.letter_key(job_id, run),
        **columns_of(transition.messages),
    }
