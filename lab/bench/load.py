"""Drive a server with `client.py`, and read CPU times."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

CLIENT = Path(__file__).with_name("client.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a load met: answers per second, and milliseconds until an answer; `client_ms` is the client's own CPU time
    per request."""

    seconds: float
    rate: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    client_ms: float


def post(path: str, body: bytes, token: str | None = None) -> bytes:
    """Return the bytes of a POST request with a JSON body."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    return _request([*lines, f"Content-Length: {len(body)}"], token) + body


def get(path: str, token: str | None = None) -> bytes:
    """Return the bytes of a GET request."""
    return _request([f"GET {path} HTTP/1.1", "Host: 127.0.0.1"], token)


def _request(lines: Sequence[str], token: str | None) -> bytes:
    signed = [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join([*lines, *signed, "", ""]).encode()


def drive(
    port: int, requests: Sequence[bytes], *, connections: int = 8, rate: float = 0.0, answers: Iterable[int] = (204,)
) -> Load:
    """Send the requests, as `client.py` says. Raises `RuntimeError` if an answer has none of the statuses `answers`."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(CLIENT), str(port), str(connections), str(rate)],
        input=b"".join(b"%d\n%b" % (len(one), one) for one in requests),
        capture_output=True,
        check=False,
        timeout=900,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace")[-1000:])
    said = json.loads(done.stdout)
    statuses = {int(status): number for status, number in said.pop("statuses").items()}
    if not statuses.keys() <= set(answers):
        raise RuntimeError(f"answers by status: {statuses}")
    return Load(**said)


def cpu_s(pid: int | None) -> float:
    """Return the CPU seconds of a process, its descendants, and the children that these have waited for."""
    if pid is None:
        return 0.0
    root = psutil.Process(pid)
    spent = 0.0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent += times.user + times.system + times.children_user + times.children_system
    return spent
