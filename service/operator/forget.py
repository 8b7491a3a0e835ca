"""Forget: delete what is known of one person. What remains are tombstones (the ids of the jobs and digests of their
inputs, for as long as a message can still come) and, on record, how many jobs there were and what they had cost.

The person's jobs that have not ended are cancelled first. Files go before the row that names them, so an interrupted
call is continued by calling it again. Pub/Sub's topics, the consumers of results, logs and backups keep what they have
until their own retention ends.
"""

import hashlib
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from service import db
from service.config import Topics
from service.db import Row
from service.delivery import outbox, settle
from service.delivery.outbox import Publisher
from service.errors import Unavailable
from service.operator.prune import BATCH_BYTES, BYTES, KEYS_OF_LETTER, batches, thin
from service.operator.record import MAX_WHO, MAX_WHY
from service.states import ENDED, SQL_ENDED
from service.strictjson import dump, storable

log = logging.getLogger(__name__)

WINDOW = 500
LETTER_BYTES = 20_000_000
"""How much data of letters is searched in one statement."""

WINDOW_OF_JOBS = text(f"""
SELECT id, created_at, state, preset, spent_usd, CAST({BYTES} AS bigint) AS bytes
FROM jobs j WHERE user_id = :user_id AND (created_at, id) > (CAST(:after AS timestamptz), :after_id)
ORDER BY created_at, id LIMIT {WINDOW}
""")

# As `prune.DELETE_JOBS`, whatever its age; a parked message and an open letter go too. What others did to these jobs
# stays on record, without what it says of the person.
DELETE_JOBS = text(f"""
WITH mine AS (
    SELECT id FROM jobs j
    WHERE id = ANY(CAST(:ids AS text[])) AND user_id = :user_id AND state IN {SQL_ENDED}
      AND NOT EXISTS (SELECT FROM outbox o WHERE o.job_id = j.id AND o.published_at IS NULL AND o.parked_at IS NULL)
    FOR UPDATE
), gone AS (
    DELETE FROM jobs USING mine WHERE jobs.id = mine.id
    RETURNING jobs.id, jobs.input_sha256, jobs.state, jobs.run, jobs.hop
), stones AS (
    INSERT INTO tombstones AS t (job_id, input_sha256, state, run, hop)
    SELECT id, input_sha256, state, run, hop FROM gone
    ON CONFLICT (job_id) DO UPDATE SET created_at = EXCLUDED.created_at
), letters AS (
    DELETE FROM dead_letters l USING gone WHERE l.job_id = gone.id RETURNING l.message_key
), box AS (
    DELETE FROM outbox o USING letters WHERE {KEYS_OF_LETTER} AND o.job_id IS NULL
), keys AS (
    DELETE FROM idempotency_keys k USING gone WHERE k.job_id = gone.id
), on_record AS (
    UPDATE acts a SET target = '{{"forgotten": true}}', why = '' FROM gone WHERE a.job_id = gone.id
)
SELECT id FROM gone
""")

OWING = text("""
SELECT DISTINCT job_id FROM outbox
WHERE job_id = ANY(CAST(:ids AS text[])) AND published_at IS NULL AND parked_at IS NULL
""")

LETTERS = text("""
SELECT id, octet_length(data) AS bytes FROM dead_letters WHERE id > :after AND data IS NOT NULL ORDER BY id LIMIT 500
""")
# A name may be written in two ways in JSON. What is found is looked at more closely afterwards.
SEARCH = text("""
SELECT id FROM dead_letters WHERE id = ANY(CAST(:ids AS bigint[]))
  AND (position(CAST(:plain AS bytea) IN data) > 0 OR position(CAST(:escaped AS bytea) IN data) > 0)
""")
DATA = text("SELECT data FROM dead_letters WHERE id = :id")
DELETE_LETTER = text(f"""
WITH letters AS (DELETE FROM dead_letters WHERE id = :id RETURNING message_key)
DELETE FROM outbox o USING letters WHERE {KEYS_OF_LETTER} RETURNING 1 AS gone
""")

# What says something of the person and belongs to no job: limits, pauses, and what the record says of them.
REST = text("""
WITH limits AS (DELETE FROM user_limits WHERE user_id = :user_id),
     paused AS (DELETE FROM pauses WHERE scope = 'user' AND name = :user_id)
UPDATE acts SET target = '{"forgotten": true}', why = ''
WHERE position(:named IN CAST(target AS text)) > 0 OR position(:escaped IN CAST(target AS text)) > 0
RETURNING id
""")
RECORD = text("""
INSERT INTO acts (act, who, why, target) VALUES ('forget', :who, :why, CAST(:target AS json)) RETURNING id
""")


@dataclass(slots=True, kw_only=True)
class Forgotten:
    """What went, or what would go in a preview: jobs by state, what they had cost by preset, their bytes as stored, the
    letters of data that names the person, files. `left` are jobs that could not be deleted yet, and `why` says why."""

    jobs: dict[str, int] = field(default_factory=dict)
    spent_usd: dict[str, float] = field(default_factory=dict)
    bytes: int = 0
    letters: int = 0
    files: int = 0
    left: int = 0
    why: str | None = None

    def add(self, row: Row) -> None:
        state, preset = row["state"], row["preset"]
        self.jobs[state] = self.jobs.get(state, 0) + 1
        self.spent_usd[preset] = round(self.spent_usd.get(preset, 0.0) + float(row["spent_usd"]), 6)
        self.bytes += row["bytes"]


Remove = Callable[[str], int]
"""Deletes the files of a job, or the assets that were uploaded for a user; returns how many there were. Raises
`Unavailable`."""


def preview(engine: Engine, user_id: str) -> Forgotten:
    """Return what `forget` would delete, and delete nothing; files are not counted. Raises `Unavailable`."""
    found = Forgotten()
    for window in _windows(engine, user_id):
        for row in window:
            found.add(row)
    found.letters = sum(1 for _ in _letters_of(engine, user_id))
    return found


def forget(
    engine: Engine,
    publisher: Publisher,
    topics: Topics,
    user_id: str,
    *,
    who: str,
    why: str = "",
    remove_files: Remove,
    remove_assets: Remove = lambda _user: 0,
    grace_s: float,
) -> Forgotten:
    """Delete what is known of the user, and return what went. Call it again if some jobs are `left`.

    After a job in work was cancelled it waits `grace_s` seconds for its worker to notice, which may still store a file.
    Raises `Unavailable` if the database or the store of files cannot be reached: what went is gone and on record, and
    the next call continues.
    """
    forgotten = Forgotten()
    try:
        if _cancel_all(engine, topics, user_id, who=who):
            time.sleep(grace_s)
        for window in _windows(engine, user_id):
            _publish_owed(engine, publisher, [row["id"] for row in window], forgotten)
            for batch in batches(window):
                _delete(engine, user_id, batch, forgotten, remove_files)
        forgotten.files += remove_assets(user_id)
        for letter_id in list(_letters_of(engine, user_id)):
            db.execute(engine, DELETE_LETTER, {"id": letter_id})
            forgotten.letters += 1
        db.execute(engine, REST, {"user_id": user_id, "named": dump(user_id), "escaped": json.dumps(user_id)})
    finally:
        _record(engine, user_id, forgotten, who, why)
    return forgotten


def name_on_record(user_id: str) -> str:
    """What the record says instead of the user's name: it can be compared with a name, and says none."""
    return hashlib.sha256(user_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _cancel_all(engine: Engine, topics: Topics, user_id: str, *, who: str) -> bool:
    """Cancel what has not ended; return whether something was in work."""
    was_in_work = False
    for window in _windows(engine, user_id):
        for row in window:
            if row["state"] not in ENDED:
                was_in_work = was_in_work or row["state"] == "processing"
                settle.cancel(engine, topics, row["id"], by=storable(who, MAX_WHO))
    return was_in_work


def _publish_owed(engine: Engine, publisher: Publisher, job_ids: Sequence[str], forgotten: Forgotten) -> None:
    """Publish what the jobs owe: their consumers must learn that they have ended."""
    failures = 0
    for row in db.execute(engine, OWING, {"ids": job_ids}):
        if failures >= outbox.MAX_FAILURES:
            return
        try:
            until = time.monotonic() + outbox.PUBLISH_TIMEOUT_S
            outbox.publish_owed(engine, publisher, row["job_id"], until=until)
        except Unavailable as error:
            failures += 1
            log.warning("a job's last messages are not sent yet", extra={"action": "forget", "job_id": row["job_id"]})
            forgotten.why = f"{error.sentence} Their last messages must be sent first."


def _delete(engine: Engine, user_id: str, batch: Sequence[Row], forgotten: Forgotten, remove_files: Remove) -> None:
    for row in batch:
        forgotten.files += remove_files(row["id"])
    if batch[0]["bytes"] > BATCH_BYTES:
        thin(engine, batch[0]["id"], "infinity", float("inf"))
    rows = {row["id"]: row for row in batch}
    gone = {row["id"] for row in db.execute(engine, DELETE_JOBS, {"ids": list(rows), "user_id": user_id})}
    for job_id in gone:
        forgotten.add(rows[job_id])
    left = len(rows) - len(gone)
    forgotten.left += left
    if left and forgotten.why is None:
        forgotten.why = "They have not ended, or a message of theirs is not sent yet."


def _windows(engine: Engine, user_id: str) -> Iterator[Sequence[Row]]:
    after: dict[str, object] = {"after": "0001-01-01T00:00:00Z", "after_id": ""}
    while window := db.execute(engine, WINDOW_OF_JOBS, {"user_id": user_id, **after}):
        yield window
        after = {"after": window[-1]["created_at"], "after_id": window[-1]["id"]}


def _letters_of(engine: Engine, user_id: str) -> Iterator[int]:
    """Yield the ids of the dead letters whose data was not a job and names the user."""
    named = {"plain": dump(user_id).encode("utf-8", "replace"), "escaped": json.dumps(user_id).encode()}
    after = 0
    while window := db.execute(engine, LETTERS, {"after": after}):
        after = window[-1]["id"]
        for ids in _by_weight(window):
            for found in db.execute(engine, SEARCH, {"ids": ids, **named}):
                row = db.first(engine, DATA, {"id": found["id"]})
                if row is not None and names_user(bytes(row["data"]), user_id):
                    yield found["id"]


def _by_weight(rows: Sequence[Row]) -> Iterator[list[int]]:
    ids: list[int] = []
    weight = 0
    for row in rows:
        if ids and weight + row["bytes"] > LETTER_BYTES:
            yield ids
            ids, weight = [], 0
        ids.append(row["id"])
        weight += row["bytes"]
    if ids:
        yield ids


def names_user(data: bytes, user_id: str) -> bool:
    """Whether the data, which need not be JSON, has this user as a `user_id`, however that is spelled: data with a
    `userId` was refused because of it. Pure."""
    return any(
        re.search(rb'"[^"\\]{0,40}(?i:user)[^"\\]{0,40}"\s*:\s*' + re.escape(spelled), data)
        for spelled in (dump(user_id).encode("utf-8", "replace"), json.dumps(user_id).encode())
    )


def _record(engine: Engine, user_id: str, forgotten: Forgotten, who: str, why: str) -> None:
    target: dict[str, Any] = {"user_sha256": name_on_record(user_id), **asdict(forgotten)}
    parameters = {"who": storable(who, MAX_WHO), "why": storable(why, MAX_WHY), "target": dump(target)}
    try:
        db.execute(engine, RECORD, parameters)
    except Unavailable:
        log.warning("what was forgotten could not be put on record", extra={"action": "forget", "target": target})
