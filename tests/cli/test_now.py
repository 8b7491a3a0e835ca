"""`now`: what is wrong, with commands that can be pasted as they are."""

import shlex

import pytest
from sqlalchemy import text

from lab.console.fill import Amounts, fill
from lab.harness.world import World
from tests.support.cli import Run

ODD = "-x $(id)"


@pytest.mark.usefixtures("dev")
def test_nothing_is_wrong(run: Run) -> None:
    assert (run("now").out, run("now").code, run("now", "--json").json) == ("Nothing is wrong right now.\n", 0, [])


@pytest.mark.usefixtures("dev")
def test_what_it_says_can_be_typed(run: Run, world: World) -> None:
    """Each command that shows something finds it, and each that acts is understood, also with a stranger's names."""
    fill(world.database_url, Amounts(jobs=600, failed=60, pending=200, in_work=2, detailed=10), gathers=False)
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET user_id = :odd WHERE user_id = 'flood-inc'"), {"odd": ODD})
        sql = "UPDATE dead_letters SET reason = :odd WHERE reason = 'qa_failed' AND job_id IS NOT NULL"
        connection.execute(text(sql), {"odd": ODD})
        sql = "INSERT INTO pauses (scope, name, why, paused_by) VALUES ('preset', :odd, 'an outage', 'bob')"
        connection.execute(text(sql), {"odd": ODD})
    said = run("now")
    assert said.code == 1
    assert "jobs failed: worker_died in RENDER_EXECUTION, since " in said.out
    assert f"The preset {ODD} is paused" in said.out
    lines = [line.strip() for line in said.out.splitlines() if line.startswith("    ") and "-m service " in line]
    assert len(lines) > 12
    commands = [shlex.split(line.partition("-m service ")[2]) for line in lines]
    assert ["users", "limits", "set", "--in-work=2", "--why", "…", "--", ODD] in commands
    for words in commands:
        if "--why" not in words:
            done = run(*words)
            assert done.code == 0, (words, done.err)
            assert len(done.out.splitlines()) > 1, words
        elif words[0] in ("dlq", "jobs"):
            done = run(*words, "--dry-run")
            assert done.code == 0, (words, done.err)
            assert "0 " not in done.err.split("\n")[0][:2], (words, done.err)
        else:
            assert run(*words).code == 0, words
    after = run("now").out
    assert "paused" not in after
    assert "open jobs" not in after
