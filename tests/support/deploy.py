"""The build, the setup and the release, as their files say and as their dry runs print them."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.harness.processes import ROOT
from service.config import read_settings

SETUP = ROOT / "deploy/setup.sh"
ALERTS = ROOT / "deploy/alerts.sh"
RELEASE = ROOT / "deploy/release.sh"
ADMIN = ROOT / "deploy/admin.sh"
PROMOTE = ROOT / "deploy/promote.sh"
CONSOLE = ROOT / "deploy/console.sh"
BUILD = (ROOT / "cloudbuild.yaml").read_text()
PAGE = (ROOT / "docs/deploy.md").read_text()


BUILT_IN = {
    "PROJECT_ID": "my-project",
    "PROJECT_NUMBER": "123456789012",
    "BUILD_ID": "0a1b2c3d-0000-4000-8000-00000000beef",
}


HOST = "123456789012.europe-west1.run.app"
MARK = "b0a1b2c3d"


def tool(name: str, package: str) -> str:
    """Return the path of a checker, from the tests' environment or the machine. Skip the test if it is not
    installed."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"NOT CHECKED: {name} is not installed ({package})")
    return found


def said(command: list[str | Path], env: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout


def substitutions() -> dict[str, str]:
    """Return cloudbuild.yaml's substitutions with their defaults."""
    block = BUILD.partition("substitutions:")[2].partition("\nsteps:")[0]
    found = re.findall(r"^  (_[A-Z_]+): '?([^'#\n]*?)'?(?: +#.*)?$", block, re.MULTILINE)
    values = dict(BUILT_IN)
    # One may name another, of those above it.
    for name, value in found:
        values[name] = filled(value, values)
    values = {name: value for name, value in values.items() if name.startswith("_")}
    assert len(values) == len(re.findall(r"^  _", block, re.MULTILINE))
    return values


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)


def release_env(**more: str) -> dict[str, str]:
    """Return what Cloud Build gives deploy/release.sh: options.env, filled in."""
    options = BUILD.partition("\noptions:")[2]
    values = {**BUILT_IN, **substitutions()}
    env = dict(line.split("=", 1) for line in re.findall(r"^    - (\w+=.*)$", options, re.MULTILINE))
    return {name: filled(value, values) for name, value in env.items()} | {"PATH": os.environ["PATH"]} | more


def commands(printed: str) -> list[str]:
    """Return the gcloud commands of a dry run, quoted in one way (`shlex.join`)."""
    return [shlex.join(shlex.split(line)) for line in printed.splitlines() if line.startswith("gcloud ")]


def setup_dry_run(**more: str) -> str:
    return said([SETUP, "--dry-run"], {"PATH": os.environ["PATH"], "PROJECT": "my-project", **more})


def release_dry_run(**more: str) -> str:
    return said([RELEASE, "all", "--dry-run"], release_env(**more))


def deployed(service: str, **more: str) -> dict[str, str]:
    """Return the flags that a service is deployed with; `env` is its environment as JSON."""
    (line,) = [line for line in commands(release_dry_run(**more)) if line.startswith(f"gcloud run deploy {service} ")]
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in shlex.split(line)[4:])
    pairs = flags.pop("set-env-vars").removeprefix("^|^").split("|")
    return {**flags, "env": json.dumps(dict(pair.split("=", 1) for pair in pairs))}


def settings_of(service: str, **more: str) -> Any:
    """Return the service's settings as it would read them on Cloud Run."""
    env: dict[str, str] = json.loads(deployed(service, **more)["env"])
    return read_settings({**env, "K_SERVICE": service, "DATABASE_URL": "postgresql://u:p@/d?host=/cloudsql/x"})
