"""The lines of a programme along a line with a dot for each: when, and below it what."""

from service.pipelines.film.script import figures
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.listing import STEP_S
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, kicker, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    left, top, right, bottom = room
    rows = [figures.stamped(item) or ("", item) for item in shot.items]
    rtl = fonts.right_to_left(" ".join(shot.items))
    indent = look.px(0.1)
    words = (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)
    each = (bottom - top - look.px(0.05) * (len(rows) - 1)) // len(rows)
    largest = look.px(0.095 * look.zones.scale)
    size = min(
        lettering.fit(what, (words[0], 0, words[2], round(each * 0.62)), largest, lines=2, weight=fonts.BOLD).size
        for _, what in rows
    )
    whats = [lettering.fit(what, (words[0], 0, words[2], each), size, lines=3) for _, what in rows]
    whens = [lettering.fit(when, (words[0], 0, words[2], each), round(size * 0.66), lines=1) for when, _ in rows]
    size_of_when = min(block.size for block in whens)
    whens = [lettering.fit(when, (words[0], 0, words[2], each), size_of_when, lines=1) for when, _ in rows]
    heights = [when.height + what.height + size * 0.1 for when, what in zip(whens, whats, strict=True)]
    tops = column(room, heights, [look.px(0.05)] * (len(rows) - 1))
    dot = sprites.disc(look.px(0.04))
    x = right - dot.width if rtl else left
    first, last = tops[0] + whens[0].height / 2, tops[-1] + whens[-1].height / 2
    rail = sprites.bar(max(look.px(0.006), 4), round(last - first))
    found: list[Thing] = [
        Sprite(rail, palette.text, x + (dot.width - rail.width) // 2, round(first), 0.1, "fade", 0.5, role="panel")
    ]
    strong = Lettering(palette.accent, palette.accent, weight=fonts.BOLD)
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    for number, ((when, what), block, under, at) in enumerate(zip(rows, whens, whats, tops, strict=True)):
        begins = FIRST_S + number * STEP_S
        y = round(at + block.height / 2) - dot.height // 2
        found.append(Sprite(dot, palette.accent, x, y, FIRST_S + 0.08 * number, "pop", 0.4, role="strike"))
        if when:
            found += put(look, when, block, strong, words, top=at, at=begins)
        found += put(look, what, under, plain, words, top=at + block.height + size * 0.1, at=begins + 0.1)
    return kicker(look) + found
