"""Everything behind PgBouncer in transaction mode too, migrations included."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from lab.harness.messages import Brief
from lab.harness.names import RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import db
from service.config import read_settings
from service.db.migrate import migrate
from service.errors import Unavailable
from tests.support.gated import Gates, InProcess, later
from tests.support.jobs import end_backoff, expire_lease
from tests.support.lost_connections import broken
from tests.support.operators import cut, do

pytestmark = pytest.mark.slow


@pytest.fixture
def pooled_url(database_url: str) -> Iterator[str]:
    """The test's database through a PgBouncer of its own, with two server connections for everybody."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        pytest.skip("NOT CHECKED: pgbouncer is not installed (apt-get install pgbouncer); nothing ran behind a pooler")
    url = make_url(database_url)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="aiprod-bouncer-") as folder:
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n* = host={url.query['host']} user=postgres\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\npool_mode = transaction\n"
            "default_pool_size = 2\nunix_socket_dir =\n"
        )
        as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            # It refuses to run as root, and only its own user may enter the folder of the embedded server.
            as_user = {"user": pwd.getpwnam("pgserver").pw_uid}
            Path(folder).chmod(0o755)
        process = subprocess.Popen(
            [program, str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user
        )
        eventually(lambda: _listens(port))
        yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def pooled(world: World, gates: Gates, pooled_url: str) -> Iterator[InProcess]:
    migrate(pooled_url)
    service = InProcess(replace(world, database_url=pooled_url), gates.pipeline(), max_concurrent_jobs=8)
    yield service
    service.close()


def test_migrations_run_behind_the_pooler(pooled_url: str) -> None:
    migrate(pooled_url)
    engine = db.connect(pooled_url, pool_size=1)
    (row,) = db.execute(engine, text("SELECT count(*) AS n FROM alembic_version"), {})
    assert row["n"] == 1
    engine.dispose()


def test_the_limits_hold_behind_the_pooler(pooled_url: str) -> None:
    engine = db.connect(pooled_url, pool_size=4)
    for name, value in db.LIMITS.items():
        (row,) = db.execute(engine, text("SELECT current_setting(:name) AS value"), {"name": name})
        assert row["value"] == value
    engine.dispose()


def test_a_role_without_limits_is_refused_behind_the_pooler(database_url: str, pooled_url: str) -> None:
    """A session there is shared: whatever it sets is lost, or becomes somebody else's."""
    do(database_url, "ALTER ROLE postgres IN DATABASE {database} RESET lock_timeout")
    engine = db.connect(pooled_url, pool_size=1)
    with pytest.raises(db.NotExecuted, match="database_limits: The role postgres has no lock_timeout"):
        db.check(engine)
    migrate(pooled_url)
    cut(database_url)
    eventually(lambda: can_be_used(engine))
    engine.dispose()


def can_be_used(engine: Engine) -> bool:
    try:
        db.check(engine)
    except Unavailable:
        return False
    return True


def test_an_index_is_not_built_behind_the_pooler(pooled_url: str, database_url: str) -> None:
    do(
        database_url,
        "UPDATE alembic_version SET version_num = '0003'",
        "DROP INDEX jobs_user",
        "INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)"
        " VALUES ('1', 'u', 'Text', 'p', '{}', '{}', 'x', 'completed', 'END')",
    )
    with pytest.raises(Unavailable, match="database_pooled"):
        migrate(pooled_url)


def test_jobs_run_fail_are_taken_over_and_end(pooled: InProcess, world: World, gates: Gates) -> None:
    assert read_settings(pooled.world.env()).database_url != world.database_url
    briefs = [Brief() for _ in range(12)]
    gates.does(briefs[0].job_id, "B", later)
    gates.hold(briefs[1].job_id, "B")
    held = pooled.push_soon(briefs[1].body())
    gates.wait_reached(briefs[1].job_id, "B")
    expire_lease(world, briefs[1].job_id)
    gates._held.clear()  # noqa: SLF001
    answers = [pooled.push(brief.body()).status for brief in briefs]
    assert answers == [500] + [204] * 11
    gates.open(briefs[1].job_id, "B")
    assert held.result().status == 204
    gates.does(briefs[0].job_id, "B", None)
    end_backoff(world, briefs[0].job_id)
    assert pooled.push(briefs[0].body()).status == 204
    assert {row["state"] for row in world.query("SELECT state FROM jobs")} == {"completed"}
    assert len({message["message_key"] for message in world.published(RESULTS)}) == 12


@pytest.mark.parametrize("statement", ["claim", "checkpoint", "settle", "mark"])
def test_a_lost_answer_behind_the_pooler(pooled: InProcess, world: World, gates: Gates, statement: str) -> None:
    brief = Brief()
    with broken(pooled.service.engine, statement, committed=True) as hits:
        pooled.push(brief.body())
    assert hits
    assert pooled.push(brief.body()).status == 204
    assert world.job(brief.job_id)["attempts"] == 0
    assert gates.count(brief.job_id, "A") == 1


def test_thirty_pushes_at_once_behind_the_pooler(pooled: InProcess, world: World, gates: Gates) -> None:
    brief = Brief()
    pushes = [pooled.push_soon(brief.body()) for _ in range(30)]
    assert {push.result().status for push in pushes} <= {204, 503}
    assert pooled.push(brief.body()).status == 204
    assert [gates.count(brief.job_id, stage) for stage in "ABC"] == [1, 1, 1]
    assert len(world.query("SELECT 1 FROM job_results")) == 1
