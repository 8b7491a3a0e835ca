"""Who the film is from, on its last card: the client's logo, or else the film's title."""

from collections.abc import Callable

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, logo
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import Look, put
from service.pipelines.film.studio.sprites import Thing
from service.pipelines.film.studio.zones import Box


def branded(look: Look, shot: Shot, room: Box) -> tuple[Callable[[float], list[Thing]], float]:
    """Return the logo or else the title as a function of its top, and its height; 0.0 if the card's own words have the
    title."""
    left, _, right, _ = room
    if look.logo is not None:
        client, tall = look.logo, look.px(0.2)
        return (
            lambda top: logo.placed(client, look.palette, (left, round(top), right, round(top) + tall), at=0.1),
            float(tall),
        )
    if look.title.casefold() in f"{shot.headline} {shot.label}".casefold():
        return lambda _: [], 0.0
    block = lettering.fit(look.title, (left, 0, right, look.px(0.2)), look.px(0.085), lines=2)
    style = Lettering(look.palette.accent, look.palette.accent, weight=fonts.BOLD, centred=True)
    return (
        lambda top: [*put(look, look.title, block, style, room, top=top, at=0.1, early=True)],
        block.height,
    )
