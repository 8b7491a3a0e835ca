"""Shapes that come into a shot: which mask stands where in which colour, and when and how it appears."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from PIL import Image

from service.pipelines.film.script.palettes import Colour
from service.pipelines.film.studio import easing
from service.pipelines.film.studio.canvas import Canvas, Mask, rounded

Entrance: TypeAlias = Literal["rise", "wipe", "fade", "pop"]

_ARRIVED_BY = 0.45
"""Share of a shot by which everything is there: the rest is for reading."""


@dataclass(frozen=True, slots=True)
class Sprite:
    """A mask in a colour that appears `at` seconds into its shot, over `takes` seconds."""

    mask: Mask
    colour: Colour
    left: int
    top: int
    at: float
    entrance: Entrance
    takes: float = 0.55

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint it as it looks at `second` of the shot."""
        share = (second - self.at) / self.takes
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
            scale = 0.7 + 0.3 * easing.out_back(share)
            size = (max(2, round(self.mask.width * scale)), max(2, round(self.mask.height * scale)))
            shown = Mask.of(self.mask.full.resize(size, Image.Resampling.BILINEAR))
            left = self.left + (self.mask.width - shown.width) // 2
            top = self.top + (self.mask.height - shown.height) // 2
            canvas.paint(shown, self.colour, left, top, easing.clamp(share * 2.5))
        else:
            canvas.paint(self.mask, self.colour, self.left, self.top + round((1 - moved) * 22), moved)


def hurried(sprites: Sequence[Sprite], seconds: float) -> list[Sprite]:
    """Return the sprites of a shot of `seconds` with their entrances early enough for the last one to be read: in a
    short shot they come faster."""
    arrived = max((sprite.at + sprite.takes for sprite in sprites), default=0.0)
    pace = min(1.0, _ARRIVED_BY * seconds / arrived) if arrived else 1.0
    return [replace(sprite, at=sprite.at * pace, takes=sprite.takes * pace) for sprite in sprites]


def bar(width: int, height: int) -> Mask:
    """Return a plain bar, its sides rounded down to even pixels."""
    return Mask.of(Image.new("L", (max(width // 2 * 2, 2), max(height // 2 * 2, 2)), 255))


def disc(side: int) -> Mask:
    """Return a disc, its side rounded down to even pixels."""
    side = max(side // 2 * 2, 4)
    return rounded(side, side, radius=side)
