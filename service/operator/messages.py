"""What an operator does with a message that is not sent: send it again, also if it is parked, or drop it."""

from sqlalchemy import Engine, text

from service import db, queries
from service.delivery import outbox
from service.delivery.outbox import PUBLISH_TIMEOUT_S, Publisher, Rejected, owed_row
from service.errors import Unavailable
from service.operator.many import Outcome
from service.operator.record import MAX_WHO, MAX_WHY
from service.strictjson import storable

# It is owed from here on: if this process dies, or Pub/Sub does not answer, the sweep sends it.
UNPARK = text("""
WITH mine AS (
    UPDATE outbox SET parked_at = NULL, error = NULL WHERE id = :id AND published_at IS NULL
    RETURNING id, job_id, topic, message_key, ordering_key, attributes, payload
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'send', :by, :why, job_id, json_build_object('message_id', id, 'message_key', message_key) FROM mine
)
SELECT * FROM mine
""")

DROP = text("""
WITH mine AS (
    DELETE FROM outbox WHERE id = :id AND published_at IS NULL
    RETURNING id, job_id, topic, message_key, octet_length(payload) AS payload_bytes, error
), act AS (
    INSERT INTO acts (act, who, why, job_id, target)
    SELECT 'drop', :by, :why, job_id, json_build_object('message_id', id, 'topic', topic, 'message_key', message_key,
        'payload_bytes', payload_bytes, 'error', error)
    FROM mine
)
SELECT id, job_id FROM mine
""")


def send_message(engine: Engine, publisher: Publisher | None, message_id: int, *, by: str, why: str) -> Outcome:
    """Send an unsent message again. Without a `publisher`, the sweep sends it. One that was sent is done.

    Raises `Unavailable` if the database does not answer; doing it again is harmless.
    """
    row = db.first(engine, UNPARK, _parameters(message_id, by, why))
    if row is None:
        return _not_found(engine, message_id, is_sent_done=True)
    about = {"message_id": message_id, "job_id": row["job_id"]}
    if publisher is None:
        return Outcome(is_done=True, is_published=False, **about)
    try:
        publisher.publish(owed_row(row).message, PUBLISH_TIMEOUT_S)
    except Rejected as error:
        db.execute(engine, outbox.PARK, {"id": message_id, "error": str(error)[:2000]})
        why_not = f"Message {message_id} is parked again: Pub/Sub rejects it ({error})."
        return Outcome(is_done=False, why=why_not, **about)
    except Unavailable:
        return Outcome(is_done=True, is_published=False, **about)
    outbox.mark(engine, [message_id], None)
    return Outcome(is_done=True, is_published=True, **about)


def drop_message(engine: Engine, message_id: int, *, by: str, why: str) -> Outcome:
    """Drop an unsent message: nobody will receive it. Raises `Unavailable`; repeating it is harmless."""
    row = db.first(engine, DROP, _parameters(message_id, by, why))
    if row is None:
        return _not_found(engine, message_id, is_sent_done=False)
    return Outcome(is_done=True, message_id=message_id, job_id=row["job_id"])


def _parameters(message_id: int, by: str, why: str) -> dict[str, object]:
    return {"id": message_id, "by": storable(by, MAX_WHO), "why": storable(why, MAX_WHY)}


def _not_found(engine: Engine, message_id: int, *, is_sent_done: bool) -> Outcome:
    message = queries.message(engine, message_id)
    if message is None or message.published_at is None:
        return Outcome(is_done=False, message_id=message_id, why=f"There is no unsent message {message_id}.")
    sentence = f"Message {message_id} was sent at {message.published_at.isoformat(timespec='seconds')}."
    return Outcome(
        is_done=is_sent_done, is_repeat=is_sent_done, message_id=message_id, job_id=message.job_id, why=sentence
    )
