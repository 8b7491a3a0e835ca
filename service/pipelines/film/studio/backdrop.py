"""A picture or a clip as the ground of a shot. It fills the frame, always moves, and has a veil of the palette's first
colour over it, thick enough for words on it to keep a contrast of 4.5:1: a still only around the words."""

import itertools
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from service.pipeline import Context
from service.pipelines.film.script.look.palettes import Colour, Palette
from service.pipelines.film.script.treatment import Motion
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio import ffmpeg, pictures, processes
from service.pipelines.film.studio.canvas import Canvas, Mask, yuv, yuv_planes
from service.pipelines.film.studio.zones import Box

_CONTRAST = 4.5
_CONTRAST_MARGIN = 0.25  # Planes hold whole numbers, colour at half size: what is painted is a little off.
_SPARE = 0.12  # How much larger than the frame the picture is, so that the view can move over it.
_VEIL_STEP = 0.01
_LIGHT_SHARE = 0.2
"""Of the veil where no words stand: enough for the picture to belong to the film's colours."""
_AROUND, _EDGE = 0.035, 0.3
"""How far the veil reaches beyond the words, and over how much more it fades: in shorter sides of the frame."""
_TOGETHER = 0.45
"""Words that are nearer to each other than this, in shorter sides of the frame, have one veil."""
_MOST_ACROSS = 0.62
"""Words that take more of the frame's width than this have the veil over all of it."""
_SHADES = 16  # Of each channel, into which the colours of a picture are sorted.

Planes = tuple[Image.Image, Image.Image, Image.Image]
Colours = npt.NDArray[np.float32]
"""Shape (number, 3), 0.0 to 255.0, sRGB."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and when a picture is shown: the frame's size, the second of the film at which its shot starts, and how
    long the shot lasts."""

    size: tuple[int, int]
    start_s: float
    seconds: float


class Still:
    """A picture that the view moves over slowly. The veil is over all of it, unless it is told where words stand."""

    def __init__(self, file: Path, palette: Palette, placement: Placement, motion: Motion) -> None:
        self.placement, self.motion, self.colour = placement, motion, palette.grounds[0]
        width, height = (round(side * (1 + _SPARE)) // 2 * 2 for side in placement.size)
        self.picture = ImageOps.fit(pictures.opened(file), (width, height), Image.Resampling.LANCZOS)
        self.share = veil_share(_colours(self.picture), palette)
        self.planes: Planes | None = None
        self.shade: Mask | None = None

    def shade_behind(self, boxes: Sequence[Box]) -> None:
        """Put the veil behind these parts of the frame, with soft edges, and leave the rest of the picture clear.
        Must come before anything is painted."""
        light = min(self.share, _LIGHT_SHARE)
        if not boxes or self.share <= light:
            return
        covered = 1 - (1 - self.share) / (1 - light)
        self.share = light
        self.shade = Mask.of(
            Image.fromarray(np.ceil(255 * covered * _near(boxes, self.placement.size)).astype(np.uint8))
        )

    def _veiled(self) -> Planes:
        veiled = Image.blend(self.picture, Image.new("RGB", self.picture.size, self.colour), self.share)
        luma, blue, red = (Image.fromarray(plane) for plane in yuv_planes(np.asarray(veiled, np.float32)))
        return luma, blue.reduce(2), red.reduce(2)

    def paint(self, canvas: Canvas, second: float) -> None:
        """As `Ground.paint`."""
        if self.planes is None:
            self.planes = self._veiled()
        done = min(max((second - self.placement.start_s) / self.placement.seconds, 0.0), 1.0)
        left, top, right, bottom = _view(self.motion, done)
        shown = []
        for plane, own in zip(self.planes, canvas.planes, strict=True):
            box = (left * plane.width, top * plane.height, right * plane.width, bottom * plane.height)
            shown.append(plane.resize(own.size, Image.Resampling.BILINEAR, box=box))
        canvas.set_planes((shown[0], shown[1], shown[2]))
        if self.shade is not None:
            canvas.paint(self.shade, self.colour, 0, 0)


class Clip:
    """A moving picture, decoded by ffmpeg as it is painted, so that only one frame of it is in memory. It plays once in
    its shot, more slowly if it is shorter. Frames must be painted in order."""

    def __init__(self, ctx: Context, file: Path, palette: Palette, placement: Placement, clip_seconds: float) -> None:
        self.ctx, self.placement = ctx, placement
        # What the frames show is not known in advance, so the veil has to work for every colour.
        self.tables = _tables(palette.grounds[0], veil_share(_every_colour(), palette))
        slower = max(placement.seconds / clip_seconds, 1.0)
        self.child = ctx.popen(
            ffmpeg.decode_frames(file, *placement.size, FPS, slower),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.number = -1
        self.planes: Planes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        processes.stop(self.child)

    def paint(self, canvas: Canvas, second: float) -> None:
        """As `Ground.paint`. Raises `Later("render_failed")` if the clip cannot be decoded."""
        target = round((second - self.placement.start_s) * FPS)
        while self.number < target:
            planes = self._next()
            self.number += 1
            if planes is None and self.planes is None:
                processes.fail(self.ctx, "render_failed", "a clip has no frame")
            # The last frame stays if the clip is a few frames short.
            self.planes = planes or self.planes
        assert self.planes is not None  # noqa: S101 -- the first frame was read
        canvas.set_planes(self.planes)

    def _next(self) -> Planes | None:
        width, height = self.placement.size
        assert self.child.stdout is not None  # noqa: S101 -- PIPE was passed
        sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
        planes = []
        for size, table in zip(sizes, self.tables, strict=True):
            raw = self.child.stdout.read(size[0] * size[1])
            if len(raw) < size[0] * size[1]:
                return None
            planes.append(Image.frombytes("L", size, raw).point(table))
        return planes[0], planes[1], planes[2]


class Held:
    """A moving picture's frame that stands still, veiled as the picture is."""

    def __init__(self, file: Path, palette: Palette, placement: Placement) -> None:
        fitted = ImageOps.fit(pictures.opened(file), placement.size, Image.Resampling.LANCZOS)
        luma, blue, red = (Image.fromarray(plane) for plane in yuv_planes(np.asarray(fitted, np.float32)))
        tables = _tables(palette.grounds[0], veil_share(_every_colour(), palette))
        planes = (luma, blue.reduce(2), red.reduce(2))
        shown = [plane.point(table) for plane, table in zip(planes, tables, strict=True)]
        self.planes: Planes = (shown[0], shown[1], shown[2])

    def paint(self, canvas: Canvas, _second: float) -> None:
        """As `Ground.paint`."""
        canvas.set_planes(self.planes)


def veil_share(colours: Colours, palette: Palette) -> float:
    """Return how opaque the veil, of the palette's first ground, must be for words and accents to be readable on each
    of these colours: 0.0 to 1.0."""
    ground = np.asarray(palette.grounds[0], np.float32)
    inks = [_luminance(np.asarray([ink], np.float32))[0] for ink in (palette.text, palette.accent)]
    for share in np.arange(0.0, 1.0, _VEIL_STEP):
        lights = _luminance(colours * (1 - share) + ground * share)
        if all(_contrast(ink, lights).min() >= _CONTRAST + _CONTRAST_MARGIN for ink in inks):
            return float(share)
    return 1.0


def _near(boxes: Sequence[Box], size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """How much of the veil each pixel of a frame has, 0.0 to 1.0: all of it in rows and columns of the boxes."""
    unit = min(size)
    width, height = size
    rows = np.max([_band(height, top, bottom, unit) for top, bottom in _stretches(boxes, unit)], axis=0)
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    is_wide = right - left > _MOST_ACROSS * width
    columns = np.ones(width) if is_wide else _band(width, left, right, unit)
    return np.asarray(np.outer(rows, columns), np.float64)


def _stretches(boxes: Sequence[Box], unit: int) -> list[tuple[int, int]]:
    """From where to where boxes stand. What is near the one above stands with it, or the picture would be striped."""
    joined: list[tuple[int, int]] = []
    for _, top, _, bottom in sorted(boxes, key=lambda box: box[1]):
        if joined and top - joined[-1][1] < _TOGETHER * unit:
            joined[-1] = (joined[-1][0], max(joined[-1][1], bottom))
        else:
            joined.append((top, bottom))
    return joined


def _band(count: int, first: int, end: int, unit: int) -> npt.NDArray[np.float64]:
    """1.0 from `first` to `end` and a little beyond, and a soft edge outside."""
    at = np.arange(count)
    beyond = np.maximum(np.maximum(first - at, at - end) - _AROUND * unit, 0.0) / (_EDGE * unit)
    inside = np.clip(1 - beyond, 0.0, 1.0)
    return np.asarray(inside * inside * (3 - 2 * inside), np.float64)


def _view(motion: Motion, done: float) -> tuple[float, float, float, float]:
    """The part of the picture that is in the frame: left, top, right, bottom, each as a share of the picture's side."""
    spare = _SPARE / (1 + _SPARE)
    if motion in {"closer", "away"}:
        cut = spare * (done if motion == "closer" else 1 - done) / 2
        return cut, cut, 1 - cut, 1 - cut
    along = spare * (done if motion in {"right", "down"} else 1 - done)
    across = spare / 2
    left, top = (along, across) if motion in {"left", "right"} else (across, along)
    return left, top, left + 1 - spare, top + 1 - spare


def _colours(picture: Image.Image) -> Colours:
    """The colours in a picture, reduced to the darkest and the lightest of each of the cubes that they fall into."""
    pixels = np.asarray(picture).reshape(-1, 3) // (256 // _SHADES)
    keys = np.unique(pixels.astype(np.int32) @ np.array([_SHADES * _SHADES, _SHADES, 1]))
    shades = np.stack([keys // (_SHADES * _SHADES), keys // _SHADES % _SHADES, keys % _SHADES], axis=1)
    step = 256 // _SHADES
    return np.concatenate([shades * step, shades * step + step - 1]).astype(np.float32)


@lru_cache(maxsize=1)
def _every_colour() -> Colours:
    return np.array(list(itertools.product(range(0, 256, 17), repeat=3)), np.float32)


def _tables(ground: Colour, share: float) -> list[list[int]]:
    """For each plane, what each of its values becomes under a veil."""
    return [[round(value + (to - value) * share) for value in range(256)] for to in yuv(ground)]


def _luminance(colours: Colours) -> npt.NDArray[np.float32]:
    """As `palettes.luminance`, for an array of colours."""
    shares = colours / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.2126, 0.7152, 0.0722]), np.float32)


def _contrast(ink: np.float32, lights: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """As `palettes.contrast`, of one luminance with each of an array."""
    return np.asarray((np.maximum(lights, ink) + 0.05) / (np.minimum(lights, ink) + 0.05), np.float32)
