"""Prune: delete what has ended and is older than it must be kept, and leave a tombstone for each job.

One statement deletes a batch of jobs with everything that belongs to them and writes their tombstones, so a job is
there or its tombstone is; a late message for it is still a duplicate (`claims.CLAIM`, `claims.WHY_NOT`). A batch is
weighed, not only counted, takes a moment, waits for no lock and is a transaction of its own: a prune may be stopped at
any time, and the next one continues.

What is kept whatever its age: a job that has not ended or owes a message (a parked one too), and one with an open dead
letter, which an operator may want to replay.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, TextClause, text

from service import db
from service.db import Row
from service.delivery import chores
from service.errors import Unavailable
from service.operator.record import MAX_WHO, MAX_WHY
from service.states import SQL_ENDED
from service.strictjson import dump, storable

log = logging.getLogger(__name__)

TOMBSTONE_DAYS = 62
"""Twice the longest retention of a topic, and of a subscription: 31 days
(https://cloud.google.com/pubsub/docs/subscription-properties#message_retention_duration)."""
ACT_DAYS = 366
"""How long the record of who did what is kept."""
KEY_DAYS = 2
"""The submissions that follow remove them after a day; here go those that no submission has followed."""
WINDOW = 1_000
"""How many jobs are looked at in one statement, whether they can go or not."""
BATCH = 200
BATCH_BYTES = 20_000_000
"""Deleting 1 MB of text is deleting 500 rows of it."""
PIECE = 100
"""Rows of one heavy job that are deleted at a time: each may have an output of 1 MB."""
SMALL_BATCH = 1_000
"""Of tables whose rows are small and belong to no job of ours any more."""
REST = 0.5
"""For each second of work, this much rest: other statements come first, and so does the vacuum."""

_IS_OVER = f"""state IN {SQL_ENDED} AND updated_at < :before
    AND NOT EXISTS (SELECT FROM outbox o WHERE o.job_id = j.id AND o.published_at IS NULL)
    AND NOT EXISTS (SELECT FROM dead_letters l WHERE l.job_id = j.id
                    AND l.replayed_at IS NULL AND l.discarded_at IS NULL
                    AND (CAST(:letters_before AS timestamptz) IS NULL OR l.created_at >= :letters_before))"""

# Sizes as they are stored, without reading what is large, and a guess for each small row.
BYTES = """pg_column_size(j.content) + pg_column_size(j.metadata) + pg_column_size(j.extra) + 500
    + (SELECT coalesce(sum(200 + coalesce(pg_column_size(s.output), 0)), 0) FROM job_stages s WHERE s.job_id = j.id)
    + (SELECT coalesce(sum(200 + coalesce(pg_column_size(r.output), 0)), 0) FROM job_results r WHERE r.job_id = j.id)
    + (SELECT coalesce(sum(200 + coalesce(pg_column_size(p.output), 0)), 0) FROM job_parts p WHERE p.job_id = j.id)
    + (SELECT coalesce(sum(300 + coalesce(pg_column_size(e.result), 0)), 0) FROM job_effects e WHERE e.job_id = j.id)
    + (SELECT 200 * count(*) FROM job_states h WHERE h.job_id = j.id)"""

KEYS_OF_LETTER = "o.message_key IN (letters.message_key, 'result' || substr(letters.message_key, 5))"
"""SQL: the outbox rows of `letters`: the letter, `dead:msg:…`, and what its producer was told, `result:msg:…`."""

# By when they were created, with an index; whether they are over is asked afterwards. So the time of one statement is
# bounded however many old jobs are kept.
WINDOW_OF_JOBS = text(f"""
SELECT id, created_at, is_over, CASE WHEN is_over THEN CAST({BYTES} AS bigint) END AS bytes,
       state, preset, spent_usd, updated_at
FROM (
    SELECT j.*, ({_IS_OVER}) AS is_over FROM (
        SELECT * FROM jobs WHERE created_at < :before AND (created_at, id) > (:after, :after_id)
        ORDER BY created_at, id LIMIT {WINDOW}
    ) j
) j ORDER BY created_at, id
""")

# What `_IS_OVER` says is asked again of the locked row. A message that comes at this moment finds the job or, by the
# trigger `jobs_not_pruned`, its tombstone.
DELETE_JOBS = text(f"""
WITH mine AS (
    SELECT id FROM jobs j WHERE id = ANY(CAST(:ids AS text[])) AND {_IS_OVER} FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM jobs USING mine WHERE jobs.id = mine.id
    RETURNING jobs.id, jobs.input_sha256, jobs.state, jobs.run, jobs.hop
), stones AS (
    INSERT INTO tombstones AS t (job_id, input_sha256, state, run, hop)
    SELECT id, input_sha256, state, run, hop FROM gone
    ON CONFLICT (job_id) DO UPDATE SET input_sha256 = EXCLUDED.input_sha256, state = EXCLUDED.state,
        run = EXCLUDED.run, hop = EXCLUDED.hop, created_at = EXCLUDED.created_at
), letters AS (
    DELETE FROM dead_letters l USING gone WHERE l.job_id = gone.id
        AND (l.replayed_at IS NOT NULL OR l.discarded_at IS NOT NULL OR l.created_at < :letters_before)
    RETURNING l.message_key
), box AS (
    DELETE FROM outbox o USING letters WHERE {KEYS_OF_LETTER} AND o.job_id IS NULL
        AND o.published_at IS NOT NULL
)
SELECT id FROM gone
""")


def _thin(table: str) -> TextClause:
    """The statement that deletes some rows of `table` of a heavy job that is over."""
    return text(f"""
WITH mine AS (
    SELECT id FROM jobs WHERE id = :id AND state IN {SQL_ENDED} AND updated_at < :before FOR UPDATE SKIP LOCKED
)
DELETE FROM {table} WHERE ctid IN (SELECT t.ctid FROM {table} t JOIN mine ON t.job_id = mine.id LIMIT {PIECE})
RETURNING 1 AS gone
""")


THIN = tuple(_thin(table) for table in ("job_stages", "job_parts", "job_effects", "job_results", "job_states"))

_OLD_LETTERS = """dead_letters l WHERE created_at < :before
      AND NOT EXISTS (SELECT FROM jobs j WHERE j.id = l.job_id)
      AND (coalesce(replayed_at, discarded_at) < :before OR created_at < :letters_before)"""
_OLD_TOMBSTONES = f"tombstones WHERE created_at < statement_timestamp() - make_interval(days => {TOMBSTONE_DAYS})"
_OLD_ACTS = f"acts WHERE created_at < statement_timestamp() - make_interval(days => {ACT_DAYS})"
_OLD_KEYS = f"idempotency_keys WHERE created_at < statement_timestamp() - make_interval(days => {KEY_DAYS})"

# Letters of data that was not a job, once they are handled, with their sent messages.
DELETE_LETTERS = text(f"""
WITH old AS (
    SELECT id FROM {_OLD_LETTERS} ORDER BY id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
), letters AS (
    DELETE FROM dead_letters USING old WHERE dead_letters.id = old.id RETURNING dead_letters.message_key
), box AS (
    DELETE FROM outbox o USING letters WHERE {KEYS_OF_LETTER} AND o.published_at IS NOT NULL
)
SELECT message_key FROM letters
""")


def _delete(table: str, key: str, old: str) -> TextClause:
    """The statement that deletes the oldest rows of `old`, a part of `table`."""
    return text(f"""
DELETE FROM {table} WHERE ({key}) IN (
    SELECT {key} FROM {old} ORDER BY created_at LIMIT {SMALL_BATCH} FOR UPDATE SKIP LOCKED
) RETURNING 1 AS gone
""")


DELETE_TOMBSTONES = _delete("tombstones", "job_id", _OLD_TOMBSTONES)
DELETE_ACTS = _delete("acts", "id", _OLD_ACTS)
DELETE_KEYS = _delete("idempotency_keys", "caller, key", _OLD_KEYS)

COUNT = text(f"""
SELECT (SELECT count(*) FROM {_OLD_LETTERS}) AS letters, (SELECT count(*) FROM {_OLD_TOMBSTONES}) AS tombstones,
       (SELECT count(*) FROM {_OLD_ACTS}) AS acts, (SELECT count(*) FROM {_OLD_KEYS}) AS keys
""")

CUTOFFS = text("""
SELECT clock_timestamp() - make_interval(days => :days) AS before,
       clock_timestamp() - make_interval(days => :letter_days) AS letters_before
""")

BEGIN_ACT = text("""
INSERT INTO acts (act, who, why, target) VALUES ('prune', :who, :why, CAST(:target AS json)) RETURNING id
""")
END_ACT = text("UPDATE acts SET target = CAST(:target AS json) WHERE id = :id RETURNING id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How old what is deleted must be. `letters_older_than_days`: open dead letters of that age go too; None: none."""

    retain_days: int
    letters_older_than_days: int | None = None


@dataclass(slots=True, kw_only=True)
class Pruned:
    """What went, or what would go in a preview: jobs by state, what they had cost by preset, their bytes as stored;
    letters of data that was not a job; old tombstones, acts and idempotency keys. `kept` are jobs of that age that must
    stay. `is_complete`: nothing that may go is left. `is_skipped`: another prune was running, so nothing was done."""

    before: datetime | None = None
    oldest: datetime | None = None
    jobs: dict[str, int] = field(default_factory=dict)
    spent_usd: dict[str, float] = field(default_factory=dict)
    bytes: int = 0
    files: int = 0
    letters: int = 0
    tombstones: int = 0
    acts: int = 0
    keys: int = 0
    kept: int = 0
    is_complete: bool = False
    is_skipped: bool = False

    def add(self, row: Row) -> None:
        state, preset = row["state"], row["preset"]
        self.jobs[state] = self.jobs.get(state, 0) + 1
        self.spent_usd[preset] = round(self.spent_usd.get(preset, 0.0) + float(row["spent_usd"]), 6)
        self.bytes += row["bytes"]
        self.oldest = min(self.oldest or row["created_at"], row["created_at"])

    def as_json(self) -> dict[str, Any]:
        """Members for the record and for `--json`; times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        }


Remove = Callable[[str], int]
"""Removes the files of a pruned job from a store that does not do so by itself; returns how many there were."""

RemoveBefore = Callable[[datetime], int]
"""Removes the assets that were last uploaded before, likewise."""


def prune(
    engine: Engine,
    wanted: Wanted,
    *,
    who: str,
    why: str = "",
    for_s: float,
    remove_files: Remove = lambda _job: 0,
    remove_assets: RemoveBefore = lambda _before: 0,
) -> Pruned:
    """Delete what is over and older than `wanted`, for at most about `for_s` seconds; return what went.

    Raises `Unavailable` if the database cannot be reached; what was deleted before stays so, and is on record.
    """
    until = time.monotonic() + for_s
    pruned = Pruned()
    with chores.turn(engine, "prune", for_s=for_s + 30) as is_mine:
        if not is_mine:
            log.info("another prune is running", extra={"action": "prune"})
            return Pruned(is_skipped=True)
        cutoffs = _cutoffs(engine, wanted)
        pruned.before = cutoffs["before"]
        about = {"retain_days": wanted.retain_days, "letters_older_than_days": wanted.letters_older_than_days}
        act = db.first(
            engine, BEGIN_ACT, {"who": storable(who, MAX_WHO), "why": storable(why, MAX_WHY), "target": dump(about)}
        )
        try:
            pruned.is_complete = _prune(engine, cutoffs, pruned, until, remove_files)
            pruned.files += remove_assets(cutoffs["before"])
        finally:
            _record(engine, act, {**about, **pruned.as_json()})
    log.info("pruned", extra={"action": "prune", "jobs": sum(pruned.jobs.values()), "complete": pruned.is_complete})
    return pruned


def preview(engine: Engine, wanted: Wanted, *, for_s: float) -> Pruned:
    """Return what `prune` would delete, and delete nothing. Files are not counted. Raises `Unavailable`."""
    until = time.monotonic() + for_s
    cutoffs = _cutoffs(engine, wanted)
    pruned = Pruned(before=cutoffs["before"], is_complete=True)
    for window in _windows(engine, cutoffs):
        for row in window:
            if row["is_over"]:
                pruned.add(row)
            else:
                pruned.kept += 1
        if time.monotonic() > until:
            pruned.is_complete = False
            break
    (others,) = db.execute(engine, COUNT, cutoffs)
    for name, count in others.items():
        setattr(pruned, name, count)
    return pruned


def _prune(engine: Engine, cutoffs: Mapping[str, object], pruned: Pruned, until: float, remove_files: Remove) -> bool:
    """Delete until nothing is left or the time is over; return whether nothing is left."""
    for window in _windows(engine, cutoffs):
        over = {row["id"]: row for row in window if row["is_over"]}
        pruned.kept += len(window) - len(over)
        for batch in batches(list(over.values())):
            if time.monotonic() > until:
                return False
            began = time.monotonic()
            if batch[0]["bytes"] > BATCH_BYTES and not thin(engine, batch[0]["id"], cutoffs["before"], until):
                return False
            for gone in db.execute(engine, DELETE_JOBS, {**cutoffs, "ids": [row["id"] for row in batch]}):
                pruned.add(over[gone["id"]])
                # After the commit: a file that is left over does less harm than a job without its files.
                pruned.files += remove_files(gone["id"])
            _rest(began)
    steps: tuple[tuple[str, TextClause], ...] = (
        ("letters", DELETE_LETTERS),
        ("tombstones", DELETE_TOMBSTONES),
        ("acts", DELETE_ACTS),
        ("keys", DELETE_KEYS),
    )
    for name, statement in steps:
        while True:
            if time.monotonic() > until:
                return False
            began = time.monotonic()
            gone_rows = len(db.execute(engine, statement, dict(cutoffs) if name == "letters" else {}))
            setattr(pruned, name, getattr(pruned, name) + gone_rows)
            if gone_rows == 0:
                break
            _rest(began)
    return True


def thin(engine: Engine, job_id: str, before: object, until: float) -> bool:
    """Delete what belongs to a heavy job that ended before `before` in pieces, so that deleting the job itself takes a
    moment, as any other; return whether all of it is gone. If that is interrupted, the job stays as it is until the
    next prune."""
    for statement in THIN:
        while True:
            if time.monotonic() > until:
                return False
            began = time.monotonic()
            if not db.execute(engine, statement, {"id": job_id, "before": before}):
                break
            _rest(began)
    return True


def _windows(engine: Engine, cutoffs: Mapping[str, object]) -> Iterator[Sequence[Row]]:
    after: dict[str, object] = {"after": datetime(1, 1, 1, tzinfo=UTC), "after_id": ""}
    while window := db.execute(engine, WINDOW_OF_JOBS, {**cutoffs, **after}):
        yield window
        after = {"after": window[-1]["created_at"], "after_id": window[-1]["id"]}


def batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Split into batches of at most `BATCH` rows and, unless one row is heavier, `BATCH_BYTES`. Pure."""
    batch: list[Row] = []
    weight = 0
    for row in rows:
        if batch and (len(batch) >= BATCH or weight + row["bytes"] > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(row)
        weight += row["bytes"]
    if batch:
        yield batch


def _cutoffs(engine: Engine, wanted: Wanted) -> dict[str, Any]:
    (row,) = db.execute(engine, CUTOFFS, {"days": wanted.retain_days, "letter_days": wanted.letters_older_than_days})
    return dict(row)


def _record(engine: Engine, act: Row | None, target: Mapping[str, object]) -> None:
    try:
        db.execute(engine, END_ACT, {"id": act["id"] if act else None, "target": dump(target)})
    except Unavailable:
        # What ended the prune is raised; the log has the counts.
        log.warning("the record of a prune could not be completed", extra={"action": "prune", "target": dict(target)})


def _rest(began: float) -> None:
    time.sleep(min(1.0, REST * (time.monotonic() - began)))
