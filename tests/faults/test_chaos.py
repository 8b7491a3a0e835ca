"""The short form of `make chaos` is green, and red once a fence is gone (docs/faults.md, "Chaos")."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress

import pytest
from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import types as wire

from lab.chaos import plan, pushing
from lab.chaos.checks import Hold, Verdict, check_acks
from lab.chaos.plan import Options, Planned
from lab.chaos.proxy import Proxy
from lab.chaos.pushing import Push
from lab.chaos.sabotage import SABOTAGES
from lab.chaos.surroundings import RESULTS, Accepted, EmulatorSide
from lab.harness.messages import Brief, envelope
from lab.harness.processes import ROOT

LONG = os.environ.get("FAULTS") == "long"
SEED = "11"
RUN_S = 400
IN_SHORT = ("token", "ack-early")
"""The sabotages that always run; the others run with FAULTS=long."""


def run(*arguments: str, sabotage: str = "") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lab.chaos", *arguments],
        cwd=ROOT,
        env={**os.environ, "SABOTAGE": sabotage, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_S,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
def test_the_short_form_is_green() -> None:
    code, said = run("--short", "--seed", SEED, "--logs")
    assert code == 0, said
    assert "green: nothing lost, nothing doubled, nothing run again, nothing stuck" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in IN_SHORT or LONG else pytest.mark.skip(reason="FAULTS=long runs it"))
        for name in SABOTAGES
    ],
)
def test_without_a_fence_it_is_red(name: str) -> None:
    code, said = run("--seed", SEED, sabotage=name)
    assert code == 1, said
    assert any(f": {kind}: " in said for kind in SABOTAGES[name].shows), said


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="FAULTS=long runs it")
@pytest.mark.parametrize("name", SABOTAGES)
def test_with_the_fence_the_same_is_green(name: str) -> None:
    code, said = run("--seed", SEED, "--like", name)
    assert code == 0, said


def test_each_sabotage_still_finds_what_it_takes_away() -> None:
    """In processes of their own, because this one must keep its fences."""
    program = """
import os
from lab.chaos import sabotage
for name in sabotage.SABOTAGES:
    pid = os.fork()
    if not pid:
        sabotage.apply(name)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, name
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=120)


def test_a_plan_is_the_same_for_the_same_seed() -> None:
    options = Options(jobs=200, seconds=60, seed=5, films=1)
    planned = plan.make(options)
    assert planned == plan.make(options)
    assert planned != plan.make(Options(jobs=200, seconds=60, seed=6, films=1))
    assert sum(one.by_emulator for one in planned) == 100
    assert {one.kind for one in planned} == {"instant", "quick", "slow", "film"}
    assert {one.fails for one in planned} == {None, "once", "always", "permanent"}


@pytest.mark.parametrize(
    ("fails", "status", "code", "is_so"),
    [
        (None, "success", None, True),
        (None, "error", "output_refused", False),
        ("once", "success", None, True),
        ("permanent", "error", "drill_permanent", True),
        ("permanent", "success", None, False),
        ("always", "error", "drill_failed", True),
        ("always", "success", None, False),
        (None, "cancelled", None, False),
    ],
)
def test_what_a_brief_demands(fails: str | None, status: str, code: str | None, is_so: bool) -> None:  # noqa: FBT001
    planned = Planned(brief=Brief(), kind="instant", fails=fails, by_emulator=False, at_s=0)
    assert plan.demands(planned, status, code, is_cancelled=False) is is_so
    assert plan.demands(planned, "cancelled", None, is_cancelled=True)


@pytest.mark.parametrize(("published_at", "lost"), [(99.0, 0), (101.0, 1), (None, 1)])
def test_an_ack_before_the_outcome_is_published_is_a_loss(published_at: float | None, lost: int) -> None:
    brief = Brief()
    sent = pushing.read(brief.body())
    push = Push(source="direct", sent=sent, instance="one", status=204, began_at=90, ended_at=100)
    accepted = [Accepted(topic=RESULTS, key=f"result:{brief.job_id}:1", payload="{}", at=published_at or 0)]
    verdict = Verdict()
    check_acks(verdict, [push], accepted if published_at else [])
    assert len(verdict.findings["lost"]) == lost


@pytest.mark.parametrize(("began_at", "lost"), [(55, 0), (75, 0), (95, 1)])
def test_a_hold_ends_with_the_last_message_before_what_came_next(began_at: float, lost: int) -> None:
    """The message that led to the hold may be accepted once more meanwhile: its first answer was lost."""
    brief = Brief()
    push = Push(
        source="direct",
        sent=pushing.read(brief.body()),
        instance="one",
        status=204,
        began_at=began_at,
        ended_at=began_at + 1,
    )
    key = f"job:{brief.job_id}:1:0"
    accepted = [Accepted(topic="jobs", key=key, payload="{}", at=at) for at in (40, 60, 80)]
    verdict = Verdict()
    check_acks(verdict, [push], accepted, [Hold(job_id=brief.job_id, run=1, at=50, next_at=85)])
    assert len(verdict.findings["lost"]) == lost


def test_an_ack_needs_a_newer_message_or_the_result() -> None:
    brief = Brief()
    sent = pushing.read(envelope(brief.data(), attributes={"run": "1", "hop": "1"}))
    push = Push(source="direct", sent=sent, instance="one", status=204, began_at=90, ended_at=100)
    for hop, lost in ((1, 1), (2, 0)):
        verdict = Verdict()
        key = f"job:{brief.job_id}:1:{hop}"
        check_acks(verdict, [push], [Accepted(topic="jobs", key=key, payload="{}", at=99)])
        assert len(verdict.findings["lost"]) == lost


class Echo:
    """A server that sends back what it receives, and counts it."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=self._echo, args=(self._listener.accept()[0],), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while piece := connection.recv(100):
                self.got.append(piece)
                connection.sendall(piece)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


def test_the_proxy_breaks_on_command() -> None:
    with closing(Echo()) as echo, closing(Proxy(echo.port)) as proxy:

        def ask(what: bytes, patience_s: float = 10.0) -> bytes | None:
            with socket.create_connection(("127.0.0.1", proxy.port), timeout=patience_s) as connection:
                connection.sendall(what)
                try:
                    return connection.recv(100)
                except ConnectionError:
                    return b""
                except TimeoutError:
                    return None

        assert ask(b"one") == b"one"
        proxy.lose_replies(1)
        time.sleep(0.1)
        assert ask(b"two") == b"", "the answer is lost with its connection"
        assert echo.got == [b"one", b"two"], "and what was asked is done"
        assert ask(b"three") == b"three"
        proxy.hang()
        time.sleep(0.1)
        assert ask(b"four", 0.3) is None
        proxy.flow()
        assert ask(b"five") == b"five"
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as connection:
            connection.sendall(b"six")
            assert connection.recv(100) == b"six"
            proxy.cut()
            with suppress(ConnectionError):
                assert connection.recv(100) == b""


def test_what_is_known_of_a_push() -> None:
    brief = Brief()
    sent = pushing.read(envelope(brief.data(), attributes={"run": "2", "hop": "3"}, message_id="m"))
    assert (sent.message_id, sent.job_id, sent.run, sent.hop) == ("m", brief.job_id, 2, 3)
    assert json.loads(sent.body)["message"]["messageId"] == "m"


class Subscriber:
    """A Pub/Sub that hears an acknowledgement and whose answer to it is lost."""

    def __init__(self) -> None:
        self.left = [wire.ReceivedMessage(ack_id="a", message=wire.PubsubMessage(data=b"{}", message_id="1"))]

    def pull(self, **_: object) -> wire.PullResponse:
        return wire.PullResponse(received_messages=self.left)

    def acknowledge(self, **_: object) -> None:
        self.left = []
        raise DeadlineExceeded("the answer was lost")  # type: ignore[no-untyped-call]


def test_the_record_keeps_a_message_whose_acknowledgement_is_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmulatorSide, "__init__", lambda _: None)
    side = EmulatorSide()  # type: ignore[call-arg]  # its own emulator and network are not needed
    monkeypatch.setattr(side, "_subscriber", Subscriber(), raising=False)
    kept: list[str] = []
    with pytest.raises(DeadlineExceeded):
        side.pull(RESULTS, lambda message: kept.append(message.message_id))
    assert kept == ["1"]
