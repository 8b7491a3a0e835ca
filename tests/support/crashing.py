"""A process that has everything imported and forks one for each life of the service, to be killed at a crash point.

    python -m tests.support.crashing      reads one order a line from stdin, and answers each with a line

The fork comes before any thread, connection or channel is made. An order is JSON: `env` for the service, `do` (what is
asked of it, in turn), `kill` (a point, or null). The answer: `signal` that ended the process, and the `lines` it told.
"""

import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from psycopg2.extensions import cursor

from service.app import EXTENSION, build_app
from service.config import read_settings
from service.delivery import outbox, settle
from service.delivery.parts import Parts
from service.delivery.sweep import sweep
from service.pipeline import Job
from tests.support import crash_pipeline as pipeline
from tests.support.crash_points import Points

LIFE_S = 60
"""Then SIGALRM ends it: something hangs."""


def live(order: dict[str, Any], tell: Callable[[str], None]) -> None:  # noqa: C901 (one word of the order each)
    """One life of the service, from its start to its end or to the point where it kills itself."""
    signal.alarm(LIFE_S)
    os.environ.update(order["env"])
    pipeline.tell[0] = tell
    points = Points(tell, order["kill"])
    points.install()
    app = build_app(read_settings(os.environ), pipeline.pipeline)
    service: Parts = app.extensions[EXTENSION]
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
            case {"sweep": age_s}:
                sweep(service.engine, service.publisher, topics, ack_deadline_s=300, age_s=age_s)
            case {"sql": statement}:
                connection = service.engine.raw_connection()
                # Past the hooks: this is the test's own and no point.
                connection.cursor(cursor_factory=cursor).execute(statement)
                connection.close()
            case _:
                raise AssertionError(act)
        # What is killed here has done everything but answer: to Pub/Sub that is an ack that got lost.
        points.reach("before", "answer")


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
    except BaseException:  # noqa: BLE001 (a fork of a process that must not go on as it)
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ignore(_value: object) -> None:
    """For a function that returns something, where none is wanted."""


if __name__ == "__main__":
    serve()
