"""Jobs of the drill in real processes: what ran, and what is still running."""

import contextlib
import json
from pathlib import Path

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World

LONG = {"drill_stage_ms": 60_000}


END_S = 12
"""A process that has not ended by then has failed: Cloud Run would kill it after 10 s."""


FAST_PATH = [
    "INIT",
    "ANALYSIS",
    "FAST_TRACK",
    "FINANCIAL_OPTIMIZATION",
    "AUDIO_GENERATION",
    "RENDER_EXECUTION",
    "QA_TECHNICAL",
    "QA_SEMANTIC",
    "FINALIZE",
]


def stages_run(*servers: Gunicorn) -> list[str]:
    """Return the stages that ended in these processes, in the order of their logs."""
    lines = [line for server in servers for line in server.log.read_text().splitlines() if '"stage finished"' in line]
    return [json.loads(line)["stage"] for line in lines]


def executions(world: World, job_id: str) -> list[tuple[str, str]]:
    rows = world.query("SELECT stage, status FROM job_stages WHERE job_id = :id ORDER BY id", id=job_id)
    return [(row["stage"], row["status"]) for row in rows]


def fresh(folder: Path) -> str:
    """Make an empty scratch folder for one process, as its `TMPDIR`."""
    folder.mkdir()
    return str(folder)


def busy(server: Gunicorn) -> int:
    slots: int = json.loads(call(server.port, "GET", "/health").body)["busy_slots"]
    return slots


def stage_of(world: World, job: Brief) -> str | None:
    """Return the stage that the job is at, or None before it is claimed."""
    rows = world.query("SELECT stage FROM jobs WHERE id = :id", id=job.job_id)
    return rows[0]["stage"] if rows else None


def commands_naming(folder: Path) -> list[str]:
    """Return the command lines of running processes that name a file in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [command for command in found if str(folder) in command]


def wait_in_work(world: World, jobs: int) -> None:
    """Wait until so many jobs are past their first checkpoint."""
    sql = "SELECT id FROM jobs WHERE state = 'processing' AND stage = 'INIT'"
    eventually(lambda: len(world.query(sql)) == jobs)
