"""A call to action with its label, such as a web address, on a button."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts
from service.pipelines.film.studio.arrangements.brand import branded
from service.pipelines.film.studio.arrangements.button import button, button_height
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIRST_S,
    Look,
    headline,
    progress,
    put,
    split,
    stage,
)
from service.pipelines.film.studio.sprites import Thing

_SMALL = 0.07
"""A headline that would be smaller than this, of the frame's shorter side, gets the picture's room."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    if look.logo is not None and look.zones.shape == "square":
        look = replace(look, picture=None)  # There is room for one of the two.
    palette = look.palette
    shared = split(look, stage(look), 0.3, first=True, wide_share=0.38)
    left, top, right, bottom = room = shared.words
    name, name_height = branded(look, shot, room)
    pill = button_height(shot, look)
    gap = look.px(0.06)
    free = bottom - top - round(name_height) - pill - 2 * gap
    block = headline(look, shot.headline, (left, 0, right, free))
    if look.picture is not None and block.size < look.px(_SMALL):
        return arrange(shot, replace(look, picture=None))
    at, found = shared.settle([name_height, block.height, pill], [gap if name_height else 0, gap if pill else 0])
    style = Lettering(palette.text, palette.accent, weight=fonts.HEAVY, centred=True)
    found += name(at[0])
    found += put(look, shot.headline, block, style, room, top=at[1], at=FIRST_S, accent=shot.accent)
    if pill:
        found += button(shot, look, room, at[2])
    return progress(look) + found
