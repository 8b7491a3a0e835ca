"""What operators and the scheduler do to a job: cancel, replay, publish, sweep."""

from typing import Any

from lab.harness.messages import Brief
from service.delivery import outbox, settle
from service.delivery.sweep import Swept, sweep
from tests.support.gated import InProcess


def cancel(service: InProcess, brief: Brief) -> str | None:
    return settle.cancel(service.service.engine, service.service.settings.topics, brief.job_id, by="tester")


def replay(service: InProcess, brief: Brief, run: int = 1, **more: Any) -> int | None:
    return settle.start_new_run(
        service.service.engine, service.service.settings.topics, brief.job_id, run=run, by="tester", **more
    )


def publish(service: InProcess, brief: Brief) -> None:
    outbox.publish_owed(service.service.engine, service.service.publisher, brief.job_id, until=float("inf"))


def swept(service: InProcess, *, age_s: float | None = 0.0) -> Swept:
    part = service.service
    settings = part.settings
    return sweep(
        part.engine,
        part.publisher,
        settings.topics,
        limits=settings.limits,
        ack_deadline_s=settings.ack_deadline_s,
        age_s=age_s,
    )
