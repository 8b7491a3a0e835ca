"""What the model of the delivery controls: workers that run only as far as they are let, a Pub/Sub and a database that
fail on demand, and a pipeline that waits at each stage."""

import itertools
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import psycopg2

from lab.harness.calls import Answer
from lab.harness.messages import envelope
from lab.harness.names import JOBS
from service.delivery.claims import Lease
from service.delivery.outbox import Message
from service.delivery.threads import Threads
from service.errors import Unavailable
from service.pipeline import Choice, Interrupted, Later, Never, Output, Pipeline, Price, Stage, Unsure
from tests.support import wire


@dataclass(eq=False, kw_only=True)
class QueuedMessage:
    """A job message that Pub/Sub has for the service."""

    id: str
    data: bytes
    attributes: Mapping[str, str]
    is_conflict: bool = False

    def __repr__(self) -> str:
        return f"{self.id[:3]} of {self.turn}"

    @property
    def turn(self) -> tuple[int, int]:
        return int(self.attributes.get("run", 1)), int(self.attributes.get("hop", 0))

    def body(self) -> bytes:
        return envelope(self.data, attributes=self.attributes, message_id=self.id)


@dataclass(eq=False, kw_only=True)
class Worker:
    """One delivery. While `parked`, its stage waits at the gate."""

    message: QueuedMessage
    instance: Any
    """The process that it is a part of."""
    commands: "SimpleQueue[str]" = field(default_factory=SimpleQueue)
    parked: bool = False
    dead: bool = False
    has_stages: bool = False
    """A thread runs its stages."""
    lease: Lease | None = None
    stop: Any = None
    answer: "Future[Answer] | None" = None
    is_counted: bool = False
    has_bought: bool = False
    """An operation is recorded, so running out of time uses up no attempt."""

    def __repr__(self) -> str:
        return f"with {self.message!r}"

    @property
    def is_answered(self) -> bool:
        return self.answer is not None and self.answer.done()

    @property
    def is_quiet(self) -> bool:
        """Whether it waits at the gate, or has ended with everything that belongs to it."""
        return self.parked or (self.is_answered and not self.has_stages)


def soon(holds: Callable[[], bool], what: str) -> None:
    """As `eventually`, but looking more often: a step of the model takes milliseconds."""
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, what
        time.sleep(0.001)


current_worker: ContextVar[Worker] = ContextVar("current_worker")


def tell_when_stages_end(threads: Threads) -> None:
    """Let the workers know while one of these threads runs their stages."""
    run = threads.run

    def told(work: Callable[[], object]) -> None:
        worker = current_worker.get()
        worker.has_stages = True

        def to_the_end() -> None:
            try:
                work()
            finally:
                worker.has_stages = False

        run(to_the_end)

    threads.run = told  # type: ignore[method-assign]


class PubSub:
    """Accepts what the service publishes; a fault hits the next call."""

    def __init__(self) -> None:
        self.accepted: list[Message] = []
        self.fault: str | None = None
        self.on_job: Callable[[Message], None] = lambda _message: None

    def publish(self, message: Message, timeout_s: float) -> None:  # noqa: ARG002 (a hang is over at once)
        fault, self.fault = self.fault, None
        if fault != "fails":
            self.accepted.append(message)
            if message.topic == JOBS:
                self.on_job(message)
        if fault is not None:
            raise Unavailable("pubsub_unreachable", f"The publish {fault}.")


class Database:
    """Breaks the connection of a statement of the service, before it is sent or after its commit."""

    def __init__(self) -> None:
        self._fault: tuple[str, int, int] | None = None

    def arm(self, when: str, after: int, times: int) -> None:
        self._fault = (when, after, times)

    def disarm(self) -> None:
        self._fault = None

    @property
    def is_armed(self) -> bool:
        return self._fault is not None

    def listen(self, engine: Any) -> None:
        wire.listen(engine, "before", self._striking("before"))
        wire.listen(engine, "after", self._striking("after"))

    def _striking(self, when: str) -> wire.Hook:
        def strike(connection: Any, _sql: str, _values: Any) -> None:
            if self._fault is None or self._fault[0] != when:
                return
            _, left, times = self._fault
            if left:
                self._fault = (when, left - 1, times)
            else:
                self._fault = (when, 0, times - 1) if times > 1 else None
                connection.close()
                raise psycopg2.OperationalError("server closed the connection unexpectedly")

        return strike


def let_start(worker: Worker) -> Callable[[str], str]:
    """Return the `start` of an order, which waits at the gate as a stage does."""

    def start(request_id: str) -> str:
        worker.parked = True
        match worker.commands.get():
            case "fail":
                raise Later("busy", "The provider does not take the order.")
            case "fail for good":
                raise Never("refused", "The provider refuses the order.")
            case "run out of time":
                raise Unsure("provider_timeout", "The provider gave no answer.")
        worker.has_bought = True
        return request_id

    return start


def go_wrong(command: str) -> None:
    match command:
        case "fail":
            raise Later("busy", "The provider is busy.")
        case "fail for good":
            raise Never("refused", "The provider refuses this brief.")
        case "run out of time":
            raise Interrupted


def pipeline() -> Pipeline:
    def stage(name: str) -> Stage:
        def run(_job: Any, _outputs: Any, context: Any) -> Output:
            worker = current_worker.get()
            worker.lease = context._keeper.lease  # noqa: SLF001 (the model needs to know whose lease it is)
            worker.stop = context._stop  # noqa: SLF001
            parts, effects = itertools.count(), itertools.count()

            while True:
                worker.parked = True
                command = worker.commands.get()
                match command:
                    case "finish" | "send back":
                        return {"by": name, "back": command == "send back"}
                    case "buy":
                        number = next(effects)
                        start, is_again = let_start(worker), number % 2 == 1
                        context.effect(f"effect {number}", start, repeatable=False, again=is_again, price=PRICE)
                    case "keep a part":
                        # The count is of this execution: a part that another one kept is found, not made.
                        context.once(f"part {next(parts)}", lambda: name)
                    case _:
                        go_wrong(command)

        return Stage(run, lambda _job: 0.0)

    return Pipeline(
        name="model",
        presets=frozenset({"quick_social"}),
        transitions={
            "A": Choice(among=("B", "A"), pick=lambda _job, outputs: "A" if outputs["A"]["back"] else "B"),
            "B": Choice(among=("C", "A"), pick=lambda _job, outputs: "A" if outputs["B"]["back"] else "C"),
            "C": Choice(among=("END", "B"), pick=lambda _job, outputs: "B" if outputs["C"]["back"] else "END"),
        },
        stages={name: stage(name) for name in "ABC"},
    )


PRICE = Price(most_usd=0.1, cap_usd=0.25, actual_usd=lambda _result: 0.07)
