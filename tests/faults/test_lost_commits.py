"""The database crashes and comes back without the commits that had not reached its disk: those of the claim and of the
mark, which do not wait for it. The settle waits; the variant in which it does not loses what was acked."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from lab.chaos.surroundings import Database
from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.world import World
from service import db
from service.delivery import settle
from tests.support.gated import Gates, InProcess, Start
from tests.support.variants.here import Here
from tests.support.variants.sabotage import swap

pytestmark = pytest.mark.slow


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A server that writes what it need not write at once only every ten seconds."""
    with closing(Database(tmp_path / "pg")) as database:
        database.run("ALTER SYSTEM SET wal_writer_delay = '10s'", "SELECT pg_reload_conf()")
        yield database


@pytest.fixture
def own(world: World, database: Database) -> Iterator[World]:
    engine = db.connect(database.direct_url, pool_size=2)
    yield replace(world, database_url=database.direct_url, engine=engine)
    engine.dispose()


def crash(database: Database, own: World) -> None:
    own.engine.dispose()
    database.restart(immediate=True, when_down=lambda: None)


def test_what_was_acked_is_still_there(own: World, gates: Gates, database: Database) -> None:
    brief = Brief()
    with closing(InProcess(own, gates.pipeline())) as service:
        assert service.push(brief.body()).status == 204
        crash(database, own)
        assert own.job(brief.job_id)["state"] == "completed"
        (owed,) = own.query("SELECT published_at FROM outbox")
        assert owed["published_at"] is None, "the mark was not lost, so nothing is tried here"
        assert service.push(brief.body()).status == 204
        assert own.query("SELECT 1 FROM outbox WHERE published_at IS NULL") == []
        assert [result["message_key"] for result in own.published(RESULTS)] == [f"result:{brief.job_id}:1"] * 2


def test_a_settle_that_does_not_wait_loses_it(
    own: World, gates: Gates, database: Database, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Here(start=start, world=own, gates=gates, patch=monkeypatch)
    lazily = "SELECT o.*, set_config('synchronous_commit', 'off', true) FROM mine"
    swap(here, settle, "END", ("SELECT o.* FROM mine", lazily))
    brief = Brief()
    with closing(InProcess(own, gates.pipeline())) as service:
        assert service.push(brief.body()).status == 204
        crash(database, own)
        assert own.job(brief.job_id)["state"] == "processing"


def test_a_worker_whose_claim_is_lost_writes_nothing(own: World, gates: Gates, database: Database) -> None:
    brief = Brief()
    with closing(InProcess(own, gates.pipeline(), lease_s=3.0)) as service:
        gates.hold(brief.job_id, "A")
        push = service.push_soon(brief.body())
        gates.wait_reached(brief.job_id, "A")
        crash(database, own)
        assert own.query("SELECT 1 FROM jobs") == []
        gates.open(brief.job_id, "A")
        assert push.result().status == 503
        assert own.query("SELECT 1 FROM jobs") == []
        assert service.push(brief.body()).status == 204
        assert own.job(brief.job_id)["state"] == "completed"
