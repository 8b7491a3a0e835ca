"""Measure a finished film: read its index (`mp4.py`), and decode all of it once with ffmpeg."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from service.pipeline import Context, Output
from service.pipelines.film.script.voice.timeline import FPS, Timeline
from service.pipelines.film.studio import ffmpeg, mp4, processes
from service.pipelines.film.studio.cuts import FRAMES

_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\w+)(?:\([^)]*\))?, (\d+)x(\d+)", re.DOTALL)
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+).*?, (\d+) Hz, (\w+)")
_LOUDNESS = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS\s+Threshold", re.IGNORECASE)
_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", re.IGNORECASE)
_BLACK = re.compile(r"black_(start|end):\s*([\d.]+)")
_FROZEN = re.compile(r"freeze_(start|end): ([\d.]+)")
_SILENT = re.compile(r"silence_(start|end): (-?[\d.]+)")

_HZ = ffmpeg.MEASURED_HZ
_STEP_S = 0.01
_SIBILANTS = (3000.0, 7500.0)
"""Hz. The s, f and t of speech are here, where music has little, so speech can be heard through the music."""
_FAINT_DB = 45.0
"""Anything this much quieter than the loudest sibilant counts as silence."""
_SPEECH_WITHIN_S, _CUTS_WITHIN_S = 1.5, 1.0
"""The largest delays, in both directions, at which agreement is looked for."""
_LEAST_SPOKEN_S = 1.0
_SPOKEN_SHARE = (0.1, 0.9)
"""With less speech in a film than this, or more, its timing cannot be told."""
_ON_TIME_S = 0.2
_CUT_WINDOW = np.hanning(15) / np.hanning(15).sum()

Stretch: TypeAlias = tuple[float, float]
"""Where it begins and ends, in seconds of the film."""
Signal: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far what is measured lies from what was planned. The two agree best, by `best`, at a delay of `late_s`
    seconds; within 0.2 s of the plan they agree by `planned`. The function that measures says what agreement is."""

    late_s: float
    best: float
    planned: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured. Times are in seconds, sizes in pixels and bytes; a level of `-inf` becomes -99.0.

    `fps` is 0.0 if frames differ in length. `picture_s` and `sound_s` are the lengths that were decoded, `picture_at`
    and `sound_at` the starts and ends in the index. `speech` and `cuts` are None if the plan has too little of them to
    tell.
    """

    video_codec: str
    pixel_format: str
    width: int
    height: int
    fps: float
    audio_codec: str
    sample_rate: int
    picture_s: float
    sound_s: float
    picture_at: Stretch
    sound_at: Stretch
    is_index_first: bool
    loudness_lufs: float
    true_peak_dbtp: float
    black: tuple[Stretch, ...]
    frozen: tuple[Stretch, ...]
    silent: tuple[Stretch, ...]
    speech: Alignment | None
    cuts: Alignment | None
    bytes: int
    sha256: str

    def to_json(self) -> Output:
        return asdict(self)


def measure(
    ctx: Context, film: Path, plan: Timeline, frames: Sequence[int] = (), frames_to: Path | None = None
) -> Measured:
    """Decode all of `film` once and measure it. `frames` of it go to the file `frames_to` (`ffmpeg.measure`).

    Raises `mp4.Broken` if it is not a whole film, and `Later("probe_failed")` if ffmpeg cannot read it nonetheless.
    """
    index = mp4.read(film)
    picture, track = index.track("vide"), index.track("soun")
    if picture is None or track is None:
        message = f"it has no {'picture' if picture is None else 'sound'}"
        raise mp4.Broken(message)
    sound_file = ctx.scratch / "heard.raw"
    command = ffmpeg.measure(film, sound_file, frames, frames_to)
    small, report = processes.run_checked(ctx, command, code="probe_failed")
    pictures = np.frombuffer(small, np.uint8).reshape(-1, ffmpeg.MEASURED_SIDE**2)
    sound = np.fromfile(sound_file, "<i2").astype(np.float32) / np.float32(32768)
    sound_file.unlink()
    streams = report.split("Stream mapping:", maxsplit=1)[0]
    video, audio = _VIDEO.search(streams), _AUDIO.search(streams)
    pace = picture.pace or 0.0
    lasts = len(pictures) * (picture.end_s - picture.start_s) / max(picture.samples, 1)
    with film.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Measured(
        video_codec=video.group(1) if video else "",
        pixel_format=video.group(2) if video else "",
        width=int(video.group(3)) if video else 0,
        height=int(video.group(4)) if video else 0,
        fps=round(pace, 3),
        audio_codec=audio.group(1) if audio else "",
        sample_rate=int(audio.group(2)) if audio else 0,
        picture_s=round(lasts, 3),
        sound_s=round(len(sound) / _HZ, 3),
        picture_at=(picture.start_s, picture.end_s),
        sound_at=(track.start_s, track.end_s),
        is_index_first=index.is_first,
        loudness_lufs=_decibels(_LOUDNESS, report),
        true_peak_dbtp=_decibels(_PEAK, report),
        black=_stretches(_BLACK, report, lasts),
        frozen=_stretches(_FROZEN, report, lasts),
        silent=_stretches(_SILENT, report, len(sound) / _HZ),
        speech=speech_alignment(sound, plan),
        cuts=cuts_alignment(pictures, plan),
        bytes=film.stat().st_size,
        sha256=digest,
    )


def loudness_of(ctx: Context, sound: Path) -> tuple[float, float]:
    """Measure a file's loudness in LUFS and true peak in dBTP. Raises `Later("probe_failed")`."""
    _, report = processes.run_checked(ctx, ffmpeg.measure_sound(sound), code="probe_failed")
    return _decibels(_LOUDNESS, report), _decibels(_PEAK, report)


def speech_alignment(sound: npt.NDArray[np.float32], plan: Timeline) -> Alignment | None:
    """Align the speech in `sound`, mono at 16 kHz, with the words of the plan. Agreement is the correlation between the
    level of sibilants and whether a word is being spoken, from -1 to 1."""
    size = round(_STEP_S * _HZ)
    level = _level(sound, size)
    words = np.zeros(len(level))
    for slot in plan.slots:
        for word in slot.words:
            words[round(word.start / _STEP_S) : round(word.end / _STEP_S)] = 1.0
    if words.sum() * _STEP_S < _LEAST_SPOKEN_S or not _SPOKEN_SHARE[0] <= words.mean() <= _SPOKEN_SHARE[1]:
        return None
    most = round(_SPEECH_WITHIN_S / _STEP_S)
    return _alignment({late * _STEP_S: _correlation(_late(words, late), level) for late in range(-most, most + 1, 2)})


def cuts_alignment(pictures: npt.NDArray[np.uint8], plan: Timeline) -> Alignment | None:
    """Align the cuts in small grey `pictures`, shape (frames, pixels), with those of the plan. Agreement is how many
    times more the picture changes at the cuts than it does on average."""
    # A cut takes the first frames of its shot: what is seen of it most is in their middle.
    cuts = [slot.first + FRAMES // 2 for slot in plan.slots[1:]]
    if len(cuts) < 2 or len(pictures) < FPS:
        return None
    changes = np.zeros(len(pictures))
    for frame, (before, after) in enumerate(pairwise(pictures), 1):
        changes[frame] = np.abs(after.astype(np.int16) - before).mean()
    smooth = np.convolve(changes, _CUT_WINDOW, "same")
    most = round(_CUTS_WITHIN_S * FPS)
    padded = np.pad(smooth, most)
    usual = max(float(smooth.mean()), 1e-3)
    at_cuts = np.array([cut for cut in cuts if cut < len(smooth)], int) + most
    if not len(at_cuts):
        return None
    return _alignment({late / FPS: float(padded[at_cuts + late].mean()) / usual for late in range(-most, most + 1)})


def _alignment(agreement: dict[float, float]) -> Alignment:
    late, best = max(agreement.items(), key=lambda delay_and_value: (delay_and_value[1], -abs(delay_and_value[0])))
    planned = max(value for at, value in agreement.items() if abs(at) <= _ON_TIME_S + 1e-9)
    return Alignment(round(late, 3), round(best, 3), round(planned, 3))


def _level(sound: npt.NDArray[np.float32], size: int) -> Signal:
    """The level of sibilants in each `size` samples in decibels, with what is faint raised to one floor."""
    count = len(sound) // size
    if not count:
        return np.zeros(0)
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / _HZ)
    spectrum[(hertz < _SIBILANTS[0]) | (hertz > _SIBILANTS[1])] = 0
    parts = np.fft.irfft(spectrum, len(sound))[: count * size].reshape(count, size)
    level = 10 * np.log10((parts**2).mean(axis=1) + 1e-9)
    return np.asarray(np.maximum(level, level.max() - _FAINT_DB), np.float64)


def _late(signal: Signal, late: int) -> Signal:
    """The signal delayed by `late` samples, or moved ahead if that is negative."""
    moved = np.zeros_like(signal)
    if late >= 0:
        moved[late:] = signal[: len(signal) - late]
    else:
        moved[:late] = signal[-late:]
    return moved


def _correlation(first: Signal, second: Signal) -> float:
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _decibels(pattern: re.Pattern[str], report: str) -> float:
    """The last level that ffmpeg reported."""
    every = pattern.findall(report)
    if not every or not re.fullmatch(r"-?[\d.]+", every[-1]):
        return -99.0
    return float(every[-1])


def _stretches(pattern: re.Pattern[str], report: str, lasts: float) -> tuple[Stretch, ...]:
    """The stretches that ffmpeg reported as starts and ends; one without an end lasts until the end of the film."""
    found: list[Stretch] = []
    start: float | None = None
    for which, second in pattern.findall(report):
        if which == "start":
            start = max(float(second), 0.0)
        elif start is not None:
            found.append((round(start, 2), round(float(second), 2)))
            start = None
    if start is not None:
        found.append((round(start, 2), round(max(lasts, start), 2)))
    return tuple(found)
