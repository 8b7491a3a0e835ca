"""Two revisions of a service on one database: pipelines with other presets, stages or checks than each other."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any

from lab.harness.calls import Answer
from lab.harness.messages import envelope
from lab.harness.names import API_AUDIENCE, CALLER, JOBS
from lab.harness.world import World
from service.pipeline import Context, Job, Later, Never, Output, Outputs, Pipeline, Stage, accept
from tests.support.gated import InProcess

Revision = Callable[..., InProcess]
"""`revision("a", "b")`: a service whose pipeline has these presets; `stages` and `check` change the rest of it."""


def pipeline(*presets: str, stages: str = "AB", check: Callable[[Job], None] = accept) -> Pipeline:
    """Each stage is a letter, and returns the letters that have run. Metadata `fails_at` names a stage that fails once,
    and `hands_over_at` one that is left to the next delivery."""
    path = [*stages, "END"]
    return Pipeline(
        name=f"revision-{''.join(presets)}-{stages}",
        presets=frozenset(presets),
        transitions=dict(itertools.pairwise(path)),
        stages={name: Stage(_stage(name), _needs_s(name)) for name in stages},
        check=check,
    )


def older(_env: Mapping[str, str]) -> Pipeline:
    """PIPELINE=tests.support.revisions:older"""
    return pipeline("a")


def newer(_env: Mapping[str, str]) -> Pipeline:
    """PIPELINE=tests.support.revisions:newer"""
    return pipeline("a", "b")


def needs_tone(job: Job) -> None:
    """The check of a revision that requires more of the metadata."""
    if "tone" not in job.metadata:
        raise Never("bad_metadata", "metadata.tone is missing.")


def submit(service: InProcess, *, key: str | None = None, **job: Any) -> str:
    """Submit a job to the API; return its id."""
    answer = _post(service, key, job)
    assert answer.status == 202, answer.body
    return str(json.loads(answer.body)["job_id"])


def refuse(service: InProcess, **job: Any) -> str:
    """Submit a job that the API does not take; return the problem's code."""
    answer = _post(service, None, job)
    assert answer.status == 422, answer.body
    return str(answer.problem["code"])


def _post(service: InProcess, key: str | None, job: Mapping[str, Any]) -> Answer:
    body = {"user_id": "user-1", "content": "A lighthouse.", "preset": "b", **job}
    token = service.world.issuer.token(API_AUDIENCE, CALLER)
    headers = {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}
    answer = service.app.test_client().post("/pipeline/run", json=body, headers=headers)
    return Answer(answer.status_code, dict(answer.headers), answer.data)


def ask(service: InProcess, path: str) -> Answer:
    """GET, as a caller of the API."""
    token = service.world.issuer.token(API_AUDIENCE, CALLER)
    answer = service.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})
    return Answer(answer.status_code, dict(answer.headers), answer.data)


def published_jobs(world: World) -> list[bytes]:
    """Every job message that the service published, oldest first, as Pub/Sub pushes it."""
    return [
        envelope(message.data, attributes=dict(message.attributes), message_id=message.id)
        for message in world.pubsub.accepted(JOBS)
    ]


def _needs_s(name: str) -> Callable[[Job], float]:
    return lambda job: 10_000.0 if job.metadata.get("hands_over_at") == name else 0.0


def _stage(name: str) -> Callable[[Job, Outputs, Context], Output]:
    def run(job: Job, outputs: Outputs, _context: Context) -> Output:
        if job.metadata.get("fails_at") == name and job.failures == 0:
            raise Later("not_yet", "It fails once, as told.")
        return {"ran": [*(outputs[before]["ran"][-1] for before in outputs), name]}

    return run
