"""A process that has everything imported and forks once for each life of the service, to be killed at a crash point.

    python -m tests.support.crashing      reads one order a line from stdin, and answers each with a line

It forks before any thread, connection or channel exists. An order is JSON: `env` for the service, `do` (what it must
do, in order), `kill` (a point, or null). The answer: the `signal` that ended the process, and the `lines` it reported.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

from psycopg2.extensions import cursor

from service import queries
from service.app import EXTENSION, build_app
from service.config import Limits, read_settings
from service.delivery import gate, outbox, settle
from service.delivery.parts import Parts
from service.delivery.sweep import sweep
from service.operator import limits, pauses, prune, replays
from service.pipeline import Job
from tests.support import crash_pipeline as pipeline
from tests.support.crash_points import Points

LIFE_S = 60
"""After this time something hangs, and SIGALRM ends it."""


def live(order: dict[str, Any], tell: Callable[[str], None]) -> None:  # noqa: C901, PLR0912, PLR0915 (a case for each act)
    """Let the service live once, from its start to its end or to the point where it kills itself."""
    signal.alarm(LIFE_S)
    os.environ.update(order["env"])
    pipeline.tell[0] = tell
    points = Points(tell, order["kill"])
    points.install()
    app = build_app(read_settings(os.environ), pipeline.pipeline)
    service: Parts = app.extensions[EXTENSION]
    older = build_app(read_settings(os.environ), replace(pipeline.pipeline, presets=frozenset({"only this"})))
    settings = service.settings
    topics = settings.topics

    def publish(job_id: str) -> None:
        outbox.publish_owed(service.engine, service.publisher, job_id, until=time.monotonic() + 5)

    def cancel(job_id: str) -> None:
        settle.cancel(service.engine, topics, job_id, by="tester")
        publish(job_id)

    def cancel_running(job: Job) -> None:
        cancel(job.id)

    def drain(_job: Job) -> None:
        service.runner.drain()

    if order["hooks"]:
        pipeline.hooks.update({"drain": drain, "cancel": cancel_running, "cancel and wait": cancel_running})
    client = app.test_client()
    for act in order["do"]:
        match act:
            case {"push": body}:
                tell(f"answered {client.post('/push', data=body).status_code}")
            case {"push to older": body}:
                tell(f"answered {older.test_client().post('/push', data=body).status_code}")
            case {"submit": body, "key": key}:
                keyed = client.post("/pipeline/run", data=body, headers={"Idempotency-Key": f'"{key}"'})
                tell(f"answered {keyed.status_code}")
            case {"submit": body}:
                tell(f"answered {client.post('/pipeline/run', data=body).status_code}")
            case {"cancel": job_id}:
                cancel(job_id)
            case {"replay": job_id, "from": stage}:
                settle.start_new_run(service.engine, topics, job_id, run=1, by="tester", from_stage=stage)
                publish(job_id)
            case {"replay letters": job_id}:
                _replay_letters(service, job_id)
                publish(job_id)
            case {"sweep": age_s}:
                sweep(
                    service.engine,
                    service.publisher,
                    topics,
                    limits=settings.limits,
                    ack_deadline_s=300,
                    age_s=age_s,
                )
            case {"prune": days}:
                prune.prune(service.engine, prune.Wanted(retain_days=days), who="tester", for_s=60)
            case {"sql": statement}:
                connection = service.engine.raw_connection()
                # Bypass the hooks: this statement is the test's own and not a crash point.
                connection.cursor(cursor_factory=cursor).execute(statement)
                connection.close()
            case _:
                control(service, act)
        # Killed here, it has done everything but answer: for Pub/Sub, the ack got lost.
        points.reach("before", "answer")


def _replay_letters(service: Parts, job_id: str) -> None:
    found, _ = queries.list_letters(service.engine, queries.LetterFilter(job_id=job_id), limit=9)
    for letter in found:
        replays.replay_letter(service.engine, service.settings.topics, letter.id, handled_by="tester")


def control(service: Parts, act: dict[str, Any]) -> None:
    """Pause, resume or limit. What this process has done itself, it knows at once."""
    gate.KEEP_S = 0.0
    on_record = {"who": "tester", "why": "a test"}
    match act:
        case {"pause": scope}:
            pauses.pause(service.engine, scope, "", **on_record)
        case {"resume": scope}:
            pauses.resume(service.engine, scope, "", **on_record)
        case {"limit": user_id, "own": own}:
            limits.set_limits(service.engine, user_id, Limits(**own), **on_record)
        case {"no limit": user_id}:
            limits.clear_limits(service.engine, user_id, **on_record)
        case _:
            raise AssertionError(act)


def serve() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            _live_and_exit(order, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            lines = told.read().splitlines()
        _, status = os.waitpid(pid, 0)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)
        sys.stdout.write(json.dumps({"signal": ended, "lines": lines}) + "\n")
        sys.stdout.flush()


def _live_and_exit(order: dict[str, Any], to: int) -> NoReturn:
    code = 1
    try:
        live(order, lambda line: ignore(os.write(to, f"{line}\n".encode())))
        code = 0
    except BaseException:  # noqa: BLE001 (a fork must never go on as its parent)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ignore(_value: object) -> None:
    """Drop a value, where a function that returns nothing is needed."""


if __name__ == "__main__":
    serve()
