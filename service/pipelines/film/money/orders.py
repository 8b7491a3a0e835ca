"""How the film buys, in one place: what happens where nobody knows whether an order was taken.

| bought | an unknown order |
| --- | --- |
| words, stills, speech: answered at once, cents each | is made once more, within the job's cap |
| clips: dollars each, and seen in the bucket where they land | is looked for; not seen, the job is set aside |
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from service.pipeline import Context, Json, Later, Price, Unsure

_LOOK_AGAIN_S = 120.0
ANSWER_S = 125.0
"""Longer than the longest that an answer is waited for (`TIMEOUT_S` of the providers' calls): an order whose delivery
ends before its answer is one of which nobody knows."""
_TAKEN_S = 15.0
"""What it takes to note an order down."""


def at_once(ctx: Context, name: str, order: Callable[[str], Json], price: Price) -> Json:
    """Buy what the answer to the order is. `name` is the same in every delivery. It is not begun in a delivery that may
    end before the answer comes: that would leave an order of which nobody knows."""

    def buy() -> Json:
        return ctx.effect(name, order, repeatable=False, again=True, price=price)

    return ctx.once(f"{name} bought", buy, needs_s=ANSWER_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Long:
    """An order that takes minutes: `collect` is asked until it has what was ordered, across deliveries; `find` looks
    for an order that may have been taken, and where it sees none `lands_within_s` seconds after it first looked, there
    is none. `poll_every_s` is the pause between two questions."""

    order: Callable[[str], Json]
    collect: Callable[[Json], Json | None]
    find: Callable[[str], Json | None]
    lands_within_s: float
    poll_every_s: float = 10.0


def long(ctx: Context, name: str, what: Long, price: Price) -> Json:
    """Buy what takes minutes to make. Raises `Later("order_unknown")` while an order that may have been taken may still
    be on its way; where it never comes, the delivery sets the job aside (`effect_unknown`)."""

    def find(request_id: str) -> Json | None:
        found = what.find(request_id)
        if found is None:
            waited = time.time() - ctx.once(f"{name} looked for", time.time)
            if waited < what.lands_within_s:
                sentence = f"Nobody knows whether {name} was ordered; it may still be on its way."
                raise Later("order_unknown", sentence, retry_after_s=_LOOK_AGAIN_S)
        return found

    def buy() -> Json:
        return ctx.effect(
            name, what.order, what.collect, repeatable=False, find=find, price=price, poll_every_s=what.poll_every_s
        )

    return ctx.once(f"{name} bought", buy, needs_s=_TAKEN_S)


def kept(ctx: Context, file: Path, name: str, content_type: str) -> str:
    """Store what an order brought, inside of it, and return its URL. A `name` that ends in `.part` is not for long.

    It is paid for by now: a store that does not take it must not count as an order that was not taken. Raises
    `Unsure` then.
    """
    try:
        return ctx.artifacts.put(file, name, content_type)
    except Later as error:
        raise Unsure(error.code, error.sentence, retry_after_s=error.retry_after_s) from error
