"""The local critic: it has nothing to add to the rules of QA_SEMANTIC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.pipeline import Context
from service.pipelines.film.money.plan import Line
from service.pipelines.film.providers.protocols import Critic, ScreeningRequest
from service.pipelines.film.script.judging.semantics import Verdict


@dataclass(frozen=True, slots=True)
class LocalCritic:
    """A `Critic` without an opinion."""

    name: str = "local"
    frames: int = 0

    def costs(self, _content: str) -> Sequence[Line]:
        """As `Critic.costs`."""
        return ()

    def judge(self, _ctx: Context, _request: ScreeningRequest) -> Verdict | None:
        """As `Critic.judge`."""
        return None


def make(_env: Mapping[str, str]) -> Critic:
    """Make the critic. It has no settings."""
    return LocalCritic()
