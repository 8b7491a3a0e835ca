"""What the setup and the release tell gcloud, checked by its linter; the settings they deploy, read by the service."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.harness.processes import ROOT
from service.app import LIGHT_THREADS
from service.config import read_settings
from tests.support.deploy import (
    ADMIN,
    BUILD,
    CONSOLE,
    HOST,
    MARK,
    PAGE,
    PROMOTE,
    SETUP,
    commands,
    deployed,
    release_dry_run,
    said,
    settings_of,
    setup_dry_run,
    substitutions,
    tool,
)

IMAGE = f"europe-west1-docker.pkg.dev/my-staging/aiprod/service@sha256:{'0' * 64}"

# the commands


def of_the_pages() -> list[str]:
    """The gcloud commands of the pages for operators, in their blocks and in their text."""
    names = ("operating", "admin", "environments", "recovery", "your-own-pipeline", "security")
    pages = PAGE + "".join((ROOT / f"docs/{name}.md").read_text() for name in names)
    blocks = re.findall(r"^```(?:sh|console)\n(.*?)^```", pages, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines() + re.findall(r"`(gcloud [a-z-]+ [^`]+)`", pages)
    quoted = r"""'[^']*'|"[^"]*\""""
    found = [re.search(rf"gcloud (?:{quoted}|[^|#<>()'\"])+", line) for line in lines if not line.startswith("#")]
    return [shlex.join(shlex.split(match[0])) for match in found if match]


@pytest.mark.slow
def test_every_gcloud_line_is_one_that_gcloud_takes(tmp_path: Path) -> None:
    """The SDK's own linter, which reads flags and their values and asks nobody. Where there is something to print in a
    dry run, both of a choice are printed."""
    gcloud = tool("gcloud", "the Google Cloud SDK")
    wrong = "gcloud run deploy x --imagee=y"
    lines = [
        *commands(
            setup_dry_run(PROVIDER="vertex", SQL_AVAILABILITY="regional", NETWORK="default", OPERATORS="group:o@x.org")
        ),
        *commands(setup_dry_run(CALLERS="user:a@x.org,user:b@x.org")),
        *commands(release_dry_run(API_CALLERS="a@x.org,b@x.org", EXTRA_ENV="A=1,2|B=3")),
        *commands(release_dry_run(PUSH_INGRESS="all", NETWORK="default")),
        *commands(
            said([ADMIN, "--dry-run", "dlq", "replay", "--why", "a, b", "--yes"], {**os.environ, "PROJECT": "p"})
        ),
        *commands(said([PROMOTE, "--dry-run", IMAGE], {**os.environ, "PROJECT": "my-project"})),
        *commands(said([CONSOLE, "--dry-run"], {**os.environ, "PROJECT": "p", "CONSOLE_USERS": "a@x.org:act,*@x.org"})),
        *of_the_pages(),
    ]
    assert len(lines) > 70
    asked = tmp_path / "commands.json"
    asked.write_text(json.dumps([{"command_string": line} for line in dict.fromkeys([*lines, wrong])]))
    env = {**os.environ, "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    found = json.loads(said([gcloud, "meta", "lint-gcloud-commands", f"--commands-file={asked}"], env))
    assert len(found) == len(set(lines)) + 1
    refused = {one["command_string"]: one["error_message"] for one in found if not one["success"]}
    assert refused.pop(wrong), "the linter finds what is wrong"
    assert not refused


def test_no_password_is_on_a_command_line_or_printed() -> None:
    printed = setup_dry_run()
    assert not re.search(r"--password|[0-9a-f]{48}|postgresql", printed)
    assert "--data-file=-" in printed


def test_the_subscriptions_are_the_designs() -> None:
    made = {shlex.split(line)[4]: line for line in commands(setup_dry_run()) if "subscriptions create" in line}
    released = made.pop("aiprod-pipeline-release-sub").split()
    assert set(made) == {"aiprod-pipeline-jobs-sub", "aiprod-pipeline-results-sub", "aiprod-pipeline-dlq-sub"}
    push = made.pop("aiprod-pipeline-jobs-sub")
    assert [flag for flag in push.split() if "push" in flag.partition("=")[0]] == [
        flag for flag in released if "push" in flag.partition("=")[0]
    ], "what a release is tried with is what comes in production"
    url = f"https://aiprod-pipeline-push-{HOST}"
    for flag in (
        f"--push-endpoint={url}/push",
        f"--push-auth-token-audience={url}",
        "--push-auth-service-account=aiprod-push@my-project.iam.gserviceaccount.com",
        "--ack-deadline=300",
        "--min-retry-delay=10s",
        "--max-retry-delay=600s",
        "--expiration-period=never",
    ):
        assert flag in push.split()
    assert all("--ack-deadline=60" in line and "push" not in line for line in made.values())
    assert not [line for line in (push, *made.values()) if "dead-letter" in line or "ordering" in line]


def lifecycle(**more: str) -> list[dict[str, Any]]:
    """The rules as the bucket is given them."""
    found = re.search(r'^\{"rule".*?^\]\}$', setup_dry_run(**more), re.MULTILINE | re.DOTALL)
    assert found
    rules: list[dict[str, Any]] = json.loads(found[0])["rule"]
    return rules


def days_kept(name: str, **more: str) -> int:
    """https://cloud.google.com/storage/docs/lifecycle: the first rule whose conditions all hold."""
    deletes = [rule["condition"] for rule in lifecycle(**more) if rule["action"]["type"] == "Delete"]
    assert all(set(one) <= {"age", "matchesSuffix"} for one in deletes)
    ages = [one["age"] for one in deletes if any(name.endswith(end) for end in one.get("matchesSuffix", [""]))]
    return int(min(ages))


def test_what_a_film_was_made_from_goes_before_the_film_and_after_its_messages() -> None:
    """A message may wait in its subscription for 7 days, and its job goes on from what was made before."""
    film, part = "films/job-1/0123456789abcdef-film.mp4", "films/job-1/0123456789abcdef-shot-0.mp4.part"
    assert (days_kept(film), days_kept(part)) == (90, 14)
    assert (days_kept(film, FILM_DAYS="30"), days_kept(part, PART_DAYS="8")) == (30, 8)
    assert days_kept(part, FILM_DAYS="10") == 10
    for wrong in ({"PART_DAYS": "7"}, {"FILM_DAYS": "0"}, {"PART_DAYS": "x"}, {"FILM_DAYS": "1e3"}):
        env = {"PATH": os.environ["PATH"], "PROJECT": "my-project", **wrong}
        ran = subprocess.run([SETUP, "--dry-run"], env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 2
        assert "from 8" in ran.stderr


def test_the_services_may_sign_links_as_themselves_and_as_nobody_else() -> None:
    run = "aiprod-run@my-project.iam.gserviceaccount.com"
    mine = [line for line in commands(setup_dry_run()) if f"--member=serviceAccount:{run}" in line]
    (signs,) = [line for line in mine if "roles/iam.serviceAccountTokenCreator" in line]
    assert signs.startswith(f"gcloud iam service-accounts add-iam-policy-binding {run} ")


def test_the_role_that_serves_is_not_the_one_that_owns_the_tables() -> None:
    """Neither account can read the other's secret."""
    may_read = [line for line in commands(setup_dry_run()) if "secretmanager.secretAccessor" in line]
    owner, serving = "aiprod-database-url", "aiprod-serving-database-url"
    assert sorted((line.split()[3], re.findall(r"serviceAccount:([\w-]+)@", line)[0]) for line in may_read) == [
        (owner, "aiprod-migrate"),
        (serving, "aiprod-admin"),
        (serving, "aiprod-run"),
    ]
    assert deployed("aiprod-pipeline-push")["set-secrets"] == f"DATABASE_URL={serving}:latest"
    job = next(line for line in commands(release_dry_run()) if " jobs deploy " in line)
    assert f"DATABASE_URL={owner}:latest" in job
    assert "--service-account=aiprod-migrate@" in job
    assert "migrate,--for,aiprod-serve" in job


# what is deployed


def test_the_services_start_with_what_they_are_given() -> None:
    push, api, drill = (
        settings_of(f"aiprod-pipeline-{name}", API_CALLERS="a@x.org,b@x.org:b-*", API_OPERATORS="o@x.org")
        for name in ("push", "api", "smoke")
    )
    assert (push.surface, push.pipeline, push.ack_deadline_s) == ("push", "film", 300)
    assert push.push_audience == f"https://aiprod-pipeline-push-{HOST}"
    assert push.push_service_accounts == {"aiprod-push@my-project.iam.gserviceaccount.com"}
    assert not push.api_callers
    assert (api.surface, api.api_audience) == ("api", f"https://aiprod-pipeline-api-{HOST}")
    people = "aiprod-{}@my-project.iam.gserviceaccount.com"
    assert api.api_callers == {people.format("caller"): (), "a@x.org": (), "b@x.org": ("b-*",)}
    assert api.api_operators == push.api_operators == {people.format("operator"), "o@x.org"}
    assert api.sweep_callers == {"aiprod-scheduler@my-project.iam.gserviceaccount.com"}
    assert drill.api_operators == {"aiprod-push@my-project.iam.gserviceaccount.com"}
    assert push.max_job_usd == api.max_job_usd == 100
    assert (drill.surface, drill.pipeline, drill.max_concurrent_jobs) == ("all", "drill", 1)
    assert {drill.topics.jobs, drill.topics.results, drill.topics.dlq} == {"aiprod-pipeline-smoke"}
    assert len({push.push_audience, api.api_audience, drill.push_audience, drill.api_audience}) == 4
    for settings in (push, api, drill):
        assert settings.artifacts_url == "gs://my-project-aiprod-films/films"
        assert settings.auth


def test_a_request_may_last_as_long_as_a_delivery_and_each_has_a_slot() -> None:
    flags = deployed("aiprod-pipeline-push", ACK_DEADLINE_S="600", MAX_CONCURRENT_JOBS="7")
    assert (flags["timeout"], flags["concurrency"]) == ("630", "7")
    assert json.loads(flags["env"])["MAX_CONCURRENT_JOBS"] == "7"
    assert {"no-invoker-iam-check", "no-traffic", "cpu-throttling"} <= set(flags)
    assert flags["tag"] == flags["revision-suffix"] == MARK
    assert "no-traffic" not in deployed("aiprod-pipeline-smoke")


def test_all_instances_together_stay_under_the_servers_connections() -> None:
    """docs/deploy.md, "Connections": a release has twice the instances for a while."""
    build = {name: int(value) for name, value in substitutions().items() if value.isdigit()}
    pool = build["_MAX_CONCURRENT_JOBS"] + LIGHT_THREADS + 1
    assert pool == build["_MAX_CONCURRENT_JOBS"] + 5
    drill, migration, operators, reserved = 6, 2, 10, 3
    most = 2 * pool * (build["_MAX_INSTANCES"] + build["_API_MAX_INSTANCES"]) + drill + migration + operators + reserved
    allowed = re.search(r"--database-flags=max_connections=(\d+)", setup_dry_run())
    assert allowed
    assert most <= int(allowed[1])
    assert f"**{most}**" in PAGE


def test_the_push_service_is_for_pubsub_alone_and_the_api_for_its_callers() -> None:
    assert deployed("aiprod-pipeline-push")["ingress"] == "internal"
    assert deployed("aiprod-pipeline-push", PUSH_INGRESS="all")["ingress"] == "all"
    assert deployed("aiprod-pipeline-api")["ingress"] == "all"


def test_with_a_network_the_database_has_a_private_address_only() -> None:
    printed = setup_dry_run(NETWORK="shared")
    (create,) = [line for line in commands(printed) if "sql instances create" in line]
    assert {
        "--no-assign-ip",
        "--network=projects/my-project/global/networks/shared",
        "--ssl-mode=ENCRYPTED_ONLY",
    } <= set(create.split())
    for service in ("aiprod-pipeline-push", "aiprod-pipeline-api", "aiprod-pipeline-smoke"):
        flags = deployed(service, NETWORK="shared", SUBNET="eu")
        assert (flags["network"], flags["subnet"], flags["vpc-egress"]) == ("shared", "eu", "private-ranges-only")
        assert "set-cloudsql-instances" not in flags
    jobs = [line for line in commands(release_dry_run(NETWORK="shared")) if " jobs deploy " in line]
    assert len(jobs) > 1
    assert all("--network=shared --subnet=shared" in line and "cloudsql" not in line for line in jobs)
    assert not re.search(r"compute|peering|--network", setup_dry_run())


def test_the_operators_job_has_what_the_services_have_and_its_arguments_are_the_command() -> None:
    (line,) = [line for line in commands(release_dry_run()) if " jobs deploy aiprod-admin " in line]
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in shlex.split(line)[5:])
    assert flags["command"] == "python,-m,service"
    assert flags["service-account"].startswith("aiprod-admin@")
    assert flags["set-secrets"] == "DATABASE_URL=aiprod-serving-database-url:latest", "not the owner of the tables"
    pairs = flags["set-env-vars"].removeprefix("^|^").split("|")
    env = dict(pair.split("=", 1) for pair in pairs)
    assert len(env) == len(pairs)
    settings = read_settings({**env, "K_SERVICE": "job", "DATABASE_URL": "postgresql://u:p@/d"})
    push = settings_of("aiprod-pipeline-push")
    for name in ("topics", "push_audience", "push_service_accounts", "artifacts_url", "pipeline", "ack_deadline_s"):
        assert getattr(settings, name) == getattr(push, name)


def test_a_promoted_image_is_released_as_another_is_and_not_made() -> None:
    printed = said([PROMOTE, "--dry-run", IMAGE, "--async"], {**os.environ, "PROJECT": "my-project"})
    promoted, submit = printed.rsplit("gcloud builds submit ", 1)
    assert "--async" in submit
    made, released = ("test", "build", "push"), ("scan", "before", "migrate", "drill", "deploy", "check", "shift")
    steps = re.compile(r"^  - id: (\w+)$", re.MULTILINE)
    assert tuple(steps.findall(BUILD)) == (*made, *released)
    assert tuple(steps.findall(promoted)) == released
    assert f"\n  _IMAGE: {IMAGE}\n" in promoted
    assert "\nimages:" not in promoted
    options = [text.partition("\noptions:")[2].partition("\nimages:")[0].strip() for text in (BUILD, promoted)]
    assert options[1].replace("\n  substitutionOption: ALLOW_LOOSE", "") == options[0]


@pytest.mark.parametrize("image", ["a/b/service:latest", "a/b/service", f"a/b@sha256:{'0' * 63}"])
def test_only_a_digest_is_promoted(image: str) -> None:
    env = {"PATH": os.environ["PATH"], "PROJECT": "my-project"}
    ran = subprocess.run([PROMOTE, "--dry-run", image], env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "digest" in ran.stderr
