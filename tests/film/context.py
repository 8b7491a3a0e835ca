"""A plain context for the film's stages: it keeps the contract of `Context` on one folder, without a delivery."""

import logging
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.pipeline import Interrupted, Job, Json, Output, Pipeline


@dataclass
class FolderStore:
    folder: Path

    def put(self, path: Path, name: str, content_type: str) -> str:
        assert content_type.count("/") == 1
        assert path.is_file()
        digest = sha256(path.read_bytes()).hexdigest()[:16]
        kept = self.folder / digest / name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
        return kept.as_uri()

    def fetch(self, url: str, to: Path) -> Path:
        kept = Path(url.removeprefix("file://"))
        assert kept.is_relative_to(self.folder)
        shutil.copyfile(kept, to)
        return to


@dataclass
class LocalContext:
    scratch: Path
    artifacts: FolderStore
    parts: dict[str, Json] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    notes: list[tuple[float, str]] = field(default_factory=list)
    children: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    log: "logging.LoggerAdapter[logging.Logger]" = field(
        default_factory=lambda: logging.LoggerAdapter(logging.getLogger("film"), {})
    )

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
        poll_every_s: float = 5.0,
    ) -> Json:
        raise NotImplementedError(name, start, poll, repeatable, poll_every_s)

    def popen(self, args: Sequence[str | Path], **kwargs: Any) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(args, start_new_session=True, **kwargs)
        self.children.append(child)
        return child


def chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- to be repeated


def local_context(folder: Path) -> LocalContext:
    scratch = folder / "scratch"
    scratch.mkdir(parents=True)
    return LocalContext(scratch=scratch, artifacts=FolderStore(folder / "artifacts"))


def walk(pipeline: Pipeline, job: Job, folder: Path, times: dict[str, float] | None = None) -> dict[str, Output]:
    """Every stage of a job, each with an empty scratch folder of its own: as on another machine each time."""
    pipeline.check(job)
    outputs: dict[str, Output] = {}
    stage = pipeline.first
    while stage != pipeline.end:
        started = time.perf_counter()
        ctx = local_context(folder / stage)
        ctx.artifacts = FolderStore(folder / "artifacts")
        outputs[stage] = pipeline.stages[stage].run(job, outputs, ctx)
        shutil.rmtree(ctx.scratch)
        if times is not None:
            times[stage] = time.perf_counter() - started
        stage = pipeline.after(stage, job, outputs)
    return outputs
