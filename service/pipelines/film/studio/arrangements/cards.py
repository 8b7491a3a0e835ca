"""Items on cards that come in one below the other, as they are spoken."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, sprites
from service.pipelines.film.studio.arrangements.listing import STEP_S, Heading, beside_picture, one_size
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, kicker, paper, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette, room = look.palette, stage(look)
    room, found = beside_picture(shot, look, room, first=True)
    left, top, right, bottom = room
    pad, gap, edge = look.px(0.026), look.px(0.022), max(look.px(0.016), 6)
    rtl = fonts.right_to_left(" ".join(shot.items))
    inner = (left + pad * 2, top, right - pad * 2, bottom)
    head = Heading.of(shot, look, room)
    blocks = one_size(shot.items, head.below(inner), look.px(0.115 * look.zones.scale), lambda _: 2 * pad + gap)
    heights = [round(block.height) + 2 * pad for block in blocks]
    top_of_all, *tops = column(room, [head.height, *heights], [0, *[gap] * (len(blocks) - 1)])
    found += head.things(top_of_all)
    face, ink = paper(palette)
    style = Lettering(ink, ink, weight=fonts.BOLD)
    for number, (item, block, at, tall) in enumerate(zip(shot.items, blocks, tops, heights, strict=True)):
        words = put(
            look, item, block, style, inner, top=at + (tall - block.height) / 2, at=FIRST_S + 0.1 + number * STEP_S
        )
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
