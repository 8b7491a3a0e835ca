"""Cut the band's instruments out of MuseScore General, as `service/pipelines/film/studio/band/band.zip`.

    apt-get install fluidsynth musescore-general-soundfont-lossless
    python -m lab.band /usr/share/sounds/sf2/MuseScore_General_Full.sf2

fluidsynth plays single notes of each instrument, as its sound font programmes them, without room and chorus. They are
mixed to mono, levelled, made to loop if the instrument holds its notes, and kept at 12 or 13 bits, which the music of a
film hides. What is kept is the table `CUTS`.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.pipelines.film.studio import loudness
from service.pipelines.film.studio.samples import Zone, pack

Mono = npt.NDArray[np.float32]

RATE = 48_000
DRUMS = 9
"""The channel on which MIDI has its drums."""
_TICKS = 1000
"""Of a MIDI file in a second."""
_SETTLED_S = 1.0
_LEVEL_LUFS = -20.0
_QUIETEST = 0.0015
"""Of a note's peak: it is cut where it stays below this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An instrument to cut: `program` in its `bank`, the `keys` to play, how hard (1 to 127), and for how long.

    `rate` is the samples a second that are kept. A note with a `loop`, its start and end in seconds, is held for as
    long as the music wants.
    """

    name: str
    program: int
    keys: Sequence[int]
    velocity: int = 90
    seconds: float = 3.0
    rate: int = 24_000
    bits: int = 12
    loop: tuple[float, float] | None = None
    is_drums: bool = False


CUTS = (
    Cut(name="piano", program=0, keys=range(33, 98, 4), velocity=92, seconds=4.0, bits=13),
    Cut(name="epiano", program=4, keys=range(38, 90, 5), velocity=80, seconds=3.0),
    Cut(name="nylon", program=24, keys=range(40, 82, 4), velocity=90, seconds=2.4),
    Cut(name="steel", program=25, keys=range(40, 82, 4), velocity=95, seconds=2.4),
    Cut(name="bass", program=33, keys=range(28, 54, 4), velocity=95, seconds=1.8, rate=16_000),
    Cut(name="upright", program=32, keys=range(28, 54, 4), velocity=95, seconds=1.6, rate=16_000),
    Cut(name="strings", program=49, keys=range(36, 92, 5), velocity=84, seconds=3.4, bits=11, loop=(1.2, 3.2)),
    Cut(name="pizzicato", program=45, keys=range(38, 92, 5), velocity=95, seconds=0.9),
    Cut(name="pad", program=89, keys=range(36, 86, 7), velocity=84, seconds=3.8, bits=11, loop=(1.6, 3.6), rate=16_000),
    Cut(name="glockenspiel", program=9, keys=range(72, 104, 5), velocity=84, seconds=1.8, rate=32_000),
    Cut(name="timpani", program=47, keys=(36, 41, 46), velocity=100, seconds=2.0, rate=16_000),
    Cut(name="kit", program=8, keys=(36, 37, 38, 45, 48, 51), velocity=100, seconds=1.6, rate=32_000, is_drums=True),
    Cut(name="cymbals", program=16, keys=(42, 46, 49), velocity=100, seconds=2.6, rate=40_000, bits=10, is_drums=True),
    Cut(name="club", program=25, keys=(36, 39, 42), velocity=110, seconds=0.6, rate=32_000, is_drums=True),
    Cut(name="brushes", program=40, keys=(38, 40), velocity=90, seconds=0.7, rate=32_000, bits=11, is_drums=True),
    Cut(name="hands", program=0, keys=(39, 54, 69, 70), velocity=100, seconds=0.5, rate=32_000, bits=11, is_drums=True),
)
_EDGE_S = 0.3
"""How long the end of a loop fades into what comes before its start."""


def cut(font: Path, to: Path) -> None:
    """Cut all instruments of `CUTS` out of `font`, and write them to `to`."""
    zones = {each.name: _zones(font, each) for each in CUTS}
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(pack(zones))


def _zones(font: Path, each: Cut) -> tuple[Zone, ...]:
    space_s = each.seconds + _SETTLED_S
    played = _played(font, each, space_s)
    notes = [played[round(number * space_s * RATE) :][: round(each.seconds * RATE)] for number in range(len(each.keys))]
    zones = []
    for key, note in zip(each.keys, notes, strict=True):
        made = _resampled(_trimmed(note, is_held=each.loop is not None), each.rate)
        # Each note by itself, so that no pitch of an instrument stands out; the arrangement decides how loud it is.
        level = loudness.k_level(note[: round(0.5 * RATE), None]) if not each.is_drums else None
        gain = 10 ** ((_LEVEL_LUFS - level) / 20) if level is not None else 0.5 / float(np.abs(note).max())
        loop = tuple(round(second * each.rate) for second in each.loop) if each.loop else (0, 0)
        if each.loop:
            made = _looped(made, loop[0], loop[1], round(_EDGE_S * each.rate))
        zones.append(Zone(key, each.rate, loop[0], loop[1], each.bits, made * np.float32(gain)))
    return tuple(zones)


def _played(font: Path, each: Cut, space_s: float) -> Mono:
    """The instrument's notes one after the other, `space_s` apart, in mono at 48 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        midi, sound = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        midi.write_bytes(_midi(each, space_s))
        quiet = ("-q", "-n", "-i", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(RATE))
        subprocess.run(["fluidsynth", *quiet, "-O", "float", "-F", sound, font, midi], check=True)  # noqa: S607
        data = _floats(sound)
    mono: Mono = data.mean(axis=1)
    return mono


def _floats(file: Path) -> npt.NDArray[np.float32]:
    raw = file.read_bytes()
    at = raw.index(b"data") + 8
    return np.frombuffer(raw[at : at + (len(raw) - at) // 8 * 8], "<f4").reshape(-1, 2).copy()


def _midi(each: Cut, space_s: float) -> bytes:
    """A MIDI file with the instrument's notes, of a thousand ticks a second."""
    channel = DRUMS if each.is_drums else 0
    events = b"\x00" + bytes((0xC0 | channel, each.program))
    held = round(each.seconds * _TICKS)
    for number, key in enumerate(each.keys):
        wait = 0 if number == 0 else round(space_s * _TICKS) - held
        events += _length(wait) + bytes((0x90 | channel, key, each.velocity))
        events += _length(held) + bytes((0x80 | channel, key, 0))
    tempo = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big")
    track = tempo + events + _length(round(space_s * _TICKS)) + b"\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + (0).to_bytes(2, "big") + (1).to_bytes(2, "big")
    return head + _TICKS.to_bytes(2, "big") + b"MTrk" + len(track).to_bytes(4, "big") + track


def _length(ticks: int) -> bytes:
    """A number as MIDI writes it: seven bits a byte, the highest first."""
    found = [ticks & 0x7F]
    while ticks := ticks >> 7:
        found.append(0x80 | (ticks & 0x7F))
    return bytes(reversed(found))


def _trimmed(note: Mono, *, is_held: bool) -> Mono:
    """A note from just before its onset to where it is inaudible, faded out there."""
    loud = np.abs(note)
    peak = float(loud.max())
    first = max(int(np.argmax(loud > 0.02 * peak)) - RATE // 1000, 0)
    last = len(note) if is_held else int(np.flatnonzero(loud > _QUIETEST * peak)[-1]) + 1
    kept = note[first:last].copy()
    if not is_held:
        edge = min(RATE // 20, len(kept))
        kept[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
    return kept


def _resampled(note: Mono, rate: int) -> Mono:
    """Resample from 48 kHz through the spectrum."""
    step = RATE // np.gcd(rate, RATE)
    padded = np.pad(note, (0, -len(note) % step))
    count = len(padded) * rate // RATE
    spectrum = np.fft.rfft(padded)[: count // 2 + 1]
    made: Mono = (np.fft.irfft(spectrum, count) * (count / len(padded))).astype(np.float32)
    return made


def _looped(note: Mono, start: int, end: int, edge: int) -> Mono:
    """A note that ends at `end` as it goes on at `start`."""
    whole = note[:end].copy()
    fade = np.linspace(0, 1, edge, dtype=np.float32)
    # The two are different moments of one sound, so their powers add up and not their levels.
    whole[end - edge :] = note[end - edge : end] * np.sqrt(1 - fade) + note[start - edge : start] * np.sqrt(fade)
    return whole
