"""What a provider can do for a film: four capabilities, a small protocol each.

`providers/<name>/<capability>.py` implements one capability for one provider; `providers/__init__.py` has the table.

Each capability says in advance what it will cost at most (`costs`, `offers`); an empty answer means that it is free.
Providers buy through `money/orders.py`, under names that are the same in every delivery, and within the request's
`cap_usd`, which is all that the job may spend. They raise what a stage may raise, `Later` and `Never`, and never
silently make something in another way than was asked for.

Only types are imported here, no implementation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.pipeline import Context
from service.pipelines.film.money.plan import Line, Offer
from service.pipelines.film.presets import PictureKind, Preset
from service.pipelines.film.script.judging.semantics import SemanticReport, Verdict
from service.pipelines.film.script.lines.sound_talk import ANY_VOICE, VoiceWish
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio.sound import Spoken
from service.pipelines.film.wishes import Wishes


class Provider(Protocol):
    """What all capabilities have in common."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionRequest:
    """A brief to direct. `content` is its normalized text; `report` is the one on the film before this, if that was
    sent back."""

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
        """Return what it costs at most to direct a brief."""

    def direct(self, ctx: Context, request: DirectionRequest) -> Treatment:
        """Return the treatment of a brief. Raises `Never("bad_treatment")` if there can be none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrationRequest:
    """Lines to speak, in their spoken form (`text.spoken`), none of them empty. Together they should last at most
    `fit_s` seconds. `voice` is who should speak: the nearest there is does."""

    lines: Sequence[str]
    lang: str
    seed: int
    fit_s: float
    cap_usd: float
    voice: VoiceWish = ANY_VOICE


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration:
    """Every line as it was spoken, in order, the name of the voice, and a sentence for each thing that was asked of it
    and is not so."""

    spoken: Sequence[Spoken]
    voice: str
    warnings: Sequence[str] = ()


class Narrator(Provider, Protocol):
    """Speaks the narration."""

    def costs(self, lines: Sequence[str]) -> Sequence[Line]:
        """Return what it costs at most to speak the lines."""

    def narrate(self, ctx: Context, request: NarrationRequest) -> Narration | None:
        """Speak the lines. None if there is no voice for their language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """A picture to make for the shot with this index. `aspect_ratio` is the film's, `line` the one in its plan."""

    shot: int
    kind: PictureKind
    visual: str
    aspect_ratio: str
    seed: int
    line: Line
    cap_usd: float


class Illustrator(Provider, Protocol):
    """Makes the pictures behind the words."""

    def offers(self) -> Sequence[Offer]:
        """Return the kinds of pictures that it makes. Shots without one have a painted ground, and a pictogram of what
        they speak of (`studio/pictograms.py`), which a picture takes the place of."""

    def picture(self, ctx: Context, request: PictureRequest) -> str:
        """Make a picture. Return its URL in the artifact store: of a JPEG or PNG file for a still, an MP4 file for a
        clip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRequest:
    """A film to judge: its brief, what it says, and as many of its frames as the critic wants, as JPEG files. `title`
    ("off": none) and `tell`, lines of the brief that are told, are by the client's hand."""

    content: str
    transcript: str
    frames: Sequence[bytes]
    cap_usd: float
    title: str = ""
    tell: Sequence[str] = ()


class Critic(Provider, Protocol):
    """Judges the finished film."""

    @property
    def frames(self) -> int:
        """How many frames it wants to see."""

    def costs(self, content: str) -> Sequence[Line]:
        """Return what its verdict costs at most."""

    def judge(self, ctx: Context, request: ScreeningRequest) -> Verdict | None:
        """Return its verdict, None if it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """The provider of each capability."""

    director: Director
    illustrator: Illustrator
    narrator: Narrator
    critic: Critic

    def names(self) -> dict[str, str]:
        """Return the provider's name for each capability."""
        return {
            "director": self.director.name,
            "illustrator": self.illustrator.name,
            "narrator": self.narrator.name,
            "critic": self.critic.name,
        }
