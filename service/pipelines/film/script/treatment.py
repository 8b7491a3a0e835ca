"""What the film is to be, decided before anything is made: the treatment and its shots. Frozen, to JSON and back."""

from dataclasses import asdict, dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from service.pipeline import Json, Output, Outputs

Purpose: TypeAlias = Literal["hook", "point", "number", "list", "quote", "call", "close"]
Mood: TypeAlias = Literal["joyful", "warm", "calm", "dramatic", "energetic", "elegant", "hopeful"]
MOODS: tuple[Mood, ...] = get_args(Mood)
Motion: TypeAlias = Literal["closer", "away", "left", "right", "up", "down"]
MOTIONS: tuple[Motion, ...] = get_args(Motion)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """`voice` is what is said (or ""), `headline`, `label` and `items` are the words on screen, `accent` the words of
    the headline to bring out. `weight` says how dear the shot is: the lightest falls silent first where time is
    short. `seconds` is the plan; the narration's real length decides. `visual` describes a picture behind the words
    to whoever makes it, and `motion` is how one looks over it.

    `most` in a field's metadata is the most letters that a draft may have there, or items."""

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
    def words_on_screen(self) -> str:
        return "\n".join(part for part in (self.lead, self.headline, self.label, *self.items) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
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
        """Everything the film says or shows, for those who check what is in it."""
        parts = [self.title]
        for shot in self.shots:
            parts += [shot.voice, shot.words_on_screen]
        return "\n".join(part for part in parts if part)

    def silenced(self, places: frozenset[int]) -> "Treatment":
        """The treatment with the voices of the shots at `places` left out; their words stay on screen."""
        shots = tuple(replace(shot, voice="") if place in places else shot for place, shot in enumerate(self.shots))
        return replace(self, shots=shots)


def treatment_of(outputs: Outputs) -> Treatment:
    """The treatment that the path of this job made."""
    stage = outputs.get("FAST_TRACK") or outputs["CREATIVE_DIRECTION"]
    return Treatment.from_json(stage["treatment"])
