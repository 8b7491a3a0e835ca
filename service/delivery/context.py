"""The context that a stage is given: `service.pipeline.Context`, made from the delivery's time, lease and folder."""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from service import tracing
from service.delivery import children, claims
from service.delivery.checkpoints import Effect, Keeper, OverCap
from service.errors import Unavailable
from service.pipeline import ArtifactStore, Interrupted, Json, Later, Never, Price, Spent, Unsure
from service.strictjson import dump, unstorable_json

MAX_OUTPUT_BYTES = 1_000_000
PROGRESS_EVERY_S = 1.0
MAX_NOTE = 200
SCRATCH_PREFIX = "aiprod-"


Asset: TypeAlias = Callable[[str, Path], Path]
"""`Context.asset` of one job."""


class StopReason(StrEnum):
    """Why a stage is told to stop."""

    DEADLINE = "deadline"
    DRAIN = "drain"
    LEASE_LOST = "lease_lost"
    ANSWERED = "answered"
    """Its delivery has been answered; what still runs of it is useless."""


COUNTED_REASONS = (StopReason.DEADLINE, StopReason.DRAIN, StopReason.LEASE_LOST)
"""The reasons that abandon a stage before its end."""


class Stop:
    """Tells a delivery's stage to stop and ends its child processes. `on_stop` is called with the first reason."""

    def __init__(self, on_stop: Callable[[StopReason], None]) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()
        self._on_stop = on_stop

    def now(self, reason: StopReason) -> None:
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            children = list(self._children)
        # Before the children die, so that their end is not taken for the stage's failure.
        self._on_stop(reason)
        for child in children:
            _kill(child)

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)

    def adopt(self, start: Callable[[], "subprocess.Popen[bytes]"]) -> "subprocess.Popen[bytes]":
        """Start a child that ends when the stage is to stop. Raises `Interrupted` if it is stopping already."""
        with self._lock:
            # Under the lock, so that a stop cannot come between starting the child and registering it.
            if self._event.is_set():
                raise Interrupted
            self._children = {child for child in self._children if child.poll() is None}
            child = start()
            self._children.add(child)
        return child


class _Order(Struct, frozen=True):
    """An effect to start, as `Context.effect` describes it."""

    name: str
    start: Callable[[str], Json]
    find: Callable[[str], Json | None] | None
    price: Price
    repeatable: bool
    again: bool


class StageContext:
    """One delivery's `Context`. `progress_seen` is the job's count of checkpoints as this delivery knows it, and
    `on_progress` is called after each; `max_usd` is what the operator lets the job spend in all, or None."""

    def __init__(
        self,
        *,
        keeper: Keeper,
        stop: Stop,
        deadline: float,
        stage: str,
        progress_seen: int,
        artifacts: ArtifactStore,
        log: "logging.LoggerAdapter[logging.Logger]",
        on_progress: Callable[[], None],
        max_usd: float | None = None,
        asset: Asset | None = None,
    ) -> None:
        self.artifacts = artifacts
        self.log = log
        self.stage = stage
        """The stage that runs now."""
        self.moved = False
        """This delivery finished something, or a provider's operation is pending."""
        self.progress_seen = progress_seen
        self.is_held_up = False
        """The database did not answer a write of this delivery in time."""
        self._on_progress = on_progress
        self._keeper = keeper
        self._max_usd = max_usd
        self._asset = asset
        self._stop = stop
        self._deadline = deadline
        self._lock = threading.Lock()
        self._said_at = float("-inf")
        self._scratch: Path | None = None

    @property
    def scratch(self) -> Path:
        with self._lock:
            if self._scratch is None:
                self._scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
            return self._scratch

    def remove_scratch(self) -> None:
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def asset(self, reference: str, to: Path) -> Path:
        self.check()
        if self._asset is None:
            raise Never("asset_not_found", f"There is no asset {reference[:MAX_NOTE]}: there are no assets here.")
        return self._asset(reference, to)

    def time_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        if self._stop.is_set or self.time_left() <= 0:
            raise Interrupted

    def wait(self, seconds: float) -> None:
        self.check()
        self._stop.wait(min(seconds, self.time_left()))
        self.check()

    def progress(self, done: float, note: str = "") -> None:
        self.check()
        now = time.monotonic()
        with self._lock:
            if now - self._said_at < PROGRESS_EVERY_S:
                return
            self._said_at = now
        with contextlib.suppress(Unavailable):
            claims.say_progress(self._keeper.engine, self._keeper.lease, min(1.0, max(0.0, done)), note[:MAX_NOTE])

    def has_moved(self, patience_s: float) -> bool:
        """Return `moved`, after waiting up to `patience_s` seconds for a checkpoint that is being committed."""
        if self._lock.acquire(timeout=patience_s):
            self._lock.release()
        else:
            self.is_held_up = True
        return self.moved

    def checkpoint(self, output: Json, next_stage: str, *, is_sent_back: bool = False) -> None:
        """Record the current stage as finished and begin the next. For the runner, not for stages."""
        with self._lock:
            self.progress_seen = self._keeper.checkpoint(
                self.stage, output, next_stage, self.progress_seen, is_sent_back=is_sent_back
            )
            if is_sent_back:
                self._keeper = replace(self._keeper, round=self._keeper.round + 1)
            self.moved = True
            self.stage = next_stage
        self._on_progress()

    def once(self, name: str, make: Callable[[], Json], *, needs_s: float = 0.0) -> Json:
        self.check()
        kept = self._keeper.find_part(self.stage, name)
        if kept is not None:
            return kept["output"]
        if self.moved and self.time_left() < needs_s:
            raise Interrupted
        value = make()
        check_output(f"the part {name}", value)
        self.check()
        with self._lock:
            self.progress_seen = self._keeper.keep_part(self.stage, name, value, self.progress_seen)
            self.moved = True
        self._on_progress()
        return value

    def effect(
        self,
        name: str,
        start: Callable[[str], Json],
        poll: Callable[[Json], Json | None] | None = None,
        *,
        repeatable: bool,
        again: bool = False,
        find: Callable[[str], Json | None] | None = None,
        price: Price | None = None,
        poll_every_s: float = 5.0,
    ) -> Json:
        self.check()
        known = self._keeper.find_effect(self.stage, name)
        if known is not None and known.is_finished:
            return known.result
        if known is not None and known.is_started:
            request_id, operation = known.request_id, known.operation
        else:
            order = _Order(name, start, find, self._capped(price), repeatable=repeatable, again=again)
            request_id, operation = self._start(order, known)
        try:
            result = operation if poll is None else self._poll(operation, poll, poll_every_s)
        except Never:
            self._keeper.failed(self.stage, name, request_id)
            raise
        check_output(f"the effect {name}", result)
        change = 0.0 if price is None or price.actual_usd is None else price.actual_usd(result) - price.most_usd
        self._keeper.finished(self.stage, name, request_id, result, change_usd=change)
        return result

    def spent(self) -> Sequence[Spent]:
        return self._keeper.spent()

    def popen(self, args: Sequence[str | Path], **kwargs: Any) -> "subprocess.Popen[bytes]":
        kwargs = {"env": children.environment(os.environ), **kwargs}
        return self._stop.adopt(lambda: subprocess.Popen(args, process_group=0, **kwargs))  # noqa: S603 (the stage's own command)

    def _capped(self, price: Price | None) -> Price:
        """Return the price with the lower of its own cap and the operator's."""
        price = price or Price(most_usd=0.0)
        caps = [cap for cap in (price.cap_usd, self._max_usd) if cap is not None]
        return replace(price, cap_usd=min(caps, default=None))

    def _start(self, order: "_Order", known: Effect | None) -> tuple[str, Json]:
        if known is not None and order.find is not None:
            for request_id in filter(None, (known.request_id, known.unknown_id)):
                operation = order.find(request_id)
                if operation is not None:
                    return request_id, self._started(order, request_id, operation)
        request_id = self._intended(order, known)
        # No check between intent and order: an intent without an order would count as unknown.
        try:
            with tracing.span(f"order {order.name}", "client", stage=self.stage, request_id=request_id):
                operation = order.start(request_id)
        except Unsure:
            raise
        except (Later, Never):
            # That a repeat was not accepted says nothing about the order that it repeats.
            if known is None or known.request_id != request_id:
                self._keeper.clear_intent(self.stage, order.name, request_id, order.price)
            raise
        return request_id, self._started(order, request_id, operation)

    def _intended(self, order: "_Order", known: Effect | None) -> str:
        """Record an intent; return its request id. `known` is an earlier order, which may have been accepted."""
        if known is not None and order.repeatable:
            return known.request_id
        try:
            # After a replay, the new run may order what is unknown from the one before.
            if known is None or known.run != self._keeper.lease.run:
                return self._keeper.intend(self.stage, order.name, order.price)
            if not order.again or known.orders > 1:
                raise Never(
                    "effect_unknown",
                    f"{order.name} of {self.stage} may or may not have been started: a worker died between the order "
                    "and its record. Ask the provider, then replay the job to order it once more.",
                )
            self.log.warning("ordering once more what may have been ordered", extra={"effect": order.name})
            return self._keeper.order_again(self.stage, order.name, known.request_id, order.price)
        except OverCap as error:
            raise Never(
                "over_budget",
                f"This job may spend {order.price.cap_usd:.2f} USD and has spent {error.spent_usd:.2f}: there is not "
                f"enough left for {order.name} of {self.stage}, which costs up to {order.price.most_usd:.4f} USD.",
            ) from None

    def _started(self, order: "_Order", request_id: str, operation: Json) -> Json:
        check_output(f"the operation {order.name}", operation)
        self._keeper.started(self.stage, order.name, request_id, operation)
        self.moved = True
        return operation

    def _poll(self, operation: Json, poll: Callable[[Json], Json | None], poll_every_s: float) -> Json:
        while True:
            self.check()
            with tracing.span("poll", "client", stage=self.stage):
                result = poll(operation)
            if result is not None:
                return result
            self.moved = True
            if self.time_left() < poll_every_s:
                raise Interrupted
            self.wait(poll_every_s)


def check_output(what: str, value: object) -> None:
    """Raise `Never` if the value cannot be stored as a checkpoint."""
    why = unstorable_json(value)
    if why is not None:
        raise Never("bad_output", f"What {what} returned cannot be kept: {why}.")
    size = len(dump(value).encode())
    if size > MAX_OUTPUT_BYTES:
        raise Never("output_too_large", f"What {what} returned is {size:,} bytes, over {MAX_OUTPUT_BYTES:,}.")


def _kill(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def remove_leftovers() -> None:
    """Remove the scratch folders that killed processes left: on Cloud Run `/tmp` is memory."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}[0-9]*-*"):
        pid = int(folder.name.removeprefix(SCRATCH_PREFIX).partition("-")[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue
