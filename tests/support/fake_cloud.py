"""A gcloud and a curl that record their arguments and answer from files."""

import json
import os
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.deploy import HOST, MARK, release_env

# Both are in sh, which starts in a millisecond: a setup asks fifty times.
FAKE_GCLOUD = """#!/bin/sh
line="$*"
printf '%s\\n' "$line" >> {calls}
case $line in *--data-file=-*) cat > {secret};; esac
. {answers}
"""


FAKE_CURL = """#!/bin/sh
for word do
    shift
    . {places}
    set -- "$@" "$word"
done
exec {curl} --noproxy '*' "$@"
"""


@dataclass(frozen=True)
class Cloud:
    """A `gcloud` that records its commands and gives prepared answers, and a `curl` for which run.app is on
    loopback."""

    folder: Path

    def answers(self, *answers: tuple[str, int, str]) -> None:
        """Prepare answers (part, exit code, output): the first whose part is in the command line is given."""
        cases = [
            f"*{shlex.quote(part)}*) printf %s {shlex.quote(answer)}{' >&2' if code else ''}; exit {code};;"
            for part, code, answer in answers
        ]
        (self.folder / "answers").write_text("\n".join(["case $line in", *cases, "esac", "exit 0", ""]))

    def places(self, **places: str) -> None:
        """Set where a service really is, by its host's name up to the project number."""
        cases = [
            f"{place}|{place}/*) word={there}${{word#{place}}};;"
            for place, there in ((f"https://{name.replace('_', '-')}-{HOST}", there) for name, there in places.items())
        ]
        (self.folder / "places").write_text("\n".join(["case $word in", *cases, "esac", ""]))

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
