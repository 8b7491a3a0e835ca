"""One shot's words laid out: which mask stands where in which colour, and when and how it comes in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, TypeAlias

from PIL import Image, ImageDraw

from service.pipelines.film.script import text
from service.pipelines.film.script.palettes import Colour, Palette
from service.pipelines.film.script.storyboard import Arrangement
from service.pipelines.film.script.timeline import Word
from service.pipelines.film.script.treatment import Shot
from service.pipelines.film.studio import easing, fonts, layout
from service.pipelines.film.studio.canvas import Canvas, Mask
from service.pipelines.film.studio.layout import Block, Setting

Motion: TypeAlias = Literal["rise", "wipe", "fade", "pop"]
Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels."""

_FIRST_S = 0.1  # After a cut, the eye needs this long before words come.
_ARRIVED_BY = 0.45  # Of a shot: the rest of it is for reading.
_STAGGER_S = 0.1
_HEADLINES = {"hook": 0.155, "close": 0.17}


@dataclass(frozen=True, slots=True)
class Zones:
    """Where things may stand in a frame of this size: inside of what phones and players cover."""

    size: tuple[int, int]
    words: Box
    captions: Box
    unit: int
    scale: float = 1.0

    @staticmethod
    def of(width: int, height: int) -> "Zones":
        unit = min(width, height)
        if height > width:
            side = round(width * 0.085)
            return Zones(
                (width, height),
                (side, round(height * 0.135), width - side, round(height * 0.685)),
                (side, round(height * 0.71), width - side, round(height * 0.815)),
                unit,
            )
        side, top = round(width * 0.075), round(height * 0.09)
        return Zones(
            (width, height),
            (side, top, width - side, round(height * 0.775)),
            (side, round(height * 0.805), width - side, round(height * 0.93)),
            unit,
            # A wide frame has room for larger words than its height alone would say.
            1.2 if width > height else 1.0,
        )


@dataclass(frozen=True, slots=True)
class Sprite:
    """A mask in a colour that comes in `at` seconds into its shot, within `takes` seconds."""

    mask: Mask
    colour: Colour
    left: int
    top: int
    at: float
    motion: Motion
    takes: float = 0.55

    def paint(self, canvas: Canvas, second: float) -> None:
        """Paint it as it is at `second` of the shot."""
        share = (second - self.at) / self.takes
        if share <= 0:
            return
        if share >= 1:
            canvas.paint(self.mask, self.colour, self.left, self.top)
            return
        moved = easing.out_quart(share)
        if self.motion == "rise":
            hidden = round((1 - moved) * self.mask.height) // 2 * 2
            if hidden < self.mask.height:
                shown = self.mask.cropped(0, 0, self.mask.width, self.mask.height - hidden)
                canvas.paint(shown, self.colour, self.left, self.top + hidden)
        elif self.motion == "wipe":
            shown_width = round(moved * self.mask.width) // 2 * 2
            if shown_width:
                canvas.paint(self.mask.cropped(0, 0, shown_width, self.mask.height), self.colour, self.left, self.top)
        elif self.motion == "pop":
            scale = 0.7 + 0.3 * easing.out_back(share)
            size = (max(2, round(self.mask.width * scale)), max(2, round(self.mask.height * scale)))
            shown = Mask.of(self.mask.full.resize(size, Image.Resampling.BILINEAR))
            left = self.left + (self.mask.width - shown.width) // 2
            top = self.top + (self.mask.height - shown.height) // 2
            canvas.paint(shown, self.colour, left, top, easing.clamp(share * 2.5))
        else:
            canvas.paint(self.mask, self.colour, self.left, self.top + round((1 - moved) * 22), moved)


def hurried(sprites: Sequence[Sprite], seconds: float) -> list[Sprite]:
    """The sprites of a shot of `seconds`, the last of which is there early enough to be read: a short shot's come in
    faster."""
    arrived = max((sprite.at + sprite.takes for sprite in sprites), default=0.0)
    pace = min(1.0, _ARRIVED_BY * seconds / arrived) if arrived else 1.0
    return [replace(sprite, at=sprite.at * pace, takes=sprite.takes * pace) for sprite in sprites]


@dataclass(frozen=True, slots=True)
class Style:
    """How words are set: their face's weight, their colours, their side, and how they come in."""

    colour: Colour
    accent: Colour
    weight: int = fonts.BOLD
    face: fonts.Face | None = None
    centred: bool = False
    motion: Motion = "rise"


@dataclass(frozen=True, slots=True)
class Look:
    """What a shot's words are set with; `title` is the film's."""

    arrangement: Arrangement
    palette: Palette
    zones: Zones
    title: str


def compose(shot: Shot, look: Look, words: Sequence[Word], start: float) -> list[Sprite]:
    """The sprites of a shot, in painting order. `words` are said in it; `start` is its first second in the film."""
    palette, zones, arrangement = look.palette, look.zones, look.arrangement
    named = look.title in shot.headline or arrangement in {"call", "quote"}
    kicker = [] if named else _kicker(look.title, palette, zones)
    if arrangement == "number":
        return kicker + _number(shot, palette, zones)
    if arrangement == "list":
        return kicker + _list(shot, palette, zones, words, start)
    if arrangement == "quote":
        return kicker + _quote(shot, palette, zones)
    if arrangement == "call":
        return _call(shot, palette, zones)
    return kicker + _statement(shot, palette, zones, centred=arrangement == "centred")


def _statement(shot: Shot, palette: Palette, zones: Zones, *, centred: bool) -> list[Sprite]:
    left, top, right, bottom = zones.words
    room = (
        left,
        top + round(zones.unit * 0.1),
        right,
        bottom - (round(zones.unit * 0.28) if shot.label else round(zones.unit * 0.08)),
    )
    block = _fit(shot.headline, room, round(zones.unit * zones.scale * _HEADLINES.get(shot.purpose, 0.132)))
    style = Style(palette.text, palette.accent, centred=centred)
    under = _fit(shot.label, (left, 0, right, round(zones.unit * 0.2)), round(zones.unit * 0.06), lines=3)
    below = under.height + zones.unit * 0.035 if shot.label else 0
    at = _middle(room, block.height + zones.unit * 0.075 + below)
    sprites = _lines(block, shot.accent, style, room, top=at, at=_FIRST_S)
    rule = _bar(round(zones.unit * 0.14), max(8, round(zones.unit * 0.011)))
    rtl = fonts.right_to_left(shot.headline)
    x = (left + right - rule.width) // 2 if centred else right - rule.width if rtl else left
    y = round(at + block.height + zones.unit * 0.055)
    sprites.append(Sprite(rule, palette.accent, x, y, _FIRST_S + 0.35, "wipe", 0.7))
    if shot.label:
        quiet = Style(palette.text, palette.text, weight=fonts.MEDIUM, centred=centred)
        sprites += _lines(under, "", quiet, room, top=y + zones.unit * 0.045, at=_FIRST_S + 0.5)
    return sprites


def _number(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    left, top, right, bottom = zones.words
    top += round(zones.unit * 0.09)
    tall = bottom - top
    big = _figure(shot.headline, (left, top, right, top + round(tall * 0.52)), round(zones.unit * 0.4))
    lead = _fit(
        shot.lead, (left, top, right, top + round(tall * 0.22)), round(zones.unit * zones.scale * 0.075), lines=3
    )
    label = _fit(
        shot.label, (left, top, right, top + round(tall * 0.24)), round(zones.unit * zones.scale * 0.085), lines=2
    )
    above = lead.height + zones.unit * 0.015 if shot.lead else 0
    below = label.height + zones.unit * 0.03 if shot.label else 0
    at = _middle((left, top, right, bottom), above + big.height + below)
    room = (left, top, right, bottom)
    plain = Style(palette.text, palette.accent, weight=fonts.MEDIUM)
    sprites: list[Sprite] = []
    if shot.lead:
        sprites += _lines(lead, "", plain, room, top=at, at=_FIRST_S)
    strong = Style(palette.accent, palette.accent, motion="pop")
    sprites += _lines(big, "", strong, room, top=at + above, at=_FIRST_S + 0.12)
    if shot.label:
        sprites += _lines(label, "", plain, room, top=at + above + big.height + zones.unit * 0.03, at=_FIRST_S + 0.4)
    return sprites


def _list(shot: Shot, palette: Palette, zones: Zones, words: Sequence[Word], start: float) -> list[Sprite]:
    left, top, right, bottom = zones.words
    top += round(zones.unit * 0.1)
    indent = round(zones.unit * 0.085)
    each = (bottom - top) // max(len(shot.items), 3)
    largest = min(round(zones.unit * zones.scale * 0.115), round(each * 0.66))
    rtl = fonts.right_to_left(" ".join(shot.items))
    room = (left, top, right - indent, bottom) if rtl else (left + indent, top, right, bottom)
    blocks = [
        _fit(item, (room[0], 0, room[2], each - round(zones.unit * 0.03)), largest, lines=2) for item in shot.items
    ]
    # One size for all items: the smallest that any of them needs.
    size = min(block.size for block in blocks)
    blocks = [_fit(item, (room[0], 0, room[2], each), size, lines=3) for item in shot.items]
    gap = zones.unit * 0.045
    at = _middle((left, top, right, bottom), sum(block.height + gap for block in blocks) - gap)
    moments = _moments(shot.items, words, start)
    style = Style(palette.text, palette.accent)
    dot = _disc(round(size * 0.36))
    sprites: list[Sprite] = []
    for block, moment in zip(blocks, moments, strict=True):
        x = right - dot.width if rtl else left
        y = round(at + size * block.leading * 0.5 - dot.height * 0.42)
        # The dots stand there from the start: they say how much is still to come.
        sprites.append(Sprite(dot, palette.accent, x, y, _FIRST_S + 0.08 * len(sprites) / 2, "pop", 0.4))
        sprites += _lines(block, "", style, room, top=at, at=moment)
        at += block.height + gap
    return sprites


def _quote(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    left, top, right, bottom = zones.words
    mark = fonts.draw("“", round(zones.unit * 0.42))
    rtl = fonts.right_to_left(shot.headline)
    room_top = top + round(zones.unit * 0.24)
    room = (left, room_top, right, bottom - round(zones.unit * 0.1))
    block = _fit(shot.headline, room, round(zones.unit * 0.1), face=fonts.italic())
    at = _middle(room, block.height)
    style = Style(palette.text, palette.accent, face=fonts.italic())
    shape = Mask.of(mark.mask)
    x = right - shape.width if rtl else left
    sprites = [Sprite(shape, palette.accent, x, round(at - shape.height - zones.unit * 0.035), _FIRST_S, "fade")]
    sprites += _lines(block, shot.accent, style, room, top=at, at=_FIRST_S + 0.1)
    if shot.label:
        speaker = _fit(f"— {shot.label}", (left, 0, right, round(zones.unit * 0.09)), round(zones.unit * 0.05), lines=1)
        quiet = Style(palette.accent, palette.accent, weight=fonts.MEDIUM)
        y = at + block.height + zones.unit * 0.03
        sprites += _lines(speaker, "", quiet, (left, top, right, bottom), top=y, at=_FIRST_S + 0.6)
    return sprites


def _call(shot: Shot, palette: Palette, zones: Zones) -> list[Sprite]:
    left, top, right, bottom = zones.words
    pill_height = round(zones.unit * 0.15) // 2 * 2 if shot.label else 0
    room = (left, top, right, bottom - pill_height - round(zones.unit * 0.1))
    block = _fit(shot.headline, room, round(zones.unit * zones.scale * 0.14))
    gap = zones.unit * 0.07
    at = _middle((left, top, right, bottom), block.height + (gap + pill_height if pill_height else 0))
    style = Style(palette.text, palette.accent, centred=True)
    sprites = _lines(block, shot.accent, style, room, top=at, at=_FIRST_S)
    if pill_height:
        inside = round(zones.unit * 0.07)
        label = _fit(
            shot.label,
            (left + inside, 0, right - inside, round(pill_height * 0.72)),
            round(zones.unit * 0.062),
            lines=1,
        )
        wide = max(_width(line, label.size, fonts.BOLD, None) for line in label.lines)
        pill_width = min(round(wide) + 2 * inside, right - left) // 2 * 2
        pill = _rounded(pill_width, pill_height)
        x = (left + right - pill_width) // 2
        y = round(at + block.height + gap) // 2 * 2
        sprites.append(Sprite(pill, palette.accent, x, y, _FIRST_S + 0.35, "pop", 0.5))
        inked = Style(palette.on_accent, palette.on_accent, centred=True, motion="fade")
        middle = y + (pill_height - label.height) / 2
        sprites += _lines(label, "", inked, (x, y, x + pill_width, y + pill_height), top=middle, at=_FIRST_S + 0.5)
    return sprites


def _kicker(title: str, palette: Palette, zones: Zones) -> list[Sprite]:
    """The film's title, small at the top: whose film it is, in every shot that does not say so itself."""
    left, top, right, _ = zones.words
    size = round(zones.unit * 0.042)
    block = _fit(title, (left + size * 2, 0, right, round(size * 1.5)), size, lines=1)
    rtl = fonts.right_to_left(title)
    bar = _bar(round(size * 1.2), max(4, size // 8))
    x = right - bar.width if rtl else left
    room = (left, top, right - size * 2, top) if rtl else (left + size * 2, top, right, top)
    style = Style(palette.text, palette.text, weight=fonts.MEDIUM, motion="fade")
    return [
        Sprite(bar, palette.accent, x, round(top + block.height * 0.5), 0.0, "fade", 0.3),
        *_lines(block, "", style, room, top=top, at=0.0),
    ]


def _moments(items: Sequence[str], words: Sequence[Word], start: float) -> list[float]:
    """When each item comes in: as it is said, else one after the other."""
    moments: list[float] = []
    latest = 0
    for place, item in enumerate(items):
        key = _bare(item.split()[0]) if item.split() else ""
        found = next((at for at in range(latest, len(words)) if _bare(words[at].text) == key), None)
        usual = _FIRST_S + place * 0.35
        if found is None:
            moments.append(max(usual, moments[-1] + 0.2 if moments else 0.0))
        else:
            moments.append(max(words[found].start - start - 0.15, _FIRST_S))
            latest = found + 1
    return moments


def _bare(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


def _figure(wording: str, box: Box, largest: int) -> Block:
    """A number as large as it goes: on one line, or on two where it has words and gains by it; never cut in pieces."""
    one = _fit(wording, box, largest, lines=1, leading=0.92, whole=True)
    two = _fit(wording, box, largest, lines=2, leading=1.0, whole=True)
    return two if two.size > 1.3 * one.size else one


def _fit(
    wording: str,
    box: Box,
    largest: int,
    *,
    lines: int = 7,
    face: fonts.Face | None = None,
    leading: float = 1.14,
    whole: bool = False,
) -> Block:
    words = layout.words_of(fonts.drawable(wording))
    setting = Setting(
        width=box[2] - box[0] - 8,
        height=box[3] - box[1],
        largest=largest,
        smallest=min(largest, 26),
        leading=max(leading, _leading(wording)),
        most_lines=lines,
        cut_from=26 if whole else None,
    )
    return layout.fit(words, setting, lambda word, size: fonts.width(word, size, fonts.BOLD, face), fonts.glue)


def _leading(wording: str) -> float:
    """Writings with tall letters or marks above and below need more air than Latin."""
    return 0.0 if all(ord(character) < 0x0590 for character in wording) else 1.42


def _lines(block: Block, accent: str, style: Style, room: Box, *, top: float, at: float) -> list[Sprite]:
    """A block's lines as sprites, accented words in masks of their own."""
    sprites: list[Sprite] = []
    accented = {_bare(word) for word in text.words(accent)}
    for number, line in enumerate(block.lines):
        baseline = top + block.size * (block.leading * number + block.leading / 2 + 0.36)
        for strong in (False, True):
            mask, left, ink_top = _line_mask(line, block, style, room, accented, strong=strong)
            if mask is not None:
                colour = style.accent if strong else style.colour
                y = round(baseline) + ink_top
                sprites.append(Sprite(mask, colour, left, y, at + number * _STAGGER_S, style.motion))
    return sprites


def _line_mask(
    line: Sequence[str], block: Block, style: Style, room: Box, accented: set[str], *, strong: bool
) -> tuple[Mask | None, int, int]:
    """The plain or the accented words of a line as one mask, its left edge, and its top from the baseline."""
    rtl = fonts.right_to_left(" ".join(line))
    total = _width(line, block.size, style.weight, style.face)
    left, _, right, _ = room
    pen = (left + right - total) / 2 if style.centred else right - total if rtl else float(left)
    placed: list[tuple[float, fonts.Drawn]] = []
    for place, word in enumerate(line):
        advance = fonts.width(word, block.size, style.weight, style.face)
        if place:
            pen += fonts.glue(line[place - 1], word, block.size, style.weight)
        # In a line that runs from right to left the words are laid from its right edge.
        x = left + right - pen - advance if rtl and style.centred else pen
        if rtl and not style.centred:
            x = right - (pen - (right - total)) - advance
        if (_bare(word) in accented) == strong:
            placed.append((x, fonts.draw(word, block.size, style.weight, style.face)))
        pen += advance
    if not placed:
        return None, 0, 0
    first = min(int(x) + drawn.left for x, drawn in placed)
    top = min(drawn.top for _, drawn in placed)
    width = max(int(x) + drawn.left + drawn.mask.width for x, drawn in placed) - first
    height = max(drawn.top + drawn.mask.height for _, drawn in placed) - top
    whole = Image.new("L", (width, height))
    for x, drawn in placed:
        at = (int(x) + drawn.left - first, drawn.top - top)
        # Neighbours may overlap by a serif's width: the darker of both stays.
        whole.paste(255, at, drawn.mask)
    return Mask.of(whole), first, top


def _width(line: Sequence[str], size: int, weight: int, face: fonts.Face | None) -> float:
    spaces = sum(fonts.glue(left, right, size, weight) for left, right in pairwise(line))
    return sum(fonts.width(word, size, weight, face) for word in line) + spaces


def _middle(box: Box, height: float) -> float:
    """The top of something `height` tall that stands in the optical middle of a box, a little above the real one."""
    return box[1] + max((box[3] - box[1] - height) * 0.46, 0)


def _bar(width: int, height: int) -> Mask:
    return Mask.of(Image.new("L", (max(width // 2 * 2, 2), max(height // 2 * 2, 2)), 255))


def _disc(side: int) -> Mask:
    return _rounded(max(side // 2 * 2, 4), max(side // 2 * 2, 4))


def _rounded(width: int, height: int) -> Mask:
    big = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(big).rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), radius=height, fill=255)
    return Mask.of(big.resize((width, height), Image.Resampling.LANCZOS))
