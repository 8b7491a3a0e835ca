"""What a provider may do for the film: four capabilities, a small protocol each. `providers/<name>/<capability>.py`
implements one for one provider; `providers/__init__.py` has the table of them.

Each says before it is asked what it will cost (`costs`, `offers`), at most; where that is nothing, it is free. What it
buys it buys by `orders.py`, under names that are the same in every delivery, within `cap_usd`, what the job may spend
in all. Errors are those of a stage: `Later`, `Never`, and nothing is made in another way without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.pipeline import Context
from service.pipelines.film.money.plan import Line, Offer
from service.pipelines.film.presets import PictureKind, Preset
from service.pipelines.film.script.brief import Brief
from service.pipelines.film.script.semantics import SemanticReport, Verdict
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio.sound import Spoken
from service.pipelines.film.wishes import Wishes


class Provider(Protocol):
    """What all capabilities have."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What a director is given. `content` is the brief made normal, `report` that on the film before this one, where
    the job was sent back."""

    brief: Brief
    content: str
    wishes: Wishes
    preset: Preset
    seed: Seed
    cap_usd: float
    report: SemanticReport | None = None


class Director(Provider, Protocol):
    """Writes the treatment."""

    def costs(self, content: str) -> Sequence[Line]:
        """What the direction of a brief costs at most."""

    def direct(self, ctx: Context, asked: Direction) -> Treatment:
        """The treatment of a brief. Raises `Never("bad_treatment")` where none can be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a narrator is given: `lines` in their spoken form (`text.spoken`), none of them empty, and the seconds
    that they had better fit into together."""

    lines: Sequence[str]
    lang: str
    seed: int
    fit_s: float
    cap_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration:
    """Every line said, in their order, and the voice's name."""

    spoken: Sequence[Spoken]
    voice: str


class Narrator(Provider, Protocol):
    """Says the narration."""

    def costs(self, lines: Sequence[str]) -> Sequence[Line]:
        """What it costs at most to say the lines."""

    def narrate(self, ctx: Context, asked: Lines) -> Narration | None:
        """The lines said; None where there is no voice for their language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What an illustrator is given for the shot `place`. `aspect_ratio` is the film's, `line` is the plan's."""

    place: int
    kind: PictureKind
    visual: str
    aspect_ratio: str
    seed: int
    line: Line
    cap_usd: float


class Illustrator(Provider, Protocol):
    """Makes the pictures behind the words."""

    def offers(self) -> Sequence[Offer]:
        """The kinds of pictures it has; none but the grounds that are painted on this machine where it is empty."""

    def picture(self, ctx: Context, asked: Picture) -> str:
        """The URL in the artifact store of a JPEG or PNG file for a still, of an MP4 file for a clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What a critic is given: the brief, what the film says, and as many of its frames as it asks for, JPEG each."""

    content: str
    transcript: str
    frames: Sequence[bytes]
    cap_usd: float


class Critic(Provider, Protocol):
    """Looks at the finished film."""

    @property
    def frames(self) -> int:
        """How many frames it wants to see."""

    def costs(self, content: str) -> Sequence[Line]:
        """What its verdict costs at most."""

    def judge(self, ctx: Context, asked: Screening) -> Verdict | None:
        """Its verdict; None where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who does what for a film."""

    director: Director
    illustrator: Illustrator
    narrator: Narrator
    critic: Critic

    def names(self) -> dict[str, str]:
        """The provider's name by its capability."""
        return {
            "director": self.director.name,
            "illustrator": self.illustrator.name,
            "narrator": self.narrator.name,
            "critic": self.critic.name,
        }
