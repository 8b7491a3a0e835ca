"""Lists of jobs and of dead letters, on a real PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from service import db, queries
from service.db.schema import dead_letters, jobs
from service.errors import BadField
from service.operator import replays as handling
from service.queries import Cursor, JobFilter, LetterFilter, roads
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
    for numbers, values in (
        ("13", {"stage": "RENDER", "error_code": "provider_busy"}),
        ("3", {"waits_for": "provider"}),
        ("4", {"held_for": "paused_user"}),
        ("5", {"submitted_by": "ada@example.com"}),
        ("2", {"content": "An octopus."}),
        ("6", {"content": "An Octopus, 100%."}),
    ):
        chosen = jobs.c.id.in_([f"job-{n}" for n in numbers])
        db.execute(engine, update(jobs).where(chosen).values(**values), {})
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
        ({"stage": "RENDER"}, "31"),
        ({"error_code": "provider_busy"}, "31"),
        ({"waits_for": "provider", "user_id": "user-1"}, "3"),
        ({"held_for": "paused_user"}, "4"),
        ({"submitted_by": "ada@example.com"}, "5"),
        ({"text": "OCTOPUS"}, "62"),
        ({"text": "100%"}, "6"),
        ({"text": "oct_pus"}, ""),
        ({"text": "octopus", "state": "cancelled"}, "2"),
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


MANY = """
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, error_code, created_at)
    SELECT 'job-' || n, CASE WHEN n < 3 THEN 'rare' ELSE 'many' END, 'A brief.', 'quick_social', '{}', '{}', '\\x00',
           CASE WHEN n < 3 THEN 'failed' ELSE 'completed' END, 'END', CASE WHEN n % 2 = 0 THEN 'odd' END,
           clock_timestamp() + n * interval '1 s'
    FROM generate_series(1, 20000) n"""
MANY_LETTERS = """
    INSERT INTO dead_letters (job_id, run, message_key, reason, error, metadata, data, created_at, replayed_at)
    SELECT 'job-' || n, 1, 'dead:' || n, 'odd', 'It went wrong.', '{}', 'not a job',
           clock_timestamp() + n * interval '1 s', CASE WHEN n > 2 THEN clock_timestamp() END
    FROM generate_series(1, 20000) n"""
ONE_OF_EACH: list[dict[str, Any]] = [
    {"state": "failed"},
    {"state": "pending"},
    {"user_id": "rare"},
    {"user_id": "many"},
    {"preset": "of none"},
    {"stage": "of none"},
    {"error_code": "of none"},
    {"waits_for": "provider"},
    {"held_for": "paused_user"},
    {"submitted_by": "nobody"},
    {"text": "octopus"},
    {"since": datetime(2999, 1, 1, tzinfo=UTC)},
    {"until": NOON},
    {"user_id": "many", "state": "failed"},
    {"user_id": "many", "preset": "of none"},
    {"user_id": "many", "state": "completed", "stage": "of none"},
    {"user_id": "rare", "error_code": "odd"},
    {"state": "completed", "preset": "of none", "text": "octopus"},
]
ONE_OF_EACH_LETTER: list[dict[str, Any]] = [
    {"is_open": True},
    {"reason": "of none"},
    {"is_open": True, "reason": "odd"},
    {"job_id": "job-7"},
    {"user_id": "nobody"},
    {"is_open": True, "user_id": "rare"},
    {"text": "octopus"},
    {"since": datetime(2999, 1, 1, tzinfo=UTC)},
    {"until": NOON},
]


@pytest.fixture
def read_of(engine: Engine) -> Iterator[Callable[[Callable[[], object]], int]]:
    """Among 20,000 jobs and letters: how many rows of them the statements of a call look at."""
    with engine.connect() as connection:
        for made in (MANY, MANY_LETTERS, "ANALYZE jobs", "ANALYZE dead_letters"):
            connection.execute(text(made))

        def rows_read(call: Callable[[], object]) -> int:
            asked: list[tuple[str, Any]] = []
            with wire.listening(engine, "before", lambda _connection, sql, values: asked.append((sql, values))):
                call()
            plans = [
                connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values) for sql, values in asked
            ]
            return max(rows_of_plan(plan.scalar_one()[0]["Plan"]) for plan in plans)

        yield rows_read


def rows_of_plan(node: dict[str, Any]) -> int:
    """The rows that the scans of a plan looked at, filtered ones too. Lookups of one row by its key do not count."""
    looked = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    is_scan = "Relation Name" in node and node.get("Index Name") != "jobs_pkey"
    own: int = round(looked * node["Actual Loops"]) if is_scan else 0
    return own + sum(rows_of_plan(one) for one in node.get("Plans", ()))


def test_no_filter_reads_everything(
    engine: Engine, read_of: Callable[[Callable[[], object]], int], subtests: pytest.Subtests
) -> None:
    for narrow in ONE_OF_EACH:
        with subtests.test(str(narrow)):
            of_jobs = JobFilter(**narrow)
            assert read_of(partial(queries.list_jobs, engine, of_jobs, limit=20)) <= roads.SCAN
    for narrow in ONE_OF_EACH_LETTER:
        with subtests.test(str(narrow)):
            of_letters = LetterFilter(**narrow)
            assert read_of(partial(queries.list_letters, engine, of_letters, limit=20)) <= roads.SCAN


@pytest.mark.usefixtures("read_of")
def test_a_search_that_stops_goes_on_with_the_next_page(engine: Engine) -> None:
    """The jobs that match are the oldest of 20,000, so the first pages are empty, and say that there is more."""
    found, pages = walk(engine, JobFilter(stage="END", state="failed", text="A BRIEF"), limit=1)
    assert (found, pages) == (["job-2", "job-1"], 2)
    narrow = JobFilter(user_id="many", error_code="odd", text="a brief", until=datetime(2999, 1, 1, tzinfo=UTC))
    found, _ = walk(engine, narrow, limit=200)
    assert found == [f"job-{n}" for n in range(20_000, 3, -2)]
    found, pages = walk(engine, JobFilter(stage="of none"), limit=50)
    assert (found, pages) == ([], 20_000 // roads.SCAN + 1)
    oldest_first = [job.id for page in queries.walk_jobs(engine, narrow) for job in page]
    assert oldest_first == [f"job-{n}" for n in range(4, 20_001, 2)]
    letters = [
        one.id for page in queries.walk_letters(engine, LetterFilter(user_id="rare", text="IT WENT")) for one in page
    ]
    assert letters == [1, 2]


def walk(engine: Engine, narrow: JobFilter, *, limit: int) -> tuple[list[str], int]:
    """The jobs of all pages, and how many pages there were."""
    found: list[str] = []
    after: Cursor | None = None
    pages = 0
    while pages == 0 or after is not None:
        page = queries.list_jobs(engine, narrow, limit=limit, after=after)
        found += [job.id for job in page.jobs]
        after, pages = page.next, pages + 1
    return found, pages


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
    put(engine, job_id="job-a", user_id="u1", content="A lighthouse.")
    put(engine, job_id="job-b", user_id="u2", content="A bakery.")
    four: list[dict[str, object]] = [
        {"job_id": "job-a", "run": 1, "reason": "worker_died"},
        {"job_id": "job-a", "run": 2, "reason": "bad_brief", "replayed_at": NOON, "handled_by": "op@example.com"},
        {"job_id": None, "run": None, "reason": "data_not_json", "data": b"\x00\xff no job \\u00e9"},
        {"job_id": "job-b", "run": 1, "reason": "bad_brief", "discarded_at": NOON},
    ]
    for n, values in enumerate(four):
        metadata = {"attempt": n, "user_id": "u3"} if values["run"] is None else {"attempt": n}
        row = {"message_key": f"dead:{n}", "error": "It went wrong.", "metadata": metadata, **values}
        row["created_at"] = NOON + timedelta(minutes=n)
        db.execute(engine, insert(dead_letters).values(**row), {})

    def found(limit: int = 100, before: int | None = None, **narrow: Any) -> list[int]:
        listed, _ = queries.list_letters(engine, LetterFilter(**narrow), limit=limit, before=before)
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
        ({"before": 1}, []),
        ({"before": 99}, [4, 3, 2, 1]),
        ({"user_id": "u1"}, [2, 1]),
        ({"user_id": "u2"}, [4]),
        ({"user_id": "u3"}, [3]),
        ({"text": "WENT"}, [4, 3, 2, 1]),
        ({"text": "a lighthouse"}, [2, 1]),
        ({"text": "\xff no"}, []),
        ({"text": " no job"}, [3]),
        ({"text": "é"}, [3]),
        ({"text": "octopus"}, []),
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
    assert (one.metadata, one.data_bytes) == ({"attempt": 2, "user_id": "u3"}, 16)
    assert queries.letter_data(engine, 3) == b"\x00\xff no job \\u00e9"
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
