"""Light that runs over the largest words and over fields of colour when everything is there, again and again, so that
no second of a film stands still."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops

from service.pipelines.film.script.look.palettes import Colour, Palette, contrast, luminance, mixed
from service.pipelines.film.studio.canvas import Canvas, Mask
from service.pipelines.film.studio.moving import Counting
from service.pipelines.film.studio.sprites import Role, Sprite, Thing
from service.pipelines.film.studio.zones import Box

_EVERY_S, _TAKES_S, _AFTER_S = 2.0, 1.1, 0.4
"""From one run of the light to the next, how long it takes, and how long after the last arrival the first begins."""
_WIDE, _SLANT = 0.22, 0.35
"""The light's width, as a share of the frame's shorter side, and how far it leans, as a share of its height."""
_LARGE = 0.55
"""Words are large from this share of the largest words' height on."""
_FIELD = 0.045
"""The least field of colour that gets a light, as a share of the frame."""
_SHEEN, _SEEN, _READABLE = 0.15, 1.06, 4.5
"""How much lighter or darker a field is under the light; contrasts from which a light is seen and words are read."""


@dataclass(frozen=True, slots=True)
class Glint:
    """A slanted band of `colour` that runs over shapes, each a mask with its left and top edge."""

    shapes: tuple[tuple[Mask, int, int], ...]
    band: Mask
    colour: Colour
    whole: Box
    at: float
    takes: float = 0.0
    timed: bool = True
    role: Role = "trim"

    @property
    def box(self) -> Box:
        return self.whole

    def hurried(self, pace: float) -> "Glint":
        return replace(self, at=self.at * pace)

    def paint(self, canvas: Canvas, second: float) -> None:
        share = (second - self.at) % _EVERY_S / _TAKES_S
        if second < self.at or share >= 1:
            return
        left, top, right, _ = self.whole
        x = round(left - self.band.width + share * (right - left + self.band.width)) // 2 * 2
        for mask, at, down in self.shapes:
            first, last = max(x - at, 0) // 2 * 2, min(x + self.band.width - at, mask.width) // 2 * 2
            if last <= first:
                continue
            shape = mask.full.crop((first, 0, last, mask.height))
            from_left, from_top = at + first - x, down - top
            light = self.band.full.crop((from_left, from_top, from_left + last - first, from_top + mask.height))
            canvas.paint(Mask.of(ImageChops.multiply(shape, light)), self.colour, at + first, down)


def lit(things: Sequence[Thing], bare: Sequence[Box], palette: Palette, size: tuple[int, int]) -> list[Thing]:
    """Return things with lights on the largest words that stand on the ground, which are those in `bare`, and on the
    fields of the accent's colour."""
    arrived = max((thing.at + thing.takes for thing in things), default=0.0) + _AFTER_S
    wide = round(min(size) * _WIDE) // 2 * 2
    found: list[Thing] = []
    for thing in things:
        found.append(thing)
        if isinstance(thing, Sprite) and _is_field(thing, palette, size):
            found.append(_over([(thing.mask, thing.left, thing.top)], _sheen(palette), wide, arrived, "panel"))
    boxes = set(bare)
    words = [thing for thing in things if thing.role == "words" and thing.box in boxes]
    tallest = max((thing.box[3] - thing.box[1] for thing in words), default=0)
    for ink, other in ((palette.text, palette.accent), (palette.accent, palette.text)):
        large = [
            shape for thing in words if thing.box[3] - thing.box[1] >= _LARGE * tallest for shape in _shapes(thing, ink)
        ]
        if large and ink != other:
            found.append(_over(large, other, wide, arrived, "strike"))
    return found


def _shapes(thing: Thing, ink: Colour) -> list[tuple[Mask, int, int]]:
    """What a thing paints in a colour once it is there."""
    if isinstance(thing, Counting) and thing.colour == ink:
        return [
            *((still.mask, still.left, still.top) for still in thing.still),
            *(digit.shapes[digit.last] for digit in thing.digits),
        ]
    return [(thing.mask, thing.left, thing.top)] if isinstance(thing, Sprite) and thing.colour == ink else []


def _is_field(thing: Sprite, palette: Palette, size: tuple[int, int]) -> bool:
    area = thing.mask.width * thing.mask.height
    return thing.role == "panel" and thing.colour == palette.accent and area >= _FIELD * size[0] * size[1]


def _sheen(palette: Palette) -> Colour:
    """The accent's colour a little farther from that of the words on it, so that they are read even better; nearer, if
    it is almost white or black already and they can still be read."""
    away = (0, 0, 0) if luminance(palette.on_accent) > luminance(palette.accent) else (255, 255, 255)
    farther, nearer = (mixed(palette.accent, towards, _SHEEN) for towards in (away, palette.on_accent))
    is_seen = contrast(farther, palette.accent) >= _SEEN
    return farther if is_seen or contrast(nearer, palette.on_accent) < _READABLE else nearer


def _over(shapes: list[tuple[Mask, int, int]], colour: Colour, wide: int, at: float, role: Role) -> Glint:
    whole = (
        min(left for _, left, _ in shapes), min(top for _, _, top in shapes),
        max(left + mask.width for mask, left, _ in shapes), max(top + mask.height for mask, _, top in shapes),
    )  # fmt: skip
    return Glint(tuple(shapes), _band(wide, whole[3] - whole[1]), colour, whole, at, role=role)


def _band(wide: int, tall: int) -> Mask:
    """A band of light that leans to the right, soft at both sides."""
    soft = Image.linear_gradient("L").rotate(90).resize((wide // 2, 1))
    row = Image.new("L", (wide, 1))
    row.paste(soft, (0, 0))
    row.paste(soft.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (wide // 2, 0))
    leans = round(tall * _SLANT)
    upright = row.resize((wide, tall))
    leaning = (1, _SLANT, -leans, 0, 1, 0)
    return Mask.of(upright.transform((wide + leans, tall), Image.Transform.AFFINE, leaning))
