"""What `GET /metrics` says: of this process, and of the whole service as its database has it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, text

from service import __version__, db, metrics
from service.delivery.context import COUNTED_REASONS
from service.delivery.outbox import Message, Rejected
from service.delivery.outcomes import Outcome, of_error
from service.delivery.pubsub import CountingPublisher
from service.errors import BadEnvelope, BadField, BadToken, NotAllowed, TooLarge, TooSlow, Unavailable
from service.metrics import Metrics, Remembered
from service.queries import counts as database
from service.queries.counts import Totals, Vitals
from service.slots import Slots
from tests.support.samples import Samples, samples

NOBODY = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"
VITALS = Vitals(
    pending=1,
    processing=2,
    expired_leases=1,
    oldest_pending_s=1.5,
    owed=3,
    oldest_owed_s=2.5,
    waiting={"provider": 1},
    held={"paused": 2},
    suspects=3,
    pauses={"all": 1},
    oldest_waiting_s=4.5,
    oldest_held_s=5.5,
    oldest_suspect_s=6.5,
    oldest_pause_s=7.5,
)
TOTALS = Totals(
    ended={"completed": 4, "failed": 5, "cancelled": 6},
    letters={"bad_json": 7},
    parked=8,
    oldest_letter_s=8.5,
    oldest_parked_s=9.5,
)

OUTCOMES = [outcome.label for outcome in Outcome]


def read(one: Metrics) -> Samples:
    return samples(one.text())


@pytest.fixture
def counts() -> Metrics:
    return Metrics(Slots(5, 1_000), outcomes=OUTCOMES, stop_reasons=COUNTED_REASONS)


# Of this process


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Unavailable("job_busy", "."), "job_busy"),
        (Unavailable("pubsub_unreachable", "."), "pubsub_unreachable"),
        (Unavailable("made_up_by_somebody", "."), "unavailable"),
        (BadToken("no_token", "."), "unauthorized"),
        (NotAllowed("caller_not_allowed", "."), "forbidden"),
        (BadEnvelope("no_message", "."), "bad_envelope"),
        (TooSlow("body_too_slow", "."), "too_slow"),
        (TooLarge("body_too_large", "."), "too_large"),
        (BadField("bad_field", ".", field="x"), "unexpected"),
        (ZeroDivisionError(), "unexpected"),
    ],
)
def test_every_error_has_an_outcome(error: Exception, outcome: str) -> None:
    assert of_error(error).label == outcome
    assert outcome in OUTCOMES


def test_deliveries_are_counted_by_outcomes_that_are_there_from_the_start(counts: Metrics) -> None:
    before = read(counts)
    assert {key[1] for key in before if key[0] == "aiprod_push_deliveries_total"} == set(OUTCOMES)
    assert not any(value for key, value in before.items() if key[0] == "aiprod_push_deliveries_total")

    counts.delivered("completed")
    counts.delivered("completed")
    counts.delivered("made_up_by_somebody")
    after = read(counts)
    assert after["aiprod_push_deliveries_total", "completed"] == 2
    assert after["aiprod_push_deliveries_total", "unexpected"] == 1
    assert {key[1] for key in after if key[0] == "aiprod_push_deliveries_total"} == set(OUTCOMES)


def test_stages_are_counted_in_seconds(counts: Metrics) -> None:
    counts.stage_finished("INIT", 0.02)
    counts.stage_finished("INIT", 700)
    counts.stage_abandoned("drain")
    found = read(counts)
    assert found["aiprod_stage_duration_seconds_count", "INIT"] == 2
    assert found["aiprod_stage_duration_seconds_sum", "INIT"] == pytest.approx(700.02)
    assert found["aiprod_stage_duration_seconds_bucket", "0.01", "INIT"] == 0
    assert found["aiprod_stage_duration_seconds_bucket", "0.05", "INIT"] == 1
    assert found["aiprod_stage_duration_seconds_bucket", "600.0", "INIT"] == 1
    assert found["aiprod_stage_duration_seconds_bucket", "+Inf", "INIT"] == 2
    assert found["aiprod_stages_abandoned_total", "drain"] == 1
    assert found["aiprod_stages_abandoned_total", "deadline"] == 0


def test_slots_and_bytes_are_those_of_the_moment() -> None:
    slots = Slots(2, 1_000)
    counts = Metrics(slots, outcomes=OUTCOMES)
    taken = slots.take()
    assert taken is not None
    pushed, called = slots.pushed.begin(), slots.called.begin()
    assert pushed.grow(200)
    assert called.grow(100)
    taken.stage_began()
    found = read(counts)
    assert (found["aiprod_busy_slots",], found["aiprod_slots",]) == (1, 2)
    assert found["aiprod_in_flight_bytes",] == 300
    assert found["aiprod_stages_outliving_delivery",] == 0

    taken.answered()
    pushed.release()
    called.release()
    found = read(counts)
    assert found["aiprod_busy_slots",] == 1
    assert found["aiprod_stages_outliving_delivery",] == 1
    assert found["aiprod_in_flight_bytes",] == 0

    taken.stage_ended()
    assert read(counts)["aiprod_busy_slots",] == 0


class FailingPublisher:
    """Raises what it is told to, or accepts."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def publish(self, _message: Message, _timeout_s: float) -> None:
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (None, "accepted"),
        (Rejected("too long"), "rejected"),
        (Unavailable("pubsub_unreachable", "."), "unavailable"),
        (RuntimeError(), "unexpected"),
    ],
)
def test_publishes_are_counted_and_their_errors_passed_on(
    counts: Metrics, error: Exception | None, result: str
) -> None:
    publisher = CountingPublisher(FailingPublisher(error), counts)
    message = Message(topic="results", message_key="k", payload="{}", attributes={})
    if error is None:
        publisher.publish(message, 1.0)
    else:
        with pytest.raises(type(error)):
            publisher.publish(message, 1.0)
    assert read(counts)["aiprod_publishes_total", result, "results"] == 1


def test_the_process_itself_is_told_of(counts: Metrics) -> None:
    found = read(counts)
    assert found["process_resident_memory_bytes",] > 0
    assert found["process_start_time_seconds",] > 0


def test_the_version_is_told(counts: Metrics) -> None:
    assert read(counts)["aiprod_build_info", __version__] == 1


def test_two_processes_worth_of_metrics_do_not_meet(counts: Metrics) -> None:
    other = Metrics(Slots(1, 1), outcomes=OUTCOMES)
    counts.delivered("completed")
    assert read(other)["aiprod_push_deliveries_total", "completed"] == 0


def test_names_keep_prometheus_conventions(counts: Metrics) -> None:
    for family in [*text_string_to_metric_families(counts.text().decode()), *metrics.families(VITALS, TOTALS)]:
        assert family.documentation
        if family.name.startswith("process_"):
            continue
        assert family.name.startswith("aiprod_")
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter")
            assert not sample.name.endswith("_created")


# Of the whole service


def test_the_database_s_numbers_in_prometheus_words() -> None:
    found = {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in metrics.families(VITALS, TOTALS)
        for sample in family.samples
    }
    assert found == {
        ("aiprod_jobs", "pending"): 1,
        ("aiprod_jobs", "processing"): 2,
        ("aiprod_jobs", "completed"): 4,
        ("aiprod_jobs", "failed"): 5,
        ("aiprod_jobs", "cancelled"): 6,
        ("aiprod_oldest_pending_job_age_seconds",): 1.5,
        ("aiprod_expired_leases",): 1,
        ("aiprod_outbox_owed_messages",): 3,
        ("aiprod_outbox_oldest_owed_age_seconds",): 2.5,
        ("aiprod_outbox_parked_messages",): 8,
        ("aiprod_dead_letters_open", "bad_json"): 7,
        ("aiprod_jobs_waiting", "provider"): 1,
        ("aiprod_jobs_held", "paused"): 2,
        ("aiprod_jobs_suspect",): 3,
        ("aiprod_pauses", "all"): 1,
        ("aiprod_oldest_waiting_job_age_seconds",): 4.5,
        ("aiprod_oldest_held_job_age_seconds",): 5.5,
        ("aiprod_oldest_suspect_job_age_seconds",): 6.5,
        ("aiprod_oldest_pause_age_seconds",): 7.5,
        ("aiprod_outbox_oldest_parked_age_seconds",): 9.5,
        ("aiprod_dead_letters_oldest_open_age_seconds",): 8.5,
    }


def test_what_takes_long_is_left_out_and_takes_nothing_with_it() -> None:
    names = {family.name for family in metrics.families(VITALS, None)}
    assert "aiprod_outbox_owed_messages" in names
    assert "aiprod_dead_letters_open" not in names
    assert "aiprod_outbox_parked_messages" not in names


def test_reasons_are_bounded() -> None:
    many = {f"code_{number:02}": number for number in range(1, 31)}
    kept = database.most_frequent(many, 20)
    assert len(kept) == 21
    assert kept["code_30"] == 30
    assert kept["other"] == sum(range(1, 11))
    assert sum(kept.values()) == sum(many.values())
    assert database.most_frequent({"other": 9, "a": 1}, 1) == {"other": 10}
    assert database.most_frequent({"a": 1}, 20) == {"a": 1}


JOB = """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, stage, state, lease_token, lease_until,
                  updated_at)
VALUES (:id, 'u', 'c', 'p', '{}', '{}', '', 'A', :state, CAST(:token AS uuid),
        clock_timestamp() + CAST(:lease AS interval), clock_timestamp() - CAST(:age AS interval))
"""


TOKEN = "6f1c4f3e-0000-4000-8000-000000000000"


def add_job(engine: Engine, job_id: str, state: str, *, lease: str | None = None, age: str = "0 s") -> None:
    token = TOKEN if state == "processing" else None
    db.execute(engine, text(JOB), {"id": job_id, "state": state, "token": token, "lease": lease, "age": age})


def add_message(engine: Engine, key: str, *, age: str = "0 s", published: bool = False, parked: bool = False) -> None:
    db.execute(
        engine,
        text(
            "INSERT INTO outbox (topic, message_key, attributes, payload, created_at, published_at, parked_at)"
            " VALUES ('t', :key, '{}', '{}', clock_timestamp() - CAST(:age AS interval),"
            " CASE WHEN :published THEN clock_timestamp() END, CASE WHEN :parked THEN clock_timestamp() END)"
        ),
        {"key": key, "age": age, "published": published, "parked": parked},
    )


def add_letter(engine: Engine, key: str, reason: str, *, handled: bool = False) -> None:
    db.execute(
        engine,
        text(
            "INSERT INTO dead_letters (message_key, reason, error, metadata, discarded_at)"
            " VALUES (:key, :reason, 'e', '{}', CASE WHEN :handled THEN clock_timestamp() END)"
        ),
        {"key": key, "reason": reason, "handled": handled},
    )


def test_an_empty_database_has_zeros(engine: Engine) -> None:
    assert database.read_vitals(engine) == Vitals(
        pending=0, processing=0, expired_leases=0, oldest_pending_s=0, owed=0, oldest_owed_s=0
    )
    assert database.read_totals(engine) == Totals(
        ended={"completed": 0, "failed": 0, "cancelled": 0}, letters={}, parked=0
    )


def test_the_database_s_numbers_are_true(engine: Engine) -> None:
    add_job(engine, "waits", "pending", age="3 min")
    add_job(engine, "waits-less", "pending", age="1 min")
    add_job(engine, "works", "processing", lease="30 s", age="1 h")
    add_job(engine, "stopped", "processing", lease="-1 s", age="1 h")
    for number, state in enumerate(("completed", "completed", "failed", "cancelled")):
        add_job(engine, f"ended-{number}", state, age="1 day")
    add_message(engine, "owed", age="2 min")
    add_message(engine, "owed-later", age="1 min")
    add_message(engine, "sent", age="1 day", published=True)
    add_message(engine, "parked", age="1 day", parked=True)
    add_letter(engine, "one", "bad_json")
    add_letter(engine, "two", "bad_json")
    add_letter(engine, "three", "worker_died")
    add_letter(engine, "four", "bad_json", handled=True)

    vitals, totals = database.read_vitals(engine), database.read_totals(engine)
    assert (vitals.pending, vitals.processing, vitals.expired_leases, vitals.owed) == (2, 2, 1, 2)
    assert 180 <= vitals.oldest_pending_s < 240
    assert 120 <= vitals.oldest_owed_s < 180
    assert totals.ended == {"completed": 2, "failed": 1, "cancelled": 1}
    assert totals.letters == {"bad_json": 2, "worker_died": 1}
    assert totals.parked == 1


@pytest.mark.parametrize("name", ["VITALS", "WAITS", "TOTALS"])
def test_no_statement_reads_a_whole_table(engine: Engine, name: str) -> None:
    """Costs what is in flight, however many jobs there have been."""
    with engine.connect() as connection:
        # Tiny tables are read whole whatever the indexes.
        connection.execute(text("SET enable_seqscan = off"))
        connection.execute(text("SET enable_bitmapscan = off; SET enable_sort = off"))
        plan = connection.execute(text(f"EXPLAIN {getattr(database, name).text}")).scalars().all()
        connection.execute(text("RESET ALL"))
    scans = [line for line in plan if "Seq Scan" in line and " on pauses" not in line]
    assert scans == []
    # An index that must be sorted first would be read whole.
    assert [line for line in plan if "Sort Key: jobs" in line or "Sort Key: outbox" in line] == []


MANY = """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, stage, state)
SELECT :state || n, 'u', 'c', 'p', '{}', '{}', '', 'A', :state FROM generate_series(1, :n) n
"""


def test_beyond_what_is_counted_the_numbers_are_estimated(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VITALS", "WAITS", "TOTALS"):
        few = getattr(database, name).text.replace(str(database.EXACT), "50")
        monkeypatch.setattr(database, name, text(few))
    monkeypatch.setattr(database, "EXACT", 50)
    for state, n in (("completed", 3_000), ("failed", 600), ("cancelled", 20), ("pending", 300)):
        db.execute(engine, text(MANY), {"state": state, "n": n})
    db.execute(engine, text("ANALYZE jobs"), {})
    vitals, totals = database.read_vitals(engine), database.read_totals(engine)
    assert 250 <= vitals.pending <= 350
    assert 2_700 <= totals.ended["completed"] <= 3_300
    assert 450 <= totals.ended["failed"] <= 750
    assert totals.ended["cancelled"] == 20


def test_the_oldest_pending_job_is_one_that_could_be_claimed(engine: Engine) -> None:
    """A job that is held, or waits for a provider for as long as that asked, has an age of its own: nobody is late."""
    for name, age in (("due", "3 min"), ("held", "9 h"), ("waiting", "9 h")):
        add_job(engine, name, "pending", age=age)
    db.execute(engine, text("UPDATE jobs SET held_for = 'paused_all', held_at = now() WHERE id = 'held'"), {})
    db.execute(engine, text("UPDATE jobs SET waits_for = 'provider', waiting_since = now() WHERE id = 'waiting'"), {})
    vitals = database.read_vitals(engine)
    assert vitals.pending == 3
    assert 180 <= vitals.oldest_pending_s < 600


def test_what_waits_is_held_suspect_or_paused(engine: Engine) -> None:
    for number in range(6):
        add_job(engine, f"j{number}", "pending" if number < 5 else "failed", age="2 min")
    for sql in (
        "UPDATE jobs SET waits_for = 'provider:veo', waiting_since = now() - interval '1 h' WHERE id IN ('j0', 'j5')",
        "UPDATE jobs SET waits_for = 'database', waiting_since = now() - interval '2 h' WHERE id = 'j1'",
        "UPDATE jobs SET held_for = 'paused', held_at = now() - interval '3 h' WHERE id IN ('j2', 'j3')",
        "UPDATE jobs SET is_suspect = true WHERE id = 'j4'",
        "INSERT INTO pauses (scope, name, why, paused_by, since) VALUES ('all', '', 'w', 'x', now() - interval '4 h')",
        "INSERT INTO outbox (topic, message_key, attributes, payload) VALUES ('t', 'k', '{}', '')",
        "UPDATE outbox SET parked_at = now() - interval '5 h'",
        "INSERT INTO dead_letters (message_key, reason, error, metadata) VALUES ('k', 'r', 'e', '{}')",
        "UPDATE dead_letters SET created_at = now() - interval '6 h'",
    ):
        db.execute(engine, text(sql), {})
    vitals, totals = database.read_vitals(engine), database.read_totals(engine)
    assert vitals.waiting == {"provider": 1, "database": 1}
    assert (vitals.held, vitals.suspects, vitals.pauses) == ({"paused": 2}, 1, {"all": 1})
    hours = (
        vitals.oldest_waiting_s,
        vitals.oldest_held_s,
        vitals.oldest_pause_s,
        totals.oldest_parked_s,
        totals.oldest_letter_s,
    )
    assert [round(age / 3600) for age in hours] == [2, 3, 4, 5, 6]
    assert 100 < vitals.oldest_suspect_s < 1_000


# Remembered


class Reads:
    """Counts its calls; each waits for `go` if it is held."""

    def __init__(self) -> None:
        self.count = 0
        self.began, self.go = threading.Event(), threading.Event()
        self.error: Exception | None = None
        self.go.set()

    def __call__(self) -> int:
        self.count += 1
        self.began.set()
        assert self.go.wait(30)
        if self.error:
            raise self.error
        return self.count


@pytest.fixture
def reads() -> Iterator[Reads]:
    one = Reads()
    yield one
    one.go.set()


def test_what_was_read_is_kept_for_its_time(reads: Reads) -> None:
    kept = Remembered(reads, keep_s=1_000)
    assert [kept.get(), kept.get()] == [1, 1]
    asked = Remembered(reads, keep_s=0)
    assert [asked.get(), asked.get()] == [2, 3]


def test_a_read_that_hangs_is_waited_for_no_longer_than_said_and_joined_by_no_other(reads: Reads) -> None:
    reads.go.clear()
    asked = Remembered(reads, keep_s=0, wait_s=0.01)
    assert [asked.get(), asked.get(), asked.get()] == [None, None, None]
    assert reads.count == 1
    reads.go.set()
    patient = Remembered(reads, keep_s=0, wait_s=30)
    assert patient.get() == 2


@pytest.mark.parametrize("error", [Unavailable("database_unreachable", "."), RuntimeError("?")])
def test_a_read_that_fails_is_none_and_tried_again(reads: Reads, error: Exception) -> None:
    asked = Remembered(reads, keep_s=0)
    reads.error = error
    assert asked.get() is None
    reads.error = None
    assert asked.get() == 2


def test_a_scrape_without_a_database_still_tells_of_the_process() -> None:
    engine = db.connect(NOBODY, pool_size=1)
    counts = metrics.of_process(Slots(5, 1_000), engine, outcomes=OUTCOMES, stop_reasons=COUNTED_REASONS)
    counts.delivered("completed")
    found: dict[Any, float] = read(counts)
    engine.dispose()
    assert found["aiprod_database_up",] == 0
    assert found["aiprod_push_deliveries_total", "completed"] == 1
    assert not any(key[0] == "aiprod_jobs" for key in found)


def test_a_scrape_with_a_database_tells_of_the_service(engine: Engine) -> None:
    add_job(engine, "waits", "pending")
    found = read(metrics.of_process(Slots(5, 1_000), engine, outcomes=OUTCOMES, stop_reasons=COUNTED_REASONS))
    assert found["aiprod_database_up",] == 1
    assert found["aiprod_jobs", "pending"] == 1
    assert found["aiprod_jobs", "completed"] == 0
    assert found["aiprod_outbox_parked_messages",] == 0
