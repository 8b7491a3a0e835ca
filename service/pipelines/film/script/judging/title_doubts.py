"""What is doubtful in a film's title: how likely it is not the name. Pure."""

import math
from collections.abc import Iterator

from service.pipelines.film.script.judging.reread import Doubt, Kind
from service.pipelines.film.script.names import titles

_LEAST = 0.02
_HELP = "a line “Title: …” says what the film is to be called"


def of_title(title: str, chance: float | None) -> Iterator[Doubt]:
    """Doubt a title, the more the less likely it is the name; one that is so unlikely that the film does not bear it is
    only missed. None: nobody knows, or the brief says so itself."""
    if chance is not None and chance < titles.LIKELY:
        yield Doubt(Kind.UNNAMED, title, f"the film bears no name, because “{title}” may not be it: {_HELP}", 1.0)
    elif chance is not None:
        size = -math.log(max(chance, _LEAST))
        yield Doubt(Kind.TITLE, title, f"the title “{title}” may not be the name: {_HELP}", size)
