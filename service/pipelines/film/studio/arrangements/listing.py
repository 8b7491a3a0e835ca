"""Items below one another, each with a dot, appearing as they are spoken."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, halves, kicker, pictured, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

STEP_S = 0.35
"""From one item to the next if nobody says them."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    found: list[Thing] = []
    if look.picture is not None:
        share = 0.36 if look.zones.shape == "wide" else 0.3
        room, picture = halves(look, room, share, first=look.zones.shape != "wide")
        found += pictured(look, picture)
    left, top, right, bottom = room
    indent = look.px(0.1)
    rtl = fonts.right_to_left(" ".join(shot.items))
    words = (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)
    blocks = one_size(shot.items, words, look, look.px(0.125 * look.zones.scale))
    size = blocks[0].size
    tops = column(room, [block.height for block in blocks], [max(size * 0.42, look.px(0.035))] * (len(blocks) - 1))
    style = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    dot = sprites.disc(max(round(size * 0.42), 16))
    for number, (item, block, at) in enumerate(zip(shot.items, blocks, tops, strict=True)):
        x = right - dot.width if rtl else left
        y = round(at + size * block.leading * 0.5 - dot.height * 0.44)
        # The dots are there from the start: they show how much is still to come.
        found.append(Sprite(dot, palette.accent, x, y, FIRST_S + 0.08 * number, "pop", 0.4, role="trim"))
        found += put(look, item, block, style, words, top=at, at=FIRST_S + number * STEP_S)
    return kicker(look) + found


def one_size(items: tuple[str, ...], room: Box, look: Look, largest: int, gap: float = 0.42) -> list[Block]:
    """Set all items at one size, the largest at which all of them fit into the room below one another."""
    left, top, right, bottom = room
    size = largest
    smallest = min(26, largest)
    while True:
        blocks = [lettering.fit(item, (left, 0, right, bottom - top), size, lines=3) for item in items]
        size = min(block.size for block in blocks)
        blocks = [lettering.fit(item, (left, 0, right, bottom - top), size, lines=3) for item in items]
        gaps = max(size * gap, look.px(0.035)) * (len(items) - 1)
        if sum(block.height for block in blocks) + gaps <= bottom - top or size <= smallest:
            return blocks
        size = max(smallest, int(size * 0.94))
