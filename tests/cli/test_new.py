"""`new` writes a start that works as it is, and that our own checks have nothing to say about."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from service.cli.main import main


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def test_what_it_writes_passes_its_own_test_and_our_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", "my-shout"]) == 0
    assert "cd my-shout" in capsys.readouterr().out
    folder = tmp_path / "my-shout"
    assert {path.name for path in folder.iterdir()} == {"my_shout.py", "test_my_shout.py", ".env", ".gitignore"}
    assert "PIPELINE=my_shout:pipeline\n" in (folder / ".env").read_text()
    assert (folder / "my_shout.py").stat().st_mode & 0o777 == 0o644
    tested = run(folder, "-m", "pytest", "-p", "no:cacheprovider")
    assert "3 passed" in tested.stdout, tested.stdout + tested.stderr
    linted = run(
        folder, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,N,UP,B,SIM,RUF", "--line-length", "120"
    )
    assert linted.returncode == 0, linted.stdout
    # A second time, nothing is overwritten.
    (folder / "my_shout.py").write_text("mine")
    assert main(["new", "my-shout"]) == 2
    assert (folder / "my_shout.py").read_text() == "mine"


@pytest.mark.parametrize("name", ["class", "json", "service", "1st", "a b", "../up", "film", "é!"])
def test_a_name_that_cannot_be_a_module_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["new", name]) == 2
    assert list(tmp_path.iterdir()) == []
