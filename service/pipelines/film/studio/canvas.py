"""One frame in the encoder's own format, YUV 4:2:0 of BT.709, and what can be painted onto it.

Painting in three planes instead of RGB halves the bytes and saves the encoder a conversion.
"""

from dataclasses import dataclass
from typing import IO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from service.pipelines.film.script.look.palettes import Colour

_LEAST_BAND = 48
"""Rows from which it is worth filling a band of them apart."""
Plane = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mask:
    """A shape to be filled with a colour: its coverage, 0 to 255, at full size and, for the colour planes, at half."""

    full: Image.Image
    half: Image.Image
    solid: tuple[int, int] = (0, 0)
    """From which row to which all of it is covered: even, and equal if there is no such band."""

    @staticmethod
    def of(image: Image.Image) -> "Mask":
        """Make one from an image of mode L, padded to an even width and height."""
        width, height = image.size
        if width % 2 or height % 2:
            even = Image.new("L", (width + width % 2, height + height % 2))
            even.paste(image, (0, 0))
            image = even
        return Mask(image, image.reduce(2))

    @property
    def width(self) -> int:
        return self.full.width

    @property
    def height(self) -> int:
        return self.full.height

    def cropped(self, left: int, top: int, right: int, bottom: int) -> "Mask":
        """Return the part inside these edges, all of them even."""
        return Mask(
            self.full.crop((left, top, right, bottom)),
            self.half.crop((left // 2, top // 2, right // 2, bottom // 2)),
        )

    def scaled(self, scale: float) -> "Mask":
        """Return the mask at another size."""
        size = (max(2, round(self.width * scale)), max(2, round(self.height * scale)))
        return Mask.of(self.full.resize(size, Image.Resampling.BILINEAR))

    def faded(self, opacity: float) -> "Mask":
        """Return the mask with its coverage multiplied by `opacity`."""
        table = [round(value * opacity) for value in range(256)]
        return Mask(self.full.point(table), self.half.point(table))


def rounded(width: int, height: int, radius: int) -> Mask:
    """Return a rectangle with rounded, smooth corners."""
    big = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(big).rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), radius=radius, fill=255)
    mask = Mask.of(big.resize((width, height), Image.Resampling.LANCZOS))
    first = (radius // 2 + 4) // 2 * 2
    return (
        Mask(mask.full, mask.half, (first, height - first))
        if height - 2 * first >= _LEAST_BAND and width % 2 == 0
        else mask
    )


class Canvas:
    """The three planes of a frame of even width and height."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.planes = (
            Image.new("L", (width, height)),
            Image.new("L", (width // 2, height // 2)),
            Image.new("L", (width // 2, height // 2)),
        )

    def fill(self, colour: Colour) -> None:
        for plane, value in zip(self.planes, yuv(colour), strict=True):
            plane.paste(value, (0, 0, *plane.size))

    def box(self, colour: Colour, left: int, top: int, right: int, bottom: int) -> None:
        """Fill a rectangle, clipped to the frame, with its edges rounded down to even pixels."""
        left, top = max(left, 0) // 2 * 2, max(top, 0) // 2 * 2
        right, bottom = min(right, self.width) // 2 * 2, min(bottom, self.height) // 2 * 2
        if right <= left or bottom <= top:
            return
        luma, blue, red = yuv(colour)
        self.planes[0].paste(luma, (left, top, right, bottom))
        half = (left // 2, top // 2, right // 2, bottom // 2)
        self.planes[1].paste(blue, half)
        self.planes[2].paste(red, half)

    def paint(self, mask: Mask, colour: Colour, left: int, top: int, opacity: float = 1.0) -> None:
        """Fill `mask` with a colour, its top left corner at (`left`, `top`), clipped to the frame."""
        if opacity <= 0.004:
            return
        first, last = mask.solid
        if last > first and opacity >= 0.996 and top % 2 == left % 2 == 0:
            # Filling a box takes a fraction of the time of painting through a mask.
            self.box(colour, left, top + first, left + mask.width, top + last)
            self.paint(mask.cropped(0, 0, mask.width, first), colour, left, top)
            self.paint(mask.cropped(0, last, mask.width, mask.height), colour, left, top + last)
            return
        shape = mask if opacity >= 0.996 else mask.faded(opacity)
        luma, blue, red = yuv(colour)
        self.planes[0].paste(luma, (left, top), shape.full)
        self.planes[1].paste(blue, (left // 2, top // 2), shape.half)
        self.planes[2].paste(red, (left // 2, top // 2), shape.half)

    def veil(self, colour: Colour, opacity: float) -> None:
        """Blend the whole frame towards a colour."""
        share = min(max(opacity, 0.0), 1.0)
        if share <= 0.004:
            return
        for plane, value in zip(self.planes, yuv(colour), strict=True):
            table = [round(level + (value - level) * share) for level in range(256)]
            plane.paste(plane.point(table))

    def set_planes(self, planes: tuple[Image.Image, Image.Image, Image.Image]) -> None:
        """Replace the planes by others of the same sizes."""
        for own, new in zip(self.planes, planes, strict=True):
            own.paste(new)

    def write(self, to: IO[bytes]) -> None:
        """Write the frame as the encoder reads it."""
        for plane in self.planes:
            to.write(plane.tobytes())

    def rgb(self) -> Image.Image:
        """Return the frame as an RGB picture."""
        luma, blue, red = (
            np.asarray(plane if plane is self.planes[0] else plane.resize(self.planes[0].size), np.float32)
            for plane in self.planes
        )
        grey = (luma - 16) / 219
        by_blue, by_red = (blue - 128) / 224 * 1.8556, (red - 128) / 224 * 1.5748
        mixed = [grey + by_red, grey - (0.2126 * by_red + 0.0722 * by_blue) / 0.7152, grey + by_blue]
        return Image.fromarray((np.clip(np.stack(mixed, axis=2), 0, 1) * 255 + 0.5).astype(np.uint8))


def exact_yuv(colour: Colour) -> tuple[float, float, float]:
    """Return a colour in BT.709 with limited range, not rounded, for mixing."""
    red, green, blue = (channel / 255 for channel in colour)
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        16 + 219 * grey,
        128 + 224 * (blue - grey) / 1.8556,
        128 + 224 * (red - grey) / 1.5748,
    )


def yuv(colour: Colour) -> tuple[int, int, int]:
    """Return a colour in BT.709 with limited range."""
    luma, blue, red = exact_yuv(colour)
    return (round(luma), round(blue), round(red))


def yuv_planes(rgb: npt.NDArray[np.float32]) -> tuple[Plane, Plane, Plane]:
    """Return a picture of shape (height, width, 3), 0.0 to 255.0, as three planes of its own size."""
    red, green, blue = rgb[..., 0] / 255, rgb[..., 1] / 255, rgb[..., 2] / 255
    grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (
        (16.5 + 219 * grey).astype(np.uint8),
        (128.5 + 224 * (blue - grey) / 1.8556).astype(np.uint8),
        (128.5 + 224 * (red - grey) / 1.5748).astype(np.uint8),
    )
