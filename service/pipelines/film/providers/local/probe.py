"""A finished film measured by ffmpeg: what it is, and what is wrong with it."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from service.pipeline import Context, Output
from service.pipelines.film.providers.local import children, ffmpeg

_DURATION = re.compile(r"Duration: (\d+):(\d\d):(\d\d\.\d+)")
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\w+)(?:\([^)]*\))?, (\d+)x(\d+).*?, ([\d.]+) fps", re.DOTALL)
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+).*?, (\d+) Hz, (\w+)")
_LOUDNESS = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS\s+Threshold", re.IGNORECASE)
_PEAK = re.compile(r"Peak:\s+(-?[\d.]+|-?inf|nan) dBFS", re.IGNORECASE)
_BLACK = re.compile(r"black_start:\S+ black_end:\S+ black_duration:([\d.]+)")
_FREEZES = re.compile(r"freeze_start: ([\d.]+)")
_THAWS = re.compile(r"freeze_end: ([\d.]+)")
_SILENT = re.compile(r"silence_duration: ([\d.]+)")

FPS = 30.0
_LOUDNESS_OFF, _TARGET, _HIGHEST_PEAK = 1.0, -14.0, -1.0
_BLACK_SHARE, _SILENT_SHARE = 0.1, 0.34


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Times are in seconds, sizes in pixels and bytes; `-inf` becomes -99.0."""

    video_codec: str
    pixel_format: str
    width: int
    height: int
    fps: float
    audio_codec: str
    sample_rate: int
    duration_s: float
    loudness_lufs: float
    true_peak_dbtp: float
    black_s: float
    frozen_s: float
    silent_s: float
    bytes: int

    def to_json(self) -> Output:
        return asdict(self)


def measure(ctx: Context, film: Path) -> Measured:
    """Decode all of `film` once. Raises `Later("probe_failed")` where ffmpeg cannot read it."""
    _, report = children.must(ctx, ffmpeg.measure(film), code="probe_failed")
    return parsed(report, film.stat().st_size)


def heard(ctx: Context, sound: Path) -> tuple[float, float]:
    """Loudness in LUFS and true peak in dBTP of a file's sound. Raises as `measure`."""
    _, report = children.must(ctx, ffmpeg.hear(sound), code="probe_failed")
    return _decibels(_LOUDNESS, report), _decibels(_PEAK, report)


def parsed(report: str, size: int) -> Measured:
    """What ffmpeg's report says. What it does not say is 0 or "", which no film passes with."""
    given = report.split("Stream mapping:", maxsplit=1)[0]
    video, audio, length = _VIDEO.search(given), _AUDIO.search(given), _DURATION.search(given)
    hours, minutes, seconds = length.groups() if length else ("0", "0", "0")
    duration = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    # A picture that stands still until the end is never said to thaw.
    thaws = [float(second) for second in _THAWS.findall(report)] + [duration]
    frozen = sum(thaw - float(second) for second, thaw in zip(_FREEZES.findall(report), thaws, strict=False))
    return Measured(
        video_codec=video.group(1) if video else "",
        pixel_format=video.group(2) if video else "",
        width=int(video.group(3)) if video else 0,
        height=int(video.group(4)) if video else 0,
        fps=float(video.group(5)) if video else 0.0,
        audio_codec=audio.group(1) if audio else "",
        sample_rate=int(audio.group(2)) if audio else 0,
        duration_s=duration,
        loudness_lufs=_decibels(_LOUDNESS, report),
        true_peak_dbtp=_decibels(_PEAK, report),
        black_s=_total(_BLACK, report),
        frozen_s=round(frozen, 3),
        silent_s=_total(_SILENT, report),
        bytes=size,
    )


def findings(found: Measured, width: int, height: int, seconds: float) -> list[str]:
    """What is wrong with the film, each in a few words; an empty list for a good one."""
    checks = (
        (found.video_codec == "h264", f"the picture is {found.video_codec or 'missing'} and not h264"),
        (found.pixel_format == "yuv420p", f"the pixels are {found.pixel_format or 'missing'} and not yuv420p"),
        (found.audio_codec == "aac", f"the sound is {found.audio_codec or 'missing'} and not aac"),
        ((found.width, found.height) == (width, height), f"it is {found.width}x{found.height}, not {width}x{height}"),
        (abs(found.fps - FPS) < 0.01, f"it has {found.fps:g} frames a second and not {FPS:g}"),  # noqa: PLR2004
        (abs(found.duration_s - seconds) <= 0.05 * seconds, f"it lasts {found.duration_s:.2f} s, not {seconds:.2f} s"),
        (abs(found.loudness_lufs - _TARGET) <= _LOUDNESS_OFF, f"its loudness is {found.loudness_lufs:.1f} LUFS"),
        (found.true_peak_dbtp <= _HIGHEST_PEAK, f"its true peak is {found.true_peak_dbtp:.1f} dBTP"),
        (found.black_s <= _BLACK_SHARE * seconds, f"it is black for {found.black_s:.1f} s"),
        (found.silent_s <= _SILENT_SHARE * seconds, f"it is silent for {found.silent_s:.1f} s"),
        (found.frozen_s <= _BLACK_SHARE * seconds, f"its picture stands still for {found.frozen_s:.1f} s"),
    )
    return [wrong for good, wrong in checks if not good]


def _decibels(pattern: re.Pattern[str], report: str) -> float:
    every = pattern.findall(report)
    if not every or not re.fullmatch(r"-?[\d.]+", every[-1]):
        return -99.0
    return float(every[-1])


def _total(pattern: re.Pattern[str], report: str) -> float:
    return round(sum(float(seconds) for seconds in pattern.findall(report)), 3)
