"""The client of the benchmarks: what it counts must be what happened."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from lab.bench import client, load


@pytest.fixture
def server() -> Iterator[SimpleNamespace]:
    """Answers POSTs with 204, or with the `status` and the `pause_s` that the path asks for, and keeps the bodies."""
    seen = SimpleNamespace(bodies=[], port=0)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            seen.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            _, status, pause_ms = self.path.split("/")
            time.sleep(int(pause_ms) / 1000)
            self.send_response(int(status))
            if status != "204":
                self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"" if status == "204" else b"ok")

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.daemon_threads = True
    seen.port = served.server_port
    threading.Thread(target=served.serve_forever, args=(0.05,), daemon=True).start()
    yield seen
    served.shutdown()
    served.server_close()


def test_each_request_is_sent_once_and_answered(server: SimpleNamespace) -> None:
    bodies = [b"number %d" % number for number in range(60)]
    found = load.drive(server.port, [load.post("/204/0", body) for body in bodies], connections=4)
    assert sorted(server.bodies) == sorted(bodies)
    assert 0 < found.p50_ms <= found.p99_ms <= found.max_ms
    assert found.rate == pytest.approx(60 / found.seconds)


def test_an_unexpected_answer_is_an_error(server: SimpleNamespace) -> None:
    requests = [load.post(f"/{status}/0", b"{}") for status in (204, 503, 204)]
    with pytest.raises(RuntimeError, match="503: 1"):
        load.drive(server.port, requests)
    assert load.drive(server.port, requests, answers=(204, 503)).rate > 0


def test_a_stall_makes_those_that_became_due_meanwhile_late(server: SimpleNamespace) -> None:
    # One connection, and one answer that takes 300 ms: at 100 a second, thirty requests became due behind it.
    requests = [load.post("/204/300", b"{}")] + [load.post("/204/0", b"{}")] * 30
    found = load.drive(server.port, requests, connections=1, rate=100)
    assert found.p50_ms > 50
    assert found.max_ms > 290


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", 204),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", None),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 200),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n", None),
        (b"HTTP/1.1 503 Busy\r\nContent-Le", None),
    ],
)
def test_an_answer_is_whole_or_not(answer: bytes, status: int | None) -> None:
    assert client.whole(answer) == status


def test_requests_are_told_apart_by_their_length() -> None:
    requests = [b"1\n2", b"", b"x" * 1000]
    assert client.requests_of(b"".join(b"%d\n%b" % (len(one), one) for one in requests)) == requests
