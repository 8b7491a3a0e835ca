"""The local narrator: the voices of `studio/voice.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Narration, NarrationRequest, Narrator
from service.pipelines.film.studio import voice


@dataclass(frozen=True, slots=True)
class LocalNarrator:
    """A `Narrator` with the installed voices."""

    name: str = "local"

    def costs(self, _lines: Sequence[str]) -> Sequence[Line]:
        """As `Narrator.costs`."""
        return ()

    def narrate(self, ctx: Context, request: NarrationRequest) -> Narration | None:
        """As `Narrator.narrate`. Raises `Later("voice_failed")` if the engine breaks."""
        take = voice.speak_lines(ctx, request.lines, request.lang, fit_s=request.fit_s, wish=request.voice)
        if take is None:
            return None
        return Narration(spoken=take.lines, voice=f"{take.engine} {take.voice}", warnings=take.warnings)


def make(_env: Mapping[str, str]) -> Narrator:
    """Make the narrator. It has no settings."""
    return LocalNarrator()
