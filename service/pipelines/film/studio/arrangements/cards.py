"""Items on cards that come in one below the other, as they are spoken; those of a price list with their prices in a
column of their own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.listing import (
    STEP_S,
    Heading,
    beside_picture,
    one_size,
    said_in_two,
)
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, kicker, paper, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_SMALLEST = 26
_BETWEEN = 0.6
"""Between the names and the prices, as a share of their size."""
_PAD, _GAP = 0.26, 0.24
"""Above and below the words on a card, and between two cards, likewise: small cards do not waste the room of words."""
_ASIDE, _MARK, _COLUMNS = 0.052, 0.013, 0.03
"""Beside the words, beside the mark and between two columns, as shares of the frame's shorter side."""
_ONE_COLUMN = 4
"""As many items are never set in two columns."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    rtl = fonts.right_to_left(" ".join(shot.items))
    rows = [] if rtl else [row for row in map(figures.priced, shot.items) if row is not None]
    rows = rows if len(rows) == len(shot.items) else []

    def settings(room: Box) -> list[_Setting]:
        most = 2 if look.zones.shape != "tall" and len(shot.items) > _ONE_COLUMN else 1
        return [_set(shot, look, room, rows, columns) for columns in range(1, most + 1)]

    def best(room: Box) -> _Setting:
        return max(settings(room), key=lambda setting: setting.size)

    room, found = beside_picture(shot, look, stage(look), first=True, size_in=lambda room: best(room).size)
    head, setting = Heading.of(shot, look, room), best(room)
    pad, gap = round(setting.size * _PAD), round(setting.size * _GAP)
    inner_left, _, inner_right, _ = setting.inner
    blocks, each = setting.blocks, math.ceil(len(setting.blocks) / setting.columns)
    heights = [round(block.height) + 2 * pad for block in blocks]
    if setting.columns > 1:
        # What stands side by side is of one height.
        by_row = [max(heights[row::each]) for row in range(each)]
        heights = [by_row[place % each] for place in range(len(blocks))]
    top_of_all, *tops = column(room, [head.height, *heights[:each]], [0, *[gap] * (each - 1)])
    found += head.things(top_of_all)
    step = setting.across + look.px(_COLUMNS)
    for number, (item, block, tall) in enumerate(zip(shot.items, blocks, heights, strict=True)):
        place = number // each
        aside = step * (setting.columns - 1 - place if rtl else place)
        left = room[0] + aside
        inner = (inner_left + aside, room[1], inner_right + aside, room[3])
        words_room = (inner[0], room[1], inner[2] - setting.for_prices, room[3])
        begins, at = FIRST_S + 0.1 + number * STEP_S, tops[number % each]
        middle = at + tall / 2
        said, price_said = said_in_two(look, item, *rows[number]) if rows else (None, None)
        _, ink = paper(look.palette)
        style = Lettering(ink, ink, weight=fonts.BOLD)
        name = rows[number][0] if rows else item
        words = put(look, name, block, style, words_room, top=middle - block.height / 2, at=begins, said=said)
        if rows:
            words += _price(look, rows[number][1], block.size, inner, middle=middle, at=begins + 0.1, said=price_said)
        found += _card(look, words, (left, round(at), left + setting.across, round(at) + tall), rtl=rtl)
        found += words
    return kicker(look) + found


def _card(look: Look, words: Sequence[Sprite], box: Box, *, rtl: bool) -> list[Thing]:
    """The card behind words and the mark beside them, which come just before these."""
    left, top, right, bottom = box
    begins, timed = max(min(word.at for word in words) - 0.15, 0.05), words[0].timed
    face, _ = paper(look.palette)
    card = sprites.card(right - left, bottom - top, look.px(0.03))
    mark = sprites.bar(max(look.px(0.016), 6), bottom - top - look.px(0.04))
    x = right - mark.width - look.px(_MARK) if rtl else left + look.px(_MARK)
    y = top + (card.height - mark.height) // 2
    return [
        Sprite(card, face, left, top, begins, "rise", 0.35, timed, "panel"),
        Sprite(mark, look.palette.accent, x, y, begins, "fade", 0.4, timed, "trim"),
    ]


@dataclass(frozen=True, slots=True)
class _Setting:
    """The names as they are set in `columns`, each `across` pixels wide; the room inside the cards of the first, and
    how much of its width is for the prices."""

    blocks: list[Block]
    columns: int
    across: int
    inner: Box
    for_prices: int

    @property
    def size(self) -> int:
        return self.blocks[0].size


def _set(shot: Shot, look: Look, room: Box, rows: Sequence[tuple[str, str]], columns: int) -> _Setting:
    """Set the names into a room, beside the prices of `rows` if there are any."""
    left, top, right, bottom = room
    aside, between = look.px(_ASIDE), look.px(_COLUMNS) * (columns - 1)
    across = (right - left - between) // columns
    inner = (left + aside, top, left + across - aside, bottom)
    head = Heading.of(shot, look, room)
    names = [name for name, _ in rows] or shot.items
    each = math.ceil(len(names) / columns)
    largest = look.px(0.115 * look.zones.scale)
    while True:
        # The prices have the size of the names, which have the room that the prices leave.
        widest = max((lettering.width(price.split(), largest) for _, price in rows), default=-_BETWEEN * largest)
        for_prices = round(widest + _BETWEEN * largest)
        free = head.below((inner[0], inner[1], inner[2] - for_prices, inner[3]))
        blocks = one_size(names, free, largest, lambda size: 2 * round(size * _PAD) + round(size * _GAP), each=each)
        size = blocks[0].size
        if not rows or size == largest or largest <= _SMALLEST:
            return _Setting(blocks, columns, across, inner, for_prices)
        largest = max(int(largest * 0.94), _SMALLEST)


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
