"""The treatment: what the film is to be, shot by shot, decided before anything is made. Frozen; to JSON and back."""

import re
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias, get_args

from service.pipeline import Json, Output, Outputs
from service.pipelines.film.presets import Purpose

Mood: TypeAlias = Literal["joyful", "warm", "calm", "dramatic", "energetic", "elegant", "hopeful"]
MOODS: tuple[Mood, ...] = get_args(Mood)
Motion: TypeAlias = Literal["closer", "away", "left", "right", "up", "down"]
MOTIONS: tuple[Motion, ...] = get_args(Motion)


_STEP = re.compile(r"(\d{1,2})/(\d{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot.

    `voice`: what is said, or "".
    `lead`, `headline`, `label`, `items`: the words on screen; `accent`: the part of the headline to bring out.
    `weight`: how much the shot matters; when time is short, the lightest falls silent first.
    `seconds`: the planned length; the narration's real length decides.
    `visual`: describes the picture behind the words to whoever makes it; `motion`: how the camera moves over it.

    `most` in a field's metadata limits what a draft may have there: letters of a text, or items of a tuple.
    """

    purpose: Purpose
    voice: str = field(metadata={"most": 400})
    headline: str = field(metadata={"most": 120})
    lead: str = field(default="", metadata={"most": 90})
    label: str = field(default="", metadata={"most": 90})
    items: tuple[str, ...] = field(default=(), metadata={"most": 6})
    accent: str = field(default="", metadata={"most": 60})
    weight: float = 1.0
    seconds: float = 0.0
    visual: str = field(default="", metadata={"most": 600})
    motion: Motion = "closer"

    @property
    def step(self) -> tuple[int, int] | None:
        """Which step of how many the shot tells, or None: a point whose lead is "2/5"."""
        counted = _STEP.fullmatch(self.lead) if self.purpose in {"hook", "point"} else None
        return (int(counted[1]), int(counted[2])) if counted else None

    @property
    def words_on_screen(self) -> str:
        """The words of the brief that are shown, without the numbers of steps."""
        lead = "" if self.step else self.lead
        return "\n".join(part for part in (lead, self.headline, self.label, *self.items) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """The whole film. `title`: the name that it bears, or "". `palette` and `style` are names from `palettes`."""

    title: str = field(metadata={"most": 80})
    lang: str = field(metadata={"most": 20})
    mood: Mood
    palette: str = field(metadata={"most": 20})
    style: str = field(metadata={"most": 20})
    seconds: float
    shots: tuple[Shot, ...] = field(metadata={"most": 60})

    def to_json(self) -> Output:
        return asdict(self)

    @staticmethod
    def from_json(kept: Json) -> "Treatment":
        shots = tuple(Shot(**{**shot, "items": tuple(shot["items"])}) for shot in kept["shots"])
        return Treatment(**{**kept, "shots": shots})

    def script(self) -> str:
        """Return everything the film says or shows, for checking what is in it."""
        parts = [self.title]
        for shot in self.shots:
            parts += [shot.voice, shot.words_on_screen]
        return "\n".join(part for part in parts if part)


def treatment_of(outputs: Outputs) -> Treatment:
    """Return the treatment made on this job's path, the short or the full one."""
    stage = outputs.get("FAST_TRACK") or outputs["CREATIVE_DIRECTION"]
    return Treatment.from_json(stage["treatment"])
