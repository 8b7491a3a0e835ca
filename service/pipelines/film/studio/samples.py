"""The band's recorded notes: how they are kept in `band/band.zip`, and how they are read. Pure, but for `read`.

`lab/band` makes the file.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

BAND = Path(__file__).with_name("band") / "band.zip"
_INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Zone:
    """One recorded note: its MIDI `key`, mono `sound` at `rate` samples a second, and the samples `loop` to `end` that
    may be repeated for as long as the note is held (both 0: it dies away by itself). `bits`: how finely it is kept."""

    key: int
    rate: int
    loop: int
    end: int
    bits: int
    sound: npt.NDArray[np.float32]


Bank: TypeAlias = Mapping[str, Sequence[Zone]]
"""Instruments by name, each with its notes from the lowest to the highest."""


class NoBand(Exception):
    """The instruments are not there, or cannot be read."""


def pack(bank: Bank) -> bytes:
    """Return a bank as a file: the differences between neighbouring samples, low and high bytes apart, compressed."""
    file = io.BytesIO()
    index: dict[str, list[list[float]]] = {}
    with zipfile.ZipFile(file, "w") as archive:
        for name, zones in bank.items():
            rows, folded = [], []
            for zone in zones:
                peak = float(np.abs(zone.sound).max())
                steps = np.round(zone.sound * (_most(zone.bits) / peak)).astype(np.int32)
                differences = np.diff(steps, n=2, prepend=[0, 0])
                # Small numbers of either sign as small ones: 0, -1, 1, -2, 2 …
                folded.append(np.where(differences < 0, -2 * differences - 1, 2 * differences))
                rows.append([zone.key, zone.rate, zone.loop, zone.end, zone.bits, len(steps), peak])
            index[name] = rows
            every = np.concatenate(folded)
            # A fixed date (`ZipInfo`'s own): the same instruments make the same file.
            for part, data in (("low", every & 0xFF), ("high", every >> 8)):
                entry = zipfile.ZipInfo(f"{name}.{part}")
                archive.writestr(entry, data.astype(np.uint8).tobytes(), zipfile.ZIP_DEFLATED, 9)
        archive.writestr(zipfile.ZipInfo(_INDEX), json.dumps(index), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def read(names: Iterable[str], file: Path) -> Bank:
    """Read the instruments of these names from a file of `pack`. Raises `NoBand` if one is missing or damaged."""
    try:
        with zipfile.ZipFile(file) as archive:
            index = json.loads(archive.read(_INDEX))
            return {name: _zones(archive, name, index[name]) for name in sorted(set(names))}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, zlib.error) as broken:
        raise NoBand(f"{file.name}: {broken!r}") from broken


def _zones(archive: zipfile.ZipFile, name: str, rows: list[list[Any]]) -> tuple[Zone, ...]:
    low, high = (np.frombuffer(archive.read(f"{name}.{part}"), np.uint8) for part in ("low", "high"))
    folded = low.astype(np.int32) | high.astype(np.int32) << 8
    differences = np.where(folded & 1, -((folded + 1) >> 1), folded >> 1)
    zones: list[Zone] = []
    at = 0
    for key, rate, loop, end, bits, count, peak in rows:
        steps = np.cumsum(np.cumsum(differences[at : at + count], dtype=np.int32), dtype=np.int32)
        zones.append(Zone(key, rate, loop, end, bits, steps * np.float32(peak / _most(bits))))
        at += count
    return tuple(zones)


def _most(bits: int) -> int:
    """The highest level of a sample with so many bits."""
    return (1 << (bits - 1)) - 1
