"""Rewrite a font: only the tables that letters need, each where it should be. Pure.

Bitmaps, drawings in SVG, colours, signatures, programs of other engines, and whatever lies between or behind the tables
is left out. https://learn.microsoft.com/en-us/typography/opentype/spec/otff
"""

import struct
from dataclasses import dataclass

MOST_TABLES = 64
_HEAD = 12
_ROW = 16
_NEEDED = (b"cmap", b"head", b"hhea", b"hmtx", b"maxp")
_OUTLINES = ((b"glyf", b"loca"), (b"CFF ",), (b"CFF2",))
_KEPT = frozenset(
    {
        *(b"cmap", b"head", b"hhea", b"hmtx", b"maxp", b"name", b"OS/2", b"post"),
        *(b"glyf", b"loca", b"cvt ", b"fpgm", b"prep", b"gasp", b"CFF ", b"CFF2", b"VORG"),
        *(b"GDEF", b"GPOS", b"GSUB", b"kern", b"vhea", b"vmtx"),
        *(b"fvar", b"gvar", b"avar", b"cvar", b"HVAR", b"VVAR", b"MVAR", b"STAT"),
    }
)


class BadFont(ValueError):
    """The file is not a font that can be used; the message ends a sentence that begins with "The font"."""


@dataclass(frozen=True, slots=True)
class _Row:
    tag: bytes
    data: bytes


def rewritten(font: bytes) -> bytes:
    """Return the font with the tables that letters need. Raises `BadFont`."""
    rows = _rows(font)
    tags = {row.tag for row in rows}
    missing = [tag.decode() for tag in _NEEDED if tag not in tags]
    if missing or not any(tags.issuperset(outlines) for outlines in _OUTLINES):
        raise BadFont(f"has no {missing[0]} table" if missing else "has no outlines to draw letters with")
    offset = _HEAD + _ROW * len(rows)
    directory, body = bytearray(font[:4] + _search_fields(len(rows))), bytearray()
    for row in rows:
        padded = row.data + bytes(-len(row.data) % 4)
        checksum = sum(word for (word,) in struct.iter_unpack(">I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", row.tag, checksum, offset + len(body), len(row.data))
        body += padded
    return bytes(directory + body)


def _rows(font: bytes) -> list[_Row]:
    """The kept tables, sorted by tag as the format wants them."""
    if len(font) < _HEAD:
        raise BadFont("is cut off")
    (count,) = struct.unpack_from(">H", font, 4)
    if not 0 < count <= MOST_TABLES or len(font) < _HEAD + _ROW * count:
        raise BadFont("has a directory of tables that cannot be right")
    rows: dict[bytes, _Row] = {}
    for number in range(count):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, _HEAD + _ROW * number)
        if tag not in _KEPT:
            continue
        if tag in rows:
            raise BadFont(f"has two tables {tag.decode()}")
        if not length or offset + length > len(font):
            raise BadFont("is cut off: a table of it lies outside the file")
        rows[tag] = _Row(tag, font[offset : offset + length])
    if sum(len(row.data) for row in rows.values()) > len(font):
        raise BadFont("has tables that overlap")
    return [rows[tag] for tag in sorted(rows)]


def _search_fields(count: int) -> bytes:
    power = count.bit_length() - 1
    search = 16 << power
    return struct.pack(">HHHH", count, search, power, 16 * count - search)


def letters(font: bytes) -> list[tuple[int, int]]:
    """Return the first and last code points of the stretches that the font says it has, sorted, without overlap.

    What a font says need not be true: whether it draws a letter is seen by drawing it. Raises `BadFont`.
    """
    cmap = next((row.data for row in _rows(font) if row.tag == b"cmap"), b"")
    try:
        (count,) = struct.unpack_from(">H", cmap, 2)
        offsets = {struct.unpack_from(">HHI", cmap, 4 + 8 * row)[2] for row in range(min(count, MOST_TABLES))}
        found = [stretch for offset in offsets for stretch in _stretches(cmap, offset)]
    except struct.error:
        raise BadFont("has a table of letters that is cut off") from None
    merged: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _stretches(cmap: bytes, offset: int) -> list[tuple[int, int]]:
    """The stretches of a subtable in format 4 or 12; those in other formats say nothing that these do not."""
    (kind,) = struct.unpack_from(">H", cmap, offset)
    if kind == 4:
        (doubled,) = struct.unpack_from(">H", cmap, offset + 6)
        ends = struct.unpack_from(f">{doubled // 2}H", cmap, offset + 14)
        starts = struct.unpack_from(f">{doubled // 2}H", cmap, offset + 16 + doubled // 2 * 2)
        return [(first, last) for first, last in zip(starts, ends, strict=True) if first <= last and first != 0xFFFF]
    if kind == 12:
        (count,) = struct.unpack_from(">I", cmap, offset + 12)
        groups = struct.unpack_from(f">{count * 3}I", cmap, offset + 16) if count * 12 <= len(cmap) else ()
        if count and not groups:
            raise BadFont("has a table of letters that is cut off")
        return [
            (first, last) for first, last in zip(groups[::3], groups[1::3], strict=True) if first <= last <= 0x10FFFF
        ]
    return []
