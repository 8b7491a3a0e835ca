"""A release from start to end, and each way in which it goes back."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.deploy import BUILT_IN, HOST, MARK, RELEASE
from tests.support.fake_cloud import BEFORE, Cloud, serving


def test_the_traffic_goes_to_the_new_revisions(cloud: Cloud, stub: Callable[..., str]) -> None:
    cloud.answers(*BEFORE)
    good = stub(ready=200, push=204)
    cloud.places(aiprod_pipeline_push=good, aiprod_pipeline_api=good)
    ran = cloud.run(RELEASE, "shift", PUSH_INGRESS="all")
    assert ran.returncode == 0, ran.stderr
    assert [line.partition("--to-revisions=")[2] for line in cloud.asked("--to-revisions")] == [
        f"aiprod-pipeline-api-{MARK}=100",
        f"aiprod-pipeline-push-{MARK}=100",
    ]
    assert len(cloud.asked(f"--remove-tags={MARK}")) == 2
    assert "--to-revisions=push-old=100" in ran.stdout, "it says how to go back"
    assert "a-token" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("ready", [503, 200])
def test_the_traffic_goes_back_where_the_new_revision_fails(cloud: Cloud, stub: Callable[..., str], ready: int) -> None:
    cloud.answers(*BEFORE)
    cloud.places(aiprod_pipeline_push=stub(ready=ready, push=500), aiprod_pipeline_api=stub(ready=200))
    ran = cloud.run(RELEASE, "shift")
    assert ran.returncode == 1
    assert "NOT RELEASED" in ran.stdout
    assert [line.partition("--to-revisions=")[2] for line in cloud.asked("--to-revisions")][2:] == [
        "push-old=100",
        "api-old=100",
    ]


def test_the_traffic_goes_back_where_only_one_service_could_be_shifted(cloud: Cloud) -> None:
    cloud.answers((f"aiprod-pipeline-push-{MARK}=100", 1, "no such revision"), *BEFORE)
    ran = cloud.run(RELEASE, "shift")
    assert ran.returncode == 1
    assert cloud.asked("--to-revisions=api-old=100")


def test_a_first_release_has_nothing_to_go_back_to(cloud: Cloud, stub: Callable[..., str]) -> None:
    first = [serving(name, f"{name}-{MARK}") for name in ("aiprod-pipeline-push", "aiprod-pipeline-api")]
    cloud.answers(*first, BEFORE[-1])
    bad = stub(ready=503)
    cloud.places(aiprod_pipeline_push=bad, aiprod_pipeline_api=bad)
    ran = cloud.run(RELEASE, "shift")
    assert ran.returncode == 1
    assert "first release" in ran.stderr
    assert len(cloud.asked("--to-revisions")) == 2


def test_an_internal_service_is_tried_by_pubsub_itself(cloud: Cloud, stub: Callable[..., str]) -> None:
    """The internet, and so the build, gets Google's own 404; the log says what Pub/Sub's push got."""
    api = stub(ready=200)
    cloud.places(**{f"{MARK}---aiprod_pipeline_push": stub(front=404), f"{MARK}---aiprod_pipeline_api": api})
    cloud.answers(("logging read", 0, "503\n204\n"), *BEFORE)
    ran = cloud.run(RELEASE, "check")
    assert ran.returncode == 0, ran.stderr
    (pointed,) = cloud.asked("modify-push-config")
    assert pointed.startswith("pubsub subscriptions modify-push-config aiprod-pipeline-release-sub ")
    assert f"--push-endpoint=https://{MARK}---aiprod-pipeline-push-{HOST}/push" in pointed
    assert f"--push-auth-token-audience=https://aiprod-pipeline-push-{HOST}" in pointed
    (sent,) = cloud.asked("pubsub topics publish aiprod-pipeline-release ")
    assert json.loads(sent.partition("--message=")[2])["job_id"] == BUILT_IN["BUILD_ID"]
    asked = cloud.asked("logging read")[0]
    assert f'revision_name="aiprod-pipeline-push-{MARK}"' in asked
    assert "timestamp>=" in asked


@pytest.mark.parametrize(("status", "log"), [(401, "204"), (200, "204"), (404, "503"), (404, "")])
def test_an_internal_service_that_is_open_or_does_not_answer_pubsub_is_not_released(
    cloud: Cloud, stub: Callable[..., str], status: int, log: str
) -> None:
    push = stub(front=status)
    cloud.places(**{f"{MARK}---aiprod_pipeline_push": push, f"{MARK}---aiprod_pipeline_api": stub(ready=200)})
    cloud.answers(("logging read", 0, log), *BEFORE)
    assert cloud.run(RELEASE, "check").returncode == 1


def test_the_operators_get_the_image_that_serves(cloud: Cloud, stub: Callable[..., str]) -> None:
    good, bad = stub(ready=200, push=204), stub(ready=503)
    cloud.answers(*BEFORE)
    cloud.places(aiprod_pipeline_push=good, aiprod_pipeline_api=bad)
    assert cloud.run(RELEASE, "shift", PUSH_INGRESS="all").returncode == 1
    assert not cloud.asked("jobs deploy aiprod-admin")
    cloud.places(aiprod_pipeline_push=good, aiprod_pipeline_api=good)
    assert cloud.run(RELEASE, "shift", PUSH_INGRESS="all").returncode == 0
    assert cloud.asked("jobs deploy aiprod-admin")


@pytest.mark.parametrize("deployed", [0, 1])
def test_the_drills_service_is_gone_however_the_drill_ends(cloud: Cloud, deployed: int) -> None:
    cloud.answers(("run deploy", deployed, "no"), *BEFORE)
    assert cloud.run(RELEASE, "drill").returncode == 1, "nothing answers there"
    assert cloud.asked("run services delete aiprod-pipeline-smoke ")


def test_a_vulnerability_that_has_a_fix_ends_the_release(cloud: Cloud) -> None:
    scan = ("images scan", 0, "projects/p/locations/europe/scans/s")
    found = "HIGH,True,CVE-1\nCRITICAL,False,CVE-2\n"
    cloud.answers(scan, ("list-vulnerabilities", 0, found))
    assert cloud.run(RELEASE, "scan").returncode == 0
    assert cloud.asked("list-vulnerabilities")[0].endswith("projects/p/locations/europe/scans/s")
    cloud.answers(scan, ("list-vulnerabilities", 0, f"{found}CRITICAL,True,CVE-3"))
    ran = cloud.run(RELEASE, "scan")
    assert (ran.returncode, "CVE-3" in ran.stdout) == (1, True)
    assert cloud.run(RELEASE, "scan", SCAN="").returncode == 0
    cloud.answers(("images scan", 1, "PERMISSION_DENIED"))
    assert cloud.run(RELEASE, "scan").returncode == 1


def test_a_split_of_the_traffic_is_given_back_as_it_was(cloud: Cloud, stub: Callable[..., str]) -> None:
    traffic = [{"revisionName": "push-old", "percent": 90}, {"revisionName": "push-older", "percent": 10}]
    split = ("describe aiprod-pipeline-push", 0, json.dumps({"status": {"traffic": traffic}}))
    cloud.answers(split, *BEFORE)
    cloud.places(aiprod_pipeline_push=stub(), aiprod_pipeline_api=stub())
    assert cloud.run(RELEASE, "shift").returncode == 1
    assert cloud.asked("--to-revisions=push-old=90,push-older=10")


def test_only_a_service_that_is_new_is_deployed_with_traffic(cloud: Cloud) -> None:
    cloud.answers(("run services list", 0, ""))
    assert cloud.run(RELEASE, "deploy").returncode == 0
    cloud.answers(("run services list", 0, "its-name\n"))
    assert cloud.run(RELEASE, "deploy").returncode == 0
    first, second = cloud.asked("run deploy")[:2], cloud.asked("run deploy")[2:]
    assert len(first) == len(second) == 2
    assert not [line for line in first if "--no-traffic" in line]
    assert all("--no-traffic" in line for line in second)


def test_nothing_is_deployed_where_nobody_can_say_whether_the_service_is_there(cloud: Cloud) -> None:
    cloud.answers(("run services list", 1, "permission denied"))
    assert cloud.run(RELEASE, "deploy").returncode == 1
    assert not cloud.asked("run deploy")


def test_a_release_that_would_strand_jobs_ends_before_anything_has_changed(cloud: Cloud) -> None:
    cloud.answers(("doctor,--before", 1, "2 un-ended jobs"), *BEFORE)
    ran = cloud.run(RELEASE, "all")
    assert ran.returncode == 1
    assert "would strand jobs" in ran.stderr
    (asked,) = cloud.asked("jobs execute")
    assert "PIPELINE=film" in asked
    assert not cloud.asked("run deploy")
    cloud.answers(("doctor,--before", 1, "2 un-ended jobs"), ("jobs deploy", 1, "far enough"), *BEFORE)
    assert "ALLOW_STRANDED is set" in cloud.run(RELEASE, "before", ALLOW_STRANDED="yes").stdout
    assert len(cloud.asked("doctor,--before")) == 1


def test_a_migration_that_fails_ends_the_release(cloud: Cloud) -> None:
    cloud.answers(("doctor,--before", 0, ""), ("jobs execute", 1, "the migration failed"), *BEFORE)
    assert cloud.run(RELEASE, "all").returncode == 1
    assert not cloud.asked("run deploy")


def test_a_candidate_that_lets_strangers_in_is_not_released(cloud: Cloud) -> None:
    class Open(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 (the server's own name)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Open)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        cloud.answers(*BEFORE)
        there = f"http://127.0.0.1:{server.server_port}"
        cloud.places(**{f"{MARK}---aiprod_pipeline_push": there, f"{MARK}---aiprod_pipeline_api": there})
        ran = cloud.run(RELEASE, "check", PUSH_INGRESS="all")
    finally:
        server.shutdown()
        server.server_close()
    assert ran.returncode == 1
    assert "200 instead of 401" in ran.stderr
