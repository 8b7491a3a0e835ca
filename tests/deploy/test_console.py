"""The console behind the proxy: what it is deployed with is what the API has, and it starts with it."""

import json
import shlex
from typing import Any

import pytest

from service.config import read_settings
from tests.support.deploy import CONSOLE, commands, deployed
from tests.support.fake_cloud import Cloud

USERS = "ada@example.org:act, *@example.org"
NUMBER = ("projects describe", 0, "123456789012")


def described(**annotations: str) -> tuple[str, int, str]:
    """The API's service, as a release deployed it."""
    env = json.loads(deployed("aiprod-pipeline-api", API_CALLERS="a@x.org,b@x.org", EXTRA_ENV="A=1,2|B=3@@")["env"])
    env["C"] = "a|0|b|1"
    secret = {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "the-secret", "key": "latest"}}}
    variables = [*({"name": name, "value": value} for name, value in env.items()), {"name": "EMPTY"}, secret]
    container = {"image": "the-image@sha256:0", "env": variables}
    spec: dict[str, Any] = {"serviceAccountName": "aiprod-run@x", "containers": [container]}
    template = {"metadata": {"annotations": annotations}, "spec": spec}
    return ("run services describe aiprod-pipeline-api ", 0, json.dumps({"spec": {"template": template}}))


def flags(cloud: Cloud, *answers: tuple[str, int, str]) -> dict[str, str]:
    cloud.answers(*answers, NUMBER)
    ran = cloud.run(CONSOLE, CONSOLE_USERS=USERS, PROJECT_NUMBER="")
    assert ran.returncode == 0, ran.stderr
    (line,) = cloud.asked("run deploy aiprod-console ")
    # What is recorded has lost its quotes; of the values, only that of CONSOLE_USERS has a space.
    words = line.replace(USERS, USERS.replace(" ", "")).split()
    return dict(word.partition("=")[::2] for word in words if word.startswith("--"))


def test_it_has_what_the_api_has_and_starts_with_it(cloud: Cloud) -> None:
    given = flags(cloud, described(**{"run.googleapis.com/cloudsql-instances": "p:r:i"}))
    assert given["--image"] == "the-image@sha256:0"
    assert (given["--service-account"], given["--set-cloudsql-instances"]) == ("aiprod-run@x", "p:r:i")
    assert given["--set-secrets"] == "DATABASE_URL=the-secret:latest"
    assert {"--iap", "--no-allow-unauthenticated"} <= given.keys()
    assert "--no-invoker-iam-check" not in given, "the proxy alone may call it"
    _, separator, rest = given["--set-env-vars"].split("^", 2)
    env = dict(pair.split("=", 1) for pair in rest.split(separator))
    assert (env["A"], env["B"], env["C"], env["EMPTY"]) == ("1,2", "3@@", "a|0|b|1", "")
    settings = read_settings({**env, "K_SERVICE": "aiprod-console", "DATABASE_URL": "postgresql://u:p@/d?host=/c"})
    assert (settings.surface, settings.console_auth) == ("console", True)
    assert settings.console_users == {"ada@example.org": True, "*@example.org": False}
    assert settings.console_audience == "/projects/123456789012/locations/europe-west1/services/aiprod-console"


def test_a_database_in_a_network(cloud: Cloud) -> None:
    network = json.dumps([{"network": "default", "subnetwork": "default"}])
    noted = {"run.googleapis.com/network-interfaces": network, "run.googleapis.com/vpc-access-egress": "private-only"}
    given = flags(cloud, described(**noted))
    assert (given["--network"], given["--subnet"], given["--vpc-egress"]) == ("default", "default", "private-only")
    assert "--set-cloudsql-instances" not in given


def test_who_may_come_in(cloud: Cloud) -> None:
    flags(cloud, described())
    bound = [shlex.split(line) for line in cloud.asked("iap web add-iam-policy-binding")]
    assert [word.partition("--member=")[2] for line in bound for word in line if "--member=" in word] == [
        "user:ada@example.org",
        "domain:example.org",
    ]
    (agent,) = cloud.asked("--role=roles/run.invoker")
    assert "service-123456789012@gcp-sa-iap.iam.gserviceaccount.com" in agent


@pytest.mark.parametrize("answer", ["", "{}"])
def test_without_an_api_nothing_is_deployed(cloud: Cloud, answer: str) -> None:
    cloud.answers(("run services describe", 1 if not answer else 0, answer), NUMBER)
    assert cloud.run(CONSOLE, CONSOLE_USERS=USERS).returncode != 0
    assert not cloud.asked("run deploy")


def test_nothing_is_asked_of_the_cloud_in_a_dry_run_or_without_people(cloud: Cloud) -> None:
    assert cloud.run(CONSOLE).returncode == 2
    ran = cloud.run(CONSOLE, "--dry-run", CONSOLE_USERS=USERS)
    assert ran.returncode == 0, ran.stderr
    assert len(commands(ran.stdout)) == 6
    assert not cloud.asked()
