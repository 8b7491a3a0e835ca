"""What the tests of the command line share: a command's result, failed jobs, and a job as the API shows it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lab.harness.world import World
from tests.support.bad_messages import job as document
from tests.support.bad_messages import text


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


def fail_jobs(run: Run, *job_ids: str) -> None:
    """Make jobs fail for good. Each has a dead letter; the first one's id is 1."""
    for job_id in job_ids:
        job = document({"job_id": job_id, "metadata": {"drill_fail": "permanent"}})
        Path("bad.json").write_bytes(text(job))
        assert run("push", "bad.json").code == 0


def push_no_job(run: Run, message_id: str = "m1") -> None:
    Path("poison").write_bytes(b"not a job")
    assert run("push", "poison", "--message-id", message_id).code == 0


def letters(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT * FROM dead_letters ORDER BY id")


def job_document(**changes: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def stage(name: str, status: str, took_s: float | None = None, error: str | None = None) -> dict[str, Any]:
        ended = None if took_s is None else (at + timedelta(seconds=took_s)).isoformat()
        times = {"started_at": at.isoformat(), "finished_at": ended}
        return {"stage": name, "run": 1, "round": 0, "status": status, "error": error, **times}

    return {
        "job_id": "j1",
        "preset": "quick_social",
        "state": "processing",
        "stage": "RENDER",
        "run": 1,
        "attempts": 0,
        "error": None,
        "progress": {"done": 1, "stage": "RENDER", "fraction": 0.5, "note": "shot 2 of 4", "percent": 75},
        "stages": [
            stage("INIT", "finished", 1.25),
            stage("RENDER", "failed", error="away"),
            stage("RENDER", "started"),
        ],
        "history": [],
        "result": None,
        **changes,
    }
