"""`doctor --settings`: what the service would read, from where, and no password."""

import pytest

from service.pipelines.film.variables import FILM
from service.variables import SERVICE
from tests.support.cli import Run

ENV = {
    "DATABASE_URL": "postgresql://ada:s3cret@127.0.0.1:5432/aiprod",
    "GOOGLE_CLOUD_PROJECT": "my-project",
    "ARTIFACTS_URL": "file:///tmp/none",
    "PUSH_AUDIENCE": "https://push.example.com",
    "PUSH_SERVICE_ACCOUNT": "pusher@example.com",
    "ACK_DEADLINE_S": "60",
}


def test_it_says_where_each_is_from(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIPELINE", raising=False)
    said = run("doctor", "--settings", "--json")
    assert said.code == 0
    found = {one["name"]: (one["value"], one["origin"]) for one in said.json}
    assert list(found) == [variable.name for variable in (*SERVICE, *FILM)]
    assert found["ACK_DEADLINE_S"] == ("60", "environment")
    assert found["LEASE_S"] == ("30", "default")
    assert found["DATABASE_URL"] == ("postgresql+psycopg2://ada:***@127.0.0.1:5432/aiprod", "environment")
    assert "s3cret" not in said.out
    monkeypatch.setenv("ACK_DEADLINE", "60")
    monkeypatch.delenv("ACK_DEADLINE_S")
    wrong = run("doctor", "--settings")
    assert (wrong.code, wrong.err) == (
        2,
        "ACK_DEADLINE is not a setting: rename it to ACK_DEADLINE_S, or remove it.\n",
    )
    assert "ACK_DEADLINE_S" in wrong.out


def test_what_dev_sets_is_said_to_be_its(run: Run, dev: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dev
    monkeypatch.setenv("LEASE_S", "20")
    found = {one["name"]: one["origin"] for one in run("doctor", "--settings", "--json").json}
    assert (found["DATABASE_URL"], found["PIPELINE"], found["LEASE_S"]) == ("dev", "dev", "environment")
    assert "PROVIDER" not in found
