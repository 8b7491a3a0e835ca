"""Draw the pictures that shots speak of (`script/look/pictograms.py` chooses them).

Things are Fluent Emoji in their own colours; signs are Phosphor icons in the palette's. Both are SVG, drawn by resvg
without fonts or files, so that the same name, side and palette always give the same pixels.
"""

import functools
import io
import lzma
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter, ImageOps

from service.pipelines.film.script.look.facts import SIGN
from service.pipelines.film.script.look.palettes import Colour, Palette
from service.pipelines.film.studio.drawing import Drawing

_FOLDER = Path(__file__).parent / "icons"
_THING_SIDE, _SIGN_SIDE = 32, 256
_LEAST_SIDE, _MOST_SIDE = 32, 1080
_SIGN_TINT = "0.42"
"""Opacity of the second tone of a sign. Phosphor's own, 0.2, is too faint for a film."""
_RIM, _SHADOW = 0.019, 0.035
"""Width of the rim and softness of the shadow, as shares of the side."""
_SHADOW_OPACITY = 0.42
_TINT, _LIGHT = 0.17, 0.1
"""How much of the palette's colour a thing has at its foot, and of white at its top."""
_MARGIN, _SIGN_MARGIN = 0.06, 0.17
"""Room around the drawing for its rim and shadow, as a share of the side. A sign has plain lines and needs more air."""


@functools.lru_cache(maxsize=6)
def draw(name: str, side: int, palette: Palette) -> Drawing:
    """Draw the picture `name` on a square of `side` pixels, 32 to 1080, its rim and shadow within. The last few are
    kept, because the cut to the next shot shows this one again.

    Raises `KeyError` for a name that `names()` has not.
    """
    side = min(max(side, _LEAST_SIDE), _MOST_SIDE) // 2 * 2
    inside = round(side * (1 - 2 * (_SIGN_MARGIN if name.startswith(SIGN) else _MARGIN))) // 2 * 2
    shape = _shape(name, inside, palette)
    whole = Image.new("RGBA", (side, side))
    at = (side - inside) // 2
    whole.paste(shape, (at, at))
    alpha = whole.getchannel("A")
    if not name.startswith(SIGN):
        whole = _lit(whole, palette)
    backed = _filled(palette.grounds[0] if palette.dark else palette.text, _shadow(alpha, side))
    if not name.startswith(SIGN):
        # Things have colours of their own, which may be the ground's: a rim sets them off, as on a sticker.
        rim = (255, 255, 255) if palette.dark else palette.on_accent
        backed.alpha_composite(_filled(rim, _grown(alpha, side)))
    backed.alpha_composite(whole)
    return Drawing.of(backed)


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


def _lit(thing: Image.Image, palette: Palette) -> Image.Image:
    """Return a thing in the film's light: white from above, and from below the colour that the palette shines with."""
    alpha = thing.getchannel("A")
    down = Image.linear_gradient("L").resize(thing.size)
    lit = thing.copy()
    for colour, most, turned in ((palette.accent, _TINT, False), ((255, 255, 255), _LIGHT, True)):
        way = ImageOps.invert(down) if turned else down
        # It grows with the square: the middle keeps its colours.
        cover = ImageChops.multiply(alpha, way.point([round(value * value / 255 * most) for value in range(256)]))
        lit.alpha_composite(_filled(colour, cover))
    return lit


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
