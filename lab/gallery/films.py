"""One film of the gallery: made by the film's own stages, and a strip of its frames."""

import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from PIL import Image

from lab.gallery.briefs import Example
from lab.harness.film_context import walk
from service.pipeline import Job, Output, StageError
from service.pipelines.film import pipeline

FRAMES = 4
HEIGHT = 240
"""Pixels of a frame in the strip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    brief: Example
    preset: str
    ratio: str
    seconds: float

    @property
    def job_id(self) -> str:
        return f"{self.brief.name}-{self.preset}-{self.ratio.replace(':', 'x')}"[:36]


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What became of an order: `result` of the film, or the `refusal`; `strip` has its frames side by side."""

    order: Order
    result: Output | None
    rounds: int
    voice: str | None
    refusal: StageError | None
    strip: Image.Image | None
    took_s: float

    @property
    def summary(self) -> str:
        """One line."""
        what = f"{self.order.brief.name}, {self.order.preset}, {self.order.ratio}"
        if self.refusal is not None:
            return f"{what}: {self.refusal.code}: {self.refusal.sentence}"
        score = self.facts["score"]
        return f"{what}: {self.facts['seconds']:.1f} s, says {score:.0%} of the brief, made in {self.took_s:.0f} s"

    @property
    def is_surprise(self) -> bool:
        """Only the brief with nothing in it is refused."""
        return (self.refusal is not None) != (self.order.brief.name == "bad")

    @property
    def facts(self) -> dict[str, Any]:
        """For the table."""
        facts: dict[str, Any] = {
            "brief": self.order.brief.name,
            "preset": self.order.preset,
            "ratio": self.order.ratio,
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


def make(order: Order, folder: Path) -> Film:
    """Make the film under `folder`/<job>, and keep of it what the page needs."""
    job = Job(
        id=order.job_id,
        user_id="gallery",
        content=order.brief.content,
        preset=order.preset,
        metadata={"aspect_ratio": order.ratio, "duration_sec": order.seconds},
    )
    home = folder / order.job_id
    began = time.monotonic()
    try:
        outputs = walk(pipeline({}), job, home)
    except StageError as error:
        return Film(
            order=order,
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
    strip = _strip(film, outputs["AUDIO_GENERATION"]["timeline"]["slots"], home)
    shutil.copyfile(film, home / "film.mp4")
    shutil.rmtree(home / "artifacts")
    return Film(
        order=order,
        result=result,
        rounds=2 if (home / "QA_SEMANTIC-1").exists() else 1,
        voice=outputs["AUDIO_GENERATION"]["voice"],
        refusal=None,
        strip=strip,
        took_s=took,
    )


def _strip(film: Path, slots: list[dict[str, Any]], scratch: Path) -> Image.Image:
    """Frames from late in the shots, when their words are there, side by side."""
    count = min(FRAMES, len(slots))
    places = [slots[round(number * (len(slots) - 1) / max(count - 1, 1))] for number in range(count)]
    frames = []
    for number, slot in enumerate(places):
        at = (slot["first"] + 0.78 * (slot["end"] - slot["first"])) / 30
        to = scratch / f"frame-{number}.png"
        source = ("-hide_banner", "-loglevel", "error", "-ss", f"{at:.3f}", "-i", str(film))
        frame = ("-frames:v", "1", "-vf", f"scale=-2:{HEIGHT}:flags=area", "-y", str(to))
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *source, *frame], check=True)
        with Image.open(to) as picture:
            frames.append(picture.convert("RGB"))
        to.unlink()
    gap = 6
    strip = Image.new("RGB", (sum(one.width for one in frames) + gap * (len(frames) - 1), HEIGHT), "white")
    left = 0
    for one in frames:
        strip.paste(one, (left, 0))
        left += one.width + gap
    return strip
