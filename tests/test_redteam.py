"""The short form of `make redteam`: nothing gets through."""

import time
from collections.abc import Iterator

import pytest

from lab.harness.world import World
from lab.redteam import suite
from lab.redteam.target import Attempt, Target


@pytest.fixture
def target(world: World) -> Iterator[Target]:
    target = Target(world, short=True)
    yield target
    target.close()


@pytest.mark.slow
def test_nothing_gets_through(target: Target) -> None:
    results = list(suite.run(target, list(suite.GROUPS), until=time.monotonic() + 300))
    assert {result.group: result.got_through for result in results if result.got_through} == {}
    assert min(result.attacks for result in results) > 0


def test_a_hole_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An attack that achieves something, one that ends with an error and one that comes too late all count."""

    class Well:
        def harm(self) -> str:
            return ""

    monkeypatch.setitem(suite.GROUPS, "a", lambda _: iter([Attempt("x"), Attempt("y", "it is open")]))
    monkeypatch.setitem(suite.GROUPS, "b", lambda _: iter([1 / 0]))
    soon, past = time.monotonic() + 60, time.monotonic() - 1
    (a,) = suite.run(Well(), ["a"], until=soon)  # type: ignore[arg-type]
    (b,) = suite.run(Well(), ["b"], until=soon)  # type: ignore[arg-type]
    (late,) = suite.run(Well(), ["a"], until=past)  # type: ignore[arg-type]
    assert (a.attacks, a.got_through) == (2, ["y: it is open"])
    assert b.got_through == ["the attack ended with ZeroDivisionError: division by zero"]
    assert late.got_through == ["the attack ended with TimeoutError: the time of the suite is over"]
