"""Clients that are slow or silent hold up only themselves."""

import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.processes import Gunicorn
from lab.harness.world import World

pytestmark = pytest.mark.slow


def connected(stack: ExitStack, port: int, sent: bytes) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
    client.sendall(sent)
    return client


def test_half_a_head_does_not_hold_a_thread_for_ever(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn()
    with ExitStack() as stack:
        clients = [connected(stack, service.port, b"POST /push HTTP/1.1\r\nHost: x\r\n") for _ in range(12)]
        # Answered only because those clients lose their threads: the call itself would wait for a minute.
        assert call(service.port, "GET", "/health", timeout=60).status == 200
        # And the half heads are hung up on.
        clients[0].settimeout(60)
        assert clients[0].recv(1000) == b""
    assert "Traceback" not in service.log.read_text()


def test_silent_sockets_hold_up_no_push(gunicorn: Callable[..., Gunicorn]) -> None:
    service = gunicorn()
    with ExitStack() as stack:
        for _ in range(30):
            connected(stack, service.port, b"")
        assert service.push(Brief().body()).status == 204


def test_a_body_that_stalls_is_hung_up_on(gunicorn: Callable[..., Gunicorn], world: World) -> None:
    service = gunicorn(MAX_CONCURRENT_JOBS="2")
    head = f"POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.token()}\r\nContent-Length: 1000\r\n\r\n"
    with ExitStack() as stack:
        stalled = [connected(stack, service.port, head.encode() + b'{"half') for _ in range(2)]
        for client in stalled:
            client.settimeout(60)
            assert client.recv(1000).startswith(b"HTTP/1.1 408")
        assert service.push(Brief().body()).status == 204
