"""Paint one shot frame by frame and stream it into the encoder, without keeping frames in memory."""

import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from service.pipeline import Context
from service.pipelines.film.script import brand
from service.pipelines.film.script.captions import Cue
from service.pipelines.film.script.palettes import Palette
from service.pipelines.film.script.storyboard import Cut, Storyboard
from service.pipelines.film.script.timeline import FPS, Timeline
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.studio import easing, ffmpeg, fonts, grounds, processes, scene, sprites, subtitles
from service.pipelines.film.studio.backdrop import Still
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.grounds import Ground
from service.pipelines.film.studio.scene import Look
from service.pipelines.film.studio.zones import Zones

_CUT_FRAMES = 9
"""Half of a cut."""
_CHECK_EVERY_FRAMES = 10
_BLINDS = 6


@dataclass(frozen=True, slots=True)
class Film:
    """Everything that a film's pictures depend on."""

    treatment: Treatment
    storyboard: Storyboard
    timeline: Timeline
    cues: Sequence[Cue]
    width: int
    height: int
    crf: int


class Painter:
    """Paints any frame of shot `index`. Frames are numbered within the shot."""

    def __init__(self, film: Film, index: int, ground: Ground | None = None) -> None:
        self.film, self.index = film, index
        self.slot = film.timeline.slots[index]
        self.frame = film.storyboard.frames[index]
        self.palette = palette_of(film, index)
        size = (film.width, film.height)
        zones = Zones.of(*size)
        # Shots that share colours share the ground's chance too: the ground moves on through the cut between them.
        chance = random.Random(film.storyboard.frames[index // 2 * 2].chance)  # noqa: S311 -- to be repeated
        self.ground = ground or grounds.ground_for(film.treatment.style, self.palette, size, chance)
        title = fonts.drawable(film.treatment.title)
        shot = film.treatment.shots[index]
        look = Look(self.frame.arrangement, self.palette, zones, title)
        composed = scene.compose(shot, look, self.slot.words, self.slot.start_s)
        # The items of a list that is spoken appear as they are spoken, not earlier.
        is_timed = self.frame.arrangement == "list" and bool(self.slot.words)
        self.sprites = composed if is_timed else sprites.hurried(composed, self.slot.seconds)
        if isinstance(self.ground, Still):
            self.ground.shade_behind(
                [(one.left, one.top, one.left + one.mask.width, one.top + one.mask.height) for one in self.sprites]
            )
        cues = (cue for cue in film.cues if self.slot.first <= round(cue.start * FPS) < self.slot.end)
        drawn = (subtitles.subtitle(cue, zones) for cue in cues)
        self.subtitles = [subtitle for subtitle in drawn if subtitle is not None]

    def paint(self, canvas: Canvas, number: int, *, captions: bool = True) -> None:
        """Paint frame `number` of the shot."""
        second = number / FPS
        self.ground.paint(canvas, self.slot.start_s + second)
        for sprite in self.sprites:
            sprite.paint(canvas, second)
        if captions:
            for subtitle in self.subtitles:
                subtitle.paint(canvas, self.slot.start_s + second)
        self._cut(canvas, number)

    def _cut(self, canvas: Canvas, number: int) -> None:
        """Paint this shot's half of a cut: a field of colour covers the end of one shot and uncovers the next."""
        if self.index and number < _CUT_FRAMES:
            before = self.film.storyboard.frames[self.index - 1].cut
            _cover(canvas, before, self.palette, 1 - easing.out_quart((number + 1) / _CUT_FRAMES), leaving=True)
        is_last = self.index == len(self.film.timeline.slots) - 1
        left = self.slot.frames - number
        if not is_last and left <= _CUT_FRAMES:
            _cover(canvas, self.frame.cut, self.palette, easing.in_quart(1 - (left - 1) / _CUT_FRAMES), leaving=False)


def palette_of(film: Film, index: int) -> Palette:
    """Return the colours of shot `index`."""
    return _turned(brand.named(film.treatment.palette), film.storyboard.frames[index].swap)


def render(ctx: Context, film: Film, index: int, to: Path, ground: Ground | None = None) -> Path:
    """Render shot `index` into the video file `to`, on `ground` or else on a painted ground of the film's style.

    Raises `Interrupted` if the stage is to stop, and `Later("render_failed")` if the encoder breaks.
    """
    painter = Painter(film, index, ground)
    canvas = Canvas(film.width, film.height)
    with processes.stderr_file(ctx.scratch) as notes:
        encoder = ctx.popen(
            ffmpeg.encode_frames(film.width, film.height, FPS, film.crf, to),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=notes,
        )
        try:
            assert encoder.stdin is not None  # noqa: S101 -- PIPE was passed
            for number in range(painter.slot.frames):
                if number % _CHECK_EVERY_FRAMES == 0:
                    ctx.check()
                painter.paint(canvas, number)
                canvas.write(encoder.stdin)
            encoder.stdin.close()
            returned = processes.wait(ctx, encoder)
        except OSError:
            returned = encoder.wait()
        finally:
            processes.stop(encoder)
        if returned:
            notes.seek(0)
            processes.fail(ctx, "render_failed", notes.read().decode(errors="replace"))
    return to


def poster(film: Film, to: Path, ground: Ground | None = None) -> Path:
    """Write the poster, a JPEG: the first shot with all its words there and without captions."""
    painter = Painter(film, 0, ground)
    canvas = Canvas(film.width, film.height)
    arrived = max((sprite.at + sprite.takes for sprite in painter.sprites), default=1.0)
    last = max(painter.slot.frames - _CUT_FRAMES - 1, 0)
    painter.paint(canvas, min(round(arrived * FPS) + 1, last), captions=False)
    canvas.rgb().save(to, "JPEG", quality=90)
    return to


def _turned(palette: Palette, turns: int) -> Palette:
    """The palette with its grounds in another order."""
    first, second, third = palette.grounds
    turned = ((first, second, third), (first, third, second), (second, first, third))[turns % 3]
    return replace(palette, grounds=turned)


def _cover(canvas: Canvas, cut: Cut, palette: Palette, share: float, *, leaving: bool) -> None:
    """Cover a share of the frame, 0.0 to 1.0, in the manner of `cut`; what is `leaving` goes out on the other side."""
    width, height = canvas.width, canvas.height
    if cut == "veil":
        canvas.veil(palette.grounds[0], share)
    elif cut == "rise":
        # It enters from below and leaves upwards: one movement through the cut.
        edge = round(height * share)
        canvas.box(palette.accent, 0, 0 if leaving else height - edge, width, edge if leaving else height)
    elif cut == "side":
        edge = round(width * share)
        canvas.box(palette.accent, width - edge if leaving else 0, 0, width if leaving else edge, height)
    else:
        band = -(-height // _BLINDS)
        for blind in range(_BLINDS):
            late = 1 - 0.35 * blind / _BLINDS
            part = easing.clamp(share / late if not leaving else (share - (1 - late)) / late)
            edge = round(width * part)
            left = width - edge if leaving else 0
            canvas.box(palette.accent, left, blind * band, left + edge, (blind + 1) * band)
