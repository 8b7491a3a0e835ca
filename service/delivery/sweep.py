"""The sweep: send again whatever no message will bring back. It never changes state, lease, run, hop or attempts."""

import logging
import time
from dataclasses import dataclass

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.delivery import outbox, outgoing
from service.delivery.messages import JobMessage
from service.delivery.outbox import Publisher, Rejected
from service.errors import Unavailable
from service.states import SQL_UNENDED

log = logging.getLogger(__name__)

MAX_SUBSCRIPTION_BACKOFF_S = 600.0
"""The longest backoff that a subscription's retry policy can have. https://cloud.google.com/pubsub/docs/handling-failures"""
SLACK_S = 60.0
OUTBOX_AGE_S = 60.0
"""A delivery publishes its rows at once; an older one was left behind."""
BATCH = 100
TIME_S = 50.0
"""The time limit of one sweep: Cloud Scheduler calls it every minute."""

# Stamped before sending, so that two sweeps at once send one message. The wait doubles with each resend.
STALE = text(f"""
UPDATE jobs SET enqueued_at = clock_timestamp(), resends = least(resends + 1, 20)
WHERE id IN (
    SELECT id FROM jobs
    WHERE state IN {SQL_UNENDED} AND (lease_until IS NULL OR lease_until <= clock_timestamp())
      AND enqueued_at < clock_timestamp() - make_interval(secs => :age_s * power(2, resends))
    ORDER BY enqueued_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING id, user_id, content, preset, metadata, extra, run, hop
""")

UNSENT = text(f"""
UPDATE jobs SET enqueued_at = clock_timestamp() - make_interval(secs => :age_s * power(2, greatest(resends - 1, 0))),
    resends = greatest(resends - 1, 0)
WHERE id = :id AND run = :run AND hop = :hop AND state IN {SQL_UNENDED}
""")

PARKED = text("SELECT id, message_key, error FROM outbox WHERE parked_at IS NOT NULL ORDER BY id LIMIT 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did: the jobs whose message it sent again, how many outbox rows it published, how many publishes
    failed, and the keys of parked rows."""

    resent: tuple[str, ...]
    published: int
    failed: int
    parked: tuple[str, ...]


def sweep(
    engine: Engine, publisher: Publisher, topics: Topics, *, ack_deadline_s: float, age_s: float | None = None
) -> Swept:
    """Send again whatever no message will bring back. `age_s` overrides how long a job must have been without one.

    Raises `Unavailable` if the database cannot be reached. What Pub/Sub does not accept is counted as failed; the next
    sweep finds it again.
    """
    until = time.monotonic() + TIME_S
    if age_s is None:
        age_s = ack_deadline_s + MAX_SUBSCRIPTION_BACKOFF_S + SLACK_S
    published, failed = outbox.publish_late(engine, publisher, age_s=OUTBOX_AGE_S, limit=BATCH, until=until)
    resent: list[str] = []
    for row in db.execute(engine, STALE, {"age_s": age_s, "limit": BATCH}):
        job = JobMessage.stored(dict(row))
        message = outgoing.job_message(topics, job, row["run"], row["hop"])
        try:
            publisher.publish(message, outbox.PUBLISH_TIMEOUT_S)
        except (Unavailable, Rejected):
            log.exception("a job message could not be sent again", extra={"job_id": job.job_id})
            db.execute(engine, UNSENT, {"age_s": age_s, "id": row["id"], "run": row["run"], "hop": row["hop"]})
            failed += 1
        else:
            log.info("job message sent again", extra={"action": "resend", "job_id": job.job_id})
            resent.append(job.job_id)
    parked = tuple(row["message_key"] for row in db.execute(engine, PARKED, {}))
    return Swept(resent=tuple(resent), published=published, failed=failed, parked=parked)
