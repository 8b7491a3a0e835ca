"""Latency at half the greatest rate, beside a bare Flask route that is asked as often, and beside the machine.

An open loop: requests become due evenly, and latency counts from when one was due. The machine may be at fault for the
slowest: one that lends its processors runs everything slowly now and then, which only those who need them notice. So a
process that only counts measures that before.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from lab.bench.deliveries import CONNECTIONS, pushes, warm_up, world_around
from lab.bench.load import Load, drive
from lab.harness.processes import Gunicorn

WARM_UP = 500
SLICE_S = 0.01
DIPPED = 0.5
"""A slice in which the machine did less than this part of its median is a dip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """Medians over the rounds; `greatest` is what the one-stage service does per second, asked without a pause."""

    greatest: float
    service: Load
    bare: Load
    dips: float
    """The part of the time in which the machine by itself ran at less than `DIPPED` of its usual speed."""


def run(rounds: int, seconds: float, say: Callable[[str], None]) -> Latencies:
    """Measure the one-stage service and the bare route in turns, each for `seconds` a round."""
    with world_around(say, durable=True) as (world, host, _):
        env = {"MAX_CONCURRENT_JOBS": str(CONNECTIONS), "LOG_LEVEL": "WARNING", "PUBSUB_EMULATOR_HOST": host}
        with (
            closing(Gunicorn(world, **env, PIPELINE="lab.bench.one_stage:pipeline")) as service,
            closing(Gunicorn(world, **env, GUNICORN_CMD_ARGS="--config lab/bench/bare_conf.py")) as bare,
        ):
            warm_up(host)
            dips = machine_dips(seconds)
            for server in (service, bare):
                drive(server.port, pushes(world, WARM_UP))
            greatest = statistics.median(drive(service.port, pushes(world, 2 * WARM_UP)).rate for _ in range(3))
            say(f"the greatest rate: {greatest:.0f} a second")
            count, found = round(greatest / 2 * seconds), {service: list[Load](), bare: list[Load]()}
            for _ in range(rounds):
                for server, loads in found.items():
                    loads.append(drive(server.port, pushes(world, count), rate=greatest / 2))
            return Latencies(greatest=greatest, service=_median(found[service]), bare=_median(found[bare]), dips=dips)


def lines(found: Latencies) -> list[str]:
    """Return a Markdown table. Pure."""
    rows = ["| | median ms | p90 ms | p99 ms | most ms |", "| --- | --- | --- | --- | --- |"]
    for name, load in (("this service, one stage", found.service), ("a bare Flask route", found.bare)):
        rows.append(f"| {name} | {load.p50_ms:.1f} | {load.p90_ms:.1f} | {load.p99_ms:.1f} | {load.max_ms:.1f} |")
    p90 = found.service.p90_ms - found.bare.p90_ms
    p99 = found.service.p99_ms - found.bare.p99_ms
    return [
        *rows,
        "",
        f"at {found.greatest / 2:.0f} a second, over the bare route's: p90 {p90:+.1f} ms, p99 {p99:+.1f} ms",
        f"the machine by itself: less than half as fast as usual for {found.dips:.1%} of the time",
    ]


def machine_dips(seconds: float) -> float:
    """Count in slices for `seconds`, and return in which part of them the count was below `DIPPED` of the median."""
    counts = []
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        count = 0
        while time.monotonic() - began < SLICE_S:
            count += 1
        counts.append(count)
    usual = statistics.median(counts)
    return sum(count < DIPPED * usual for count in counts) / len(counts)


def _median(loads: list[Load]) -> Load:
    return Load(**{name: statistics.median(getattr(one, name) for one in loads) for name in Load.__slots__})
