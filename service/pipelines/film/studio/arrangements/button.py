"""Where to go, on a button: the first part of a call's label, and below it what else the label says; and what a card
with one tries until all of it can be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.pipelines.film.script.look.palettes import mixed
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering, sprites
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, put
from service.pipelines.film.studio.moving import Rippling
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_BREAKS = re.compile(r"(@|(?<=\w)/(?=\w))")
"""After these, an address that is too long for a line goes on in the next one."""
_BETWEEN = " · "
"""What the parts of a label are joined with."""
_TALL, _BELOW, _GAP = 0.17, 0.17, 0.03
"""The button, the most room for the words below it and the gap between them, as shares of the frame's shorter side."""
_LABEL, _REST = 0.082, 0.07
"""The largest words on the button and below it, likewise."""
_LEAST_LABEL = 0.05
_LARGE_LABEL = 0.064
"""Smaller words on a button are hard to read on a phone, likewise; in a tall frame there is room for two lines of
larger ones."""
_GROWS, _FAINT = 1.09, 0.5
"""How much larger what leaves the button gets, and how near it is to the ground's colour."""
_EARLY_S, _LATEST_S = 0.2, 2.2
"""How long before its words are said the button comes, and the latest second of a shot for it."""
_STEP_S = 0.4
"""From one line below the button to the next."""
_STACKED = 1.12
"""How much larger words must become for each part of them to get a line of its own."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a card may share its room: the picture's part of it, the sizes of name and button as shares of their usual
    ones, and the `least` size that the headline may have, of the frame's shorter side."""

    picture: float
    name: float
    button: float
    least: float

    def of(self, look: Look) -> Look:
        return look if self.picture else replace(look, picture=None)


def attempts(look: Look, *pictures: float) -> list[Attempt]:
    """Return what to try in turn: a picture of these shares, none, everything smaller, and no name."""
    least = 0.1 if look.zones.shape == "tall" else 0.08
    with_picture = [Attempt(share, 1.0, 1.0, least) for share in pictures if look.picture is not None]
    return [*with_picture, Attempt(0, 1, 1, 0.07), Attempt(0, 0.8, 0.85, 0.06), Attempt(0, 0, 0.8, 0)]


@dataclass(frozen=True, slots=True)
class Button:
    """A button `tall` pixels high with its `label`, and the words below it, which come `at` seconds into the shot.
    `height` is that of all."""

    look: Look
    room: Box
    where: str
    label: Block
    tall: int
    below: Sequence[tuple[str, Block]]
    at: float

    @property
    def height(self) -> int:
        under = sum(block.height for _, block in self.below)
        return self.tall + (round(under) + self.look.px(_GAP) if self.below else 0)

    @property
    def is_squeezed(self) -> bool:
        """Whether the words on it are small because there is something beside it: only so in a wide frame."""
        return self.look.zones.shape == "wide" and self.label.size < self.look.px(_LEAST_LABEL)

    def things(self, top: float) -> list[Thing]:
        look, (left, _, right, _) = self.look, self.room
        wide = max(lettering.width(line, self.label.size) for line in self.label.lines)
        pill = sprites.card(
            min(round(wide) + 2 * _inside(look), right - left), self.tall, min(self.tall // 2, look.px(_TALL) // 2)
        )
        x, y = (left + right - pill.width) // 2, round(top) // 2 * 2
        inked = Lettering(look.palette.on_accent, look.palette.on_accent, centred=True, entrance="fade")
        at_label = y + (self.tall - self.label.height) / 2
        words = (x, y, x + pill.width, y + pill.height)
        found: list[Thing] = [
            Rippling(pill, mixed(look.palette.accent, look.palette.grounds[0], _FAINT), x, y, _GROWS, self.at + 0.8),
            Sprite(pill, look.palette.accent, x, y, self.at, "pop", 0.45, role="panel"),
            *put(look, self.where, self.label, inked, words, top=at_label, at=self.at + 0.15, early=True),
        ]
        plain = Lettering(look.palette.text, look.palette.text, weight=fonts.BOLD, centred=True)
        at = float(y + self.tall + look.px(_GAP))
        for number, (words_below, block) in enumerate(self.below):
            begins = self.at + 0.35 + number * _STEP_S
            found += put(look, words_below, block, plain, self.room, top=at, at=begins, early=True)
            at += block.height
        return found


def button(shot: Shot, look: Look, room: Box, scale: float = 1.0) -> Button | None:
    """Return the label of a call to action on a button between the sides of a room; None without a label.
    `scale`: of its usual size."""
    if not shot.label:
        return None
    left, _, right, _ = room
    scale *= 1.15 if look.picture is None and look.zones.shape == "tall" else 1.0
    tall = look.px(_TALL * scale) // 2 * 2
    where, _, rest = shot.label.partition(_BETWEEN)
    inside = _inside(look)
    largest = look.px(_LABEL * scale)
    label = lettering.fit(where, (left + inside, 0, right - inside, round(tall * 0.8)), largest, lines=1, whole=True)
    least = look.px(_LARGE_LABEL if look.zones.shape == "tall" else _LEAST_LABEL)
    if label.size < least and _BREAKS.search(where):
        where = _BREAKS.sub(r"\1 ", where, count=1)
        label = lettering.fit(where, (left + inside, 0, right - inside, 2 * tall), largest, lines=2, whole=True)
        tall = (round(label.height) + inside) // 2 * 2
    below = _below(rest, (left, 0, right, look.px(_BELOW)), look.px(_REST * scale)) if rest else ()
    # It comes with its words if they are said last, but early enough to be read.
    said = look.heard.get(shot.label, (0.0,))[0] - _EARLY_S
    return Button(look, room, where, label, tall, below, min(max(said, FIRST_S + 0.25), _LATEST_S))


def _below(rest: str, box: Box, largest: int) -> Sequence[tuple[str, Block]]:
    """What stands below the button: on one line, or each part on its own if it becomes larger. A telephone number is
    never cut."""
    parts = rest.split(_BETWEEN)
    together = lettering.fit(rest, box, largest, lines=1, whole=True)
    tall = (*box[:3], box[3] // len(parts))
    size = min(lettering.fit(part, tall, largest, lines=1, whole=True).size for part in parts)
    if len(parts) == 1 or size < _STACKED * together.size:
        return ((rest, together),)
    return tuple((part, lettering.fit(part, tall, size, lines=1, whole=True)) for part in parts)


def _inside(look: Look) -> int:
    return look.px(0.04 if look.zones.shape == "tall" else 0.055)
