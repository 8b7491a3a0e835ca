"""What the worker does with connections: pipelines, more of them than it holds, a small limit of files, a stop."""

import http.client
import socket
import subprocess
from collections.abc import Callable

import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.world import World
from lab.redteam.clients import KINDS, besieging

pytestmark = pytest.mark.slow

GET = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


def all_of(client: socket.socket) -> bytes:
    """Read until the server hangs up."""
    received = b""
    while piece := client.recv(65_536):
        received += piece
    return received


def test_pipelined_requests_are_answered_in_order(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service, brief = gunicorn(), Brief()
    body = brief.body()
    head = f"POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.token()}\r\n"
    push = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    refused = b"POST /push HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    sent = GET + push + b"\r\n" + refused + GET + push + last
    for size in (len(sent), 1_000, 7):
        with socket.create_connection(("127.0.0.1", service.port), timeout=60) as client:
            for start in range(0, len(sent), size):
                client.sendall(sent[start : start + size])
            answers = all_of(client).split(b"HTTP/1.1 ")[1:]
        assert [answer[:3] for answer in answers] == [b"200", b"204", b"401", b"200", b"204", b"200"], size
    assert world.job(brief.job_id)["state"] == "completed"


def test_a_kept_connection_is_used_again_and_again(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.connect()
    first = connection.sock
    for _ in range(20):
        connection.request("POST", "/push", Brief().body(), {"Authorization": f"Bearer {world.token()}"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 204
    assert connection.sock is first
    connection.close()


def test_more_clients_than_connections(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn(LOG_LEVEL="WARNING")
    kinds = [KINDS["silent"], KINDS["a head of a byte each 3 s"]]
    with besieging(service.port, kinds, each=1_000):
        for _ in range(20):
            assert call(service.port, "GET", "/health", timeout=20).status == 200
        assert service.push(Brief().body()).status == 204
    assert "Traceback" not in service.log.read_text()


def test_few_files_are_enough(gunicorn: Callable[..., Gunicorn], monkeypatch: pytest.MonkeyPatch) -> None:
    """As many connections as the process could open files would keep it from opening any other."""

    def popen(command: list[str], **kwargs: object) -> "subprocess.Popen[bytes]":
        # No function of ours between fork and exec: gRPC's threads may crash a child that runs any.
        return original(["prlimit", "--nofile=200:200", *command], **kwargs)  # type: ignore[call-overload, no-any-return]

    original = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", popen)
    service = gunicorn(LOG_LEVEL="WARNING")
    with besieging(service.port, [KINDS["silent"]], each=400):
        for _ in range(10):
            assert call(service.port, "GET", "/health", timeout=20).status == 200
        assert service.push(Brief().body()).status == 204
    assert "Traceback" not in service.log.read_text()


def test_a_stop_waits_for_no_client(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn(LOG_LEVEL="WARNING", GUNICORN_CMD_ARGS="--graceful-timeout 60")
    kinds = [KINDS["a head of a byte each 3 s after a whole request"], KINDS["never read"], KINDS["silent"]]
    with besieging(service.port, kinds, each=50):
        service.terminate()
        # Less than the grace, which would end it anyway.
        service.process.wait(40)
    assert "Traceback" not in service.log.read_text()
