"""The words in the picture are read back: what is painted is what was meant, in one piece, and can be read."""

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image, ImageFilter

from service.pipelines.film.script.look import storyboard
from service.pipelines.film.script.look.palettes import Colour, contrast
from service.pipelines.film.script.voice import captions
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import reading, shots, sprites
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.reading import Look, Word
from service.pipelines.film.studio.shots import Film
from service.pipelines.film.wishes import SIZES
from tests.pipelines.film.test_real_briefs import BRIEFS, planned, timed

Frame: TypeAlias = Image.Image
KINDS = [("launch", "9:16"), ("ar", "16:9"), ("es", "1:1")]


@functools.cache
def film(name: str, ratio: str) -> Film:
    """The film of a brief at half its size."""
    one = next(one for one in BRIEFS if one["name"] == name)
    run = {**one["runs"][0], "metadata": {**one["runs"][0]["metadata"], "aspect_ratio": ratio}}
    treatment = planned(one, run)
    timeline = timed(treatment)
    width, height = (side // 2 for side in SIZES[ratio])
    board = storyboard.draw_up(treatment, Seed.of_job(name))
    return Film(treatment, board, timeline, captions.cues(timeline), width, height, 23)


def canvas_of(made: Film, look: Look, *, behind: bool = True) -> Canvas:
    """Paint the frame of a look, or only its ground."""
    index = next(at for at, slot in enumerate(made.timeline.slots) if look.frame < slot.end)
    painter = shots.Painter(made, index)
    if not behind:
        painter.things, painter.subtitles = [], []
    canvas = Canvas(made.width, made.height)
    painter.paint(canvas, look.frame - made.timeline.slots[index].first)
    return canvas


def halved(canvas: Canvas) -> np.ndarray:
    return np.asarray(canvas.planes[0].reduce(2))


def lost(canvas: Canvas, words: Sequence[Word]) -> int:
    return sum(not reading.is_read(halved(canvas), word) for word in words)


@pytest.mark.parametrize(("name", "ratio"), KINDS)
def test_every_word_that_is_meant_is_read_with_its_contrast(name: str, ratio: str) -> None:
    made = film(name, ratio)
    looks = reading.looks(made, [])
    assert len(looks) >= len(made.timeline.slots)
    for look in looks:
        canvas = canvas_of(made, look)
        assert lost(canvas, look.words) == 0, look.frame
        painted = canvas.rgb()
        for word in look.words:
            assert word.left >= 0
            assert word.top >= 0
            assert word.box[2] <= made.width
            assert word.box[3] <= made.height
            assert seen_contrast(painted, word, look.words) >= 4.4, (look.frame, word.box)  # Levels of YUV are coarse.


def seen_contrast(painted: Image.Image, word: Word, others: Sequence[Word]) -> float:
    """The contrast between a word and what is right around it, as painted."""
    whole, all_ink = (Image.new("L", painted.size) for _ in range(2))
    for one in others:
        all_ink.paste(255, (one.left, one.top), one.mask.full)
    whole.paste(word.mask.full, (word.left, word.top))
    left, top, right, bottom = word.box
    box = (left - 6, top - 6, right + 6, bottom + 6)
    own, ink = whole.crop(box), np.asarray(all_ink.crop(box))
    near = np.asarray(own.filter(ImageFilter.MaxFilter(9)))
    pixels = np.asarray(painted.crop(box)).reshape(-1, 3)
    core = pixels[np.asarray(own.filter(ImageFilter.MinFilter(3))).ravel() > 250]
    around = pixels[((near > 127) & (np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(5))) == 0)).ravel()]
    if len(core) < 8 or len(around) < 8:
        return 21.0
    return contrast(middle(core), middle(around))


def middle(pixels: np.ndarray) -> Colour:
    red, green, blue = np.median(pixels, axis=0)
    return round(red), round(green), round(blue)


def test_words_that_are_missing_covered_or_somewhere_else_are_not_read() -> None:
    made = film("launch", "9:16")
    look = next(look for look in reading.looks(made, []) if len(look.words) > 3)
    canvas = canvas_of(made, look)
    assert lost(canvas, look.words) == 0
    assert lost(canvas_of(made, look, behind=False), look.words) == len(look.words)
    moved = [Word(word.mask, word.left + 16, word.top + 10) for word in look.words]
    assert lost(canvas, moved) > 0.7 * len(moved)
    outside = Word(look.words[0].mask, made.width - 8, look.words[0].top)
    assert lost(canvas, [outside]) == 1
    longest = max(look.words, key=lambda word: word.mask.width / word.mask.height)
    left, top, right, bottom = longest.box
    canvas.paint(sprites.card((right - left) * 2 // 3, bottom - top + 8, 4), (120, 120, 120), left, top - 4)
    assert lost(canvas, [longest]) == 1


def test_findings_name_what_cannot_be_read_and_when(tmp_path: Path) -> None:
    # Its captions say more than is on screen already.
    made = film("de2", "1:1")
    looks = [look for look in reading.looks(made, []) if any(word.is_caption for word in look.words)][:1]
    assert looks
    size = (made.width, made.height)
    good, bad = tmp_path / "good.raw", tmp_path / "bad.raw"
    good.write_bytes(halved(canvas_of(made, looks[0])).tobytes())
    bad.write_bytes(halved(canvas_of(made, looks[0], behind=False)).tobytes())
    assert list(reading.findings(good, size, looks)) == []
    (said,) = [one for one in reading.findings(bad, size, looks) if "caption" in one]
    assert said.endswith(f"caption at {looks[0].frame / 30:.1f} s cannot be read in the picture")
    assert list(reading.findings(good, size, looks * 2)) == ["its frames cannot be read back"]


def test_a_long_film_is_looked_at_in_as_many_frames_as_a_short_one() -> None:
    looks = reading.looks(film("es", "1:1"), [])
    assert len(looks) <= 24
    assert [look.frame for look in looks] == sorted({look.frame for look in looks})
