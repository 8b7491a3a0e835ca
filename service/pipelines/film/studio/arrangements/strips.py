"""Each line of the headline on a strip of its own, which grows with the words as they are said; the picture above."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import (
    FIRST_S,
    Look,
    headline,
    is_squeezed,
    kicker,
    put,
    split,
    stage,
    under_size,
)
from service.pipelines.film.studio.sprites import Sprite, Strip, Thing

_LEADING = 1.32


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    shared = split(look, stage(look), 0.4, first=True, wide_share=0.38)
    left, top, right, bottom = room = shared.words
    aside = look.px(0.03)
    inner = (left + aside, top, right - aside, bottom)
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.24)), under_size(look), lines=4)
    under = label.height if shot.label else 0
    gap = look.px(0.04) if under else 0
    free = bottom - top - round(under) - gap
    block = headline(look, shot.headline, (inner[0], 0, inner[2], free), scale=0.92, leading=_LEADING)
    if is_squeezed(look, shot.headline, block):
        return arrange(shot, replace(look, picture=None))
    at, found = shared.settle([block.height, under], [gap])
    style = Lettering(palette.on_accent, palette.on_accent, weight=fonts.HEAVY)
    words = put(look, shot.headline, block, style, inner, top=at[0], at=FIRST_S + 0.1)
    found += _strips(block, look, words, at[0], aside)
    found += words
    if shot.label:
        quiet = Lettering(palette.text, palette.text, weight=fonts.MEDIUM)
        found += put(look, shot.label, label, quiet, room, top=at[1], at=FIRST_S + 0.5, early=True)
    return kicker(look) + found


def _strips(block: Block, look: Look, words: list[Sprite], top: float, aside: int) -> list[Thing]:
    """A strip behind each line's words, which reaches behind each just before it comes."""
    found: list[Thing] = []
    rtl = fonts.right_to_left(" ".join(piece for line in block.lines for piece in line))
    each = block.size * block.leading
    gap, edge = block.size * 0.1, round(block.size * 0.06)
    for number in range(len(block.lines)):
        first, last = top + number * each, top + (number + 1) * each
        own = [word for word in words if first <= (word.box[1] + word.box[3]) / 2 < last]
        if not own:
            continue
        left, right = min(word.box[0] for word in own) - aside, max(word.box[2] for word in own) + aside
        # Scripts with tall marks need more than a line's usual height.
        above = min(round(first + gap / 2), *(word.box[1] - edge for word in own))
        below = max(round(last - gap / 2), *(word.box[3] + edge for word in own))
        strip = sprites.card(right - left, below - above, round(block.size * 0.12))
        reaches = [
            (max(word.at - 0.1, 0.0), (right - word.box[0] if rtl else word.box[2] - left) + aside)
            for word in sorted(own, key=lambda word: word.at)
        ]
        found.append(Strip(strip, look.palette.accent, left, above, tuple(reaches), rtl, own[0].timed))
    return found
