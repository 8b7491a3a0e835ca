"""Where to go, on a button: the first part of a call's label, and below it what else the label says."""

from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, put
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_BETWEEN = " · "
"""What the parts of a label are joined with."""
_TALL, _BELOW, _GAP = 0.16, 0.15, 0.025
"""The button, the words below it and the gap between them, as shares of the frame's shorter side."""


def button_height(shot: Shot, look: Look) -> int:
    """Return how tall the button of a call to action is with the words below it, 0 without a label."""
    if not shot.label:
        return 0
    below = look.px(_BELOW) + look.px(_GAP) if _BETWEEN in shot.label else 0
    return look.px(_TALL) // 2 * 2 + below


def button(shot: Shot, look: Look, room: Box, top: float) -> list[Thing]:
    """Return the label of a call to action on a button and below it."""
    left, _, right, _ = room
    inside = look.px(0.055)
    tall = look.px(_TALL) // 2 * 2
    where, _, rest = shot.label.partition(_BETWEEN)
    label = lettering.fit(
        where, (left + inside, 0, right - inside, round(tall * 0.8)), look.px(0.07), lines=1, whole=True
    )
    wide = max(lettering.width(line, label.size) for line in label.lines)
    pill = sprites.card(min(round(wide) + 2 * inside, right - left), tall, tall // 2)
    x = (left + right - pill.width) // 2
    y = round(top) // 2 * 2
    inked = Lettering(look.palette.on_accent, look.palette.on_accent, centred=True, entrance="fade")
    words = (x, y, x + pill.width, y + pill.height)
    found: list[Thing] = [
        Sprite(pill, look.palette.accent, x, y, FIRST_S + 0.25, "pop", 0.45, role="panel"),
        *put(look, where, label, inked, words, top=y + (tall - label.height) / 2, at=FIRST_S + 0.4, early=True),
    ]
    if rest:
        below = lettering.fit(rest, (left, 0, right, look.px(_BELOW)), look.px(0.06), lines=2)
        plain = Lettering(look.palette.text, look.palette.text, weight=fonts.BOLD, centred=True)
        at = y + tall + look.px(_GAP)
        found += put(look, rest, below, plain, room, top=at, at=FIRST_S + 0.6, early=True)
    return found
