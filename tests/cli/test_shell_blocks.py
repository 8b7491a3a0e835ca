"""Every shell block of the documentation is run, or said here why it cannot be.

They are run against one service, page by page and in their order, as a reader pastes them. What is for Google Cloud is
linted by `tests/deploy/test_commands.py`; what installs is only looked at.
"""

import os
import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from PIL import Image

from lab.harness.messages import Brief
from lab.harness.names import CALLER
from lab.harness.processes import ROOT
from lab.harness.world import World
from service.cli.main import main
from service.dev import devfile, processes
from service.dev.devfile import DevFile
from tests.docs.test_links import PAGES

BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:\S*python -m service|aiprod) (?!.*[|;])(.*)")
PLAYED = ("README.md", "docs/api.md", "docs/operating.md")
REFUSED_HERE = ("jobs replay",)
"""Commands that a page offers for another case: a job that was cancelled."""
KEPT = ("URL", "AUTH", "JOB", "TAG", "ASSET")
"""Variables of the shell that later blocks of a page use."""

CLOUD = re.compile(r"\bgcloud |\bdeploy/\w+\.sh|cloud-sql-proxy|^docker ")
"""In a block, it makes all of the block for Google Cloud."""
INSTALLS = re.compile(r"make |python3 -m venv|pip |pipx |git config|\.venv/bin/python -m pip")
TESTED_ELSEWHERE = {
    "cp shout/shout.py shout/test_shout.py own/": "tests/deploy/test_image.py",
    'echo "humanize" >> own/requirements.in': "tests/deploy/test_image.py",
    "PYTHONPATH=own python -m service dev --pipeline shout:pipeline": "tests/deploy/test_wheel.py",
    "aiprod new shout": "tests/cli/test_new.py",
    "cd shout": "tests/cli/test_new.py",
    "python -m pytest": "tests/cli/test_new.py",
    "aiprod dev --reload": "tests/dev/test_own_folder.py",
    ". ../.venv/bin/activate": "tests/dev/test_own_folder.py",
    'aiprod submit --watch "hello out there"': "tests/dev/test_own_folder.py",
    ".venv/bin/python -m lab.listening": "tests/lab/test_listening.py",
    ".venv/bin/python -m lab.listening --brief my-brief.json --to /tmp/heard": "tests/lab/test_listening.py",
}


def lines(block: str, kind: str) -> Iterator[str]:
    """The commands of a block; of a console, those behind a prompt."""
    for line in block.replace("\\\n", " ").splitlines():
        shown = line.removeprefix("$ ") if kind == "console" else line
        if shown.strip() and not shown.startswith("#") and not (kind == "console" and shown == line):
            yield shown.split("  #")[0].split(" # ")[0].strip()


def commands(page: str) -> list[str]:
    """Those of a page that are not for the cloud."""
    blocks = BLOCK.findall((ROOT / page).read_text())
    return [line for kind, block in blocks if not CLOUD.search(block) for line in lines(block, kind)]


@pytest.mark.parametrize("page", [page for page in PAGES if page not in PLAYED and page != "CHANGELOG.md"])
def test_what_is_not_run_is_for_the_cloud_or_installs(page: str) -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for line in commands(page):
        tested = re.fullmatch(r"\S*python -m pytest (.*)", line)
        if line.startswith("make "):
            assert line.split()[1] in (*targets, ".venv/dev"), line
        elif tested:
            named = [word.split("::")[0] for word in shlex.split(tested[1]) if word.startswith("tests/")]
            assert all((ROOT / name).exists() for name in named), line
        elif not re.match(r"\S*python -m service submit --watch", line):  # as in README.md
            is_known = line in TESTED_ELSEWHERE or INSTALLS.match(line)
            assert is_known, f"{page}: {line!r} is not run by any test"


class Shell:
    """A reader's terminal, in a folder where `dev` runs."""

    def __init__(self, url: str, folder: Path) -> None:
        self.env = {**os.environ, "PYTHONPATH": str(ROOT), "USER": "me"}
        self._url = url
        self._state = folder / "state"

    def run(self, line: str) -> str:
        words = COMMAND.fullmatch(self._filled_in(line))
        if words and "$(" not in line:
            return self._main(words[1])
        return self._bash(line)

    def _filled_in(self, line: str) -> str:
        for name in KEPT:
            line = line.replace(f'"${name}"', self.env.get(name, ""))
        return line

    def _main(self, arguments: str) -> str:
        """In this process, which has everything imported. Nothing pushes the jobs here, so none is watched."""
        words = shlex.split(re.sub(r"\b(USER|ID)\b", "u7", arguments))
        code = main([word for word in words if word != "--watch"])
        assert code == (1 if arguments.startswith(REFUSED_HERE) else 0), arguments
        return str(code)

    def _bash(self, line: str) -> str:
        line = line.replace("http://127.0.0.1:8080", self._url)
        line = re.sub(r"(?<!\S)(?:\.venv/bin/)?python (?=-)|(?<=\$\()\.venv/bin/python ", f"{sys.executable} ", line)
        keep = " ".join(f'"{name}=${{{name}-}}"' for name in KEPT)
        script = f"set -eo pipefail\n{line}\nprintf '%s\\0' {keep} > {self._state}"
        done = subprocess.run(["bash", "-c", script], env=self.env, capture_output=True, text=True, check=False)  # noqa: S607
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        self.env |= dict(pair.split("=", 1) for pair in self._state.read_text().split("\0") if pair)
        return done.stdout


@pytest.fixture
def shell(service: str, world: World, tmp_path: Path) -> Shell:
    """With what a running `dev` writes down for the commands."""
    key = tmp_path / "key.pem"
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    secret = world.issuer._key.private_bytes(*plain)  # noqa: SLF001 (what dev keeps in its folder)
    key.write_bytes(secret + world.issuer.certificate_pem.encode())
    me = processes.started(os.getpid())
    assert me is not None
    (tmp_path / ".dev").mkdir()
    running = DevFile(
        url=service,
        push_url=f"{service}/push",
        push_audience=world.env()["PUSH_AUDIENCE"],
        push_email=world.env()["PUSH_SERVICE_ACCOUNT"],
        api_audience=world.env()["API_AUDIENCE"],
        api_email=CALLER,
        project=world.env()["GOOGLE_CLOUD_PROJECT"],
        pubsub_host=world.pubsub.host,
        jobs_topic="aiprod-pipeline-jobs",
        results_topic="aiprod-pipeline-results",
        dlq_topic="aiprod-pipeline-dlq",
        jobs_subscription="none",
        results_subscription="none",
        dlq_subscription="none",
        database_url=world.database_url,
        artifacts=world.env()["ARTIFACTS_URL"],
        key_file=str(key),
        service_log=str(tmp_path / "log"),
        dev=me,
        gunicorn=me,
        postgres=None,
        pipeline="drill",
        presets=("quick_social",),
    )
    devfile.write(tmp_path / ".dev", running)
    Image.new("RGB", (64, 64), "red").save(tmp_path / "logo.png")
    # The dead letter 1, which pages speak of.
    token = {"Authorization": f"Bearer {world.token()}"}
    request = urllib.request.Request(f"{service}/push", Brief(metadata={"drill_fail": "permanent"}).body(), token)
    urllib.request.urlopen(request, timeout=30).close()
    return Shell(service, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("page", PLAYED)
def test_what_a_page_says_to_type_works(page: str, shell: Shell, answer: Callable[[str], None]) -> None:
    answer("y\n")
    typed = [line for line in commands(page) if not INSTALLS.match(line)]
    said = [shell.run(line) for line in typed]
    assert len(said) >= {"README.md": 1, "docs/api.md": 15, "docs/operating.md": 20}[page]
    for line, answered in zip(typed, said, strict=True):
        assert "Unauthorized" not in answered, line
        if "/push" in line:
            assert "HTTP/1.1 204" in answered
