"""A provider whose orders cost money, and the account of a job."""

from collections.abc import Callable
from typing import Any

from lab.harness.messages import Brief
from lab.harness.world import World


class Provider:
    """An external paid service. It records the request ids that it was asked to start and the operations that were
    polled."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.polls: list[Any] = []
        self.answers: list[Any] = []

    def start(self, request_id: str) -> dict[str, str]:
        self.orders.append(request_id)
        return {"operation": f"op-{len(set(self.orders))}"}

    def poll(self, operation: Any) -> Any:
        self.polls.append(operation)
        return self.answers.pop(0) if self.answers else None


def effect(provider: Provider, **options: Any) -> Callable[..., Any]:
    options = {"repeatable": False, "poll_every_s": 0.01, **options}

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", provider.start, provider.poll, **options)}

    return run


class Killed(BaseException):
    """Stands for a process that dies here."""


def dies_after_orders(provider: Provider, times: int) -> Callable[[str], Any]:
    def order(request_id: str) -> Any:
        operation = provider.start(request_id)
        if len(provider.orders) <= times:
            raise Killed
        return operation

    return order


def account(world: World, brief: Brief) -> float:
    return float(world.job(brief.job_id)["spent_usd"])
