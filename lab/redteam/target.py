"""The service under attack: a real gunicorn with authentication on, on loopback, with everything around it."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.harness.calls import Answer, call
from lab.harness.messages import envelope
from lab.harness.names import API_AUDIENCE
from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World, certs_server, make_topics
from service import db
from service.db.migrate import migrate
from service.dev.issuer import LocalIssuer
from service.dev.postgres import LocalPostgres
from service.dev.pubsub.server import LocalPubSub

ALICE, MALLORY, OPERATOR, SWEEPER = (f"{name}@example.com" for name in ("alice", "mallory", "operator", "sweeper"))
MAX_JOB_USD = 5
SETTINGS = {
    "API_CALLERS": f"{ALICE}, {MALLORY}, bound@example.com:bound-*",
    "API_OPERATORS": OPERATOR,
    "SWEEP_CALLERS": SWEEPER,
    "MAX_JOB_USD": str(MAX_JOB_USD),
    "LOG_LEVEL": "DEBUG",
}
SECRET = "PINEAPPLE"  # noqa: S105 (a word to look for)
"""A word of every brief. It must never be in a log."""


@dataclass(frozen=True)
class Attempt:
    """One attack. `got_through` says what it achieved; empty: it was refused."""

    name: str
    got_through: str = ""


class Target:
    """A running service. Everything that is sent goes to 127.0.0.1."""

    def __init__(self, world: World, *, short: bool) -> None:
        self.world = world
        self.short = short
        self.gunicorn = Gunicorn(world, **SETTINGS)
        self.worker = self._workers()

    def close(self) -> None:
        self.gunicorn.close()

    @property
    def port(self) -> int:
        return self.gunicorn.port

    def ask(self, email: str, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask the API as an account."""
        token = self.world.issuer.token(API_AUDIENCE, email)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return call(self.port, method, path, data, {"Authorization": f"Bearer {token}", **named}, timeout=30)

    def push(self, job: Mapping[str, object] | bytes, **attributes: str) -> Answer:
        """Push a message as Pub/Sub would."""
        data = job if isinstance(job, bytes) else json.dumps(job).encode()
        return self.gunicorn.push(envelope(data, attributes=attributes), timeout=30)

    def count(self, table: str) -> int:
        return int(self.world.query(f"SELECT count(*) AS n FROM {table}")[0]["n"])

    def harm(self) -> str:
        """Say what is wrong with the service after an attack; empty: nothing."""
        began = time.monotonic()
        try:
            status = call(self.port, "GET", "/health", timeout=10).status
        except OSError as error:
            return f"/health does not answer ({type(error).__name__})"
        if status != 200 or time.monotonic() - began > 5:
            return f"/health answered {status} after {time.monotonic() - began:.1f} s"
        if self._workers() != self.worker:
            return "the worker was killed and started again"
        return ""

    def log_since(self, offset: int) -> str:
        """Return what was logged since the log had `offset` bytes."""
        with self.gunicorn.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode("utf-8", "surrogateescape")

    def command(self, *arguments: str) -> str:
        """Run the command line as an operator would; return what a terminal would be sent."""
        env = {**os.environ, **self.world.env(**SETTINGS), "PYTHONPATH": str(ROOT)}
        env.pop("LOG_LEVEL")
        done = subprocess.run(
            [sys.executable, "-m", "service", *arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return (done.stdout + done.stderr).decode("utf-8", "surrogateescape")

    def _workers(self) -> list[int]:
        import psutil  # noqa: PLC0415 -- a development requirement

        return sorted(child.pid for child in psutil.Process(self.gunicorn.process.pid).children())


def brief(**changes: object) -> dict[str, Any]:
    """Return a job; `...` as a value leaves the field out."""
    job = {"user_id": "alice-1", "content": f"{SECRET} bread at six.", "preset": "quick_social", **changes}
    return {name: value for name, value in job.items() if value is not ...}


@contextlib.contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """A world of its own in an empty folder."""
    postgres = LocalPostgres(folder / "postgres")
    issuer = LocalIssuer.fresh()
    try:
        postgres.start()
        migrate(postgres.url)
        engine = db.connect(postgres.url, pool_size=5)
        with LocalPubSub(issuer) as pubsub, certs_server(issuer) as certs_url:
            make_topics(pubsub.host)
            yield World(
                database_url=postgres.url,
                engine=engine,
                issuer=issuer,
                certs_url=certs_url,
                pubsub=pubsub,
                folder=folder,
            )
        engine.dispose()
    finally:
        postgres.stop()
