"""Whose asset a stage may read is asked again when it reads it: a message's words are not believed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.names import API_AUDIENCE, CALLER
from lab.harness.world import World
from service.pipeline import Context, Job, Output, Outputs
from tests.support import files
from tests.support.gated import Gates, InProcess

Start = Callable[..., InProcess]
OTHER = "other@example.com"


def as_account(service: InProcess, world: World, email: str, path: str, **more: Any) -> Any:
    headers = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, email)}"}
    answer = service.app.test_client().post(path, headers=headers, **more)
    assert answer.status_code < 300, answer.text
    return answer.get_json()


def reads(job: Job, _outputs: Outputs, context: Context) -> Output:
    file = context.asset(job.metadata["logo"], context.scratch / "logo")
    return {"bytes": len(file.read_bytes())}


@pytest.fixture
def service(start: Start) -> InProcess:
    return start(api_callers={OTHER: (), CALLER: ()}, api_operators=frozenset())


def brief(gates: Gates, reference: str, **changes: str) -> Brief:
    made = Brief(metadata={"logo": reference}, **changes)
    gates.does(made.job_id, "A", reads)
    return made


def test_a_job_reads_its_own_accounts_asset(service: InProcess, world: World, gates: Gates) -> None:
    logo = as_account(service, world, CALLER, "/pipeline/assets", data=files.picture())["asset"]
    mine = brief(gates, logo)
    as_account(service, world, CALLER, "/pipeline/run", data=mine.data())
    assert service.push(mine.body()).status == 204
    assert world.job(mine.job_id)["state"] == "completed"


def test_another_accounts_job_does_not_whatever_its_row_says(service: InProcess, world: World, gates: Gates) -> None:
    """The API would have refused it; here the row says so although the check at its door was never made."""
    logo = as_account(service, world, OTHER, "/pipeline/assets", data=files.picture())["asset"]
    theirs = brief(gates, logo)
    as_account(service, world, OTHER, "/pipeline/run", data=theirs.data())
    world.query("UPDATE jobs SET submitted_by = :who RETURNING 1", who=CALLER)
    assert service.push(theirs.body()).status == 204
    assert world.job(theirs.job_id)["error_code"] == "asset_not_found"


def test_a_message_may_use_every_accounts_but_no_other_persons(service: InProcess, world: World, gates: Gates) -> None:
    upload = "/pipeline/assets?user_id=ada"
    logo = as_account(service, world, OTHER, "/pipeline/assets", data=files.picture())["asset"]
    of_ada = as_account(service, world, OTHER, upload, data=files.picture())["asset"]
    wanted = [(brief(gates, logo), True), (brief(gates, of_ada, user_id="ada"), True), (brief(gates, of_ada), False)]
    for pushed, may in wanted:
        assert service.push(pushed.body()).status == 204
        assert (world.job(pushed.job_id)["state"] == "completed") is may


def test_an_asset_that_was_deleted_meanwhile_ends_the_job(
    service: InProcess, world: World, gates: Gates, tmp_path: Path
) -> None:
    logo = as_account(service, world, CALLER, "/pipeline/assets", data=files.picture())["asset"]
    mine = brief(gates, logo)
    as_account(service, world, CALLER, "/pipeline/run", data=mine.data())
    (kept,) = tmp_path.glob("artifacts/@assets/*/*/*")
    kept.write_bytes(b"changed on the disk")
    assert service.push(mine.body()).status == 500, "it may be a disk's fault"
    kept.unlink()
    world.query("UPDATE jobs SET not_before = NULL RETURNING 1")
    assert service.push(mine.body()).status == 204
    job = world.job(mine.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "asset_not_found")
