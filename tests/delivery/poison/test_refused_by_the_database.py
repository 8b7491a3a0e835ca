"""What the database refuses is a job's fault only if it is the job's data: anything else acks nothing and passes."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import DLQ, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from tests.support.gated import Start
from tests.support.revisions import Revision

SHORT = {"ack_deadline_s": 3.0, "lease_s": 1.0}


@contextmanager
def refusing(world: World, table: str) -> Iterator[None]:
    """An operator's constraint that no row meets."""
    with world.engine.connect() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT none CHECK (false) NOT VALID")
        yield
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT none")


@pytest.mark.parametrize("table", ["job_results", "outbox"])
def test_a_result_that_cannot_be_kept_is_kept_later(start: Start, world: World, table: str) -> None:
    service, brief = start(**SHORT), Brief()
    with refusing(world, table):
        assert service.push(brief.body()).status == 503
        assert world.job(brief.job_id)["state"] in ("pending", "processing")
        assert world.query("SELECT 1 FROM dead_letters") == []
    eventually(lambda: world.job(brief.job_id)["state"] == "pending", what=lambda: "the lease is not given back")
    world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert [result["status"] for result in world.published(RESULTS)] == ["success"]


@pytest.mark.parametrize("table", ["dead_letters", "outbox"])
def test_a_letter_that_cannot_be_kept_is_kept_later(revision: Revision, world: World, table: str) -> None:
    service = revision("a")
    with refusing(world, table):
        for data in (b"no job", Brief(preset="misspelt").data()):
            assert service.push(envelope(data, message_id=str(len(data)))).status == 503
        assert world.query("SELECT 1 FROM dead_letters") == []
    for data in (b"no job", Brief(preset="misspelt").data()):
        assert service.push(envelope(data, message_id=str(len(data)))).status == 204
    assert len(world.published(DLQ)) == 2
