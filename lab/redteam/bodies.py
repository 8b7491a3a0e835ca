"""Bodies that break readers: envelopes of every wrong shape, and JSON that is small and costs much."""

import base64
import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from lab.harness.calls import call
from lab.harness.messages import envelope
from lab.harness.names import API_AUDIENCE
from lab.redteam.target import ALICE, Attempt, Target, brief

ODD: tuple[Any, ...] = (None, True, 0, -1, 1e308, 10**400, "", "\u0000", "\ud800", [], {}, [[]], "x" * 5_000, {"a": {}})
SEED = 1
SLOW_S = 5.0
"""How late /health may be while a bomb is read."""


def envelopes(target: Target) -> Iterator[Attempt]:
    """Envelopes with anything anywhere: each is answered, none is a fault of the service's, and none becomes a job."""
    pick, before = random.Random(SEED), target.count("jobs")  # noqa: S311 (repeatable, not secret)
    for number in range(100 if target.short else 1_500):
        body = _mutated(pick)
        try:
            status = target.gunicorn.push(body, timeout=20).status
        except OSError as error:
            yield Attempt(f"envelope {number}", f"no answer ({type(error).__name__}): {body[:200]!r}")
            continue
        yield Attempt(f"envelope {number}", "" if status in (204, 400, 413) else f"answered {status}: {body[:300]!r}")
    made = target.count("jobs") - before
    yield Attempt("a job from an envelope that is none", f"{made} jobs were made" if made else "")


def _mutated(pick: random.Random) -> bytes:
    """Return a push with a job that lacks its user, changed in one to three places."""
    job: dict[str, Any] = brief(user_id=..., job_id=f"none-{pick.randrange(10**9)}", metadata={"lang": "en"})
    message: dict[str, Any] = {"messageId": str(pick.randrange(10**9)), "attributes": {"run": "1"}}
    whole: dict[str, Any] = {"message": message, "subscription": "projects/p/subscriptions/s", "deliveryAttempt": 1}
    for _ in range(pick.randint(1, 3)):
        place = pick.choice((job, job, message, whole, message["attributes"] if message.get("attributes") else whole))
        if isinstance(place, dict):
            place[pick.choice((*place, "unknown", "message_id", "data", "\u0000"))] = pick.choice(ODD)
    job.pop("user_id", None)
    if isinstance(whole.get("message"), dict) and pick.random() < 0.8:
        whole["message"]["data"] = base64.b64encode(json.dumps(job).encode()).decode()
    raw = json.dumps(whole).encode()
    change = pick.random()
    if change < 0.2:
        at = pick.randrange(len(raw))
        raw = raw[:at] + bytes([pick.randrange(256)]) + raw[at + 1 :]
    return raw[: pick.randrange(len(raw))] if change > 0.9 else raw


def bombs(target: Target) -> Iterator[Attempt]:
    """Small data that costs much. Each is answered, and /health answers meanwhile."""
    for name in list(BOMBS)[: 2 if target.short else None]:
        make = BOMBS[name]
        for route, send in (("/push", _pushed), ("/pipeline/run", _submitted)):
            yield Attempt(f"{name} to {route}", _while_healthy(target, send, make()))


BOMBS: dict[str, Callable[[], bytes]] = {
    "arrays nested 100,000 deep": lambda: b"[" * 100_000,
    "objects nested 100,000 deep": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "two million empty arrays": lambda: b'{"metadata":[' + b"[]," * 2_000_000 + b"1]}",
    "two million empty objects": lambda: b'{"metadata":[' + b"{}," * 2_000_000 + b"1]}",
    "three million numbers": lambda: b'{"metadata":[' + b"1," * 3_000_000 + b"1]}",
    "half a million names": lambda: json.dumps({f"k{number}": 0 for number in range(500_000)}).encode(),
    "a number of a million digits": lambda: b'{"metadata":{"n":' + b"9" * 1_000_000 + b"}}",
    "a name of nine million characters": lambda: b'{"' + b"k" * 9_000_000 + b'":1}',
    "nine million escapes": lambda: b'{"content":"' + b"\\u0000" * 1_500_000 + b'"}',
    "a gigabyte in gzip": lambda: gzip.compress(b"[" * 10_000_000, 9),
}


def _pushed(target: Target, data: bytes) -> int:
    return target.gunicorn.push(envelope(data), timeout=60).status


def _submitted(target: Target, data: bytes) -> int:
    token = target.world.issuer.token(API_AUDIENCE, ALICE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Content-Encoding": "gzip"}
    return call(target.port, "POST", "/pipeline/run", data, headers, timeout=60).status


def _while_healthy(target: Target, send: Callable[[Target, bytes], int], data: bytes) -> str:
    answers: list[int | str] = []

    def attack() -> None:
        try:
            answers.append(send(target, data))
        except OSError as error:
            answers.append(type(error).__name__)

    thread = threading.Thread(target=attack)
    thread.start()
    latest = 0.0
    while thread.is_alive():
        began = time.monotonic()
        call(target.port, "GET", "/health", timeout=60)
        latest = max(latest, time.monotonic() - began)
        thread.join(0.1)
    if answers[0] not in (202, 204, 400, 413, 415, 422):
        return f"answered {answers[0]}"
    return f"/health took {latest:.1f} s" if latest > SLOW_S else target.harm()
