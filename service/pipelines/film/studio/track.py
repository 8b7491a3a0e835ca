"""The client's own piece of music as the bed under a film: from its first sound on, as long as the film."""

import numpy as np

from service.pipeline import Context
from service.pipelines.film.studio import ffmpeg, processes
from service.pipelines.film.studio.sound import RATE, Sound

_MOST_SILENCE_S = 15.0
"""At the piece's beginning, which is skipped."""
_AUDIBLE = 10 ** (-40 / 20)
"""Of the loudest tenth of a second: what is quieter than this is not yet the piece."""
_SEAM_S = 1.5
"""Over which a piece that is shorter than the film runs into its own beginning."""
_FADE_S = 2.0


def read(ctx: Context, reference: str, seconds: float) -> Sound:
    """Return the piece in stereo, `seconds` long.

    Raises `Never("asset_not_found")` if it is gone, and `Later("sound_failed")` if it cannot be decoded here.
    """
    file = ctx.asset(reference, ctx.scratch / "track.flac")
    decoded, _ = processes.run_checked(ctx, ffmpeg.samples(file, seconds + _MOST_SILENCE_S), code="sound_failed")
    file.unlink()
    return fitted(np.frombuffer(decoded, np.float32).reshape(-1, 2), round(seconds * RATE))


def fitted(piece: Sound, count: int) -> Sound:
    """Return `count` samples of a piece from its first sound on, repeated if it is shorter, faded out at their end."""
    piece = piece[_first_sound(piece) :]
    made = np.zeros((count, piece.shape[1]), np.float32)
    seam = min(round(_SEAM_S * RATE), len(piece) // 2)
    rising = np.sin(np.linspace(0, np.pi / 2, seam, dtype=np.float32))[:, None]
    at = 0
    while at < count:
        part = piece[: count - at].copy()
        if at:
            part[:seam] *= rising[: len(part)]
        if len(part) == len(piece):
            part[len(part) - seam :] *= rising[::-1]
        made[at : at + len(part)] += part
        at += len(piece) - seam
    fade = min(round(_FADE_S * RATE), count)
    made[count - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return made


def _first_sound(piece: Sound) -> int:
    step = RATE // 10
    tenths = [float(np.abs(piece[at : at + step]).max()) for at in range(0, len(piece), step)]
    audible = max(tenths) * _AUDIBLE
    return next(number for number, loudest in enumerate(tenths) if loudest >= audible) * step
