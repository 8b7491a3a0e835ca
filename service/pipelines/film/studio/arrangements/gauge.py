"""A percentage over a bar that fills as far, with the words before it above and those after it below."""

from dataclasses import replace

from service.pipelines.film.script.look import figures
from service.pipelines.film.script.look.palettes import mixed
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.arrangements.number import around, figure
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, is_cramped, kicker, put, split, stage
from service.pipelines.film.studio.sprites import Sprite, Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    palette = look.palette
    shared = split(look, stage(look), 0.34, first=look.mirrored, wide_share=0.36)
    left, top, right, bottom = room = shared.words
    tall = bottom - top
    big = lettering.fit_number(shot.headline, (left, 0, right, round(tall * 0.42)), look.px(0.46), fonts.HEAVY)
    lead, label = around(look, shot, (left, 0, right, tall - round(big.height) - look.px(0.17)))
    if is_cramped(look, lead, label):
        return arrange(shot, replace(look, picture=None))
    track = sprites.card(right - left, look.px(0.07), look.px(0.035))
    heights = [lead.height if shot.lead else 0, big.height, track.height, label.height if shot.label else 0]
    at, found = shared.settle(heights, [look.px(0.01), look.px(0.035), look.px(0.045)])
    plain = Lettering(palette.text, palette.accent, weight=fonts.BOLD)
    if shot.lead:
        found += put(look, shot.lead, lead, plain, room, top=at[0], at=FIRST_S)
    found += figure(look, shot.headline, big, room, at[1])
    share = figures.percent(shot.headline) or 0.0
    filled = sprites.card(max(round((right - left) * share), track.height), track.height, look.px(0.035))
    faint = mixed(palette.grounds[1], palette.text, 0.18)
    found.append(Sprite(track, faint, left, round(at[2]), 0.1, "fade", 0.4, role="trim"))
    found.append(Sprite(filled, palette.accent, left, round(at[2]), FIRST_S, "wipe", 1.2, role="strike"))
    if shot.label:
        found += put(look, shot.label, label, plain, room, top=at[3], at=FIRST_S + 0.4)
    return kicker(look) + found
