"""The lines of a programme along a line with a dot for each: when, and below it what; the picture beside or above."""

from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.listing import STEP_S, Heading, beside_picture, even, said_in_two
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, kicker, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_WHEN = 0.84
"""The size of a date, as a share of that of what is below it."""
_BETWEEN = 0.05
"""From one line of the programme to the next, as a share of the frame's shorter side."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    # In a square, the dates need the room: they are what is looked for.
    shown = replace(look, picture=None) if look.zones.shape == "square" else look
    rows = [figures.stamped(item) or ("", item) for item in shot.items]
    rtl = fonts.right_to_left(" ".join(shot.items))
    indent = look.px(0.1)

    def beside_line(room: Box) -> Box:
        left, top, right, bottom = room
        return (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)

    def set_in(room: Box) -> tuple[list[Block], list[Block], int]:
        below = Heading.of(shot, look, room).below(beside_line(room))
        return _set(rows, below, look.px(0.125 * look.zones.scale), look.px(_BETWEEN))

    room, found = beside_picture(
        shot, shown, stage(look), first=look.zones.shape != "wide", size_in=lambda room: set_in(room)[2]
    )
    left, _, right, _ = room
    words = beside_line(room)
    head = Heading.of(shot, look, room)
    whens, whats, size = set_in(room)
    heights = [when.height + what.height + size * 0.1 for when, what in zip(whens, whats, strict=True)]
    top_of_all, *tops = column(room, [head.height, *heights], [0, *[look.px(_BETWEEN)] * (len(rows) - 1)])
    found += head.things(top_of_all)
    dot = sprites.disc(look.px(0.04))
    x = right - dot.width if rtl else left
    first, last = tops[0] + whens[0].height / 2, tops[-1] + whens[-1].height / 2
    rail = sprites.bar(max(look.px(0.006), 4), round(last - first))
    found.append(
        Sprite(rail, palette.text, x + (dot.width - rail.width) // 2, round(first), 0.1, "fade", 0.5, role="panel")
    )
    strong = Lettering(palette.accent, palette.accent, weight=fonts.BOLD)
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    for number, ((when, what), block, under, at) in enumerate(zip(rows, whens, whats, tops, strict=True)):
        begins = FIRST_S + number * STEP_S
        said_when, said_what = said_in_two(look, shot.items[number], when, what)
        y = round(at + block.height / 2) - dot.height // 2
        found.append(Sprite(dot, palette.accent, x, y, FIRST_S + 0.08 * number, "pop", 0.4, role="strike"))
        if when:
            found += put(look, when, block, strong, words, top=at, at=begins, said=said_when)
        below = at + block.height + size * 0.1
        found += put(look, what, under, plain, words, top=below, at=begins + 0.1, said=said_what)
    return kicker(look) + found


def _set(
    rows: Sequence[tuple[str, str]], room: Box, largest: int, between: int
) -> tuple[list[Block], list[Block], int]:
    """All dates at one size, and all that is below them at another, the largest at which they fit into the room."""
    left, top, right, bottom = room
    size, smallest = largest, min(26, largest)
    box = (left, 0, right, bottom - top)
    while True:
        whats = even([what for _, what in rows], size, lambda what, size: lettering.fit(what, box, size, lines=2))
        size = whats[0].size
        when_size = round(size * _WHEN)
        whens = even([when for when, _ in rows], when_size, lambda when, size: lettering.fit(when, box, size, lines=1))
        tall = sum(block.height for block in (*whens, *whats)) + len(rows) * size * 0.1 + between * (len(rows) - 1)
        if tall <= bottom - top or size <= smallest:
            return whens, whats, size
        size = max(smallest, int(size * 0.94))
