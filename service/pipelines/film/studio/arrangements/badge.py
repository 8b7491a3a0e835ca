"""A number on a large disc like a sticker, with the words before it above and those after it below."""

from dataclasses import replace

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements import number
from service.pipelines.film.studio.arrangements.number import figure, small
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIRST_S,
    Look,
    Split,
    beside,
    column,
    facing,
    halves,
    kicker,
    pictured,
    put,
    split,
    stage,
    turned,
)
from service.pipelines.film.studio.moving import Orbiting
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_LEADS = 1.3
"""How much larger than the words beside it a number must be to look like what matters."""
_LEAST_BESIDE = 0.46
"""A disc that would be smaller than this, of the frame's shorter side, gets the picture's room."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    left, _, right, _ = room
    if look.zones.shape == "wide":
        if shot.lead and shot.label:
            return number.arrange(shot, look)  # A disc beside them would be read last.
        alone = not (shot.lead or shot.label or look.picture)
        square, words = (room, room) if alone else beside(facing(look, shot), room, 0.5)
        found: list[Thing] = []
        if look.picture is not None:
            words, picture = halves(look, words, 0.46, first=False, down=True)
            found += pictured(look, picture)
        disc, amount = _disc(look, shot, square)
        beside_it, size = _beside(look, shot, words)
        return kicker(look) + found + disc + beside_it if amount >= _LEADS * size else number.arrange(shot, look)
    without = replace(look, picture=None)
    # In a square there is room for one of the two, and the disc is a picture itself.
    shared = split(without if look.zones.shape == "square" else look, room, 0.3, first=False)
    lead = lettering.fit(shot.lead, (left, 0, right, look.px(0.24)), small(look, 0.09), lines=3)
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.24)), small(look, 0.09), lines=3)
    heights = [lead.height if shot.lead else 0, 0, label.height if shot.label else 0]
    gap = look.px(0.035)
    across = _across(shared, sum(heights) + 2 * gap)
    if shared.look.picture is not None and across < look.px(_LEAST_BESIDE):
        shared = split(without, room, 0.3, first=False)
        across = _across(shared, sum(heights) + 2 * gap)
    side = min(right - left, across)
    heights[1] = side
    at, found = shared.settle(heights, [gap, gap])
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD, centred=True)
    if shot.lead:
        found += put(look, shot.lead, lead, plain, room, top=at[0], at=FIRST_S)
    disc, amount = _disc(look, shot, (left, round(at[1]), right, round(at[1]) + side))
    if amount < _LEADS * max(lead.size if shot.lead else 0, label.size if shot.label else 0):
        return number.arrange(shot, look)
    found += disc
    if shot.label:
        found += put(look, shot.label, label, plain, room, top=at[2], at=FIRST_S + 0.4)
    return kicker(look) + found


def _across(shared: Split, words: float) -> int:
    """How large the disc may be beside words of a height."""
    most = shared.look.px(0.8 if shared.look.picture is None else 0.6)
    return round(min(shared.words[3] - shared.words[1] - words, most))


def _disc(look: Look, shot: Shot, box: Box) -> tuple[list[Thing], int]:
    """The disc with the number on it, its unit smaller below, and a dot that circles it; and the number's size."""
    disc = sprites.disc(round(min(box[2] - box[0], box[3] - box[1]) * 0.94))
    centre = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    x, y = centre[0] - disc.width // 2, centre[1] - disc.height // 2
    inside = round(disc.width * 0.12)
    room = (x + inside, y + round(disc.height * 0.22), x + disc.width - inside, y + round(disc.height * 0.78))
    amount, unit = figures.parted(shot.headline)
    tall = room[3] - room[1]
    big = lettering.fit_number(
        amount, (room[0], 0, room[2], round(tall * (0.7 if unit else 1))), look.px(0.4), fonts.HEAVY
    )
    aside = round(disc.width * 0.06)
    small_print = lettering.fit(
        unit, (room[0] + aside, 0, room[2] - aside, round(tall * 0.34)), look.px(0.1), lines=2, weight=fonts.HEAVY
    )
    at = column(room, [big.height, small_print.height if unit else 0], [0], 0.5)
    dot = sprites.disc(round(disc.width * 0.05))
    on_disc = turned(look)
    found: list[Thing] = [
        Sprite(disc, look.palette.accent, x, y, 0.1, "pop", 0.5, role="panel"),
        Orbiting(dot, look.palette.text, (float(centre[0]), float(centre[1])), disc.width * 0.5, 0.5, clockwise=True),
        *figure(on_disc, amount, big, room, at[0], centred=True),
    ]
    if unit:
        ink = on_disc.palette.text
        style = Lettering(ink, ink, weight=fonts.HEAVY, centred=True)
        found += put(on_disc, unit, small_print, style, room, top=at[1], at=FIRST_S + 0.25, early=True)
    return found, big.size


def _beside(look: Look, shot: Shot, room: Box) -> tuple[list[Thing], int]:
    """The words beside the disc, and the larger of their sizes."""
    palette = look.palette
    left, top, right, bottom = room
    # There is only one of the two: a disc beside both would be read last.
    lead = lettering.fit(shot.lead, (left, 0, right, bottom - top), small(look, 0.09), lines=4)
    label = lettering.fit(shot.label, (left, 0, right, bottom - top), small(look, 0.09), lines=4)
    at = column(room, [lead.height if shot.lead else 0, label.height if shot.label else 0], [look.px(0.03)])
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    found: list[Thing] = []
    if shot.lead:
        found += put(look, shot.lead, lead, plain, room, top=at[0], at=FIRST_S)
    if shot.label:
        found += put(look, shot.label, label, plain, room, top=at[1], at=FIRST_S + 0.4)
    return found, max(lead.size if shot.lead else 0, label.size if shot.label else 0)
