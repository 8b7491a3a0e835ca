"""What a program that a stage starts can see of the service."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from lab.harness.messages import Brief
from service.delivery import children
from tests.support.gated import Gates, InProcess

SECRETS = {
    "DATABASE_URL": "postgresql://aiprod:s3cret@db/aiprod",
    "AIPROD_TOKEN": "ey.s3cret",
    "GOOGLE_APPLICATION_CREDENTIALS": "/secret.json",
    "PGPASSWORD": "s3cret",
    "TOMORROWS_API_KEY": "s3cret",
}


def test_a_child_inherits_no_secret(
    start: Callable[..., InProcess], gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    service, brief = start(), Brief()
    seen: list[dict[str, str]] = []

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        program = "import json, os; print(json.dumps(dict(os.environ)))"
        child = context.popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        seen.append(json.loads(child.communicate()[0]))
        own = context.popen(["env"], env={"A": "1"}, stdout=subprocess.PIPE)
        seen.append({"own": own.communicate()[0].decode()})
        return {}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 204
    inherited, given = seen
    assert not SECRETS.keys() & inherited.keys()
    assert not [value for value in inherited.values() if "s3cret" in value]
    assert inherited["LC_ALL"] == "C.UTF-8"
    assert inherited["PATH"]
    assert given == {"own": "A=1\n"}


def test_what_is_not_known_to_be_harmless_is_left_out() -> None:
    kept = children.environment({"PATH": "/bin", "PYTHONPATH": "/x", "LC_TIME": "C", "path": "x", "NEW_SECRET": "s"})
    assert kept == {"PATH": "/bin", "PYTHONPATH": "/x", "LC_TIME": "C"}
