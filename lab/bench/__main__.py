"""`make bench`: how fast is a delivery, and how much does a film cost?"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.bench import cold, deliveries, fill, films, growth, latency, overload, traces
from lab.bench.peers import run as peers

CHOICES = ("all", "deliveries", "films", "overload", "traces", "peers", "cold", "latency", "growth")
NAMES = {
    "service": "this service, the drill's nine stages",
    "one stage": "this service, one stage",
    "bare": "a bare Flask route",
    "old": "the worker it replaces (no checkpoints)",
}


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.bench", description=__doc__)
    options.add_argument("what", nargs="?", choices=CHOICES, default="all")
    options.add_argument("--seconds", type=float, help="how long to overload (30), or a row of peers works a round (3)")
    options.add_argument(
        "--stage-ms", type=float, default=50, help="length of each of a job's nine stages in overload (50)"
    )
    options.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    options.add_argument("--count", type=int, default=1000, help="deliveries per round (1000)")
    options.add_argument("--jobs", type=int, default=2_000_000, help="that have ended, in growth (2,000,000)")
    options.add_argument(
        "--ids", choices=fill.IDS, default="timed", help="of the jobs in growth (timed, as the API makes them)"
    )
    options.add_argument("--only", action="append", default=[], help="part of the name of a row of peers; repeatable")
    options.add_argument("--other", type=Path, help="another checkout of this service, as a row of peers or cold")
    options.add_argument("--no-old", action="store_true", help="without the worker that this service replaces")
    chosen = options.parse_args()
    if chosen.what in ("all", "deliveries"):
        _deliveries(chosen.rounds, chosen.count, old=not chosen.no_old)
    if chosen.what in ("all", "films"):
        _films(chosen.rounds)
    if chosen.what in ("all", "overload"):
        _overload(chosen.seconds or 30, chosen.stage_ms)
    if chosen.what in ("all", "traces"):
        _traces(chosen.rounds, chosen.count)
    if chosen.what == "peers":
        peers.run(chosen.rounds, chosen.seconds or 3, say, only=chosen.only, other=chosen.other)
    if chosen.what == "cold":
        _say_all(cold.lines(cold.run(chosen.rounds, say, other=chosen.other)))
    if chosen.what == "growth":
        _say_all(growth.lines(*growth.run(chosen.rounds, chosen.count, chosen.jobs, chosen.ids, say), chosen.jobs))
    if chosen.what == "latency":
        _say_all(latency.lines(latency.run(chosen.rounds, chosen.seconds or 5, say)))
    return 0


def _deliveries(rounds: int, count: int, *, old: bool) -> None:
    medians = deliveries.run(rounds, count, say, old=old)
    say("")
    say(f"{'':<42}  per s  of bare  times old   CPU ms of each: own  database  Pub/Sub")
    for name, what in NAMES.items():
        if name in medians:
            one = medians[name]
            times_old = one.rate / medians["old"].rate if old else float("nan")
            say(
                f"{what:<42}{one.rate:8,.0f}{one.rate / medians['bare'].rate:9.2f}{times_old:11.2f}"
                f"{one.own_ms:22.2f}{one.database_ms:10.2f}{one.pubsub_ms:9.2f}"
            )
    say("")


def _traces(rounds: int, count: int) -> None:
    medians = traces.run(rounds, count, say)
    off = medians["off"]
    say(f"{'traces, one stage':<20} per s of off   own CPU ms   over off")
    for way, one in medians.items():
        say(f"{way:<20}{one.rate / off.rate:13.2f}{one.own_ms:13.2f}{one.own_ms - off.own_ms:11.2f}")
    say("")


def _overload(seconds: float, stage_ms: float) -> None:
    figures = overload.run(seconds, stage_ms, say)
    say(f"offered ten times that for {seconds:.0f} s: did {figures.overloaded / figures.capacity:.2f} of the capacity")
    say(f"afterwards: {figures.recovered / figures.capacity:.2f} of it; answers: {figures.statuses}")
    say(f"slowest /health {figures.health_worst_s:.2f} s; threads {figures.threads_before} → {figures.threads_after}")


def _films(rounds: int) -> None:
    figures = films.run(rounds, say)
    mb = 1_000_000
    say("")
    say(f"{'one film of ' + str(films.SECONDS) + ' s, alone':<26}wall s   audio  render      QA   CPU s   own peak MB")
    for style, made in figures.alone.items():
        stages = (made.stages_s[name] for name in ("AUDIO_GENERATION", "RENDER_EXECUTION", "QA_TECHNICAL"))
        shown = "".join(f"{seconds:8.2f}" for seconds in (made.wall_s, *stages, made.cpu_s))
        say(f"  {style:<22}{shown}{(made.peak_bytes - made.idle_bytes) / mb:14,.0f}")
    say(f"{'render beside a plain pass':<26}  wall     CPU     film s/wall s     film s/CPU s")
    for style, one in figures.beside.items():
        ratios = f"{one.plain_s / one.render_s:8.2f}{one.plain_cpu_s / one.render_cpu_s:8.2f}"
        say(f"  {style:<22}{ratios}{one.film_s / one.render_s:18.2f}{one.film_s / one.render_cpu_s:17.2f}")
    made = figures.at_once
    say(f"{made.films} films at once: {made.film_s:.0f} s of film in {made.wall_s:.0f} s, {made.cpu_s:.0f} CPU seconds")
    say(f"  {made.film_s / made.cpu_s:.2f} s of film per CPU second; leases lost: {made.leases_lost}")
    peak, files, idle = (size / mb for size in (made.peak_bytes, made.scratch_bytes, made.idle_bytes))
    say(f"  peak memory {peak:,.0f} MB, {files:,.0f} MB of it scratch files; the idle service takes {idle:,.0f} MB")


def _say_all(lines: Sequence[str]) -> None:
    for line in lines:
        say(line)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's output)


sys.exit(main())
