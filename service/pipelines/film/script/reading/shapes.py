"""Which shapes a brief asks for in its text: "9:16 please", "se der em vertical", "1920x1080". Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.learnt import wished
from service.pipelines.film.script.learnt.wished import Kind

_NAMED = {Kind.TALL: "9:16", Kind.SQUARE: "1:1", Kind.WIDE: "16:9"}
_FIGURES = re.compile(
    r"(?<![\d:.,/])(?P<wide>\d{1,4})\s?(?P<sign>[:x\u00d7\u2236/])\s?(?P<high>\d{1,4})(?![\d:]|\s?(?:[ap]\.?m\b|uhr|"
    r"h\b|\u20ac|\$|cm\b|m\b|mm\b))",
    re.IGNORECASE,
)
_STAMPED = re.compile(r"^\W{0,2}\d{1,2}:\d\d\b[^:]{0,30}:\s")
"""When somebody wrote in a chat: "9:16 Bea: …"."""
_OF_FIGURES = {(9, 16): "9:16", (1, 1): "1:1", (16, 9): "16:9", (4, 5): "9:16", (2, 3): "9:16", (4, 3): "16:9"}
"""The shape that is nearest to what is asked for."""
_SHORTEST_SIDE = 480
"""Pixels of a film's shorter side, in a size that asks for a shape."""
_TALLER, _WIDER = 0.85, 1.2
_FEW_WORDS = 5
"""Words of a wish in which "16/9" is no date."""


def asked(wishes: Sequence[str]) -> tuple[str, ...]:
    """Return the aspect ratios that the wishes of a brief ask for, each once, in their order; figures come first."""
    figures = (shape for wish in wishes if not _STAMPED.match(wish) for shape in _in_figures(wish))
    words = (_NAMED[kind] for _, kind in wished.asked(wishes, *_NAMED))
    return tuple(dict.fromkeys((*figures, *words)))


def _in_figures(wish: str) -> list[str]:
    is_short = len(wish.split()) <= _FEW_WORDS
    found = []
    for figures in _FIGURES.finditer(wish):
        wide, high = int(figures["wide"]), int(figures["high"])
        if min(wide, high) >= _SHORTEST_SIDE:
            share = wide / high
            found.append("9:16" if share < _TALLER else "16:9" if share > _WIDER else "1:1")
        elif (wide, high) in _OF_FIGURES and (figures["sign"] != "/" or is_short):
            found.append(_OF_FIGURES[wide, high])
    return found
