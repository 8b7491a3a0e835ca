"""The story of one job, on a real PostgreSQL."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, insert, update

from service import db, queries
from service.db.schema import dead_letters, job_effects, job_results, job_stages, job_states, jobs
from tests.support import wire
from tests.support.bad_messages import JOB
from tests.support.rows import NOON, TOKEN, put


@pytest.fixture
def told(engine: Engine) -> Engine:
    """A job that failed in its first run, was replayed, and is at work in its second."""
    put(engine)
    job_id = JOB["job_id"]

    def stage(**values: object) -> None:
        row = {"job_id": job_id, "round": 0, "attempt": 1, "lease_token": TOKEN, "run": 1, **values}
        db.execute(engine, insert(job_stages).values(**row), {})

    stage(stage="INIT", status="finished", finished_at=NOON, output={"ok": True})
    stage(stage="ANALYSIS", status="failed", error="the model was away")
    db.execute(
        engine,
        insert(job_results).values(
            job_id=job_id, run=1, status="error", error_code="away", error_message="It was away.", processing_time_ms=5
        ),
        {},
    )
    for before, after, reason in (
        ("pending", "processing", "claimed"),
        ("processing", "failed", "failed"),
        ("failed", "pending", "replayed"),
        ("pending", "processing", "claimed"),
    ):
        change = insert(job_states).values(
            job_id=job_id, run=1, previous_state=before, new_state=after, reason=reason, state_metadata={"by": "x"}
        )
        db.execute(engine, change, {})
    stage(stage="ANALYSIS", status="finished", run=2, attempt=2, finished_at=NOON)
    stage(stage="FAST_TRACK", status="started", run=2)
    stage(stage="INIT", status="finished", run=2, round=1, finished_at=NOON)
    now = update(jobs).values(
        state="processing", lease_token=TOKEN, run=2, stage="FAST_TRACK", stage_progress=0.5, stage_note="halfway"
    )
    db.execute(engine, now, {})
    return engine


def test_the_story_of_a_job(told: Engine) -> None:
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    job = story.job
    assert (job.state, job.run, job.stage, job.stage_progress) == ("processing", 2, "FAST_TRACK", 0.5)
    assert job.created_at.tzinfo is not None
    assert [one.reason for one in story.history] == ["submitted", "claimed", "failed", "replayed", "claimed"]
    assert story.history[1].state_metadata == {"by": "x"}
    assert story.history[0].created_at <= story.history[-1].created_at
    assert [(one.stage, one.status, one.run) for one in story.stages] == [
        ("INIT", "finished", 1),
        ("ANALYSIS", "failed", 1),
        ("ANALYSIS", "finished", 2),
        ("FAST_TRACK", "started", 2),
        ("INIT", "finished", 2),
    ]
    assert story.stages[0].finished_at == NOON
    assert story.stages[1].error == "the model was away"
    assert story.done == 2, "of this round alone"
    assert story.result is None, "the run at work has none yet"
    assert [(one.run, one.status, one.error_code) for one in story.results] == [(1, "error", "away")]


def test_the_result_of_the_current_run(told: Engine) -> None:
    result = insert(job_results).values(
        job_id=JOB["job_id"], run=2, status="success", output={"url": "file:///film.mp4"}, processing_time_ms=9
    )
    db.execute(told, result, {})
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    assert story.result is not None
    assert story.result.output == {"url": "file:///film.mp4"}
    assert len(story.results) == 2


def test_a_job_that_nobody_knows(engine: Engine) -> None:
    assert queries.job_story(engine, "nobody's") is None
    assert queries.job_inputs(engine, "nobody's") is None


def test_a_job_that_has_just_come_has_a_short_story(engine: Engine) -> None:
    put(engine)
    story = queries.job_story(engine, JOB["job_id"])
    assert story is not None
    assert (story.stages, story.results, story.done) == ([], [], 0)


def buy(engine: Engine, name: str, **values: object) -> None:
    """An effect of the running stage, intended now."""
    row = {"job_id": JOB["job_id"], "stage": "FAST_TRACK", "name": name, "run": 2, "round": 0, "request_id": TOKEN}
    db.execute(engine, insert(job_effects).values(**{**row, "cost_usd": 0.25, **values}), {})


def test_the_effects_of_a_job_and_how_they_stand(told: Engine) -> None:
    other = TOKEN.replace("1", "2")
    buy(told, "done", started_at=NOON, finished_at=NOON, run=1, intended_at=NOON)
    buy(told, "asked for", started_at=NOON, orders=2, unknown_id=other, cost_usd=0.5)
    buy(told, "in hand")
    buy(told, "of a worker that died", intended_at=NOON)
    buy(told, "of another stage", stage="INIT")
    buy(told, "of the run before", run=1)
    db.execute(told, update(jobs).values(spent_usd=1.75, sent_back_by="QA"), {})
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    assert (story.job.spent_usd, story.job.sent_back_by) == (1.75, "QA")
    assert {one.name: story.effect_state(one) for one in story.effects} == {
        "done": "finished",
        "of a worker that died": "unknown",
        "asked for": "started",
        "in hand": "intended",
        "of another stage": "unknown",
        "of the run before": "unknown",
    }
    assert [one.name for one in story.unknown_orders] == [
        "of a worker that died",
        "of another stage",
        "of the run before",
    ]
    (twice,) = [one for one in story.effects if one.orders == 2]
    assert (twice.order_ids, twice.cost_usd) == ([other, TOKEN], 0.5)
    db.execute(told, update(job_stages).where(job_stages.c.status == "started").values(status="abandoned"), {})
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    assert "in hand" in [one.name for one in story.unknown_orders], "whoever was to order it is gone"


def test_a_version_is_the_storys_and_changes_with_it(told: Engine) -> None:
    def now() -> str:
        story = queries.job_story(told, JOB["job_id"])
        assert story is not None
        assert queries.job_version(told, JOB["job_id"]) == story.version
        return story.version

    buy(told, "film")
    versions = [now()]
    for change in (
        update(jobs).values(updated_at=func.clock_timestamp()),
        update(job_stages).where(job_stages.c.status == "started").values(status="abandoned"),
        insert(dead_letters).values(job_id=JOB["job_id"], message_key="k", reason="r", error="e", metadata={}),
        update(dead_letters).values(discarded_at=NOON),
        update(job_effects).values(started_at=NOON, operation={"id": 1}),
        update(job_effects).values(finished_at=NOON, result={}, cost_usd=0.2),
        update(jobs).values(lease_until=NOON),
        update(jobs).values(held_for="paused_user"),
    ):
        db.execute(told, change, {})
        versions.append(now())
    assert len(set(versions)) == len(versions)
    db.execute(told, update(jobs).values(enqueued_at=NOON, resends=3), {})
    assert now() == versions[-1], "nothing of it is in a story"
    assert queries.job_version(told, "nobody's") is None


def test_a_version_is_read_without_any_json(told: Engine) -> None:
    """Outputs and notes may be megabytes, kept beside the row."""
    seen: list[str] = []
    with wire.listening(told, "before", lambda _connection, sql, _values: seen.append(sql)):
        queries.job_version(told, JOB["job_id"])
    (statement,) = seen
    assert not re.search("json|output|metadata|content|error", statement)


def test_a_brief_is_cut_unless_it_is_asked_for_as_a_whole(told: Engine) -> None:
    job_id = JOB["job_id"]
    short = queries.job_brief(told, job_id)
    assert short is not None
    assert (short.content, short.content_chars) == (JOB["content"], len(JOB["content"]))
    assert (short.metadata, short.metadata_bytes) == ({"lang": "en"}, len('{"lang":"en"}'))
    long = {"content": "é" * 5_000, "metadata": {"notes": "x" * 5_000}}
    db.execute(told, update(jobs).values(**long), {})
    cut = queries.job_brief(told, job_id)
    assert cut == queries.Brief(content="é" * 2_000, content_chars=5_000, metadata=None, metadata_bytes=5_013)
    whole = queries.job_brief(told, job_id, is_whole=True)
    assert whole is not None
    assert {"content": whole.content, "metadata": whole.metadata} == long
    assert queries.job_brief(told, "nobody's") is None


def test_where_a_failure_was(told: Engine) -> None:
    def failure() -> queries.Failure | None:
        story = queries.job_story(told, JOB["job_id"])
        assert story is not None
        return story.failure

    assert failure() is None
    db.execute(told, update(jobs).values(error_code="away", error_message="It was away."), {})
    assert failure() == queries.Failure(stage=None, attempt=None, dead_letter_id=None)
    for attempt in (1, 2):
        note = {"stage": "FAST_TRACK", "attempt": attempt}
        change = insert(job_states).values(
            job_id=JOB["job_id"], run=2, new_state="pending", reason="away", state_metadata=note
        )
        db.execute(told, change, {})
    for run in (1, 2):
        row = {"job_id": JOB["job_id"], "run": run, "message_key": f"k{run}", "reason": "r", "error": "e"}
        db.execute(told, insert(dead_letters).values(**row, metadata={}), {})
    assert failure() == queries.Failure(stage="FAST_TRACK", attempt=2, dead_letter_id=2)


def test_the_stages_that_a_job_has_begun(told: Engine) -> None:
    assert queries.job_stages_begun(told, JOB["job_id"]) == ["INIT", "ANALYSIS", "FAST_TRACK"]
    assert queries.job_stages_begun(told, "nobody's") == []
    one = queries.job(told, JOB["job_id"])
    assert one is not None
    assert (one.state, one.run) == ("processing", 2)
    assert queries.job(told, "nobody's") is None


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-25", datetime(2026, 11, 25, tzinfo=UTC)),
        (" 2026-11-25T12:00:00Z ", NOON),
        ("2026-11-25T13:00:00+01:00", NOON),
        ("2026-11-25T12:00", NOON),
        ("yesterday", None),
        ("", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_a_moment(raw: str, expected: datetime | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match=r"."):
            queries.parse_time(raw)
    else:
        assert queries.parse_time(raw) == expected
