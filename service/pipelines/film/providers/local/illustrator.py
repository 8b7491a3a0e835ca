"""The local illustrator: it makes no pictures, so that films have the grounds that `studio/grounds.py` paints, and the
pictograms of `studio/pictograms.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context, Later
from service.pipelines.film.money.plan import Offer
from service.pipelines.film.providers.protocols import Illustrator, PictureRequest


@dataclass(frozen=True, slots=True)
class LocalIllustrator:
    """An `Illustrator` without pictures to offer."""

    name: str = "local"

    def offers(self) -> Sequence[Offer]:
        """As `Illustrator.offers`."""
        return ()

    def picture(self, _ctx: Context, request: PictureRequest) -> str:
        """Raise `Later`: only a plan made for another provider, before the settings were changed, can ask for one."""
        sentence = f"The plan of this film has a {request.kind}, and PROVIDER_ILLUSTRATOR=local makes none."
        raise Later("no_illustrator", sentence)


def make(_env: Mapping[str, str]) -> Illustrator:
    """Make the illustrator. It has no settings."""
    return LocalIllustrator()
