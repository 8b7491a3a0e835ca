"""A date as the leaf of a calendar: the month above, the day large, weekday and year below."""

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.number import small
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIELD_S, FIRST_S, Look, beside, column, facing, kicker, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_HEAD = 0.27
_FOOT = 0.19
_TALLEST = 0.3
"""The most room for words before or after the leaf, as a share of the frame's shorter side."""
_BETWEEN = 0.56
"""The leaf between words in a wide frame, likewise."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    is_wide = look.zones.shape == "wide"
    square, before, after = _beside(shot, look, room) if is_wide else (room, room, room)
    lead = lettering.fit(shot.lead, (before[0], 0, before[2], look.px(_TALLEST)), small(look, 0.095), lines=5)
    label = lettering.fit(shot.label, (after[0], 0, after[2], look.px(_TALLEST)), small(look, 0.085), lines=5)
    heights = [lead.height if shot.lead else 0, label.height if shot.label else 0]
    if is_wide:
        tops = [column(words, [height], [])[0] for words, height in zip((before, after), heights, strict=True)]
    else:
        left, top, right, bottom = room
        side = min(right - left, bottom - top - round(sum(heights)) - look.px(0.12), look.px(0.78))
        at = column(room, [heights[0], side, heights[1]], [look.px(0.05), look.px(0.05)])
        square = ((left + right - side) // 2, round(at[1]), (left + right + side) // 2, round(at[1]) + side)
        tops = [at[0], at[2]]
    found: list[Thing] = []
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD, centred=not is_wide)
    if shot.lead:
        found += put(look, shot.lead, lead, plain, before, top=tops[0], at=FIRST_S)
    found += _leaf(shot, look, square)
    if shot.label:
        found += put(look, shot.label, label, plain, after, top=tops[1], at=FIRST_S + 0.4)
    return kicker(look) + found


def _beside(shot: Shot, look: Look, room: Box) -> tuple[Box, Box, Box]:
    """The room for the leaf in a wide frame, and those for the words before and after it, in the order of reading."""
    left, top, right, bottom = room
    if not (shot.lead and shot.label):
        square, words = beside(facing(look, shot), room, 0.5)
        if shot.lead or shot.label:
            return square, words, words
        side = bottom - top
        return ((left + right - side) // 2, top, (left + right + side) // 2, bottom), room, room
    side, gap = min(bottom - top, look.px(_BETWEEN)), look.px(0.08)
    x, y = (left + right - side) // 2, (top + bottom - side) // 2
    sides = (left, top, x - gap, bottom), (x + side + gap, top, right, bottom)
    before, after = reversed(sides) if fonts.right_to_left(f"{shot.lead} {shot.label}") else sides
    return (x, y, x + side, y + side), before, after


def _leaf(shot: Shot, look: Look, box: Box) -> list[Thing]:
    date = figures.leaf(shot.headline)
    assert date is not None  # noqa: S101 -- the storyboard chose this arrangement for it
    palette = look.palette
    left, top, right, bottom = (side // 2 * 2 for side in box)
    radius = look.px(0.045)
    sheet = sprites.card(right - left, bottom - top, radius)
    head = round((bottom - top) * _HEAD) // 2 * 2
    strip = sprites.card(right - left, bottom - top, radius).cropped(0, 0, right - left, head)
    foot = round((bottom - top) * _FOOT) if date.weekday or date.year else 0
    inside = look.px(0.04)
    month_room = (left + inside, top + head // 4, right - inside, top + head - head // 12)
    month = lettering.fit(date.month, month_room, look.px(0.11), lines=1, weight=fonts.HEAVY)
    days_room = (left + inside, top + head, right - inside, bottom - foot)
    days = lettering.fit_number(date.days, days_room, look.px(0.36), fonts.HEAVY)
    below = ", ".join(part for part in (date.weekday, date.year) if part)
    foot_room = (left + inside, bottom - foot, right - inside, bottom - foot // 4)
    small_print = lettering.fit(below, foot_room, look.px(0.075), lines=1)
    ink = palette.grounds[0]
    pierced = sprites.disc(max(head // 7, 6))
    found: list[Thing] = [
        Sprite(sheet, palette.text, left, top, 0.0, "rise", FIELD_S, role="panel"),
        Sprite(strip, palette.accent, left, top, 0.0, "rise", FIELD_S, role="panel"),
    ]
    if palette.accent == palette.text:
        # Turned over, both are one colour: a line parts them.
        found[1] = Sprite(sprites.bar(right - left, look.px(0.01)), ink, left, top + head, 0.4, "wipe", role="trim")
    for share in (0.3, 0.7):
        x = left + round((right - left) * share) - pierced.width // 2
        found.append(Sprite(pierced, ink, x, top + head // 16, 0.4, "pop", role="trim"))
    on_strip = ink if palette.accent == palette.text else palette.on_accent
    for wording, block, room, colour, at in (
        (date.month, month, month_room, on_strip, FIRST_S + 0.2),
        (date.days, days, days_room, ink, FIRST_S + 0.3),
        (below, small_print, foot_room, ink, FIRST_S + 0.4),
    ):
        if wording:
            style = Lettering(colour, colour, weight=fonts.HEAVY, centred=True, entrance="rise")
            y = (room[1] + room[3] - block.height) / 2
            found += put(look, wording, block, style, room, top=y, at=at, early=True)
    return found
