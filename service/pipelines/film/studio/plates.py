"""Put a picture, bought or the client's own, behind the words of its shot: fetch it and make it a ground."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.pipeline import Context, asset_kind
from service.pipelines.film.studio import ffmpeg, processes, shots
from service.pipelines.film.studio.backdrop import Clip, Held, Placement, Still
from service.pipelines.film.studio.grounds import Ground
from service.pipelines.film.studio.shots import Film

_BEFORE_END_S = 0.3


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture to go behind a shot: its URL in the artifact store, or the reference of the client's own, and a clip's
    length; None for a still."""

    url: str
    clip_s: float | None = None


@contextlib.contextmanager
def ground(ctx: Context, film: Film, shot: int, plate: Plate | None) -> Iterator[Ground | None]:
    """Yield the plate as the ground of a shot while it is rendered, or None for a shot without one."""
    if plate is None:
        yield None
        return
    file = _fetched(ctx, plate, ctx.scratch / f"picture-{shot}")
    placement, palette = _placement(film, shot), shots.palette_of(film, shot)
    try:
        if plate.clip_s is not None:
            with Clip(ctx, file, palette, placement, plate.clip_s) as clip:
                yield clip
        else:
            yield Still(file, palette, placement, film.treatment.shots[shot].motion)
    finally:
        file.unlink(missing_ok=True)


def end(ctx: Context, film: Film, shot: int, plate: Plate | None) -> Ground | None:
    """Return the plate of a shot as the ground of its last moment, which the cut to the next shot still shows."""
    if plate is None:
        return None
    file = _fetched(ctx, plate, ctx.scratch / f"picture-{shot}-end")
    placement, palette = _placement(film, shot), shots.palette_of(film, shot)
    if plate.clip_s is None:
        return Still(file, palette, placement, film.treatment.shots[shot].motion)
    frame = ctx.scratch / f"frame-{shot}-end.jpg"
    # A little before its end: clips are a few frames shorter than they are sold as.
    second = min(placement.seconds, plate.clip_s) - _BEFORE_END_S
    processes.run_checked(ctx, ffmpeg.one_frame(file, second, film.width, frame), code="render_failed")
    return Held(frame, palette, placement)


def poster_ground(ctx: Context, film: Film, plate: Plate | None) -> Ground | None:
    """Return the plate of the first shot as the ground of the poster, which is a single frame."""
    if plate is None:
        return None
    file = _fetched(ctx, plate, ctx.scratch / "poster-picture")
    if plate.clip_s is not None:
        frame: Path = ctx.scratch / "poster-frame.jpg"
        processes.run_checked(ctx, ffmpeg.one_frame(file, plate.clip_s / 2, film.width, frame), code="render_failed")
        file = frame
    return Still(file, shots.palette_of(film, 0), _placement(film, 0), film.treatment.shots[0].motion)


def _fetched(ctx: Context, plate: Plate, to: Path) -> Path:
    """Raises `Never("asset_not_found")` for a client's picture that is gone."""
    return ctx.asset(plate.url, to) if asset_kind(plate.url) else ctx.artifacts.fetch(plate.url, to)


def _placement(film: Film, shot: int) -> Placement:
    slot = film.timeline.slots[shot]
    return Placement((film.width, film.height), slot.start_s, slot.seconds)
