"""`make redteam`: attack the service, and say what got through."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from lab.redteam import suite
from lab.redteam.target import Target, world_in

MOST_S = 600.0
SHOWN = 20


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's output)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m lab.redteam", description=__doc__)
    parser.add_argument("groups", nargs="*", help=f"of {', '.join(suite.GROUPS)}; default: all")
    parser.add_argument("--short", action="store_true", help="fewer attacks of each kind")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(suite.GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    until, got_through = time.monotonic() + MOST_S, 0
    with tempfile.TemporaryDirectory(prefix="redteam-") as folder, world_in(Path(folder)) as world:
        target = Target(world, short=options.short)
        try:
            say(suite.HEAD)
            for result in suite.run(target, options.groups or list(suite.GROUPS), until=until):
                say(result.row)
                got_through += len(result.got_through)
                for line in result.got_through[:SHOWN]:
                    say(f"    {line[:300]!r}")
        finally:
            target.close()
    say(f"{got_through} got through" if got_through else "nothing got through")
    return 1 if got_through else 0


if __name__ == "__main__":
    sys.exit(main())
