"""Offer ten times what the service can do for minutes: it must do as much work per second as at capacity, and recover.

Capacity is what as many clients as there are job slots get done, each sending one job after another. The load is then
offered at ten times that rate, by clients that do not back off when they are refused.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from lab.bench.deliveries import world_around
from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn

SLOTS = 5
CLIENTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Jobs done per second at capacity, during and after the overload; `statuses` and the rest are of the overload."""

    capacity: float
    overloaded: float
    recovered: float
    statuses: dict[int, int]
    health_worst_s: float
    threads_before: int
    threads_after: int


def run(seconds: float, stage_ms: float, say: Callable[[str], None]) -> Figures:
    """Offer ten times the capacity for `seconds` seconds, in jobs of nine stages of `stage_ms` milliseconds."""
    with world_around(say) as (world, host, _):
        service = Gunicorn(world, MAX_CONCURRENT_JOBS=str(SLOTS), PUBSUB_EMULATOR_HOST=host, LOG_LEVEL="ERROR")
        try:
            _offer(service, stage_ms, 2, SLOTS, None)
            worker = psutil.Process(service.process.pid).children()[0]
            before = worker.num_threads()
            capacity = _offer(service, stage_ms, min(20.0, seconds), SLOTS, None)[204] / min(20.0, seconds)
            say(f"capacity: {capacity:.1f} jobs per second")
            done, worst = threading.Event(), [0.0]
            prober = threading.Thread(target=_probe, args=(service, done, worst))
            prober.start()
            statuses = _offer(service, stage_ms, seconds, CLIENTS, 10 * capacity)
            done.set()
            prober.join()
            recovered = _offer(service, stage_ms, min(20.0, seconds), SLOTS, None)[204] / min(20.0, seconds)
            return Figures(
                capacity=capacity,
                overloaded=statuses[204] / seconds,
                recovered=recovered,
                statuses=dict(statuses),
                health_worst_s=worst[0],
                threads_before=before,
                threads_after=worker.num_threads(),
            )
        finally:
            service.close()


def _offer(service: Gunicorn, stage_ms: float, seconds: float, clients: int, rate: float | None) -> Counter[int]:
    """Push new jobs from `clients` threads: `rate` per second in all, or each as soon as its last is answered."""
    ends = time.monotonic() + seconds
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def work(number: int) -> None:
        due = time.monotonic() + (number / rate if rate else 0.0)
        while time.monotonic() < ends:
            if rate:
                time.sleep(max(0.0, due - time.monotonic()))
                due += clients / rate
            status = service.push(Brief(metadata={"drill_stage_ms": stage_ms}).body()).status
            with lock:
                statuses[status] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def _probe(service: Gunicorn, done: threading.Event, worst: list[float]) -> None:
    while not done.wait(0.5):
        began = time.monotonic()
        call(service.port, "GET", "/health", timeout=60)
        worst[0] = max(worst[0], time.monotonic() - began)
