"""Items below one another under their heading, each with a dot, appearing as they are spoken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, halves, kicker, pictured, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

STEP_S = 0.35
"""From one item to the next if nobody says them."""
_MANY = 4
_HEADING = 0.085
"""The largest heading, of the frame's shorter side."""
_LEAST = {"tall": 0.086, "square": 0.07, "wide": 0.062}
"""Words smaller than this, likewise, are hard to read on a phone: they get the picture's room, if they become so much
larger with it."""
_LARGER = 1.12
_MOST_LINES = 4


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    indent = look.px(0.1)
    rtl = fonts.right_to_left(" ".join(shot.items))

    def beside_dots(room: Box) -> Box:
        left, top, right, bottom = room
        return (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)

    def blocks_in(room: Box) -> list[Block]:
        below = Heading.of(shot, look, room).below(beside_dots(room))
        return one_size(shot.items, below, look.px(0.125 * look.zones.scale), _gap)

    room, found = beside_picture(
        shot, look, room, first=look.zones.shape != "wide", size_in=lambda room: blocks_in(room)[0].size
    )
    left, _, right, _ = room
    words = beside_dots(room)
    head = Heading.of(shot, look, room)
    blocks = blocks_in(room)
    size = blocks[0].size
    top_of_all, *tops = column(
        room, [head.height, *(block.height for block in blocks)], [0, *[_gap(size)] * (len(blocks) - 1)]
    )
    found += head.things(top_of_all)
    style = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    dot = sprites.disc(max(round(size * 0.42), 16))
    for number, (item, block, at) in enumerate(zip(shot.items, blocks, tops, strict=True)):
        x = right - dot.width if rtl else left
        y = round(at + size * block.leading * 0.5 - dot.height * 0.44)
        put_words = put(look, item, block, style, words, top=at, at=FIRST_S + number * STEP_S)
        begins = max(min(word.at for word in put_words) - 0.1, 0.0)
        found.append(Sprite(dot, palette.accent, x, y, begins, "pop", 0.4, put_words[0].timed, role="trim"))
        found += put_words
    return kicker(look) + found


def _gap(size: int) -> float:
    return size * 0.42


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a list: the shot's lead, if it has one. `height` is that of all, with the gap below it."""

    look: Look
    wording: str
    room: Box
    block: Block
    height: float

    @staticmethod
    def of(shot: Shot, look: Look, room: Box) -> "Heading":
        left, _, right, _ = room
        size = look.px(_HEADING * look.zones.scale)
        block = lettering.fit(shot.lead, (left, 0, right, look.px(0.24)), size, lines=2, weight=fonts.HEAVY)
        return Heading(look, shot.lead, room, block, block.height + look.px(0.035) if shot.lead else 0.0)

    def below(self, room: Box) -> Box:
        """Return what the heading leaves of a room."""
        return room[0], room[1] + round(self.height), room[2], room[3]

    def things(self, top: float) -> list[Sprite]:
        """Return its words at a height."""
        accent = self.look.palette.accent
        style = Lettering(accent, accent, weight=fonts.HEAVY)
        return put(self.look, self.wording, self.block, style, self.room, top=top, at=FIRST_S) if self.wording else []


def beside_picture(
    shot: Shot, look: Look, room: Box, *, first: bool, size_in: Callable[[Box], int]
) -> tuple[Box, list[Thing]]:
    """Return the room for a list, and the picture beside or above it: the more items, the smaller, and none if its room
    is what makes the words small. `size_in`: the size of the list's words in a room, in pixels."""
    is_many = len(shot.items) + bool(shot.lead) >= _MANY
    if look.picture is None or (is_many and look.zones.shape == "square"):
        return room, []
    share = 0.36 if look.zones.shape == "wide" else 0.2 if len(shot.items) > _MANY else 0.3
    beside, picture = halves(look, room, share, first=first)
    size = size_in(beside)
    if size < look.px(_LEAST[look.zones.shape]) and size_in(room) > _LARGER * size:
        return room, []
    return beside, pictured(look, picture)


def one_size(
    items: Sequence[str], room: Box, largest: int, between: Callable[[int], float], *, each: int | None = None
) -> list[Block]:
    """Set all items at one size, the largest at which `each` of them (None: all) fit into the room below one another,
    `between` being what is needed for each besides its words, in pixels at a size. More stand beside those."""
    left, top, right, bottom = room
    size = largest
    smallest = min(26, largest)
    box = (left, 0, right, bottom - top)
    each = each or len(items)
    while True:
        blocks = even(items, size, lambda item, size: lettering.fit(item, box, size, lines=_MOST_LINES))
        size = blocks[0].size
        rows = [max(block.height for block in blocks[row::each]) + between(size) for row in range(each)]
        if sum(rows) <= bottom - top or size <= smallest:
            return blocks
        size = max(smallest, int(size * 0.94))


def even(items: Sequence[str], size: int, fit: Callable[[str, int], Block]) -> list[Block]:
    """Set all items at one size, up to `size`: that of the one that fits least."""
    while True:
        blocks = [fit(item, size) for item in items]
        least = min(block.size for block in blocks)
        if all(block.size == least for block in blocks):
            return blocks
        size = least


def said_in_two(
    look: Look, item: str, first_part: str, second_part: str
) -> tuple[Sequence[float] | None, Sequence[float] | None]:
    """When the words of both parts of a line are said, if it is."""
    heard = look.heard.get(item)
    first, last = len(lettering.words_of(first_part)) if first_part else 0, len(lettering.words_of(second_part))
    if heard is None or first + last > len(heard):
        return None, None
    return heard[:first], heard[-last:]
