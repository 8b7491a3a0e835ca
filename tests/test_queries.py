"""What is submitted, and what is read, on a real PostgreSQL."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, text, update

from service import db, queries
from service import operator as handling
from service.api.submit import JobIdConflict, Submitted, submit
from service.db.schema import dead_letters, job_effects, job_results, job_stages, job_states, jobs, outbox
from service.delivery.messages import JobMessage, job_from
from service.errors import BadField, Unavailable
from service.queries import Cursor, JobFilter, LetterFilter
from tests.support import wire
from tests.support.bad_messages import JOB, PRESETS
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows

TOKEN = "00000000-0000-4000-8000-000000000001"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def put(engine: Engine, **changes: object) -> Submitted:
    message = job_from(document(changes), PRESETS)
    return submit(engine, message, first_stage="INIT", topic="aiprod-pipeline-jobs")


def count(engine: Engine, table: Any) -> int:
    row = db.one(engine, select(func.count().label("n")).select_from(table), {})
    assert row is not None
    return int(row["n"])


# Submitting


def test_a_job_its_history_and_its_message_are_stored_together(engine: Engine) -> None:
    assert put(engine, campaign={"id": 7}) == Submitted(JOB["job_id"], "pending", is_new=True)
    row = db.one(engine, select(jobs), {})
    assert row is not None
    assert (row["state"], row["state_before"], row["stage"], row["run"], row["hop"]) == ("pending", None, "INIT", 1, 0)
    assert (row["metadata"], row["extra"]) == ({"lang": "en"}, {"campaign": {"id": 7}})
    assert bytes(row["input_sha256"]) == JobMessage(**JOB).input_sha256
    change = db.one(engine, select(job_states), {})
    assert change is not None
    assert (change["previous_state"], change["new_state"], change["reason"]) == (None, "pending", "submitted")
    owed = db.one(engine, select(outbox), {})
    assert owed is not None
    assert owed["message_key"] == f"job:{JOB['job_id']}:1:0"
    assert owed["topic"] == "aiprod-pipeline-jobs"
    assert owed["ordering_key"] == JOB["user_id"]
    assert owed["attributes"] == {"run": "1", "hop": "0"}
    assert owed["published_at"] is None
    assert owed["payload"] == job_from(document({"campaign": {"id": 7}}), PRESETS).encode()


def test_the_same_job_again_is_the_same_job(engine: Engine) -> None:
    put(engine)
    db.rows(engine, update(jobs).values(state="cancelled"), {})
    assert put(engine, campaign="another field that is no input") == Submitted(JOB["job_id"], "cancelled", is_new=False)
    assert (count(engine, jobs), count(engine, job_states), count(engine, outbox)) == (1, 1, 1)


@pytest.mark.parametrize("changes", [{"user_id": "user-2"}, {"content": "Other."}, {"metadata": {}}], ids=str)
def test_other_inputs_under_the_same_id_are_a_conflict(engine: Engine, changes: dict[str, object]) -> None:
    put(engine)
    with pytest.raises(JobIdConflict) as caught:
        put(engine, **changes)
    assert (caught.value.code, caught.value.field) == ("job_id_conflict", "job_id")
    row = db.one(engine, select(jobs.c.content, jobs.c.user_id, jobs.c.metadata), {})
    assert row is not None
    assert dict(row) == {name: JOB[name] for name in ("content", "user_id", "metadata")}
    assert count(engine, outbox) == 1


def test_thirty_submissions_at_once_make_one_job(engine: Engine) -> None:
    start = threading.Barrier(10)

    def together(_: int) -> Submitted:
        start.wait()
        return put(engine)

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(together, range(30)))
    assert sum(answer.is_new for answer in answers) == 1
    assert (count(engine, jobs), count(engine, job_states), count(engine, outbox)) == (1, 1, 1)


def test_a_commit_whose_answer_was_lost_is_looked_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    real, answers = db.rows, iter([True])

    def lose_the_first(*args: Any) -> Any:
        found = real(*args)
        if next(answers, False):
            raise Unavailable("database_unreachable", "The connection was cut.")
        return found

    replace_rows(monkeypatch, lose_the_first)
    assert put(engine).state == "pending"
    assert (count(engine, jobs), count(engine, outbox)) == (1, 1)


def test_a_database_that_is_away_is_said_to_be(engine: Engine) -> None:
    away = db.connect("postgresql+psycopg2://nobody@127.0.0.1:9/none", pool_size=1)
    with pytest.raises(Unavailable):
        submit(away, JobMessage(**JOB), first_stage="INIT", topic="t")
    assert count(engine, jobs) == 0


def test_metadata_is_kept_as_it_was_spelled(engine: Engine) -> None:
    """Else a message built from the row would no longer be the same job."""
    metadata = {"n": [1e2, 100, 1e300, -0.0, 0.1, 10**40], "é\u2028": "\N{CLAPPER BOARD}", "z": 1, "a": 2}
    put(engine, metadata=metadata)
    found = queries.job_inputs(engine, JOB["job_id"])
    assert found is not None
    again = JobMessage(**{**JOB, "metadata": found.metadata, "content": found.content})
    assert again.input_sha256 == job_from(document({"metadata": metadata}), PRESETS).input_sha256


# One job


@pytest.fixture
def told(engine: Engine) -> Engine:
    """A job that failed in its first run, was replayed, and is at work in its second."""
    put(engine)
    job_id = JOB["job_id"]

    def stage(**values: object) -> None:
        row = {"job_id": job_id, "round": 0, "attempt": 1, "lease_token": TOKEN, "run": 1, **values}
        db.rows(engine, insert(job_stages).values(**row), {})

    stage(stage="INIT", status="finished", finished_at=NOON, output={"ok": True})
    stage(stage="ANALYSIS", status="failed", error="the model was away")
    db.rows(
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
        db.rows(engine, change, {})
    stage(stage="ANALYSIS", status="finished", run=2, attempt=2, finished_at=NOON)
    stage(stage="FAST_TRACK", status="started", run=2)
    stage(stage="INIT", status="finished", run=2, round=1, finished_at=NOON)
    now = update(jobs).values(
        state="processing", lease_token=TOKEN, run=2, stage="FAST_TRACK", stage_progress=0.5, stage_note="halfway"
    )
    db.rows(engine, now, {})
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
    db.rows(told, result, {})
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
    """An effect of the stage in hand, intended now."""
    row = {"job_id": JOB["job_id"], "stage": "FAST_TRACK", "name": name, "run": 2, "round": 0, "request_id": TOKEN}
    db.rows(engine, insert(job_effects).values(**{**row, "cost_usd": 0.25, **values}), {})


def test_the_effects_of_a_job_and_how_they_stand(told: Engine) -> None:
    other = TOKEN.replace("1", "2")
    buy(told, "done", started_at=NOON, finished_at=NOON, run=1, intended_at=NOON)
    buy(told, "asked for", started_at=NOON, orders=2, unknown_id=other, cost_usd=0.5)
    buy(told, "in hand")
    buy(told, "of a worker that died", intended_at=NOON)
    buy(told, "of another stage", stage="INIT")
    buy(told, "of the run before", run=1)
    db.rows(told, update(jobs).values(spent_usd=1.75, sent_back_by="QA"), {})
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    assert (story.job.spent_usd, story.job.sent_back_by) == (1.75, "QA")
    assert {one.name: story.standing(one) for one in story.effects} == {
        "done": "finished",
        "of a worker that died": "unknown",
        "asked for": "started",
        "in hand": "intended",
        "of another stage": "unknown",
        "of the run before": "unknown",
    }
    assert [one.name for one in story.unknown] == ["of a worker that died", "of another stage", "of the run before"]
    (twice,) = [one for one in story.effects if one.orders == 2]
    assert (twice.ids, twice.cost_usd) == ([other, TOKEN], 0.5)
    db.rows(told, update(job_stages).where(job_stages.c.status == "started").values(status="abandoned"), {})
    story = queries.job_story(told, JOB["job_id"])
    assert story is not None
    assert "in hand" in [one.name for one in story.unknown], "whoever was to order it is gone"


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
    ):
        db.rows(told, change, {})
        versions.append(now())
    assert len(set(versions)) == len(versions)
    db.rows(told, update(jobs).values(enqueued_at=NOON, lease_until=NOON, resends=3), {})
    assert now() == versions[-1], "nothing of it is in a story"
    assert queries.job_version(told, "nobody's") is None


def test_a_version_is_read_without_any_json(told: Engine) -> None:
    """Outputs and notes may be megabytes, kept beside the row."""
    seen: list[str] = []
    with wire.listening(told, "before", lambda _connection, sql, _values: seen.append(sql)):
        queries.job_version(told, JOB["job_id"])
    (statement,) = seen
    assert not re.search("json|output|metadata|content|error", statement)


def test_where_a_failure_was(told: Engine) -> None:
    def failure() -> queries.Failure | None:
        story = queries.job_story(told, JOB["job_id"])
        assert story is not None
        return story.failure

    assert failure() is None
    db.rows(told, update(jobs).values(error_code="away", error_message="It was away."), {})
    assert failure() == queries.Failure(stage=None, attempt=None, dead_letter_id=None)
    for attempt in (1, 2):
        note = {"stage": "FAST_TRACK", "attempt": attempt}
        change = insert(job_states).values(
            job_id=JOB["job_id"], run=2, new_state="pending", reason="away", state_metadata=note
        )
        db.rows(told, change, {})
    for run in (1, 2):
        row = {"job_id": JOB["job_id"], "run": run, "message_key": f"k{run}", "reason": "r", "error": "e"}
        db.rows(told, insert(dead_letters).values(**row, metadata={}), {})
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
            queries.moment(raw)
    else:
        assert queries.moment(raw) == expected


# Lists


@pytest.fixture
def ten(engine: Engine) -> Engine:
    """Ten jobs, one a minute from noon; the last three at one and the same time."""
    for n in range(10):
        put(
            engine,
            job_id=f"job-{n}",
            user_id=f"user-{n % 2}",
            preset="quick_social" if n < 5 else "premium_spot",
        )
        at = NOON + timedelta(minutes=min(n, 7))
        db.rows(engine, update(jobs).where(jobs.c.id == f"job-{n}").values(created_at=at), {})
    db.rows(engine, update(jobs).where(jobs.c.id.in_(["job-1", "job-2"])).values(state="cancelled"), {})
    return engine


def ids(engine: Engine, **narrow: Any) -> list[str]:
    return [job.id for job in queries.list_jobs(engine, JobFilter(**narrow), limit=100).jobs]


@pytest.mark.parametrize(
    ("narrow", "found"),
    [
        ({}, "9876543210"),
        ({"state": "cancelled"}, "21"),
        ({"user_id": "user-1"}, "97531"),
        ({"preset": "premium_spot"}, "98765"),
        ({"since": NOON + timedelta(minutes=6)}, "9876"),
        ({"until": NOON + timedelta(minutes=2)}, "10"),
        ({"state": "pending", "user_id": "user-0", "until": NOON + timedelta(minutes=5)}, "40"),
        ({"user_id": "nobody"}, ""),
    ],
    ids=str,
)
def test_jobs_newest_first_narrowed(ten: Engine, narrow: dict[str, Any], found: str) -> None:
    assert ids(ten, **narrow) == [f"job-{n}" for n in found]


@pytest.mark.parametrize("limit", [1, 2, 3, 9, 10, 11])
def test_pages_are_the_whole_list_without_a_repeat(ten: Engine, limit: int) -> None:
    """Jobs that were made at one moment are told apart by their ids."""
    found: list[str] = []
    after: Cursor | None = None
    while True:
        page = queries.list_jobs(ten, JobFilter(), limit=limit, after=after)
        assert len(page.jobs) <= limit
        found += [job.id for job in page.jobs]
        if page.next is None:
            break
        after = Cursor.parse(str(page.next))
    assert found == ids(ten)


def test_a_new_job_shifts_no_page(ten: Engine) -> None:
    first = queries.list_jobs(ten, JobFilter(), limit=3)
    put(ten, job_id="newest")
    second = queries.list_jobs(ten, JobFilter(), limit=3, after=first.next)
    assert [job.id for job in second.jobs] == ["job-6", "job-5", "job-4"]


@pytest.mark.parametrize("narrow", [JobFilter(user_id="rare"), JobFilter(state="failed")], ids=["user", "state"])
def test_a_list_of_few_jobs_among_many_reads_no_others(engine: Engine, narrow: JobFilter) -> None:
    many = """
        INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, created_at)
        SELECT 'job-' || n, CASE WHEN n < 3 THEN 'rare' ELSE 'many' END, 'c', 'quick_social', '{}', '{}', '\\x00',
               CASE WHEN n < 3 THEN 'failed' ELSE 'completed' END, 'END', clock_timestamp() + n * interval '1 s'
        FROM generate_series(1, 20000) n"""
    asked: list[tuple[str, Any]] = []
    with engine.connect() as connection:
        connection.execute(text(many))
        connection.execute(text("ANALYZE jobs"))
        with wire.listening(engine, "before", lambda _connection, sql, values: asked.append((sql, values))):
            page = queries.list_jobs(engine, narrow, limit=20)
        assert [job.id for job in page.jobs] == ["job-2", "job-1"]
        ((sql, values),) = asked
        plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE) {sql}", values).scalars().all()
    assert not [line for line in plan if "Removed by Filter" in line], plan


def test_a_page_is_found_by_its_index(ten: Engine) -> None:
    plan = "EXPLAIN SELECT id FROM jobs WHERE (created_at, id) < (now(), 'x') ORDER BY created_at DESC, id DESC LIMIT 3"
    with ten.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        lines = connection.execute(text(plan)).scalars().all()
    assert any("jobs_created" in line for line in lines)


@pytest.mark.parametrize(
    "raw",
    ["", "x", "####", "é", "MjAyNi0xMS0yNVQxMjowMDowMCAx", "\x00", "a" * 10_000, str(Cursor(NOON, "\x00"))],
)
def test_a_cursor_that_is_none_of_ours(raw: str) -> None:
    with pytest.raises(BadField) as caught:
        Cursor.parse(raw)
    assert caught.value.field == "cursor"


def test_a_cursor_carries_any_id() -> None:
    cursor = Cursor(NOON, "é \N{CLAPPER BOARD} / ?&")
    assert Cursor.parse(str(cursor)) == cursor
    assert str(cursor).isascii()


# Dead letters


@pytest.fixture
def letters(engine: Engine) -> Callable[..., list[int]]:
    four: list[dict[str, object]] = [
        {"job_id": "job-a", "run": 1, "reason": "attempts_used_up"},
        {"job_id": "job-a", "run": 2, "reason": "bad_brief", "replayed_at": NOON, "handled_by": "op@example.com"},
        {"job_id": None, "run": None, "reason": "data_not_json", "data": b"\x00\xff no job"},
        {"job_id": "job-b", "run": 1, "reason": "bad_brief", "discarded_at": NOON},
    ]
    for n, values in enumerate(four):
        row = {"message_key": f"dead:{n}", "error": "It went wrong.", "metadata": {"attempt": n}, **values}
        row["created_at"] = NOON + timedelta(minutes=n)
        db.rows(engine, insert(dead_letters).values(**row), {})

    def found(limit: int = 100, before: int | None = None, **narrow: Any) -> list[int]:
        listed = queries.list_letters(engine, LetterFilter(**narrow), limit=limit, before=before)
        return [one.id for one in listed]

    return found


@pytest.mark.parametrize(
    ("narrow", "expected"),
    [
        ({}, [4, 3, 2, 1]),
        ({"is_open": True}, [3, 1]),
        ({"is_open": False}, [4, 2]),
        ({"reason": "bad_brief"}, [4, 2]),
        ({"job_id": "job-a"}, [2, 1]),
        ({"job_id": "job-a", "is_open": True}, [1]),
        ({"since": NOON + timedelta(minutes=2)}, [4, 3]),
        ({"since": NOON, "until": NOON + timedelta(minutes=1)}, [1]),
        ({"limit": 2}, [4, 3]),
        ({"limit": 2, "before": 3}, [2, 1]),
    ],
    ids=str,
)
def test_dead_letters_newest_first_narrowed(
    letters: Callable[..., list[int]], narrow: dict[str, Any], expected: list[int]
) -> None:
    assert letters(**narrow) == expected


@pytest.mark.usefixtures("letters")
def test_one_dead_letter(engine: Engine) -> None:
    one = queries.letter(engine, 3)
    assert one is not None
    assert (one.job_id, one.run, one.reason, one.is_open) == (None, None, "data_not_json", True)
    assert (one.metadata, one.data_bytes) == ({"attempt": 2}, 9)
    assert queries.letter_data(engine, 3) == b"\x00\xff no job"
    handled = queries.letter(engine, 2)
    assert handled is not None
    assert (handled.is_open, handled.handled_by, handled.data_bytes) == (False, "op@example.com", None)
    assert queries.letter_data(engine, 2) is None
    assert queries.letter(engine, 99) is None
    assert queries.letter_data(engine, 99) is None


@pytest.mark.usefixtures("letters")
def test_a_letter_is_discarded_by_one_of_many(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda n: handling.discard(engine, 1, by=f"op-{n}"), range(8)))
    (winner,) = [n for n, one in enumerate(done) if one.why is None]
    letter = queries.letter(engine, 1)
    assert letter is not None
    assert letter.handled_by == f"op-{winner}"
    assert all("discarded already at 20" in (one.why or "") for n, one in enumerate(done) if n != winner)
    assert handling.discard(engine, 2, by="x").why == (
        "Dead letter 2 was replayed already at 2026-11-25T12:00:00+00:00 by op@example.com."
    )
    assert handling.discard(engine, 99, by="x").why == "There is no dead letter 99."
    assert handling.discard(engine, 3, by="a\x00" + "b" * 999).why is None, "whatever somebody is called"
