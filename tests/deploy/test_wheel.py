"""The package that `pip install .` makes: what is in it, and that it works outside the repository."""

import os
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from email.parser import Parser
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from service import __version__

pytestmark = pytest.mark.slow

WHEEL = f"aiprod_pipeline-{__version__}"
STOP_S = 20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the hatchling of the lock file: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT], check=True
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it is installed in, with its script in `bin`; what it needs is this environment's."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", "--target", folder, wheel], check=True)
    return folder


@pytest.fixture
def env(installed: Path) -> Mapping[str, str]:
    """Nothing of the repository is on the path."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "PYTHONPATH": str(installed)}  # noqa: S108


def test_it_has_what_runs_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {"service", f"{WHEEL}.dist-info"}
    in_tree = subprocess.run(
        ["git", "ls-files", "service"],  # noqa: S607
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    assert set(filter(None, in_tree)) - names == set()
    assert {"service/py.typed", "service/gunicorn.conf.py", "service/db/migrations/script.py.mako"} <= names
    assert {f"{WHEEL}.dist-info/licenses/{name}" for name in ("LICENSE", "THIRD-PARTY.md")} <= names


def test_its_metadata_names_the_licence_and_the_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = Parser().parsestr(archive.read(f"{WHEEL}.dist-info/METADATA").decode())
        scripts = archive.read(f"{WHEEL}.dist-info/entry_points.txt").decode()
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Version"] == __version__
    assert "aiprod = service.__main__:run" in scripts


@pytest.mark.parametrize("command", [["bin/aiprod"], ["-m", "service"]])
def test_the_script_is_the_module(installed: Path, env: Mapping[str, str], tmp_path: Path, command: list[str]) -> None:
    words = [str(installed / command[0])] if len(command) == 1 else command
    said = subprocess.run(
        [sys.executable, *words, "--version"], cwd=tmp_path, env=env, check=True, capture_output=True, text=True
    )
    assert said.stdout == f"aiprod-pipeline {__version__}\n"


PIPELINE = '''"""A pipeline in the folder where dev is typed."""

from service.pipelines.drill import pipeline

__all__ = ["pipeline"]
'''


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's: it closes its own to others, and as root PostgreSQL runs as another user."""
    with tempfile.TemporaryDirectory(prefix="aiprod-wheel-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@pytest.fixture
def dev(installed: Path, env: Mapping[str, str], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    (folder / "mine.py").write_text(PIPELINE)
    command = [sys.executable, str(installed / "bin" / "aiprod"), "dev", "--port", "0", "--pipeline", "mine:pipeline"]
    running = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
    yield running
    running.send_signal(signal.SIGINT)
    try:
        running.wait(STOP_S)
    finally:
        running.kill()
        running.communicate()


def test_dev_works_in_an_empty_folder(
    dev: "subprocess.Popen[str]", installed: Path, env: Mapping[str, str], folder: Path
) -> None:
    assert dev.stdout
    printed = []
    for line in dev.stdout:
        printed.append(line)
        if "Ctrl-C stops everything" in line:
            break
    else:
        pytest.fail("".join(printed))
    aiprod = [sys.executable, str(installed / "bin" / "aiprod")]
    submitted = subprocess.run(
        [*aiprod, "submit", "--watch", "Hello."], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert " is completed" in submitted.stdout, submitted.stderr
