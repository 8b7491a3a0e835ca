"""The interface of a pipeline: frozen values, the context a stage is handed, and its two errors.

Nothing here knows of HTTP, Pub/Sub or SQL, and nothing of the delivery is imported: a pipeline of one's own
needs this module alone (`docs/your-own-pipeline.md`).
"""

import logging
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

Json: TypeAlias = Any
"""What `json.dumps` takes and a PostgreSQL `jsonb` keeps: no NaN, no NUL character, no lone surrogate."""

Output: TypeAlias = Mapping[str, Json]
"""What one stage hands to the next ones: a JSON object, at most 1 MB, kept as the stage's checkpoint."""

Outputs: TypeAlias = Mapping[str, Output]
"""The outputs of the stages finished so far, by the stage's name."""


class StageError(Exception):
    """A stage could not do its work; the subclass says whether trying again can help.

    `code` is stable snake_case for machines, `sentence` is for the person who sent the job. At most 64 and
    2,000 characters of them are kept.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Later(StageError):
    """May succeed later: the job goes back to pending and uses up one of its attempts.

    `retry_after_s` is the least wait before the next attempt, in seconds; the service's backoff when None.
    """

    def __init__(self, code: str, sentence: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(code, sentence)
        self.retry_after_s = retry_after_s


class Unsure(Later):
    """Raised where an effect is started: the provider may have taken the order, or not (no answer came in time, the
    connection was cut). The job is tried again later, and the intent stays on record."""


class Never(StageError):
    """Cannot succeed however often it is tried: the job fails, with a dead letter."""


class BadSetting(Exception):
    """An environment variable of the pipeline is missing or wrong: the service does not start.

    `name` is the variable, `sentence` says what it must be.
    """

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.sentence = sentence


class Interrupted(BaseException):
    """The stage in hand is to stop now: time is up, the process is draining, or the lease is gone.

    Raised out of the methods of `Context`. Like `asyncio.CancelledError` it is no `Exception`, so that a stage's
    own `except Exception` does not swallow it. It is not the stage's failure; let it pass.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as a stage sees it. `run` counts from 1 and rises with each replay by an operator; `round` rises
    when stages are run anew on purpose; `failures` counts failed executions of stages in the job's whole life."""

    id: str
    user_id: str
    content: str
    preset: str
    metadata: Mapping[str, Json]
    run: int = 1
    round: int = 0
    failures: int = 0


class ArtifactStore(Protocol):
    """Files that outlive the delivery. Content-addressed under the job, so storing twice is harmless."""

    def put(self, path: Path, name: str, content_type: str) -> str:
        """Store the file at `path` under the readable file name `name`; return its URL once it is durable.

        A name that ends in `.part` says that the file is of use to the job alone, as a shot of a film is: it is
        deleted sooner than the rest."""

    def fetch(self, url: str, to: Path) -> Path:
        """Copy the stored file at `url`, one that `put` returned, to the local path `to`; return `to`.

        Raises `FileNotFoundError` where it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one order of an effect costs, in US dollars.

    `most_usd` is the most that it can cost. `cap_usd` is what the job may spend in all, whatever its run.
    `actual_usd` says from the effect's result what it did cost; None: `most_usd`.
    """

    most_usd: float
    cap_usd: float | None = None
    actual_usd: Callable[[Json], float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """An effect on the job's account. `cost_usd` is of all its `orders`; until it is finished, the most it can be."""

    stage: str
    name: str
    run: int
    round: int
    orders: int
    cost_usd: float
    is_finished: bool


class Context(Protocol):
    """What a stage is handed besides the job and the outputs. One object for one delivery of one job.

    Each method may be called from threads of the stage's own, and each may raise `Interrupted`.
    """

    @property
    def scratch(self) -> Path:
        """A folder for this delivery alone, shared by its stages and removed at its end. Another delivery may run on
        another machine, whose folder is empty."""

    @property
    def artifacts(self) -> ArtifactStore:
        """Files that outlive the delivery."""

    @property
    def log(self) -> "logging.LoggerAdapter[logging.Logger]":
        """A logger whose lines carry the ids of the job."""

    def time_left(self) -> float:
        """Seconds until this delivery must have ended; after that the stage is abandoned."""

    def check(self) -> None:
        """Raise `Interrupted` where the stage is to stop. Call it in every loop that takes more than a second."""

    def wait(self, seconds: float) -> None:
        """Sleep, and raise `Interrupted` as soon as the stage is to stop."""

    def progress(self, done: float, note: str = "") -> None:
        """Say how far the stage is, 0.0 to 1.0, and what it is at in a few words. Cheap: written at most once a
        second; never fails the stage."""

    def once(self, name: str, make: Callable[[], Json], *, needs_s: float = 0.0) -> Json:
        """A named part of the stage that is checkpointed by itself, such as one shot.

        Returns the kept value where the part is finished, in this delivery or one before; else calls `make`,
        keeps what it returns, and returns that. A file that the value names must be in `artifacts` before `make`
        returns. Where fewer than `needs_s` seconds are left and something has been finished in this delivery,
        the job is handed over to a delivery of its own instead (`Interrupted`).
        """

    def effect(
        self,
        name: str,
        start: Callable[[str], Json],
        poll: Callable[[Json], Json | None] | None = None,
        *,
        repeatable: bool,
        again: bool = False,
        find: Callable[[str], Json | None] | None = None,
        price: Price | None = None,
        poll_every_s: float = 5.0,
    ) -> Json:
        """A paid or slow operation of somebody else, started at most once whatever is killed in between.

        The intent is recorded, then `start(request_id)` is called with an id that stays the same for this effect;
        what it returns (the operation's id, or the result of a synchronous call) is recorded. Then
        `poll(operation)` is asked every `poll_every_s` seconds until it returns something else than None, across
        deliveries. Without `poll` what `start` returned is the result.

        Where the intent is recorded and the operation is not, nobody knows whether it was started. First
        `find(request_id)` asks the provider, where it can be asked, for each id: the operation, or None where none is
        seen (the order may still be on its way). Then, with `repeatable=True` (the provider drops a repeat of
        `request_id`) it is started again under the same id; with `again=True` it is ordered once more under a new id,
        at most once; else `Never("effect_unknown", …)` is raised, and an operator's replay may start it once more.
        `start` raises `Later` or `Never` only where the provider surely did not take this order: that clears the
        intent, but not one that it repeats. `Unsure`, and any other error, leaves it unknown. `poll` raises `Never`
        where the operation has ended without a result: the job fails, and an operator's replay orders anew.

        With a `price`, `most_usd` is on the job's account with the intent, and an order that would take the account
        over `cap_usd` is not made: `Never("over_budget", …)`. An unknown order stays on the account.
        """

    def spent(self) -> Sequence[Spent]:
        """What is on the job's account: every effect with a price, of all its runs, in the order of the intents."""

    def popen(self, args: Sequence[str | Path], **kwargs: Any) -> "subprocess.Popen[bytes]":
        """`subprocess.Popen` in a process group of its own, which is killed when the delivery ends or the stage is
        to stop. Never through a shell."""


StageFunction: TypeAlias = Callable[[Job, Outputs, Context], Output]


def _one_second(_job: Job) -> float:
    return 1.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its function, and the seconds it had better have before it starts.

    Where fewer are left and the delivery has finished something, the job is handed over to a new delivery.
    """

    run: StageFunction
    needs_s: Callable[[Job], float] = _one_second


@dataclass(frozen=True, slots=True)
class Choice:
    """A fork in the path: `pick` names one of `among` from the job and the outputs so far. It must be pure.

    A stage that is behind sends the job back: a new round begins there, whose stages run anew, and its outputs are
    those before it and the output of the stage that sent it back. `pick` must come to an end with that.
    """

    among: tuple[str, ...]
    pick: Callable[[Job, Outputs], str]


Transitions: TypeAlias = Mapping[str, str | Choice]
"""From each stage to the stage that follows it. The one name that has no row of its own is the end."""


def accept(_job: Job) -> None:
    """The check of a pipeline that takes every job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One pipeline, frozen.

    `transitions` starts with the first stage (mappings keep their order) and every path ends in the one name
    that is no key of it; `stages` has a function for each key. The output of the last stage is the job's result.
    `check` looks at a job before any work and raises `Never` for one that cannot succeed. `presets` are the
    values that a job's `preset` may have.

    Raises `ValueError` where the table and the stages do not agree.
    """

    name: str
    presets: frozenset[str]
    transitions: Transitions
    stages: Mapping[str, Stage]
    check: Callable[[Job], None] = accept

    def __post_init__(self) -> None:
        targets = {target for step in self.transitions.values() for target in _among(step)}
        ends = targets - set(self.transitions)
        if len(ends) != 1:
            message = f"pipeline {self.name}: transitions must lead to one end, they lead to {sorted(ends)}"
            raise ValueError(message)
        if set(self.stages) != set(self.transitions):
            odd = sorted(set(self.stages) ^ set(self.transitions))
            message = f"pipeline {self.name}: stages and transitions differ in {odd}"
            raise ValueError(message)

    @property
    def first(self) -> str:
        return next(iter(self.transitions))

    @property
    def end(self) -> str:
        targets = {target for step in self.transitions.values() for target in _among(step)}
        return next(iter(targets - set(self.transitions)))

    def after(self, stage: str, job: Job, outputs: Outputs) -> str:
        """The stage that follows `stage`, or the end."""
        step = self.transitions[stage]
        if isinstance(step, str):
            return step
        chosen = step.pick(job, outputs)
        if chosen not in step.among:
            message = f"pipeline {self.name}: after {stage} comes one of {step.among}, not {chosen!r}"
            raise ValueError(message)
        return chosen


def outputs_before(
    pipeline: Pipeline, stage: str, job: Job, outputs: Outputs, *, sent_back_by: str | None = None
) -> dict[str, Output]:
    """Those of `outputs` that lie on the job's way to `stage`, and that of the stage which sent the job back: where
    stages are run anew, the later ones' are stale."""
    kept: dict[str, Output] = {}
    name = pipeline.first
    while name != stage and name in outputs and name not in kept:
        kept[name] = outputs[name]
        name = pipeline.after(name, job, kept)
    if sent_back_by is not None and sent_back_by in outputs:
        kept.setdefault(sent_back_by, outputs[sent_back_by])
    return kept


def _among(step: str | Choice) -> tuple[str, ...]:
    return (step,) if isinstance(step, str) else step.among
