"""Who the film is from, on its last card: the client's logo, or else the film's title."""

from collections.abc import Callable

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, logo
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import Look, put
from service.pipelines.film.studio.sprites import Thing
from service.pipelines.film.studio.zones import Box

_ALONE, _BESIDE_A_CALL = 0.085, 0.07
"""The title's largest size, as a share of the frame's shorter side: smaller than what the viewer is to do."""
_LONGEST = 34
"""A longer title is a sentence, which the film has said already."""


def branded(look: Look, shot: Shot, room: Box, scale: float = 1.0) -> tuple[Callable[[float], list[Thing]], float]:
    """Return the logo or else the title as a function of its top, and its height; 0.0 if the card's own words have the
    title, or it is no name. `scale`: of its usual size."""
    left, _, right, _ = room
    if not scale:
        return lambda _: [], 0.0
    if look.logo is not None:
        client, tall = look.logo, look.px(0.2 * scale)
        return (
            lambda top: logo.placed(client, look.palette, (left, round(top), right, round(top) + tall), at=0.1),
            float(tall),
        )
    if len(look.title) > _LONGEST or look.title.casefold() in f"{shot.headline} {shot.label}".casefold():
        return lambda _: [], 0.0
    largest = look.px(scale * (_BESIDE_A_CALL if shot.label else _ALONE))
    block = lettering.fit(look.title, (left, 0, right, look.px(0.2)), largest, lines=2)
    style = Lettering(look.palette.accent, look.palette.accent, weight=fonts.BOLD, centred=True)
    return (
        lambda top: [*put(look, look.title, block, style, room, top=top, at=0.1, early=True)],
        block.height,
    )
