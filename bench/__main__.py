"""`make bench`: how fast is a delivery?"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bench import deliveries


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    options.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    options.add_argument("--count", type=int, default=1000, help="deliveries a round (1000)")
    options.add_argument("--no-old", action="store_true", help="without the worker that this service replaces")
    chosen = options.parse_args()
    medians = deliveries.run(chosen.rounds, chosen.count, say, old=not chosen.no_old)
    say("")
    for name, what in (("service", "this service"), ("bare", "a bare Flask route"), ("old", "the worker it replaces")):
        if name in medians:
            say(f"{what:<24} {medians[name]:8,.0f} a second")
    say(f"this service is {medians['service'] / medians['bare']:.2f} of a bare route")
    if "old" in medians:
        say(f"and {medians['service'] / medians['old']:.1f} times the worker it replaces")
    return 0


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's own words)


sys.exit(main())
