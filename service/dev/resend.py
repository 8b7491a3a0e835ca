"""Resend the messages that the stand-in for Pub/Sub lost when it was stopped."""

import logging
import time

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.delivery import outbox, outgoing
from service.delivery.outbox import Publisher
from service.states import SQL_UNENDED

log = logging.getLogger(__name__)

PUBLISH_S = 30.0
"""For everything that is owed."""

UNENDED_JOBS = text(f"SELECT id FROM jobs WHERE state IN {SQL_UNENDED} ORDER BY created_at")

UNENDED_JOB = text(f"""
SELECT id, user_id, run, hop, {outgoing.JOB_ATTRIBUTES} AS attributes, {outgoing.JOB_PAYLOAD} AS payload
FROM jobs WHERE id = :id AND state IN {SQL_UNENDED}
""")

OWED_KEYS = text(f"SELECT message_key FROM outbox WHERE {outbox.OWED}")


def resend(engine: Engine, publisher: Publisher, topics: Topics) -> int:
    """Publish the message of every job that has not ended, and whatever else is owed; return the number of jobs.

    Unlike the sweep, it includes jobs with a lease: their worker was stopped together with Pub/Sub, and the message is
    redelivered until the lease has expired. A message that Pub/Sub rejects is skipped. Raises `Unavailable`.
    """
    sent = 0
    owed = {row["message_key"] for row in db.execute(engine, OWED_KEYS, {})}
    unended = db.execute(engine, UNENDED_JOBS, {})
    outbox.publish_late(engine, publisher, age_s=0.0, limit=10_000, until=time.monotonic() + PUBLISH_S)
    for job in unended:
        row = db.first(engine, UNENDED_JOB, {"id": job["id"]})
        if row is None:
            continue
        message = outgoing.stored_job_message(topics, row)
        if message.message_key in owed:
            # It came from the outbox just now. A second message would be harmless.
            continue
        try:
            publisher.publish(message, outbox.PUBLISH_TIMEOUT_S)
        except outbox.Rejected:
            log.exception("Pub/Sub rejects a job's message", extra={"action": "resend", "job_id": job["id"]})
        else:
            sent += 1
    return sent
