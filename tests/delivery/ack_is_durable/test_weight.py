"""The outbox and the sweep hold one heavy payload at a time, end within their time, and keep nothing that was sent."""

import json
import threading
import time
import tracemalloc
from collections.abc import Callable, Mapping
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.names import API_AUDIENCE, CALLER, JOBS, RESULTS
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import db
from service.config import NO_LIMITS
from service.delivery import chores, outbox, outgoing, settle
from service.delivery.messages import JobMessage
from service.delivery.outbox import Message
from service.delivery.sweep import sweep
from service.errors import Unavailable
from service.operator import replays
from tests.support.acts import swept
from tests.support.gated import Gates, Start, later, never

HEAVY = 2_000_000
# Besides the content itself: its bytes as gRPC sends them, and what the driver keeps of an answer.
MOST = 9_000_000

STALE_JOB = """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage, enqueued_at)
SELECT 'heavy-' || n, 'u', repeat('x', :size), 'quick_social', '{}', '{}', '\\x00', 'pending', 'A',
       clock_timestamp() - interval '1 day'
FROM generate_series(1, :n) n RETURNING 1
"""
OWED_ROW = """
INSERT INTO outbox (job_id, topic, message_key, attributes, payload, created_at)
SELECT CAST(:job_id AS text), 'aiprod-pipeline-results', 'heavy:' || n, '{}', repeat('x', :size),
       clock_timestamp() - interval '1 hour'
FROM generate_series(1, :n) n RETURNING 1
"""


class Kept:
    """A publisher that counts, and may hang until its timeout."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.keys: list[str] = []
        self.timeouts: list[float] = []
        self.bytes = 0
        self._hangs = hangs

    def publish(self, message: Message, timeout_s: float) -> None:
        self.keys.append(message.message_key)
        self.timeouts.append(timeout_s)
        self.bytes += len(message.payload)
        if self._hangs:
            raise Unavailable("pubsub_unreachable", "It hangs.")


def peak(act: Any) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_sweep_of_heavy_jobs_holds_one_at_a_time(start: Start, world: World) -> None:
    service = start().service
    world.query(STALE_JOB, size=HEAVY, n=12)
    publisher = Kept()
    most = peak(
        lambda: sweep(service.engine, publisher, service.settings.topics, limits=NO_LIMITS, ack_deadline_s=1, age_s=0)
    )
    assert publisher.bytes > 12 * HEAVY
    assert most < MOST


def test_a_sweep_of_heavy_rows_holds_one_at_a_time(start: Start, world: World) -> None:
    service = start().service
    world.query(OWED_ROW, size=HEAVY, n=12, job_id=None)
    publisher = Kept()
    most = peak(
        lambda: sweep(service.engine, publisher, service.settings.topics, limits=NO_LIMITS, ack_deadline_s=1, age_s=0)
    )
    assert publisher.bytes == 12 * HEAVY
    assert most < MOST


@pytest.mark.parametrize("of", ["a delivery", "a settle"])
def test_a_job_that_owes_many_heavy_rows_holds_one_at_a_time(start: Start, world: World, gates: Gates, of: str) -> None:
    service, brief = start(), Brief()
    part = service.service
    if of == "a settle":
        gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    world.query(OWED_ROW, size=HEAVY, n=12, job_id=brief.job_id)
    publisher = Kept()

    def publish() -> None:
        if of == "a settle":
            settle.cancel(part.engine, part.settings.topics, brief.job_id, by="tester")
        outbox.publish_owed(part.engine, publisher, brief.job_id, until=time.monotonic() + 60)

    assert peak(publish) < MOST
    assert publisher.bytes >= 12 * HEAVY
    assert world.query("SELECT 1 FROM outbox WHERE published_at IS NULL AND message_key LIKE 'heavy:%'") == []


def test_a_job_that_owes_more_rows_than_are_read_at_once_owes_nothing_afterwards(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    world.query(OWED_ROW, size=10, n=2 * outbox.AT_ONCE + 1, job_id=brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.query("SELECT 1 FROM outbox WHERE published_at IS NULL") == []


def test_a_replay_of_a_heavy_job_reads_nothing_of_it(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief(content="x" * HEAVY, metadata={"odd": [1e2, 0.1, "é\u2028\\"], "n": {"m": None}})
    gates.does(brief.job_id, "A", never)
    service.push(brief.body())
    part = service.service

    def replay() -> None:
        replays.replay_job(part.engine, part.settings.topics, brief.job_id, handled_by="tester")

    assert peak(replay) < 1_000_000
    (row,) = world.query("SELECT * FROM outbox WHERE message_key = :key", key=f"job:{brief.job_id}:2:0")
    assert json.loads(row["payload"]) == json.loads(brief.data())
    assert (row["ordering_key"], row["attributes"]) == (brief.user_id, {"run": "2", "hop": "0"})


ODD: tuple[dict[str, Any], ...] = (
    {},
    {"content": '"\\/\b\f\n\r\t\x01\x1f\x7f\x80\u2028\ufeff\U0001f600 {}[]:'},
    {"user_id": 'a"b\\c', "job_id": 'odd "id"\\\n'},
    {"metadata": {"a": 1e2, "b": -0.0, "c": 1e-7, "d": 12345678901234567890, "e": [], "f": {"g": [None, True]}}},
    {"metadata": {"é\u2028": "\x01", '"': '"'}},
    {"extra": {"trace": {"id": 7}, "z": "}", "é": [1.5, "\\"]}},
    {"extra": {"": {}}, "metadata": {"": ""}},
)


@pytest.mark.parametrize("odd", ODD)
def test_the_text_that_postgresql_puts_together_is_what_the_message_encodes(
    world: World, odd: Mapping[str, Any]
) -> None:
    fields = {"job_id": "j", "user_id": "u", "content": "c", "preset": "p", "metadata": {}, "extra": {}, **odd}
    job = JobMessage(**fields)
    world.query(
        "INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)"
        " VALUES (:id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending',"
        " 'A') RETURNING 1",
        **job.columns,
    )
    (row,) = db.execute(world.engine, text(f"SELECT {outgoing.JOB_PAYLOAD} AS payload FROM jobs"), {})
    assert row["payload"] == job.encode()


def test_what_was_sent_is_not_kept(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "A", never)
    service.push(brief.body())
    service.push(b'{"message": {"data": "eA==", "messageId": "no-job"}}')
    rows = world.query("SELECT message_key, payload, published_at IS NULL AS owed FROM outbox")
    assert len(rows) == 3
    assert [row for row in rows if row["owed"] or row["payload"]] == []


def test_a_parked_row_keeps_its_payload(start: Start, world: World) -> None:
    service = start()
    long = json.dumps({"long": "x" * 2000})
    world.query(
        "INSERT INTO outbox (topic, message_key, attributes, payload, created_at) VALUES"
        " ('aiprod-pipeline-results', 'too-long', CAST(:long AS json), 'payload', clock_timestamp() - interval '1 h')"
        " RETURNING 1",
        long=long,
    )
    assert swept(service).parked == ("too-long",)
    assert world.query("SELECT payload FROM outbox") == [{"payload": "payload"}]


def test_a_heavy_row_that_another_delivery_has_sent_meanwhile_is_not_sent_empty(start: Start, world: World) -> None:
    service = start().service
    world.query(OWED_ROW, size=100_000, n=1, job_id=None)
    (row,) = db.execute(service.engine, outbox.READ_BY_KEYS, {"keys": ["heavy:1"]})
    assert row["payload"] is None
    owed = outbox.owed_row(row)
    world.query("UPDATE outbox SET published_at = clock_timestamp(), payload = '' RETURNING 1")
    publisher = Kept()
    outbox.publish_owed(service.engine, publisher, "nobody", until=time.monotonic() + 5, rows=[owed])
    assert publisher.keys == []


def test_a_sweep_gives_up_a_topic_that_hangs(start: Start, world: World) -> None:
    service = start().service
    world.query(STALE_JOB, size=10, n=30)
    world.query(OWED_ROW, size=10, n=30, job_id=None)
    publisher = Kept(hangs=True)
    done = sweep(service.engine, publisher, service.settings.topics, limits=NO_LIMITS, ack_deadline_s=1, age_s=0)
    assert (done.failed, len(publisher.keys)) == (6, 6)
    # Those whose turn did not come have lost nothing.
    assert world.query("SELECT 1 FROM jobs WHERE resends > 0") == []
    assert len(world.query("SELECT 1 FROM jobs WHERE enqueued_at < clock_timestamp() - interval '23 h'")) == 27


def test_the_timeouts_of_a_sweep_end_with_its_time(start: Start, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.delivery.sweep.TIME_S", 2.0)
    service = start().service
    world.query(STALE_JOB, size=10, n=30)
    world.pubsub.faults.hang_publish(60)
    began = time.monotonic()
    sweep(service.engine, service.publisher, service.settings.topics, limits=NO_LIMITS, ack_deadline_s=1, age_s=0)
    took = time.monotonic() - began
    world.pubsub.faults.clear()
    assert took < 10


def test_what_a_job_owes_is_not_tried_beyond_its_time(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    world.query(OWED_ROW, size=10, n=50, job_id=brief.job_id)
    publisher = Kept(hangs=True)
    with pytest.raises(Exception, match="It hangs"):
        outbox.publish_owed(service.service.engine, publisher, brief.job_id, until=time.monotonic() + 5)
    assert len(publisher.keys) == outbox.MAX_FAILURES


def test_one_sweep_at_a_time(start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.delivery.outbox.PUBLISH_TIMEOUT_S", 2.0)
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    fault = world.pubsub.faults.hang_publish(20, topic=JOBS)
    first = threading.Thread(target=lambda: swept(service))
    first.start()
    eventually(lambda: fault.hits > 0)
    second = swept(service)
    caller = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    by_http = service.app.test_client().post("/sweep", headers=caller)
    world.pubsub.faults.clear()
    first.join()
    assert second.is_skipped
    assert (by_http.status_code, by_http.get_json()["skipped"]) == (200, True)
    assert not swept(service).is_skipped


def test_the_turn_of_a_sweep_that_died_ends(world: World) -> None:
    with chores.turn(world.engine, "sweep", for_s=60) as mine, chores.turn(world.engine, "sweep", for_s=60) as other:
        assert (mine, other) == (True, False)
        world.query("UPDATE chores SET until = clock_timestamp() RETURNING 1")
        with chores.turn(world.engine, "sweep", for_s=60) as third, chores.turn(world.engine, "prune", for_s=60) as own:
            assert (third, own) == (True, True)
    # The first did not end the turn of the third, which had taken over.
    (row,) = world.query("SELECT count(*) AS n FROM chores")
    assert row["n"] == 2
    assert len(world.published(RESULTS)) == 0


@pytest.mark.slow
def test_a_real_process_grows_by_less_than_50_mb(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn()
    (worker,) = psutil.Process(service.process.pid).children()
    caller = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    # The first sweep imports and connects.
    assert call(service.port, "POST", "/sweep", b"", caller, timeout=60).status == 200
    world.query(STALE_JOB, size=5_000_000, n=15)
    idle, most, is_over = worker.memory_info().rss, 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_over.wait(0.01):
            most = max(most, worker.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    answer = call(service.port, "POST", "/sweep", b"", caller, timeout=120)
    is_over.set()
    watcher.join()
    assert (answer.status, len(json.loads(answer.body)["resent"])) == (200, 15)
    assert most - idle < 50_000_000


def test_each_sweep_logs_what_it_left(start: Start, world: World, caplog: pytest.LogCaptureFixture) -> None:
    service = start()
    world.query(STALE_JOB, size=10, n=2)
    world.query(OWED_ROW, size=10, n=1, job_id=None)
    world.query("UPDATE outbox SET parked_at = clock_timestamp() RETURNING 1")
    with caplog.at_level("INFO"):
        swept(service)
    (line,) = [vars(record) for record in caplog.records if vars(record).get("action") == "vitals"]
    assert (line["pending"], line["owed"], line["parked"], line["waiting"]) == (2, 0, 1, 0)
