"""Fit what each kind of doubt costs (`service/pipelines/film/script/judging/trust.py`) to films of marked briefs.

python -m lab.marked.costs                       # from the briefs that are held back; prints the table

They are the films of briefs that no word was learnt from. How well the costs do is said of each quarter with those that
were fitted to the others. Logistic regression with weights of zero or more, scaled so that nine in ten films without a
fault keep a trust of more than a half.
"""

import math
import sys
from collections.abc import Mapping, Sequence

from lab.marked import report
from lab.marked.briefs import MARKED
from lab.marked.report import Judged
from service.pipelines.film.script.judging import trust
from service.pipelines.film.script.judging.reread import Kind

PARTS, ROUNDS, STEP = 4, 600, 0.5
PRIOR, PULL = 0.6, 5e-3
"""What a kind weighs before anything is known of it, and how strongly it is pulled there: rare kinds stay beside it."""
PASSING = 0.9
"""The share of the films without a fault that are to pass."""

Sample = tuple[Mapping[Kind, float], bool]
"""How large a film's doubts of each kind are, and whether it has a fault."""


def main() -> int:
    samples = [sample(film) for film in report.of_files(sorted((MARKED / "held").glob("*.txt")), is_first=True)]
    parts = [samples[part::PARTS] for part in range(PARTS)]
    unseen: list[tuple[float, bool]] = []
    for part in parts:
        costs = fitted([one for other in parts if other is not part for one in other])
        unseen += [
            (math.prod((1 - costs[kind]) ** count for kind, count in counts.items()), not bad) for counts, bad in part
        ]
    sys.stdout.write(told(unseen))
    for kind, cost in fitted(samples).items():
        sys.stdout.write(f"    Kind.{kind.name}: {cost:.2f},\n")
    return 0


def told(unseen: Sequence[tuple[float, bool]]) -> str:
    """Return how well films are told apart that costs were not fitted to."""
    clean = [score for score, is_clean in unseen if is_clean]
    others = [score for score, is_clean in unseen if not is_clean]
    passed, failed = (sum(score >= trust.LEAST for score in clean), sum(score < trust.LEAST for score in others))
    return (
        f"on others: {passed} of {len(clean)} without a fault pass, {failed} of {len(others)} with one fail, "
        f"area {report.ordered(unseen):.3f}\n"
    )


def sample(film: Judged) -> Sample:
    """Return how large the doubts of each kind are in a film, and whether it has a fault."""
    return trust.sizes(film.doubts), not film.faults.is_clean()


def fitted(samples: Sequence[Sample]) -> dict[Kind, float]:
    """Return what each kind of doubt costs."""
    weights, base = dict.fromkeys(Kind, PRIOR), 0.0
    for at in range(ROUNDS):
        step = STEP / (1 + at / 100)
        slopes, slope = dict.fromkeys(Kind, 0.0), 0.0
        for counts, is_bad in samples:
            total = base + sum(weights[kind] * count for kind, count in counts.items())
            off = 1 / (1 + math.exp(-total)) - is_bad
            slope += off
            for kind, count in counts.items():
                slopes[kind] += off * count
        base -= step * 4 * slope / len(samples)
        weights = {
            kind: max(weight - step * 4 * (slopes[kind] / len(samples) + PULL * (weight - PRIOR)), 0.0)
            for kind, weight in weights.items()
        }
    sums = sorted(sum(weights[kind] * n for kind, n in counts.items()) for counts, is_bad in samples if not is_bad)
    bar = max(sums[min(int(PASSING * len(sums)), len(sums) - 1)], 1e-6) + 1e-9
    return {kind: round(1 - 0.5 ** (weight / bar), 2) for kind, weight in weights.items()}


if __name__ == "__main__":
    sys.exit(main())
