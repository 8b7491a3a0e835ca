"""What the API's tests share: a small pipeline, a recording publisher, and checks of an answer."""

import json
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, insert, select, update
from werkzeug.test import TestResponse

from service import db
from service.db.schema import dead_letters, job_stages, jobs
from service.delivery.outbox import Message
from service.pipeline import Change, Choice, Entry, Job, Never, Pipeline, Preview, PreviewPart, Stage, Unused
from tests.support.bad_messages import JOB, PRESETS

AUDIENCE, CALLER = "https://api.example.com", "producer@example.com"
OTHER, BOUND = "other@example.com", "shop@example.com"
OPERATOR, SWEEPER = "operator@example.com", "scheduler@example.com"
TOKEN = "00000000-0000-4000-8000-000000000001"


def check(job: Job) -> None:
    if job.metadata.get("duration_sec", 0) > 180:
        raise Never("too_long", "A film of this preset lasts at most 180 s.")


def preview(job: Job) -> Preview:
    if not job.content.endswith("."):
        raise Never("no_sentence", "content has no sentence.")
    left_out, told = job.metadata.get("leave_out", []), job.metadata.get("tell", [])
    leave = Change(name="Leave out", metadata={"leave_out": [*left_out, job.content]})
    part = PreviewPart(name="0:00 hook", says={"shows": job.content, "says": job.content}, changes=[leave])
    greeting = Unused(line="Hi!", why="a greeting", changes=[Change(name="Tell it", metadata={"tell": ["Hi!"]})])
    return Preview(
        title=job.metadata.get("title", "A test"),
        facts={"length": "about 5 s"},
        parts=[] if job.content in left_out else [part],
        unused=[] if "Hi!" in told else [greeting],
        changes=[Change(name="No title", metadata={"title": "off"})],
        entries=[
            Entry(name="Title", key="title", words=job.metadata.get("title", "A test")),
            Entry(name="Leave out these words", key="leave_out", is_one_more=True),
        ],
        warnings=["Nothing is known of x."],
        picture=lambda: b"RIFF",
    )


PIPELINE = Pipeline(
    name="test",
    presets=PRESETS,
    transitions={
        "INIT": "ANALYSIS",
        "ANALYSIS": Choice(("FAST", "SLOW"), lambda _job, _outputs: "FAST"),
        "FAST": "FINALIZE",
        "SLOW": "SLOWER",
        "SLOWER": "FINALIZE",
        "FINALIZE": "DELIVERED",
    },
    stages={
        name: Stage(lambda _job, _outputs, _context: {})
        for name in ("INIT", "ANALYSIS", "FAST", "SLOW", "SLOWER", "FINALIZE")
    },
    check=check,
    preview=preview,
)


class Recorder:
    """A publisher that keeps what it is given, or raises `error`."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self.error: Exception | None = None

    def publish(self, message: Message, timeout_s: float) -> None:
        assert timeout_s > 0
        if self.error:
            raise self.error
        self.published.append(message)


def refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Return the problem in an answer; check the members that every problem has."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body = json.loads(answer.data)
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    return dict(body)


def rows(engine: Engine, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in db.execute(engine, select(table), {})]


def at_work(client: FlaskClient, engine: Engine) -> None:
    """Leave the job with one stage finished and the next one running."""
    client.post("/pipeline/run", json=dict(JOB))
    done = {"stage": "INIT", "status": "finished", "finished_at": datetime.now(UTC), "output": {"secret": 1}}
    for stage in (done, {"stage": "ANALYSIS", "status": "started", "finished_at": None, "output": None}):
        row = {"job_id": JOB["job_id"], "run": 1, "round": 0, "attempt": 1, "lease_token": TOKEN, **stage}
        db.execute(engine, insert(job_stages).values(**row), {})
    now = {"state": "processing", "lease_token": TOKEN, "stage": "ANALYSIS"}
    db.execute(engine, update(jobs).values(**now, stage_progress=0.5, stage_note="reading the brief"), {})


def letter(**values: object) -> Any:
    row = {"job_id": JOB["job_id"], "message_key": "dead", "reason": "bad", "error": "Bad.", "metadata": {}, **values}
    return insert(dead_letters).values(**row)
