"""A database that answers and is of no use: a 503 with the true reason, nothing acked, and all well without a restart
when it is over."""

from dataclasses import dataclass
from hashlib import sha512

import pytest

from lab.harness.messages import Brief
from lab.harness.names import DLQ
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.db.migrate import migrate
from tests.support.gated import Gates, InProcess, Start
from tests.support.operators import cut, do, lesser_role, locked

SECRET = "SECRETBRIEF"
"""A word of the brief, which must not get into the log."""

RAISING = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no: %', NEW USING ERRCODE = '{code}'; END$$
"""
TRIGGER = "CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
NO_TRIGGER = "DROP FUNCTION refuse CASCADE"


@dataclass(frozen=True)
class Harm:
    """What an operator did, what undoes it, and what the service must say of it."""

    code: str
    done: tuple[str, ...]
    undone: tuple[str, ...]
    says: str = ""
    is_of_one_job: bool = False
    """Others could be stored: the service stays ready."""


def raising(code: str, sqlstate: str, table: str) -> Harm:
    return Harm(code, (RAISING.replace("{code}", sqlstate), TRIGGER.replace("{table}", table)), (NO_TRIGGER,))


def restarted(table: str) -> Harm:
    sequence = f"pg_get_serial_sequence('{table}', 'id')"
    return Harm(
        "database_sequence",
        (f"ALTER SEQUENCE {table}_id_seq RESTART WITH 1",),
        (f"SELECT setval({sequence}, 1000)",),
        f"sequence of the table {table}",
    )


HARMS = {
    "read-only": Harm(
        "database_read_only",
        ("ALTER DATABASE {database} SET default_transaction_read_only = on",),
        ("SET default_transaction_read_only = off", "ALTER DATABASE {database} RESET default_transaction_read_only"),
        "takes no writes",
    ),
    "states' sequence": restarted("job_states"),
    "stages' sequence": restarted("job_stages"),
    "check": Harm(
        "database_constraint",
        ("ALTER TABLE jobs ADD CONSTRAINT weekdays CHECK (user_id = 'user-0') NOT VALID",),
        ("ALTER TABLE jobs DROP CONSTRAINT weekdays",),
        "constraint weekdays",
    ),
    "not null": Harm(
        "database_constraint",
        (
            "ALTER TABLE job_states ADD COLUMN tenant text NOT NULL DEFAULT ''",
            "ALTER TABLE job_states ALTER tenant DROP DEFAULT",
        ),
        ("ALTER TABLE job_states DROP COLUMN tenant",),
        "column tenant",
    ),
    "unique": Harm(
        "database_constraint",
        (
            "DELETE FROM jobs WHERE ctid <> (SELECT min(ctid) FROM jobs)",
            "CREATE UNIQUE INDEX one_each ON jobs ((extra::text))",
        ),
        ("DROP INDEX one_each",),
        "one_each",
    ),
    "foreign key": Harm(
        "database_constraint",
        (
            "CREATE TABLE tenants (id text PRIMARY KEY)",
            "ALTER TABLE jobs ADD CONSTRAINT of_a_tenant FOREIGN KEY (user_id) REFERENCES tenants NOT VALID",
        ),
        ("DROP TABLE tenants CASCADE",),
        "of_a_tenant",
    ),
    "narrow column": Harm(
        "database_refused",
        ("ALTER TABLE jobs ALTER COLUMN user_id TYPE varchar(3) USING left(user_id, 3)",),
        ("ALTER TABLE jobs ALTER COLUMN user_id TYPE varchar(255)",),
    ),
    "an index of briefs": Harm(
        "database_refused",
        ("CREATE INDEX briefs ON jobs (content)",),
        ("DROP INDEX briefs",),
        is_of_one_job=True,
    ),
    "disk full": raising("database_full", "53100", "job_states"),
    "trigger": raising("database_refused", "P0001", "jobs"),
    "trigger that speaks of data": raising("database_refused", "22023", "job_stages"),
    "missing column": Harm(
        "database_not_migrated",
        ("ALTER TABLE jobs RENAME COLUMN resends TO resent",),
        ("ALTER TABLE jobs RENAME COLUMN resent TO resends",),
        "migrate",
    ),
    "missing table": Harm(
        "database_not_migrated",
        ("ALTER TABLE job_stages RENAME TO executions",),
        ("ALTER TABLE executions RENAME TO job_stages",),
        "migrate",
    ),
}


@pytest.fixture
def watched(start: Start, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """A service whose metrics are read anew at each scrape."""
    monkeypatch.setattr("service.metrics.KEEP_VITALS_S", 0.0)
    return start(lease_s=1.0)


@pytest.mark.parametrize("harm", HARMS.values(), ids=HARMS.keys())
def test_it_is_not_the_datas_fault_and_passes(
    watched: InProcess, world: World, caplog: pytest.LogCaptureFixture, harm: Harm
) -> None:
    assert [watched.push(Brief().body()).status for _ in range(3)] == [204] * 3
    assert is_up(watched)
    do(world.database_url, *harm.done)
    if harm.code == "database_read_only":
        # It holds for new sessions.
        cut(world.database_url)
    # Larger than an index takes, and not to be compressed.
    brief = Brief(content=SECRET + "".join(sha512(bytes([n])).hexdigest() for n in range(60)))
    for _ in range(2):
        answer = watched.push(brief.body())
        assert (answer.status, answer.problem["code"]) == (503, harm.code)
        assert harm.says in answer.problem["detail"]
        assert SECRET not in answer.body.decode()
    if not harm.is_of_one_job:
        ready = watched.get("/ready")
        assert (ready.status, ready.problem["code"]) == (503, harm.code)
        assert not is_up(watched)
    assert watched.get("/health").status == 200
    assert world.query("SELECT * FROM dead_letters") == []
    assert world.published(DLQ) == []
    do(world.database_url, *harm.undone)
    assert watched.push(brief.body()).status == 204
    assert watched.get("/ready").status == 200
    assert is_up(watched)
    assert world.job(brief.job_id)["state"] == "completed"
    assert SECRET not in caplog.text


IN_HAND = {
    "the results' sequence": restarted("job_results"),
    "the outbox' sequence": restarted("outbox"),
    "check": Harm(
        "database_constraint",
        ("ALTER TABLE job_results ADD CONSTRAINT short CHECK (processing_time_ms < 0) NOT VALID",),
        ("ALTER TABLE job_results DROP CONSTRAINT short",),
    ),
    "trigger": raising("database_refused", "22000", "outbox"),
}


@pytest.mark.parametrize("harm", IN_HAND.values(), ids=IN_HAND.keys())
def test_the_work_in_hand_is_kept_until_it_passes(
    watched: InProcess, world: World, gates: Gates, caplog: pytest.LogCaptureFixture, harm: Harm
) -> None:
    for _ in range(30):
        # So many ids are taken that the sequence does not pass them by trying.
        watched.push(Brief().body())
    brief = Brief(content=SECRET)
    gates.hold(brief.job_id, "C")
    pushed = watched.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "C")
    do(world.database_url, *harm.done)
    gates.open(brief.job_id, "C")
    eventually(lambda: "repeating it" in caplog.text)
    ready = watched.get("/ready")
    assert (ready.status, ready.problem["code"]) == (503, harm.code)
    do(world.database_url, *harm.undone)
    answer = pushed.result()
    assert answer.status == 204 or answer.problem["code"] == harm.code
    eventually(lambda: watched.push(brief.body()).status == 204)
    job = world.job(brief.job_id)
    assert (job["state"], job["attempts"], job["failures"]) == ("completed", 0, 0)
    assert SECRET not in caplog.text
    assert watched.get("/ready").status == 200


def test_a_missing_privilege_is_named(start: Start, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.delivery.claims.MEND_S", 0.1)
    with lesser_role(world.database_url) as (role, url):
        migrate(world.database_url, serving_role=role)
        service, brief = start(database_url=url, lease_s=1.0), Brief()
        assert service.push(Brief().body()).status == 204
        do(world.database_url, f"REVOKE INSERT ON outbox FROM {role}")
        answer = service.push(brief.body())
        # The claim writes no outbox row, but settling does: the work is kept, and the next delivery continues.
        assert (answer.status, answer.problem["code"]) == (503, "database_privilege")
        assert "outbox" in answer.problem["detail"]
        ready = service.get("/ready")
        assert (ready.status, ready.problem["code"]) == (503, "database_privilege")
        assert "INSERT on outbox" in ready.problem["detail"]
        do(world.database_url, f"GRANT INSERT ON outbox TO {role}")
        assert service.get("/ready").status == 200
        eventually(lambda: service.push(brief.body()).status == 204)


def is_up(service: InProcess) -> bool:
    return "aiprod_database_up 1.0" in service.get("/metrics").body.decode()


@pytest.mark.slow
def test_a_locked_table_is_not_ready(watched: InProcess, world: World) -> None:
    assert watched.push(Brief().body()).status == 204
    with locked(world.database_url, "jobs"):
        answer = watched.push(Brief().body())
        assert (answer.status, answer.problem["code"]) == (503, "database_locked")
        ready = watched.get("/ready")
        assert (ready.status, ready.problem["code"]) == (503, "database_locked")
    assert watched.get("/ready").status == 200
    assert watched.push(Brief().body()).status == 204
