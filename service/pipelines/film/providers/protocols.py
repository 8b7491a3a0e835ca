"""What a provider may do for the film: four capabilities, a small protocol each. `providers/<name>/<capability>.py`
implements one for one provider; `providers/__init__.py` has the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from service.pipeline import Context
from service.pipelines.film.brief import Brief
from service.pipelines.film.presets import Preset
from service.pipelines.film.providers.local.voice import Spoken
from service.pipelines.film.seeds import Seed
from service.pipelines.film.treatment import Treatment
from service.pipelines.film.wishes import Wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What a director is given."""

    brief: Brief
    wishes: Wishes
    preset: Preset
    seed: Seed


class Director(Protocol):
    """Writes the treatment."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""

    def direct(self, ctx: Context, asked: Direction) -> Treatment:
        """The treatment of a brief."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """What a narrator is given: `lines` in their spoken form (`text.spoken`), none of them empty, and the seconds
    that they had better fit into together."""

    lines: Sequence[str]
    lang: str
    seed: int
    fit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Narration:
    """Every line said, in their order, and the voice's name."""

    spoken: Sequence[Spoken]
    voice: str


class Narrator(Protocol):
    """Says the narration."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""

    def narrate(self, ctx: Context, asked: Lines) -> Narration | None:
        """The lines said; None where there is no voice for their language."""


class Illustrator(Protocol):
    """Makes the pictures behind the words."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""


class Critic(Protocol):
    """Looks at the finished film."""

    @property
    def name(self) -> str:
        """The provider's name in the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Providers:
    """Who does what for a film."""

    director: Director
    illustrator: Illustrator
    narrator: Narrator
    critic: Critic

    def names(self) -> dict[str, str]:
        """The provider's name by its capability."""
        return {capability: getattr(self, capability).name for capability in self.__slots__}
