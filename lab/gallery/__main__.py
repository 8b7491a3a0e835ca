"""Make a film of each brief that people sent, and write one page of their posters, frames and measurements to
docs/gallery/ (`make gallery`); with --kinds, of all kinds of briefs in all presets and shapes. The films themselves
are deleted unless --keep says where to put them."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, product
from pathlib import Path

from lab.gallery import page
from lab.gallery.briefs import BRIEFS, Example, real
from lab.gallery.films import Exhibit, Variant, make
from service.pipelines.film.presets import PRESETS
from service.pipelines.film.wishes import SIZES

ROOT = Path(__file__).resolve().parents[2]
_ONLY = "only this one; may be repeated"


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.gallery", description=__doc__)
    names = [brief.name for brief in (*real(), *BRIEFS)]
    options.add_argument("--kinds", action="store_true", help="all kinds of briefs in all presets and shapes")
    options.add_argument("--brief", action="append", choices=names, help=_ONLY)
    options.add_argument("--preset", action="append", choices=list(PRESETS), help=_ONLY)
    options.add_argument("--ratio", action="append", choices=list(SIZES), help=_ONLY)
    options.add_argument("--seconds", type=float, help="length of each film (what its words need; 9 with --kinds)")
    options.add_argument("--to", type=Path, default=ROOT / "docs" / "gallery", help="folder of the page (docs/gallery)")
    options.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the films in this folder")
    options.add_argument("--at-once", type=int, default=1, help="films made at a time; each uses two cores (1)")
    chosen = options.parse_args()
    if chosen.kinds:
        variants = list(_variants(chosen.brief, chosen.preset, chosen.ratio, chosen.seconds or 9.0))
    else:
        variants = [one for one in each(chosen.seconds) if not chosen.brief or one.brief.name in chosen.brief]
    chosen.to.mkdir(parents=True, exist_ok=True)
    exhibits: list[Exhibit] = []
    with tempfile.TemporaryDirectory(prefix="aiprod-gallery-") as scratch:
        folder = chosen.keep or Path(scratch)
        with ThreadPoolExecutor(chosen.at_once) as pool:
            for exhibit in pool.map(make, variants, [folder] * len(variants)):
                exhibits.append(exhibit)
                say(f"{len(exhibits)} of {len(variants)}: {exhibit.summary}")
        page.write(exhibits, chosen.to)
        if chosen.keep:
            (folder / "films.json").write_text(json.dumps([exhibit.facts for exhibit in exhibits], indent=1))
    surprises = [exhibit for exhibit in exhibits if exhibit.is_surprise]
    for exhibit in surprises:
        say(f"NOT AS EXPECTED: {exhibit.summary}")
    say(f"{len(exhibits)} films, {len(surprises)} not as expected. The page:\n{chosen.to / 'README.md'}")
    return 1 if surprises else 0


def each(seconds: float | None = None) -> Iterator[Variant]:
    """Yield a film of each brief that people sent, their shapes in turn."""
    for brief, ratio in zip(real(), cycle(SIZES), strict=False):
        yield Variant(brief=brief, preset="quick_social", ratio=ratio, seconds=seconds)


def _variants(
    names: Sequence[str] | None, presets: Sequence[str] | None, ratios: Sequence[str] | None, seconds: float
) -> Iterator[Variant]:
    briefs: list[Example] = [brief for brief in BRIEFS if not names or brief.name in names]
    for brief, preset, ratio in product(briefs, presets or PRESETS, ratios or SIZES):
        yield Variant(brief=brief, preset=preset, ratio=ratio, seconds=seconds)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 -- the command's output


if __name__ == "__main__":
    sys.exit(main())
