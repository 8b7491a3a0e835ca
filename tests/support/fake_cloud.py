"""A gcloud and a curl that record their arguments and answer from files."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.deploy import HOST, MARK, release_env

FAKE_GCLOUD = """#!{python} -IS
import json, os, sys
line = " ".join(sys.argv[1:])
with open({calls!r}, "a") as calls:
    calls.write(line + "\\n")
if "--data-file=-" in line:
    with open({secret!r}, "w") as secret:
        secret.write(sys.stdin.read())
for part, code, answer in json.load(open({answers!r})):
    if part in line:
        (sys.stdout if code == 0 else sys.stderr).write(answer)
        sys.exit(code)
"""


FAKE_CURL = """#!{python} -IS
import json, os, sys
places = json.load(open({places!r}))
words = sys.argv[1:]
for place, there in places.items():
    words = [there + word[len(place):] if word == place or word.startswith(place + "/") else word for word in words]
os.execv({curl!r}, ["curl", "--noproxy", "*", *words])
"""


@dataclass(frozen=True)
class Cloud:
    """A `gcloud` that records its commands and gives prepared answers, and a `curl` for which run.app is on
    loopback."""

    folder: Path

    def answers(self, *answers: tuple[str, int, str]) -> None:
        """Prepare answers (part, exit code, output): the first whose part is in the command line is given."""
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def places(self, **places: str) -> None:
        """Set where a service really is, by its host's name up to the project number."""
        named = {f"https://{name.replace('_', '-')}-{HOST}": there for name, there in places.items()}
        (self.folder / "places.json").write_text(json.dumps(named))

    def run(self, script: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        path = f"{self.folder}:{os.environ['PATH']}"
        merged = release_env(TRIES="2", PAUSE_S="0.1") | {"PROJECT": "my-project", **env, "PATH": path}
        return subprocess.run(
            [script, *arguments], env=merged, capture_output=True, text=True, timeout=120, check=False
        )

    def asked(self, part: str = "") -> list[str]:
        calls = self.folder / "calls"
        return [line for line in (calls.read_text().splitlines() if calls.exists() else []) if part in line]


def serving(service: str, revision: str) -> tuple[str, int, str]:
    traffic = [{"revisionName": revision, "percent": 100}, {"revisionName": f"{service}-{MARK}", "tag": MARK}]
    return (f"run services describe {service}", 0, json.dumps({"status": {"traffic": traffic}}))


BEFORE = (
    serving("aiprod-pipeline-push", "push-old"),
    serving("aiprod-pipeline-api", "api-old"),
    ("print-identity-token", 0, "a-token"),
)
