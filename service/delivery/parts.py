"""The parts of one process, made by the factory (`service.app`) and passed to every blueprint."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from service.artifacts import Store
from service.assets.store import AssetStore
from service.auth.iap import IapVerifier
from service.auth.verifier import Verifier
from service.config import Settings
from service.delivery.gate import Gate
from service.delivery.heartbeat import Heartbeat
from service.delivery.outbox import Publisher
from service.delivery.runner import Runner
from service.delivery.told import Told
from service.metrics import Metrics
from service.pipeline import Pipeline
from service.slots import Slots
from service.tracing import Tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One for each process; nothing in it belongs to a job."""

    settings: Settings
    pipeline: Pipeline
    engine: Engine
    verifier: Verifier
    iap: IapVerifier
    gate: Gate
    publisher: Publisher
    artifacts: Callable[[str], Store]
    """Returns the store of a job's files, given the job's id."""
    assets: AssetStore
    """Files that callers upload for their jobs."""
    runner: Runner
    heartbeat: Heartbeat
    slots: Slots
    metrics: Metrics
    tracing: Tracing | None
    """None: traces are off."""
    told: Told

    def close(self) -> None:
        """Stop the heartbeat and close the connections."""
        self.heartbeat.stop()
        self.engine.dispose()
