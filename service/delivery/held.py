"""Held jobs: pending jobs without a message in flight. How a delivery holds one, and how their messages are sent again.

A hold is committed, then its message is acked (204). It is sent again when its reason is gone: by `resume`, by the end
of another job of its user, and by each sweep. docs/protocol/rules.md says which condition each statement carries.

Limits are counted under a lock for each user. It comes in the same round trip, as a statement of its own before the one
that counts: the snapshot of a statement that waits for a lock is older than what it waited for. Both run in one
transaction, because they are sent as one query.
"""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain

from msgspec import Struct
from sqlalchemy import Engine, text

from service import db
from service.config import NO_LIMITS, Limits, Topics
from service.delivery import claims, outbox, outgoing, settle, transitions
from service.delivery.claims import Busy, Claim, Conflict, Settled, Suspect
from service.delivery.gate import Gate, read_rules
from service.delivery.messages import JobMessage
from service.delivery.outbox import Publisher, Rejected
from service.delivery.outcomes import Outcome
from service.errors import Unavailable
from service.states import LIMITED, PAUSED, SQL_UNENDED, HeldFor, sql_list
from service.strictjson import dump

log = logging.getLogger(__name__)

LOCK_USER = settle.LOCK_USER
BATCH = 500
SENT_AT_ONCE = 100
"""Held jobs of one user that one pass sends at most: a user without a limit in work leaves the others their turn."""

# For the limits on what a user has: its jobs in work, its open jobs, and what its jobs have spent today. A job that
# waits outside (`limit_open_jobs`) is not open. An order whose fate is unknown counts in full.
IN_WORK = "(SELECT count(*) FROM jobs w WHERE w.user_id = :user_id AND w.state = 'processing' AND w.id <> :id)"
OPEN = f"""(SELECT count(*) FROM jobs w WHERE w.user_id = :user_id AND w.state IN {SQL_UNENDED} AND w.id <> :id
    AND w.held_for IS DISTINCT FROM 'limit_open_jobs')"""
UNENDED = f"(SELECT count(*) FROM jobs w WHERE w.user_id = :user_id AND w.state IN {SQL_UNENDED} AND w.id <> :id)"
SPENT_TODAY = """(SELECT coalesce(sum(e.cost_usd), 0) FROM job_effects e JOIN jobs w ON w.id = e.job_id
    WHERE w.user_id = :user_id
      AND e.intended_at >= date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')"""


def _hold(before: str, source: str, condition: str, answer: str) -> str:
    """The statement that keeps a job pending and held: created if it is new, taken over from an older hop if not.
    `source` has one row with `held_for` and `note`. A job that was held for the same reason before stays as it was, and
    its history gets no second row. A lease is never touched: a job in work is not held."""
    return f"""
WITH {before} kept AS (
    INSERT INTO jobs AS j (id, user_id, content, preset, metadata, extra, input_sha256, state, run, hop, stage,
                           held_for, held_at)
    SELECT :id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending',
           :run, :hop, :first_stage, held_for, CASE WHEN held_for IS NOT NULL THEN clock_timestamp() END
    FROM {source} WHERE NOT EXISTS (SELECT FROM tombstones WHERE job_id = :id)
    ON CONFLICT (id) DO UPDATE SET run = EXCLUDED.run, hop = EXCLUDED.hop, state_before = j.state,
        held_at = CASE WHEN j.held_for = EXCLUDED.held_for THEN j.held_at ELSE clock_timestamp() END,
        held_for = EXCLUDED.held_for, updated_at = clock_timestamp()
    WHERE j.input_sha256 = EXCLUDED.input_sha256 AND (EXCLUDED.run, EXCLUDED.hop) >= (j.run, j.hop)
      AND j.state = 'pending' {condition}
    RETURNING id, run, state_before, held_for, held_at
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT kept.id, kept.run, kept.state_before, 'pending', kept.held_for, why.note FROM kept, {source} why
    WHERE kept.held_for IS NOT NULL AND kept.held_at >= statement_timestamp()
)
{answer}
"""


HOLD = text(
    _hold(
        "reason AS (SELECT CAST(:held_for AS text) AS held_for, CAST(:note AS json) AS note),",
        "reason",
        "",
        "SELECT held_for FROM kept",
    )
)

# A job without a row is created here even if no limit is reached: the next one of its user must count it. A job that
# was let in once is not counted against the open jobs again, whatever the limit is now.
ADMIT = text(
    LOCK_USER
    + _hold(
        f"""
used AS (
    SELECT {SPENT_TODAY} AS usd, {OPEN} AS open, {IN_WORK} AS in_work,
           NOT EXISTS (SELECT FROM jobs o WHERE o.id = :id AND o.held_for IS DISTINCT FROM 'limit_open_jobs') AS is_new
), verdict AS (
    SELECT CASE WHEN usd >= CAST(:usd_a_day AS numeric) THEN 'limit_usd_a_day'
                WHEN is_new AND open >= CAST(:open_jobs AS int) THEN 'limit_open_jobs'
                WHEN in_work >= CAST(:jobs_in_work AS int) THEN 'limit_jobs_in_work' END AS held_for
    FROM used
), reason AS (
    SELECT held_for, json_build_object('limit', CASE held_for
        WHEN 'limit_usd_a_day' THEN CAST(:usd_a_day AS numeric)
        WHEN 'limit_open_jobs' THEN CAST(:open_jobs AS int) ELSE CAST(:jobs_in_work AS int) END) AS note
    FROM verdict
),""",
        "reason",
        "AND EXCLUDED.held_for IS NOT NULL",
        "SELECT reason.held_for, kept.id IS NOT NULL AS is_kept FROM reason LEFT JOIN kept ON true",
    )
)

# Jobs whose pause is over, by the pauses as they are now and by what the history says the job is held for. Only small
# columns: a job may weigh 10 MB, so each is read when it is sent.
FREE = text(f"""
SELECT j.id, j.held_for FROM jobs j
WHERE j.state = 'pending' AND j.held_for IN {sql_list(PAUSED)}
  AND (j.not_before IS NULL OR j.not_before <= clock_timestamp())
  AND NOT EXISTS (SELECT FROM pauses p WHERE p.scope = 'all' OR (p.scope, p.name) IN (('user', j.user_id),
                                                                                     ('preset', j.preset)))
  AND (j.held_for <> 'paused_provider' OR NOT EXISTS (
      SELECT FROM pauses p WHERE p.scope = 'provider' AND p.name = (
          SELECT s.state_metadata ->> 'name' FROM job_states s WHERE s.job_id = j.id AND s.reason = j.held_for
          ORDER BY s.id DESC LIMIT 1)))
ORDER BY j.created_at, j.id LIMIT :limit
""")

# The time on hold does not count towards the hours that a job may wait for a dependency.
_SENT = """held_for = NULL, held_at = NULL, enqueued_at = clock_timestamp(), resends = 0,
    waiting_since = j.waiting_since + (clock_timestamp() - j.held_at),
    updated_at = clock_timestamp()"""
_MESSAGE = f"""id, user_id, run, hop, {outgoing.JOB_ATTRIBUTES} AS attributes,
    {outgoing.JOB_PAYLOAD} AS payload"""

# Stamped before sending, so that two at once send one message. A process that dies in between leaves a pending job
# without a message, which the sweep's STALE finds.
FREED = text(f"""
UPDATE jobs j SET {_SENT} WHERE j.id = :id AND j.state = 'pending' AND j.held_for = :held_for
RETURNING {_MESSAGE}, :held_for AS was_held_for
""")

# The oldest job that a user's limits let go on now. `:sent` were let go a moment ago and are not in work yet.
NEXT = text(
    LOCK_USER
    + f"""
WITH used AS (
    SELECT {SPENT_TODAY} AS usd, {OPEN} AS open, {IN_WORK} AS in_work
), held AS (
    SELECT id, created_at, held_for FROM jobs
    WHERE user_id = :user_id AND state = 'pending' AND held_for IN {sql_list(LIMITED)}
      AND (not_before IS NULL OR not_before <= clock_timestamp())
), waiting AS (
    (SELECT * FROM held WHERE held_for <> 'limit_open_jobs' ORDER BY created_at, id LIMIT 1)
    UNION ALL
    (SELECT held.* FROM held, used WHERE held_for = 'limit_open_jobs'
         AND (CAST(:open_jobs AS int) IS NULL OR open < CAST(:open_jobs AS int)) ORDER BY created_at, id LIMIT 1)
), next AS (
    SELECT waiting.* FROM waiting, used
    WHERE (CAST(:jobs_in_work AS int) IS NULL OR in_work + :sent < CAST(:jobs_in_work AS int))
      AND (CAST(:usd_a_day AS numeric) IS NULL OR usd < CAST(:usd_a_day AS numeric))
    ORDER BY created_at, id LIMIT 1
)
UPDATE jobs j SET {_SENT}
WHERE j.id = (SELECT next.id FROM next) AND j.state = 'pending' AND j.held_for IS NOT NULL
RETURNING {_MESSAGE}, (SELECT next.held_for FROM next) AS was_held_for
"""
)

# Pub/Sub did not take it: held again, for the next sweep. If it did take it after all, the claim ends the hold.
HELD_AGAIN = text("""
UPDATE jobs SET held_for = :held_for, held_at = clock_timestamp(), updated_at = clock_timestamp()
WHERE id = :id AND run = :run AND hop = :hop AND state = 'pending' AND held_for IS NULL
""")

WAITING_USERS = text(f"""
SELECT user_id FROM (
    SELECT DISTINCT user_id FROM jobs WHERE state = 'pending' AND held_for IN {sql_list(LIMITED)}
) u ORDER BY random()
""")


class Sent(Struct, frozen=True, kw_only=True):
    """The ids of held jobs whose messages were sent, and how many Pub/Sub did not take."""

    job_ids: tuple[str, ...] = ()
    failed: int = 0


def hold(
    engine: Engine, gate: Gate, job: JobMessage, *, run: int, hop: int, first_stage: str
) -> Conflict | Settled | Busy | None:
    """Hold the job if it is paused or its user is at a limit: `Settled(Outcome.HELD)`, and its message may be acked.

    Returns None if it may be claimed, else why the message is not to be held either (as `claims.standing`). A user
    without a limit costs no statement. Raises `Unavailable`, and `db.BadData` if the database refuses the job's data.
    """
    rules = gate.rules(engine)
    pause = rules.pause_of(job, gate.providers_of)
    limits = rules.limits_of(job.user_id)
    if pause is None and limits == NO_LIMITS:
        return None
    parameters: dict[str, object] = {**job.columns, "run": run, "hop": hop, "first_stage": first_stage}
    if pause is not None:
        why = {"held_for": pause.held_for.value, "note": dump(pause.note)}
        is_held = bool(db.execute(engine, HOLD, {**parameters, **why}))
        held_for = pause.held_for.value
    else:
        (verdict,) = db.execute(engine, ADMIT, {**parameters, **_as_parameters(limits)})
        if verdict["held_for"] is None:
            return None
        is_held, held_for = verdict["is_kept"], verdict["held_for"]
    if not is_held:
        standing = claims.standing(engine, job, run, hop)
        # A suspect can be claimed, by itself; it is given back as held after that.
        return None if isinstance(standing, Suspect) else standing
    log.info("held", extra={"action": "hold", "reason": held_for})
    return Settled(Outcome.HELD)


def is_paused(engine: Engine, gate: Gate, job: JobMessage) -> bool:
    """Whether the job falls under a pause. Raises `Unavailable`."""
    return gate.rules(engine).pause_of(job, gate.providers_of) is not None


def steps_back(engine: Engine, gate: Gate, job: JobMessage, claim: Claim, *, deadline: float) -> bool:
    """Give a claimed job back as held, if it must not run after all; return whether it was.

    Between `hold` and the claim, other jobs of the user may have been claimed: under the user's lock, each counts
    all of them and the one that is too many goes back. So no more than the limit ever run, and the last of those that
    were claimed at the same time stays. A job that a dead worker left in work cannot be held before it is claimed, so a
    pause is applied to it here. Uses up no attempt. Raises `LeaseLost` and `Unavailable`.
    """
    rules = gate.rules(engine)
    pause = rules.pause_of(job, gate.providers_of)
    most = rules.limits_of(job.user_id).jobs_in_work
    if pause is not None:
        held = transitions.held(pause.held_for, pause.note)
        settle.settle(engine, claim.lease, held, out_of_time=lambda: time.monotonic() > deadline)
    elif most is None:
        return False
    else:
        held = transitions.held(HeldFor.LIMIT_JOBS_IN_WORK, {"limit": most})
        if not settle.step_back(engine, claim.lease, held, user_id=job.user_id, most=most):
            return False
    log.info("held after its claim", extra={"action": "hold", "reason": held.held_for})
    return True


@contextmanager
def followed_by_next(
    engine: Engine, publisher: Publisher, topics: Topics, gate: Gate, user_id: str, *, until: float
) -> Iterator[None]:
    """When the block ends, send the held job of this user that comes next, if the user has limits.

    Whatever goes wrong is left to the sweep: this delivery's own answer does not depend on it.
    """
    try:
        yield
    finally:
        try:
            limits = gate.rules(engine).limits_of(user_id)
            if limits != NO_LIMITS and time.monotonic() < until:
                _Sending(engine, publisher, topics, until).next_of(user_id, limits)
        except Unavailable as error:
            log.warning("the user's next job is left to the sweep: %s", error.sentence, extra={"action": "hold"})


def send_held(
    engine: Engine, publisher: Publisher, topics: Topics, *, limits: Limits, until: float, user_id: str | None = None
) -> Sent:
    """Send the messages of held jobs whose reason is gone, until there are none or it is `until` (monotonic seconds).

    With `user_id`, only what that user's limits held. `limits` are the setting's. Raises `Unavailable` if the database
    cannot be reached.
    """
    rules = read_rules(engine, limits)
    sending = _Sending(engine, publisher, topics, until)
    users = [user_id] if user_id else [row["user_id"] for row in db.execute(engine, WAITING_USERS, {})]
    passes = [] if user_id else [sending.free_jobs()]
    passes += [sending.jobs_of(user, rules.limits_of(user)) for user in users]
    sent: list[str] = []
    failed = 0
    for job_id, is_sent in chain.from_iterable(passes):
        if is_sent:
            sent.append(job_id)
        else:
            failed += 1
        if failed >= outbox.MAX_FAILURES or time.monotonic() > until:
            break
    return Sent(job_ids=tuple(sent), failed=failed)


class _Sending(Struct, frozen=True):
    """Sends held jobs one by one: the row is stamped, which also reads it, then its message is published."""

    engine: Engine
    publisher: Publisher
    topics: Topics
    until: float

    def free_jobs(self) -> Iterator[tuple[str, bool]]:
        """Send the jobs whose pause is over, oldest first; yield each one's id, and whether it was sent."""
        while rows := db.execute(self.engine, FREE, {"limit": BATCH}):
            for row in rows:
                freed = db.first(self.engine, FREED, dict(row))
                if freed is not None:
                    yield row["id"], self._publish(freed)

    def jobs_of(self, user_id: str, limits: Limits) -> Iterator[tuple[str, bool]]:
        """As `free_jobs`, for what the limits of one user held and now let go on."""
        for sent in range(SENT_AT_ONCE):
            found = self.next_of(user_id, limits, sent=sent)
            if found is None:
                return
            yield found

    def next_of(self, user_id: str, limits: Limits, *, sent: int = 0) -> tuple[str, bool] | None:
        """Send the user's next job, if its limits let one go on; `sent` were sent a moment ago."""
        # No job has the id '': all of them are counted.
        row = db.first(self.engine, NEXT, {"user_id": user_id, "id": "", "sent": sent, **_as_parameters(limits)})
        return None if row is None else (row["id"], self._publish(row))

    def _publish(self, row: db.Row) -> bool:
        """Publish the message of a job that is held no longer; hold it again if Pub/Sub does not take it."""
        message = outgoing.stored_job_message(self.topics, row)
        try:
            outbox.publish_one(self.publisher, message, self.until)
        except (Unavailable, Rejected):
            log.exception("the message of a held job could not be sent", extra={"job_id": row["id"]})
            again = {"id": row["id"], "run": row["run"], "hop": row["hop"], "held_for": row["was_held_for"]}
            db.execute(self.engine, HELD_AGAIN, again)
            return False
        log.info("held no longer", extra={"action": "release", "job_id": row["id"], "reason": row["was_held_for"]})
        return True


def _as_parameters(limits: Limits) -> Mapping[str, object]:
    return {"open_jobs": limits.open_jobs, "jobs_in_work": limits.jobs_in_work, "usd_a_day": limits.usd_a_day}
