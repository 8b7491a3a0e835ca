"""What the server in front of the routes refuses, Pub/Sub delivers again for seven days: so it refuses nothing that
Pub/Sub may send. Each of these becomes a job or a dead letter, by the real gunicorn."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.names import SUBSCRIPTION
from lab.harness.processes import Gunicorn
from lab.harness.world import World

pytestmark = pytest.mark.slow

Fields = list[tuple[bytes, bytes]]
METADATA: Fields = [
    (b"x-goog-pubsub-subscription-name", SUBSCRIPTION.encode()),
    (b"x-goog-pubsub-publish-time", b"2026-11-25T12:00:00Z"),
]
HUNDRED: Fields = [(f"{number:03}-".encode() + b"k" * 252, b"v" * 1_024) for number in range(100)]
ENCODED: Fields = [(f"{number:03}-".encode() + b"%C3" * 84, b"%C3" * 1_024) for number in range(100)]


@dataclass(frozen=True, kw_only=True)
class Push:
    """An unwrapped push: what differs from the plainest."""

    attributes: Fields = field(default_factory=list)
    target: bytes = b"/push"
    version: bytes = b"HTTP/1.1"
    chunks: int | None = None
    before: bytes = b""
    is_empty: bool = False


PUSHES = {
    "the plainest": Push(),
    "a hundred attributes of full length": Push(attributes=HUNDRED),
    "a hundred attributes, percent-encoded": Push(attributes=ENCODED),
    "names with underscores and dots": Push(attributes=[(b"a_b", b"1"), (b"a.b", b"2"), (b"run_", b"3")]),
    "a name with a space": Push(attributes=[(b"a b", b"1")]),
    "a name in UTF-8": Push(attributes=[("é☀".encode(), b"1")]),
    "an empty value": Push(attributes=[(b"a", b"")]),
    "a value in UTF-8": Push(attributes=[(b"a", "é☀".encode())]),
    "a value with control characters": Push(attributes=[(b"a", b"1\x01\x7f\x0b2")]),
    "an attribute twice": Push(attributes=[(b"a", b"1"), (b"a", b"2")]),
    "an attribute named as the content type": Push(attributes=[(b"content-type", b"a"), (b"Content-Type", b"b")]),
    "an attribute named as the host": Push(attributes=[(b"host", b"elsewhere")]),
    "an attribute that expects something": Push(attributes=[(b"expect", b"wonders")]),
    "an expectation": Push(attributes=[(b"Expect", b"100-continue")]),
    "an ordering key of full length": Push(attributes=[(b"x-goog-pubsub-ordering-key", "é".encode() * 512)]),
    "ours, but odd": Push(attributes=[(b"run", b"\xe9"), (b"hop", b"-1")]),
    "chunks": Push(chunks=7),
    "HTTP/1.0": Push(version=b"HTTP/1.0"),
    "the whole URL": Push(target=b"https://service.example/push"),
    "an empty line before": Push(before=b"\r\n"),
    "no data at all": Push(is_empty=True),
}


def request(push: Push, number: int, data: bytes, token: str) -> bytes:
    framing = [(b"Transfer-Encoding", b"chunked")] if push.chunks else [(b"Content-Length", str(len(data)).encode())]
    fields: Fields = [
        (b"Host", b"service.example"),
        (b"Authorization", f"Bearer {token}".encode()),
        (b"x-goog-pubsub-message-id", str(number).encode()),
        *METADATA,
        *framing,
        *push.attributes,
    ]
    head = b"POST " + push.target + b" " + push.version + b"\r\n" + b"".join(k + b": " + v + b"\r\n" for k, v in fields)
    if not push.chunks:
        return push.before + head + b"\r\n" + data
    pieces = [data[start : start + push.chunks] for start in range(0, len(data), push.chunks)]
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return push.before + head + b"\r\n" + body + b"0\r\n\r\n"


def answered(port: int, sent: bytes) -> bytes:
    """Send raw bytes; return the first line of the answer, after a 100 if there was one."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(sent)
        received = b""
        while b"\r\n\r\n" not in received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n"):
            piece = connection.recv(65_536)
            if not piece:
                break
            received += piece
    return received.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n")[0]


def test_all_that_pubsub_may_send_is_a_job_or_a_dead_letter(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn()
    wrong = {}
    for number, (name, push) in enumerate(PUSHES.items()):
        brief = Brief()
        said = answered(service.port, request(push, number, b"" if push.is_empty else brief.data(), world.token()))
        if push.is_empty:
            kept = world.query("SELECT 1 FROM dead_letters WHERE reason = 'data_not_json'")
        else:
            kept = world.query("SELECT 1 FROM jobs WHERE id = :id AND state = 'completed'", id=brief.job_id)
        if said.split()[1:2] != [b"204"] or len(kept) != 1:
            wrong[name] = said
    assert wrong == {}
    assert "Traceback" not in service.log.read_text()


def test_what_is_no_http_is_refused_as_a_problem(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn()
    cases = {
        b"GET / HTTP/9.9\r\n\r\n": 505,
        b"GET  / HTTP/1.1\r\n\r\n": 400,
        b"GET /health HTTP/1.1\r\na b: c\r\n\r\n": 400,
        b"GET /health HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n": 431,
        b"GET /health HTTP/1.1\r\n" + b"a: " + b"b" * 600_000: 431,
        b"GET /" + b"a" * 10_000 + b" HTTP/1.1\r\n\r\n": 414,
        b"POST /push HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n": 400,
        b"POST /push HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": 400,
        b"POST /push HTTP/1.1\r\nContent-Length : 1\r\n\r\nx": 400,
        b"POST /push HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n": 400,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n": 400,
        b"GET /health HTTP/1.1\nHost: x\n\n": 400,
    }
    for sent, status in cases.items():
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(65_536):
                received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.split()[1] == str(status).encode(), sent[:60]
        assert b"nosniff" in head
        assert json.loads(body)["status"] == status
    assert call(service.port, "GET", "/health").status == 200
    assert "Traceback" not in service.log.read_text()


def test_a_body_that_is_cut_off_is_neither_job_nor_dead_letter(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service, brief = gunicorn(), Brief()
    for push in (Push(), Push(chunks=50)):
        whole = request(push, 1, brief.data(), world.token())
        for cut in (whole[:-20], whole[:-20] + b"zz\r\n"[: 4 if push.chunks else 0]):
            with socket.create_connection(("127.0.0.1", service.port), timeout=60) as connection:
                connection.sendall(cut)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 400")
    assert world.query("SELECT 1 FROM jobs") == []
    assert world.query("SELECT 1 FROM dead_letters") == []
    assert "Traceback" not in service.log.read_text()
