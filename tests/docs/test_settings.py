"""The tables of variables are what the code reads, with the defaults that it has."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress

import pytest

from lab.harness.processes import ROOT
from service import variables
from service.config import read_settings
from service.errors import SettingsError
from service.pipelines.film import providers
from service.pipelines.film import variables as film

LAPTOP = {one.name: one.example for one in variables.SERVICE if one.example}
VERTEX = {"PROVIDER": "vertex", "GOOGLE_CLOUD_PROJECT": "my-project", "ARTIFACTS_URL": "gs://bucket/films"}


class Recording(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self, content: Mapping[str, str]) -> None:
        self.asked: set[str] = set()
        self._content = content

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)


def test_the_service_reads_its_table_and_nothing_else() -> None:
    env = Recording({})
    with suppress(SettingsError):
        read_settings(env)
    assert env.asked == {one.name for one in variables.SERVICE}


def test_the_film_reads_its_table_and_two_of_the_service_s() -> None:
    env = Recording(VERTEX)
    providers.choose(env)
    assert env.asked == {one.name for one in film.FILM} | {"GOOGLE_CLOUD_PROJECT", "ARTIFACTS_URL"}


@pytest.mark.parametrize("one", [one for one in film.FILM if one.default], ids=lambda one: one.name)
def test_a_default_of_the_film_changes_nothing(one: variables.Variable) -> None:
    usual = {"PROVIDER": "local"} if one.name == "PROVIDER" else VERTEX
    assert providers.choose({**usual, one.name: one.default}) == providers.choose(usual)


def test_the_commands_read_their_table_and_the_service_s() -> None:
    source = "".join(path.read_text() for path in (ROOT / "service" / "cli").rglob("*.py"))
    known = {one.name for one in (*variables.SERVICE, *variables.COMMANDS)} | {"USER"}
    asked = set(re.findall(r'environ(?:\.get\(|\[)"(\w+)"', source))
    assert {one.name for one in variables.COMMANDS} <= asked <= known


@pytest.mark.parametrize("missing", [one.name for one in variables.NEEDED])
def test_what_is_needed_has_no_default(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"^bad_settings: {missing} is not set"):
        read_settings({name: value for name, value in LAPTOP.items() if name != missing})


@pytest.mark.slow
@pytest.mark.parametrize(
    "server", ["flask --app service.app routes", "gunicorn --check-config 'service.app:create_app()'"]
)
def test_the_example_is_enough_for_a_laptop(server: str) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert example == LAPTOP
    said = subprocess.run(
        [sys.executable, "-m", *shlex.split(server)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **example},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert "POST" in said.stdout or server.startswith("gunicorn")
