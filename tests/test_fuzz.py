"""Anything at all, given to the decoder and to the HTTP surface: seconds in a normal run, minutes with FAULTS=long."""

import base64
import json
import os
import random
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.processes import Gunicorn
from service.delivery.messages import decode_job, decode_push, odd_id
from service.errors import BadEnvelope, NotAJob, TooLarge
from service.strictjson import unstorable_json
from tests.support.bad_messages import BAD_MESSAGES, JOB, PRESETS, UNWRAPPED, text

LONG = os.environ.get("FAULTS") == "long"
SEED = int.from_bytes(os.urandom(4)) if LONG else 1
# A number of rounds and not a time: a time would try other inputs on each machine.
ROUNDS = 1_000_000 if LONG else 10_000
SPLICES: tuple[bytes, ...] = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xef\xbb\xbf", b"\r\n", b" " * 50),
    *(b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"null", b"NaN", b"1e999", b"%00", b"\\ud800", b"\\u0000"),
    *(b"9" * 400, b"[" * 200),
)


def mutated(pick: random.Random, data: bytes, others: list[bytes]) -> bytes:
    """Return the data with one to four places changed."""
    for _ in range(pick.randint(1, 4)):
        at, end = sorted((pick.randint(0, len(data)), pick.randint(0, len(data))))
        change = pick.random()
        if change < 0.35:
            data = data[:at] + pick.choice(SPLICES) + data[at:]
        elif change < 0.55:
            data = data[:at] + bytes([pick.randrange(256)]) + data[at + 1 :]
        elif change < 0.7:
            data = data[:at] + data[end:]
        elif change < 0.85:
            data = data[:end] + data[at:end] + data[end:]
        else:
            other = pick.choice(others)
            start = pick.randint(0, len(other))
            data = data[:at] + other[start : start + 200] + data[at:]
    return data[:100_000]


def test_the_decoder_takes_or_refuses_anything() -> None:
    pick = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    bodies = [body for bad in BAD_MESSAGES if len(body := bad.body()) < 5_000]
    jobs = [text(JOB), *(base64.b64decode(json.loads(body)["message"]["data"]) for body in bodies if _has_data(body))]
    taken = refused = 0
    for _ in range(ROUNDS):
        if pick.random() < 0.7:
            data = mutated(pick, pick.choice(jobs), jobs)
            body = envelope(data) if pick.random() < 0.8 else data
        else:
            body = mutated(pick, pick.choice(bodies), jobs)
        headers = UNWRAPPED if pick.random() < 0.2 else {}
        try:
            job = decode_job(decode_push(body, headers), PRESETS)
        except (BadEnvelope, NotAJob, TooLarge):
            refused += 1
            continue
        taken += 1
        fields = (job.job_id, job.user_id, job.content, job.preset, job.metadata, *job.extra.values())
        assert [why for field in fields if (why := unstorable_json(field)) is not None] == [], (SEED, body)
        assert odd_id(job.job_id) is None, (SEED, body)
        assert decode_job(decode_push(envelope(job.encode().encode()), {}), PRESETS) == job, (SEED, body)
    assert refused > taken


def _has_data(body: bytes) -> bool:
    try:
        document: Any = json.loads(body)
        return bool(base64.b64decode(document["message"]["data"], validate=True))
    except (ValueError, TypeError, KeyError):
        return False


@pytest.mark.slow
def test_the_http_surface_answers_anything(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn(PIPELINE="drill", API_CALLERS=CALLER)
    pick = random.Random(SEED)  # noqa: S311 (repeatable, not secret)
    issuer = service.world.issuer
    push, api = service.world.token(), issuer.token(API_AUDIENCE, CALLER)
    requests = [_request(method, path, token, body) for method, path, token, body in _good_requests(push, api)]
    statuses: dict[int, int] = {}
    until = time.monotonic() + (180 if LONG else 6)
    while time.monotonic() < until:
        raw = mutated(pick, pick.choice(requests), requests)
        status = _answer(service.port, raw)
        statuses[status] = statuses.get(status, 0) + 1
        # 501 and 505 are the web server's own, for methods and versions that do not exist.
        assert status < 500 or status in (501, 503, 505), (SEED, status, raw)
    assert call(service.port, "GET", "/health", timeout=30).status == 200
    assert len(statuses) > 5
    log = service.log.read_text("utf-8", "replace")
    assert "unexpected_error" not in log
    assert "Traceback" not in log


def _good_requests(push: str, api: str) -> list[tuple[str, str, str, bytes]]:
    job = json.dumps(dict(JOB)).encode()
    return [
        ("POST", "/push", push, Brief().body()),
        ("POST", "/push", "", Brief().body()),
        ("POST", "/pipeline/run", api, job),
        ("GET", f"/pipeline/job/{JOB['job_id']}", api, b""),
        ("GET", "/pipeline/jobs?state=pending&limit=5&since=2026-01-01&cursor=abc", api, b""),
        ("POST", f"/pipeline/job/{JOB['job_id']}/cancel", api, b""),
        ("POST", f"/pipeline/job/{JOB['job_id']}/links", api, b""),
        ("POST", "/sweep", api, b""),
        ("GET", "/openapi.json", "", b""),
        ("GET", "/metrics", "", b""),
    ]


def _request(method: str, path: str, token: str, body: bytes) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    authorization = f"Authorization: Bearer {token}\r\n" if token else ""
    more = 'Idempotency-Key: "k"\r\nIf-None-Match: "x"\r\nContent-Type: application/json\r\n'
    return f"{head}{authorization}{more}\r\n".encode() + body


def _answer(port: int, raw: bytes) -> int:
    """Send the bytes and hang up our side; return the status, or 0 if the connection is closed without an answer."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while b"\r\n" not in received and (more := connection.recv(4_096)):
                received += more
        except (ConnectionError, BrokenPipeError):
            pass
    first = received.split(b" ", 2)
    return int(first[1]) if len(first) > 1 and first[1].isdigit() else 0
