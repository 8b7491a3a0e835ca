"""A process to fork the service from, started once for a test run."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lab.harness.processes import ROOT

COUNTED = ("crash points", "model steps", "models")
"""How much tests have tried, by the names under which they record it (`record_property`)."""


@dataclass(frozen=True, slots=True)
class Life:
    """What a forked service did until it ended: the signal that ended it, and the lines that it reported."""

    signal: int
    lines: Sequence[str]

    def told(self, what: str) -> list[str]:
        return [line.removeprefix(f"{what} ") for line in self.lines if line.startswith(f"{what} ")]

    @property
    def points(self) -> list[str]:
        return self.told("point")

    @property
    def answers(self) -> list[int]:
        return [int(status) for status in self.told("answered")]


class Forks:
    """Forks the service from a process that has everything imported."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._errors = log.open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crashing"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def live(
        self, env: Mapping[str, str], do: Sequence[Mapping[str, Any]], *, kill: str | None = None, hooks: bool = False
    ) -> Life:
        """Let the service live once and `do` this; `kill` is the crash point at which it kills itself."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"env": env, "do": do, "kill": kill, "hooks": hooks}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, self._log.read_text()[-3000:]
        life = Life(**json.loads(answer))
        assert life.signal in ((0,) if kill is None else (0, 9)), (life, self._log.read_text()[-3000:])
        return life

    def close(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(70)
        self._process.stdout.close()
        self._errors.close()


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    forks = Forks(tmp_path_factory.mktemp("forks") / "log")
    yield forks
    forks.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how much was tried. It comes from the reports, because with pytest-xdist the tests ran in other
    processes."""
    tried: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        tried.update({name: number for name, number in report.user_properties if name in COUNTED})
    if tried:
        terminalreporter.write_line("faults: " + ", ".join(f"{number:,} {name}" for name, number in tried.items()))
