"""A picture behind the words: it fills the frame, never stands still, and words on it can be read."""

import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

from lab.harness.film_context import local_context
from service.pipeline import Later
from service.pipelines.film.script.look.palettes import PALETTES, Colour, contrast
from service.pipelines.film.script.treatment import Motion
from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio import ffmpeg
from service.pipelines.film.studio.backdrop import Clip, Placement, Still
from service.pipelines.film.studio.canvas import Canvas
from tests.support.colours import colours_of

SIZE = (216, 384)
MAKERS: dict[str, Callable[[int, int], Image.Image]] = {
    "white": lambda width, height: Image.new("RGB", (width, height), (255, 255, 255)),
    "black": lambda width, height: Image.new("RGB", (width, height)),
    "noise": lambda width, height: Image.fromarray(
        np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    ),
    "stripes": lambda width, height: Image.fromarray(
        np.repeat(((np.indices((height, width)).sum(axis=0) // 9 % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)
    ),
    "colours": lambda width, height: Image.fromarray(
        np.stack(
            [
                np.tile(np.linspace(0, 255, width), (height, 1)),
                np.tile(np.linspace(255, 0, height)[:, None], (1, width)),
                np.full((height, width), 200.0),
            ],
            axis=2,
        ).astype(np.uint8)
    ),
}


def picture(kind: str, folder: Path, size: tuple[int, int] = (300, 400)) -> Path:
    file = folder / f"{kind}.png"
    MAKERS[kind](*size).save(file)
    return file


def least_contrast(canvas: Canvas, ink: Colour) -> float:
    return min(contrast(ink, colour) for colour in colours_of(np.asarray(canvas.rgb())))


@pytest.mark.parametrize("name", sorted(PALETTES))
def test_words_are_readable_on_every_picture_as_painted(name: str, tmp_path: Path) -> None:
    palette = PALETTES[name]
    for kind in MAKERS:
        still = Still(picture(kind, tmp_path), palette, Placement((96, 160), 2.0, 3.0), "closer")
        canvas = Canvas(96, 160)
        for second in (2.0, 4.9):
            still.paint(canvas, second)
            assert least_contrast(canvas, palette.text) >= 4.5
            assert least_contrast(canvas, palette.accent) >= 4.5


def test_a_picture_that_is_easy_to_write_on_keeps_its_colours(tmp_path: Path) -> None:
    canvas = Canvas(*SIZE)
    Still(picture("black", tmp_path), PALETTES["midnight"], Placement(SIZE, 0.0, 3.0), "closer").paint(canvas, 0.0)
    assert np.asarray(canvas.rgb()).mean() < 2


@pytest.mark.parametrize("motion", get_args(Motion))
@pytest.mark.parametrize("size", [(60, 40), (900, 300)])
def test_no_frame_is_like_the_one_before(motion: Motion, size: tuple[int, int], tmp_path: Path) -> None:
    still = Still(picture("colours", tmp_path, size), PALETTES["ember"], Placement(SIZE, 1.0, 4.0), motion)
    canvas = Canvas(*SIZE)
    frames = []
    for number in range(0, 120, 10):
        still.paint(canvas, 1.0 + number / FPS)
        frames.append(canvas.planes[0].tobytes())
    assert all(before != after for before, after in pairwise(frames))


def clip(folder: Path, seconds: int, colour: str = "testsrc2") -> Path:
    file = folder / "clip.mp4"
    source = f"{colour}=size=160x90:rate=24:duration={seconds}"
    how = ["-loglevel", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-y"]
    subprocess.run([ffmpeg.program(), *how, file], check=True)
    return file


@pytest.mark.parametrize(("seconds", "shot_s"), [(4, 3.0), (4, 5.5)])
def test_a_clip_plays_through_its_shot_and_leaves_no_process(seconds: int, shot_s: float, tmp_path: Path) -> None:
    ctx = local_context(tmp_path / "c")
    palette = PALETTES["lemon"]
    canvas = Canvas(*SIZE)
    frames = []
    with Clip(ctx, clip(tmp_path, seconds), palette, Placement(SIZE, 2.0, shot_s), seconds) as ground:
        for number in range(round(shot_s * FPS)):
            ground.paint(canvas, 2.0 + number / FPS)
            frames.append(canvas.planes[0].tobytes())
        assert least_contrast(canvas, palette.text) >= 4.5
        assert least_contrast(canvas, palette.accent) >= 4.5
    assert len(set(frames)) >= 0.55 * len(frames)
    # It does not end before its shot does.
    assert len(set(frames[-8:])) > 2
    assert all(child.poll() is not None for child in ctx.children)


def test_a_clip_that_cannot_be_decoded_is_tried_again_later(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"no film")
    with (
        Clip(local_context(tmp_path / "c"), file, PALETTES["mist"], Placement(SIZE, 0.0, 1.0), 4) as ground,
        pytest.raises(Later, match="render_failed"),
    ):
        ground.paint(Canvas(*SIZE), 0.0)
