"""The lease on a job: claim it, find out why not, renew it, and write only while it is held.

A lease is a fencing token on the job's row. Every write of a delivery is driven by an UPDATE of that row that names the
token; whatever ends a lease clears the token, so a stale worker updates zero rows. docs/protocol/rules.md says which
condition each statement carries and what goes wrong without it.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from msgspec import Struct
from sqlalchemy import Engine, text

from service import db, tracing
from service.db import Row, prepared
from service.delivery.holder import holder
from service.delivery.messages import JobMessage
from service.delivery.outcomes import Outcome
from service.delivery.retry import DIED, WORKER_DIED
from service.delivery.suspicion import GONE, LOST, SUSPECT
from service.errors import Unavailable
from service.states import ENDED
from service.strictjson import dump

log = logging.getLogger(__name__)

MEND_S = 5.0
"""How long a write is repeated that fails until an operator mends the database. The slot is of more use to others, and
the answer names the reason."""


class Lease(Struct, frozen=True, kw_only=True):
    """What a delivery holds: the job, the (run, hop) it claimed, the fencing token, and how long it may be renewed."""

    job_id: str
    run: int
    hop: int
    token: str
    deadline: datetime
    """The delivery's deadline by the database's clock; no renewal reaches past it."""


class Claim(Struct, frozen=True, kw_only=True):
    """A claimed job as its row was at the claim. `attempts` are used up; `elapsed_s` is since the run's first claim."""

    lease: Lease
    round: int
    stage: str
    sent_back_by: str | None
    """The stage that sent the job back and so began this round."""
    progress: int
    attempts: int
    failures: int
    waits: int
    """Waits in a row, without progress."""
    waits_for: str | None
    waited_s: float
    """Since the first of these waits; 0 if there was none."""
    elapsed_s: float
    claimed_at: float
    """When it was claimed, in this process's monotonic seconds."""
    is_fresh: bool
    """Nothing was ever done for this job: there are no checkpoints to read and no executions to abandon."""
    is_takeover: bool
    """Another delivery's lease had expired."""
    deaths: int
    """Of processes that ran it, since a delivery of it last ended with an answer."""
    error_code: str | None
    """Of the last failure; that its worker died is one."""
    error_message: str | None
    traceparent: str | None
    """The trace in which the job began."""
    submitted_by: str | None
    """The account that sent it to the API, which took it after the pipeline's check; None if it came as a message."""


class Conflict(Struct, frozen=True):
    """The job exists with different inputs."""


class Settled(Struct, frozen=True):
    """Nothing to run, and what the job still owes must be published: it has ended (`Outcome.ALREADY_ENDED`), or the
    message is older than the job (`Outcome.OLDER`)."""

    outcome: Outcome


class Busy(Struct, frozen=True):
    """Another delivery holds a live lease, or the job's backoff has not passed."""

    why: str
    retry_after_s: float


class Suspect(Struct, frozen=True):
    """The job may have killed the process that ran it: it can only be claimed to run alone."""


Refusal: TypeAlias = Conflict | Settled | Busy | Suspect
"""Why a claim got no row."""


class LeaseLost(Exception):
    """A fenced write found the token gone: another delivery has the job, or the job has ended or moved on."""


_COLUMNS = """id, run, hop, round, stage, sent_back_by, progress, attempts, failures, state_before, lease_token,
    error_code, error_message, waits, waits_for, deaths, traceparent,
    extract(epoch FROM clock_timestamp() - waiting_since)::float8 AS waited_s,
    submitted_by,
    extract(epoch FROM clock_timestamp() - started_at)::float8 AS elapsed_s"""

# A job without a checkpoint begins at the first stage of the revision that claims it, whatever another one calls it.
# EXCLUDED holds what was computed before the statement got the row's lock, so the SET computes the lease again;
# the deadline is counted from statement_timestamp(), which a wait for a lock does not move.
# Its commit does not wait for the disk: nothing that anybody relies on may precede it there (rule 19).
CLAIM = prepared(
    "claim",
    f"""
WITH claimed AS (
    INSERT INTO jobs AS j (id, user_id, content, preset, metadata, extra, input_sha256, state, state_before,
                           run, hop, stage, lease_token, lease_holder, lease_alone, lease_until, started_at,
                           traceparent)
    SELECT CAST(:id AS text), :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json),
           CAST(:sha AS bytea), 'processing', 'pending', CAST(:run AS int), CAST(:hop AS int), :first_stage,
           CAST(:token AS uuid), :holder, CAST(:alone AS boolean),
           least(clock_timestamp() + make_interval(secs => :lease_s),
                 statement_timestamp() + make_interval(secs => :left_s)),
           clock_timestamp(), :traceparent
    WHERE NOT EXISTS (SELECT FROM tombstones WHERE job_id = CAST(:id AS text))
    ON CONFLICT (id) DO UPDATE SET
        state = 'processing',
        state_before = j.state,
        run = EXCLUDED.run,
        hop = EXCLUDED.hop,
        stage = CASE WHEN j.progress = 0 THEN EXCLUDED.stage ELSE j.stage END,
        lease_token = EXCLUDED.lease_token,
        lease_holder = EXCLUDED.lease_holder,
        lease_alone = EXCLUDED.lease_alone,
        lease_until = least(clock_timestamp() + make_interval(secs => :lease_s),
                            statement_timestamp() + make_interval(secs => :left_s)),
        attempts = j.attempts + CASE WHEN {LOST} AND j.lease_alone THEN 1 ELSE 0 END,
        is_suspect = {SUSPECT},
        deaths = least(j.deaths + CASE WHEN {GONE} THEN 1 ELSE 0 END, 1000),
        error_code = CASE WHEN {LOST} THEN '{WORKER_DIED}' ELSE j.error_code END,
        error_message = CASE WHEN {LOST} THEN '{DIED}' ELSE j.error_message END,
        progress_at_claim = j.progress,
        not_before = NULL,
        waiting_since = j.waiting_since + coalesce(clock_timestamp() - j.held_at, interval '0'),
        held_for = NULL,
        held_at = NULL,
        stage_progress = NULL,
        stage_note = NULL,
        enqueued_at = clock_timestamp(),
        resends = 0,
        started_at = coalesce(j.started_at, clock_timestamp()),
        updated_at = clock_timestamp()
    WHERE j.input_sha256 = EXCLUDED.input_sha256
      AND (EXCLUDED.run, EXCLUDED.hop) >= (j.run, j.hop)
      AND (j.state = 'pending' AND (j.not_before IS NULL OR j.not_before <= clock_timestamp())
           OR j.state = 'processing' AND j.lease_until <= clock_timestamp())
      AND (:alone OR NOT {SUSPECT})
    RETURNING {_COLUMNS}
), began AS (
    INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token)
    SELECT id, run, round, stage, 'started', attempts + 1, lease_token FROM claimed WHERE attempts < :max_attempts
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, state_before, 'processing',
           CASE state_before WHEN 'processing' THEN 'lease_ran_out' ELSE 'claimed' END, CAST(:note AS json)
    FROM claimed
)
SELECT claimed.*, statement_timestamp() + make_interval(secs => :left_s) AS deadline,
       set_config('synchronous_commit', 'off', true) AS lazy
FROM claimed
""",
)

WHY_NOT = text(f"""
SELECT input_sha256 = :sha AS same, state, (run, hop) > (:run, :hop) AS newer,
       extract(epoch FROM CASE state WHEN 'processing' THEN lease_until ELSE not_before END
                          - clock_timestamp())::float8 AS wait_s,
       NOT :alone AND {SUSPECT} AS is_for_one_alone
FROM jobs AS j WHERE id = :id
UNION ALL
SELECT input_sha256 = :sha, state, (run, hop) > (:run, :hop), NULL, false
FROM tombstones WHERE job_id = :id AND NOT EXISTS (SELECT FROM jobs WHERE id = :id)
""")

HOLDER = text(f"""
SELECT {_COLUMNS}, coalesce(lease_token = CAST(:token AS uuid), false) AS mine, statement_timestamp() AS now
FROM jobs WHERE id = :id
""")

# A later statement than the claim, so that its snapshot includes the previous holder's last commit. Fenced: a stale
# worker that wakes here would abandon the new holder's execution, whose output would then be lost.
CHECKPOINTS = prepared(
    "checkpoints",
    """
WITH mine AS (
    SELECT id FROM jobs WHERE id = :id AND lease_token = CAST(:token AS uuid) FOR NO KEY UPDATE
), abandoned AS (
    UPDATE job_stages s SET status = 'abandoned'
    FROM mine WHERE s.job_id = mine.id AND s.status = 'started' AND s.lease_token <> CAST(:token AS uuid)
)
SELECT kept.stage, kept.output FROM mine LEFT JOIN (
    SELECT DISTINCT ON (stage) stage, output FROM job_stages
    WHERE job_id = :id AND round <= :round AND status = 'finished' ORDER BY stage, round DESC
) kept ON true
""",
)

# SKIP LOCKED: one job's locked row must not delay the renewal of the others.
RENEW = text("""
WITH wanted AS (
    SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:tokens AS uuid[]), CAST(:deadlines AS timestamptz[]))
        AS w (id, token, deadline)
), mine AS (
    SELECT j.id, w.token, w.deadline FROM jobs j JOIN wanted w ON j.id = w.id AND j.lease_token = w.token
    FOR UPDATE OF j SKIP LOCKED
)
UPDATE jobs SET lease_until = least(clock_timestamp() + make_interval(secs => :lease_s), mine.deadline)
FROM mine WHERE jobs.id = mine.id AND jobs.lease_token = mine.token
RETURNING CAST(jobs.lease_token AS text) AS token
""")

HOLDERS = text("SELECT id, CAST(lease_token AS text) AS token FROM jobs WHERE id = ANY(CAST(:ids AS text[]))")

PROGRESS = text("""
UPDATE jobs SET stage_progress = :fraction, stage_note = :note, updated_at = clock_timestamp()
WHERE id = :id AND lease_token = CAST(:token AS uuid)
""")


def claim(
    engine: Engine,
    job: JobMessage,
    *,
    run: int,
    hop: int,
    first_stage: str,
    lease_s: float,
    left_s: float,
    max_attempts: int,
    alone: bool,
    note: Mapping[str, object],
    give_back: Callable[[Lease], None],
) -> Claim | Refusal:
    """Claim the job for a delivery that has `left_s` seconds left; create it if it is new. `alone`: this process will
    run no other job beside it.

    `note` is recorded in the history, with the process that holds the lease. If the claim may or may not have been
    committed and the database cannot be asked, `give_back` is called with the lease, which must be released once the
    database is back; then `Unavailable` is raised. Raises `db.BadData` if the database refuses the job's data.
    """
    token = str(uuid4())
    began = time.monotonic()
    parameters: dict[str, object] = {
        **job.columns,
        "run": run,
        "hop": hop,
        "first_stage": first_stage,
        "token": token,
        "lease_s": lease_s,
        "max_attempts": max_attempts,
        "holder": (by := holder()),
        "alone": alone,
        "note": dump({**note, "holder": by}),
        "traceparent": tracing.traceparent(),
    }
    for _ in range(3):
        left = left_s - (time.monotonic() - began)
        try:
            row = db.first(engine, CLAIM, {**parameters, "left_s": left})
        except db.NotExecuted as error:
            # Nothing is claimed. If another session keeps the job's row, the job may have ended meanwhile.
            verdict = standing(engine, job, run, hop) if error.code == "database_locked" else None
            if isinstance(verdict, (Conflict, Settled)):
                return verdict
            raise
        except Unavailable:
            uncertain = Lease(job_id=job.job_id, run=run, hop=hop, token=token, deadline=datetime.now(UTC))
            return _claimed_after_all(engine, job, uncertain, left, give_back)
        if row is not None:
            return _claim(row, row["deadline"])
        verdict = standing(engine, job, run, hop, alone=alone)
        if verdict is not None:
            return verdict
    return Busy("The job is changing hands right now.", 1.0)


def why_not(row: Row | None) -> Refusal | None:
    """Say why a claim got no row, from a later read of the job; None if it can be claimed now. Pure."""
    if row is None:
        return None
    if not row["same"]:
        return Conflict()
    if row["state"] in ENDED:
        return Settled(Outcome.ALREADY_ENDED)
    if row["newer"]:
        return Settled(Outcome.OLDER)
    if row["wait_s"] is not None and row["wait_s"] > 0:
        if row["state"] == "processing":
            return Busy("Another delivery is working on this job.", row["wait_s"])
        return Busy("The job is waiting for its next attempt.", row["wait_s"])
    return Suspect() if row["is_for_one_alone"] else None


def standing(engine: Engine, job: JobMessage, run: int, hop: int, *, alone: bool = True) -> Refusal | None:
    """Say how the job stands for a message of (run, hop) that could not claim it or no longer holds it; None if it can
    be claimed, by a process that runs nothing else if `alone`. Raises `Unavailable`."""
    parameters = {"id": job.job_id, "sha": job.input_sha256, "run": run, "hop": hop, "alone": alone}
    return why_not(db.first(engine, WHY_NOT, parameters))


def needs_to_be_alone(engine: Engine, job_id: str) -> bool:
    """Whether the job could be claimed now, but only by a process that runs nothing else. Raises `Unavailable`."""
    row = db.first(engine, WHY_NOT, {"id": job_id, "sha": b"", "run": 0, "hop": 0, "alone": False})
    if row is None or row["state"] in ENDED or (row["wait_s"] or 0.0) > 0:
        return False
    return bool(row["is_for_one_alone"])


def read_checkpoints(engine: Engine, claimed: Claim) -> dict[str, Any]:
    """Return the outputs of the finished stages by name: those of the job's round, and those of earlier rounds for
    stages that have not run again since. Abandons executions that other workers left open.
    Raises `LeaseLost` and `Unavailable`."""
    if claimed.is_fresh:
        return {}
    lease = claimed.lease
    found = db.execute(engine, CHECKPOINTS, {"id": lease.job_id, "token": lease.token, "round": claimed.round})
    if not found:
        raise LeaseLost
    return {row["stage"]: row["output"] for row in found if row["stage"] is not None}


def renew(engine: Engine, leases: Sequence[Lease], lease_s: float) -> set[str]:
    """Renew all of `leases` in one statement; return the tokens of those that are certainly lost.

    A lease whose row was locked just then is neither renewed nor lost. Raises `Unavailable`.
    """
    parameters = {
        "ids": [lease.job_id for lease in leases],
        "tokens": [lease.token for lease in leases],
        "deadlines": [lease.deadline for lease in leases],
        "lease_s": lease_s,
    }
    # By token, not by job: one process may hold a job and still run the stale worker that lost it.
    renewed = {row["token"] for row in db.execute(engine, RENEW, parameters)}
    missing = [lease for lease in leases if lease.token not in renewed]
    if not missing:
        return set()
    found = db.execute(engine, HOLDERS, {"ids": [lease.job_id for lease in missing]})
    holders = {row["id"]: row["token"] for row in found}
    return {lease.token for lease in missing if holders.get(lease.job_id) != lease.token}


def say_progress(engine: Engine, lease: Lease, fraction: float, note: str) -> None:
    """Record how far the current stage is. Raises `Unavailable`; a lost lease is not reported here."""
    db.execute(engine, PROGRESS, {"id": lease.job_id, "token": lease.token, "fraction": fraction, "note": note})


def fenced(
    engine: Engine,
    lease: Lease,
    write: Callable[[], Sequence[Row]],
    *,
    out_of_time: Callable[[], bool],
    is_committed: Callable[[Row], bool] = lambda _row: False,
) -> Sequence[Row]:
    """Run a fenced write until its fate is known; return its rows, or the job's row if it was committed before.

    If the answer was lost, the write is repeated (never the work): its condition sees what the first one did. No rows
    mean that the token is gone, unless the job's row shows (`is_committed`) that the write is already done.
    Raises `LeaseLost`, `db.BadData`, and `Unavailable` once `out_of_time()` holds; after `MEND_S` already if somebody
    has to mend the database first.
    """
    pause = 0.05
    mended_by = time.monotonic() + MEND_S
    while True:
        try:
            rows = write() or _committed_row(engine, lease, is_committed)
        except Unavailable as error:
            is_hopeless = isinstance(error, db.NotExecuted) and error.needs_a_person and time.monotonic() > mended_by
            if out_of_time() or is_hopeless:
                raise
            log.warning("a write under a lease got no answer; repeating it", exc_info=True)
        else:
            if rows:
                return rows
            if out_of_time():
                raise Unavailable("lease_uncertain", "Another session holds a lock on the job's row.")
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


def _committed_row(engine: Engine, lease: Lease, is_committed: Callable[[Row], bool]) -> Sequence[Row]:
    """The job's row if the write is already committed, else nothing. Raises `LeaseLost` if the token is gone."""
    row = _holder(engine, lease)
    if row is None or not row["mine"]:
        raise LeaseLost
    return [row] if is_committed(row) else []


def _holder(engine: Engine, lease: Lease) -> Row | None:
    return db.first(engine, HOLDER, {"id": lease.job_id, "token": lease.token})


def _claimed_after_all(
    engine: Engine,
    job: JobMessage,
    uncertain: Lease,
    left_s: float,
    give_back: Callable[[Lease], None],
) -> Claim | Refusal:
    """The claim's answer was lost: check on a new connection whether it was committed."""
    try:
        row = _holder(engine, uncertain)
        if row is not None and row["mine"]:
            return _claim(row, row["now"] + timedelta(seconds=left_s))
        return standing(engine, job, uncertain.run, uncertain.hop) or Busy("The claim's answer was lost.", 1.0)
    except Unavailable:
        give_back(uncertain)
        raise


def _claim(row: Row, deadline: datetime) -> Claim:
    return Claim(
        lease=Lease(job_id=row["id"], run=row["run"], hop=row["hop"], token=str(row["lease_token"]), deadline=deadline),
        round=row["round"],
        stage=row["stage"],
        sent_back_by=row["sent_back_by"],
        progress=row["progress"],
        attempts=row["attempts"],
        failures=row["failures"],
        waits=row["waits"],
        waits_for=row["waits_for"],
        waited_s=max(0.0, row["waited_s"] or 0.0),
        elapsed_s=max(0.0, row["elapsed_s"]),
        claimed_at=time.monotonic(),
        is_fresh=row["state_before"] == "pending" and row["progress"] == 0 and row["failures"] == 0,
        is_takeover=row["state_before"] == "processing",
        deaths=row["deaths"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        traceparent=row["traceparent"],
        submitted_by=row["submitted_by"],
    )
