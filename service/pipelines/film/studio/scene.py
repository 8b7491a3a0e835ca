"""Lay out one shot: the table of arrangements."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from service.pipelines.film.script.look.storyboard import Arrangement
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio.arrangements import (
    badge,
    call,
    cards,
    centred,
    end_card,
    gauge,
    leaf,
    listing,
    number,
    panel,
    price,
    quote,
    quote_card,
    ring,
    small_print,
    statement,
    step,
    strips,
    timeline,
)
from service.pipelines.film.studio.look import Look
from service.pipelines.film.studio.sprites import Thing

_ARRANGEMENTS: Mapping[Arrangement, Callable[[Shot, Look], list[Thing]]] = MappingProxyType(
    {
        "statement": statement.arrange,
        "centred": centred.arrange,
        "panel": panel.arrange,
        "strips": strips.arrange,
        "step": step.arrange,
        "number": number.arrange,
        "badge": badge.arrange,
        "ring": ring.arrange,
        "gauge": gauge.arrange,
        "price": price.arrange,
        "leaf": leaf.arrange,
        "list": listing.arrange,
        "cards": cards.arrange,
        "timeline": timeline.arrange,
        "quote": quote.arrange,
        "quote_card": quote_card.arrange,
        "call": call.arrange,
        "end_card": end_card.arrange,
    }
)

_EMOJI = re.compile(r"(?:[\U0001F000-\U0001FAFF\u2600-\u2604\u2607-\u2712\u2715-\u27BF]\uFE0F?\u200D?)+")
"""Stars and check marks stay."""


def compose(shot: Shot, look: Look) -> list[Thing]:
    """Return the things of a shot in painting order."""
    shot, look, small = small_print.above(shot, look)
    return _ARRANGEMENTS[look.arrangement](shot, look) + small


def shown(shot: Shot) -> Shot:
    """Return a shot with the words that are shown: no marks that are left alone, such as a "!" after a date, and no
    emoji beside words, which fonts draw in outlines only. A shot's picture shows them."""
    lead, label = (words if any(map(str.isalnum, words)) else "" for words in (shot.lead, shot.label))
    return replace(
        shot,
        lead=_plain(lead),
        label=_plain(label),
        headline=_plain(shot.headline),
        items=tuple(map(_plain, shot.items)),
    )


def _plain(words: str) -> str:
    plain = " ".join(_EMOJI.sub(" ", words).split())
    return plain if any(map(str.isalnum, plain)) else words
