"""What the service is given in one run: the jobs, when and by which way each is sent, and how each must end."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from lab.chaos.revisions import NEW_PRESET
from lab.harness.messages import Brief

FILM = "chaos_film"
"""The key in a job's metadata that makes it a real film (`lab.chaos.mixed`)."""

FILM_BRIEFS = (
    "A lighthouse keeper's daughter teaches the beam to dance. The storm applauds.",
    "Fresh bread at six in the morning: the village wakes up to the smell.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of one run. Times are in seconds, probabilities from 0 to 1."""

    jobs: int
    seconds: float
    """How long jobs are sent and faults injected."""
    seed: int
    films: int = 0
    max_attempts: int = 8
    ack_deadline_s: int = 10
    lease_s: float = 3.0
    drain_s: float = 240.0
    """How long everything may take to come to rest after the last fault."""
    pause_s: tuple[float, float] = (1.0, 6.0)
    """The shortest and longest pause between two faults of one injector."""
    slow: float = 0.08
    quick: float = 0.3
    copies: float = 0.2
    """The share of messages that are delivered twice."""
    late: float = 0.1
    """The share of acknowledged messages that are delivered once more, later."""
    more: dict[str, float] = field(default_factory=dict)
    """How much more often than usual a fault is injected, by its name."""
    use_emulator: bool = True
    sabotage: str | None = None
    """The fence that is removed, by its name in `lab.chaos.sabotage`."""
    like: str | None = None
    """Provoke what that sabotage breaks, with the fence in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One job, sent `at_s` seconds after the start. `fails` is its `metadata.drill_fail`."""

    brief: Brief
    kind: str
    fails: str | None
    by_emulator: bool
    at_s: float


SHORT_JOBS, SHORT_S = 160, 45.0


def short(seed: int, sabotage: str | None = None, *, like: str | None = None, use_emulator: bool = True) -> Options:
    """Return the options of the short form, for CI and sabotages: faults come faster."""
    return Options(
        jobs=SHORT_JOBS,
        seconds=SHORT_S,
        seed=seed,
        max_attempts=6,
        pause_s=(0.3, 2.5),
        drain_s=40.0 if sabotage else 150.0,
        # What a sabotage breaks shows sooner without the emulator.
        use_emulator=use_emulator and not (sabotage or like),
        sabotage=sabotage,
        like=like,
    )


def make(options: Options) -> list[Planned]:
    """Return the jobs of a run in the order in which they are sent; the same options give the same jobs."""
    dice = random.Random(options.seed)  # noqa: S311 (no secret)
    planned = [_planned(number, options, dice) for number in range(options.jobs)]
    return sorted(planned, key=lambda one: one.at_s)


def _planned(number: int, options: Options, dice: random.Random) -> Planned:
    by_emulator = options.use_emulator and number % 2 == 1
    job_id = str(UUID(int=dice.getrandbits(128), version=4))
    if number < options.films:
        # Spread over the run, alternately through the emulator and directly.
        metadata: dict[str, Any] = {FILM: True, "duration_sec": 3, "lang": "en"}
        at_s = options.seconds * 0.8 * number / options.films
        brief = Brief(job_id=job_id, content=FILM_BRIEFS[number % len(FILM_BRIEFS)], metadata=metadata)
        return Planned(brief=brief, kind="film", fails=None, by_emulator=by_emulator, at_s=at_s)
    # The emulator keeps only two pushes in flight: slow stages would hold up all other jobs.
    slow = options.slow * (0.3 if by_emulator else 1.0)
    kind = _one_of(dice, {"slow": slow, "quick": options.quick, "instant": max(0.0, 1.0 - slow - options.quick)})
    stage_ms = {"instant": 0, "quick": dice.randint(20, 100), "slow": dice.randint(1_000, 3_000)}[kind]
    fails = _one_of(dice, {"": 0.88, "once": 0.05, "permanent": 0.05, "always": 0.02})
    at_s = dice.uniform(0, options.seconds)
    if fails == "always":
        # Early, because its backoffs take minutes.
        at_s /= 3
    metadata = {"drill_stage_ms": stage_ms} | ({"drill_fail": fails} if fails else {})
    preset = dice.choices(("quick_social", "brand_campaign", NEW_PRESET), (0.45, 0.45, 0.1))[0]
    brief = Brief(job_id=job_id, user_id=f"user-{number % 20}", preset=preset, metadata=metadata)
    return Planned(brief=brief, kind=kind, fails=fails or None, by_emulator=by_emulator, at_s=at_s)


def _one_of(dice: random.Random, chances: dict[str, float]) -> str:
    return dice.choices(list(chances), list(chances.values()))[0]


def demands(planned: Planned, status: str, error_code: str | None, *, is_cancelled: bool) -> bool:
    """Return whether a run of the job may end like this. `is_cancelled`: its cancellation was requested."""
    if status == "cancelled":
        return is_cancelled
    match planned.fails:
        case "permanent":
            return (status, error_code) == ("error", "drill_permanent")
        case "always":
            return (status, error_code) == ("error", "drill_failed")
        case _:
            return status == "success"


def kinds(planned: Sequence[Planned]) -> dict[str, int]:
    """Count the jobs of each kind."""
    counts: dict[str, int] = {}
    for one in planned:
        name = f"{one.kind}{f', fails {one.fails}' if one.fails else ''}"
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items()))
