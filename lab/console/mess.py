"""The mess of the exercise "films have been failing since noon": 3,000 jobs of five hours, of which 400 failed for
three reasons; a user who floods; jobs that wait for a provider or are held by a forgotten pause; results that Pub/Sub
refused."""

from sqlalchemy import Engine, text

from lab.console.fill import Amounts, fill
from service import db
from service.delivery.messages import JobMessage

AMOUNTS = Amounts(
    jobs=3_000,
    failed=400,
    pending=800,
    refused=0,
    detailed=3_000,
    hours=5.0,
    kinds=(
        ("provider_error", "RENDER_EXECUTION", "The provider answered 500 for request %s, five times.", 70),
        ("over_budget", "FINANCIAL_OPTIMIZATION", "The cheapest plan costs %s.20 USD, and the job may spend 5.", 22),
        ("stage_crashed", "AUDIO_GENERATION", "Stage AUDIO_GENERATION crashed: IndexError (narrator.py:%s).", 8),
    ),
)
FLOOD = "flood-inc"
PROVIDER = "provider:vertex"
PARKED = 12
TRACEBACK = """Traceback (most recent call last):
  File "/app/service/pipelines/film/stages/audio.py", line 61, in run
    spoken = narrator.narrate(context, request)
  File "/app/own/narrator.py", line 4, in narrate
    voice = VOICES[request.voice][0]
IndexError: list index out of range"""

CRASHED = """
UPDATE job_stages s SET output = json_build_object('traceback', CAST(:traceback AS text)) FROM jobs j
WHERE j.id = s.job_id AND j.error_code = 'stage_crashed' AND s.status = 'failed'
"""
UNLIMITED = "UPDATE jobs SET held_for = NULL, held_at = NULL WHERE held_for = 'limit_jobs_in_work'"
PAUSE = """
INSERT INTO pauses (scope, name, why, paused_by, since)
VALUES ('preset', 'premium_spot', 'Vertex is down', 'bob@example.com', now() - interval '2 hours')
"""
HELD = """
UPDATE jobs SET held_for = 'paused_preset', held_at = created_at
WHERE state = 'pending' AND preset = 'premium_spot' AND user_id <> :flood AND waits_for IS NULL AND error_code IS NULL
"""
TO_BE_SENT = "SELECT id, user_id, content, preset, metadata, extra FROM jobs WHERE state IN ('pending', 'failed')"
REFUSED = """
INSERT INTO outbox (job_id, topic, message_key, attributes, payload, created_at, parked_at, error)
SELECT id, 'aiprod-pipeline-results', concat_ws(chr(58), 'result', id, 1), '{}', json_build_object('job_id', id)::text,
       updated_at, now() - interval '1 hour', 'PermissionDenied: 403 User not authorized to perform this action.'
FROM jobs WHERE state = 'completed' ORDER BY created_at DESC LIMIT :parked
"""


def make(database_url: str) -> None:
    """Make the mess in a migrated, empty database."""
    fill(database_url, AMOUNTS)
    engine = db.connect(database_url, pool_size=1)
    with engine.begin() as connection:
        connection.execute(text(CRASHED), {"traceback": TRACEBACK})
        for sql in (UNLIMITED, PAUSE):
            connection.execute(text(sql))
        connection.execute(text(HELD), {"flood": FLOOD})
        connection.execute(text(REFUSED), {"parked": PARKED})
        # What is sent again is compared with what is on record.
        rows = connection.execute(text(TO_BE_SENT)).mappings().all()
        inputs = [{"id": row["id"], "sha": JobMessage.stored(dict(row)).input_sha256} for row in rows]
        connection.execute(text("UPDATE jobs SET input_sha256 = :sha WHERE id = :id"), inputs)
    engine.dispose()


DONE = {
    "dead letters that are open": (
        "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL AND discarded_at IS NULL"
    ),
    "jobs that failed and were not replayed": (
        "SELECT count(*) FROM jobs WHERE state <> 'completed' AND id IN (SELECT job_id FROM dead_letters"
        " WHERE reason IN ('provider_error', 'stage_crashed'))"
    ),
    "jobs over their budget that were not discarded": (
        "SELECT count(*) FROM dead_letters WHERE reason = 'over_budget' AND discarded_at IS NULL"
    ),
    "jobs that wait for the provider, or were tried in vain": (
        "SELECT count(*) FROM jobs WHERE state = 'pending' AND (waits_for IS NOT NULL OR error_code IS NOT NULL)"
    ),
    "pauses": "SELECT count(*) FROM pauses",
    "jobs that are held by a pause": "SELECT count(*) FROM jobs WHERE state = 'pending' AND held_for LIKE 'paused%'",
    "messages that are refused": "SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL",
    "floods without a limit": (
        "SELECT 1 - count(*) FROM user_limits WHERE user_id = 'flood-inc' AND jobs_in_work IS NOT NULL"
    ),
    "acts without a reason": "SELECT count(*) FROM acts WHERE why = ''",
}
"""What must be none in the end."""


def left(engine: Engine) -> dict[str, int]:
    """What is left to do, and how much of it."""
    with engine.connect() as connection:
        counts = {what: int(connection.execute(text(sql)).scalar_one()) for what, sql in DONE.items()}
    return {what: count for what, count in counts.items() if count}
