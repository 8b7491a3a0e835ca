"""Test a pipeline without a service: `walk` runs a job through it, `killed_at` kills it everywhere and goes on.

The context is the delivery's own; only what it writes to is a dictionary instead of PostgreSQL, and waiting takes no
time. `docs/your-own-pipeline.md` shows a test. For production code there is nothing here.
"""

import json
import logging
import math
import shutil
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import FrameType, MappingProxyType, SimpleNamespace
from typing import Any, cast
from uuid import uuid4

from service import artifacts
from service.delivery.checkpoints import Effect, Keeper, OverCap
from service.delivery.context import StageContext, Stop, check_output
from service.log import StageLog
from service.pipeline import (
    ArtifactStore,
    Job,
    Json,
    Later,
    Never,
    Output,
    Pipeline,
    Price,
    Spent,
    StageError,
    outputs_before,
)
from service.strictjson import dump

TIME_LEFT_S = 300.0
DELIVERIES = 50
"""How often `killed_at` tries a job that asks to be tried later."""
_LIBRARIES = (
    str(Path(__file__).resolve().parent),
    *(str(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "platstdlib", "purelib", "platlib")),
)


def job(content: str, *, preset: str, **metadata: Json) -> Job:
    """A job to test with."""
    return Job(id="job-1", user_id="tester", content=content, preset=preset, metadata=metadata)


@dataclass(slots=True)
class Kept:
    """What outlives a delivery: the checkpoints, parts and effects of one job. Give the same one to the next `walk` to
    go on where the last one stopped."""

    stage: str | None = None
    round: int = 0
    sent_back_by: str | None = None
    outputs: dict[str, Output] = field(default_factory=dict)
    parts: dict[tuple[int, str, str], Json] = field(default_factory=dict)
    effects: dict[tuple[int, str, str], Effect] = field(default_factory=dict)
    assets: Mapping[str, Path] = field(default_factory=dict)
    """The files that the job's metadata may refer to, by their reference (`asset:…`)."""
    spent: dict[tuple[int, str, str], Spent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Killed:
    """What became of a job that was killed at `place` (such as `shout.py:9`) and then went on: the outputs of its
    stages as `walk` returns them, or the error with which it failed."""

    place: str
    outputs: Mapping[str, Output]
    error: StageError | None = None


def walk(pipeline: Pipeline, job: Job, folder: Path, *, kept: Kept | None = None) -> dict[str, Output]:
    """Run a job through a pipeline, and return the outputs of its stages as the service would keep them.

    Artifacts go to `folder / "artifacts"`, which is emptied if the walk is a new one. What a stage raises is raised;
    after a `Later`, another walk with the same `kept` is the next delivery.
    """
    return _walk(pipeline, job, folder, Kept() if kept is None else kept, _Life())


def killed_at(
    pipeline: Pipeline, job: Job, folder: Path, *, at_most: int = 200, assets: Mapping[str, Path] | None = None
) -> Iterator[Killed]:
    """Kill the job at each line of the pipeline's own code, and before and after each write of the service; let it go
    on with an empty scratch folder; yield what became of it.

    If there are more than `at_most` places, that many of them are chosen, evenly. Whatever is killed here must be made
    to be killed: compare `outputs` with those of an undisturbed `walk` in the same folder, and count what a fake
    provider was asked for.
    """
    counting = _Life()
    _walk_to_the_end(pipeline, job, folder, Kept(assets=assets or {}), counting)
    places = counting.passed
    for number in range(0, places, math.ceil(places / at_most)):
        kept, life = Kept(assets=assets or {}), _Life(last=number)
        error: StageError | None = None
        outputs: Mapping[str, Output] = {}
        try:
            _walk_to_the_end(pipeline, job, folder, kept, life)
        except _Kill:
            try:
                outputs = _walk_to_the_end(pipeline, job, folder, kept, _Life())
            except StageError as raised:
                error = raised
            yield Killed(life.place, outputs, error)


class _Kill(BaseException):
    """As far as the code under test can tell, the process ends here."""


class _Life:
    """Counts the places that a walk passes, and ends it at number `last`. What has died writes nothing more."""

    def __init__(self, last: float = math.inf) -> None:
        self.passed = 0
        self.place = ""
        self._last = last

    def passes(self, place: str) -> None:
        if self.passed > self._last:
            raise _Kill
        if self.passed == self._last:
            self.place = place
            self.passed += 1
            raise _Kill
        self.passed += 1

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Pass a place at each line that is not a library's."""

        def enter(frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:  # noqa: ARG001
            return line if _is_own(frame.f_code.co_filename) else None

        def line(frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
            if event == "line":
                self.passes(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
            return line

        before = sys.gettrace()
        sys.settrace(enter)
        try:
            yield
        finally:
            sys.settrace(before)


@cache
def _is_own(file: str) -> bool:
    return not file.startswith("<") and not str(Path(file).resolve()).startswith(_LIBRARIES)


def _walk_to_the_end(pipeline: Pipeline, job: Job, folder: Path, kept: Kept, life: _Life) -> dict[str, Output]:
    """Deliver the job again as long as it asks for that."""
    for _ in range(DELIVERIES - 1):
        try:
            return _walk(pipeline, job, folder, kept, life)
        except Later:
            continue
    return _walk(pipeline, job, folder, kept, life)


def _walk(pipeline: Pipeline, job: Job, folder: Path, kept: Kept, life: _Life) -> dict[str, Output]:
    if kept.stage is None:
        shutil.rmtree(folder / "artifacts", ignore_errors=True)
        if job.preset not in pipeline.presets:
            raise ValueError(f"{pipeline.name} has no preset {job.preset!r}: {', '.join(sorted(pipeline.presets))}")
        pipeline.check(job)
        kept.stage = pipeline.first
    (folder / "artifacts").mkdir(parents=True, exist_ok=True)
    job = replace(job, round=kept.round)
    context = _context(job, folder, kept, life)
    try:
        with life.traced():
            outputs = _stages(pipeline, job, kept, context)
        # A stage that catches everything, and so its own end too, has not got away with it.
        life.passes("before the result")
        return outputs
    finally:
        context.remove_scratch()


def _stages(pipeline: Pipeline, job: Job, kept: Kept, context: StageContext) -> dict[str, Output]:
    """As the delivery's runner."""
    outputs = outputs_before(pipeline, context.stage, job, kept.outputs, sent_back_by=kept.sent_back_by)
    while True:
        name = context.stage
        output = pipeline.stages[name].run(job, MappingProxyType(outputs), context)
        check_output(f"stage {name}", output)
        outputs[name] = _copy(output)
        following = pipeline.after(name, job, outputs)
        if following == pipeline.end:
            return outputs
        is_sent_back = following in outputs and (
            following == name or following in outputs_before(pipeline, name, job, outputs)
        )
        context.checkpoint(output, following, is_sent_back=is_sent_back)
        if is_sent_back:
            job = replace(job, round=job.round + 1)
            outputs = outputs_before(pipeline, following, job, outputs, sent_back_by=name)


def _context(job: Job, folder: Path, kept: Kept, life: _Life) -> "_Context":
    store = artifacts.connect((folder / "artifacts").resolve().as_uri())(job.id)

    def asset(reference: str, to: Path) -> Path:
        if reference not in kept.assets:
            raise Never("asset_not_found", f"There is no asset {reference}.")
        return Path(shutil.copyfile(kept.assets[reference], to))

    return _Context(
        keeper=cast("Keeper", _Memory(kept, life, SimpleNamespace(run=job.run), job.round)),
        stop=Stop(lambda _reason: None),
        deadline=math.inf,
        stage=kept.stage or "",
        progress_seen=0,
        artifacts=_Artifacts(store, life),
        log=StageLog(logging.getLogger("service.stage"), {}),
        on_progress=lambda: None,
        max_usd=job.max_usd,
        asset=asset,
    )


class _Context(StageContext):
    """Time stands still: nothing is ever late, and a wait is over at once."""

    def time_left(self) -> float:
        return TIME_LEFT_S

    def wait(self, seconds: float) -> None:  # noqa: ARG002 (as in the interface)
        self.check()

    def progress(self, done: float, note: str = "") -> None:  # noqa: ARG002 (nobody watches)
        self.check()


@dataclass(frozen=True, slots=True)
class _Artifacts:
    store: ArtifactStore
    life: _Life

    def put(self, path: Path, name: str, content_type: str) -> str:
        self.life.passes(f"before {name} is stored")
        url = self.store.put(path, name, content_type)
        self.life.passes(f"after {name} is stored")
        return url

    def fetch(self, url: str, to: Path) -> Path:
        return self.store.fetch(url, to)


@dataclass(frozen=True, slots=True)
class _Memory:
    """What `checkpoints.Keeper` does, in a dictionary. Everything goes through JSON, as it does there."""

    kept: Kept
    life: _Life
    lease: SimpleNamespace
    round: int

    def checkpoint(
        self, stage: str, output: Json, next_stage: str, progress_seen: int, *, is_sent_back: bool = False
    ) -> int:
        with self._write(f"the checkpoint of {stage}"):
            self.kept.outputs[stage] = _copy(output)
            self.kept.stage = next_stage
            if is_sent_back:
                self.kept.round += 1
                self.kept.sent_back_by = stage
        return progress_seen + 1

    def keep_part(self, stage: str, part: str, output: Json, progress_seen: int) -> int:
        with self._write(f"{part} of {stage} is kept"):
            self.kept.parts[self._key(stage, part)] = _copy(output)
        return progress_seen + 1

    def find_part(self, stage: str, part: str) -> dict[str, Json] | None:
        key = self._key(stage, part)
        return {"output": _copy(self.kept.parts[key])} if key in self.kept.parts else None

    def find_effect(self, stage: str, name: str) -> Effect | None:
        return self.kept.effects.get(self._key(stage, name))

    def intend(self, stage: str, name: str, price: Price) -> str:
        return self._order(stage, name, price, unknown_id=None, orders=1)

    def order_again(self, stage: str, name: str, unknown_id: str, price: Price) -> str:
        return self._order(stage, name, price, unknown_id=unknown_id, orders=2)

    def clear_intent(self, stage: str, name: str, request_id: str, price: Price) -> None:
        key = self._key(stage, name)
        known = self.kept.effects.get(key)
        if known is None or known.request_id != request_id:
            return
        with self._write(f"the intent {name} is cleared"):
            if known.unknown_id is None:
                del self.kept.effects[key], self.kept.spent[key]
            else:
                self.kept.effects[key] = replace(known, request_id=known.unknown_id, unknown_id=None, orders=1)
                self._charge(stage, name, -price.most_usd)

    def started(self, stage: str, name: str, request_id: str, operation: Json) -> None:
        self._change(stage, name, "the order", request_id=request_id, operation=_copy(operation), is_started=True)

    def finished(self, stage: str, name: str, request_id: str, result: Json, *, change_usd: float = 0.0) -> None:
        self._change(stage, name, "the result", request_id=request_id, result=_copy(result), is_finished=True)
        self._charge(stage, name, change_usd)

    def failed(self, stage: str, name: str, request_id: str) -> None:  # noqa: ARG002 (the run is over)
        self.life.passes(f"after {name} of {stage} has failed")

    def spent(self) -> Sequence[Spent]:
        return [one for one in self.kept.spent.values() if one.cost_usd > 0]

    def _order(self, stage: str, name: str, price: Price, *, unknown_id: str | None, orders: int) -> str:
        already = sum(one.cost_usd for one in self.spent())
        if price.cap_usd is not None and already + price.most_usd > price.cap_usd + 1e-9:
            raise OverCap(already)
        request_id, key = str(uuid4()), self._key(stage, name)
        with self._write(f"the intent {name} of {stage}"):
            if key in self.kept.spent:  # the account is in the order of the intents
                self.kept.spent[key] = self.kept.spent.pop(key)
            self.kept.effects[key] = Effect(
                run=self.lease.run,
                request_id=request_id,
                unknown_id=unknown_id,
                orders=orders,
                operation=None,
                is_started=False,
                result=None,
                is_finished=False,
            )
            self._charge(stage, name, price.most_usd)
        return request_id

    def _change(self, stage: str, name: str, what: str, **changes: Any) -> None:
        key = self._key(stage, name)
        with self._write(f"{what} of {name} of {stage}"):
            self.kept.effects[key] = replace(self.kept.effects[key], **changes)

    def _charge(self, stage: str, name: str, usd: float) -> None:
        key = self._key(stage, name)
        effect = self.kept.effects[key]
        before = self.kept.spent[key].cost_usd if key in self.kept.spent else 0.0
        self.kept.spent[key] = Spent(
            stage=stage,
            name=name,
            run=effect.run,
            round=self.round,
            orders=effect.orders,
            cost_usd=round(before + usd, 6),
            is_finished=effect.is_finished,
        )

    @contextmanager
    def _write(self, what: str) -> Iterator[None]:
        self.life.passes(f"before {what}")
        yield
        self.life.passes(f"after {what}")

    def _key(self, stage: str, name: str) -> tuple[int, str, str]:
        return self.round, stage, name


def _copy(value: Json) -> Json:
    return json.loads(dump(value))
