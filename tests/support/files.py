"""Files as callers upload them, and as attackers do."""

import io
import struct
import wave
import zlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image


def picture(form: str = "PNG", *, mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """Return a picture with a colour ramp, so that it is neither blank nor the same in every corner."""
    ramp = Image.linear_gradient("L").resize(size)
    shown = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.FLIP_TOP_BOTTOM), ramp))
    if mode == "RGBA":
        shown = Image.merge("RGBA", (*shown.split(), ramp))
    data = io.BytesIO()
    (shown if mode == "RGBA" else shown.convert(mode)).save(data, form, **options)
    return data.getvalue()


def moving(form: str) -> bytes:
    """Return a picture of two frames."""
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    data = io.BytesIO()
    first.save(data, form, save_all=True, append_images=[second])
    return data.getvalue()


def chunk(tag: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """Return a PNG file that says it has this size, with 8 bits of RGBA and these chunks before its few pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(chunks)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@cache
def font(name: str = "NotoSansGeorgian[wght].ttf") -> bytes:
    """Return one of the fonts that are installed with the film."""
    found = find_spec("manimgx_fonts")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0], name).read_bytes()


def with_table(data: bytes, tag: bytes, table: bytes) -> bytes:
    """Return the font with the table replaced or added, its directory made to fit."""
    (count,) = struct.unpack_from(">H", data, 4)
    rows = [struct.unpack_from(">4sIII", data, 12 + 16 * number) for number in range(count)]
    tables = {row[0]: data[row[2] : row[2] + row[3]] for row in rows} | {tag: table}
    directory, body = data[:4] + struct.pack(">HHHH", len(tables), 0, 0, 0), b""
    for name, content in sorted(tables.items()):
        offset = 12 + 16 * len(tables) + len(body)
        directory += struct.pack(">4sIII", name, 0, offset, len(content))
        body += content + bytes(-len(content) % 4)
    return directory + body


def sound(seconds: float = 3.0, *, is_silent: bool = False, rate: int = 8000) -> bytes:
    """Return a WAV file of one note."""
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        level = 0 if is_silent else 8000
        period = struct.pack("<20h", *[level] * 10, *[-level] * 10)
        file.writeframes(period * round(seconds * rate / 20))
    return data.getvalue()
