"""Words as sprites: set into a box, drawn, and coming in line by line, or one by one as they are said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from PIL import Image

from service.pipelines.film.script.look.palettes import Colour
from service.pipelines.film.script.voice import moments
from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.script.writing.tokens import Kind
from service.pipelines.film.studio import fonts, layout
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.layout import Block, TextBox
from service.pipelines.film.studio.sprites import Entrance, Sprite, card
from service.pipelines.film.studio.zones import Box

_ORPHAN, _WORTH = 4, 0.8
"""Letters of a last line that looks left over, and how much of their size words may give up for it to go."""
_STAGGER_S = 0.1
"""From one line's entrance to the next one's."""
_SMALLEST = 26
_DIVIDED = 0.7
"""Share of the largest size up to which long words are divided, unless it is said otherwise."""
_EDGE = 8
"""Pixels of a box's width that stay free."""
_TALL_LEADING = 1.42
_NO_BREAK = "\u00a0"
_LONGEST_KEPT = 12
"""Letters of a date, a time, a price or a quantity that no line may end in: "1 March", "15 min"."""
_SPOKEN_TAKES_S = 0.3
"""How long a word takes that comes as it is said."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """How words look: their colours, weight and face, whether they are centred, and how they come in. `marker` and
    `marked` are the colours behind and of the accent's words if these are marked as with a pen."""

    colour: Colour
    accent: Colour
    weight: int = fonts.BOLD
    face: fonts.Face | None = None
    centred: bool = False
    entrance: Entrance = "rise"
    marker: Colour | None = None


@dataclass(frozen=True, slots=True)
class _Placed:
    """A word of a line: where the pen starts, whether it belongs to the accent, and when it comes in."""

    word: str
    x: float
    strong: bool
    at: float


def fit_number(wording: str, box: Box, largest: int, weight: int = fonts.BOLD) -> Block:
    """Set a number as large as it fits, on one line, or on two if it has words and gets much larger that way. It is
    never cut in pieces."""
    one_line = fit(wording, box, largest, lines=1, leading=0.92, whole=True, weight=weight)
    two_lines = fit(wording, box, largest, lines=2, leading=1.0, whole=True, weight=weight)
    # A currency's sign stays with its figure.
    is_parted = all(any(map(str.isalnum, "".join(line))) for line in two_lines.lines)
    return two_lines if two_lines.size > 1.3 * one_line.size and is_parted else one_line


def fit(
    wording: str,
    box: Box,
    largest: int,
    *,
    lines: int = 7,
    face: fonts.Face | None = None,
    leading: float = 1.14,
    whole: bool = False,
    weight: int = fonts.BOLD,
    cut_from: int | None = None,
    divide_from: int | None = None,
) -> Block:
    """Set words into a box, in at most so many lines. They are only divided at sizes up to `divide_from` and cut in
    pieces at sizes up to `cut_from`, or never if they are to stay `whole`."""
    text_box = TextBox(
        width=box[2] - box[0] - _EDGE,
        height=box[3] - box[1],
        largest=largest,
        smallest=min(largest, _SMALLEST),
        leading=max(leading, _TALL_LEADING) if fonts.is_tall(wording) else leading,
        most_lines=lines,
        cut_from=_SMALLEST if whole else cut_from,
        divide_from=None if whole else divide_from or round(_DIVIDED * largest),
    )
    glue = lambda left, right, size: fonts.glue(left, right, size, weight)  # noqa: E731 -- passed on the next line
    measure = lambda word, size: fonts.width(word, size, weight, face)  # noqa: E731 -- passed on below
    words = _kept(wording)
    block = layout.fit(words, text_box, measure, glue)
    if len(block.lines) > 1 and len("".join(block.lines[-1])) <= _ORPHAN:
        fewer = layout.fit(words, replace(text_box, most_lines=len(block.lines) - 1), measure, glue)
        block = fewer if fewer.whole and fewer.size >= _WORTH * block.size else block
    if not any(_NO_BREAK in piece for line in block.lines for piece in line):
        return block
    return replace(
        block, lines=tuple(tuple(word for piece in line for word in piece.split(_NO_BREAK)) for line in block.lines)
    )


def _kept(wording: str) -> list[str]:
    """The words of a text as they are set, those that belong together in a line joined."""
    words, plain = words_of(wording), fonts.drawable(wording)
    spans = [match.span() for match in re.finditer(r"\S+", plain)]
    if words != [plain[start:end] for start, end in spans]:
        return words
    short = [
        token for token in tokens.find(plain) if token.kind < Kind.NUMBER and token.end - token.start <= _LONGEST_KEPT
    ]
    found = words[:1]
    for (_, end), (start, _), word in zip(spans, spans[1:], words[1:], strict=False):
        if any(token.start < end and start < token.end for token in short):
            found[-1] += _NO_BREAK + word
        else:
            found.append(word)
    return found


def words_of(wording: str) -> list[str]:
    """Return the words of a text as they are set: those that can be drawn, or one empty word."""
    return layout.words_of(fonts.drawable(wording))


def sprites(
    block: Block,
    accent: str,
    style: Lettering,
    room: Box,
    *,
    top: float,
    at: float,
    times: Sequence[float] | None = None,
) -> list[Sprite]:
    """Return a block's lines as sprites, with the words of `accent` in sprites of their own. The block stands between
    the sides of `room`, from `top` down, and comes in `at` seconds into the shot, or each word at its own of `times`.
    """
    found: list[Sprite] = []
    accented = _run(block, [moments.bare(word) for word in text.words(accent)])
    rtl = fonts.right_to_left(" ".join(piece for line in block.lines for piece in line))
    pieces = 0
    for number, line in enumerate(block.lines):
        baseline = round(top + block.size * (block.leading * number + block.leading / 2 + 0.36))
        strong = [pieces + place in accented for place in range(len(line))]
        when = times[pieces : pieces + len(line)] if times else [at + number * _STAGGER_S] * len(line)
        pieces += len(line)
        placed = _placed(line, block, style, room, strong=strong, when=when, rtl=rtl)
        if style.marker is not None:
            found += _markers(placed, block, style, baseline, timed=times is not None)
        for _, group in groupby(placed, lambda word: (word.strong, word.at)):
            words = list(group)
            mask, left, ink_top = _mask(words, block, style)
            colour = style.accent if words[0].strong else style.colour
            takes = _SPOKEN_TAKES_S if times else 0.5
            found.append(
                Sprite(mask, colour, left, baseline + ink_top, words[0].at, style.entrance, takes, times is not None)
            )
    return found


def _run(block: Block, wanted: Sequence[str]) -> range:
    """The places of the pieces of a block, counted through its lines, that are the wanted words: the first such run."""
    pieces = [moments.bare(piece) for line in block.lines for piece in line]
    for first in range(len(pieces) - len(wanted) + 1):
        if wanted and pieces[first : first + len(wanted)] == wanted:
            return range(first, first + len(wanted))
    return range(0)


def _placed(
    line: Sequence[str],
    block: Block,
    style: Lettering,
    room: Box,
    *,
    strong: Sequence[bool],
    when: Sequence[float],
    rtl: bool,
) -> list[_Placed]:
    """The words of a line, each with its place. The lines of a text that is written from right to left stand at the
    right edge."""
    total = width(line, block.size, style.weight, style.face)
    left, _, right, _ = room
    first = (left + right - total) / 2 if style.centred else right - total if rtl else float(left)
    across = layout.offsets(
        line,
        block.size,
        lambda word, size: fonts.width(word, size, style.weight, style.face),
        lambda one, other, size: fonts.glue(one, other, size, style.weight),
        rtl=rtl,
    )
    return [
        _Placed(word, first + x, is_strong, at)
        for word, x, is_strong, at in zip(line, across, strong, when, strict=True)
    ]


def _mask(words: Sequence[_Placed], block: Block, style: Lettering) -> tuple[Mask, int, int]:
    """Words as one mask, its left edge, and its top relative to the baseline."""
    drawn = [(int(word.x), fonts.draw(word.word, block.size, style.weight, style.face)) for word in words]
    first = min(x + shape.left for x, shape in drawn)
    top = min(shape.top for _, shape in drawn)
    across = max(x + shape.left + shape.mask.width for x, shape in drawn) - first
    down = max(shape.top + shape.mask.height for _, shape in drawn) - top
    whole = Image.new("L", (across, down))
    for x, shape in drawn:
        # Neighbours may overlap by the width of a serif: what is inked by either stays inked.
        whole.paste(255, (x + shape.left - first, shape.top - top), shape.mask)
    return Mask.of(whole), first, top


def _markers(placed: Sequence[_Placed], block: Block, style: Lettering, baseline: int, *, timed: bool) -> list[Sprite]:
    """What is behind the accent's words: a field of colour for each of their runs in a line."""
    assert style.marker is not None  # noqa: S101 -- asked only for such a style
    found = []
    aside, above, below = round(block.size * 0.09), round(block.size * 0.84), round(block.size * 0.26)
    for strong, group in groupby(placed, lambda word: word.strong):
        words = list(group)
        if not strong:
            continue
        _, left, _ = _mask(words, block, style)
        right = left + _mask(words, block, style)[0].width
        shape = card(right - left + 2 * aside, above + below, round(block.size * 0.1))
        at = min(word.at for word in words) - 0.08
        found.append(
            Sprite(shape, style.marker, left - aside, baseline - above, max(at, 0.0), "wipe", 0.35, timed, "panel")
        )
    return found


def width(line: Sequence[str], size: int, weight: int = fonts.BOLD, face: fonts.Face | None = None) -> float:
    """Return the width of a line in pixels, spaces included."""
    spaces = sum(fonts.glue(left, right, size, weight) for left, right in pairwise(line))
    return sum(fonts.width(word, size, weight, face) for word in line) + spaces
