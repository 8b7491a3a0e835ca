"""The narrator of this machine: the voices of `voice.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Lines, Narration, Narrator
from service.pipelines.film.studio import voice


@dataclass(frozen=True, slots=True)
class Voices:
    """A `Narrator` with the voices that are installed."""

    name: str = "local"

    def costs(self, _lines: Sequence[str]) -> Sequence[Line]:
        """As `Narrator.costs`."""
        return ()

    def narrate(self, ctx: Context, asked: Lines) -> Narration | None:
        """As `Narrator.narrate`. Raises `Later("voice_failed")` where the engine breaks."""
        take = voice.speak_lines(ctx, asked.lines, asked.lang, fit_s=asked.fit_s)
        return None if take is None else Narration(spoken=take.lines, voice=take.engine)


def make(_env: Mapping[str, str]) -> Narrator:
    """It has no settings."""
    return Voices()
