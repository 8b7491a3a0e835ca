"""Lists of jobs and of dead letters, on a real PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from service import db, queries
from service.db.schema import dead_letters, jobs
from service.errors import BadField
from service.operator import replays as handling
from service.queries import Cursor, JobFilter, LetterFilter
from tests.support import wire
from tests.support.rows import NOON, put


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
        db.execute(engine, update(jobs).where(jobs.c.id == f"job-{n}").values(created_at=at), {})
    db.execute(engine, update(jobs).where(jobs.c.id.in_(["job-1", "job-2"])).values(state="cancelled"), {})
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
    """Jobs that were made at the same moment are ordered by their ids."""
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
        db.execute(engine, insert(dead_letters).values(**row), {})

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
        done = list(pool.map(lambda n: handling.discard_letter(engine, 1, handled_by=f"op-{n}"), range(8)))
    (winner,) = [n for n, one in enumerate(done) if one.why is None]
    letter = queries.letter(engine, 1)
    assert letter is not None
    assert letter.handled_by == f"op-{winner}"
    assert all("already discarded at 20" in (one.why or "") for n, one in enumerate(done) if n != winner)
    assert handling.discard_letter(engine, 2, handled_by="x").why == (
        "Dead letter 2 was already replayed at 2026-11-25T12:00:00+00:00 by op@example.com."
    )
    assert handling.discard_letter(engine, 99, handled_by="x").why == "There is no dead letter 99."
    assert handling.discard_letter(engine, 3, handled_by="a\x00" + "b" * 999).why is None, "whatever somebody is called"
