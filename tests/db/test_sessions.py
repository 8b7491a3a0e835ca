"""The settings that a session needs: set by the session itself, or refused behind a pooler."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from service import db
from service.db.migrate import migrate
from service.db.session import missing_settings
from service.errors import Unavailable
from tests.support.operators import do, lesser_role

RIGHT = {
    "lock_timeout": "3000",
    "statement_timeout": "5000",
    "client_connection_check_interval": "2000",
    "default_transaction_isolation": "read committed",
    "synchronous_commit": "on",
}
SHOW = text(
    "SELECT current_setting('lock_timeout') AS lock, current_setting('statement_timeout') AS statement,"
    " current_setting('default_transaction_isolation') AS isolation, current_setting('synchronous_commit') AS commit"
)


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        (RIGHT, {}),
        ({**RIGHT, "lock_timeout": "0"}, {"lock_timeout": "3s"}),
        ({**RIGHT, "statement_timeout": "60000"}, {"statement_timeout": "5s"}),
        ({**RIGHT, "statement_timeout": "1000"}, {}),
        (
            {**RIGHT, "default_transaction_isolation": "serializable"},
            {"default_transaction_isolation": "read committed"},
        ),
        ({**RIGHT, "synchronous_commit": "off"}, {"synchronous_commit": "on"}),
        ({**RIGHT, "synchronous_commit": "remote_apply"}, {}),
    ],
)
def test_what_has_to_be_set(settings: dict[str, str], wrong: dict[str, str]) -> None:
    assert missing_settings(settings) == wrong


@pytest.fixture
def lesser(database_url: str) -> Iterator[tuple[str, str]]:
    with lesser_role(database_url) as found:
        yield found


def test_a_role_without_limits_has_them_in_each_session(database_url: str, lesser: tuple[str, str]) -> None:
    role, url = lesser
    do(
        database_url,
        f"ALTER ROLE {role} SET default_transaction_isolation = 'serializable'",
        f"ALTER ROLE {role} SET synchronous_commit = off",
    )
    engine = db.connect(url, pool_size=1)
    assert db.first(engine, SHOW, {}) == {
        "lock": "3s",
        "statement": "5s",
        "isolation": "read committed",
        "commit": "on",
    }
    engine.dispose()


def test_the_role_that_serves_gets_what_serving_needs_and_no_more(database_url: str, lesser: tuple[str, str]) -> None:
    role, url = lesser
    engine = db.connect(url, pool_size=1)
    with pytest.raises(db.NotExecuted, match="database_privilege"):
        db.check(engine)
    assert migrate(database_url, serving_role=role).problem == ""
    db.check(engine)
    settings = text("SELECT unnest(setconfig) AS one FROM pg_db_role_setting WHERE setrole = to_regrole(:role)")
    assert {row["one"] for row in db.execute(engine, settings, {"role": role})} == {
        f"{name}={value}" for name, value in db.LIMITS.items()
    }
    for act in ("DROP TABLE jobs", "ALTER TABLE jobs ADD x int", "TRUNCATE jobs", "CREATE TABLE mine ()"):
        with pytest.raises(db.NotExecuted, match="database_privilege"):
            db.execute(engine, text(act), {})
    # A table that a later version adds, although that migrate does not name the role.
    do(database_url, "CREATE TABLE later (id int)")
    assert db.execute(engine, text("SELECT * FROM later"), {}) == []
    do(database_url, "DROP TABLE later")
    engine.dispose()


def test_a_role_that_may_not_set_the_limits_says_what_to_type(database_url: str, lesser: tuple[str, str]) -> None:
    engine = db.connect(lesser[1], pool_size=1)
    with lesser_role(database_url) as (other, _), engine.connect() as connection:
        problem = db.set_limits(connection, other)
    assert f"ALTER ROLE {other} IN DATABASE … SET lock_timeout = '3s'" in problem
    engine.dispose()


def test_cloud_sqls_membership_is_taken_from_the_role(database_url: str, lesser: tuple[str, str]) -> None:
    role, url = lesser
    do(database_url, "CREATE ROLE cloudsqlsuperuser CREATEROLE", f"GRANT cloudsqlsuperuser TO {role}")
    try:
        assert migrate(database_url, serving_role=role).note == ""
        engine = db.connect(url, pool_size=1)
        assert (
            db.execute(engine, text("SELECT 1 FROM pg_auth_members WHERE member = to_regrole(:r)"), {"r": role}) == []
        )
        engine.dispose()
    finally:
        do(database_url, "DROP ROLE cloudsqlsuperuser")


def test_a_serving_role_that_is_not_there(database_url: str) -> None:
    with pytest.raises(Unavailable, match="There is no role nobody"):
        migrate(database_url, serving_role="nobody")
