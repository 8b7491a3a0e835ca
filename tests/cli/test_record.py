"""`acts`: who did what, when and why."""

import pytest

from lab.harness.world import World
from service.queries import roads
from tests.support.cli import Run


@pytest.mark.usefixtures("dev")
def test_who_did_what_and_why(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for job_id in ("j1", "j2"):
        run("submit", "Text", "--job-id", job_id)
    run("jobs", "cancel", "j1", "j2", "--by", "ada", "--why", "wrong \x1b[1m brief")
    run("jobs", "replay", "j1", "--by", "bob")
    said = run("acts")
    assert [line.split()[-0] for line in said.out.splitlines()[:1]] == ["ID"]
    assert "\x1b" not in said.out
    listed = [(one["act"], one["job_id"]) for one in run("acts", "--json").json]
    assert listed == [
        ("replay", "j1"),
        ("cancel", "j2"),
        ("cancel", "j1"),
        ("cancel", None),
        ("submit", "j2"),
        ("submit", "j1"),
    ]
    (command,) = [one for one in run("acts", "--who", "ada", "--json").json if one["job_id"] is None]
    assert (command["why"], command["target"]["ids"], command["target"]["done"]) == (
        "wrong \x1b[1m brief",
        ["j1", "j2"],
        2,
    )
    assert [one["act"] for one in run("acts", "--job", "j1", "--json").json] == ["replay", "cancel", "submit"]
    assert [one["who"] for one in run("acts", "--act", "replay", "--json").json] == ["bob"]
    assert run("acts", "--since", "2999-01-01", "--json").json == []
    assert len(run("acts", "--since", "1h", "--until", "2999-01-01", "--json").json) == 6
    monkeypatch.setattr(roads, "SCAN", 2)
    assert [one["act"] for one in run("acts", "--act", "submit", "--json").json] == ["submit", "submit"]
    first = run("acts", "--limit", "4")
    before = run("acts", "--limit", "4", "--json").json[-1]["id"]
    assert first.err == f"There are more: add --before {before}\n"
    assert [one["act"] for one in run("acts", "--before", str(before), "--json").json] == ["submit", "submit"]
    assert world.query("SELECT count(*) AS n FROM acts")[0]["n"] == 6
