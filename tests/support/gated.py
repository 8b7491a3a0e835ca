"""A pipeline of three stages that tests hold, fail and watch, and the service that runs it in this process."""

import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from lab.harness.calls import Answer
from lab.harness.world import World
from service.app import EXTENSION, build_app
from service.config import read_settings
from service.delivery.parts import Parts
from service.pipeline import (
    Choice,
    Context,
    Job,
    Later,
    Never,
    Output,
    Outputs,
    Pipeline,
    Preview,
    PreviewPart,
    Stage,
)

Behaviour = Callable[[Job, Outputs, Context], Output]


class Gates:
    """What a stage of a job does, whether it was reached, and how often it ran."""

    def __init__(self) -> None:
        self.runs: list[tuple[str, str]] = []
        self.seen: dict[tuple[str, str], dict[str, Any]] = {}
        self._open: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self._reached: dict[tuple[str, str], threading.Event] = defaultdict(threading.Event)
        self._held: set[tuple[str, str]] = set()
        self._does: dict[tuple[str, str], Behaviour] = {}

    def hold(self, job_id: str, stage: str) -> None:
        """Make the stage wait until `open`, ignoring everything else."""
        self._held.add((job_id, stage))

    def open(self, job_id: str, stage: str) -> None:
        self._held.discard((job_id, stage))
        self._open[job_id, stage].set()

    def let_go(self) -> None:
        """Let every stage that waits go on, whoever held it: the test is over."""
        self._held.clear()
        for gate in list(self._open.values()):
            gate.set()

    def does(self, job_id: str, stage: str, behaviour: Behaviour | None) -> None:
        """Set what the stage does; None: nothing, as at first."""
        if behaviour is None:
            self._does.pop((job_id, stage), None)
        else:
            self._does[job_id, stage] = behaviour

    def wait_reached(self, job_id: str, stage: str) -> None:
        assert self._reached[job_id, stage].wait(30), f"{stage} of {job_id} was never reached"

    def count(self, job_id: str, stage: str) -> int:
        return self.runs.count((job_id, stage))

    def pipeline(self) -> Pipeline:
        return Pipeline(
            name="gated",
            presets=frozenset({"quick_social", "premium_spot"}),
            transitions={"A": "B", "B": "C", "C": Choice(among=("END", "B"), pick=_end_or_back)},
            stages={name: Stage(self._stage(name), lambda _job: 0.0) for name in "ABC"},
            check=_check,
            providers=lambda job: {
                job.metadata[name] for name in ("provider", "second_provider") if name in job.metadata
            },
            preview=lambda job: Preview(title=job.content, facts={}, parts=[PreviewPart(name="A", says={})]),
        )

    def _stage(self, name: str) -> Behaviour:
        def run(job: Job, outputs: Outputs, context: Context) -> Output:
            key = (job.id, name)
            self.runs.append(key)
            self.seen[key] = {"content": job.content, "outputs": dict(outputs)}
            self._reached[key].set()
            if key in self._held:
                assert self._open[key].wait(60)
            behaviour = self._does.get(key)
            return behaviour(job, outputs, context) if behaviour else {"made_by": name, "from": job.content[:100]}

        return run


def _end_or_back(_job: Job, outputs: Outputs) -> str:
    return "B" if outputs["C"].get("back") else "END"


def _check(job: Job) -> None:
    if job.metadata.get("hopeless"):
        raise Never("hopeless", "This job has no hope.")


class InProcess:
    """The service in this process: real routes, tokens, PostgreSQL and Pub/Sub calls, and a thread for each request."""

    def __init__(self, world: World, pipeline: Pipeline, **changes: Any) -> None:
        self.world = world
        settings = replace(read_settings(world.env()), **changes)
        self.app = build_app(settings, pipeline)
        self.service: Parts = self.app.extensions[EXTENSION]
        self._pool = ThreadPoolExecutor(64)

    def push(self, body: bytes, *, token: str | None = None, headers: dict[str, str] | None = None) -> Answer:
        authorization = {"Authorization": f"Bearer {token or self.world.token()}"}
        response = self.app.test_client().post("/push", data=body, headers={**authorization, **(headers or {})})
        return Answer(response.status_code, dict(response.headers), response.data)

    def push_soon(self, body: bytes) -> "Future[Answer]":
        return self._pool.submit(self.push, body)

    def get(self, path: str) -> Answer:
        response = self.app.test_client().get(path)
        return Answer(response.status_code, dict(response.headers), response.data)

    def close(self) -> None:
        self._pool.shutdown(wait=True)
        self.service.close()


Start = Callable[..., InProcess]


def later(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Later("provider_busy", "The provider is busy.")


def never(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise Never("provider_refused", "The provider refuses this brief.")


def crash(_job: Job, _outputs: Outputs, _context: Context) -> Output:
    raise ZeroDivisionError


def until_told(_job: Any, _outputs: Any, context: Any) -> Any:
    context.wait(60)
    return {}
