"""A quotation in italics under a large quotation mark, its speaker below."""

from collections.abc import Sequence

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import fonts, lettering
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.layout import Block
from service.pipelines.film.studio.lettering import Lettering
from service.pipelines.film.studio.look import FIRST_S, Look, column, halves, pictured, progress, put, stage
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

_PAUSE_S = 0.3
"""Between a quotation and who said it."""
MOST_BESIDE = 60
"""Letters of a quotation that leave room for a picture."""
_SHORT, _LONG = 0.155, 0.125
"""The largest size of a short and of a long quotation, as shares of the frame's shorter side."""
_SPEAKER = {"tall": 0.085, "square": 0.07, "wide": 0.064}
"""That of who said it, likewise."""
_ONE_LINE = 0.75
"""How much of its size the speaker's name may give up to stand on one line."""


def arrange(shot: Shot, look: Look) -> list[Thing]:
    room = stage(look)
    found: list[Thing] = []
    if look.picture is not None and len(shot.headline) <= MOST_BESIDE:
        room, picture = halves(look, room, 0.34, first=False)
        found += pictured(look, picture)
    return [*progress(look), *found, *quotation(shot, look, room, look.palette.text, look.palette.accent)]


def quotation(shot: Shot, look: Look, room: Box, ink: Colour, strong: Colour) -> list[Thing]:
    """The mark, the words and the speaker in a box, in these colours."""
    left, top, right, bottom = room
    mark = Mask.of(fonts.draw("“", look.px(0.46), fonts.HEAVY).mask)
    speaker = _speaker(look, f"— {shot.label}", right - left)
    under = speaker.height if shot.label else 0
    face = fonts.italic()
    tall = bottom - top - mark.height - round(under) - look.px(0.1)
    largest = look.px((_SHORT if len(shot.headline) <= MOST_BESIDE else _LONG) * look.zones.scale)
    block = lettering.fit(shot.headline, (left, 0, right, tall), largest, face=face)
    at = column(room, [mark.height, block.height, under], [look.px(0.03), look.px(0.035)])
    x = right - mark.width if fonts.right_to_left(shot.headline) else left
    found: list[Thing] = [Sprite(mark, strong, x, round(at[0]), 0.1, "pop", role="trim")]
    style = Lettering(ink, strong, face=face)
    words = put(look, shot.headline, block, style, room, top=at[1], at=FIRST_S, accent=shot.accent)
    found += words
    if shot.label:
        quiet = Lettering(strong, strong, weight=fonts.BOLD)
        said = _after(look, shot, words)
        found += put(look, f"— {shot.label}", speaker, quiet, room, top=at[2], at=FIRST_S + 0.6, said=said)
    return found


def _speaker(look: Look, wording: str, across: int) -> Block:
    """Who said it, as it is set: on one line, unless it gets much smaller there."""
    box = (0, 0, across, look.px(0.24))
    alone, parted = (
        lettering.fit(wording, box, look.px(_SPEAKER[look.zones.shape]), lines=lines, whole=True) for lines in (1, 2)
    )
    return alone if alone.size > _ONE_LINE * parted.size else parted


def _after(look: Look, shot: Shot, words: Sequence[Sprite]) -> Sequence[float] | None:
    """When the speaker's name comes: as it is said, or after the last word of what was said; None if nobody says it."""
    if not words[0].timed:
        return None
    last = max(word.at for word in words) + _PAUSE_S
    first = max(look.heard.get(shot.label, (last,))[0], last)
    return (first,) * len(lettering.words_of(f"— {shot.label}"))
