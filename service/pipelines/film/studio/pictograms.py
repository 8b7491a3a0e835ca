"""Draw the pictures that shots speak of (`script/pictograms.py` chooses them), and move them.

Things are Fluent Emoji in their own colours; signs are Phosphor icons in the palette's. Both are SVG, drawn by resvg
without fonts or files, so that the same name, side and palette always give the same pixels.
"""

import functools
import io
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from math import pi, sin
from pathlib import Path
from typing import Literal, TypeAlias

from PIL import Image, ImageFilter

from service.pipelines.film.script.palettes import Colour, Palette
from service.pipelines.film.script.pictograms import SIGN
from service.pipelines.film.studio import easing
from service.pipelines.film.studio.canvas import Canvas, Mask

Entrance: TypeAlias = Literal["pop", "drop", "rise"]

_FOLDER = Path(__file__).parent / "icons"
_THING_SIDE, _SIGN_SIDE = 32, 256
_LEAST_SIDE, _MOST_SIDE = 32, 1080
_SIGN_TINT = "0.42"
"""Opacity of the second tone of a sign. Phosphor's own, 0.2, is too faint for a film."""
_RIM, _SHADOW = 0.019, 0.035
"""Width of the rim and softness of the shadow, as shares of the side."""
_SHADOW_OPACITY = 0.42
_MARGIN = 0.06
"""Room around the drawing for its rim and shadow, as a share of the side."""
_PHASES = 4
"""A floating picture is drawn at quarters of a pixel: whole pixels would be seen to jump."""

# Rec. 709 in limited range, as in `canvas.yuv`, for 8-bit RGB.
_TO_YUV = (
    (0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255, 16.0),
    (-0.2126 * 224 / 1.8556 / 255, -0.7152 * 224 / 1.8556 / 255, (1 - 0.0722) * 224 / 1.8556 / 255, 128.0),
    ((1 - 0.2126) * 224 / 1.5748 / 255, -0.7152 * 224 / 1.5748 / 255, -0.0722 * 224 / 1.5748 / 255, 128.0),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture in three planes, the second and third at half size, and where it covers what is behind."""

    planes: tuple[Image.Image, Image.Image, Image.Image]
    mask: Mask

    @property
    def width(self) -> int:
        return self.mask.width

    @property
    def height(self) -> int:
        return self.mask.height

    def paint(self, canvas: Canvas, left: int, top: int, opacity: float = 1.0) -> None:
        """Paint it with its top left corner at (`left`, `top`), clipped to the frame."""
        if opacity <= 0.004:
            return
        mask = self.mask if opacity >= 0.996 else self.mask.faded(opacity)
        canvas.planes[0].paste(self.planes[0], (left, top), mask.full)
        for plane, own in zip(canvas.planes[1:], self.planes[1:], strict=True):
            plane.paste(own, (left // 2, top // 2), mask.half)

    def sized(self, width: int, height: int) -> "Drawing":
        """Return it in another size, both sides rounded down to even pixels."""
        size = (max(width // 2 * 2, 2), max(height // 2 * 2, 2))
        half = (size[0] // 2, size[1] // 2)
        bilinear = Image.Resampling.BILINEAR
        return Drawing(
            (
                self.planes[0].resize(size, bilinear),
                self.planes[1].resize(half, bilinear),
                self.planes[2].resize(half, bilinear),
            ),
            Mask(self.mask.full.resize(size, bilinear), self.mask.half.resize(half, bilinear)),
        )

    def lowered(self, share: float) -> "Drawing":
        """Return it moved down by a part of a pixel."""
        moved = [Image.blend(plane, _one_lower(plane), share) for plane in (self.planes[0], self.mask.full)]
        return Drawing((moved[0], *self.planes[1:]), Mask(moved[1], self.mask.half))


def draw(name: str, side: int, palette: Palette) -> Drawing:
    """Draw the picture `name` on a square of `side` pixels, 32 to 1080, its rim and shadow within.

    Raises `KeyError` for a name that `names()` has not.
    """
    side = min(max(side, _LEAST_SIDE), _MOST_SIDE) // 2 * 2
    inside = round(side * (1 - 2 * _MARGIN)) // 2 * 2
    shape = _shape(name, inside, palette)
    whole = Image.new("RGBA", (side, side))
    at = (side - inside) // 2
    whole.paste(shape, (at, at))
    alpha = whole.getchannel("A")
    backed = _filled(palette.grounds[0] if palette.dark else palette.text, _shadow(alpha, side))
    if not name.startswith(SIGN):
        # Things have colours of their own, which may be the ground's: a rim sets them off, as on a sticker.
        rim = (255, 255, 255) if palette.dark else palette.on_accent
        backed.alpha_composite(_filled(rim, _grown(alpha, side)))
    backed.alpha_composite(whole)
    return _in_planes(backed)


def names() -> frozenset[str]:
    """Return the names of all pictures there are."""
    return frozenset(_things()) | {SIGN + name for name in _signs()}


def _shape(name: str, side: int, palette: Palette) -> Image.Image:
    if name.startswith(SIGN):
        colour = "#{:02x}{:02x}{:02x}".format(*palette.accent)
        inside = _signs()[name.removeprefix(SIGN)].replace('opacity="0.2"', f'opacity="{_SIGN_TINT}"')
        box, fill = _SIGN_SIDE, f' fill="{colour}"'
    else:
        inside, box, fill = _things()[name], _THING_SIDE, ""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {box} {box}" width="{side}" height="{side}"{fill}>'
        f"{inside}</svg>"
    )
    # Imported when it is needed: 3 MB that a film without pictures does not load.
    import resvg_py  # noqa: PLC0415

    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    return Image.open(io.BytesIO(png), formats=("PNG",)).convert("RGBA")


def _shadow(alpha: Image.Image, side: int) -> Image.Image:
    """Return the coverage of a soft shadow, a little below the shape."""
    soft = _blurred(alpha, side * _SHADOW)
    lower = Image.new("L", alpha.size)
    lower.paste(soft, (0, round(side * _SHADOW * 0.6)))
    return lower.point([round(value * _SHADOW_OPACITY) for value in range(256)])


def _grown(alpha: Image.Image, side: int) -> Image.Image:
    """Return the coverage of the shape with a rim around it."""
    width = side * _RIM
    soft = alpha.filter(ImageFilter.BoxBlur(width))
    # Where a box of the rim's width touches the shape at all, with an edge as soft as the shape's own.
    return soft.point([min(255, value * 7) for value in range(256)])


def _blurred(alpha: Image.Image, radius: float) -> Image.Image:
    """Blur widely for little: at a quarter of the size."""
    small = alpha.reduce(4).filter(ImageFilter.BoxBlur(radius / 8)).filter(ImageFilter.BoxBlur(radius / 8))
    return small.resize(alpha.size, Image.Resampling.BILINEAR)


def _filled(colour: Colour, coverage: Image.Image) -> Image.Image:
    filled = Image.new("RGBA", coverage.size, colour)
    filled.putalpha(coverage)
    return filled


def _in_planes(picture: Image.Image) -> Drawing:
    """Return an RGBA picture in planes. Its colours go on beyond its edges, where they are mixed in."""
    premultiplied = picture.convert("RGBa")
    beyond = premultiplied.reduce(8).convert("RGBA").resize(picture.size, Image.Resampling.NEAREST)
    bled = beyond.convert("RGB")
    bled.paste(picture.convert("RGB"), mask=picture.getchannel("A").point([0] + [255] * 255))
    luma, blue, red = (bled.convert("L", row) for row in _TO_YUV)
    return Drawing((luma, blue.reduce(2), red.reduce(2)), Mask.of(picture.getchannel("A")))


def _one_lower(plane: Image.Image) -> Image.Image:
    moved = plane.copy()
    moved.paste(plane, (0, 1))
    return moved


@functools.cache
def _things() -> Mapping[str, str]:
    return _read("things.xz")


@functools.cache
def _signs() -> Mapping[str, str]:
    return _read("signs.xz")


def _read(name: str) -> Mapping[str, str]:
    """Return the insides of the SVGs in a file by their names."""
    lines = lzma.decompress((_FOLDER / name).read_bytes()).decode().split("\n")
    return {icon: inside for icon, _, inside in (line.partition("\t") for line in lines)}


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that comes into a shot `at` seconds after its start, over `takes` seconds, and then floats up and down
    by `float_px` pixels, once in `period_s`. It is painted as a sprite is."""

    phases: tuple[Drawing, ...]
    left: int
    top: int
    at: float
    entrance: Entrance = "pop"
    takes: float = 0.4
    float_px: float = 8.0
    period_s: float = 3.2

    @staticmethod
    def of(drawing: Drawing, left: int, top: int, at: float, entrance: Entrance = "pop") -> "Picture":
        """Place a drawing. It floats by a fiftieth of its height."""
        phases = tuple(drawing.lowered(phase / _PHASES) if phase else drawing for phase in range(_PHASES))
        return Picture(phases, left // 2 * 2, top // 2 * 2, at, entrance, float_px=drawing.height / 50)

    @property
    def mask(self) -> Mask:
        return self.phases[0].mask

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
        offset = -self.float_px * sin(second / self.period_s * 2 * pi)
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
