"""What Prometheus reads at `GET /metrics`: this process's counts, and the whole service's from the database.

Every label has a bounded set of values, and none contains an id or text of a message. Names and units follow
https://prometheus.io/docs/practices/naming/; docs/operating.md says what to alert on.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from service import __version__, db
from service.errors import Unavailable
from service.slots import Slots

if TYPE_CHECKING:
    from service.queries.counts import Totals, Vitals

log = logging.getLogger(__name__)

T = TypeVar("T")

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

UNEXPECTED = "unexpected"
"""The label of an outcome that was not announced to `Metrics`."""

STAGE_BUCKETS_S = (0.01, 0.05, 0.25, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)

WAIT_S = 2.0
"""The longest that a scrape waits for the database. Prometheus itself gives up after 10 s."""
KEEP_VITALS_S = 5.0
"""How long the answer is cached: the route takes no token, so frequent requests must not load the database."""
KEEP_TOTALS_S = 60.0


class Remembered(Generic[T]):
    """Caches what `read` returned. After `keep_s` seconds one thread reads again; callers wait up to `wait_s` for it.

    The thread bounds the wait: a frozen server, an exhausted pool or a host that does not answer would be waited for
    much longer. While one read hangs, no second one is started.
    """

    def __init__(self, read: Callable[[], T], *, keep_s: float, wait_s: float = WAIT_S) -> None:
        self._read = read
        self._keep_s = keep_s
        self._wait_s = wait_s
        self._changed = threading.Condition()
        self._is_reading = False
        self._due = float("-inf")
        self._value: T | None = None

    def get(self) -> T | None:
        """Return the value, or None if it could not be read in time."""
        with self._changed:
            if not self._is_reading and time.monotonic() >= self._due:
                self._is_reading = True
                threading.Thread(target=self._renew, name="metrics", daemon=True).start()
            is_read = self._changed.wait_for(lambda: not self._is_reading, self._wait_s)
            return self._value if is_read else None

    def _renew(self) -> None:
        value = None
        try:
            value = self._read()
        except Unavailable as error:
            log.warning("the database's numbers cannot be read: %s", error.sentence, extra={"action": "metrics"})
        except Exception:
            log.exception("the database's numbers cannot be read", extra={"action": "metrics"})
        with self._changed:
            self._value = value
            self._due = time.monotonic() + self._keep_s
            self._is_reading = False
            self._changed.notify_all()


class DatabaseCollector(Collector):
    """Collects the whole service's numbers from the database. Never raises; takes slightly over `WAIT_S` at most."""

    def __init__(self, vitals: "Remembered[Vitals]", totals: "Remembered[Totals]") -> None:
        self._vitals = vitals
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        vitals = self._vitals.get()
        yield _gauge(
            "aiprod_database_up",
            "1 if the database can do its work and returned the numbers below in time.",
            int(vitals is not None),
        )
        if vitals is not None:
            yield from families(vitals, self._totals.get())


def families(vitals: "Vitals", totals: "Totals | None") -> Iterator[Metric]:
    """Turn the database's numbers into Prometheus' metrics, without those of `totals` if it is None. Pure."""
    from service.queries.counts import EXACT  # noqa: PLC0415 (the first scrape can wait for it, the start cannot)

    capped = f"counted up to {EXACT:,}"
    estimated = f"{capped}, estimated beyond"
    jobs = {"pending": vitals.pending, "processing": vitals.processing, **(totals.ended if totals else {})}
    yield _gauges("aiprod_jobs", f"Jobs by state, in the whole service; {estimated}.", "state", jobs)
    yield _gauge(
        "aiprod_oldest_pending_job_age_seconds",
        "How long the longest-waiting pending job has been pending; 0 if there is none.",
        vitals.oldest_pending_s,
    )
    yield _gauge("aiprod_expired_leases", "Jobs in processing whose lease has expired.", vitals.expired_leases)
    yield _gauges(
        "aiprod_jobs_waiting",
        f"Jobs that wait for a dependency that is away, or for a newer revision; {capped}.",
        "waits_for",
        vitals.waiting,
    )
    yield _gauge(
        "aiprod_oldest_waiting_job_age_seconds", "How long the first of them has waited.", vitals.oldest_waiting_s
    )
    yield _gauges(
        "aiprod_jobs_held", f"Jobs that are paused or over a limit of their user; {capped}.", "held_for", vitals.held
    )
    yield _gauge("aiprod_oldest_held_job_age_seconds", "How long the first of them is held.", vitals.oldest_held_s)
    yield _gauge("aiprod_jobs_suspect", f"Jobs that were at work when their process died; {capped}.", vitals.suspects)
    yield _gauge(
        "aiprod_oldest_suspect_job_age_seconds",
        "How long ago the first of them was last at work.",
        vitals.oldest_suspect_s,
    )
    yield _gauges("aiprod_pauses", "Pauses of intake, by what is paused.", "scope", vitals.pauses)
    yield _gauge("aiprod_oldest_pause_age_seconds", "How long the first of them lasts.", vitals.oldest_pause_s)
    yield _gauge(
        "aiprod_outbox_owed_messages", f"Messages that are committed but not published yet; {estimated}.", vitals.owed
    )
    yield _gauge(
        "aiprod_outbox_oldest_owed_age_seconds", "Age of the oldest of them; 0 if there is none.", vitals.oldest_owed_s
    )
    if totals:
        yield from _total_families(totals, capped)


def _total_families(totals: "Totals", capped: str) -> Iterator[Metric]:
    yield _gauge("aiprod_outbox_parked_messages", f"Messages that Pub/Sub refuses for good; {capped}.", totals.parked)
    yield _gauge(
        "aiprod_outbox_oldest_parked_age_seconds", "How long the first of them is parked.", totals.oldest_parked_s
    )
    yield _gauges(
        "aiprod_dead_letters_open",
        f"Dead letters that are neither replayed nor discarded, by reason; each {capped}.",
        "reason",
        totals.letters,
    )
    yield _gauge("aiprod_dead_letters_oldest_open_age_seconds", "Age of the oldest of them.", totals.oldest_letter_s)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)


def _gauges(name: str, help_: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


class Metrics:
    """The counts of one process. Made by the factory and passed on."""

    def __init__(
        self,
        slots: Slots,
        database: Collector | None = None,
        *,
        outcomes: Iterable[str] = (),
        stop_reasons: Iterable[str] = (),
    ) -> None:
        # They would double the number of series, and process_start_time_seconds says the same.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = registry = CollectorRegistry()
        deliveries = Counter("aiprod_push_deliveries_total", "Deliveries by outcome.", ["outcome"], registry=registry)
        # The caches hold each series: the library's own look-up of a label costs more than the counting.
        self._delivery = cache(deliveries.labels)
        self._outcomes = frozenset(outcomes)
        stages = Histogram(
            "aiprod_stage_duration_seconds",
            "Finished stages.",
            ["stage"],
            buckets=STAGE_BUCKETS_S,
            registry=registry,
        )
        self._stage = cache(stages.labels)
        abandoned = Counter(
            "aiprod_stages_abandoned_total",
            "Stages abandoned before their end, by reason.",
            ["reason"],
            registry=registry,
        )
        self._abandoned = cache(abandoned.labels)
        # At 0 from the start: a rate needs a first value.
        for outcome in sorted(self._outcomes):
            self._delivery(outcome)
        for reason in stop_reasons:
            self._abandoned(reason)
        tokens = Counter(
            "aiprod_token_verifications_total",
            "Tokens by result: remembered, checked, or the code of the refusal.",
            ["result"],
            registry=registry,
        )
        self._token = cache(tokens.labels)
        publishes = Counter(
            "aiprod_publishes_total", "Publish calls by topic and result.", ["topic", "result"], registry=registry
        )
        self._publish = cache(publishes.labels)
        self.lease_takeovers = Counter(
            "aiprod_lease_takeovers_total", "Claims of a job whose lease had expired.", registry=registry
        )
        self.leases_lost = Counter(
            "aiprod_leases_lost_total", "Deliveries that found their lease lost.", registry=registry
        )
        self.heartbeat_failures = Counter(
            "aiprod_heartbeat_failures_total", "Heartbeats in which no lease could be renewed.", registry=registry
        )
        for name, help_, read in (
            ("aiprod_busy_slots", "Job slots in use.", lambda: slots.busy),
            ("aiprod_slots", "All job slots.", lambda: slots.jobs),
            (
                "aiprod_stages_outliving_delivery",
                "Stages that still hold a slot after their delivery was answered.",
                lambda: slots.outlived,
            ),
            ("aiprod_in_flight_bytes", "Bytes of the messages being worked on.", lambda: slots.in_flight_bytes),
        ):
            Gauge(name, help_, registry=registry).set_function(read)
        build = Gauge("aiprod_build_info", "1, with the version of the code.", ["version"], registry=registry)
        build.labels(__version__).set(1)
        ProcessCollector(registry=registry)
        if database is not None:
            registry.register(database)

    def delivered(self, outcome: str) -> None:
        """Count one answered delivery by its outcome's label (`delivery.outcomes`)."""
        self._delivery(outcome if outcome in self._outcomes else UNEXPECTED).inc()

    def stage_finished(self, stage: str, seconds: float) -> None:
        """Count one finished stage of the pipeline and its duration."""
        self._stage(stage).observe(seconds)

    def stage_abandoned(self, reason: str) -> None:
        """Count one stage that was left before its end; `reason` is a `delivery.context.StopReason`."""
        self._abandoned(reason).inc()

    def token_seen(self, result: str) -> None:
        """Count one token; `result` is `remembered`, `checked` or the code of the refusal (`auth.verifier`)."""
        self._token(result).inc()

    def published(self, topic: str, result: str) -> None:
        self._publish(topic, result).inc()

    def text(self) -> bytes:
        """Return everything in Prometheus' text format, version 0.0.4 (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)


def of_process(slots: Slots, engine: Engine, *, outcomes: Iterable[str], stop_reasons: Iterable[str]) -> Metrics:
    """Make the metrics of a process that serves; the labels given are there at 0. Opens no connection yet."""
    vitals = Remembered(lambda: _vitals(engine), keep_s=KEEP_VITALS_S)
    totals = Remembered(lambda: _totals(engine), keep_s=KEEP_TOTALS_S)
    return Metrics(slots, DatabaseCollector(vitals, totals), outcomes=outcomes, stop_reasons=stop_reasons)


def _vitals(engine: Engine) -> "Vitals":
    """Raises `Unavailable`, also if the database can be read but cannot do what a delivery asks of it."""
    from service.queries.counts import read_vitals  # noqa: PLC0415 (as in `families`)

    db.check(engine)
    return read_vitals(engine)


def _totals(engine: Engine) -> "Totals":
    from service.queries.counts import read_totals  # noqa: PLC0415 (as in `families`)

    return read_totals(engine)
