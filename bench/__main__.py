"""`make bench`: how fast is a delivery, and how much does a film cost?"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench import deliveries, films


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("what", nargs="?", choices=("all", "deliveries", "films"), default="all")
    options.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    options.add_argument("--count", type=int, default=1000, help="deliveries a round (1000)")
    options.add_argument("--no-old", action="store_true", help="without the worker that this service replaces")
    chosen = options.parse_args()
    if chosen.what in ("all", "deliveries"):
        _deliveries(chosen.rounds, chosen.count, old=not chosen.no_old)
    if chosen.what in ("all", "films"):
        _films()
    return 0


def _deliveries(rounds: int, count: int, *, old: bool) -> None:
    medians = deliveries.run(rounds, count, say, old=old)
    say("")
    for name, what in (("service", "this service"), ("bare", "a bare Flask route"), ("old", "the worker it replaces")):
        if name in medians:
            say(f"{what:<24} {medians[name]:8,.0f} a second")
    say(f"this service is {medians['service'] / medians['bare']:.2f} of a bare route")
    if "old" in medians:
        say(f"and {medians['service'] / medians['old']:.1f} times the worker it replaces\n")


def _films() -> None:
    figures = films.run(say)
    mb = 1_000_000
    say(f"{films.FILMS} films at once: {figures.film_s:.0f} s of film in {figures.wall_s:.0f} s")
    say(f"{figures.film_s / figures.cpu_s:.2f} s of film a CPU second")
    say(f"peak memory {figures.peak_bytes / mb:,.0f} MB, of it scratch files {figures.scratch_bytes / mb:,.0f} MB")
    say(f"leases lost: {figures.leases_lost}")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's own words)


sys.exit(main())
