"""How the film buys, in one place, and what happens to an order that may or may not have been accepted.

| bought | an unknown order |
| --- | --- |
| words, stills, speech: answered at once, cents each | is placed once more, within the job's cap |
| clips: dollars each, visible in the bucket where they land | is looked for; if it is not found, the job is set aside |
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from service.pipeline import Context, Json, Later, Price, Unsure

_LOOK_AGAIN_S = 120.0
ANSWER_S = 125.0
"""Longer than any answer is waited for (`TIMEOUT_S` of the providers' calls). An order whose delivery ends before its
answer arrives is an unknown order."""
_MADE = "made"
_RECORD_S = 15.0
"""How long recording an order may take."""


@dataclass(frozen=True, slots=True)
class Seller:
    """Who is paid. It goes on record with what was bought, where `aiprod spend --by model` finds it."""

    provider: str
    model: str

    def said(self, bought: Mapping[str, Json]) -> dict[str, Json]:
        return {**bought, "provider": self.provider, "model": self.model}


def at_once(
    ctx: Context, name: str, order: Callable[[str], Mapping[str, Json]], price: Price, seller: Seller
) -> dict[str, Json]:
    """Buy something that is the answer to the order. `name` is the same in every delivery.

    The order is not placed in a delivery that may end before the answer arrives: that would leave an unknown order.
    """

    def buy() -> Json:
        return ctx.effect(
            name, lambda request_id: seller.said(order(request_id)), repeatable=False, again=True, price=price
        )

    bought: dict[str, Json] = ctx.once(f"{name} bought", buy, needs_s=ANSWER_S)
    return bought


@dataclass(frozen=True, slots=True, kw_only=True)
class Long:
    """An order that takes minutes.

    `collect` is called, across deliveries, until it returns what was ordered; `poll_every_s` is the pause between two
    calls. `find` looks for an order that may have been accepted; an order it has not found `lands_within_s` seconds
    after it first looked does not exist.
    """

    order: Callable[[str], Json]
    collect: Callable[[Json], Json | None]
    find: Callable[[str], Json | None]
    lands_within_s: float
    poll_every_s: float = 10.0


def long(ctx: Context, name: str, order: Long, price: Price, seller: Seller) -> Json:
    """Buy something that takes minutes to make.

    Raises `Later("order_unknown")` while an order that may have been accepted could still turn up. If it never does,
    the delivery sets the job aside (`effect_unknown`).
    """

    def find(request_id: str) -> Json | None:
        found = order.find(request_id)
        if found is None:
            waited = time.time() - ctx.once(f"{name} looked for", time.time)
            if waited < order.lands_within_s:
                sentence = f"Nobody knows whether {name} was ordered; it may still be on its way."
                raise Later("order_unknown", sentence, retry_after_s=_LOOK_AGAIN_S)
        return found

    def collect(operation: Json) -> Json | None:
        made = order.collect(operation)
        return None if made is None else seller.said({_MADE: made})

    def buy() -> Json:
        bought = ctx.effect(
            name, order.order, collect, repeatable=False, find=find, price=price, poll_every_s=order.poll_every_s
        )
        # Until 2026-11-30 the record was the bare URL.
        return bought[_MADE] if isinstance(bought, dict) else bought

    return ctx.once(f"{name} bought", buy, needs_s=_RECORD_S)


def kept(ctx: Context, file: Path, name: str, content_type: str) -> str:
    """Store what an order brought, as part of the order, and return its URL. A `name` ending in `.part` is short-lived.

    By now it is paid for, so a failing store must not look like an order that was refused. Raises `Unsure` then.
    """
    try:
        return ctx.artifacts.put(file, name, content_type)
    except Later as error:
        raise Unsure(
            error.code, error.sentence, retry_after_s=error.retry_after_s, waits_for=error.waits_for
        ) from error
