"""The last card: the name on a field of the accent's colour, what to do, and where, on a button."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, sprites
from service.pipelines.film.studio.arrangements.brand import branded
from service.pipelines.film.studio.arrangements.button import button, button_height
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIRST_S,
    Look,
    column,
    halves,
    headline,
    pictured,
    progress,
    put,
    stage,
    turned,
)
from service.pipelines.film.studio.sprites import Sprite, Thing

_SMALL = 0.07
"""A headline that would be smaller than this, of the frame's shorter side, gets the picture's room."""
_LEAST = 0.55
"""Of the room's height, for the card."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    if shot.label and look.zones.shape == "square":
        look = replace(look, picture=None)  # There is no room for it.
    room = stage(look)
    found: list[Thing] = []
    if look.picture is not None:
        room, picture = halves(look, room, 0.36 if look.zones.shape != "wide" else 0.34, first=True)
        found += pictured(look, picture)
    left, top, right, bottom = room
    inside = look.px(0.06)
    on_card = turned(look)
    inner = (left + inside, top + inside, right - inside, bottom - inside)
    name, name_height = branded(on_card, shot, inner)
    pill = button_height(shot, on_card)
    gap = look.px(0.06)
    free = inner[3] - inner[1] - round(name_height) - pill - 2 * gap
    block = headline(look, shot.headline, (inner[0], 0, inner[2], free))
    if look.picture is not None and block.size < look.px(_SMALL):
        return arrange(shot, replace(look, picture=None))
    heights, gaps = [name_height, block.height, pill], [gap if name_height else 0, gap if pill else 0]
    tall = round(max(sum(heights) + sum(gaps) + 4 * inside, (bottom - top) * _LEAST))
    above = max(bottom - top - tall, 0) // 2
    card = sprites.card(right - left, min(tall, bottom - top), look.px(0.06))
    found.append(Sprite(card, look.palette.accent, left, (top + above) // 2 * 2, 0.05, "rise", 0.5, role="panel"))
    at = column(inner, heights, gaps, 0.5)
    style = Lettering(on_card.palette.text, on_card.palette.accent, weight=fonts.HEAVY, centred=True)
    found += name(at[0])
    found += put(look, shot.headline, block, style, inner, top=at[1], at=FIRST_S + 0.15)
    if pill:
        found += button(shot, on_card, inner, at[2])
    return progress(look) + found
