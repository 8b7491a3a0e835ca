"""`sweep` and `migrate`."""

import pytest

from lab.harness.world import World
from tests.support.cli import Run


@pytest.mark.usefixtures("dev")
def test_the_sweep_resends_what_was_lost(run: Run, world: World) -> None:
    run("submit", "Text", "--job-id", "j1")
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 day' RETURNING 1")
    said = run("sweep", "--age", "60")
    assert (said.code, said.out) == (0, "Jobs resent: 1; messages published: 0; failed: 0.\n")
    assert run("sweep", "--json").json == {"resent": [], "published": 0, "failed": 0, "parked": [], "skipped": False}
    assert len(world.pubsub.accepted("aiprod-pipeline-jobs")) == 2


def test_migrating_again_changes_nothing(run: Run, database_url: str) -> None:
    said = run("migrate", "--database-url", database_url)
    assert (said.code, said.out) == (0, "The database has this version's tables.\n")
    assert run("migrate", "--database-url", database_url, "--json").json["version"].isdigit()
