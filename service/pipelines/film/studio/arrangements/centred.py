"""The picture above a centred headline, in which the accent has its colour."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering
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
from service.pipelines.film.studio.sprites import Thing


def arrange(shot: Shot, look: Look) -> list[Thing]:
    found = _arranged(shot, look, down=False)
    return found if found is not None else _arranged(shot, look, down=True) or []


def _arranged(shot: Shot, look: Look, *, down: bool) -> list[Thing] | None:
    """The shot with its picture beside or above the words; None if these have to be small beside it."""
    palette = look.palette
    shared = split(look, stage(look), 0.42, first=True, wide_share=0.4, down=down)
    left, top, right, bottom = room = shared.words
    label = lettering.fit(shot.label, (left, 0, right, look.px(0.24)), under_size(look), lines=4)
    under = label.height if shot.label else 0
    gap = look.px(0.04) if under else 0
    block = headline(look, shot.headline, (left, 0, right, bottom - top - round(under) - gap))
    if not down and is_squeezed(look, shot.headline, block):
        return None
    at, found = shared.settle([block.height, under], [gap])
    style = Lettering(palette.text, palette.accent, weight=fonts.HEAVY, centred=True)
    found += put(look, shot.headline, block, style, room, top=at[0], at=FIRST_S, accent=shot.accent)
    if shot.label:
        quiet = Lettering(palette.text, palette.text, weight=fonts.MEDIUM, centred=True)
        found += put(look, shot.label, label, quiet, room, top=at[1], at=FIRST_S + 0.4, early=True)
    return kicker(look) + found
