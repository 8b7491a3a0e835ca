"""Burned-in captions: the cue on a quiet plate, the word being said brought out."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from service.pipelines.film.script.captions import Cue
from service.pipelines.film.script.palettes import Colour
from service.pipelines.film.studio import fonts, layout
from service.pipelines.film.studio.canvas import Canvas, Mask
from service.pipelines.film.studio.layout import Setting
from service.pipelines.film.studio.scene import Zones

_PLATE: Colour = (12, 12, 16)
_WORDS: Colour = (255, 255, 255)
_SAID: Colour = (255, 210, 63)
_PLATE_OPACITY = 0.84
_FADE_S = 0.09


@dataclass(frozen=True, slots=True)
class _Word:
    mask: Mask
    left: int
    top: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Subtitle:
    """One cue, drawn once; its times are seconds of the film."""

    start: float
    end: float
    plate: Mask
    left: int
    top: int
    words: tuple[_Word, ...]

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint it as it is at `second` of the film; nothing outside of its time."""
        if not self.start <= second < self.end:
            return
        shown = min((second - self.start) / _FADE_S + 0.35, 1.0)
        canvas.paint(self.plate, _PLATE, self.left, self.top, shown * _PLATE_OPACITY)
        for word in self.words:
            said = word.start <= second < word.end
            canvas.paint(word.mask, _SAID if said else _WORDS, word.left, word.top, shown)


def subtitle(cue: Cue, zones: Zones) -> Subtitle | None:
    """A cue set into the captions' zone; None where the fonts leave nothing of it."""
    size = round(zones.unit * (0.06 if zones.size[1] > zones.size[0] else 0.046))
    left, top, right, bottom = zones.captions
    pad = round(size * 0.5)
    words: list[str] = []
    times: list[tuple[float, float]] = []
    for word in cue.words:
        wording = fonts.drawable(word.text)
        if wording:
            words.append(wording)
            times.append((word.start, word.end))
    if not words:
        return None
    setting = Setting(
        width=right - left - 2 * pad,
        height=bottom - top - pad,
        largest=size,
        smallest=min(size, 22),
        leading=1.24 if all(ord(letter) < 0x0590 for letter in cue.text) else 1.45,
        most_lines=3,
        cut_from=round(size * 0.85),
    )
    block = layout.fit(words, setting, lambda word, at: fonts.width(word, at, fonts.MEDIUM), _glue)
    widths = [
        layout.line_width(line, block.size, lambda w, at: fonts.width(w, at, fonts.MEDIUM), _glue)
        for line in block.lines
    ]
    plate_width = min(round(max(widths)) + 2 * pad, right - left)
    plate_height = round(block.height) + pad
    plate_left = (left + right - plate_width) // 2 // 2 * 2
    plate_top = (top + bottom - plate_height) // 2 // 2 * 2
    drawn: list[_Word] = []
    pieces = _pieces(words, times, block.lines)
    for number, (line, width) in enumerate(zip(block.lines, widths, strict=True)):
        rtl = fonts.right_to_left(" ".join(line))
        pen = (left + right - width) / 2
        baseline = round(plate_top + pad / 2 + block.size * (block.leading * number + block.leading / 2 + 0.35))
        for place, piece in enumerate(line):
            if place:
                pen += _glue(line[place - 1], piece, block.size)
            advance = fonts.width(piece, block.size, fonts.MEDIUM)
            x = left + right - pen - advance if rtl else pen
            shape = fonts.draw(piece, block.size, fonts.MEDIUM)
            start, end = pieces[len(drawn)]
            drawn.append(_Word(Mask.of(shape.mask), int(x) + shape.left, baseline + shape.top, start, end))
            pen += advance
    return Subtitle(cue.start, cue.end, _plate(plate_width, plate_height), plate_left, plate_top, tuple(drawn))


def _pieces(
    words: Sequence[str], times: Sequence[tuple[float, float]], lines: Sequence[Sequence[str]]
) -> list[tuple[float, float]]:
    """The time of each word as it stands in the lines, where a long one may stand in pieces."""
    found: list[tuple[float, float]] = []
    place, left = 0, len(words[0])
    for piece in (word for line in lines for word in line):
        found.append(times[min(place, len(times) - 1)])
        left -= min(left, len(piece.rstrip("-…")))
        if left <= 0:
            place += 1
            left = len(words[place]) if place < len(words) else 0
    return found


def _glue(left: str, right: str, size: int) -> float:
    return fonts.glue(left, right, size, fonts.MEDIUM)


def _plate(width: int, height: int) -> Mask:
    big = Image.new("L", (width * 2, height * 2))
    radius = min(height // 2, 44)
    ImageDraw.Draw(big).rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), radius=radius, fill=255)
    return Mask.of(big.resize((width, height), Image.Resampling.LANCZOS))
