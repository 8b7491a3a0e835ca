"""What the doctor says of pauses: one that nobody remembers, and held jobs that nobody sends."""

from typing import Any

from sqlalchemy import Engine, text

from service import db
from service.config import read_settings
from service.doctor import facts
from service.doctor.controls import Controls, Paused, check_controls
from service.doctor.database import Backlog
from service.doctor.findings import NotChecked
from service.operator import pauses

OLD = Paused(scope="user", name="u 1", why="abuse", paused_by="ada", age_s=3.2 * 86_400)


def test_a_pause_older_than_a_day_is_named_with_the_command_that_ends_it() -> None:
    young = Paused(scope="all", name="", why="an outage", paused_by="bob", age_s=60)
    first, second = check_controls(Controls(pauses=[OLD, young], unsent=0))
    assert (first.level, first.sentence) == ("warn", "The user u 1 has been paused for 3 d by ada: abuse")
    assert first.fix == "python -m service resume --user 'u 1' --why \"…\""
    assert (second.level, second.fix) == ("ok", None)
    assert second.sentence == "All intake has been paused for less than a day by bob: an outage"


def test_nothing_paused_is_no_finding_and_what_is_not_sent_is_one() -> None:
    assert check_controls(Controls(pauses=[], unsent=0)) == []
    (finding,) = check_controls(Controls(pauses=[], unsent=3))
    assert (finding.level, "3 jobs are held" in finding.sentence) == ("fail", True)
    (finding,) = check_controls(NotChecked("It does not answer."))
    assert finding.level == "unknown"


HELD = text("""
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, stage, state, held_for, held_at,
                  enqueued_at)
VALUES ('j', 'u', 'c', 'p', '{}', '{}', '', 'A', 'pending', 'paused_all', now(), now() - interval '1 day')
""")


def test_a_held_job_is_not_taken_for_a_lost_one(engine: Engine, database_url: str) -> None:
    env: dict[str, Any] = {"GOOGLE_CLOUD_PROJECT": "my-project-1", "ARTIFACTS_URL": "file:///tmp/x", "AUTH": "off"}
    settings = read_settings({**env, "DATABASE_URL": database_url, "HOST": "127.0.0.1"})
    pauses.pause(engine, "all", "", who="ada", why="an outage")
    db.execute(engine, HELD, {})
    backlog = facts.backlog(engine, settings)
    assert isinstance(backlog, Backlog)
    assert backlog.stale == 0
    pauses.resume(engine, "all", "", who="ada", why="over")
    # The sweep may not have come yet.
    assert facts.controls(engine) == Controls(pauses=[], unsent=0)
    db.execute(engine, text("UPDATE acts SET created_at = created_at - interval '1 hour'"), {})
    assert facts.controls(engine) == Controls(pauses=[], unsent=1)
