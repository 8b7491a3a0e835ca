"""`python -m lab.console fill`: fill the database of the running dev, to try the console. `pages`: time every page.
`exercise`: fix a mess once by mouse and once by typing, and count. `pictures`: take the screenshots of docs/console
from the dev that was filled; `exercise --pictures` takes those that need no film."""

import argparse
import sys
from pathlib import Path

from lab.console import exercise, pages, pictures
from lab.console.fill import Amounts, fill
from service.dev import devfile


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.console", description=__doc__)
    options.add_argument("what", choices=("fill", "pages", "exercise", "pictures"))
    options.add_argument("--jobs", type=int, default=100_000, help="how many (100,000)")
    options.add_argument("--dir", type=Path, default=Path(".dev"), help="the folder of the running dev (.dev)")
    options.add_argument("--film", default="film-1", help="for pictures: the id of a job that made a film (film-1)")
    options.add_argument("--pictures", action="store_true", help="of the exercise, for docs/console")
    chosen = options.parse_args()
    if chosen.what == "pages":
        pages.run(chosen.jobs, say)
        return 0
    if chosen.what == "exercise":
        exercise.run(say, takes_pictures=chosen.pictures)
        return 0
    dev = devfile.read(chosen.dir)
    if dev is None:
        say(f"No dev runs in {chosen.dir}: start one with `make dev`.")
        return 1
    if chosen.what == "pictures":
        pictures.take(dev.url, dev.database_url, chosen.film)
        return 0
    fill(dev.database_url, Amounts(jobs=chosen.jobs))
    say(f"Filled; see {dev.url}/console/")
    return 0


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 (the command's own output)


if __name__ == "__main__":
    sys.exit(main())
