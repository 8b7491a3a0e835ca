"""The groups of attacks, and how one run of them went."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lab.redteam import bodies, links, owners, pages, slow, tokens, uploads, words
from lab.redteam.target import Attempt, Target

GROUPS: dict[str, Callable[[Target], Iterator[Attempt]]] = {
    "tokens": tokens.attempts,
    "foreign jobs": owners.jobs,
    "ids": owners.ids,
    "money": owners.money,
    "sweep": owners.sweep,
    "envelopes": bodies.envelopes,
    "links": links.attempts,
    "log": words.logs,
    "terminals": words.terminals,
    "web pages": pages.attempts,
    "bombs": bodies.bombs,
    "files": uploads.files,
    "foreign files": uploads.foreign,
    "slow clients": slow.attempts,
}


@dataclass
class Result:
    """How a group went."""

    group: str
    attacks: int = 0
    seconds: float = 0.0
    got_through: list[str] = field(default_factory=list)

    @property
    def row(self) -> str:
        refused = self.attacks - len(self.got_through)
        return f"{self.group:14} {self.attacks:8} {refused:8} {len(self.got_through):12} {self.seconds:8.0f} s"


HEAD = f"{'group':14} {'attacks':>8} {'refused':>8} {'got through':>12} {'time':>10}"


def run(target: Target, groups: Sequence[str], *, until: float) -> Iterator[Result]:
    """Run the groups one after another; after each, the service must be as well as before. A group that cannot begin by
    `until` (monotonic seconds), or ends with an error, counts as got through."""
    for name in groups:
        result, began = Result(name), time.monotonic()
        try:
            if began > until:
                raise TimeoutError("the time of the suite is over")  # noqa: TRY301 (one handler for both)
            for attempt in GROUPS[name](target):
                result.attacks += 1
                if attempt.got_through:
                    result.got_through.append(f"{attempt.name}: {attempt.got_through}")
            if harm := target.harm():
                result.got_through.append(f"after the group: {harm}")
        except Exception as error:  # noqa: BLE001 (an attack that breaks the suite is not refused)
            result.attacks += 1
            result.got_through.append(f"the attack ended with {type(error).__name__}: {error}")
        result.seconds = time.monotonic() - began
        yield result
