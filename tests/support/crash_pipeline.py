"""A small pipeline that uses everything in the interface: parts, both kinds of effects, files. It fails, hands over,
drains, cancels or sends back as `metadata.plan` says.

It reports what it does in lines (`tell`) that outlive the process, and its provider keeps its orders in a file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.pipeline import Choice, Context, Job, Json, Later, Never, Output, Outputs, Pipeline, Price, Stage, Unsure

STAGES = ("PARTS", "BUY", "FILES")
ORDERS = "FAULTS_ORDERS"
"""The environment variable that names the file of the provider's orders."""

MOST_USD = {"rented": 0.02, "bought": 0.1, "film": 0.4, "words": 0.05, "voice": 0.2}
ACTUAL_USD = {**MOST_USD, "film": 0.3, "words": 0.01}
"""The most that an order of each effect can cost, and what it does cost. Without `metadata.plan.cap_usd` none has a
price."""

Hook = Callable[[Job], None]

hooks: dict[str, Hook] = {}
"""What a stage can make its process do: `drain`, `cancel`, `cancel and wait`."""


def tell_nobody(_line: str) -> None:
    """Report to nobody."""


tell: list[Callable[[str], None]] = [tell_nobody]


def order(kind: str, name: str, job: Job, request_id: str) -> Json:
    """Make the provider accept an order durably. It drops the repeat of a request id."""
    with Path(os.environ[ORDERS]).open("a") as orders:
        orders.write(f"{kind} {name} {job.id} {job.round} {job.run} {request_id}\n")
    return {"operation": request_id}


def find(request_id: str) -> Json:
    """Ask the provider what it has. A killed process leaves no order on its way: the provider has it, or never will."""
    is_taken = any(line.endswith(f" {request_id}") for line in Path(os.environ[ORDERS]).read_text().splitlines())
    return {"operation": request_id} if is_taken else None


def parts(job: Job, _outputs: Outputs, context: Context) -> Output:
    context.progress(0.1, "begun")
    made = [context.once(name, _making(job, name)) for name in ("one", "two")]
    if _plan(job).get("hand_over"):
        # Needs more time than any delivery has: handed over if this one has finished something.
        made.append(context.once("three", _making(job, "three"), needs_s=1e9))
    return {"parts": made}


def buy(job: Job, _outputs: Outputs, context: Context) -> Output:
    plan = _plan(job)

    def start(kind: str, name: str) -> Callable[[str], Json]:
        def call(request_id: str) -> Json:
            match plan.get("start", {}).get(name, [])[job.failures : job.failures + 1]:
                case ["refuse"]:
                    raise Later("quota", "The provider does not take the order.")
                case ["no answer"]:
                    order(kind, name, job, request_id)
                    raise Unsure("provider_timeout", "The provider gave no answer.")
            return order(kind, name, job, request_id)

        return call

    def price(name: str) -> Price | None:
        if "cap_usd" not in plan:
            return None
        return Price(most_usd=MOST_USD[name], cap_usd=plan["cap_usd"], actual_usd=lambda _result: ACTUAL_USD[name])

    asked: list[Json] = []

    def poll(operation: Json) -> Json:
        asked.append(operation)
        if plan.get("operation_fails") and job.run == 1:
            raise Never("provider_failed", "The operation ended with an error.")
        return {"bought": operation} if len(asked) > 1 else None

    rented = context.effect("rented", start("repeatable", "rented"), repeatable=True, price=price("rented"))
    bought = context.effect(
        "bought", start("once", "bought"), poll, repeatable=False, price=price("bought"), poll_every_s=0.01
    )
    if "cap_usd" not in plan:
        return {"rented": rented, "bought": bought}
    voice = context.effect(
        "voice", start("found", "voice"), repeatable=False, again=True, find=find, price=price("voice")
    )
    words = context.effect("words", start("again", "words"), repeatable=False, again=True, price=price("words"))
    film = context.effect("film", start("once", "film"), poll, repeatable=False, price=price("film"), poll_every_s=0.01)
    spent = sum(one.cost_usd for one in context.spent())
    return {"rented": rented, "bought": bought, "voice": voice, "words": words, "film": film, "spent": spent}


def files(job: Job, _outputs: Outputs, context: Context) -> Output:
    path = context.scratch / "film.txt"
    path.write_text(job.content)
    url = context.artifacts.put(path, "film.txt", "text/plain")
    copy = context.artifacts.fetch(url, context.scratch / "copy.txt")
    return {"url": url, "size": len(copy.read_text()), "is_good": job.round >= _plan(job).get("rounds", 0)}


def _making(job: Job, name: str) -> Callable[[], Json]:
    def make() -> Json:
        tell[0](f"made {job.id} {job.round} {name}")
        return name

    return make


def _plan(job: Job) -> dict[str, Any]:
    return dict(job.metadata.get("plan", {}))


def _stage(name: str, work: Callable[[Job, Outputs, Context], Output]) -> Stage:
    def run(job: Job, outputs: Outputs, context: Context) -> Output:
        tell[0](f"ran {job.id} {job.round} {name}")
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


def _end_or_back(_job: Job, outputs: Outputs) -> str:
    return "END" if outputs["FILES"]["is_good"] else "BUY"


pipeline = Pipeline(
    name="faults",
    presets=frozenset({"quick_social"}),
    transitions={"PARTS": "BUY", "BUY": "FILES", "FILES": Choice(among=("END", "BUY"), pick=_end_or_back)},
    stages={name: _stage(name, work) for name, work in (("PARTS", parts), ("BUY", buy), ("FILES", files))},
)
