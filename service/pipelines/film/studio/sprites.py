"""Shapes that come into a shot: which mask stands where in which colour, and when and how it appears."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self, TypeAlias, TypeVar

from PIL import Image, ImageDraw

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.studio import easing
from service.pipelines.film.studio.canvas import Canvas, Mask, rounded
from service.pipelines.film.studio.zones import Box

Entrance: TypeAlias = Literal["rise", "wipe", "fade", "pop", "none"]
Role: TypeAlias = Literal["words", "panel", "picture", "trim", "strike"]
"""What a thing is: words, an area that words stand on, a picture, an ornament, or a line through words. Words, pictures
and ornaments never overlap, and words lie on a panel entirely or not at all."""

_GROWS_S, _CAP = 0.3, 24
"""How long a strip takes to reach the next word, and the length of its moving end in pixels, even."""
_SCALLOPS, _LEANS = 16, 8
"""Of a seal's edge, and how far a tile leans, in degrees."""
_ARRIVED_BY = 0.45
"""Share of a shot by which everything is there: the rest is for reading."""


class Thing(Protocol):
    """What can be painted onto a shot. It appears `at` seconds into its shot, over `takes` seconds; if it is `timed`,
    it does so with the voice."""

    @property
    def at(self) -> float: ...
    @property
    def takes(self) -> float: ...
    @property
    def timed(self) -> bool: ...
    @property
    def role(self) -> Role: ...
    @property
    def box(self) -> Box:
        """Where it stands once it is there."""

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint it as it looks at `second` of the shot."""

    def hurried(self, pace: float) -> Self:
        """Return it with its time, and how long it takes, multiplied by `pace`."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A mask in a colour."""

    mask: Mask
    colour: Colour
    left: int
    top: int
    at: float
    entrance: Entrance
    takes: float = 0.5
    timed: bool = False
    role: Role = "words"

    @property
    def box(self) -> Box:
        return self.left, self.top, self.left + self.mask.width, self.top + self.mask.height

    def hurried(self, pace: float) -> "Sprite":
        return replace(self, at=self.at * pace, takes=self.takes * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        share = (second - self.at) / self.takes if self.takes else 1.0
        if self.entrance == "none":
            share = 1.0
        if share <= 0:
            return
        if share >= 1:
            canvas.paint(self.mask, self.colour, self.left, self.top)
            return
        moved = easing.out_quart(share)
        if self.entrance == "rise":
            hidden = round((1 - moved) * self.mask.height) // 2 * 2
            if hidden < self.mask.height:
                shown = self.mask.cropped(0, 0, self.mask.width, self.mask.height - hidden)
                canvas.paint(shown, self.colour, self.left, self.top + hidden)
        elif self.entrance == "wipe":
            shown_width = round(moved * self.mask.width) // 2 * 2
            if shown_width:
                canvas.paint(self.mask.cropped(0, 0, shown_width, self.mask.height), self.colour, self.left, self.top)
        elif self.entrance == "pop":
            shown = self.mask.scaled(0.7 + 0.3 * easing.out_back(share))
            left = self.left + (self.mask.width - shown.width) // 2
            top = self.top + (self.mask.height - shown.height) // 2
            canvas.paint(shown, self.colour, left, top, easing.clamp(share * 2.5))
        else:
            canvas.paint(self.mask, self.colour, self.left, self.top + round((1 - moved) * 22), moved)


@dataclass(frozen=True, slots=True)
class Strip:
    """A card that grows from its left side (from the right one if `rtl`): `reaches` are seconds and pixels from that
    side, up to which it reaches from then on."""

    mask: Mask
    colour: Colour
    left: int
    top: int
    reaches: tuple[tuple[float, int], ...]
    rtl: bool = False
    timed: bool = False
    role: Role = "panel"

    @property
    def at(self) -> float:
        return self.reaches[0][0]

    @property
    def takes(self) -> float:
        return self.reaches[-1][0] + _GROWS_S - self.at

    @property
    def box(self) -> Box:
        return self.left, self.top, self.left + self.mask.width, self.top + self.mask.height

    def hurried(self, pace: float) -> "Strip":
        return replace(self, reaches=tuple((at * pace, reach) for at, reach in self.reaches))

    def paint(self, canvas: Canvas, second: float) -> None:
        if second <= self.at:
            return
        grown, most = 0.0, 0
        for at, reach in self.reaches:
            grown += max(reach - most, 0) * easing.out_quart(easing.clamp((second - at) / _GROWS_S))
            most = max(most, reach)
        width, height = self.mask.width, self.mask.height
        shown, cap = round(grown) // 2 * 2, _CAP if width > 2 * _CAP else width // 4 * 2
        if shown >= width - 2:
            canvas.paint(self.mask, self.colour, self.left, self.top)
        elif shown > cap:
            # Its moving end keeps the card's round corners.
            start, end = self.mask.cropped(0, 0, shown - cap, height), self.mask.cropped(width - cap, 0, width, height)
            left = self.left
            if self.rtl:
                start = self.mask.cropped(0, 0, cap, height)
                end = self.mask.cropped(width - shown + cap, 0, width, height)
                left += width - shown
            canvas.paint(start, self.colour, left, self.top)
            canvas.paint(end, self.colour, left + start.width, self.top)


_T = TypeVar("_T", bound=Thing)


def hurried(things: Sequence[_T], seconds: float) -> list[_T]:
    """Return the things of a shot of `seconds` with their entrances early enough for the last one to be read: in a
    short shot they come faster. What comes with the voice keeps its time."""
    arrived = max((thing.at + thing.takes for thing in things if not thing.timed), default=0.0)
    pace = min(1.0, _ARRIVED_BY * seconds / arrived) if arrived else 1.0
    return [thing if thing.timed else thing.hurried(pace) for thing in things]


def bar(width: int, height: int) -> Mask:
    """Return a plain bar, its sides rounded down to even pixels."""
    return Mask.of(Image.new("L", (max(width // 2 * 2, 2), max(height // 2 * 2, 2)), 255))


def disc(side: int) -> Mask:
    """Return a disc, its side rounded down to even pixels."""
    side = max(side // 2 * 2, 4)
    return rounded(side, side, radius=side)


def burst(side: int) -> Mask:
    """Return a disc with a scalloped edge, as of a seal, its side rounded down to even pixels."""
    side = max(side // 2 * 2, 4)
    turns = [at / 360 * 2 * math.pi for at in range(0, 720, 1)]
    points = [
        (side + reach * math.cos(turn / 2), side + reach * math.sin(turn / 2))
        for turn in turns
        for reach in [side * (0.955 + 0.045 * math.cos(_SCALLOPS * turn / 2))]
    ]
    big = Image.new("L", (side * 2, side * 2))
    ImageDraw.Draw(big).polygon(points, fill=255)
    return Mask.of(big.resize((side, side), Image.Resampling.LANCZOS))


def tile(side: int) -> Mask:
    """Return a square with round corners that leans a little, in a square of a side rounded down to even pixels."""
    side = max(side // 2 * 2, 4)
    big = Image.new("L", (side * 2, side * 2))
    inset = round(side * 0.11)
    ImageDraw.Draw(big).rounded_rectangle(
        (inset, inset, side * 2 - 1 - inset, side * 2 - 1 - inset), radius=round(side * 0.36), fill=255
    )
    leaning = big.rotate(_LEANS, Image.Resampling.BICUBIC)
    return Mask.of(leaning.resize((side, side), Image.Resampling.LANCZOS))


def ring(side: int, thick: int) -> Mask:
    """Return a ring, `thick` pixels wide, its side rounded down to even pixels."""
    side = max(side // 2 * 2, 4)
    big = Image.new("L", (side * 2, side * 2))
    brush = ImageDraw.Draw(big)
    brush.ellipse((0, 0, side * 2 - 1, side * 2 - 1), fill=255)
    brush.ellipse((thick * 2, thick * 2, (side - thick) * 2 - 1, (side - thick) * 2 - 1), fill=0)
    return Mask.of(big.resize((side, side), Image.Resampling.LANCZOS))


def card(width: int, height: int, radius: int) -> Mask:
    """Return a rectangle with rounded corners of `radius` pixels, its sides rounded down to even pixels."""
    return rounded(max(width // 2 * 2, 4), max(height // 2 * 2, 4), radius=radius * 2)
