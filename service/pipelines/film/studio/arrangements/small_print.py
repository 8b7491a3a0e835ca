"""Small print at the foot of the last card, under whatever else it shows."""

from dataclasses import replace

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, put
from service.pipelines.film.studio.sprites import Thing

_BETWEEN = "\u00a0· "
_LARGEST, _TALLEST = 0.034, 0.12
"""Of the frame's shorter side: its size, and the room it may take."""
_LINES = 3
_GAP = 0.02


def above(shot: Shot, look: Look) -> tuple[Shot, Look, list[Thing]]:
    """Return the last card without its small print, with the room that is left for it, and the small print."""
    if shot.purpose not in {"call", "close"} or not shot.items:
        return shot, look, []
    words = _BETWEEN.join(item.rstrip(". ") for item in shot.items)
    left, top, right, bottom = look.zones.words
    block = lettering.fit(words, (left, 0, right, look.px(_TALLEST)), look.px(_LARGEST), lines=_LINES)
    rest = round(bottom - block.height)
    style = Lettering(look.palette.text, look.palette.text, weight=fonts.MEDIUM, centred=True)
    room = (left, rest, right, bottom)
    things = put(look, words, block, style, room, top=rest, at=FIRST_S, early=True)
    raised = rest - look.px(_GAP)
    zones = replace(look.zones, words=(left, top, right, raised), foot=min(look.zones.foot, raised))
    return replace(shot, items=()), replace(look, zones=zones), list(things)
