"""Paint one shot frame by frame and stream it into the encoder, without keeping frames in memory."""

import random
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from service.pipeline import Context
from service.pipelines.film.script.look import brand
from service.pipelines.film.script.look.palettes import Palette, flipped
from service.pipelines.film.script.look.storyboard import FLIPPED, Frame, Storyboard
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import captions, moments
from service.pipelines.film.script.voice.captions import Cue
from service.pipelines.film.script.voice.timeline import FPS, Timeline
from service.pipelines.film.studio import (
    cuts,
    ffmpeg,
    fonts,
    glints,
    grounds,
    lettering,
    pictograms,
    processes,
    scene,
    sprites,
    subtitles,
)
from service.pipelines.film.studio.backdrop import Still
from service.pipelines.film.studio.canvas import Canvas
from service.pipelines.film.studio.drawing import Drawing
from service.pipelines.film.studio.grounds import Ground
from service.pipelines.film.studio.logo import Logo
from service.pipelines.film.studio.look import BACKINGS, Look
from service.pipelines.film.studio.sprites import Thing
from service.pipelines.film.studio.subtitles import Subtitle
from service.pipelines.film.studio.zones import Box, Zones

_CHECK_EVERY_FRAMES = 10
_LATE_S = 1.5
"""A headline that is only said later than this is there from the start: nobody looks at an empty frame."""
_MOSTLY = 0.6
_EMPTY = Drawing.of(Image.new("RGBA", (8, 8)))


@dataclass(frozen=True, slots=True)
class Film:
    """Everything that a film's pictures depend on. `logo` is the client's, if there is one."""

    treatment: Treatment
    storyboard: Storyboard
    timeline: Timeline
    cues: Sequence[Cue]
    width: int
    height: int
    crf: int
    logo: Logo | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What a shot shows in front of its ground: its things in painting order, its captions, and where `bare_words`
    are."""

    things: list[Thing]
    bare: list[Box]
    subtitles: list[Subtitle]


def laid_out(film: Film, index: int, *, is_plated: bool, is_sketch: bool = False) -> Layout:
    """Lay out shot `index`. `is_plated`: it has a picture behind it and therefore no pictogram. In a sketch, pictograms
    are empty and no light runs."""
    slot, frame, palette = film.timeline.slots[index], film.storyboard.frames[index], palette_of(film, index)
    size = (film.width, film.height)
    shot = scene.shown(film.treatment.shots[index])
    cues, heard = _matched(film, index, shot)
    zones = Zones.of(*size, captions=bool(cues))
    look = Look(
        arrangement=frame.arrangement,
        palette=palette,
        zones=zones,
        title="" if _is_title(shot.headline, film.treatment.title) else fonts.drawable(film.treatment.title),
        heard=heard,
        picture=None if is_plated else pictures_of(frame, palette, is_sketch=is_sketch),
        logo=film.logo,
        mirrored=frame.chance % 2 == 1,
        backing=BACKINGS[(index + film.storyboard.frames[0].chance) % len(BACKINGS)],
        way=(slot.first / film.timeline.frames, slot.end / film.timeline.frames, slot.seconds),
    )
    things = sprites.hurried(scene.compose(shot, look), slot.seconds)
    drawn = (subtitles.subtitle(cue, zones) for cue in cues)
    bare = bare_words(things)
    shown = [subtitle for subtitle in drawn if subtitle is not None]
    return Layout(things if is_sketch else glints.lit(things, bare, palette, size), bare, shown)


def _is_title(headline: str, title: str) -> bool:
    """Say whether a headline is little more than the film's title, which need not stand above it then."""
    words, name = moments.bare(headline), moments.bare(title)
    return name in words and len(name) >= _MOSTLY * len(words)


def _matched(film: Film, index: int, shot: Shot) -> tuple[list[Cue], dict[str, tuple[float, ...]]]:
    """The cues that say what is not on screen already, and when what is on screen is said in the shot."""
    slot = film.timeline.slots[index]
    texts = [text for text in (shot.lead, shot.headline, shot.label, *shot.items) if text]
    heard = moments.heard([lettering.words_of(text) for text in texts], slot.words)
    on_screen = moments.bare("".join(texts))
    known = captions.not_shown(
        [
            cue
            for cue in film.cues
            if slot.first <= round(cue.start * FPS) < slot.end and moments.bare(cue.text) not in on_screen
        ],
        [slot.words[at] for at in sorted(heard.shown)],
    )
    times = {
        text: tuple(second - slot.start_s for second in seconds)
        for text, seconds in zip(texts, heard.times, strict=True)
        if seconds is not None and not (text == shot.headline and seconds[0] - slot.start_s > _LATE_S)
    }
    if times and len(times) == len(texts):
        # The first word is there when the cut ends, whatever breath the voice takes.
        first = min(times, key=lambda text: times[text][0])
        times[first] = (0.0, *times[first][1:])
    return known, times


class Painter:
    """Paints any frame of shot `index`. Frames are numbered within the shot."""

    def __init__(self, film: Film, index: int, ground: Ground | None = None) -> None:
        self.film, self.index = film, index
        self.slot = film.timeline.slots[index]
        self.frame = film.storyboard.frames[index]
        self.palette = palette_of(film, index)
        size = (film.width, film.height)
        # Shots that share colours share the ground's chance too: the ground moves on through the cut between them.
        chance = random.Random(film.storyboard.frames[index // 2 * 2].chance)  # noqa: S311 -- to be repeated
        self.ground = ground or grounds.ground_for(film.treatment.style, self.palette, size, chance)
        layout = laid_out(film, index, is_plated=ground is not None)
        self.things, self.subtitles = layout.things, layout.subtitles
        if isinstance(self.ground, Still):
            self.ground.shade_behind(layout.bare)

    @property
    def arrived(self) -> int:
        """The first frame in which everything is in its place, or the last one."""
        seconds = max((thing.at + thing.takes for thing in self.things), default=1.0)
        return min(round(seconds * FPS) + 1, self.slot.frames - 1)

    def paint(self, canvas: Canvas, number: int, *, captions: bool = True) -> None:
        """Paint frame `number` of the shot."""
        second = number / FPS
        self.ground.paint(canvas, self.slot.start_s + second)
        for thing in self.things:
            thing.paint(canvas, second)
        if captions:
            for subtitle in self.subtitles:
                subtitle.paint(canvas, self.slot.start_s + second)


class Cutter:
    """Paints shot `index` with the cut to it: its first frames still show the shot before. `ground` and `ground_before`
    are what the two have behind them, None being a painted ground of the film's style."""

    def __init__(
        self, film: Film, index: int, ground: Ground | None = None, ground_before: Ground | None = None
    ) -> None:
        self.painter = Painter(film, index, ground)
        self.before: Painter | None = None
        if index:
            before = film.storyboard.frames[index - 1]
            is_same = not ground and not ground_before and index % 2 == 1 and before.swap == self.painter.frame.swap
            self.before = Painter(film, index - 1, self.painter.ground if is_same else ground_before)
            self.under = Canvas(film.width, film.height)

    def paint(self, canvas: Canvas, number: int) -> None:
        """Paint frame `number` of the shot."""
        self.painter.paint(canvas, number)
        if self.before is None:
            return
        if number >= cuts.FRAMES:
            self.before = None  # It is not seen any more.
            return
        self.before.paint(self.under, self.before.slot.frames + number)
        cuts.blend(canvas, self.under, self.before.frame.cut, number, self.before.palette.accent)


def bare_words(things: Sequence[Thing]) -> list[Box]:
    """Return where words, ornaments and the logo stand that have no panel under them."""
    panels = [thing.box for thing in things if thing.role == "panel"]
    boxes = [thing.box for thing in things if thing.role != "panel"]
    return [box for box in boxes if not any(_is_inside(box, panel) for panel in panels)]


def palette_of(film: Film, index: int) -> Palette:
    """Return the colours of shot `index`."""
    palette, swap = brand.named(film.treatment.palette), film.storyboard.frames[index].swap
    return flipped(palette) if swap == FLIPPED else _turned(palette, swap)


def pictures_of(frame: Frame, palette: Palette, *, is_sketch: bool = False) -> Callable[[int], Drawing] | None:
    """Return what draws a shot's pictogram, or an empty one, at a side in pixels, or None if the shot has none."""
    if not frame.picture:
        return None
    if is_sketch:
        return lambda side: _EMPTY.sized(side, side)
    return lambda side: pictograms.draw(frame.picture, side, palette)


def render(ctx: Context, cutter: Cutter, to: Path) -> Path:
    """Render a shot with the cut to it into the video file `to`.

    Raises `Interrupted` if the stage is to stop, and `Later("render_failed")` if the encoder breaks.
    """
    film = cutter.painter.film
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
            for number in range(cutter.painter.slot.frames):
                if number % _CHECK_EVERY_FRAMES == 0:
                    ctx.check()
                cutter.paint(canvas, number)
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
    painter.paint(canvas, painter.arrived, captions=False)
    canvas.rgb().save(to, "JPEG", quality=90)
    return to


def _is_inside(box: Box, panel: Box) -> bool:
    return panel[0] <= box[0] and panel[1] <= box[1] and box[2] <= panel[2] and box[3] <= panel[3]


def _turned(palette: Palette, turns: int) -> Palette:
    """The palette with its grounds in another order."""
    first, second, third = palette.grounds
    turned = ((first, second, third), (first, third, second), (second, first, third))[turns % 3]
    return replace(palette, grounds=turned)
