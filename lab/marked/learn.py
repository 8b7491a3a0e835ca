"""Learn the weights of `service/pipelines/film/script/addressee.py` from marked briefs.

python -m lab.marked.learn                       # from the briefs of the tests; writes the weights
python -m lab.marked.learn --held FILE…          # learn from the others, and say how well it does on these

Logistic regression by stochastic descent with AdaGrad's steps; what weighs next to nothing is left out. The same briefs
give the same weights.
"""

import argparse
import json
import lzma
import math
import random
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab.marked.briefs import MARKED, Mark, Marked, read
from service.pipelines.film.script import addressee, sentences
from service.pipelines.film.script.addressee import Place

ROUNDS, STEP, SHRINK = 15, 0.1, 2e-5
"""Rounds over all sentences, the first step, and how much of a weight is lost whenever its feature is seen."""
LIGHT = 0.15
"""What weighs less is left out."""

Sample = tuple[bool, tuple[str, ...], str]
"""Whether a sentence is for the makers, its features, and the sentence."""
Brief = list[Sample]


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m lab.marked.learn", description=__doc__)
    options.add_argument("--held", nargs="*", type=Path, default=[], help="files to measure with, not to learn from")
    options.add_argument("--learn", nargs="*", type=Path, help="files to learn from (those of the tests)")
    options.add_argument("--to", type=Path, help="where to write the weights (the film's own)")
    chosen = options.parse_args()
    files = [file for file in chosen.learn or sorted(MARKED.glob("*.txt")) if file not in chosen.held]
    weights = learnt(of_files(files))
    sys.stdout.write(f"{len(weights)} weights\n")
    if chosen.held:
        sys.stdout.write(report(weights, of_files(chosen.held)))
    if chosen.to or not chosen.held:
        written = json.dumps(dict(sorted(weights.items())), ensure_ascii=False, separators=(",", ":")).encode()
        (chosen.to or addressee._WEIGHTS).write_bytes(lzma.compress(written, preset=9 | lzma.PRESET_EXTREME))  # noqa: SLF001
    return 0


def of_files(files: Iterable[Path]) -> list[Brief]:
    """Return the sentences of marked briefs. Headings and hashtags are for neither."""
    return [_of(brief) for file in files for brief in read(file)]


def _of(brief: Marked) -> Brief:
    found: list[tuple[bool, str]] = []
    label = ""
    for line in brief.lines:
        label = label if line.goes_on else ""
        if line.mark in {Mark.HEAD, Mark.TAGS}:
            # What a label introduces is one sentence with it.
            label = f"{line.text} " if line.mark is Mark.HEAD else ""
            continue
        for_makers = line.mark in {Mark.WISH, Mark.TALK}
        found += [(for_makers, sentence) for sentence in sentences.split(label + line.text)]
        label = ""
    return [
        (for_makers, tuple(addressee.features(sentence, Place(at, len(found) - 1 - at))), sentence)
        for at, (for_makers, sentence) in enumerate(found)
    ]


def learnt(briefs: Sequence[Brief]) -> dict[str, int]:
    """Return the weight of each feature, in hundredths."""
    samples = [sample for brief in briefs for sample in brief]
    kept = [(is_so, features) for is_so, features, _ in samples]
    weights: dict[str, float] = defaultdict(float)
    slopes: dict[str, float] = defaultdict(lambda: 1e-6)
    order = random.Random(1)  # noqa: S311 -- no secret, only an order
    for _ in range(ROUNDS):
        order.shuffle(kept)
        for is_so, features in kept:
            sure = 1 / (1 + math.exp(-sum(weights[feature] for feature in features)))
            slope = sure - is_so
            for feature in features:
                slopes[feature] += slope * slope
                weights[feature] -= STEP * slope / math.sqrt(slopes[feature]) + SHRINK * weights[feature]
    return {feature: round(100 * weight) for feature, weight in weights.items() if abs(weight) >= LIGHT}


def report(weights: dict[str, int], briefs: Sequence[Brief]) -> str:
    """Return, for some thresholds, how many of the sentences for makers are found, and how many of the others are
    wrongly taken for one."""
    chances = [
        (1 / (1 + math.exp(-total)), is_so)
        for brief in briefs
        for total, (is_so, _, _) in zip(addressee.beside(_sums(weights, brief)), brief, strict=True)
    ]
    makers = sum(is_so for _, is_so in chances)
    lines = [f"{len(chances)} sentences, {makers} of them for the makers\n"]
    for least in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
        found = sum(is_so for chance, is_so in chances if chance >= least)
        wrong = sum(not is_so for chance, is_so in chances if chance >= least)
        lines.append(
            f"  from {least:4}: {found:4} found ({found / (makers or 1):.0%}), "
            f"{wrong:3} of the viewers' taken ({wrong / ((len(chances) - makers) or 1):.1%})\n"
        )
    return "".join(lines)


def _sums(weights: dict[str, int], brief: Brief) -> list[float]:
    return [sum(weights.get(feature, 0) for feature in features) / 100 for _, features, _ in brief]


if __name__ == "__main__":
    sys.exit(main())
