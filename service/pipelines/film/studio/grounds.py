"""Painted grounds, which move behind the words: a class for each style, painting any second of the film.

Every colour here is a mixture of the palette's grounds, on which words keep their contrast.
"""

import functools
import math
import random
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from service.pipelines.film.script.look.palettes import Colour, Palette
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio.canvas import Canvas, Mask, Plane, exact_yuv, yuv

_COARSE = 16
"""A soft gradient is computed for one pixel in this many, in both directions."""
_LUT = 2048
"""Entries of a table from distance to colour."""
_STEPS_A_SECOND = FPS // 2
"""A movement this slow and soft looks the same at half the frames, and costs half."""


@dataclass(frozen=True, slots=True)
class Drifting:
    """A plain shape that sways `drift` pixels around its position, at `speed` radians a second."""

    mask: Mask
    colour: Colour
    left: float
    top: float
    drift: float
    speed: float
    phase: float

    def paint(self, canvas: Canvas, second: float) -> None:
        left = round(self.left + self.drift * math.sin(self.speed * second + self.phase))
        top = round(self.top + self.drift * math.cos(0.8 * self.speed * second + self.phase))
        canvas.paint(self.mask, self.colour, left, top)


class _Soft:
    """One plane of a slow gradient, interpolated from its levels at one pixel in `step`, in both directions.

    Rows come in pairs of equal values: a gradient this slow does not show it, and it halves the work. 16 bits are
    enough: levels below 256 in parts of 2 * 256 / step, times half a step of rows, stay below 65,536. The memory is
    reused: allocating 2 MB again takes longer than filling them.
    """

    def __init__(self, size: tuple[int, int], step: int, grain: Plane | None = None) -> None:
        width, height = size
        self.phases = step // 2
        self.left = np.arange(width) // step
        self.share = (np.arange(width) % step / step).astype(np.float32)
        self.rows = np.empty((-(-height // step), self.phases, 2, width), np.uint8)
        self.plane = self.rows.reshape(-1, width)[:height]
        self.grain = grain

    def set(self, points: npt.NDArray[np.float64]) -> None:
        """Fill the plane with these levels and what lies between them, plus the grain."""
        exact = points.astype(np.float32) * np.float32(256 // self.phases)
        left, right = np.take(exact, self.left, axis=1), np.take(exact, self.left + 1, axis=1)
        wide = (left + (right - left) * self.share + np.float32(0.5)).astype(np.uint16)
        slopes = wide[1:] - wide[:-1]  # Falling levels wrap around, and adding them wraps back.
        level = wide[:-1] * np.uint16(self.phases) + np.uint16(128)
        for phase in range(self.phases):
            self.rows[:, phase] = (level >> 8).astype(np.uint8)[:, None]
            level += slopes
        if self.grain is not None:
            np.add(self.plane, self.grain, out=self.plane)


class Ground(Protocol):
    """What lies behind a shot's words."""

    def paint(self, canvas: Canvas, second: float) -> None:
        """Cover the whole canvas with the ground as it looks at `second` of the film."""


def ground_for(style: str, palette: Palette, size: tuple[int, int], chance: random.Random) -> Ground:
    """Return a painted ground of this style."""
    if style == "blocks":
        return Blocks(palette, size, chance)
    if style == "rings":
        return Rings(palette, size, chance)
    if style == "paper":
        return Paper(palette, size, chance)
    return Aurora(palette, size, chance, panes=2)


class Aurora:
    """Soft lights that wander through each other, and panes of coloured glass that float in front of them."""

    def __init__(self, palette: Palette, size: tuple[int, int], chance: random.Random, *, panes: int) -> None:
        width, height = size
        # One point more than there are steps: what lies between two points is a mixture of both.
        self.xs, self.ys = (np.arange(-(-side // _COARSE) + 1) * float(_COARSE) for side in size)
        first, second, third = (np.array(exact_yuv(ground)) for ground in palette.grounds)
        self.base, self.towards = first, (second - first, third - first)
        reach = max(size)
        self.lights = [
            (
                chance.choice((1, 2)),
                reach * chance.uniform(0.28, 0.48),
                (width * chance.uniform(0.1, 0.9), height * chance.uniform(0.1, 0.9)),
                (width * chance.uniform(0.15, 0.4), height * chance.uniform(0.12, 0.3)),
                (chance.uniform(0.6, 1.0), chance.uniform(0.5, 0.9)),
                chance.uniform(0, 2 * math.pi),
            )
            for _ in range(4)
        ]
        half = (width // 2, height // 2)
        self.planes = (
            _Soft(size, _COARSE, _grain(size, chance)),
            _Soft(half, _COARSE // 2),
            _Soft(half, _COARSE // 2),
        )
        self.panes = [_pane(palette.grounds[1 + number % 2], size, number, chance) for number in range(panes)]
        self.step = -1

    def paint(self, canvas: Canvas, second: float) -> None:
        step = math.floor(second * _STEPS_A_SECOND + 1e-6)
        if step != self.step:
            self.step = step
            for plane, points in zip(self.planes, self._points(step / _STEPS_A_SECOND), strict=True):
                plane.set(points)
        luma, blue, red = (Image.fromarray(soft.plane) for soft in self.planes)
        canvas.set_planes((luma, blue, red))
        for pane in self.panes:
            pane.paint(canvas, second)

    def _points(self, second: float) -> list[npt.NDArray[np.float64]]:
        """The levels of the three planes at one pixel in `_COARSE`."""
        weights = [np.zeros((len(self.ys), len(self.xs))) for _ in self.towards]
        for colour, reach, centre, sway, speed, phase in self.lights:
            x = centre[0] + sway[0] * math.sin(speed[0] * second + phase)
            y = centre[1] + sway[1] * math.cos(speed[1] * second + 1.7 * phase)
            across, down = (np.exp(-1.6 * ((at - to) / reach) ** 2) for at, to in ((self.xs, x), (self.ys, y)))
            weights[colour - 1] += down[:, None] * across
        total = 1 + weights[0] + weights[1]
        second_share, third_share = weights[0] / total, weights[1] / total
        return [
            base + second_share * to_second + third_share * to_third
            for base, to_second, to_third in zip(self.base, *self.towards, strict=True)
        ]


class Blocks:
    """Large plain shapes that drift, as on a poster."""

    def __init__(self, palette: Palette, size: tuple[int, int], chance: random.Random) -> None:
        self.palette = palette
        width, height = size
        short = min(size)
        self.shapes: list[Drifting] = []
        for number in range(4):
            side = int(short * chance.uniform(0.42, 0.95)) // 2 * 2
            mask = Mask.of(_shape(chance.choice(("disc", "quarter", "ring", "bar")), side))
            corner = (number + chance.randint(0, 1)) % 4
            left = width * (0.08 if corner % 2 else 0.92) - side / 2
            top = height * (0.1 if corner < 2 else 0.9) - side / 2
            speed, phase = chance.uniform(0.5, 0.9), chance.uniform(0, 6.28)
            self.shapes.append(Drifting(mask, palette.grounds[1 + number % 2], left, top, short * 0.11, speed, phase))

    def paint(self, canvas: Canvas, second: float) -> None:
        canvas.fill(self.palette.grounds[0])
        for shape in self.shapes:
            shape.paint(canvas, second)


class Rings:
    """Rings that widen from a point at the edge, as when a stone falls into water."""

    def __init__(self, palette: Palette, size: tuple[int, int], chance: random.Random) -> None:
        width, height = size
        x = width * chance.choice((-0.05, 0.5, 1.05))
        y = height * chance.choice((0.05, 0.95))
        self.period = min(size) * chance.uniform(0.26, 0.4)
        self.speed = chance.uniform(0.16, 0.26)
        self.full = self._distances(size, x, y, 1)
        self.half = self._distances((width // 2, height // 2), x / 2, y / 2, 2)
        self.colours = [np.array(yuv(ground), np.float64) for ground in palette.grounds]

    def _distances(self, size: tuple[int, int], x: float, y: float, scale: int) -> npt.NDArray[np.uint16]:
        """The index into the table for each pixel, by its distance from the point at (`x`, `y`)."""
        ys, xs = np.ogrid[0 : size[1], 0 : size[0]]
        far = np.hypot((xs - x).astype(np.float32), (ys - y).astype(np.float32))
        # In place: each of these arrays is 8 MB.
        far *= np.float32(scale / self.period * _LUT)
        far %= np.float32(_LUT)
        return far.astype(np.uint16)

    def paint(self, canvas: Canvas, second: float) -> None:
        turn = (np.arange(_LUT) / _LUT - self.speed * second) % 1.0
        # A bright edge that fades behind it on a plain band: a wave rather than a target.
        edge = np.clip(turn / 0.012, 0, 1) * np.clip((1 - turn) * _LUT / 3, 0, 1)
        wave = edge * (1 - turn) ** 1.6
        second_share = 0.5 + 0.5 * np.sin(2 * np.pi * turn)
        planes = []
        for plane, distances in enumerate((self.full, self.half, self.half)):
            first, second_ground, third = (colour[plane] for colour in self.colours)
            mixed = first + ((second_ground - first) * second_share + (third - first) * (1 - second_share)) * wave
            planes.append(Image.fromarray(np.take((mixed + 0.5).astype(np.uint8), distances)))
        canvas.set_planes((planes[0], planes[1], planes[2]))


class Paper:
    """A calm sheet with a slow light on it, a drifting ring, and a fine frame."""

    def __init__(self, palette: Palette, size: tuple[int, int], chance: random.Random) -> None:
        self.light = Aurora(palette, size, chance, panes=0)
        self.palette = palette
        short = min(size)
        inset = round(short * 0.033)
        self.frame = _frame(size, inset)
        ring = Mask.of(_shape("ring", round(short * 0.62)))
        left = size[0] * chance.choice((0.02, 0.98)) - ring.width / 2
        top = size[1] * chance.choice((0.12, 0.88)) - ring.height / 2
        self.ring = Drifting(ring, palette.grounds[1], left, top, short * 0.09, 0.7, chance.uniform(0, 6.28))

    def paint(self, canvas: Canvas, second: float) -> None:
        self.light.paint(canvas, second)
        self.ring.paint(canvas, second)
        for side, left, top in self.frame:
            canvas.paint(side, self.palette.accent, left, top)


def _pane(colour: Colour, size: tuple[int, int], number: int, chance: random.Random) -> Drifting:
    """A large translucent disc that reaches over the right side of the frame if its number is odd, else the left."""
    width, height = size
    side = int(min(size) * chance.uniform(0.6, 0.95)) // 2 * 2
    left = width * (0.95 if number % 2 else 0.05) - side / 2
    top = height * chance.uniform(0.15, 0.85) - side / 2
    mask = Mask.of(_shape("disc", side)).faded(0.5)
    return Drifting(mask, colour, left, top, min(size) * 0.12, chance.uniform(0.5, 0.8), chance.uniform(0, 6.28))


def _frame(size: tuple[int, int], inset: int) -> list[tuple[Mask, int, int]]:
    """A fine line around the frame, in four parts because most of a single mask would be empty, each with its left and
    top edge."""
    width, height = size
    whole = Image.new("L", size)
    ImageDraw.Draw(whole).rectangle((inset, inset, width - inset - 1, height - inset - 1), outline=90, width=2)
    thick = (inset + 3) // 2 * 2
    boxes = (
        (0, 0, width, thick),
        (0, height - thick, width, height),
        (0, thick, thick, height - thick),
        (width - thick, thick, width, height - thick),
    )
    return [(Mask.of(whole.crop(box)), box[0], box[1]) for box in boxes]


@functools.lru_cache(maxsize=12)
def _shape(kind: str, side: int) -> Image.Image:
    """A plain shape with smooth edges: drawn at twice its size and scaled down. Shots in a row have the same, and each
    paints the one before it too."""
    big = Image.new("L", (side * 2, side * 2))
    brush = ImageDraw.Draw(big)
    edge = side * 2 - 1
    if kind == "disc":
        brush.ellipse((0, 0, edge, edge), fill=255)
    elif kind == "quarter":
        brush.pieslice((-edge, -edge, edge, edge), 0, 90, fill=255)
    elif kind == "ring":
        brush.ellipse((0, 0, edge, edge), fill=255)
        inner = edge * 0.3
        brush.ellipse((inner, inner, edge - inner, edge - inner), fill=0)
    else:
        brush.rounded_rectangle((0, int(edge * 0.32), edge, int(edge * 0.68)), radius=int(edge * 0.18), fill=255)
    return big.resize((side, side), Image.Resampling.LANCZOS)


def _grain(size: tuple[int, int], chance: random.Random) -> Plane:
    """Zero or one to add to each pixel, which breaks up the bands that a slow gradient has in 8 bits."""
    return np.random.default_rng(chance.getrandbits(63)).integers(0, 2, (size[1], size[0]), np.uint8)
