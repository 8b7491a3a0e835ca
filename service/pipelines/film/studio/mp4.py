"""Read the index of an MP4 file: the order of its parts, and when its tracks begin and end. Nothing is decoded.

The format is ISO/IEC 14496-12, whose names of boxes are used here.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEAD = 8
_LARGEST_INDEX = 64_000_000
"""Bytes. That of an hour of film has 3 MB."""


class Broken(Exception):
    """The file is not a whole MP4 file. The message says in a few words what is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track of a film. `kind` is "vide", "soun" or another. Times are in seconds of the film. `pace` is the number of
    samples a second, None if they differ in length."""

    kind: str
    start_s: float
    end_s: float
    samples: int
    pace: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A film's index. `is_first`: it comes before the media, so that a player can start before it has the whole
    file."""

    is_first: bool
    tracks: tuple[Track, ...]

    def track(self, kind: str) -> Track | None:
        """Return the first track of this kind."""
        return next((track for track in self.tracks if track.kind == kind), None)


def read(film: Path) -> Index:
    """Read a film's index. Raises `Broken`."""
    order: list[str] = []
    moov = b""
    size = film.stat().st_size
    with film.open("rb") as file:
        at = 0
        while at + _HEAD <= size:
            file.seek(at)
            length, name = struct.unpack(">I4s", file.read(_HEAD))
            head = _HEAD
            if length == 1:
                length, head = struct.unpack(">Q", file.read(8))[0], 16
            elif length == 0:
                length = size - at
            if length < head or at + length > size:
                message = f"it is cut off: {_named(name)} ends after the end of the file"
                raise Broken(message)
            order.append(_named(name))
            if name == b"moov":
                if length > _LARGEST_INDEX:
                    message = f"its index has {length} bytes"
                    raise Broken(message)
                moov = file.read(length - head)
            at += length
    if "moov" not in order or "mdat" not in order:
        message = "it is not an MP4 file with an index and media"
        raise Broken(message)
    try:
        return Index(is_first=order.index("moov") < order.index("mdat"), tracks=tuple(_tracks(moov)))
    except (struct.error, KeyError, ZeroDivisionError) as error:
        message = "its index cannot be read"
        raise Broken(message) from error


def _tracks(moov: bytes) -> Iterator[Track]:
    inside = list(_boxes(moov))
    scale, _ = _times(dict(inside)["mvhd"])
    for name, trak in inside:
        if name == "trak":
            yield _track(dict(_boxes(trak)), scale)


def _track(trak: dict[str, bytes], scale: int) -> Track:
    mdia = dict(_boxes(trak["mdia"]))
    stbl = dict(_boxes(dict(_boxes(mdia["minf"]))["stbl"]))
    own_scale, length = _times(mdia["mdhd"])
    start, lasts = 0.0, length / own_scale
    edits = list(_edits(dict(_boxes(trak.get("edts", b""))).get("elst", b"")))
    if edits:
        # An edit without media is a pause before the track starts.
        start = sum(duration for duration, media in edits if media < 0) / scale
        lasts = sum(duration for duration, media in edits if media >= 0) / scale
    (entries,) = struct.unpack_from(">I", stbl["stts"], 4)
    runs = [struct.unpack_from(">II", stbl["stts"], 8 + 8 * entry) for entry in range(entries)]
    deltas = {delta for _, delta in runs}
    return Track(
        kind=mdia["hdlr"][8:12].decode("latin-1"),
        start_s=round(start, 3),
        end_s=round(start + lasts, 3),
        samples=sum(count for count, _ in runs),
        pace=own_scale / deltas.pop() if len(deltas) == 1 else None,
    )


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + _HEAD <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if length < _HEAD:
            return
        yield _named(name), data[at + _HEAD : at + length]
        at += length


def _times(head: bytes) -> tuple[int, int]:
    """Return the time scale (units per second) and the duration in those units, from an mvhd or mdhd box."""
    scale, length = struct.unpack_from(">IQ", head, 20) if head[0] else struct.unpack_from(">II", head, 12)
    return int(scale), int(length)


def _edits(elst: bytes) -> Iterator[tuple[int, int]]:
    """Each edit's duration in units of the film, and the time in its media at which it begins, -1 for none."""
    if not elst:
        return
    (entries,) = struct.unpack_from(">I", elst, 4)
    shape, step = (">Qq", 20) if elst[0] else (">Ii", 12)
    for entry in range(entries):
        duration, media = struct.unpack_from(shape, elst, 8 + step * entry)
        yield int(duration), int(media)


def _named(name: bytes) -> str:
    return name.decode("latin-1")
