"""What is doubtful in a film's title: how likely it is not the name. Pure."""

import math
from collections.abc import Iterator

from service.pipelines.film.script import brief
from service.pipelines.film.script.reread import Doubt, Kind

_LEAST = 0.02
_HELP = "a line “Title: …” says what the film is to be called"


def of_title(title: str, content: str, lang: str) -> Iterator[Doubt]:
    """Doubt a title, the more the likelier another name of the brief is. One that is no words of the brief's, and one
    that the brief gives in so many words, are not doubted."""
    chance = brief.title_chance(title, content, lang)
    if chance is not None:
        size = -math.log(max(chance, _LEAST))
        yield Doubt(Kind.TITLE, title, f"the title “{title}” may not be the name: {_HELP}", size)
