"""Words as sprites: set into a box, drawn, and coming in line by line."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image

from service.pipelines.film.script import text
from service.pipelines.film.script.palettes import Colour
from service.pipelines.film.studio import fonts, layout
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.layout import Block, TextBox
from service.pipelines.film.studio.sprites import Entrance, Sprite
from service.pipelines.film.studio.zones import Box

_STAGGER_S = 0.1
"""From one line's entrance to the next one's."""
_SMALLEST = 26
_EDGE = 8
"""Pixels of a box's width that stay free."""
_TALL_LEADING = 1.42


@dataclass(frozen=True, slots=True)
class Lettering:
    """How words look: their colours, weight and face, whether they are centred, and how they come in."""

    colour: Colour
    accent: Colour
    weight: int = fonts.BOLD
    face: fonts.Face | None = None
    centred: bool = False
    entrance: Entrance = "rise"


def fit_number(wording: str, box: Box, largest: int) -> Block:
    """Set a number as large as it fits, on one line, or on two if it has words and gets much larger that way. It is
    never cut in pieces."""
    one_line = fit(wording, box, largest, lines=1, leading=0.92, whole=True)
    two_lines = fit(wording, box, largest, lines=2, leading=1.0, whole=True)
    return two_lines if two_lines.size > 1.3 * one_line.size else one_line


def fit(
    wording: str,
    box: Box,
    largest: int,
    *,
    lines: int = 7,
    face: fonts.Face | None = None,
    leading: float = 1.14,
    whole: bool = False,
) -> Block:
    """Set words into a box, in at most so many lines. `whole`: they are never cut in pieces."""
    words = layout.words_of(fonts.drawable(wording))
    text_box = TextBox(
        width=box[2] - box[0] - _EDGE,
        height=box[3] - box[1],
        largest=largest,
        smallest=min(largest, _SMALLEST),
        leading=max(leading, _TALL_LEADING) if fonts.is_tall(wording) else leading,
        most_lines=lines,
        cut_from=_SMALLEST if whole else None,
    )
    return layout.fit(words, text_box, lambda word, size: fonts.width(word, size, fonts.BOLD, face), fonts.glue)


def sprites(block: Block, accent: str, style: Lettering, room: Box, *, top: float, at: float) -> list[Sprite]:
    """Return a block's lines as sprites, with the words of `accent` in sprites of their own. The block stands between
    the sides of `room`, from `top` down, and comes in `at` seconds into the shot."""
    found: list[Sprite] = []
    accented = {bare(word) for word in text.words(accent)}
    for number, line in enumerate(block.lines):
        baseline = top + block.size * (block.leading * number + block.leading / 2 + 0.36)
        for strong in (False, True):
            mask, left, ink_top = _line_mask(line, block, style, room, accented, strong=strong)
            if mask is not None:
                colour = style.accent if strong else style.colour
                y = round(baseline) + ink_top
                found.append(Sprite(mask, colour, left, y, at + number * _STAGGER_S, style.entrance))
    return found


def _line_mask(
    line: Sequence[str], block: Block, style: Lettering, room: Box, accented: set[str], *, strong: bool
) -> tuple[Mask | None, int, int]:
    """The plain or the accented words of a line as one mask, its left edge, and its top relative to the baseline."""
    rtl = fonts.right_to_left(" ".join(line))
    total = width(line, block.size, style.weight, style.face)
    left, _, right, _ = room
    pen = (left + right - total) / 2 if style.centred else right - total if rtl else float(left)
    placed: list[tuple[float, fonts.Drawn]] = []
    before = ""
    for word in line:
        advance = fonts.width(word, block.size, style.weight, style.face)
        if before:
            pen += fonts.glue(before, word, block.size, style.weight)
        before = word
        # The words of a line that is written from right to left start at its right edge.
        x = left + right - pen - advance if rtl and style.centred else pen
        if rtl and not style.centred:
            x = right - (pen - (right - total)) - advance
        if (bare(word) in accented) == strong:
            placed.append((x, fonts.draw(word, block.size, style.weight, style.face)))
        pen += advance
    if not placed:
        return None, 0, 0
    first = min(int(x) + drawn.left for x, drawn in placed)
    top = min(drawn.top for _, drawn in placed)
    across = max(int(x) + drawn.left + drawn.mask.width for x, drawn in placed) - first
    down = max(drawn.top + drawn.mask.height for _, drawn in placed) - top
    whole = Image.new("L", (across, down))
    for x, drawn in placed:
        at = (int(x) + drawn.left - first, drawn.top - top)
        # Neighbours may overlap by the width of a serif: what is inked by either stays inked.
        whole.paste(255, at, drawn.mask)
    return Mask.of(whole), first, top


def width(line: Sequence[str], size: int, weight: int = fonts.BOLD, face: fonts.Face | None = None) -> float:
    """Return the width of a line in pixels, spaces included."""
    spaces = sum(fonts.glue(left, right, size, weight) for left, right in pairwise(line))
    return sum(fonts.width(word, size, weight, face) for word in line) + spaces


def bare(word: str) -> str:
    """Return a word's letters and digits in lower case, to compare it with another."""
    return "".join(character for character in word.casefold() if character.isalnum())
