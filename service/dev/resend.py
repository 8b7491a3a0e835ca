"""Resend the messages that the stand-in for Pub/Sub lost when it was stopped."""

import logging
import time

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.delivery import outbox, outgoing
from service.delivery.messages import JobMessage
from service.delivery.outbox import Publisher
from service.states import SQL_UNENDED

log = logging.getLogger(__name__)

PUBLISH_S = 30.0
"""For everything that is owed."""

# Jobs whose message is still owed get it from the outbox. Nothing is updated: a second message is harmless.
UNENDED_JOBS = text(f"""
SELECT id, user_id, content, preset, metadata, extra, run, hop FROM jobs
WHERE state IN {SQL_UNENDED} AND NOT EXISTS (
    SELECT FROM outbox
    WHERE message_key = 'job:' || jobs.id || ':' || run || ':' || hop AND published_at IS NULL AND parked_at IS NULL
)
ORDER BY created_at
""")


def resend(engine: Engine, publisher: Publisher, topics: Topics) -> int:
    """Publish the message of every job that has not ended, and whatever else is owed; return the number of jobs.

    Unlike the sweep, it includes jobs with a lease: their worker was stopped together with Pub/Sub, and the message is
    redelivered until the lease has expired. A message that Pub/Sub rejects is skipped. Raises `Unavailable`.
    """
    sent = 0
    unended = db.rows(engine, UNENDED_JOBS, {})
    outbox.publish_late(engine, publisher, age_s=0.0, limit=10_000, until=time.monotonic() + PUBLISH_S)
    for row in unended:
        job = JobMessage.stored(dict(row))
        try:
            publisher.publish(outgoing.job_message(topics, job, row["run"], row["hop"]), outbox.PUBLISH_TIMEOUT_S)
        except outbox.Rejected:
            log.exception("Pub/Sub rejects a job's message", extra={"action": "resend", "job_id": job.job_id})
        else:
            sent += 1
    return sent
