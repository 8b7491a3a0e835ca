"""The transactional outbox: publish what is owed, then mark it published.

A row is written in the commit that makes it true (`settle.py`) and published before the ack. Two deliveries may publish
the same row; its `message_key` lets a consumer drop the repeat.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Engine, text

from service import db, tracing
from service.db import Row, prepared
from service.errors import Unavailable
from service.strictjson import dump

log = logging.getLogger(__name__)

PUBLISH_TIMEOUT_S = 5.0
"""The timeout of one publish call. It usually takes milliseconds; a hung one must leave time for the answer."""

LEAST_TIMEOUT_S = 0.1
"""A publish that is begun gets this much, even if less is left."""

MAX_FAILURES = 3
"""How many publishes to one topic may fail before the rest of it is left to the next sweep: they would fail too, each
after its whole timeout."""

LIGHT_BYTES = 65_536
"""A payload up to this size is read with its row; a heavier one (up to 10 MB) is read by itself just before it is sent.
A job may owe any number of rows, so the process holds one heavy payload at a time."""
AT_ONCE = 100
"""How many owed rows are read at a time."""

COLUMNS = f"""id, topic, message_key, ordering_key, attributes,
    CASE WHEN octet_length(payload) <= {LIGHT_BYTES} THEN payload END AS payload"""
OWED = "published_at IS NULL AND parked_at IS NULL"

READ_BY_JOB = text(f"SELECT {COLUMNS} FROM outbox WHERE job_id = :job_id AND {OWED} ORDER BY id LIMIT {AT_ONCE}")
READ_BY_KEYS = text(
    f"SELECT {COLUMNS} FROM outbox WHERE message_key = ANY(CAST(:keys AS text[])) AND {OWED} ORDER BY id"
)
READ_PAYLOAD = text(f"SELECT payload FROM outbox WHERE id = :id AND {OWED}")
# Some rows of each topic, chosen at random: neither a topic that is gone nor a row that always fails may keep the
# others from their turn.
READ_LATE = text(f"""
SELECT {COLUMNS} FROM outbox WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY topic ORDER BY random()) AS turn FROM outbox
        WHERE {OWED} AND created_at < clock_timestamp() - make_interval(secs => :age_s)
    ) late WHERE turn <= :limit
) ORDER BY id
""")

# Mark and read again in one round trip. The read's snapshot is older than the mark, so it excludes the marked rows.
# What was sent is not needed again: the payload goes, the row stays for its key. Two rows, because a job rarely owes
# more at once, and a statement for an array of any length is planned each time. Its commit does not wait for the disk
# (rule 19): if it is lost, the message is sent once more under its key.
MARK_AND_READ = prepared(
    "mark",
    f"""
WITH marked AS (
    UPDATE outbox SET published_at = clock_timestamp(), error = NULL, payload = ''
    WHERE id IN (CAST(:one AS bigint), CAST(:other AS bigint)) AND published_at IS NULL
      AND set_config('synchronous_commit', 'off', true) = 'off'
)
SELECT {COLUMNS} FROM outbox
WHERE job_id = :job_id AND {OWED}
  AND id IS DISTINCT FROM CAST(:one AS bigint) AND id IS DISTINCT FROM CAST(:other AS bigint)
ORDER BY id LIMIT {AT_ONCE}
""",
)

PARK = text("""
UPDATE outbox SET parked_at = clock_timestamp(), error = :error WHERE id = :id AND published_at IS NULL
""")


class Rejected(Exception):
    """Pub/Sub refuses this message for good (INVALID_ARGUMENT)."""


class Message(Struct, frozen=True, kw_only=True):
    """A message to publish. `topic` is the bare name; `attributes` do not include `message_key`."""

    topic: str
    message_key: str
    payload: str
    ordering_key: str = ""
    attributes: Mapping[str, str]


class OwedRow(Struct, frozen=True):
    """An outbox row that is neither published nor parked. The message of a heavy one has no payload yet."""

    id: int
    message: Message
    is_heavy: bool = False


class Publisher(Protocol):
    """Publishes one message synchronously."""

    def publish(self, message: Message, timeout_s: float) -> None:
        """Return once Pub/Sub has accepted the message. Raises `Rejected`, or `Unavailable` for any other failure."""


def owed_row(row: Row) -> OwedRow:
    return OwedRow(
        row["id"],
        Message(
            topic=row["topic"],
            message_key=row["message_key"],
            payload=row["payload"] or "",
            ordering_key=row["ordering_key"],
            attributes=row["attributes"],
        ),
        is_heavy=row["payload"] is None,
    )


def columns_of(messages: Sequence[Message]) -> dict[str, list[str]]:
    """Return the messages as the arrays that a statement unnests into outbox rows. They belong to the trace of this
    request, whoever publishes them."""
    return {
        "topics": [message.topic for message in messages],
        "keys": [message.message_key for message in messages],
        "ordering_keys": [message.ordering_key for message in messages],
        "attributes": [dump(tracing.with_traceparent(message.attributes)) for message in messages],
        "payloads": [message.payload for message in messages],
    }


def publish_owed(
    engine: Engine, publisher: Publisher, job_id: str, *, until: float, rows: Sequence[OwedRow] | None = None
) -> None:
    """Publish everything the job owes, whichever delivery wrote it; return once nothing is owed.

    Pass `rows` if they have been read already. `until` is the deadline in monotonic seconds. Raises `Unavailable` if a
    row could not be published; it stays owed.
    """
    if rows is None:
        rows = [owed_row(row) for row in db.execute(engine, READ_BY_JOB, {"job_id": job_id})]
    while rows:
        rows = _publish(engine, publisher, rows, job_id, until)


def publish_keys(engine: Engine, publisher: Publisher, keys: Sequence[str], *, until: float) -> None:
    """Publish those of these messages that are still owed: what data that is not a job owes belongs to no job. Raises
    as `publish_owed`."""
    rows = [owed_row(row) for row in db.execute(engine, READ_BY_KEYS, {"keys": list(keys)})]
    if rows:
        _publish(engine, publisher, rows, None, until)


def publish_late(
    engine: Engine,
    publisher: Publisher,
    *,
    age_s: float,
    limit: int,
    until: float,
    failures: "Counter[str] | None" = None,
) -> tuple[int, int]:
    """Publish rows that have been owed for over `age_s` seconds, at most `limit` for each topic; return (published,
    failed). For the sweep. After `MAX_FAILURES` a topic is left to the next sweep; `failures` counts them by topic, for
    what the caller publishes afterwards."""
    failures = Counter() if failures is None else failures
    rows = [owed_row(row) for row in db.execute(engine, READ_LATE, {"age_s": age_s, "limit": limit})]
    published = failed = 0
    for row in rows:
        topic = row.message.topic
        if time.monotonic() > until or failures[topic] >= MAX_FAILURES:
            continue
        try:
            _publish(engine, publisher, [row], None, until)
        except Unavailable:
            failures[topic] += 1
            failed += 1
        else:
            published += 1
    return published, failed


def publish_one(publisher: Publisher, message: Message, until: float) -> None:
    """Publish one message with a timeout that ends at `until` (monotonic seconds). Raises as `Publisher.publish`, and
    `Unavailable` if no time is left."""
    left = until - time.monotonic()
    if left <= 0:
        raise Unavailable("pubsub_unreachable", "There was no time left to publish every message.")
    with tracing.span(
        f"send {message.topic}", "producer", messaging__system="gcp_pubsub", message_key=message.message_key
    ):
        publisher.publish(message, min(PUBLISH_TIMEOUT_S, max(left, LEAST_TIMEOUT_S)))


def _publish(
    engine: Engine, publisher: Publisher, rows: Sequence[OwedRow], job_id: str | None, until: float
) -> Sequence[OwedRow]:
    """Publish `rows` in order and mark them; return what else the job owes. A row that cannot be published does not
    hold up the others until its topic has failed `MAX_FAILURES` times; it is raised after the others were tried."""
    done: list[int] = []
    failures: Counter[str] = Counter()
    failure: Unavailable | None = None
    for row in rows:
        topic = row.message.topic
        if failures[topic] >= MAX_FAILURES:
            continue
        try:
            if _send(engine, publisher, row, until):
                done.append(row.id)
        except Rejected as error:
            log.exception(
                "Pub/Sub refuses a message for good; it is parked", extra={"message_key": row.message.message_key}
            )
            db.execute(engine, PARK, {"id": row.id, "error": str(error)[:2000]})
        except Unavailable as error:
            failure = error
            failures[topic] += 1
    left: Sequence[OwedRow] = ()
    if done or failure is None:
        left = mark(engine, done, job_id)
    if failure is not None:
        raise failure
    return left


def mark(engine: Engine, done: Sequence[int], job_id: str | None) -> Sequence[OwedRow]:
    """Mark the rows as published; return what else the job owes."""
    found: Sequence[Row] = ()
    for start in range(0, len(done) or 1, 2):
        one, other = (*done[start : start + 2], None, None)[:2]
        found = db.execute(engine, MARK_AND_READ, {"one": one, "other": other, "job_id": job_id})
    return [owed_row(row) for row in found]


def _send(engine: Engine, publisher: Publisher, row: OwedRow, until: float) -> bool:
    """Publish one row. False if another delivery has published or parked it meanwhile."""
    message = row.message
    if row.is_heavy:
        found = db.first(engine, READ_PAYLOAD, {"id": row.id})
        if found is None:
            return False
        message = replace(message, payload=found["payload"])
    publish_one(publisher, message, until)
    return True
