"""The client's logo: as large as it fits a box, on a plate if it could not be seen on the ground."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from service.pipelines.film.script.look.palettes import Colour, Palette, contrast
from service.pipelines.film.studio import sprites
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.moving import Picture
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_PLATES: tuple[Colour, Colour] = ((255, 255, 255), (16, 17, 20))
_VISIBLE = 2.5
"""A contrast at which a large shape is seen well enough to need no plate."""
_PLATE_INSIDE = 0.16
"""Of the plate's height, between its edges and the logo."""


@dataclass(frozen=True, slots=True)
class Logo:
    """A picture in RGBA with its empty margins cut off, and the colour that it has on the whole."""

    picture: Image.Image
    colour: Colour

    @staticmethod
    def of(picture: Image.Image) -> "Logo":
        """Make one from a picture of any mode. One without a single visible pixel stays as it is."""
        rgba = picture.convert("RGBA")
        seen = rgba.getchannel("A").point([0] * 16 + [255] * 240).getbbox()
        if seen is not None:
            rgba = rgba.crop(seen)
        small = rgba.copy()
        small.thumbnail((64, 64))
        red, green, blue, alpha = np.asarray(small, np.float64).reshape(-1, 4).T
        whole = max(float(alpha.sum()), 1.0)
        colour = (
            round(float((red * alpha).sum() / whole)),
            round(float((green * alpha).sum() / whole)),
            round(float((blue * alpha).sum() / whole)),
        )
        return Logo(rgba, colour)


def placed(logo: Logo, palette: Palette, box: Box, *, at: float, side: float = 0.5) -> list[Thing]:
    """Return a logo in a box, `side` being 0.0 for its left edge, 0.5 for its middle and 1.0 for its right edge."""
    left, top, right, bottom = box
    tall, across = bottom - top, right - left
    plate = _plate(logo, palette)
    inside = round(tall * _PLATE_INSIDE) if plate is not None else 0
    scale = min((tall - 2 * inside) / logo.picture.height, (across - 2 * inside) / logo.picture.width)
    size = (max(round(logo.picture.width * scale), 2), max(round(logo.picture.height * scale), 2))
    drawing = Drawing.of(logo.picture.resize(size, Image.Resampling.LANCZOS))
    x = round(left + inside + (across - 2 * inside - drawing.width) * side) // 2 * 2
    y = round((top + bottom - drawing.height) / 2) // 2 * 2
    shown = Picture((drawing,) * 4, x, y, at, float_px=0.0)
    if plate is None:
        return [shown]
    card = sprites.card(drawing.width + 2 * inside, drawing.height + 2 * inside, inside)
    return [Sprite(card, plate, x - inside, y - inside, max(at - 0.1, 0.0), "pop", 0.4, role="panel"), shown]


def _plate(logo: Logo, palette: Palette) -> Colour | None:
    """The colour of the plate that a logo needs, or None if it can be seen on the ground."""
    if min(contrast(logo.colour, ground) for ground in palette.grounds) >= _VISIBLE:
        return None
    return max(_PLATES, key=lambda plate: contrast(logo.colour, plate))
