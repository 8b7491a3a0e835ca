"""Which service and which database a command talks to, and with which token."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.world import World
from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.cli import target
from service.cli.commands import parser
from service.dev import devfile
from service.dev.issuer import LocalIssuer
from service.dev.processes import Started
from service.errors import SettingsError
from tests.support.cli import Run


def test_the_token_in_the_environment_is_used_and_a_missing_one_reported(
    run: Run, service: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROD_URL", f"{service}/")
    said = run("jobs")
    assert (said.code, "no Authorization header" in said.err) == (2, True)
    monkeypatch.setenv("AIPROD_TOKEN", world.issuer.token(API_AUDIENCE, "stranger@example.com"))
    assert run("jobs").code == 2
    monkeypatch.setenv("AIPROD_TOKEN", world.issuer.token(API_AUDIENCE, CALLER))
    assert run("jobs").code == 0


@pytest.mark.usefixtures("dev")
def test_devs_tokens_are_only_sent_to_dev(run: Run) -> None:
    said = run("token", "--for", "push")
    assert said.code == 0
    assert said.out.count(".") == 2
    options = parser().parse_args(["jobs", "--url", "https://production.example.com"])
    assert target.token(options, "api", target.service_url(options)) is None


def test_dev_is_found_through_its_file(run: Run, tmp_path: Path) -> None:
    issuer = LocalIssuer.at(tmp_path / ".dev")
    texts = {one.name: one.name for one in fields(devfile.DevFile)}
    ran = Started(pid=1, started_at=0.0)
    named: dict[str, Any] = {
        **texts,
        "key_file": str(tmp_path / ".dev" / "signing-key.pem"),
        "dev": ran,
        "gunicorn": ran,
        "postgres": None,
    }
    devfile.write(tmp_path / ".dev", devfile.DevFile(**named))
    verifier = Verifier(KeyCache(issuer.certs_page))
    for purpose, more in (("api", []), ("push", ["--for", "push"])):
        said = run("token", *more)
        identity = verifier.verify(f"Bearer {said.out.strip()}")
        assert (identity.audience, identity.email) == (f"{purpose}_audience", f"{purpose}_email")
    (tmp_path / ".dev" / "signing-key.pem").unlink()
    said = run("token")
    assert said.code == 2
    assert "key of dev cannot be read" in said.err


def test_options_override_the_environment_which_overrides_dev(dev: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def url(*more: str) -> str:
        return target.service_url(parser().parse_args(["jobs", *more]))

    def database(*more: str) -> str:
        return target.database_url(parser().parse_args(["migrate", *more]))

    assert url() == dev
    monkeypatch.setenv("AIPROD_URL", "https://env.example.com/")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p%40ss@env/db?host=/cloudsql/x")
    assert url() == "https://env.example.com"
    assert database() == "postgresql+psycopg2://u:p%40ss@env/db?host=%2Fcloudsql%2Fx"
    assert url("--url", "http://option") == url("list", "--url", "http://option") == "http://option"
    assert database("--database-url", "postgresql://option/db") == "postgresql+psycopg2://option/db"


@pytest.mark.usefixtures("dev")
def test_pubsub_of_dev_is_not_mixed_with_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert target.settings(parser().parse_args(["sweep"])).project == "test-project"
    monkeypatch.setenv("DATABASE_URL", "postgresql://production/db")
    with pytest.raises(SettingsError, match="GOOGLE_CLOUD_PROJECT"):
        target.settings(parser().parse_args(["sweep"]))
