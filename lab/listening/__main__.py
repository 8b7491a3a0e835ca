"""Make films of briefs, listen to them by machine, and write what was found to docs/listening.md.

python -m lab.listening                      # all briefs, both engines: some ten minutes on two cores
python -m lab.listening --brief saas --engine espeak --to /tmp/listening
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any, get_args

from lab.gallery.briefs import BRIEFS, Example
from lab.listening import page, takes
from lab.listening.ears import Ears
from lab.listening.report import listen
from lab.listening.wording import sounds_by
from service.pipeline import Output
from service.pipelines.film.studio.speak import Reader
from service.pipelines.film.studio.voice import Engine

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "tests" / "pipelines" / "film" / "briefs"
CHOSEN = ("launch", "saas", "script", "cats", "dates", "realestate", "testimonial", "travel")
"""Of the briefs that people sent, eight in English with numbers, prices, dates, names and addresses."""


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.listening", description=__doc__)
    options.add_argument("--brief", action="append", help="a brief's name, or a file of one; may be repeated")
    options.add_argument("--engine", action="append", choices=get_args(Engine), help="only this one; may be repeated")
    options.add_argument("--kept", type=Path, help="folder of the measurements, with those of earlier runs")
    options.add_argument("--to", type=Path, default=ROOT / "docs", help="folder of the page (docs)")
    options.add_argument("--sound-only", action="store_true", help="make no pictures: faster, and it sounds the same")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="aiprod-listening-") as scratch:
        kept = chosen.kept or Path(scratch)
        kept.mkdir(parents=True, exist_ok=True)
        reader = Reader(["en-us"])
        ears, sounds = Ears(Path(scratch), reader), sounds_by(reader)
        for name in chosen.brief or CHOSEN:
            brief, preset, metadata = read(name)
            for engine in chosen.engine or get_args(Engine):
                home = Path(scratch) / f"{brief.name}-{engine}"
                take = takes.make(brief, preset, metadata, engine, home, is_whole=not chosen.sound_only)
                found = listen(take, ears, sounds)
                (kept / f"{brief.name}-{engine}.json").write_text(json.dumps(found.to_json(), indent=1))
                sys.stdout.write(f"{page.line(found.to_json())}\n  {found.written_down}\n")
                sys.stdout.flush()
        reports = [json.loads(file.read_text()) for file in sorted(kept.glob("*.json"))]
    page.write(reports, chosen.to)
    return 0


def read(name: str) -> tuple[Example, str, Output]:
    """Return a brief with the preset and the metadata of its first run."""
    file = Path(name) if name.endswith(".json") else REAL / f"{name}.json"
    if not file.exists():
        usual = next(brief for brief in BRIEFS if brief.name == name)
        return usual, "brand_campaign", {}
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    run = kept["runs"][0] if kept.get("runs") else kept
    return Example(name=kept["name"], about="", content=kept["content"]), run["preset"], run["metadata"]


if __name__ == "__main__":
    sys.exit(main())
