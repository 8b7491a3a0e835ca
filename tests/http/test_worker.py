"""The worker rests on gunicorn's internals: these must be what they were when it was written."""

import inspect
import socket
import time
from pathlib import Path

import gunicorn
import pytest
from gunicorn.http.parser import Parser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from service.http import connection
from service.http.connection import MAX_UNSENT, ClientSocket
from service.http.worker import Worker

KNOWN = "27.0.1"


def test_gunicorn_is_the_version_that_the_worker_was_written_for() -> None:
    """Read `gunicorn/workers/gthread.py` of the new one beside `service/http/worker.py`, run the slow clients' tests
    (`tests/delivery/neighbours/test_slow_clients.py`), then change the version here."""
    assert gunicorn.__version__ == KNOWN
    assert f"gunicorn=={KNOWN} " in Path("requirements.txt").read_text()


def test_gunicorn_still_calls_what_the_worker_overrides() -> None:
    main_loop = inspect.getsource(ThreadWorker.run)
    for name in ("murder_pending", "_cap_keepalive", "murder_keepalived", "nr_conns", "worker_connections"):
        assert name in main_loop
    assert "self.accept" in inspect.getsource(ThreadWorker.set_accept_enabled)
    queue = inspect.getsource(ThreadWorker.enqueue_req)
    assert "self.handle" in queue
    assert "self.finish_request" in queue
    ours = {name for name in vars(Worker) if callable(getattr(Worker, name)) and not name.startswith("__")}
    assert ours & set(dir(ThreadWorker)) == {
        "accept",
        "finish_request",
        "handle",
        "murder_pending",
        "_cap_keepalive",
    }, "overridden on purpose, and nothing by accident"
    assert set(inspect.signature(TConn.__init__).parameters) == {"self", "cfg", "sock", "client", "server"}
    assert {"deadline", "max_bytes"} <= set(inspect.signature(Parser.finish_body).parameters)
    assert "self.sock.recv(" in inspect.getsource(SocketUnreader.chunk), "each read goes through our socket"


@pytest.fixture
def pair() -> "tuple[ClientSocket, socket.socket]":
    server, client = socket.socketpair()
    return ClientSocket(server), client


def test_a_read_waits_until_its_time_and_no_longer(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    with ours, client:
        with pytest.raises(TimeoutError):
            ours.recv(10)
        client.sendall(b"x")
        assert ours.recv(10) == b"x", "what is here is read, whatever the time"
        ours.read_until = time.monotonic() + 0.05
        with pytest.raises(TimeoutError):
            ours.recv(10)
        assert time.monotonic() >= ours.read_until
        client.close()
        assert ours.recv(10) == b""


def test_an_answer_that_is_not_taken_holds_no_thread(pair: tuple[ClientSocket, socket.socket]) -> None:
    ours, client = pair
    answer = bytes(range(256)) * (MAX_UNSENT // 256)
    with ours, client:
        ours.sendall(answer)
        assert ours.unsent, "the kernel takes less than that"
        received = bytearray()
        while len(received) < len(answer):
            received += client.recv(1 << 20)
            ours.flush()
        assert bytes(received) == answer
        assert not ours.unsent


def test_a_large_answer_is_not_all_kept(
    pair: tuple[ClientSocket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "ANSWER_S", 0.05)
    ours, client = pair
    with ours, client, pytest.raises(TimeoutError):
        ours.sendall(bytes(4 * MAX_UNSENT))
