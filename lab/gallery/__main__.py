"""`make gallery`: films of all briefs in all presets and shapes, their frames and what was measured on them, as one
page under docs/gallery/. The films themselves are thrown away."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

from lab.gallery import page
from lab.gallery.briefs import BRIEFS, Example
from lab.gallery.films import Film, Order, make
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.wishes import SIZES

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m gallery", description=__doc__)
    options.add_argument("--brief", action="append", choices=[one.name for one in BRIEFS], help="only this one; again")
    options.add_argument("--preset", action="append", choices=list(PRESETS), help="only this one; again")
    options.add_argument("--ratio", action="append", choices=list(SIZES), help="only this one; again")
    options.add_argument("--seconds", type=float, default=9.0, help="length of each film (9)")
    options.add_argument("--to", type=Path, default=ROOT / "docs" / "gallery", help="folder of the page (docs/gallery)")
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the films there")
    options.add_argument("--at-once", type=int, default=1, help="films at a time; each uses two cores by itself (1)")
    chosen = options.parse_args()
    orders = list(_orders(chosen.brief, chosen.preset, chosen.ratio, chosen.seconds))
    chosen.to.mkdir(parents=True, exist_ok=True)
    films: list[Film] = []
    with tempfile.TemporaryDirectory(prefix="aiprod-gallery-") as scratch:
        folder = chosen.keep or Path(scratch)
        with ThreadPoolExecutor(chosen.at_once) as pool:
            for film in pool.map(make, orders, [folder] * len(orders)):
                films.append(film)
                say(f"{len(films)} of {len(orders)}: {film.summary}")
        page.write(films, chosen.to)
        if chosen.keep:
            (folder / "films.json").write_text(json.dumps([film.facts for film in films], indent=1))
    broken = [film for film in films if film.is_surprise]
    for film in broken:
        say(f"NOT AS EXPECTED: {film.summary}")
    say(f"{len(films)} films, {len(broken)} not as expected. The page:\n{chosen.to / 'README.md'}")
    return 1 if broken else 0


def _orders(
    names: Sequence[str] | None, presets: Sequence[str] | None, ratios: Sequence[str] | None, seconds: float
) -> Iterator[Order]:
    briefs: list[Example] = [one for one in BRIEFS if not names or one.name in names]
    for brief, preset, ratio in product(briefs, presets or PRESETS, ratios or SIZES):
        yield Order(brief=brief, preset=preset, ratio=ratio, seconds=seconds)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's own words)


sys.exit(main())
