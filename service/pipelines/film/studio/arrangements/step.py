"""A step of something that is done in order: its number on a disc with a bar for each step beside it, what to do below,
and the picture."""

from service.pipelines.film.script.look.palettes import mixed
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, headline, kicker, put, split, stage, under_size
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_DISC, _DISC_ALONE = 0.22, 0.36
_FAINT = 0.28


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    number, count = shot.step or (1, 1)
    shared = split(look, stage(look), 0.36, first=False, wide_share=0.42)
    left, top, right, bottom = room = shared.words
    is_alone = look.picture is None and look.zones.shape == "tall"
    disc = look.px(_DISC_ALONE if is_alone else _DISC) // 2 * 2
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.24)), under_size(look), lines=4)
    under = label.height if shot.label else 0
    gaps = [look.px(0.045), look.px(0.035) if under else 0]
    free = bottom - top - disc - round(under) - sum(gaps)
    block = headline(look, shot.headline, (left, 0, right, free))
    at, found = shared.settle([disc, block.height, under], gaps)
    from_the_right = fonts.right_to_left(shot.headline)
    found += _counted(
        look, number, count, (left, round(at[0]), right, round(at[0]) + disc), from_the_right=from_the_right
    )
    style = Lettering(palette.text, palette.accent, weight=fonts.HEAVY)
    found += put(look, shot.headline, block, style, room, top=at[1], at=FIRST_S + 0.1, accent=shot.accent)
    if shot.label:
        quiet = Lettering(palette.text, palette.text, weight=fonts.MEDIUM)
        found += put(look, shot.label, label, quiet, room, top=at[2], at=FIRST_S + 0.5, early=True)
    return kicker(look) + found


def _counted(look: Look, number: int, count: int, room: Box, *, from_the_right: bool) -> list[Thing]:
    """The number on its disc, and a bar for each step: those done in the accent's colour."""
    palette = look.palette
    left, top, right, bottom = room
    side = bottom - top
    x = right - side if from_the_right else left
    inside = round(side * 0.2)
    box = (x + inside, top, x + side - inside, bottom)
    figure = lettering.fit(str(number), box, round(side * 0.62), lines=1, weight=fonts.HEAVY, whole=True)
    ink = Lettering(palette.on_accent, palette.on_accent, weight=fonts.HEAVY, centred=True)
    found: list[Thing] = [Sprite(sprites.disc(side), palette.accent, x, top, 0.1, "pop", 0.5, role="panel")]
    found += put(look, str(number), figure, ink, box, top=top + (side - figure.height) / 2, at=FIRST_S, early=True)
    gap = look.px(0.016)
    start, end = (left, x - 2 * gap) if from_the_right else (x + side + 2 * gap, right)
    across = min((end - start - (count - 1) * gap) // count, look.px(0.12))
    thick = max(look.px(0.014), 6)
    faint = mixed(palette.grounds[0], palette.text, _FAINT)
    y = top + (side - thick) // 2
    for step in range(count):
        begin = end - (step + 1) * across - step * gap if from_the_right else start + step * (across + gap)
        colour = palette.accent if step < number else faint
        found.append(Sprite(sprites.bar(across, thick), colour, begin, y, 0.2 + 0.05 * step, "wipe", 0.3, role="trim"))
    return found
