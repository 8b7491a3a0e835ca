"""The local director: the rules of `script/directing/rules.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import DirectionRequest, Director
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.treatment import Treatment


@dataclass(frozen=True, slots=True)
class LocalDirector:
    """A `Director` that works by rules."""

    name: str = "local"

    def costs(self, _content: str) -> Sequence[Line]:
        """As `Director.costs`."""
        return ()

    def direct(self, ctx: Context, request: DirectionRequest) -> Treatment:
        """As `Director.direct`; it never fails. If a film was sent back, what was missing in it comes first,
        what the
        report takes for talk is left out, and the film gets longer if its voice could not say all."""
        ctx.check()
        report = request.report
        return rules.direct(
            request.brief.without(report.leave_out) if report else request.brief,
            request.wishes,
            request.preset,
            request.seed,
            first=report.missing if report else (),
            is_unhurried=report is not None and report.speech is not None and report.speech < 1.0,
        )


def make(_env: Mapping[str, str]) -> Director:
    """Make the director. It has no settings."""
    return LocalDirector()
