"""A percentage in the middle of a ring that fills as far, with the words before it above and those after it below."""

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.look.palettes import mixed
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements import gauge
from service.pipelines.film.studio.arrangements.number import figure, small
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, beside, column, facing, kicker, put, stage
from service.pipelines.film.studio.moving import Arc
from service.pipelines.film.studio.sprites import Sprite, Thing

_LEAST = 0.4
"""Of the frame's shorter side: a bar says more than a smaller ring."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    if look.zones.shape == "wide" and shot.lead and shot.label:
        return gauge.arrange(shot, look)  # A ring between them would be small, and read last beside them.
    square, room = beside(facing(look, shot), stage(look), 0.56)
    lead = lettering.fit(shot.lead, (room[0], 0, room[2], look.px(0.26)), small(look, 0.085), lines=3)
    label = lettering.fit(shot.label, (room[0], 0, room[2], look.px(0.26)), small(look, 0.085), lines=3)
    heights = [lead.height if shot.lead else 0, label.height if shot.label else 0]
    centred = look.zones.shape != "wide"
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD, centred=centred)
    if centred:
        left, top, right, bottom = stage(look)
        side = min(right - left, bottom - top - round(sum(heights)) - look.px(0.1), look.px(0.72)) // 2 * 2
        if side < look.px(_LEAST):
            return gauge.arrange(shot, look)
        at = column((left, top, right, bottom), [heights[0], side, heights[1]], [look.px(0.03), look.px(0.03)])
        square = ((left + right - side) // 2, round(at[1]), (left + right + side) // 2, round(at[1]) + side)
        tops = [at[0], at[2]]
    else:
        tops = column(room, heights, [look.px(0.03)])
    found: list[Thing] = []
    if shot.lead:
        found += put(look, shot.lead, lead, plain, room, top=tops[0], at=FIRST_S)
    found += ring(shot, look, square)
    if shot.label:
        found += put(look, shot.label, label, plain, room, top=tops[1], at=FIRST_S + 0.4)
    return kicker(look) + found


def ring(shot: Shot, look: Look, square: tuple[int, int, int, int]) -> list[Thing]:
    """The ring in a square box, and its number."""
    palette = look.palette
    side = min(square[2] - square[0], square[3] - square[1]) // 2 * 2
    x, y = (square[0] + square[2] - side) // 2, (square[1] + square[3] - side) // 2
    thick = round(side * 0.1)
    share = figures.percent(shot.headline) or 0.0
    inside = thick + round(side * 0.07)
    room = (x + inside, y + round(side * 0.3), x + side - inside, y + round(side * 0.7))
    block = lettering.fit_number(shot.headline, room, look.px(0.3), fonts.HEAVY)
    faint = mixed(palette.grounds[1], palette.text, 0.18)
    return [
        Sprite(sprites.ring(side, thick), faint, x, y, 0.1, "fade", 0.4, role="panel"),
        Arc(side, thick, share, palette.accent, x, y, FIRST_S, 1.1, role="panel"),
        *figure(look, shot.headline, block, room, (room[1] + room[3] - block.height) / 2, centred=True),
    ]
