"""The setup makes everything once, and can be run again."""

import re

from sqlalchemy.engine import make_url

from tests.support.deploy import SETUP
from tests.support.fake_cloud import Cloud


def test_a_second_setup_makes_nothing_anew(cloud: Cloud) -> None:
    cloud.answers(
        ("describe my-project", 0, "123456789012"),
        ("versions list", 0, "1"),
        ("policies list", 0, "p1"),
        ("uptime list", 0, "u1"),
        ("dashboards list", 0, "d1\tetag"),
    )
    ran = cloud.run(SETUP)
    assert ran.returncode == 0, ran.stderr
    made = [line for line in cloud.asked() if re.search(r"\b(create|set-password|versions add)\b", line)]
    assert made == ["beta services identity create --service=pubsub.googleapis.com"], made


def test_a_first_setup_makes_everything_once(cloud: Cloud) -> None:
    cloud.answers(("describe my-project", 0, "123456789012"), (" describe ", 1, "NOT_FOUND: there is no such thing"))
    ran = cloud.run(SETUP)
    assert ran.returncode == 0, ran.stderr
    policies = [line for line in cloud.asked(" create ") if "monitoring policies" in line]
    assert len(policies) == len(set(policies)) > 10
    made = [line.partition(" --")[0] for line in cloud.asked(" create ") if line not in policies]
    assert len(made) == len(set(made))
    assert len([line for line in made if line.startswith("pubsub")]) == 9
    assert len(cloud.asked("sql users create aiprod ")) == len(cloud.asked("sql users create aiprod-serve ")) == 1
    assert not cloud.asked("set-password")
    url = make_url((cloud.folder / "secret").read_text())
    assert re.fullmatch(r"[0-9a-f]{48}", url.password or "")
    assert url.query == {"host": "/cloudsql/my-project:europe-west1:aiprod"}
    assert not re.search(r"--password|[0-9a-f]{48}", ran.stdout + ran.stderr + "\n".join(cloud.asked()))


def test_a_setup_that_was_interrupted_before_the_secret_makes_a_new_password(cloud: Cloud) -> None:
    cloud.answers(("describe my-project", 0, "123456789012"), ("users list", 0, "aiprod"))
    assert cloud.run(SETUP).returncode == 0
    assert cloud.asked("sql users set-password aiprod")
    assert cloud.asked("secrets versions add")


def test_a_setup_that_cannot_look_changes_nothing_further(cloud: Cloud) -> None:
    """A question that fails is no "no": the database of a project that cannot be seen must keep its password."""
    cloud.answers(("describe my-project", 0, "123456789012"), ("versions list", 1, "PERMISSION_DENIED"))
    assert cloud.run(SETUP).returncode != 0
    assert not cloud.asked("set-password")
    cloud.answers(("describe my-project", 0, "123456789012"), ("topics describe", 1, "PERMISSION_DENIED"))
    ran = cloud.run(SETUP)
    assert ran.returncode == 1
    assert "PERMISSION_DENIED" in ran.stderr
    assert not cloud.asked("topics create")


def test_who_may_be_what_is_named_by_kind(cloud: Cloud) -> None:
    cloud.answers(("describe my-project", 0, "123456789012"), ("versions list", 0, "1"))
    ran = cloud.run(SETUP, OPERATORS="group:ops@example.org,user:ann@example.org", CALLERS="user:bob@example.org")
    assert ran.returncode == 0, ran.stderr
    roles = {
        who: {
            (
                line.partition("-iam-policy-binding ")[2].partition(" ")[0].partition("@")[0],
                line.rpartition("roles/")[2],
            )
            for line in cloud.asked(f"--member={who} ")
        }
        for who in ("group:ops@example.org", "user:ann@example.org", "user:bob@example.org")
    }
    tokens = "iam.serviceAccountTokenCreator --condition=None"
    assert roles["user:bob@example.org"] == {("aiprod-caller", tokens)}
    assert roles["group:ops@example.org"] == roles["user:ann@example.org"]
    assert ("aiprod-operator", tokens) in roles["user:ann@example.org"]
    assert ("my-project", "run.jobsExecutorWithOverrides --condition=None") in roles["user:ann@example.org"]
    for account in ("aiprod-caller", "aiprod-operator"):
        assert not cloud.asked(f"--member=serviceAccount:{account}@"), "their tokens prove who they are and no more"


def test_the_url_of_a_private_database_is_its_address(cloud: Cloud) -> None:
    there = ("sql instances describe aiprod --flatten", 0, "PRIMARY\t34.1.2.3\nPRIVATE\t10.20.0.3\n")
    cloud.answers(("describe my-project", 0, "123456789012"), there)
    ran = cloud.run(SETUP, NETWORK="default")
    assert ran.returncode == 0, ran.stderr
    url = make_url((cloud.folder / "secret").read_text())
    assert (url.host, url.port, url.query) == ("10.20.0.3", 5432, {"sslmode": "require"})


def test_a_public_database_is_not_taken_for_a_private_one(cloud: Cloud) -> None:
    there = ("sql instances describe aiprod --flatten", 0, "PRIMARY\t34.1.2.3\n")
    cloud.answers(("describe my-project", 0, "123456789012"), there)
    ran = cloud.run(SETUP, NETWORK="default")
    assert ran.returncode == 1
    assert "no private address" in ran.stderr
    assert not cloud.asked("secrets")
