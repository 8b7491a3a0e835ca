"""A finding: one line on what is so, what that does to the service, and the command that repairs it.

What could not be checked is a finding too, because it may hide another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fail", "unknown"]
LEVELS: tuple[Level, ...] = ("ok", "warn", "fail", "unknown")


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` is what to type or to set; None if there is nothing to do."""

    level: Level
    subject: str
    sentence: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Takes the place of a fact that could not be collected; `why` is a sentence."""

    why: str


def exit_code(findings: Iterable[Finding]) -> int:
    """0 if there are at most warnings; 1 if something breaks a promise; 2 if something could not be checked."""
    levels = {finding.level for finding in findings}
    return 1 if "fail" in levels else 2 if "unknown" in levels else 0
