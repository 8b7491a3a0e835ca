"""Find the font that has a letter, measure words, and draw them. The fonts are Noto's (OFL), from packages on PyPI; the
film's own, a client's or one of `typefaces`, comes before them while it is in use (`using`)."""

import functools
import importlib.util
import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from service.pipelines.film.script.writing import bidi, text

HEAVY, BOLD, MEDIUM = 820, 700, 560
_MASTER_WEIGHT = 400  # The weight that the fonts were drawn in; others are interpolated.

_FIRST_TALL = 0x0590  # Hebrew and everything after it.
_PUNCTUATION = range(0x2000, 0x2100)
_JOINING = frozenset("\u200c\u200d")
_SKIPPED = frozenset({"So", "Sk", "Sm", "Cn", "Co"})  # Symbols: without one of them, a film says the same.


@dataclass(frozen=True, slots=True)
class Face:
    """A font: a file, and its number in it if the file holds several. `italic`: the file of its quotations, if that is
    another."""

    path: Path
    index: int = 0
    italic: Path | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a word that one face can draw. `is_rtl`: it has no letters, but stands among others that are written
    from right to left."""

    face: Face
    text: str
    is_rtl: bool = False

    @property
    def direction(self) -> str | None:
        """As Pillow takes it; None lets the letters say."""
        return "rtl" if self.is_rtl else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A word as a mask of its ink (mode L). `left` and `top` are where the ink begins, in pixels from where the pen
    starts on the baseline."""

    mask: Image.Image
    left: int
    top: int


_OWN: ContextVar[Face | None] = ContextVar("_OWN", default=None)
"""The film's face, the client's or one of `typefaces`, in the thread that paints for it alone."""


@contextmanager
def using(face: Face | None) -> Iterator[None]:
    """Set every word of this thread in the film's face, as far as it has the letters. None changes nothing."""
    before = _OWN.set(face)
    try:
        yield
    finally:
        _OWN.reset(before)


@functools.cache
def faces() -> tuple[Face, ...]:
    """Return the installed faces, in the order in which they are searched for a letter."""
    folder = _package("manimgx_fonts")
    if folder is None:
        message = "the PyPI package manimgx-fonts is not installed"
        raise RuntimeError(message)
    first = [folder / "NotoSans[wght].ttf"]
    rest = sorted(path for path in folder.glob("Noto*.ttf") if path not in first and "Italic" not in path.name)
    found = [Face(path) for path in first + rest]
    cjk = _package("manimgx_fonts_cjk")
    if cjk is not None:
        found += [Face(path) for path in sorted(cjk.glob("*.ttc"))]
    return tuple(found)


def italic() -> Face:
    """Return the face of quotations: the client's own, or an italic one."""
    own = _OWN.get()
    if own is None:
        return Face(faces()[0].path.with_name("NotoSans-Italic[wght].ttf"))
    return Face(own.italic) if own.italic else own


def is_display() -> bool:
    """Whether words are set in one of `typefaces`, which needs less room between its lines than others."""
    own = _OWN.get()
    return own is not None and own.italic is not None


def undrawable(words: str) -> str:
    """Return the letters and digits in `words` that no installed font can draw."""
    missing = {character for character in words if _face_of(character) is None and not character.isspace()}
    return "".join(sorted(character for character in missing if unicodedata.category(character) not in _SKIPPED))


def drawable(words: str) -> str:
    """Return `words` without the symbols that no installed font can draw."""
    kept = (
        character
        for character in words
        if character.isspace() or character == text.NO_SPACE or _face_of(character) is not None
    )
    return " ".join("".join(kept).split())


def runs(word: str, first: Face | None = None) -> list[Run]:
    """Split `word` into runs of one face each; marks and joiners stay with the letter they belong to."""
    first = first or _OWN.get()
    found: list[Run] = []
    for character in word.lstrip(bidi.MARK + text.NO_SPACE):
        belongs = unicodedata.category(character)[0] == "M" or character in _JOINING
        if found and (belongs or character.isspace()):
            found[-1] = Run(found[-1].face, found[-1].text + character)
            continue
        face = first if first is not None and has(first, character) else _face_of(character)
        if face is None:
            continue
        if found and (found[-1].face == face or (_neutral(character) and has(found[-1].face, character))):
            found[-1] = Run(found[-1].face, found[-1].text + character)
        else:
            found.append(Run(face, character))
    if not (word.startswith(bidi.MARK) or right_to_left(word)):
        return found
    return [replace(run, is_rtl=not any(map(str.isalpha, run.text))) for run in reversed(found)]


def right_to_left(words: str) -> bool:
    """Whether a text is written from right to left, by the letters of all of it."""
    return bidi.is_rtl(words)


def is_tall(words: str) -> bool:
    """Whether a text has characters from Hebrew on in Unicode's order. These scripts are taller than Latin, or carry
    marks above and below, and need more room between lines. Dashes, curved quotes and signs of money do not."""
    return any(ord(character) >= _FIRST_TALL and ord(character) not in _PUNCTUATION for character in words)


def width(word: str, size: int, weight: int = BOLD, face: Face | None = None) -> float:
    """Return the advance of `word` in pixels."""
    return _width(word, size, weight, face or _OWN.get())


@functools.lru_cache(maxsize=20_000)
def _width(word: str, size: int, weight: int, face: Face | None) -> float:
    return sum(_font(run.face, size, weight).getlength(run.text, direction=run.direction) for run in runs(word, face))


def draw(word: str, size: int, weight: int = BOLD, face: Face | None = None) -> Drawn:
    """Draw `word`; nothing drawable gives an empty mask of two by two pixels."""
    pieces = runs(word, face)
    pen, boxes = 0.0, []
    for run in pieces:
        font = _font(run.face, size, weight)
        box = font.getbbox(run.text, anchor="ls", direction=run.direction)
        boxes.append((pen, box))
        pen += font.getlength(run.text, direction=run.direction)
    if not boxes:
        return Drawn(Image.new("L", (2, 2)), 0, 0)
    left = int(min(pen + box[0] for pen, box in boxes)) - 2
    top = int(min(box[1] for _, box in boxes)) - 2
    right = int(max(pen + box[2] for pen, box in boxes)) + 3
    bottom = int(max(box[3] for _, box in boxes)) + 3
    mask = Image.new("L", (right - left, bottom - top))
    brush = ImageDraw.Draw(mask)
    for run, (pen, _) in zip(pieces, boxes, strict=True):
        _ink(brush, (pen - left, -top), run, size, weight)
    # The font's box reaches down to the baseline, which the ink of a quotation mark does not.
    ink = mask.getbbox() or (0, 0, 2, 2)
    return Drawn(mask.crop(ink), left + ink[0], top + ink[1])


def _ink(brush: ImageDraw.ImageDraw, at: tuple[float, float], run: Run, size: int, weight: int) -> None:
    direction = run.direction
    try:
        brush.text(at, run.text, fill=255, font=_font(run.face, size, weight), anchor="ls", direction=direction)
    except OSError:
        # FreeType fails on glyphs as complex as U+FDFD at any but their master weight ("raster overflow").
        brush.text(at, run.text, fill=255, font=_font(run.face, size, _MASTER_WEIGHT), anchor="ls", direction=direction)


def space(size: int, weight: int = BOLD) -> float:
    """Return the width of a space in pixels."""
    return _font(_OWN.get() or faces()[0], size, weight).getlength(" ")


def glue(left: str, right: str, size: int, weight: int = BOLD) -> float:
    """Return the space between two words in pixels: none in scripts that are written without spaces."""
    return space(size, weight) if text.are_apart(left, right) else 0.0


@functools.lru_cache(maxsize=96)
def _font(face: Face, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(face.path), size, index=face.index, layout_engine=ImageFont.Layout.RAQM)
    axes = _axes(font)
    if axes:
        font.set_variation_by_axes(
            [
                min(max(weight, axis["minimum"] or weight), axis["maximum"] or weight)
                if len(axes) == 1 or axis.get("name") == b"Weight"
                else axis["default"] or 0
                for axis in axes
            ]
        )
    return font


def _axes(font: ImageFont.FreeTypeFont) -> list[ImageFont.Axis]:
    """The axes along which a font can be varied: none of one that was drawn in a single weight."""
    try:
        return font.get_variation_axes()
    except OSError:
        return []


@functools.lru_cache(maxsize=8192)
def _face_of(character: str) -> Face | None:
    return next((face for face in faces() if has(face, character)), None)


def has(face: Face, character: str) -> bool:
    """Say whether a face has a glyph for a character."""
    starts, ends = _covered(face.path, face.index)
    stretch = bisect_right(starts, ord(character)) - 1
    return stretch >= 0 and ord(character) <= ends[stretch]


def _neutral(character: str) -> bool:
    return unicodedata.category(character)[0] in "PN"


def _package(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    folders: Iterable[str] = (found.submodule_search_locations or ()) if found else ()
    return next((Path(folder) for folder in folders), None)


@functools.lru_cache(maxsize=512)
def _covered(path: Path, index: int) -> tuple[list[int], list[int]]:
    """The first and the last code points of the stretches that a font file has glyphs for, from its `cmap` table."""
    with path.open("rb") as file:
        start = 0
        if file.read(4) == b"ttcf":
            file.seek(12 + 4 * index)
            (start,) = struct.unpack(">I", file.read(4))
        file.seek(start + 4)
        (count,) = struct.unpack(">H", file.read(2))
        file.seek(start + 12)
        rows = [struct.unpack(">4sIII", file.read(16)) for _ in range(count)]
        at, size = next((row[2], row[3]) for row in rows if row[0] == b"cmap")
        file.seek(at)
        table = file.read(size)
    offsets = [struct.unpack(">HHI", table[4 + 8 * row : 12 + 8 * row])[2] for row in range(_u16(table, 2))]
    stretches: set[tuple[int, int]] = set()
    for offset in offsets:
        kind = _u16(table, offset)
        if kind == 12:
            (groups,) = struct.unpack(">I", table[offset + 12 : offset + 16])
            for group in range(groups):
                first, last, _ = struct.unpack(">III", table[offset + 16 + 12 * group : offset + 28 + 12 * group])
                stretches.add((first, last))
        elif kind == 4:
            stretches |= _format_4(table, offset)
    ordered = sorted(stretches)
    merged: list[list[int]] = []
    for first, last in ordered:
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return [first for first, _ in merged], [last for _, last in merged]


def _format_4(table: bytes, offset: int) -> set[tuple[int, int]]:
    """The stretches of a subtable in format 4, segment mapping to delta values."""
    segments = _u16(table, offset + 6) // 2
    ends = [_u16(table, offset + 14 + 2 * segment) for segment in range(segments)]
    starts = [_u16(table, offset + 16 + 2 * (segments + segment)) for segment in range(segments)]
    return {(first, last) for first, last in zip(starts, ends, strict=True) if first != 0xFFFF}


def _u16(table: bytes, at: int) -> int:
    return int.from_bytes(table[at : at + 2], "big")
