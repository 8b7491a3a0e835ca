"""The last card: the name on a field of the accent's colour, what to do, and where, on a button."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, sprites
from service.pipelines.film.studio.arrangements.brand import branded
from service.pipelines.film.studio.arrangements.button import Attempt, attempts, button
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIELD_S,
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

_SHARES = (0.36, 0.26)
"""How much of the room the picture has, if the words have enough with it."""
_LEAST = 0.55
"""Of the room's height, for the card."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    if shot.label and look.zones.shape == "square":
        look = replace(look, picture=None)  # There is no room for it.
    tried = (_arranged(shot, attempt.of(look), attempt) for attempt in attempts(look, *_SHARES))
    found = next(things for things in tried if things)
    return progress(look) + found


def _arranged(shot: Shot, look: Look, attempt: Attempt) -> list[Thing]:
    """What the card shows; nothing if its words would be too small."""
    room = stage(look)
    found: list[Thing] = []
    if look.picture is not None:
        room, picture = halves(look, room, attempt.picture, first=True)
        found += pictured(look, picture)
    left, top, right, bottom = room
    inside = look.px(0.045 if look.zones.shape == "tall" else 0.06)
    on_card = turned(look)
    inner = (left + inside, top + inside, right - inside, bottom - inside)
    name, name_height = branded(on_card, shot, inner, attempt.name)
    pill = button(shot, on_card, inner, attempt.button)
    pill_height = pill.height if pill else 0
    gap = look.px(0.06)
    free = inner[3] - inner[1] - round(name_height) - pill_height - (2 if name_height else 1) * gap
    block = headline(look, shot.headline, (inner[0], 0, inner[2], free))
    if block.size < look.px(attempt.least) or (look.picture is not None and pill is not None and pill.is_squeezed):
        return []
    heights, gaps = [name_height, block.height, pill_height], [gap if name_height else 0, gap if pill else 0]
    tall = round(max(sum(heights) + sum(gaps) + 4 * inside, (bottom - top) * _LEAST))
    above = max(bottom - top - tall, 0) // 2
    card = sprites.card(right - left, min(tall, bottom - top), look.px(0.06))
    found.append(Sprite(card, look.palette.accent, left, (top + above) // 2 * 2, 0.0, "rise", FIELD_S, role="panel"))
    at = column(inner, heights, gaps, 0.5)
    style = Lettering(on_card.palette.text, on_card.palette.accent, weight=fonts.HEAVY, centred=True)
    found += name(at[0])
    found += put(look, shot.headline, block, style, inner, top=at[1], at=FIRST_S + 0.15)
    if pill:
        found += pill.things(at[2])
    return found
