"""The rules for what operators have paused: a pause that nobody remembers, and held jobs that nobody sends."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from service.doctor.findings import Finding, NotChecked

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A pause, and how long ago it began. `scope` is all, preset, user or provider."""

    scope: str
    name: str
    why: str
    paused_by: str
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What is paused, and how many held jobs no pause holds any more, some minutes after the last one was resumed."""

    pauses: Sequence[Paused]
    unsent: int


def check_controls(controls: Controls | NotChecked) -> list[Finding]:
    """Is something paused that should run by now?"""
    if isinstance(controls, NotChecked):
        return [Finding("unknown", "pauses", controls.why)]
    findings = [_of_pause(pause) for pause in controls.pauses]
    if controls.unsent:
        sentence = f"{controls.unsent} jobs are held although nothing pauses them any more: the sweep is not running."
        fix = "python -m service sweep, then repair the scheduler's job."
        findings.append(Finding("fail", "pauses", sentence, fix))
    return findings


def _of_pause(pause: Paused) -> Finding:
    thing = "All intake" if pause.scope == "all" else f"The {pause.scope} {pause.name}"
    days = pause.age_s / DAY_S
    since = f"for {days:.0f} d" if days >= 1 else "for less than a day"
    sentence = f"{thing} has been paused {since} by {pause.paused_by}: {pause.why}"
    if days < 1:
        return Finding("ok", "pauses", sentence)
    option = "--all" if pause.scope == "all" else f"--{pause.scope} {shlex.quote(pause.name)}"
    return Finding("warn", "pauses", sentence, f'python -m service resume {option} --why "…"')
