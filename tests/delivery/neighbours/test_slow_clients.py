"""Clients that are slow, silent or rude hold up only themselves: 200 of each kind, against the real server."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from lab.harness.calls import call
from lab.harness.messages import Brief
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.processes import Gunicorn
from lab.harness.waiting import eventually
from lab.harness.world import World
from lab.redteam.clients import AUTHENTICATED, KINDS, PUSHED, Kind, besieging

pytestmark = pytest.mark.slow

EACH = 200
HEALTH_S = 3.0
"""The promise is a second; a busy machine gets more."""
SIEGE_S = 3.0


def connected(stack: ExitStack, port: int, sent: bytes) -> socket.socket:
    client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
    client.sendall(sent)
    return client


@pytest.fixture
def service(gunicorn: Callable[..., Gunicorn]) -> Gunicorn:
    return gunicorn(LOG_LEVEL="WARNING", JOB_MAX_ATTEMPTS="1")


@contextmanager
def a_job_in_work(service: Gunicorn) -> Iterator[Brief]:
    """A job of some seconds, which must end well at its first attempt."""
    brief = Brief(metadata={"drill_stage_ms": 700})
    with ThreadPoolExecutor(1) as pool:
        push = pool.submit(service.push, brief.body())
        in_work = "SELECT 1 FROM jobs WHERE id = :id AND state = 'processing'"
        eventually(lambda: service.world.query(in_work, id=brief.job_id))
        yield brief
        assert push.result().status == 204
    job = service.world.job(brief.job_id)
    assert (job["state"], job["attempts"]) == ("completed", 0)


def slowest_health(service: Gunicorn) -> float:
    """Ask for /health again and again for `SIEGE_S` seconds; return the longest time until an answer."""
    ends, slowest = time.monotonic() + SIEGE_S, 0.0
    while time.monotonic() < ends:
        began = time.monotonic()
        assert call(service.port, "GET", "/health", timeout=20).status == 200
        slowest = max(slowest, time.monotonic() - began)
    return slowest


def hold_out(service: Gunicorn, kinds: Sequence[Kind], token: str = "") -> None:
    """The job in work and /health go on while `EACH` clients of each kind attack; no fault of ours is logged."""
    with a_job_in_work(service), besieging(service.port, kinds, each=EACH, token=token) as siege:
        assert slowest_health(service) < HEALTH_S
        assert siege.opened >= EACH * len(kinds)
    logged = service.log.read_text()
    assert "Traceback" not in logged
    assert '"severity": "ERROR"' not in logged


HEADS = [name for name in KINDS if "head" in name or name == "silent"]
BODIES = [name for name in KINDS if name not in HEADS and ("body" in name or "chunk" in name)]
ANSWERS = [name for name in KINDS if name not in HEADS + BODIES]


@pytest.mark.parametrize("names", [HEADS, BODIES, ANSWERS], ids=["heads", "bodies", "answers"])
def test_strangers_hold_up_nobody(service: Gunicorn, names: Sequence[str]) -> None:
    hold_out(service, [KINDS[name] for name in names])


def test_callers_of_the_api_hold_up_nobody(service: Gunicorn, world: World) -> None:
    token = world.issuer.token(API_AUDIENCE, CALLER)
    good = {"Authorization": f"Bearer {token}"}
    kinds = list(AUTHENTICATED.values())
    with a_job_in_work(service), besieging(service.port, kinds, each=EACH, token=token):
        assert slowest_health(service) < HEALTH_S
        # Neither another caller's job ...
        body = b'{"user_id": "u", "content": "Hello.", "preset": "quick_social"}'
        assert call(service.port, "POST", "/pipeline/run", body, good, timeout=20).status == 202
        # ... nor a push finds the memory or the threads taken.
        assert service.push(Brief(content="x" * 9_000_000).body()).status == 204
    assert "Traceback" not in service.log.read_text()


def test_slow_pushes_take_slots_and_nothing_else(service: Gunicorn, world: World) -> None:
    hold_out(service, list(PUSHED.values()), world.token())


def test_all_kinds_at_once_take_no_memory(service: Gunicorn) -> None:
    (worker,) = psutil.Process(service.process.pid).children()
    assert service.push(Brief().body()).status == 204
    before = worker.memory_info().rss
    with a_job_in_work(service), besieging(service.port, list(KINDS.values()), each=40):
        assert slowest_health(service) < HEALTH_S
    assert worker.memory_info().rss - before < 100_000_000


def test_half_a_head_is_hung_up_on(service: Gunicorn) -> None:
    with ExitStack() as stack:
        client = connected(stack, service.port, b"POST /push HTTP/1.1\r\nHost: x\r\n")
        kept = connected(stack, service.port, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        kept.settimeout(60)
        answer = b""
        while not answer.endswith(b"}\n"):
            # Its head and its body may come apart.
            answer += kept.recv(1000)
        assert answer.startswith(b"HTTP/1.1 200")
        kept.sendall(b"GET ")
        client.settimeout(60)
        assert client.recv(1000) == b""
        assert kept.recv(1000) == b"", "also after a whole request"


def test_a_body_that_stalls_is_answered_and_hung_up_on(service: Gunicorn, world: World) -> None:
    head = f"POST /push HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {world.token()}\r\n"
    sent = [
        f'{head}Content-Length: 1000\r\n\r\n{{"half'.encode(),
        f"{head}Transfer-Encoding: chunked\r\n\r\n5".encode(),
        f"{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{".encode(),
    ]
    with ExitStack() as stack:
        stalled = [connected(stack, service.port, one) for one in sent]
        for client in stalled:
            client.settimeout(60)
            answer = b""
            while piece := client.recv(1000):
                answer += piece
            assert answer.startswith(b"HTTP/1.1 408")
    assert service.push(Brief().body()).status == 204
