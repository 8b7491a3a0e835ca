"""After a restart: the stand-in for Pub/Sub lost its messages, so what waits for one gets one again."""

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

# Jobs whose message is still owed get it from the outbox. Nothing is changed: a second message does no harm.
UNENDED_JOBS = text(f"""
SELECT id, user_id, content, preset, metadata, extra, run, hop FROM jobs
WHERE state IN {SQL_UNENDED} AND NOT EXISTS (
    SELECT FROM outbox
    WHERE message_key = 'job:' || jobs.id || ':' || run || ':' || hop AND published_at IS NULL AND parked_at IS NULL
)
ORDER BY created_at
""")


def resend(engine: Engine, publisher: Publisher, topics: Topics) -> int:
    """Send the message of every job that has not ended, and what else is owed; how many jobs were sent.

    Other than the sweep it takes jobs under a lease too: whoever held it was stopped with Pub/Sub, and the message
    comes again until the lease has run out. A message that Pub/Sub does not take is left out. Raises `Unavailable`.
    """
    sent = 0
    unended = db.rows(engine, UNENDED_JOBS, {})
    outbox.publish_late(engine, publisher, age_s=0.0, limit=10_000, until=time.monotonic() + PUBLISH_S)
    for row in unended:
        job = JobMessage.stored(dict(row))
        try:
            publisher.publish(outgoing.job_message(topics, job, row["run"], row["hop"]), outbox.PUBLISH_TIMEOUT_S)
        except outbox.Rejected:
            log.exception("Pub/Sub refuses a job's message", extra={"action": "resend", "job_id": job.job_id})
        else:
            sent += 1
    return sent
