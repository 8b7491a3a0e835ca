"""Learn what the film knows of briefs by weights: whom a sentence speaks to (`script/addressee.py`), what is small
print (`script/small_print.py`), which lines are headings (`script/headings.py`), and which mood a brief has
(`script/moods.py`).

python -m lab.marked.learn                       # from the briefs of the tests; writes the weights
python -m lab.marked.learn --held FILE…          # learn from the others, and say how well it does on these
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from lab.marked import heads
from lab.marked.briefs import MARKED, Mark, Marked, read
from lab.marked.descent import Sample, learnt
from service.pipelines.film.script import addressee, headings, moods, sentences, small_print, weights
from service.pipelines.film.script.addressee import Place
from service.pipelines.film.script.treatment import MOODS

TO_MAKERS = frozenset({Mark.WISH, Mark.TALK})
LEASTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
LIGHT, FEWEST = 0.1, 2
"""A brief's mood is the sum of many small weights, of words that several briefs have."""

Weights: TypeAlias = dict[str, int]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked.learn", description=__doc__)
    options.add_argument("--held", nargs="*", type=Path, default=[], help="files to measure with, not to learn from")
    options.add_argument("--learn", nargs="*", type=Path, help="files to learn from (those of the tests)")
    chosen = options.parse_args()
    files = [file for file in chosen.learn or sorted(MARKED.glob("*.txt")) if file not in chosen.held]
    briefs = [brief for file in files for brief in read(file)]
    held = [brief for file in chosen.held for brief in read(file)]
    addressees, their_moods, small = of_addressees(briefs), of_moods(briefs), of_small_print(briefs)
    over = learnt([sample for brief in briefs for sample in heads.samples(brief)])
    sys.stdout.write(
        f"{len(briefs)} briefs: {len(addressees)} weights of addressees, {len(small)} of small print, "
        f"{len(over)} of headings, {len(their_moods)} of moods\n"
    )
    if held:
        sys.stdout.write(report(addressees, held) + report_moods(their_moods, held))
    else:
        addressee.WEIGHTS.write_bytes(weights.packed(addressees))
        small_print.WEIGHTS.write_bytes(weights.packed(small))
        headings.WEIGHTS.write_bytes(weights.packed(over))
        moods.WEIGHTS.write_bytes(weights.packed(their_moods))
    return 0


def of_addressees(briefs: Iterable[Marked]) -> Weights:
    """Return the weights of sentences to the makers."""
    return learnt([sample for brief in briefs for sample in samples(brief)])


def samples(brief: Marked) -> list[Sample]:
    """Return the sentences of a brief, and whether they are to its makers. Headings and hashtags are for neither."""
    found: list[tuple[bool, str]] = []
    label = ""
    for line in brief.lines:
        label = label if line.goes_on else ""
        if line.mark in {Mark.HEAD, Mark.TAGS}:
            # What a label introduces is one sentence with it.
            label = f"{line.text} " if line.mark is Mark.HEAD else ""
            continue
        found += [(line.mark in TO_MAKERS, sentence) for sentence in sentences.split(label + line.text)]
        label = ""
    return _placed(found)


def _placed(found: Sequence[tuple[bool, str]]) -> list[Sample]:
    """The sentences of a brief, each as its features at its place."""
    return [
        (is_so, tuple(addressee.features(sentence, Place(at, len(found) - 1 - at))))
        for at, (is_so, sentence) in enumerate(found)
    ]


def of_small_print(briefs: Iterable[Marked]) -> Weights:
    """Return the weights of what is shown at most, among what is for the viewers."""
    return learnt([sample for brief in briefs for sample in _small_print(brief)], light=0.3)


def _small_print(brief: Marked) -> list[Sample]:
    found = [
        (line.mark is Mark.PRINT, sentence)
        for line in brief.lines
        if line.mark in {Mark.SAY, Mark.CALL, Mark.PRINT}
        for sentence in sentences.split(line.text)
    ]
    return _placed(found)


def report(addressees: Weights, briefs: Sequence[Marked]) -> str:
    """Return, for some thresholds, how many of the sentences to makers are found, and how many of the others are
    wrongly taken for one."""
    chances = [
        (weights.chance(total), is_so)
        for brief in briefs
        for told in [samples(brief)]
        for total, (is_so, _) in zip(addressee.beside(_sums(addressees, told)), told, strict=True)
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


def _sums(addressees: Weights, told: Sequence[Sample]) -> list[float]:
    return [weights.total(addressees, features) / weights.UNIT for _, features in told]


def of_moods(briefs: Iterable[Marked]) -> Weights:
    """Return the weights of moods: of each feature, once for each mood."""
    found = [(brief.moods(), _of_mood(brief)) for brief in briefs if brief.moods()]
    seen = Counter(feature for _, features in found for feature in features)
    known = [(their, tuple(one for one in features if seen[one] >= FEWEST)) for their, features in found]
    return {
        f"{mood} {feature}": weight
        for mood in MOODS
        for feature, weight in learnt([(mood in their, features) for their, features in known], light=LIGHT).items()
    }


def report_moods(their_moods: Weights, briefs: Sequence[Marked]) -> str:
    """Return how many briefs get a mood that suits them."""
    known = [brief for brief in briefs if brief.moods()]
    right = sum(moods.best(their_moods, _of_mood(brief)) in brief.moods() for brief in known)
    return f"{right} of {len(known)} moods are right\n"


def _of_mood(brief: Marked) -> tuple[str, ...]:
    wished = [sentence for line in brief.marked(*TO_MAKERS) for sentence in sentences.split(line)]
    told = [sentence for line in brief.marked(Mark.SAY, Mark.CALL) for sentence in sentences.split(line)]
    return tuple(moods.features(wished, told))


if __name__ == "__main__":
    sys.exit(main())
