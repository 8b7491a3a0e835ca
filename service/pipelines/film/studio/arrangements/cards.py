"""Items on cards that come in one below the other, as they are spoken; those of a price list with their prices in a
column of their own."""

from collections.abc import Sequence

from service.pipelines.film.script import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.listing import (
    STEP_S,
    Heading,
    beside_picture,
    one_size,
    said_in_two,
)
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, kicker, paper, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_SMALLEST = 26
_BETWEEN = 0.6
"""Between the names and the prices, as a share of their size."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    room, found = beside_picture(shot, look, room, first=True)
    left, top, right, bottom = room
    pad, gap, edge = look.px(0.026), look.px(0.022), max(look.px(0.016), 6)
    rtl = fonts.right_to_left(" ".join(shot.items))
    inner = (left + pad * 2, top, right - pad * 2, bottom)
    head = Heading.of(shot, look, room)
    largest = look.px(0.115 * look.zones.scale)
    rows = [] if rtl else [row for row in map(figures.priced, shot.items) if row is not None]
    rows = rows if len(rows) == len(shot.items) else []
    names = [name for name, _ in rows] or shot.items
    while True:
        # The prices have the size of the names, which have the room that the prices leave.
        across = max((lettering.width(price.split(), largest) for _, price in rows), default=-_BETWEEN * largest)
        free = (inner[0], inner[1], inner[2] - round(across + _BETWEEN * largest), inner[3])
        blocks = one_size(names, head.below(free), largest, lambda _: 2 * pad + gap)
        if not rows or blocks[0].size == largest or largest <= _SMALLEST:
            break
        largest = max(int(largest * 0.94), _SMALLEST)
    heights = [round(block.height) + 2 * pad for block in blocks]
    top_of_all, *tops = column(room, [head.height, *heights], [0, *[gap] * (len(blocks) - 1)])
    found += head.things(top_of_all)
    face, ink = paper(palette)
    style = Lettering(ink, ink, weight=fonts.BOLD)
    for number, (item, block, at, tall) in enumerate(zip(shot.items, blocks, tops, heights, strict=True)):
        begins = FIRST_S + 0.1 + number * STEP_S
        middle = at + tall / 2
        said, price_said = said_in_two(look, item, *rows[number]) if rows else (None, None)
        words = put(look, names[number], block, style, free, top=middle - block.height / 2, at=begins, said=said)
        if rows:
            words += _price(look, rows[number][1], block.size, inner, middle=middle, at=begins + 0.1, said=price_said)
        begins = max(min(word.at for word in words) - 0.15, 0.05)
        timed = words[0].timed
        card = sprites.card(right - left, tall, look.px(0.03))
        mark = sprites.bar(edge, tall - look.px(0.04))
        x = right - mark.width - pad // 2 if rtl else left + pad // 2
        found.append(Sprite(card, face, left, round(at), begins, "rise", 0.35, timed, "panel"))
        y = round(at) + (card.height - mark.height) // 2
        found.append(Sprite(mark, palette.accent, x, y, begins, "fade", 0.4, timed, "trim"))
        found += words
    return kicker(look) + found


def _price(
    look: Look, wording: str, size: int, room: Box, *, middle: float, at: float, said: Sequence[float] | None
) -> list[Sprite]:
    """A price at the right side of a room, as large as the words of its line."""
    _, ink = paper(look.palette)
    block = lettering.fit(wording, room, size, lines=1, whole=True, weight=fonts.BOLD)
    left = room[2] - round(lettering.width(block.lines[0], block.size))
    style = Lettering(ink, ink, weight=fonts.BOLD)
    where = (left, room[1], room[2], room[3])
    return put(look, wording, block, style, where, top=middle - block.height / 2, at=at, said=said)
