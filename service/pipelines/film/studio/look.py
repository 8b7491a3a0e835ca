"""What a shot is laid out with, and the parts that all arrangements are made of: the title above, words at their
places and times, columns, pictures, buttons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from service.pipelines.film.script.look.palettes import Colour, Palette, mixed
from service.pipelines.film.script.look.storyboard import Arrangement
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.script.writing import text
from service.pipelines.film.studio import fonts, layout, lettering, logo, sprites
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.logo import Logo
from service.pipelines.film.studio.moving import Orbiting, Picture, Progress, Rippling
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box, Zones

Backing: TypeAlias = Literal["disc", "burst", "tile"]
FIRST_S = 0.1
"""After a cut, the eye needs this long before words appear."""
_MIDDLE, _LOW = 0.46, 0.6
"""Where the middle of a column is: the optical centre is a little above the geometric one. Words alone in a tall frame
stand lower in their room, which ends far above the foot."""
_EARLY_S = 0.06
"""A word is there this long before it is heard."""
_DISC, _PICTURE = 0.84, 0.92
"""The disc behind a picture and the picture, which breaks out of it, as shares of the room for both."""
_SIZES = ((9, 0.27), (16, 0.215), (28, 0.175), (46, 0.148), (70, 0.125))
_LEAST_SIZE = 0.105
_CUT_FROM, _DIVIDE_FROM = 0.052, 0.105
"""The largest sizes, of the frame's shorter side, at which a headline's words are cut and divided."""
_ALONE, _TALL = 1.15, 1.22
"""How much larger a headline may be without a picture beside it, and in a tall frame, which has room for more lines."""
_SQUEEZED = 0.6
_UNDER = {"tall": 0.076, "square": 0.066, "wide": 0.062}
"""The largest words under a headline, as shares of the frame's shorter side."""
FIELD_S = 0.35
"""How long a field takes to come in. It starts with the shot: its words must not be there before it."""
_SET, _SET_CLOSE = 1.14, 1.05
"""The distance between a headline's lines, as a share of its size, and in a typeface made for large words."""
_LARGEST_PICTURE = 0.74
"""Of the frame's shorter side."""


_BACKINGS: Mapping[Backing, Callable[[int], Mask]] = MappingProxyType(
    {"disc": sprites.disc, "burst": sprites.burst, "tile": sprites.tile}
)
BACKINGS: tuple[Backing, ...] = tuple(_BACKINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a shot is laid out with.

    `title` is the film's. `heard` has, for each text that is said, the second of the shot at which each of its words
    is. `picture` draws the shot's pictogram at a side in pixels, and `backing` is what it lies on; `logo` is the
    client's. `mirrored` turns left and right. `way` is the share of the film that is gone when the shot begins and when
    it ends, and its seconds.
    """

    arrangement: Arrangement
    palette: Palette
    zones: Zones
    title: str
    heard: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType({}))
    picture: Callable[[int], Drawing] | None = None
    logo: Logo | None = None
    mirrored: bool = False
    backing: Backing = "disc"
    way: tuple[float, float, float] = (0.0, 1.0, 1.0)

    @property
    def unit(self) -> int:
        return self.zones.unit

    def px(self, share: float) -> int:
        """Return a share of the frame's shorter side in pixels."""
        return round(self.zones.unit * share)


def stage(look: Look) -> Box:
    """Return the room for what a shot shows: below the title."""
    left, top, right, bottom = look.zones.words
    return left, top + look.px(0.1), right, bottom


def headline_size(wording: str, look: Look) -> int:
    """Return the largest size of a headline: the fewer letters, the larger."""
    letters = sum(2 if text.wide(character) else 1 for character in wording)
    share = next((size for most, size in _SIZES if letters <= most), _LEAST_SIZE)
    larger = (1.0 if look.picture else _ALONE) * (_TALL if look.zones.shape == "tall" else 1.0)
    return look.px(share * look.zones.scale * larger)


def headline(look: Look, wording: str, box: Box, *, scale: float = 1.0, leading: float | None = None) -> Block:
    """Set a headline into a box. Its words are only divided, or else cut in pieces, if they would become too small
    otherwise."""
    leading = leading or (_SET_CLOSE if fonts.is_display() else _SET)
    largest = round(headline_size(wording, look) * scale)
    whole = look.px(_CUT_FROM)
    return lettering.fit(
        wording, box, largest, weight=fonts.HEAVY, leading=leading, cut_from=whole, divide_from=look.px(_DIVIDE_FROM)
    )


def under_size(look: Look) -> int:
    """Return the largest size of the words under a headline."""
    return look.px(_UNDER[look.zones.shape])


def is_squeezed(look: Look, wording: str, block: Block) -> bool:
    """Say whether a headline is much smaller in a wide frame than it might be, because a picture is beside it."""
    is_wide = look.picture is not None and look.zones.shape == "wide"
    return is_wide and block.size < _SQUEEZED * headline_size(wording, look)


def is_cramped(look: Look, *blocks: Block, least: float = 0.058) -> bool:
    """Say whether words are smaller than a share of the frame's shorter side because a picture takes their room."""
    return look.picture is not None and any(block.size < look.px(least) for block in blocks)


def put(
    look: Look,
    wording: str,
    block: Block,
    style: Lettering,
    room: Box,
    *,
    top: float,
    at: float,
    accent: str = "",
    early: bool = False,
    said: Sequence[float] | None = None,
) -> list[Sprite]:
    """Return the words of a block that was set from `wording`, as they are said if they are, else from second `at` on.
    `early`: from `at` on in any case. `said`: the second of each word of a part of a text that is said."""
    heard = None if early else said or look.heard.get(wording)
    times = None
    if heard is not None:
        words = layout.word_of_each(lettering.words_of(wording), block.lines)
        times = [max(heard[word] - _EARLY_S, FIRST_S) for word in words]
    return lettering.sprites(block, accent, style, room, top=top, at=at, times=times)


def paper(palette: Palette) -> tuple[Colour, Colour]:
    """Return the colour of a sheet that lies on the ground, lighter than it, and the ink on it."""
    if palette.dark:
        return palette.text, palette.grounds[0]
    return mixed(palette.grounds[0], (255, 255, 255), 0.8), palette.text


def column(box: Box, heights: Sequence[float], gaps: Sequence[float], middle: float = _MIDDLE) -> list[float]:
    """Return the tops of things below one another, with a gap before each but the first, in the middle of a box."""
    whole = sum(heights) + sum(gaps)
    at = box[1] + max((box[3] - box[1] - whole) * middle, 0.0)
    tops = []
    for number, height in enumerate(heights):
        at += gaps[number - 1] if number else 0
        tops.append(at)
        at += height
    return tops


def kicker(look: Look) -> list[Thing]:
    """The film's title with a mark before it, small at the top of every shot that does not show it otherwise."""
    left, top, right, _ = look.zones.words
    size = look.px(0.056 if look.zones.shape == "tall" else 0.044)
    mark = sprites.bar(look.px(0.011), round(size * 0.92))
    room = (left + 3 * mark.width, top, right, top) if look.title else (left, top, right, top)
    rtl = fonts.right_to_left(look.title)
    if rtl:
        room = (left, top, right - 3 * mark.width, top)
    most = room[2] - room[0] - look.px(0.34 if look.logo else 0.2)
    block = lettering.fit(look.title, (0, 0, most, round(size * 1.5)), size, lines=1)
    style = Lettering(look.palette.text, look.palette.text, weight=fonts.MEDIUM, entrance="none")
    things: list[Thing] = []
    if look.title:
        x, y = right - mark.width if rtl else left, top + (round(block.height) - mark.height) // 2
        things.append(Sprite(mark, look.palette.accent, x, y, 0.0, "none", role="trim"))
    if look.logo is not None:
        tall = round(size * 1.5)
        things += logo.placed(look.logo, look.palette, (right - look.px(0.3), top, right, top + tall), at=0.0, side=1.0)
    words = lettering.sprites(block, "", style, room, top=top, at=0.0) if look.title else []
    return [*words, *things, *progress(look)]


def progress(look: Look) -> list[Thing]:
    """The line along the top edge that shows how much of the film is gone."""
    faint = mixed(look.palette.grounds[0], look.palette.text, 0.16)
    thick = max(look.px(0.009) // 2 * 2, 4)
    return [Progress((0, 0, look.zones.size[0], thick), look.palette.accent, faint, look.way)]


def pictured(look: Look, box: Box, at: float = 0.0) -> list[Thing]:
    """The shot's pictogram on its backing in the middle of a box, with ripples that leave it and, round a disc, a dot
    that circles it. It is there when the cut ends."""
    assert look.picture is not None  # noqa: S101 -- asked only for such a look
    side = min(box[2] - box[0], box[3] - box[1])
    disc = _BACKINGS[look.backing](round(side * _DISC))
    x, y = (box[0] + box[2] - disc.width) // 2, (box[1] + box[3] - disc.height) // 2
    drawing = look.picture(round(side * _PICTURE) // 2 * 2)
    dot = sprites.disc(round(side * 0.07))
    palette = look.palette
    light = palette.text if palette.dark else (255, 255, 255)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    face = mixed(palette.grounds[1], light, 0.16 if palette.dark else 0.7)
    around: list[Thing] = []
    if look.backing == "disc":
        around.append(Orbiting(dot, palette.accent, middle, side * _DISC / 2, at + 0.3, clockwise=not look.mirrored))
    return [
        Rippling(disc, face, x, y, 1 / _DISC, at + 0.6),
        Sprite(disc, face, x, y, at, "pop", role="panel"),
        *around,
        Picture.of(
            drawing, round(middle[0] - drawing.width / 2), round(middle[1] - drawing.height / 2), at + 0.12
        ),
    ]  # fmt: skip


def halves(look: Look, box: Box, share: float, *, first: bool, down: bool = False) -> tuple[Box, Box]:
    """Return a box cut in two, the room for words and the one for a picture, which gets a share. In a wide frame they
    are side by side, else (or if it is to be cut `down`) one above the other; the picture is `first` (left or above)
    or second."""
    left, top, right, bottom = box
    gap = look.px(0.05)
    if look.zones.shape == "wide" and not down:
        across = round((right - left) * share)
        if first:
            return (left + across + gap, top, right, bottom), (left, top, left + across, bottom)
        return (left, top, right - across - gap, bottom), (right - across, top, right, bottom)
    tall = round((bottom - top) * share)
    if first:
        return (left, top + tall + gap // 2, right, bottom), (left, top, right, top + tall)
    return (left, top, right, bottom - tall - gap // 2), (left, bottom - tall, right, bottom)


@dataclass(frozen=True, slots=True)
class Split:
    """A room shared by words and a picture. `words` is the room in which the words must fit; `settle` says where they
    stand once their heights are known."""

    look: Look
    room: Box
    words: Box
    picture: Box | None
    first: bool

    def settle(
        self, heights: Sequence[float], gaps: Sequence[float], middle: float = _MIDDLE
    ) -> tuple[list[float], list[Thing]]:
        """Return the tops of the words' parts, and the picture, which gets all the room that they leave."""
        if self.look.picture is None:
            return column(self.words, heights, gaps, _LOW if self.look.zones.shape == "tall" else middle), []
        if self.picture is not None:
            return column(self.words, heights, gaps, middle), pictured(self.look, self.picture)
        left, top, right, bottom = self.room
        gap = self.look.px(0.05)
        rest = bottom - top - sum(heights) - sum(gaps) - gap
        side = round(min(rest, self.look.px(_LARGEST_PICTURE), right - left))
        if self.first:
            at = column(self.room, [side, *heights], [gap, *gaps], middle)
            return at[1:], pictured(self.look, (left, round(at[0]), right, round(at[0]) + side))
        at = column(self.room, [*heights, side], [*gaps, gap], middle)
        return at[:-1], pictured(self.look, (left, round(at[-1]), right, round(at[-1]) + side))


def split(
    look: Look, room: Box, share: float, *, first: bool, wide_share: float | None = None, down: bool = False
) -> Split:
    """Return a room shared by words and the shot's picture, which gets a share or more, or by words alone. In a wide
    frame they are side by side (unless it is to be cut `down`), with the picture left if it is `first`, else one above
    the other."""
    if look.picture is None:
        return Split(look, room, room, None, first)
    wide = look.zones.shape == "wide" and not down
    if not first:
        room = (*room[:3], look.zones.foot)
    words, picture = halves(look, room, wide_share or share if wide else share, first=first, down=down)
    return Split(look, room, words, picture if wide else None, first)


def beside(look: Look, box: Box, share: float) -> tuple[Box, Box]:
    """Return the room for a figure in a wide frame, right or left with a share of the box, and the one for words; in
    other frames both have the whole box."""
    left, top, right, bottom = box
    if look.zones.shape != "wide":
        return box, box
    across = min(round((right - left) * share), bottom - top)
    gap = look.px(0.08)
    if look.mirrored:
        return (left, top, left + across, bottom), (left + across + gap, top, right, bottom)
    return (right - across, top, right, bottom), (left, top, right - across - gap, bottom)


def facing(look: Look, shot: Shot) -> Look:
    """Return the look turned so that in a wide frame a figure stands after the words before it, or else before those
    after it, as they are read."""
    rtl = fonts.right_to_left(f"{shot.lead} {shot.label} {shot.headline}")
    return replace(look, mirrored=bool(shot.lead) == rtl)


def turned(look: Look) -> Look:
    """Return the look of what stands on a field of the accent's colour."""
    palette = look.palette
    on_field = Palette(
        name=palette.name,
        grounds=(palette.accent, palette.accent, palette.accent),
        text=palette.on_accent,
        accent=palette.on_accent,
        on_accent=palette.accent,
    )
    return replace(look, palette=on_field)
