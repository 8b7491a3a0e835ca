"""The sweep: send again whatever no message will bring back. It never changes state, lease, run, hop or attempts.

It holds one message at a time, however many there are: ids first, then a row at a time, whose message PostgreSQL puts
together as text. It ends within its time, whatever hangs, and there is one sweep at a time.
"""

import logging
import time
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import Engine, text

from service import db
from service.config import Limits, Topics
from service.db import Row
from service.delivery import chores, held, outbox, outgoing
from service.delivery.outbox import Publisher, Rejected
from service.errors import Unavailable
from service.queries.counts import read_vitals
from service.states import SQL_UNENDED

log = logging.getLogger(__name__)

MAX_SUBSCRIPTION_BACKOFF_S = 600.0
"""The longest backoff that a subscription's retry policy can have. https://cloud.google.com/pubsub/docs/handling-failures"""
SLACK_S = 60.0
OUTBOX_AGE_S = 60.0
"""A delivery publishes its rows at once; an older one was left behind."""
BATCH = 100
TIME_S = 45.0
"""The time limit of one sweep: Cloud Scheduler calls it every minute, and the last statement may take seconds."""
OUTBOX_SHARE = 0.6
"""The part of the time that outbox rows may take, so that a topic that hangs leaves the jobs their turn."""
TURN_S = 58.0
"""How long a sweep whose process died keeps others away: not beyond the next call."""

# The first condition can use the index `jobs_unended`; it is implied by the second, which cannot.
_IS_STALE = f"""state IN {SQL_UNENDED} AND (lease_until IS NULL OR lease_until <= clock_timestamp())
      AND held_for IS NULL AND enqueued_at < statement_timestamp() - make_interval(secs => :age_s)
      AND enqueued_at < clock_timestamp() - make_interval(secs => :age_s * power(2, resends))"""

STALE = text(f"SELECT id FROM jobs WHERE {_IS_STALE} ORDER BY enqueued_at LIMIT :limit")

# Stamped as it is sent, so that a job whose turn does not come keeps its place, and two sweeps send one message. If the
# process dies between the two, the next message comes one wait later.
STAMP = text(f"""
UPDATE jobs SET enqueued_at = clock_timestamp(), resends = least(resends + 1, 20)
WHERE id = :id AND {_IS_STALE}
RETURNING id, user_id, run, hop, {outgoing.JOB_ATTRIBUTES} AS attributes, {outgoing.JOB_PAYLOAD} AS payload
""")

UNSENT = text(f"""
UPDATE jobs SET enqueued_at = clock_timestamp() - make_interval(secs => :age_s * power(2, greatest(resends - 1, 0))),
    resends = greatest(resends - 1, 0)
WHERE id = :id AND run = :run AND hop = :hop AND state IN {SQL_UNENDED}
""")

PARKED = text("SELECT message_key FROM outbox WHERE parked_at IS NOT NULL ORDER BY id LIMIT 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What a sweep did: the jobs whose message it sent again, how many outbox rows it published, how many publishes
    failed, and the keys of parked rows. `is_skipped`: another sweep was running, and this one did nothing."""

    resent: tuple[str, ...]
    published: int
    failed: int
    parked: tuple[str, ...]
    is_skipped: bool = False


def sweep(
    engine: Engine,
    publisher: Publisher,
    topics: Topics,
    *,
    limits: Limits,
    ack_deadline_s: float,
    age_s: float | None = None,
) -> Swept:
    """Send again whatever no message will bring back. `age_s` overrides how long a job must have been without one.
    `limits` are the setting's, which held jobs wait for.

    Raises `Unavailable` if the database cannot be reached. What Pub/Sub does not accept is counted as failed; the next
    sweep finds it again.
    """
    if age_s is None:
        age_s = ack_deadline_s + MAX_SUBSCRIPTION_BACKOFF_S + SLACK_S
    began = time.monotonic()
    with chores.turn(engine, "sweep", for_s=TURN_S) as is_mine:
        if not is_mine:
            log.info("another sweep is running", extra={"action": "sweep"})
            return Swept(resent=(), published=0, failed=0, parked=(), is_skipped=True)
        failures: Counter[str] = Counter()
        published, failed = outbox.publish_late(
            engine,
            publisher,
            age_s=OUTBOX_AGE_S,
            limit=BATCH,
            until=began + TIME_S * OUTBOX_SHARE,
            failures=failures,
        )
        resent, not_resent = _resend(engine, publisher, topics, age_s=age_s, until=began + TIME_S, failures=failures)
        # After the stale ones, so that none is sent twice.
        sent = held.Sent()
        if failures[topics.jobs] < outbox.MAX_FAILURES:
            sent = held.send_held(engine, publisher, topics, limits=limits, until=began + TIME_S)
        parked = tuple(row["message_key"] for row in db.execute(engine, PARKED, {}))
    _log_backlog(engine, len(parked))
    return Swept(
        resent=(*resent, *sent.job_ids),
        published=published,
        failed=failed + not_resent + sent.failed,
        parked=parked,
    )


def _log_backlog(engine: Engine, parked: int) -> None:
    """Log what is left, for the alerts in deploy/alerts: nothing has to scrape `/metrics`."""
    vitals = read_vitals(engine)
    log.info(
        "backlog",
        extra={
            "action": "vitals",
            "pending": vitals.pending,
            "oldest_pending_s": round(vitals.oldest_pending_s),
            "expired_leases": vitals.expired_leases,
            "owed": vitals.owed,
            "oldest_owed_s": round(vitals.oldest_owed_s),
            "parked": parked,
            "waiting": sum(vitals.waiting.values()),
            "held": sum(vitals.held.values()),
            "suspects": vitals.suspects,
        },
    )


def _resend(
    engine: Engine, publisher: Publisher, topics: Topics, *, age_s: float, until: float, failures: Counter[str]
) -> tuple[list[str], int]:
    """Send the messages of stale jobs again until the time is over or the topic has failed too often; return the ids of
    the jobs, and how many failed."""
    resent: list[str] = []
    failed = 0
    for stale in db.execute(engine, STALE, {"age_s": age_s, "limit": BATCH}):
        if time.monotonic() > until or failures[topics.jobs] >= outbox.MAX_FAILURES:
            break
        row = db.first(engine, STAMP, {"age_s": age_s, "id": stale["id"]})
        if row is None:
            # A delivery has come meanwhile.
            continue
        error = _send(engine, publisher, topics, row, age_s=age_s, until=until)
        if error is None:
            resent.append(stale["id"])
        else:
            failures[topics.jobs] += isinstance(error, Unavailable)
            failed += 1
    return resent, failed


def _send(
    engine: Engine, publisher: Publisher, topics: Topics, row: Row, *, age_s: float, until: float
) -> Unavailable | Rejected | None:
    """Send one job's message. If that fails, the job is due again at once, behind those that have waited longer; return
    why."""
    job_id, run, hop = row["id"], row["run"], row["hop"]
    message = outgoing.stored_job_message(topics, row)
    try:
        outbox.publish_one(publisher, message, until)
    except (Unavailable, Rejected) as error:
        log.exception("a job message could not be sent again", extra={"action": "resend", "job_id": job_id})
        db.execute(engine, UNSENT, {"age_s": age_s, "id": job_id, "run": run, "hop": hop})
        return error
    log.info("job message sent again", extra={"action": "resend", "job_id": job_id})
    return None
