"""Learn what the film knows of briefs by weights: whom a sentence speaks to (`script/addressee.py` and
`script/surroundings.py`), what is small print (`script/small_print.py`), which lines are headings
(`script/headings.py`), which mood a brief has (`script/moods.py`), and what it is about (`script/subjects.py`).

python -m lab.marked.learn                       # from the briefs of the tests; writes the weights
python -m lab.marked.learn --held FILE…          # learn from the others, and say how well it does on these
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from lab.marked import addressees, heads, learn_moods, learn_subjects
from lab.marked.briefs import MARKED, Mark, Marked, read
from lab.marked.descent import Sample, learnt
from service.pipelines.film.script import (
    addressee,
    headings,
    moods,
    sentences,
    small_print,
    subjects,
    surroundings,
    weights,
)
from service.pipelines.film.script.surroundings import Net

LEASTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
Weights: TypeAlias = dict[str, int]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked.learn", description=__doc__)
    options.add_argument("--held", nargs="*", type=Path, default=[], help="files to measure with, not to learn from")
    options.add_argument("--learn", nargs="*", type=Path, help="files to learn from (those of the tests)")
    chosen = options.parse_args()
    files = [file for file in chosen.learn or sorted(MARKED.glob("*.txt")) if file not in chosen.held]
    briefs = [brief for file in files for brief in read(file)]
    held = [brief for file in chosen.held for brief in read(file)]
    alone, nets = addressees.of_briefs(briefs)
    their_moods, small = learn_moods.of_briefs(briefs), of_small_print(briefs)
    over = learnt([sample for brief in briefs for sample in heads.samples(brief)], fewest=2)
    sys.stdout.write(
        f"{len(briefs)} briefs: {len(alone)} weights of addressees, {len(small)} of small print, "
        f"{len(over)} of headings, {len(their_moods)} of moods\n"
    )
    if held:
        sys.stdout.write(report(alone, nets, held) + learn_moods.report(their_moods, held))
    else:
        addressee.WEIGHTS.write_bytes(weights.packed(alone))
        surroundings.NETS.write_bytes(weights.packed(nets))
        small_print.WEIGHTS.write_bytes(weights.packed(small))
        headings.WEIGHTS.write_bytes(weights.packed(over))
        moods.WEIGHTS.write_bytes(weights.packed(their_moods))
        subjects.WEIGHTS.write_bytes(weights.packed(learn_subjects.of_briefs(briefs)))
    return 0


def of_small_print(briefs: Iterable[Marked]) -> Weights:
    """Return the weights of what is shown at most, among what is for the viewers."""
    return learnt([sample for brief in briefs for sample in _small_print(brief)], light=0.3, fewest=2)


def _small_print(brief: Marked) -> list[Sample]:
    found = [
        (line.mark is Mark.PRINT, sentence)
        for line in brief.lines
        if line.mark in {Mark.SAY, Mark.CALL, Mark.PRINT}
        for sentence in sentences.split(line.text)
    ]
    placed = addressee.placed([sentence for _, sentence in found])
    return [(is_small, tuple(features)) for (is_small, _), features in zip(found, placed, strict=True)]


def report(alone: Weights, nets: Sequence[Net], briefs: Sequence[Marked]) -> str:
    """Return, for some thresholds, how many of the sentences to makers are found, and how many of the others are
    wrongly taken for one."""
    chances = [
        (chance, is_so)
        for brief in briefs
        for chance, is_so in addressees.chances(alone, nets, addressees.speech(brief))
        if is_so is not None
    ]
    makers = sum(is_so for _, is_so in chances)
    lines = [f"{len(chances)} sentences, {makers} of them to the makers\n"]
    for least in LEASTS:
        found = sum(is_so for chance, is_so in chances if chance >= least)
        wrong = sum(not is_so for chance, is_so in chances if chance >= least)
        lines.append(
            f"  from {least:4}: {found:4} found ({found / (makers or 1):.0%}), "
            f"{wrong:3} of the viewers' taken ({wrong / ((len(chances) - makers) or 1):.1%})\n"
        )
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
