"""What films make of briefs that nothing was learnt from and no rule was written for: keep it so.

The bounds are what was reached, with some room: a change that makes films worse in general fails here, whatever single
brief it mends. `python -m lab.marked tests/pipelines/film/marked/held/*.txt --show` says which lines they are.
"""

from collections import Counter
from functools import cache

import pytest

from lab.marked.__main__ import judged
from lab.marked.briefs import MARKED, Mark, read
from lab.marked.faults import Faults
from service.pipelines.film import pipeline

EVERY = {"english": 3, "forms": 3, "languages": 3, "wide": 10}
"""One brief in so many of a file is planned: they take a tenth of a second each."""


@cache
def counted() -> Counter[str]:
    films, found = pipeline({}), Counter[str]()
    briefs = [brief for name, every in EVERY.items() for brief in read(MARKED / "held" / f"{name}.txt")[::every]]
    for brief in briefs:
        film = judged(brief, films)
        found["films"] += 1
        if not isinstance(film, Faults):
            found["refused"] += 1
            continue
        found["for makers"] += len(brief.marked(Mark.WISH, Mark.TALK))
        found["for viewers"] += len(brief.marked(Mark.SAY, Mark.CALL))
        found["musts"] += len(brief.must())
        found["headings"] += len(brief.marked(Mark.HEAD))
        for name, lines in film:
            found[name] += len(lines)
    return found


def test_no_brief_is_refused() -> None:
    assert counted()["films"] > 80
    assert counted()["refused"] == 0


@pytest.mark.parametrize(
    ("fault", "of", "most"),
    [
        ("leak", "for makers", 0.12),
        ("lost", "for viewers", 0.025),
        ("missing", "musts", 0.035),
        ("head read", "headings", 0.07),
        ("title", "films", 0.16),
    ],
)
def test_films_are_no_worse_than_they_were(fault: str, of: str, most: float) -> None:
    found = counted()
    assert found[fault] <= most * found[of], f"{found[fault]} of {found[of]}"
