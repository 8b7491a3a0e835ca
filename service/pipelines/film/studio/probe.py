"""A finished film measured: its index read (`mp4.py`), all of it decoded once by ffmpeg."""

import hashlib
import re
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from service.pipeline import Context, Output
from service.pipelines.film.script.timeline import FPS, Timeline
from service.pipelines.film.studio import ffmpeg, mp4, processes

_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\w+)(?:\([^)]*\))?, (\d+)x(\d+)", re.DOTALL)
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+).*?, (\d+) Hz, (\w+)")
_LOUDNESS = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS\s+Threshold", re.IGNORECASE)
_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", re.IGNORECASE)
_BLACK = re.compile(r"black_(start|end):\s*([\d.]+)")
_FROZEN = re.compile(r"freeze_(start|end): ([\d.]+)")
_SILENT = re.compile(r"silence_(start|end): (-?[\d.]+)")

_HZ = ffmpeg.HEARD_HZ
_STEP_S = 0.01
_SIBILANTS = (3000.0, 7500.0)
"""Hz. Speech has its s, f and t here and music has little, so that the one is heard through the other."""
_FAINT_DB = 45.0
_SPEECH_WITHIN_S, _CUTS_WITHIN_S = 1.5, 1.0
_LEAST_SPOKEN_S = 1.0
_SPOKEN_SHARE = (0.1, 0.9)
_NEAR_S = 0.2
_CUT_WINDOW = np.hanning(15) / np.hanning(15).sum()

Stretch: TypeAlias = tuple[float, float]
"""Its first and last second of the film."""
Signal: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Step:
    """How what is measured lies against what is planned: best with `late_s` seconds of delay, where the two agree by
    `best`, and by `planned` within 0.2 s of the plan. What agreement means is its measure's own."""

    late_s: float
    best: float
    planned: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Times are in seconds, sizes in pixels and bytes; `-inf` becomes -99.0.

    `fps` is 0.0 where frames are not equally long. `picture_s` and `sound_s` are as decoded; starts and ends as the
    index has them. `speech` and `cuts` are None where the plan has too little of them to tell.
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
    speech: Step | None
    cuts: Step | None
    bytes: int
    sha256: str

    def to_json(self) -> Output:
        return asdict(self)


def measure(ctx: Context, film: Path, plan: Timeline) -> Measured:
    """Decode all of `film` once.

    Raises `mp4.Broken` for what is no whole film, `Later("probe_failed")` where ffmpeg cannot read it all the same.
    """
    index = mp4.read(film)
    picture, track = index.track("vide"), index.track("soun")
    if picture is None or track is None:
        message = f"it has no {'picture' if picture is None else 'sound'}"
        raise mp4.Broken(message)
    heard = ctx.scratch / "heard.raw"
    seen, report = processes.run_checked(ctx, ffmpeg.measure(film, heard), code="probe_failed")
    side = ffmpeg.SEEN_SIDE
    pictures = np.frombuffer(seen, np.uint8).reshape(-1, side * side)
    sound = np.fromfile(heard, "<i2").astype(np.float32) / np.float32(32768)
    heard.unlink()
    given = report.split("Stream mapping:", maxsplit=1)[0]
    video, audio = _VIDEO.search(given), _AUDIO.search(given)
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
        speech=speech_step(sound, plan),
        cuts=cuts_step(pictures, plan),
        bytes=film.stat().st_size,
        sha256=digest,
    )


def heard(ctx: Context, sound: Path) -> tuple[float, float]:
    """Loudness in LUFS and true peak in dBTP of a file's sound. Raises `Later("probe_failed")`."""
    _, report = processes.run_checked(ctx, ffmpeg.hear(sound), code="probe_failed")
    return _decibels(_LOUDNESS, report), _decibels(_PEAK, report)


def speech_step(sound: npt.NDArray[np.float32], plan: Timeline) -> Step | None:
    """How the speech in `sound`, mono at 16 kHz, lies against the plan's words. Agreement is the correlation of the
    level of sibilants with "a word is being said", from -1 to 1."""
    size = round(_STEP_S * _HZ)
    level = _level(sound, size)
    words = np.zeros(len(level))
    for slot in plan.slots:
        for word in slot.words:
            words[round(word.start / _STEP_S) : round(word.end / _STEP_S)] = 1.0
    if words.sum() * _STEP_S < _LEAST_SPOKEN_S or not _SPOKEN_SHARE[0] <= words.mean() <= _SPOKEN_SHARE[1]:
        return None
    most = round(_SPEECH_WITHIN_S / _STEP_S)
    return _step({late * _STEP_S: _correlation(_late(words, late), level) for late in range(-most, most + 1, 2)})


def cuts_step(pictures: npt.NDArray[np.uint8], plan: Timeline) -> Step | None:
    """How the cuts in small grey `pictures`, shape (frames, pixels), lie against the plan's. Agreement is by how many
    times the picture changes more at the cuts than it does on average."""
    cuts = [slot.first for slot in plan.slots[1:]]
    if len(cuts) < 2 or len(pictures) < FPS:
        return None
    changes = np.zeros(len(pictures))
    for place, (before, after) in enumerate(pairwise(pictures), 1):
        changes[place] = np.abs(after.astype(np.int16) - before).mean()
    # A transition takes some frames, and its middle is the cut.
    smooth = np.convolve(changes, _CUT_WINDOW, "same")
    most = round(_CUTS_WITHIN_S * FPS)
    padded = np.pad(smooth, most)
    usual = max(float(smooth.mean()), 1e-3)
    places = np.array([cut for cut in cuts if cut < len(smooth)], int) + most
    if not len(places):
        return None
    return _step({late / FPS: float(padded[places + late].mean()) / usual for late in range(-most, most + 1)})


def _step(agreement: dict[float, float]) -> Step:
    late, best = max(agreement.items(), key=lambda one: (one[1], -abs(one[0])))
    planned = max(value for at, value in agreement.items() if abs(at) <= _NEAR_S + 1e-9)
    return Step(round(late, 3), round(best, 3), round(planned, 3))


def _level(sound: npt.NDArray[np.float32], size: int) -> Signal:
    """The level of sibilants in each `size` samples, in decibels above what is faint beside the loudest."""
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
    moved = np.zeros_like(signal)
    if late >= 0:
        moved[late:] = signal[: len(signal) - late]
    else:
        moved[:late] = signal[-late:]
    return moved


def _correlation(one: Signal, other: Signal) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _decibels(pattern: re.Pattern[str], report: str) -> float:
    every = pattern.findall(report)
    if not every or not re.fullmatch(r"-?[\d.]+", every[-1]):
        return -99.0
    return float(every[-1])


def _stretches(pattern: re.Pattern[str], report: str, lasts: float) -> tuple[Stretch, ...]:
    """From pairs of a start and an end; what has no end lasts until that of the film."""
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
