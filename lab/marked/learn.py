"""Learn what the film knows of briefs by weights: whom a sentence speaks to (`script/learnt/addressee.py`) and what it
is for (`script/learnt/purposes.py`), which mood a brief has (`script/look/moods.py`), what it is about
(`script/look/subjects.py`), and what its wishes ask for (`script/learnt/wished.py`).

python -m lab.marked.learn                       # from the briefs of the tests; writes the weights
python -m lab.marked.learn --held FILE…          # learn from the others, and say how well it does on these
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from lab.marked import addressees, learn_moods, learn_subjects, learn_wishes, recurrent
from lab.marked.briefs import MARKED, Marked, read
from service.pipelines.film.script.learnt import addressee, purposes, weights, wished
from service.pipelines.film.script.learnt.purposes import Net
from service.pipelines.film.script.look import moods, subjects

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
    their_moods = learn_moods.of_briefs(briefs)
    sys.stdout.write(f"{len(briefs)} briefs: {len(alone)} weights of addressees, {len(their_moods)} of moods\n")
    if held:
        sys.stdout.write(report(alone, nets, held) + learn_moods.report(their_moods, held))
    else:
        addressee.WEIGHTS.write_bytes(weights.packed(alone))
        purposes.NETS.write_bytes(recurrent.packed(nets))
        moods.WEIGHTS.write_bytes(weights.packed(their_moods))
        subjects.WEIGHTS.write_bytes(weights.packed(learn_subjects.of_briefs(briefs)))
        wished.WEIGHTS.write_bytes(weights.packed(learn_wishes.of_briefs(briefs)))
    return 0


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
