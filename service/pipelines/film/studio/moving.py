# ruff: noqa: RUF001 -- the signs of prices and ranges are meant
"""Things that never stand still: a picture that floats, a dot that circles, a number that counts up, an arc that
grows."""

import math
import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.studio import easing, fonts
from service.pipelines.film.studio.canvas import Canvas, Mask
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.sprites import Role, Sprite
from service.pipelines.film.studio.zones import Box

Entrance: TypeAlias = Literal["pop", "drop", "rise"]
"""How a picture comes in."""

_ORBIT_SPEED = 0.8
"""Radians a second."""
_RIPPLE_S, _RIPPLE_OPACITY = 2.2, 0.6
"""From one ripple to the next, and how opaque each is when it starts."""
_RIPPLE_STEP = 4
"""Pixels by which a ripple grows across, 2 at each side."""
_PHASES = 4
"""A floating picture is drawn at quarters of a pixel: whole pixels would be seen to jump."""
_SEPARATORS = ".,'’"
_LEAST_COUNTED = 10
"""Smaller numbers are simply there: nobody counts up to 2."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that comes into a shot `at` seconds after its start, over `takes` seconds, and then floats up and down
    by `float_px` pixels, once in `period_s`."""

    phases: tuple[Drawing, ...]
    left: int
    top: int
    at: float
    entrance: Entrance = "pop"
    takes: float = 0.4
    float_px: float = 8.0
    period_s: float = 3.2
    timed: bool = False
    role: Role = "picture"

    @staticmethod
    def of(drawing: Drawing, left: int, top: int, at: float, entrance: Entrance = "pop") -> "Picture":
        """Place a drawing. It floats by a thirtieth of its height."""
        phases = tuple(drawing.lowered(phase / _PHASES) if phase else drawing for phase in range(_PHASES))
        return Picture(phases, left // 2 * 2, top // 2 * 2, at, entrance, float_px=drawing.height / 30)

    @property
    def box(self) -> Box:
        drawing, float_px = self.phases[0], math.ceil(self.float_px)
        return self.left, self.top - float_px, self.left + drawing.width, self.top + drawing.height + float_px

    def hurried(self, pace: float) -> "Picture":
        return replace(self, at=self.at * pace, takes=self.takes * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint it as it looks at `second` of the shot."""
        share = (second - self.at) / self.takes
        if share <= 0:
            return
        if share >= 1:
            self._float(canvas, second - self.at - self.takes)
        elif self.entrance == "pop":
            self._pop(canvas, share)
        else:
            way = self.phases[0].height if self.entrance == "rise" else -(self.top + self.phases[0].height)
            curve = easing.out_quart if self.entrance == "rise" else _bounce
            offset = round((1 - curve(share)) * way) // 2 * 2
            self.phases[0].paint(canvas, self.left, self.top + offset, easing.clamp(share * 4))

    def _pop(self, canvas: Canvas, share: float) -> None:
        whole = self.phases[0]
        scale = 0.35 + 0.65 * easing.out_back(share)
        shown = whole.sized(round(whole.width * scale), round(whole.height * scale))
        left = self.left + (whole.width - shown.width) // 4 * 2
        top = self.top + (whole.height - shown.height) // 4 * 2
        shown.paint(canvas, left, top, easing.clamp(share * 4))

    def _float(self, canvas: Canvas, second: float) -> None:
        offset = -self.float_px * math.sin(second / self.period_s * 2 * math.pi)
        quarters = round(offset * _PHASES)
        whole, phase = divmod(quarters, _PHASES)
        self.phases[phase].paint(canvas, self.left, self.top + whole)


def _bounce(share: float) -> float:
    """Fall, and bounce twice, lower each time."""
    share = easing.clamp(share)
    for start, end, height in ((0.0, 0.45, 1.0), (0.45, 0.8, 0.16), (0.8, 1.0, 0.04)):
        if share <= end:
            if height == 1.0:
                return (share / end) ** 2
            middle = (share - start) / (end - start) * 2 - 1
            return 1 - height * (1 - middle**2)
    return 1.0


@dataclass(frozen=True, slots=True)
class Orbiting:
    """A dot that circles a point at a distance of `reach` pixels."""

    mask: Mask
    colour: Colour
    middle: tuple[float, float]
    reach: float
    at: float
    clockwise: bool
    takes: float = 0.4
    timed: bool = False
    role: Role = "panel"

    @property
    def box(self) -> Box:
        far = math.ceil(self.reach + self.mask.width / 2)
        x, y = round(self.middle[0]), round(self.middle[1])
        return x - far, y - far, x + far, y + far

    def hurried(self, pace: float) -> "Orbiting":
        return replace(self, at=self.at * pace, takes=self.takes * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        gone = second - self.at
        if gone <= 0:
            return
        angle = (_ORBIT_SPEED * gone + 0.6) * (1 if self.clockwise else -1)
        x = self.middle[0] + self.reach * math.sin(angle) - self.mask.width / 2
        y = self.middle[1] - self.reach * math.cos(angle) - self.mask.height / 2
        canvas.paint(self.mask, self.colour, round(x), round(y), easing.clamp(gone / self.takes))


@dataclass(frozen=True, slots=True)
class Rippling:
    """What leaves a disc again and again: it grows to `grows` times its size and fades.

    It grows by whole steps: a shape of each size is made once, not for each frame.
    """

    mask: Mask
    colour: Colour
    left: int
    top: int
    grows: float
    at: float
    takes: float = 0.0
    timed: bool = False
    role: Role = "panel"
    _sizes: dict[int, Mask] = field(default_factory=dict, compare=False)

    @property
    def box(self) -> Box:
        aside = math.ceil(self.mask.width * (self.grows - 1) / 2)
        above = math.ceil(self.mask.height * (self.grows - 1) / 2)
        right, bottom = self.left + self.mask.width, self.top + self.mask.height
        return self.left - aside, self.top - above, right + aside, bottom + above

    def hurried(self, pace: float) -> "Rippling":
        return replace(self, at=self.at * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        share = (second - self.at) % _RIPPLE_S / _RIPPLE_S
        if second <= self.at or share < 0.02:
            return
        step = round(self.mask.width * (self.grows - 1) * easing.out_cubic(share)) // _RIPPLE_STEP
        if step not in self._sizes:
            self._sizes[step] = self.mask.scaled(1 + step * _RIPPLE_STEP / self.mask.width)
        shown = self._sizes[step]
        left = self.left + (self.mask.width - shown.width) // 4 * 2
        top = self.top + (self.mask.height - shown.height) // 4 * 2
        canvas.paint(shown, self.colour, left, top, _RIPPLE_OPACITY * (1 - share))


@dataclass(frozen=True, slots=True)
class Progress:
    """A line that fills as the film goes on. `way`: the shares of the film that are gone when the shot begins and when
    it ends, and the shot's seconds."""

    box: Box
    colour: Colour
    faint: Colour
    way: tuple[float, float, float]
    at: float = 0.0
    takes: float = 0.0
    timed: bool = True
    role: Role = "trim"

    def hurried(self, _pace: float) -> "Progress":
        return self

    def paint(self, canvas: Canvas, second: float) -> None:
        left, top, right, bottom = self.box
        first, last, seconds = self.way
        gone = first + (last - first) * min(second / seconds, 1.0)
        canvas.box(self.faint, left, top, right, bottom)
        canvas.box(self.colour, left, top, left + round((right - left) * gone), bottom)


@dataclass(frozen=True, slots=True)
class Digit:
    """A place of a number: the digit that it ends on, how many the place counts (10 for the tens), and the masks of
    all digits with their left and top edges. A separator is the place before it, with its own mask for every digit."""

    last: int
    counts: int
    value: int
    shapes: tuple[tuple[Mask, int, int], ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """A number that counts up. Signs and letters stand still; `digits` turn until they are what they should be."""

    still: tuple[Sprite, ...]
    digits: tuple[Digit, ...]
    colour: Colour
    whole: Box
    at: float
    takes: float
    timed: bool = False
    role: Role = "words"

    @property
    def box(self) -> Box:
        return self.whole

    def hurried(self, pace: float) -> "Counting":
        still = tuple(sprite.hurried(pace) for sprite in self.still)
        return replace(self, still=still, at=self.at * pace, takes=self.takes * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        share = (second - self.at) / self.takes
        if share <= 0:
            return
        for sprite in self.still:
            sprite.paint(canvas, second)
        moved = 1.0 if share >= 1 else easing.out_cubic(share)
        for digit in self.digits:
            reached = math.floor(digit.value * moved + 1e-6)
            if reached >= digit.counts or digit.counts == 1:
                mask, left, top = digit.shapes[reached // digit.counts % 10]
                canvas.paint(mask, self.colour, left, top, easing.clamp(share * 6))


_FIGURES = re.compile(r"\d[\d.,'’\u00a0\u202f ]*\d|\d")


def counting(
    wording: str,
    *,
    size: int,
    weight: int,
    colour: Colour,
    pen: tuple[float, int],
    at: float,
    takes: float,
    is_timed: bool,
) -> Counting | None:
    """Return a line of one word or more as a number that counts up, with the pen at (x, baseline), or None if it has
    no digits or is not written in them plainly, from left to right."""
    if fonts.right_to_left(wording) or not all(" " <= letter < "\u0250" or letter in "€₹₩–—’" for letter in wording):
        return None
    places = _places(wording)
    if max((value for value, _ in places.values()), default=0) < _LEAST_COUNTED:
        return None
    shapes = {digit: fonts.draw(str(digit), size, weight) for digit in range(10)}
    still: list[Sprite] = []
    digits: list[Digit] = []
    for index, letter in enumerate(wording):
        x = pen[0] + fonts.width(wording[: index + 1], size, weight) - fonts.width(letter, size, weight)
        value, counts = places.get(index, (0, 0))
        # A nought before a figure ("0.99", "01") counts nothing.
        if 0 < counts <= max(value, 1):
            drawn = tuple(
                (Mask.of(shape.mask), int(x) + shape.left, pen[1] + shape.top) for _, shape in sorted(shapes.items())
            )
            digits.append(Digit(value // counts % 10, counts, value, drawn))
        elif letter in _SEPARATORS and 1 < places.get(index - 1, (0, 0))[1] <= places.get(index - 1, (0, 0))[0]:
            shape = fonts.draw(letter, size, weight)
            same = (Mask.of(shape.mask), int(x) + shape.left, pen[1] + shape.top)
            digits.append(Digit(0, places[index - 1][1], places[index - 1][0], (same,) * len(shapes)))
        elif not letter.isspace():
            shape = fonts.draw(letter, size, weight)
            mask = Mask.of(shape.mask)
            still.append(Sprite(mask, colour, int(x) + shape.left, pen[1] + shape.top, at, "fade", 0.35))
    boxes = [sprite.box for sprite in still]
    boxes += [
        (left, top, left + mask.width, top + mask.height)
        for digit in digits
        for mask, left, top in [digit.shapes[digit.last]]
    ]
    whole = (
        min(box[0] for box in boxes), min(box[1] for box in boxes),
        max(box[2] for box in boxes), max(box[3] for box in boxes),
    )  # fmt: skip
    return Counting(tuple(still), tuple(digits), colour, whole, at, takes, is_timed)


def _places(wording: str) -> dict[int, tuple[int, int]]:
    """The value that each digit of a text is part of, and how many its place counts."""
    places: dict[int, tuple[int, int]] = {}
    for figure in _FIGURES.finditer(wording):
        where = [figure.start() + at for at, letter in enumerate(figure.group()) if letter in "0123456789"]
        value = int("".join(wording[at] for at in where) or "0")
        for power, at in enumerate(reversed(where)):
            places[at] = (value, 10**power)
    return places


@dataclass(frozen=True)
class Arc:
    """A part of a ring, 0.0 to 1.0, that grows clockwise from the top."""

    side: int
    thick: int
    share: float
    colour: Colour
    left: int
    top: int
    at: float
    takes: float
    timed: bool = False
    role: Role = "trim"

    @property
    def box(self) -> Box:
        return self.left, self.top, self.left + self.side, self.top + self.side

    def hurried(self, pace: float) -> "Arc":
        return replace(self, at=self.at * pace, takes=self.takes * pace)

    @cached_property
    def _field(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """For each pixel, how far round it is, 0.0 to 1.0, and how much of it is in the ring."""
        middle = (self.side - 1) / 2
        ys, xs = np.mgrid[0 : self.side, 0 : self.side].astype(np.float32) - np.float32(middle)
        far = np.hypot(xs, ys)
        inked = np.clip(self.side / 2 - far, 0, 1) * np.clip(far - (self.side / 2 - self.thick), 0, 1)
        return (np.arctan2(-xs, ys) / (2 * math.pi) + 0.5).astype(np.float32), (inked * 255).astype(np.float32)

    @cached_property
    def _full(self) -> Mask:
        return self._mask(self.share)

    def _mask(self, share: float) -> Mask:
        around, inked = self._field
        edge = np.clip((np.float32(share) - around) * np.float32(math.pi * self.side), 0, 1)
        return Mask.of(Image.fromarray((inked * edge).astype(np.uint8)))

    def paint(self, canvas: Canvas, second: float) -> None:
        gone = (second - self.at) / self.takes
        if gone <= 0:
            return
        mask = self._full if gone >= 1 else self._mask(self.share * easing.out_cubic(gone))
        canvas.paint(mask, self.colour, self.left, self.top)
