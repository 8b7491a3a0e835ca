"""A headline with its accent marked, a short rule and the label under it, and the picture beside or below."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
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
from service.pipelines.film.studio.sprites import Sprite, Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    shared = split(look, stage(look), 0.38, first=False, wide_share=0.42)
    left, top, right, bottom = room = shared.words
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.24)), under_size(look), lines=4)
    under = label.height if shot.label else 0
    free = bottom - top - look.px(0.1) - round(under)
    block = headline(look, shot.headline, (left, 0, right, free))
    if is_squeezed(look, shot.headline, block):
        return arrange(shot, replace(look, picture=None))
    rule = sprites.bar(look.px(0.14), max(8, look.px(0.012)))
    at, found = shared.settle([block.height, rule.height, under], [look.px(0.05), look.px(0.035) if under else 0])
    style = Lettering(palette.text, palette.on_accent, weight=fonts.HEAVY, marker=palette.accent)
    words = put(look, shot.headline, block, style, room, top=at[0], at=FIRST_S, accent=shot.accent)
    found += words
    x = right - rule.width if fonts.right_to_left(shot.headline) else left
    # The rule comes after the words: before them it would be a dash in an empty frame.
    last = max(words, key=lambda word: word.at)
    begins = last.at + last.takes / 2
    found.append(Sprite(rule, palette.accent, x, round(at[1]), begins, "wipe", 0.5, last.timed, role="trim"))
    if shot.label:
        quiet = Lettering(palette.text, palette.text, weight=fonts.MEDIUM)
        found += put(look, shot.label, label, quiet, room, top=at[2], at=FIRST_S + 0.4, early=True)
    return kicker(look) + found
