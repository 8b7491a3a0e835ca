"""What a brief asks of its film that no film here can do, so that whoever ordered it is told. Pure."""

from collections.abc import Sequence

from service.pipelines.film.script.learnt import wished
from service.pipelines.film.script.learnt.wished import Kind

_SURE = 0.8


def warnings(wishes: Sequence[str], shapes: Sequence[str], made: str) -> list[str]:
    """Return a sentence for each such thing. `shapes`: the aspect ratios that are asked for, `made`: the film's."""
    others = [shape for shape in shapes if shape != made]
    found = [f"The brief asks for {' and '.join(others)}, too: this film is {made}. Each shape is a job of its own."]
    large = wished.asked(wishes, Kind.LARGE, least=_SURE)
    return [
        *(found if others else []),
        *(
            [f"The brief asks for large letters (“{large[0][0]}”): words are as large as their shots have room for."]
            if large
            else []
        ),
    ]
