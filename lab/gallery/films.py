"""Make one film of the gallery with the film's own stages, and a strip of its frames."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from PIL import Image

from lab.gallery.briefs import Example
from lab.harness.film_context import walk
from service.pipeline import Job, Output, StageError
from service.pipelines.film import pipeline
from service.pipelines.film.script.voice.timeline import FPS

FRAMES = 6
HEIGHT = 300
"""Pixels of a frame in the strip."""
LATE = 0.9
"""When in a shot a frame is taken, as a share of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A brief with a preset, an aspect ratio and a length, None being what its words need: one film to make."""

    brief: Example
    preset: str
    ratio: str
    seconds: float | None

    @property
    def job_id(self) -> str:
        return f"{self.brief.name}-{self.preset}-{self.ratio.replace(':', 'x')}"[:36]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """What became of a variant: its film's `result`, or a `refusal`. `strip` has frames of the film side by side, and
    `poster` is the film's own."""

    variant: Variant
    result: Output | None
    rounds: int
    voice: str | None
    refusal: StageError | None
    strip: Image.Image | None
    took_s: float
    poster: Image.Image | None = None

    @property
    def summary(self) -> str:
        """Describe the film in one line."""
        what = f"{self.variant.brief.name}, {self.variant.preset}, {self.variant.ratio}"
        if self.refusal is not None:
            return f"{what}: {self.refusal.code}: {self.refusal.sentence}"
        score = self.facts["score"]
        return f"{what}: {self.facts['seconds']:.1f} s, says {score:.0%} of the brief, made in {self.took_s:.0f} s"

    @property
    def is_surprise(self) -> bool:
        """Whether the result is unexpected: only the brief with nothing in it should be refused."""
        return (self.refusal is not None) != (self.variant.brief.name == "bad")

    @property
    def facts(self) -> dict[str, Any]:
        """Return what the table shows of it."""
        facts: dict[str, Any] = {
            "brief": self.variant.brief.name,
            "preset": self.variant.preset,
            "ratio": self.variant.ratio,
            "rounds": self.rounds,
            "voice": self.voice,
        }
        if self.result is None:
            return {**facts, "refusal": str(self.refusal)}
        technical, semantic = self.result["qa"]["technical"], self.result["qa"]["semantic"]
        measured = technical["measured"]
        return {
            **facts,
            "seconds": self.result["duration_sec"],
            "score": semantic["score"],
            "threshold": semantic["threshold"],
            "loudness_lufs": measured["loudness_lufs"],
            "true_peak_dbtp": measured["true_peak_dbtp"],
            "bytes": measured["bytes"],
        }


def make(variant: Variant, folder: Path) -> Exhibit:
    """Make the film in `folder`/<job> and keep what the page needs."""
    job = Job(
        id=variant.job_id,
        user_id="gallery",
        content=variant.brief.content,
        preset=variant.preset,
        metadata={"aspect_ratio": variant.ratio, "duration_sec": variant.seconds},
    )
    home = folder / variant.job_id
    began = time.monotonic()
    try:
        outputs = walk(pipeline({}), job, home)
    except StageError as error:
        return Exhibit(
            variant=variant,
            result=None,
            rounds=1,
            voice=None,
            refusal=error,
            strip=None,
            took_s=time.monotonic() - began,
        )
    took = time.monotonic() - began
    result = outputs["FINALIZE"]
    film = Path(result["film_url"].removeprefix("file://"))
    with Image.open(result["poster_url"].removeprefix("file://")) as opened:
        poster = opened.convert("RGB")
    strip = _strip(film, outputs["AUDIO_GENERATION"]["timeline"]["slots"], home)
    shutil.copyfile(film, home / "film.mp4")
    shutil.rmtree(home / "artifacts")
    return Exhibit(
        variant=variant,
        result=result,
        rounds=2 if (home / "QA_SEMANTIC-1").exists() else 1,
        voice=outputs["AUDIO_GENERATION"]["voice"],
        refusal=None,
        strip=strip,
        took_s=took,
        poster=poster,
    )


def _strip(film: Path, slots: list[dict[str, Any]], scratch: Path) -> Image.Image:
    """Return frames from late in their shots, when all words are on screen, side by side."""
    count = min(FRAMES, len(slots))
    chosen = [slots[round(number * (len(slots) - 1) / max(count - 1, 1))] for number in range(count)]
    frames = []
    for number, slot in enumerate(chosen):
        at = (slot["first"] + LATE * (slot["end"] - slot["first"])) / FPS
        to = scratch / f"frame-{number}.png"
        source = ("-hide_banner", "-loglevel", "error", "-ss", f"{at:.3f}", "-i", str(film))
        output = ("-frames:v", "1", "-vf", f"scale=-2:{HEIGHT}:flags=area", "-y", str(to))
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *source, *output], check=True)
        with Image.open(to) as picture:
            frames.append(picture.convert("RGB"))
        to.unlink()
    return beside(frames)


def beside(frames: Sequence[Image.Image]) -> Image.Image:
    """Return frames side by side, wide ones in two rows."""
    across = -(-len(frames) // 2) if frames[0].width > frames[0].height else len(frames)
    width, height, gap = frames[0].width, frames[0].height, 6
    rows = -(-len(frames) // across)
    strip = Image.new("RGB", (across * (width + gap) - gap, rows * (height + gap) - gap), "white")
    for number, frame in enumerate(frames):
        strip.paste(frame, (number % across * (width + gap), number // across * (height + gap)))
    return strip
