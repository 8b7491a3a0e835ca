"""Lay out one shot: the table of arrangements."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from service.pipelines.film.script.storyboard import Arrangement
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
    statement,
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


def compose(shot: Shot, look: Look) -> list[Thing]:
    """Return the things of a shot in painting order."""
    return _ARRANGEMENTS[look.arrangement](shot, look)
