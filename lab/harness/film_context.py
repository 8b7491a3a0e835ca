"""A plain context for the film's stages, which keeps `Context`'s contract in one folder, without a delivery."""

import logging
import os
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from service.delivery import children
from service.pipeline import (
    Interrupted,
    Job,
    Json,
    Later,
    Never,
    Output,
    Pipeline,
    Price,
    Spent,
    Unsure,
    outputs_before,
)


@dataclass
class FolderStore:
    """An artifact store in a folder."""

    folder: Path

    def put(self, path: Path, name: str, content_type: str) -> str:
        assert content_type.count("/") == 1
        assert path.is_file()
        digest = sha256(path.read_bytes()).hexdigest()[:16]
        stored = self.folder / digest / name
        stored.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, stored)
        return stored.as_uri()

    def fetch(self, url: str, to: Path) -> Path:
        stored = Path(url.removeprefix("file://"))
        assert stored.is_relative_to(self.folder)
        shutil.copyfile(stored, to)
        return to


@dataclass
class EffectRecord:
    """The record of an effect: its intent, its operation, and its result."""

    stage: str
    name: str
    round: int
    cost: float
    operation: Json = None
    is_started: bool = False
    result: Json = None


@dataclass
class LocalContext:
    """A `Context` whose state can be read and set by a test: the `parts` that `once` recorded, the names that it `made`
    in this process, the `effects`, the `assets` by their references, the `notes` on progress, and the `children` that
    were started. Setting `stopped` stops the stage."""

    scratch: Path
    artifacts: FolderStore
    stage: str = ""
    round: int = 0
    effects: dict[str, EffectRecord] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    parts: dict[str, Json] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    assets: dict[str, Path] = field(default_factory=dict)
    notes: list[tuple[float, str]] = field(default_factory=list)
    children: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    log: "logging.LoggerAdapter[logging.Logger]" = field(
        default_factory=lambda: logging.LoggerAdapter(logging.getLogger("film"), {})
    )

    def asset(self, reference: str, to: Path) -> Path:
        if reference not in self.assets:
            raise Never("asset_not_found", f"There is no asset {reference}.")
        shutil.copyfile(self.assets[reference], to)
        return to

    def time_left(self) -> float:
        return 600.0

    def check(self) -> None:
        if self.stopped.is_set():
            raise Interrupted

    def wait(self, seconds: float) -> None:
        self.stopped.wait(seconds)
        self.check()

    def progress(self, done: float, note: str = "") -> None:
        assert 0.0 <= done <= 1.0
        self.notes.append((done, note))
        self.check()

    def once(self, name: str, make: Callable[[], Json], *, needs_s: float = 0.0) -> Json:
        assert needs_s >= 0
        if name not in self.parts:
            self.parts[name] = make()
            self.made.append(name)
        return self.parts[name]

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
        assert not (repeatable and again)
        assert find is None or callable(find)
        key = f"{self.round}/{self.stage}/{name}"
        with self.lock:
            effect = self.effects.get(key)
            if effect is None:
                price = price or Price(most_usd=0.0)
                spent_usd = sum(earlier.cost for earlier in self.effects.values())
                if price.cap_usd is not None and spent_usd + price.most_usd > price.cap_usd + 1e-9:
                    raise Never("over_budget", "The cap is reached.")
                effect = self.effects[key] = EffectRecord(self.stage, name, self.round, price.most_usd)
        if not effect.is_started:
            try:
                effect.operation = start(str(uuid5(NAMESPACE_URL, key)))
            except Unsure:
                raise
            except (Later, Never):
                del self.effects[key]
                raise
            effect.is_started = True
        while effect.result is None:
            effect.result = effect.operation if poll is None else poll(effect.operation)
            if effect.result is None:
                self.wait(min(poll_every_s, 0.02))
            elif price is not None and price.actual_usd is not None:
                effect.cost = price.actual_usd(effect.result)
        return effect.result

    def spent(self) -> Sequence[Spent]:
        return [
            Spent(
                stage=effect.stage,
                name=effect.name,
                run=1,
                round=effect.round,
                orders=1,
                cost_usd=effect.cost,
                is_finished=effect.result is not None,
            )
            for effect in self.effects.values()
            if effect.cost
        ]

    def popen(self, args: Sequence[str | Path], **kwargs: Any) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(args, start_new_session=True, **{"env": children.environment(os.environ), **kwargs})
        self.children.append(child)
        return child


def chance(seed: int) -> random.Random:
    """Return random numbers that are the same for the same seed."""
    return random.Random(seed)  # noqa: S311 -- to be repeated


def local_context(folder: Path) -> LocalContext:
    """Return a context with an empty scratch folder and an artifact store, both under `folder`."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    return LocalContext(scratch=scratch, artifacts=FolderStore(folder / "artifacts"))


def walk(
    pipeline: Pipeline,
    job: Job,
    folder: Path,
    times: dict[str, float] | None = None,
    assets: Mapping[str, Path] | None = None,
) -> dict[str, Output]:
    """Run every stage of a job and return their outputs. Each gets an empty scratch folder of its own, as if it ran on
    another machine. `times` receives the seconds that each took; `assets` are files by their references."""
    pipeline.check(job)
    outputs: dict[str, Output] = {}
    effects: dict[str, EffectRecord] = {}
    stage = pipeline.first
    while stage != pipeline.end:
        started = time.perf_counter()
        ctx = local_context(folder / f"{stage}-{job.round}")
        ctx.artifacts = FolderStore(folder / "artifacts")
        ctx.stage, ctx.round, ctx.effects, ctx.assets = stage, job.round, effects, dict(assets or {})
        outputs[stage] = pipeline.stages[stage].run(job, outputs, ctx)
        shutil.rmtree(ctx.scratch)
        if times is not None:
            times[stage] = time.perf_counter() - started
        following = pipeline.after(stage, job, outputs)
        if following in outputs_before(pipeline, stage, job, outputs):
            job = replace(job, round=job.round + 1)
            outputs = outputs_before(pipeline, following, job, outputs, sent_back_by=stage)
        stage = following
    return outputs
