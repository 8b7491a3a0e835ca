"""Captions burned into the picture: each cue on a dark plate, the word being spoken highlighted."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.script.voice.captions import Cue
from service.pipelines.film.script.writing import bidi
from service.pipelines.film.studio import fonts, layout
from service.pipelines.film.studio.canvas import Canvas, Mask, rounded
from service.pipelines.film.studio.layout import Block, TextBox
from service.pipelines.film.studio.zones import Zones

_PLATE: Colour = (12, 12, 16)
_WORDS: Colour = (255, 255, 255)
_SPOKEN: Colour = (255, 210, 63)
_PLATE_OPACITY = 0.84
_LARGEST_RADIUS = 44
_FADE_S = 0.09
_FIRST_SHOWN = 0.35  # Of a cue's opacity in its first frame.


@dataclass(frozen=True, slots=True)
class _Word:
    mask: Mask
    left: int
    top: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Subtitle:
    """One cue, drawn once. Times are seconds of the film."""

    start: float
    end: float
    plate: Mask
    left: int
    top: int
    words: tuple[_Word, ...]

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint the cue as it looks at `second` of the film: nothing before its start and after its end."""
        if not self.start <= second < self.end:
            return
        shown = min((second - self.start) / _FADE_S + _FIRST_SHOWN, 1.0)
        canvas.paint(self.plate, _PLATE, self.left, self.top, shown * _PLATE_OPACITY)
        for word in self.words:
            is_spoken = word.start <= second < word.end
            canvas.paint(word.mask, _SPOKEN if is_spoken else _WORDS, word.left, word.top, shown)


def subtitle(cue: Cue, zones: Zones) -> Subtitle | None:
    """Set a cue into the captions' zone; None if nothing of it can be drawn."""
    left, _, right, _ = zones.captions
    shown = [(fonts.drawable(word.text), (word.start, word.end)) for word in cue.words]
    words = bidi.marked([wording for wording, _ in shown if wording])
    if not words:
        return None
    block, pad = _set(words, cue.text, zones)
    widths = [layout.line_width(line, block.size, _width, _glue) for line in block.lines]
    plate_width = min(round(max(widths)) + 2 * pad, right - left)
    plate_height = round(block.height) + pad
    plate = rounded(plate_width, plate_height, radius=min(plate_height // 2, _LARGEST_RADIUS))
    plate_left = (left + right - plate_width) // 2 // 2 * 2
    plate_top = (zones.captions[1] + zones.captions[3] - plate_height) // 2 // 2 * 2
    spoken = [time for wording, time in shown if wording]
    times = [spoken[word] for word in layout.word_of_each(words, block.lines)]
    drawn = _drawn(block, widths, times, across=left + right, top=plate_top + pad / 2)
    return Subtitle(cue.start, cue.end, plate, plate_left, plate_top, drawn)


def _set(words: Sequence[str], wording: str, zones: Zones) -> tuple[Block, int]:
    """The words in lines, and the plate's padding in pixels."""
    size = round(zones.unit * (0.06 if zones.size[1] > zones.size[0] else 0.046))
    left, top, right, bottom = zones.captions
    pad = round(size * 0.5)
    box = TextBox(
        width=right - left - 2 * pad,
        height=bottom - top - pad,
        largest=size,
        smallest=min(size, 22),
        leading=1.45 if fonts.is_tall(wording) else 1.24,
        most_lines=3,
        cut_from=round(size * 0.85),
    )
    return layout.fit(words, box, _width, _glue), pad


def _drawn(
    block: Block, widths: Sequence[float], times: Sequence[tuple[float, float]], *, across: int, top: float
) -> tuple[_Word, ...]:
    """Each word drawn at its place. `across` is the sum of the left and right edges, `top` that of the first line."""
    drawn: list[_Word] = []
    rtl = fonts.right_to_left(" ".join(piece for line in block.lines for piece in line))
    for number, (line, width) in enumerate(zip(block.lines, widths, strict=True)):
        first = (across - width) / 2
        baseline = round(top + block.size * (block.leading * number + block.leading / 2 + 0.35))
        for piece, x in zip(line, layout.offsets(line, block.size, _width, _glue, rtl=rtl), strict=True):
            shape = fonts.draw(piece, block.size, fonts.MEDIUM)
            start, end = times[len(drawn)]
            drawn.append(_Word(Mask.of(shape.mask), int(first + x) + shape.left, baseline + shape.top, start, end))
    return tuple(drawn)


def _width(word: str, size: int) -> float:
    return fonts.width(word, size, fonts.MEDIUM)


def _glue(left: str, right: str, size: int) -> float:
    return fonts.glue(left, right, size, fonts.MEDIUM)
