"""One shot painted frame by frame and streamed into the encoder; nothing piles up."""

import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from service.pipeline import Context
from service.pipelines.film.script.captions import Cue
from service.pipelines.film.script.palettes import PALETTES, Palette
from service.pipelines.film.script.storyboard import Cut, Storyboard
from service.pipelines.film.script.timeline import FPS, Timeline
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.studio import easing, ffmpeg, fonts, grounds, processes, scene, subtitles
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.grounds import Ground
from service.pipelines.film.studio.scene import Look, Zones

_CUT_FRAMES = 9
_LOOK_EVERY = 10
_BLINDS = 6


@dataclass(frozen=True, slots=True)
class Film:
    """All that the pictures of a film hang on."""

    treatment: Treatment
    storyboard: Storyboard
    timeline: Timeline
    cues: Sequence[Cue]
    width: int
    height: int
    crf: int


class Painter:
    """Paints any frame of one shot. Frames are numbered within the shot."""

    def __init__(self, film: Film, place: int, ground: Ground | None = None) -> None:
        self.film, self.place = film, place
        self.slot = film.timeline.slots[place]
        self.frame = film.storyboard.frames[place]
        self.palette = palette_of(film, place)
        size = (film.width, film.height)
        zones = Zones.of(*size)
        # The ground's chance comes from the first shot that shares its colours: it moves on through the cut.
        chance = random.Random(film.storyboard.frames[place // 2 * 2].chance)  # noqa: S311 -- to be repeated
        self.ground = ground or grounds.ground_for(film.treatment.style, self.palette, size, chance)
        title = fonts.drawable(film.treatment.title)
        shot = film.treatment.shots[place]
        look = Look(self.frame.arrangement, self.palette, zones, title)
        sprites = scene.compose(shot, look, self.slot.words, self.slot.start_s)
        # The items of a list that is said come when they are said.
        in_time = self.frame.arrangement == "list" and bool(self.slot.words)
        self.sprites = sprites if in_time else scene.hurried(sprites, self.slot.frames / FPS)
        mine = (cue for cue in film.cues if self.slot.first <= round(cue.start * FPS) < self.slot.end)
        drawn = (subtitles.subtitle(cue, zones) for cue in mine)
        self.subtitles = [one for one in drawn if one is not None]

    def paint(self, canvas: Canvas, number: int, *, captions: bool = True) -> None:
        second = number / FPS
        self.ground.paint(canvas, self.slot.start_s + second)
        for sprite in self.sprites:
            sprite.paint(canvas, second)
        if captions:
            for one in self.subtitles:
                one.paint(canvas, self.slot.start_s + second)
        self._cut(canvas, number)

    def _cut(self, canvas: Canvas, number: int) -> None:
        """Half of a cut lies in each of the two shots: a field of colour comes over the first and leaves the second."""
        if self.place and number < _CUT_FRAMES:
            before = self.film.storyboard.frames[self.place - 1].cut
            _cover(canvas, before, self.palette, 1 - easing.out_quart((number + 1) / _CUT_FRAMES), leaving=True)
        last = self.place == len(self.film.timeline.slots) - 1
        rest = self.slot.frames - number
        if not last and rest <= _CUT_FRAMES:
            _cover(canvas, self.frame.cut, self.palette, easing.in_quart(1 - (rest - 1) / _CUT_FRAMES), leaving=False)


def palette_of(film: Film, place: int) -> Palette:
    """The colours of shot `place`."""
    return _turned(PALETTES[film.treatment.palette], film.storyboard.frames[place].swap)


def render(ctx: Context, film: Film, place: int, to: Path, ground: Ground | None = None) -> Path:
    """Render shot `place` into the video file `to`, on `ground` where one is given, else on one of its style.

    Raises `Interrupted` where the stage is to stop, `Later("render_failed")` where the encoder breaks.
    """
    painter = Painter(film, place, ground)
    canvas = Canvas(film.width, film.height)
    with processes.stderr_file(ctx.scratch) as notes:
        encoder = ctx.popen(
            ffmpeg.encode_frames(film.width, film.height, FPS, film.crf, to),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=notes,
        )
        try:
            assert encoder.stdin is not None  # noqa: S101 -- a pipe was asked for
            for number in range(painter.slot.frames):
                if number % _LOOK_EVERY == 0:
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
    """The film's first shot with all its words arrived, without captions, as a JPEG."""
    painter = Painter(film, 0, ground)
    canvas = Canvas(film.width, film.height)
    arrived = max((sprite.at + sprite.takes for sprite in painter.sprites), default=1.0)
    last = max(painter.slot.frames - _CUT_FRAMES - 1, 0)
    painter.paint(canvas, min(round(arrived * FPS) + 1, last), captions=False)
    canvas.rgb().save(to, "JPEG", quality=90)
    return to


def _turned(palette: Palette, turns: int) -> Palette:
    one, two, three = palette.grounds
    turned = ((one, two, three), (one, three, two), (two, one, three))[turns % 3]
    return replace(palette, grounds=turned)


def _cover(canvas: Canvas, cut: Cut, palette: Palette, share: float, *, leaving: bool) -> None:
    width, height = canvas.width, canvas.height
    if cut == "veil":
        canvas.veil(palette.grounds[0], share)
    elif cut == "rise":
        # It comes from below and leaves upwards: one movement through the cut.
        edge = round(height * share)
        canvas.box(palette.accent, 0, 0 if leaving else height - edge, width, edge if leaving else height)
    elif cut == "side":
        edge = round(width * share)
        canvas.box(palette.accent, width - edge if leaving else 0, 0, width if leaving else edge, height)
    else:
        band = -(-height // _BLINDS)
        for place in range(_BLINDS):
            late = 1 - 0.35 * place / _BLINDS
            part = easing.clamp(share / late if not leaving else (share - (1 - late)) / late)
            edge = round(width * part)
            left = width - edge if leaving else 0
            canvas.box(palette.accent, left, place * band, left + edge, (place + 1) * band)
