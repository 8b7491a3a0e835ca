"""A small pipeline that does everything which the interface has: parts, both kinds of effects, files; and that fails,
hands over, drains or cancels where `metadata.plan` says so.

It writes down what it does in lines (`tell`), which outlive the process, and its provider keeps its orders in a file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.pipeline import Context, Job, Json, Later, Never, Output, Outputs, Pipeline, Stage

STAGES = ("PARTS", "BUY", "FILES")
ORDERS = "FAULTS_ORDERS"
"""Environment variable: the file of the provider's orders."""

Hook = Callable[[Job], None]

hooks: dict[str, Hook] = {}
"""What the process can do to itself: `drain`, `cancel`."""


def tell_nobody(_line: str) -> None:
    """Nobody listens."""


tell: list[Callable[[str], None]] = [tell_nobody]


def order(kind: str, request_id: str) -> Json:
    """The provider takes an order, durably, and drops the repeat of a request id."""
    with Path(os.environ[ORDERS]).open("a") as orders:
        orders.write(f"{kind} {request_id}\n")
    return {"operation": request_id}


def parts(job: Job, _outputs: Outputs, context: Context) -> Output:
    context.progress(0.1, "begun")
    made = [context.once(name, _making(job, name)) for name in ("one", "two")]
    if _plan(job).get("hand_over"):
        # Asks for more time than any delivery has: handed over where this one has finished something.
        made.append(context.once("three", _making(job, "three"), needs_s=1e9))
    return {"parts": made}


def buy(job: Job, _outputs: Outputs, context: Context) -> Output:
    def start(kind: str) -> Callable[[str], Json]:
        def call(request_id: str) -> Json:
            if _plan(job).get("refuse") and job.failures == 0:
                raise Later("quota", "The provider does not take the order.")
            return order(f"{kind} {job.id} {job.round} {job.run}", request_id)

        return call

    asked: list[Json] = []

    def poll(operation: Json) -> Json:
        asked.append(operation)
        return {"bought": operation} if len(asked) > 1 else None

    rented = context.effect("rented", start("repeatable"), repeatable=True)
    bought = context.effect("bought", start("once"), poll, repeatable=False, poll_every_s=0.01)
    return {"rented": rented, "bought": bought}


def files(job: Job, _outputs: Outputs, context: Context) -> Output:
    path = context.scratch / "film.txt"
    path.write_text(job.content)
    url = context.artifacts.put(path, "film.txt", "text/plain")
    copy = context.artifacts.fetch(url, context.scratch / "copy.txt")
    return {"url": url, "size": len(copy.read_text())}


def _making(job: Job, name: str) -> Callable[[], Json]:
    def make() -> Json:
        tell[0](f"made {job.id} {name}")
        return name

    return make


def _plan(job: Job) -> dict[str, Any]:
    return dict(job.metadata.get("plan", {}))


def _stage(name: str, work: Callable[[Job, Outputs, Context], Output]) -> Stage:
    def run(job: Job, outputs: Outputs, context: Context) -> Output:
        tell[0](f"ran {job.id} {name}")
        output = work(job, outputs, context)
        plan = _plan(job)
        if plan.get("at") == name:
            _go_wrong(job, context, plan["how"])
        return output

    return Stage(run, lambda _job: 0.0)


def _go_wrong(job: Job, context: Context, how: str) -> None:
    if how == "never" and job.run == 1:
        raise Never("refused", "The provider refuses this brief.")
    if how == "later" and job.failures == 0:
        raise Later("busy", "The provider is busy.")
    if how in hooks:
        hooks[how](job)
        if how != "cancel":
            context.wait(60)


pipeline = Pipeline(
    name="faults",
    presets=frozenset({"quick_social"}),
    transitions={"PARTS": "BUY", "BUY": "FILES", "FILES": "END"},
    stages={name: _stage(name, work) for name, work in (("PARTS", parts), ("BUY", buy), ("FILES", files))},
)
