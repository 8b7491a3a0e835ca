"""The release's drill job against a real service."""

from collections.abc import Callable

import pytest

from lab.harness.processes import Gunicorn
from lab.harness.world import World
from tests.support.deploy import BUILT_IN, HOST, MARK, RELEASE
from tests.support.fake_cloud import Cloud


@pytest.mark.slow
def test_a_drill_passes_through_a_film_service_and_no_stage_runs(
    cloud: Cloud, world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    """The release's own steps, its real message and curl, against a drill's service and a film's on one database."""
    account = "aiprod-push@my-project.iam.gserviceaccount.com"
    push, api, smoke = (f"https://aiprod-pipeline-{name}-{HOST}" for name in ("push", "api", "smoke"))
    drill = gunicorn(
        PIPELINE="drill",
        SURFACE="all",
        PUSH_AUDIENCE=smoke,
        PUSH_SERVICE_ACCOUNT=account,
        API_AUDIENCE=f"{smoke}/pipeline",
        API_OPERATORS=account,
    )
    film = gunicorn(PIPELINE="film", SURFACE="push", PUSH_AUDIENCE=push, PUSH_SERVICE_ACCOUNT=account)
    asked = gunicorn(PIPELINE="film", SURFACE="api", API_AUDIENCE=api)
    tokens = [
        (f"--audiences={audience} ", 0, world.issuer.token(audience, account))
        for audience in (push, smoke, f"{smoke}/pipeline")
    ]
    cloud.answers(*tokens)
    places = {
        "aiprod_pipeline_smoke": drill,
        f"{MARK}---aiprod_pipeline_push": film,
        f"{MARK}---aiprod_pipeline_api": asked,
    }
    cloud.places(**{name: f"http://127.0.0.1:{one.port}" for name, one in places.items()})
    job_id = BUILT_IN["BUILD_ID"]

    drilled = cloud.run(RELEASE, "drill")
    assert drilled.returncode == 0, drilled.stdout + drilled.stderr
    assert world.job(job_id)["state"] == "completed"
    stages = world.finished(job_id)
    assert cloud.asked("run services delete aiprod-pipeline-smoke ")
    checked = cloud.run(RELEASE, "check", PUSH_INGRESS="all")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert world.finished(job_id) == stages
    assert not world.query("SELECT id FROM dead_letters")
    assert not [token for *_, token in tokens if token in drilled.stdout + drilled.stderr + checked.stdout]

    # Without the drill the film is given the message and refuses it before any work.
    fresh = {"BUILD_ID": "11111111-0000-4000-8000-00000000beef"}
    cloud.places(
        **{
            f"b11111111---{name.partition('---')[2]}": f"http://127.0.0.1:{one.port}"
            for name, one in places.items()
            if "---" in name
        }
    )
    assert cloud.run(RELEASE, "check", PUSH_INGRESS="all", **fresh).returncode == 0
    refused = world.job(fresh["BUILD_ID"])
    assert (refused["state"], refused["error_code"]) == ("failed", "bad_metadata")
    assert not world.finished(fresh["BUILD_ID"])


@pytest.mark.slow
def test_a_drill_that_does_not_end_well_ends_the_release(
    cloud: Cloud, world: World, gunicorn: Callable[..., Gunicorn]
) -> None:
    """A 204 alone says only that the message is dealt with: here the pipeline refuses it."""
    account = "aiprod-push@my-project.iam.gserviceaccount.com"
    smoke = f"https://aiprod-pipeline-smoke-{HOST}"
    wrong = gunicorn(
        PIPELINE="film",
        PUSH_AUDIENCE=smoke,
        PUSH_SERVICE_ACCOUNT=account,
        API_AUDIENCE=f"{smoke}/pipeline",
        API_OPERATORS=account,
    )
    cloud.answers(
        *(
            (f"--audiences={audience} ", 0, world.issuer.token(audience, account))
            for audience in (smoke, f"{smoke}/pipeline")
        )
    )
    cloud.places(aiprod_pipeline_smoke=f"http://127.0.0.1:{wrong.port}")
    ran = cloud.run(RELEASE, "drill")
    assert ran.returncode == 1
    assert "the drill ended as failed" in ran.stderr
