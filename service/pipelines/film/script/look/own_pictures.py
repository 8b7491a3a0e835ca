"""Which of the client's pictures goes behind which shot. Pure."""

from collections.abc import Sequence

from service.pipelines.film.script.treatment import Shot

_PLAIN = frozenset({"number", "list"})
"""Figures and lists are read: they get a picture only if there are more pictures than other shots."""


def placed(shots: Sequence[Shot], count: int) -> dict[int, int]:
    """Return the number of the picture for each shot that gets one, by the shot's index.

    The pictures keep their order, the first is behind the first shot, and few of them are spread over the whole film.
    """
    best = [index for index, shot in enumerate(shots) if shot.purpose not in _PLAIN]
    rest = [index for index, shot in enumerate(shots) if shot.purpose in _PLAIN]
    if count >= len(best):
        taken = sorted([*best, *rest[: count - len(best)]])
    else:
        last = max(count - 1, 1)
        taken = [best[round(number * (len(best) - 1) / last)] for number in range(count)]
    return {shot: number for number, shot in enumerate(taken)}
