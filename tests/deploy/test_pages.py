"""Each shell block of the operators' pages runs from its first line to its last, with a cloud that only answers: every
variable is set before it is used, our scripts take what they are given, and a pipe makes what the next line needs.

`test_commands.py` has gcloud's own word on each of its lines, `tests/docs/test_commands_page.py` our parser's on ours.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from tests.support.fake_cloud import Cloud

URL = "postgresql+psycopg2://u:secret@/aiprod?host=/cloudsql/my-project:europe-west1:aiprod"
DIGEST = "europe-west1-docker.pkg.dev/my-staging/aiprod/service@sha256:" + "0" * 64
ANSWERS = (
    ("secrets versions access", 0, URL),
    ("versions list", 0, "1"),
    ("--flatten=ipAddresses", 0, "PRIVATE\t10.20.0.3\n"),
    ("images describe", 0, DIGEST),
    ("services describe", 0, "europe-west1-docker.pkg.dev/my-staging/aiprod/service:b-1"),
    ("projects describe", 0, "123456789012"),
    ("config get-value account", 0, "ann@example.org"),
    ("Container called exit", 0, "an-id"),
    ("jobs execute", 0, "aiprod-admin-x1"),
    ("print-identity-token", 0, "a-token"),
)
BASH = "/bin/bash"
RECORDING = '#!/bin/sh\nprintf "%s\\n" "${{0##*/}} $* $DATABASE_URL $AIPROD_TOKEN" >> {calls}\n'


@pytest.fixture
def reader(cloud: Cloud, tmp_path: Path) -> Path:
    """The folder in which a reader types: the repository's scripts, and programs that note what they are given."""
    for name in ("deploy", "cloudbuild.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    for program in (".venv/bin/python", "bin/python", "bin/curl", "bin/cloud-sql-proxy"):
        path = tmp_path / program
        path.write_text(RECORDING.format(calls=cloud.folder / "calls"))
        path.chmod(0o755)
    cloud.answers(*ANSWERS)
    return tmp_path


def typed(cloud: Cloud, reader: Path, text: str) -> None:
    """Run the blocks of a page, one after the other in one terminal."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    script = "\n".join(["set -euo pipefail", *blocks])
    env = {"PATH": f"{cloud.folder}:{os.environ['PATH']}", "HOME": str(reader), "TRIES": "1", "PAUSE_S": "0"}
    ran = subprocess.run([BASH, "-c", script], cwd=reader, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr
    assert not ran.stderr


@pytest.mark.parametrize("page", ["admin", "deploy", "environments", "operating"])
def test_every_shell_block_runs_to_its_end(cloud: Cloud, reader: Path, page: str) -> None:
    typed(cloud, reader, (ROOT / f"docs/{page}.md").read_text())
    if page == "admin":
        (proxied,) = cloud.asked("python -m service jobs list")
        assert "postgresql+psycopg2://u:secret@127.0.0.1:5433/aiprod" in proxied
        assert [line for line in cloud.asked("python -m service submit") if line.endswith(" a-token")]


@pytest.mark.parametrize("part", [0, 1])
def test_a_recovery_runs_to_its_end_and_leads_to_the_other_database(cloud: Cloud, reader: Path, part: int) -> None:
    parts = (ROOT / "docs/recovery.md").read_text().split("\n## A region is gone\n")
    typed(cloud, reader, parts[part])
    there = ("europe-west1:aiprod-restored", "europe-west4:aiprod-west4")[part]
    assert (cloud.folder / "secret").read_text() == f"{URL.rpartition(':europe')[0]}:{there}"
