"""The director of this machine: rules alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Direction, Director
from service.pipelines.film.script import rules
from service.pipelines.film.script.treatment import Treatment


@dataclass(frozen=True, slots=True)
class Rules:
    """A `Director` by rules."""

    name: str = "local"

    def costs(self, _content: str) -> Sequence[Line]:
        """As `Director.costs`."""
        return ()

    def direct(self, ctx: Context, asked: Direction) -> Treatment:
        """As `Director.direct`; it never fails. Sent back, it says first what the film before did not."""
        ctx.check()
        first = asked.report.missing if asked.report else ()
        return rules.direct(asked.brief, asked.wishes, asked.preset, asked.seed, first=first)


def make(_env: Mapping[str, str]) -> Director:
    """It has no settings."""
    return Rules()
