"""Mastering measures the sound as it is encoded, so the film must contain exactly what was encoded then."""

import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from service.pipelines.film.studio import ffmpeg
from service.pipelines.film.studio.sound import RATE


def packets(file: Path) -> str:
    """The digests of the packets of the encoded sound."""
    args: list[str | Path] = [
        ffmpeg.program(),
        "-hide_banner",
        "-loglevel",
        "error",
        "-i",
        file,
        "-map",
        "0:a",
        "-c",
        "copy",
    ]
    listing = subprocess.run([*args, "-f", "framemd5", "-"], check=True, capture_output=True, text=True).stdout
    return "\n".join(line.split(",")[-1] for line in listing.splitlines() if not line.startswith("#"))


@pytest.mark.slow
def test_a_film_has_the_sound_that_was_measured(tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    noise = chance.normal(0, 0.2, (RATE * 4, 2)) * np.linspace(0.2, 1.0, RATE * 4)[:, None]
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes((np.clip(noise, -1, 1) * 32767).astype("<i2").tobytes())
    picture = tmp_path / "shot.mp4"
    source = ("-f", "lavfi", "-i", "color=s=64x64:d=4:r=30", "-c:v", "libx264", "-y", picture)
    subprocess.run([ffmpeg.program(), "-hide_banner", "-loglevel", "error", *source], check=True)
    (tmp_path / "parts.txt").write_text("ffconcat version 1.0\nfile 'shot.mp4'\n")
    subprocess.run(ffmpeg.to_aac(sound, tmp_path / "alone.m4a"), check=True)
    subprocess.run(ffmpeg.assemble(tmp_path / "parts.txt", tmp_path / "alone.m4a", tmp_path / "film.mp4"), check=True)
    assert packets(tmp_path / "film.mp4") == packets(tmp_path / "alone.m4a")
