"""Commands in production: the job's arguments, what is printed, and who is on record."""

import argparse
import shlex

import pytest

from service.cli.handling import operator_name
from tests.support.deploy import ADMIN
from tests.support.fake_cloud import Cloud

ANSWERS = (
    ("config get-value account", 0, "ann@example.org"),
    ("Container called exit", 0, "an-id"),
    ("logging read", 0, "id  reason\n7   stage_crashed\n"),
    ("executions list", 0, "aiprod-admin-x1"),
)


def test_a_command_runs_as_a_job_and_its_output_is_printed(cloud: Cloud) -> None:
    cloud.answers(("jobs execute", 0, "aiprod-admin-x1"), *ANSWERS)
    words = ["dlq", "replay", "--reason", "stage_crashed", "--why", "mended, at last @@ noon", "--yes"]
    ran = cloud.run(ADMIN, *words)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "id  reason\n7   stage_crashed\n"
    (asked,) = cloud.asked("jobs execute aiprod-admin ")
    assert "--update-env-vars=LOGNAME=ann@example.org" in asked
    _, separator, rest = asked.partition("--args=")[2].split("^", 2)
    given = rest.partition(" --format=")[0]
    assert given.split(separator) == words
    assert all('execution_name"="aiprod-admin-x1"' in line for line in cloud.asked("logging read"))


def test_a_command_that_fails_fails_here_and_its_output_is_printed(cloud: Cloud) -> None:
    cloud.answers(("jobs execute", 1, "the execution failed"), *ANSWERS)
    ran = cloud.run(ADMIN, "jobs", "show", "x")
    assert ran.returncode == 1
    assert "stage_crashed" in ran.stdout


def test_nothing_is_asked_of_the_cloud_without_a_command(cloud: Cloud) -> None:
    assert cloud.run(ADMIN).returncode == 2
    printed = cloud.run(ADMIN, "--dry-run", "doctor").stdout
    assert shlex.split(printed.splitlines()[0])[:5] == ["gcloud", "run", "jobs", "execute", "aiprod-admin"]
    assert not cloud.asked()


def test_an_account_that_is_an_address_is_on_record_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ann@example.org")
    assert operator_name(argparse.Namespace(by=None)) == "ann@example.org"
    monkeypatch.setenv("LOGNAME", "ann")
    assert operator_name(argparse.Namespace(by=None)).startswith("ann@")
