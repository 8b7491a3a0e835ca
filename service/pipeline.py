"""The interface of a pipeline: frozen values, the context that a stage is given, and its two errors.

It knows nothing of HTTP, Pub/Sub or SQL and does not import the delivery. Your own pipeline needs only this module
(`docs/your-own-pipeline.md`).
"""

import logging
import re
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, cast

Json: TypeAlias = Any
"""What `json.dumps` accepts and PostgreSQL can store: no NaN, no NUL character, no lone surrogate."""

Output: TypeAlias = Mapping[str, Json]
"""What a stage passes to the following ones: a JSON object of at most 1 MB, stored as the stage's checkpoint."""

Outputs: TypeAlias = Mapping[str, Output]
"""The outputs of the stages finished so far, by the stage's name."""

AssetKind: TypeAlias = Literal["picture", "font", "sound"]
"""What an uploaded file is: an RGB or RGBA picture, a font, or stereo sound."""

_ASSET = re.compile(
    r"asset:[0-9a-f]{16}/(?:-|[0-9a-f]{16})/[0-9a-f]{16}-(picture|font|sound)\.(?:png|jpg|ttf|otf|flac)"
)

PROVIDER = "provider"
"""What a job waits for that was told to come back later: `Later.waits_for`."""


class StageError(Exception):
    """A stage could not do its work; the subclass says whether trying again can help.

    `code` is stable snake_case for machines; `sentence` is for the person who sent the job. At most 64 and 2,000
    characters of them are stored.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Later(StageError):
    """May succeed later: the job goes back to pending.

    Without arguments it is a failure, and uses up one of the job's attempts. With `waits_for`, the name of a dependency
    that is away for every job (such as `provider`), or with `retry_after_s`, the seconds that a provider asked to wait,
    it is a wait: it uses up no attempt, and is ended by a limit in hours (`MAX_WAIT_HOURS`). With `retry_after_s`
    alone, the job waits for the provider.
    """

    def __init__(
        self, code: str, sentence: str, *, retry_after_s: float | None = None, waits_for: str | None = None
    ) -> None:
        super().__init__(code, sentence)
        self.retry_after_s = retry_after_s
        self.waits_for = waits_for or (None if retry_after_s is None else PROVIDER)


class Unsure(Later):
    """Raised when starting an effect: the provider may or may not have accepted the order (no answer came in time, the
    connection was cut). The job is tried again later, and the intent stays recorded."""


class Never(StageError):
    """Can never succeed: the job fails for good, with a dead letter."""


def asset_kind(value: object) -> AssetKind | None:
    """Return what an asset is, from its reference (`asset:…`), which an upload was answered with and which a job's
    metadata may hold; None if `value` is not a reference. Whether there is such an asset, `Context.asset` says."""
    found = _ASSET.fullmatch(value) if isinstance(value, str) else None
    return cast("AssetKind", found[1]) if found else None


class BadSetting(Exception):
    """An environment variable of the pipeline is missing or wrong: the service does not start.

    `name` is the variable, `sentence` says what it must be.
    """

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name = name
        self.sentence = sentence


class Interrupted(BaseException):
    """The stage must stop now: time is up, the process is draining, or the lease is lost.

    Raised by the methods of `Context`. Like `asyncio.CancelledError` it is not an `Exception`, so that a stage's
    `except Exception` does not swallow it. It is not a failure of the stage; let it pass.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job as a stage sees it. `run` counts from 1 and rises with each replay by an operator; `round` rises each
    time that stages run again on purpose; `failures` counts failed executions of stages in the job's whole life.
    `max_usd` is what the operator lets it spend in all, whatever its metadata says; None if there is no such limit."""

    id: str
    user_id: str
    content: str
    preset: str
    metadata: Mapping[str, Json]
    run: int = 1
    round: int = 0
    failures: int = 0
    max_usd: float | None = None


class ArtifactStore(Protocol):
    """Files that outlive the delivery. Content-addressed under the job, so storing twice is harmless."""

    def put(self, path: Path, name: str, content_type: str) -> str:
        """Store the file at `path` under the readable file name `name`; return its URL once it is durable.

        A name that ends in `.part` marks a file that only the job itself needs, such as one shot of a film: it is
        deleted sooner than the rest."""

    def fetch(self, url: str, to: Path) -> Path:
        """Copy the stored file at `url`, which `put` returned, to the local path `to`; return `to`.

        Raises `FileNotFoundError` if it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one order of an effect costs, in US dollars.

    `most_usd` is the most that it can cost. `cap_usd` is what the job may spend in all, over all its runs; the
    operator's limit (`Job.max_usd`) also holds.
    `actual_usd` computes from the effect's result what it did cost; if None, it cost `most_usd`.
    """

    most_usd: float
    cap_usd: float | None = None
    actual_usd: Callable[[Json], float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """An effect on the job's account. `cost_usd` covers all its `orders`; before it is finished, the most possible."""

    stage: str
    name: str
    run: int
    round: int
    orders: int
    cost_usd: float
    is_finished: bool


class Context(Protocol):
    """What a stage is given along with the job and the outputs. One object for each delivery of a job.

    Every method may be called from the stage's own threads, and every one may raise `Interrupted`.
    """

    @property
    def scratch(self) -> Path:
        """A folder of this delivery, shared by its stages and removed at its end. The next delivery may run on another
        machine, where the folder is empty."""

    @property
    def artifacts(self) -> ArtifactStore:
        """Files that outlive the delivery."""

    @property
    def log(self) -> "logging.LoggerAdapter[logging.Logger]":
        """A logger whose lines carry the job's ids."""

    def asset(self, reference: str, to: Path) -> Path:
        """Copy the asset that the job's metadata refers to (`asset:…`) to the local path `to`; return `to`.

        It was decoded when it was uploaded, and what is kept was written by the service: a PNG or JPEG file in sRGB of
        at most 3,072 pixels a side, a TrueType or OpenType font of one face, or FLAC, in stereo at 48 kHz.
        Raises `Never("asset_not_found")` if there is none that this job may read, or no longer."""

    def time_left(self) -> float:
        """Return the seconds until this delivery must end; after that the stage is abandoned."""

    def check(self) -> None:
        """Raise `Interrupted` if the stage must stop. Call it in every loop that takes more than a second."""

    def wait(self, seconds: float) -> None:
        """Sleep, and raise `Interrupted` as soon as the stage must stop."""

    def progress(self, done: float, note: str = "") -> None:
        """Report how far the stage is, from 0.0 to 1.0, and in a few words what it does. Cheap: written at most once a
        second, and never fails the stage."""

    def once(self, name: str, make: Callable[[], Json], *, needs_s: float = 0.0) -> Json:
        """Run a named part of the stage that has a checkpoint of its own, such as one shot.

        Returns the stored value if the part was finished in this delivery or an earlier one; otherwise calls `make`,
        stores what it returns, and returns that. A file that the value names must be in `artifacts` before `make`
        returns. If fewer than `needs_s` seconds are left and this delivery has finished something, the job is handed
        over to a new delivery instead (`Interrupted`).
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
        """Run a paid or slow operation of a provider, started at most once whatever is killed in between.

        The intent is recorded. Then `start(request_id)` is called, with an id that stays the same for this effect, and
        what it returns (the operation's id, or the result of a synchronous call) is recorded. Then `poll(operation)`
        is called every `poll_every_s` seconds, across deliveries, until it returns something other than None. Without
        `poll`, what `start` returned is the result.

        If the intent is recorded and the operation is not, the order may or may not have been accepted. First
        `find(request_id)`, if there is one, asks the provider about each id: it returns the operation, or None if none
        is visible (the order may still be on its way). Then, with `repeatable=True` (the provider drops a repeated
        `request_id`), it is started again under the same id; with `again=True` it is ordered once more under a new id,
        at most once; otherwise `Never("effect_unknown", …)` is raised, and an operator's replay may start it once more.

        `start` may raise `Later` or `Never` only if the provider certainly did not accept this order: that clears its
        intent, but not an intent that it repeats. `Unsure`, and any other error, leaves it unknown. `poll` raises
        `Never` if the operation ended without a result: the job fails, and an operator's replay makes a new order.

        With a `price`, `most_usd` is added to the job's account along with the intent, and an order that would take
        the account over `cap_usd` is not made: `Never("over_budget", …)`. An unknown order stays on the account.
        """

    def spent(self) -> Sequence[Spent]:
        """Return the job's account: every effect with a price, over all its runs, in the order of the intents."""

    def popen(self, args: Sequence[str | Path], **kwargs: Any) -> "subprocess.Popen[bytes]":
        """Start a `subprocess.Popen` in its own process group, which is killed when the delivery ends or the stage must
        stop. Never through a shell. Unless `env` is given, the child inherits PATH, the locale and Python's settings,
        and none of the service's secrets."""


StageFunction: TypeAlias = Callable[[Job, Outputs, Context], Output]


def _one_second(_job: Job) -> float:
    return 1.0


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its function, and how many seconds it should have left when it starts.

    If fewer are left and the delivery has finished something, the job is handed over to a new delivery.
    """

    run: StageFunction
    needs_s: Callable[[Job], float] = _one_second


@dataclass(frozen=True, slots=True)
class Choice:
    """A fork in the path: `pick` names one of `among` from the job and the outputs so far. It must be pure.

    Picking an earlier stage sends the job back: a new round begins there and its stages run again, with the outputs of
    the stages before it and that of the stage that sent it back. `pick` must not send it back forever.
    """

    among: tuple[str, ...]
    pick: Callable[[Job, Outputs], str]


Transitions: TypeAlias = Mapping[str, str | Choice]
"""From each stage to the one that follows it. The one name without a row of its own is the end."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a job's result, to be shown: `url` is what `ArtifactStore.put` returned."""

    url: str


Shown: TypeAlias = str | File | Sequence[str | File]
"""What operators are shown of a result, one thing or several. A `str` is text, whatever is in it; a `markupsafe.Markup`
is HTML of the pipeline's own, of which only elements that hold and set out text come through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that somebody who sees a preview may want: what it is called, such as "Leave out", and the keys of the
    job's metadata that it sets, with their whole new values. None takes a key away."""

    name: str
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A change whose words somebody types, such as another title: what it is called, the key of the metadata that it
    sets, and its words now. `is_one_more`: the words are added to those that the key has, as a list."""

    name: str
    key: str
    words: str = ""
    is_one_more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPart:
    """One part of what a job would make, such as a shot: what it is, and sentences about it by what they tell."""

    name: str
    says: Mapping[str, str]
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """A line of the job's content that would not be in what the job makes, and why not."""

    line: str
    why: str
    changes: Sequence[Change] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a job would make, for people who decide whether to send it. `facts` are short answers by what they tell,
    such as "length"; `warnings` are sentences about what will not be as it was asked for. `picture` draws it all, as a
    WebP file, in a few seconds; it is called only if somebody wants to see it. `unused` are the lines of the content
    that would not be in it. `changes` can be made to it all, and so can `entries`."""

    title: str
    facts: Mapping[str, str]
    parts: Sequence[PreviewPart]
    unused: Sequence[Unused] = ()
    changes: Sequence[Change] = ()
    entries: Sequence[Entry] = ()
    warnings: Sequence[str] = ()
    picture: Callable[[], bytes] | None = None


def accept(_job: Job) -> None:
    """Accept every job: the check of a pipeline that has none."""


def no_providers(_job: Job) -> Collection[str]:
    """The providers of a pipeline that names none: a pause of a provider does not concern it."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """One pipeline, frozen.

    `transitions` starts with the first stage (mappings keep their order), and every path ends in the one name that is
    not a key; `stages` has a function for each key. The output of the last stage is the job's result. `check` sees a
    job before any work and raises `Never` for one that cannot succeed. `presets` are the values that a job's `preset`
    may have. `providers` names the providers that a job would use, so that an operator can pause one of them; it is
    asked before `check`. `show` is what the console shows of a job's result beyond its JSON; it must be quick and
    depend on nothing but its argument, because it is called each time that the page is looked at. `preview` says what a
    job that passed `check` would make; it has no effect, costs nothing, takes about a second at most, and raises
    `Never` as a stage would.

    Raises `ValueError` if the table and the stages do not agree.
    """

    name: str
    presets: frozenset[str]
    transitions: Transitions
    stages: Mapping[str, Stage]
    check: Callable[[Job], None] = accept
    providers: Callable[[Job], Collection[str]] = no_providers
    show: Callable[[Output], Shown] | None = None
    preview: Callable[[Job], Preview] | None = None

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
        """Return the stage that follows `stage`, or the end."""
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
    """Return those of `outputs` on the job's path to `stage`, and the output of the stage that sent the job back: when
    stages run again, the outputs of later ones are stale."""
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
