"""The load of a benchmark, as a process of its own: keep-alive HTTP/1.1 connections, one thread, raw sockets.

`python lab/bench/client.py PORT CONNECTIONS RATE < requests` sends the requests of stdin, each preceded by its length
in decimal and a newline. RATE 0 is a closed loop: a connection sends its next request when it has an answer. With a
RATE, requests become due evenly at that many per second, and latency counts from when one was due, so that a server
that stalls is not asked less. Prints one line of JSON, as `Load` has it.

It imports nothing of the project, so that it starts at once and takes little of the processors that it shares with what
is measured: some 0.05 ms of CPU per request.
"""

import json
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

SILENCE_S = 60


class Connection:
    """One keep-alive connection, with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SILENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due = 0.0
        self._head = b""

    def fileno(self) -> int:
        return self.socket.fileno()

    def send(self, request: bytes, due: float) -> None:
        self.due, self._head = due, b""
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """Read what is there. Return the status once the answer is whole, else None."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError(f"the server closed a connection after {self._head[:400]!r}")
        self._head += data
        return whole(self._head)


def whole(answer: bytes) -> int | None:
    """Return the status of an answer that is whole, else None. Pure."""
    head, ended, body = answer.partition(b"\r\n\r\n")
    if not ended:
        return None
    status = int(head[9:12])
    if status in (204, 304):
        return status
    lines = head.lower().split(b"\r\n")
    for line in lines:
        if line.startswith(b"content-length:"):
            return status if len(body) >= int(line[15:]) else None
        if line.startswith(b"transfer-encoding:") and b"chunked" in line:
            return status if body.endswith(b"0\r\n\r\n") else None
    return status


def requests_of(data: bytes) -> list[bytes]:
    """Split what stdin held. Pure."""
    found, at = [], 0
    while at < len(data):
        newline = data.index(b"\n", at)
        length = int(data[at:newline])
        at = newline + 1 + length
        found.append(data[newline + 1 : at])
    return found


def drive(port: int, connections: int, rate: float, requests: Sequence[bytes]) -> dict[str, Any]:
    """Send them all; return what is printed."""
    idle = deque(Connection(port) for _ in range(connections))
    busy: list[Connection] = []
    waits: list[float] = []
    statuses: Counter[int] = Counter()
    sent, began = 0, time.monotonic()
    while len(waits) < len(requests):
        now = time.monotonic()
        while idle and sent < len(requests):
            due = began + sent / rate if rate else now
            if due > now:
                break
            connection = idle.popleft()
            connection.send(requests[sent], due)
            busy.append(connection)
            sent += 1
        # select's timeout has microseconds; epoll's would be rounded up to a millisecond.
        next_s = began + sent / rate - now if rate and idle and sent < len(requests) else SILENCE_S
        ready, _, _ = select.select(busy, [], [], max(0.0, next_s))
        if not ready and next_s == SILENCE_S:
            raise TimeoutError(f"no answer for {SILENCE_S} s; {len(waits)} of {len(requests)} requests were answered")
        for connection in ready:
            status = connection.receive()
            if status is not None:
                waits.append(time.monotonic() - connection.due)
                statuses[status] += 1
                busy.remove(connection)
                idle.append(connection)
    seconds = time.monotonic() - began
    waits.sort()
    return {
        "seconds": seconds,
        "rate": len(waits) / seconds,
        "p50_ms": 1000 * waits[len(waits) // 2],
        "p90_ms": 1000 * waits[int(len(waits) * 0.9)],
        "p99_ms": 1000 * waits[int(len(waits) * 0.99)],
        "max_ms": 1000 * waits[-1],
        "client_ms": 1000 * time.process_time() / len(waits),
        "statuses": statuses,
    }


if __name__ == "__main__":
    number, width, per_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    print(json.dumps(drive(number, width, per_s, requests_of(sys.stdin.buffer.read()))))  # noqa: T201 (read by load.py)
