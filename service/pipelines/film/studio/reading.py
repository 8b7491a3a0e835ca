"""Read back the words that are burned into a film: where its plan has a word in the picture, the decoded frames must
have its shape, in one piece and covered by nothing. What was meant is known, so this needs no OCR."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.pipelines.film.script.voice.timeline import FPS
from service.pipelines.film.studio import shots
from service.pipelines.film.studio.canvas import Mask
from service.pipelines.film.studio.moving import Counting
from service.pipelines.film.studio.shots import Film
from service.pipelines.film.studio.sprites import Sprite, Thing
from service.pipelines.film.studio.zones import Box

SCALE = 2
"""Frames are read at half their size: `Mask` has the shapes at that size."""
_MOST_FRAMES = 24
_AROUND = 2
"""Pixels, at half size, around a word that belong to its picture: without them a covered word could not be told."""
_LEAST_INK = 24
"""Pixels, at half size. A lone point or comma is too small to be told from its neighbours."""
_PART = 2.0
"""How wide the parts of a line are that must agree each on its own, as a multiple of its height."""
READ = 0.4
"""Agreement, the correlation of a word's shape with the light there, from which it is read. The words of 45 briefs have
0.6 and more even in frames of half the usual size, whole films 0.8 and more; other words in their place have 0.1."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word's shape with its left and top edge, in pixels of the whole frame. `is_caption`: of a caption."""

    mask: Mask
    left: int
    top: int
    is_caption: bool = False

    @property
    def box(self) -> Box:
        return self.left, self.top, self.left + self.mask.width, self.top + self.mask.height


@dataclass(frozen=True, slots=True)
class Look:
    """A frame of the film, counted from its start, and the words that must be seen in it."""

    frame: int
    words: tuple[Word, ...]


def looks(film: Film, plated: Sequence[int]) -> list[Look]:
    """Return which frames to look at, and for what: the end of each shot, when all its words are there, and the middle
    of each caption; in a long film, evenly chosen ones of them. `plated`: the shots with a picture behind them."""
    found: list[Look] = []
    for index, slot in enumerate(film.timeline.slots):
        layout = shots.laid_out(film, index, is_plated=index in plated, is_sketch=True)
        end = slot.end - 2
        in_shot = {end: [Word(*shape) for thing in layout.things for shape in _shapes(thing, (end - slot.first) / FPS)]}
        for caption in layout.subtitles:
            middle = min(round((caption.start + caption.end) / 2 * FPS), end)
            words = [Word(word.mask, word.left, word.top, is_caption=True) for word in caption.words]
            in_shot.setdefault(middle, []).extend(words)
        found += [Look(frame, tuple(words)) for frame, words in sorted(in_shot.items()) if words]
    if len(found) <= _MOST_FRAMES:
        return found
    return [found[round(place * (len(found) - 1) / (_MOST_FRAMES - 1))] for place in range(_MOST_FRAMES)]


def findings(file: Path, size: tuple[int, int], looked: Sequence[Look]) -> Iterator[str]:
    """Yield what cannot be read of the frames in `file`, grey and at half the `size`, in the order of `looked`."""
    wide, tall = size[0] // SCALE, size[1] // SCALE
    frames = np.fromfile(file, np.uint8)
    if len(frames) != len(looked) * wide * tall:
        yield "its frames cannot be read back"
        return
    for look, picture in zip(looked, frames.reshape(-1, tall, wide), strict=True):
        for name, words in (("words", look.words), ("caption", look.words)):
            asked = [word for word in words if word.is_caption == (name == "caption")]
            lost = sum(not is_read(picture, word) for word in asked)
            if lost:
                yield f"{lost} of the {len(asked)} {name} at {look.frame / FPS:.1f} s cannot be read in the picture"


def is_read(picture: npt.NDArray[np.uint8], word: Word) -> bool:
    """Say whether a word is seen in a grey picture of half the frame's size."""
    return agreement(picture, word) >= READ


def agreement(picture: npt.NDArray[np.uint8], word: Word) -> float:
    """Return how well a word's shape and the light in the picture agree, in that part of it where they do least: 1.0 if
    all of it is there, 0.0 if a part is not, or it reaches out of the frame."""
    left, top, right, bottom = word.box
    if left < 0 or top < 0 or right > picture.shape[1] * SCALE or bottom > picture.shape[0] * SCALE:
        return 0.0
    shape = np.pad(np.asarray(word.mask.half, np.float32), _AROUND)
    # What reaches over the frame's edge here is nothing but the room around the word.
    whole = np.pad(picture, _AROUND, mode="edge")
    seen = whole[top // SCALE :, left // SCALE :][: shape.shape[0], : shape.shape[1]].astype(np.float32)
    parts = max(round(shape.shape[1] / (_PART * shape.shape[0])), 1)
    pieces = zip(np.array_split(shape, parts, axis=1), np.array_split(seen, parts, axis=1), strict=True)
    return min((_correlation(one, other) for one, other in pieces if (one > 127).sum() >= _LEAST_INK), default=1.0)


def _correlation(shape: npt.NDArray[np.float32], seen: npt.NDArray[np.float32]) -> float:
    return abs(float(np.corrcoef(shape.ravel(), seen.ravel())[0, 1])) if seen.std() >= 1 else 0.0


def _shapes(thing: Thing, second: float) -> Iterator[tuple[Mask, int, int]]:
    """The words of a thing that is there at a second of its shot."""
    if thing.role != "words" or thing.at + thing.takes > second:
        return
    if isinstance(thing, Sprite):
        yield thing.mask, thing.left, thing.top
    elif isinstance(thing, Counting):
        yield from ((sprite.mask, sprite.left, sprite.top) for sprite in thing.still)
        yield from (digit.shapes[digit.last] for digit in thing.digits)
