"""Run a pending job now: skip the rest of its backoff, and send its message again. It uses up no attempt and begins no
run: a delivery claims the job as it would have later.

The message is sent as the sweep would send it. Until it is, the job counts as one whose message is long gone: if this
process dies in between, or Pub/Sub does not answer, the next sweep sends it.
"""

from sqlalchemy import Engine, text

from service import db, queries
from service.config import Topics
from service.delivery.messages import MAX_JOB_ID
from service.delivery.outbox import PUBLISH_TIMEOUT_S, Message, Publisher, Rejected
from service.delivery.outgoing import JOB_ATTRIBUTES, JOB_PAYLOAD, stored_job_message
from service.errors import Unavailable
from service.operator.many import Outcome
from service.operator.record import MAX_WHO, MAX_WHY
from service.states import ENDED, JobState
from service.strictjson import storable

# What is held stays held: its pause or limit would stop it again, and its message would be lost.
RUN_NOW = text(rf"""
WITH mine AS (
    UPDATE jobs SET not_before = NULL, resends = 0, updated_at = clock_timestamp(),
        enqueued_at = least(enqueued_at, clock_timestamp() - interval '1 day')
    WHERE id = :id AND state = 'pending' AND lease_token IS NULL AND held_for IS NULL
    RETURNING id, run, hop, user_id, {JOB_ATTRIBUTES} AS attributes, {JOB_PAYLOAD} AS payload
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, 'pending', 'pending', 'run_now', json_build_object('by', CAST(:by AS text)) FROM mine
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'run-now', :by, :why, id, json_build_object('run', run, 'hop', hop) FROM mine
)
SELECT * FROM mine
""")

SENT = text("""
UPDATE jobs SET enqueued_at = clock_timestamp()
WHERE id = :id AND run = :run AND hop = :hop AND state = 'pending'
""")


def run_now(engine: Engine, topics: Topics, publisher: Publisher | None, job_id: str, *, by: str, why: str) -> Outcome:
    """Run a pending job now. A job in work is done already. Without a `publisher`, the sweep sends the message.

    Raises `Unavailable` if the database does not answer; doing it again is harmless.
    """
    if storable(job_id, MAX_JOB_ID) != job_id:
        return _not_done(job_id, None)
    parameters = {"id": job_id, "by": storable(by, MAX_WHO), "why": storable(why, MAX_WHY)}
    row = db.first(engine, RUN_NOW, parameters)
    if row is None:
        return _not_done(job_id, queries.job(engine, job_id))
    is_published = _publish(publisher, stored_job_message(topics, row))
    if is_published:
        db.execute(engine, SENT, {"id": job_id, "run": row["run"], "hop": row["hop"]})
    return Outcome(job_id=job_id, is_done=True, state=JobState.PENDING, run=row["run"], is_published=is_published)


def _publish(publisher: Publisher | None, message: Message) -> bool:
    if publisher is None:
        return False
    try:
        publisher.publish(message, PUBLISH_TIMEOUT_S)
    except (Unavailable, Rejected):
        return False
    return True


def _not_done(job_id: str, job: queries.JobRow | None) -> Outcome:
    if job is None:
        return Outcome(job_id=job_id, is_done=False, why=f"There is no job '{job_id}'.")
    if job.state == JobState.PROCESSING:
        return Outcome(job_id=job_id, is_done=True, is_repeat=True, state=job.state, why="It is in work.")
    if job.state in ENDED:
        sentence = f"It has ended: it is {job.state}. Run it again with a replay."
    elif job.held_for is not None:
        sentence = f"It is held ({job.held_for}); it runs when that is over."
    else:
        sentence = "It is changing hands right now; try again."
    return Outcome(job_id=job_id, is_done=False, state=job.state, why=f"Job '{job_id}': {sentence}")
