"""The illustrator of this machine: none but the grounds that `grounds.py` paints, which cost nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context, Later
from service.pipelines.film.money.plan import Offer
from service.pipelines.film.providers.protocols import Illustrator, Picture


@dataclass(frozen=True, slots=True)
class Grounds:
    """An `Illustrator` that has no pictures to offer."""

    name: str = "local"

    def offers(self) -> Sequence[Offer]:
        """As `Illustrator.offers`."""
        return ()

    def picture(self, _ctx: Context, asked: Picture) -> str:
        """Raises `Later`: only a plan of another provider, made before the settings were changed, asks for one."""
        sentence = f"The plan of this film has a {asked.kind}, and PROVIDER_ILLUSTRATOR=local makes none."
        raise Later("no_illustrator", sentence)


def make(_env: Mapping[str, str]) -> Illustrator:
    """It has no settings."""
    return Grounds()
