"""The alert policies are what Cloud Monitoring takes, watch what the service logs, and have a page in the runbook."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from lab.harness.processes import ROOT
from tests.support.deploy import ALERTS, commands, said, tool
from tests.support.fake_cloud import Cloud

POLICIES = sorted((ROOT / "deploy/alerts").glob("*.json"))
METRICS = sorted((ROOT / "deploy/alerts/metrics").glob("*.json"))
DASHBOARD = ROOT / "deploy/dashboard.json"
RUNBOOK = (ROOT / "docs/operating.md").read_text()

CHECK = """
import json, sys
sdk, *files = sys.argv[1:]
sys.path[:0] = [sdk + "/lib", sdk + "/lib/third_party"]
from apitools.base.py import encoding
from googlecloudsdk.generated_clients.apis.logging.v2 import logging_v2_messages as logging
from googlecloudsdk.generated_clients.apis.monitoring.v1 import monitoring_v1_messages as dashboards
from googlecloudsdk.generated_clients.apis.monitoring.v3 import monitoring_v3_messages as monitoring

def unknown(message):
    yield from message.all_unrecognized_fields()
    for field in message.all_fields():
        value = getattr(message, field.name)
        for inner in value if isinstance(value, list) else [value]:
            if hasattr(inner, "all_fields"):
                yield from unknown(inner)

for file in files:
    kind = logging.LogMetric if "/metrics/" in file else monitoring.AlertPolicy
    if file.endswith("dashboard.json"):
        kind = dashboards.Dashboard
    for field in unknown(encoding.JsonToMessage(kind, open(file).read())):
        print(file, field)
"""


def filled(path: Path) -> str:
    return re.sub(r"@[A-Z_]+@", "100", path.read_text())


@pytest.mark.slow
def test_each_file_is_what_the_api_takes(tmp_path: Path) -> None:
    """Read with the SDK's own messages; a field that the API does not know is reported."""
    sdk = Path(tool("gcloud", "the Google Cloud SDK")).resolve().parents[1]
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"displayName": "x", "thresholds": 1}')
    files = [wrong]
    (tmp_path / "metrics").mkdir()
    for path in (*POLICIES, *METRICS, DASHBOARD):
        copy = tmp_path / (path.name if path.parent.name != "metrics" else f"metrics/{path.name}")
        copy.write_text(filled(path))
        files.append(copy)
    found = said(["python3", "-c", CHECK, sdk, *files])
    assert found.splitlines() == [f"{wrong} thresholds"]


def test_each_policy_has_its_section_in_the_runbook() -> None:
    assert len(POLICIES) > 10
    headings = set(re.findall(r"^### (.+)$", RUNBOOK, re.MULTILINE))
    titles = {json.loads(filled(path))["displayName"].removeprefix("aiprod: ") for path in POLICIES}
    assert {title[0].upper() + title[1:] for title in titles} <= headings


def test_each_metric_that_is_watched_or_shown_is_made() -> None:
    watched = {
        name
        for path in (*POLICIES, DASHBOARD)
        for name in re.findall(r"logging\.googleapis\.com/user/(\w+)", path.read_text())
    }
    assert watched == {path.stem for path in METRICS}
    assert all(json.loads(path.read_text())["name"] == path.stem for path in METRICS)


def test_each_metric_counts_lines_that_the_service_logs() -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "service").rglob("*.py"))
    for path in METRICS:
        wanted = json.loads(path.read_text())["filter"]
        for field in re.findall(r"jsonPayload\.(\w+)", wanted):
            assert f'"{field}"' in source, (path, field)
        for action in re.findall(r'jsonPayload\.action="(\w+)"', wanted):
            assert f'"action": "{action}"' in source, (path, action)


def test_everything_that_a_file_leaves_open_is_filled_in(cloud: Cloud) -> None:
    left = {name for path in (*POLICIES, *METRICS, DASHBOARD) for name in re.findall(r"@([A-Z_]+)@", path.read_text())}
    assert left
    assert all(f"s/@{name}@/" in ALERTS.read_text() for name in left)
    kept = cloud.folder / "kept"
    kept.mkdir()
    (cloud.folder / "answers").write_text(
        f'for word do case $word in --*file=*) cp "${{word#*=}}" {kept}/;; esac; done\n'
        'case $* in *"projects describe"*) echo 123456789012;; esac\n'
    )
    assert cloud.run(ALERTS, ALERT_EMAIL="ann@example.org").returncode == 0
    written = list(kept.iterdir())
    assert len(written) == len(POLICIES) + len(METRICS) + 1
    for path in written:
        json.loads(path.read_text())
        assert "@" not in path.read_text()


def test_a_second_run_makes_nothing_new(cloud: Cloud) -> None:
    cloud.answers(
        ("policies list", 0, "projects/p/alertPolicies/1"),
        ("channels list", 0, "projects/p/channels/1"),
        ("uptime list", 0, "projects/p/uptimeCheckConfigs/1"),
        ("dashboards list", 0, "projects/p/dashboards/1\tan-etag"),
        ("budgets list", 0, "billingAccounts/1/budgets/1"),
    )
    assert cloud.run(ALERTS, ALERT_EMAIL="ann@example.org", MONTHLY_BUDGET="500USD").returncode == 0
    assert not cloud.asked(" create ")
    assert cloud.asked("dashboards update projects/p/dashboards/1 ")
    assert cloud.asked("budgets update billingAccounts/1/budgets/1 --budget-amount=500USD")
    updated = cloud.asked("monitoring policies update projects/p/alertPolicies/1")
    assert len(updated) == len(POLICIES)
    assert all("--set-notification-channels=projects/p/channels/1" in line for line in updated)


def test_without_channels_a_policy_keeps_those_that_it_has(cloud: Cloud) -> None:
    cloud.answers(("policies list", 0, "projects/p/alertPolicies/1"))
    assert cloud.run(ALERTS).returncode == 0
    assert all("--fields=" in line and "channels" not in line for line in cloud.asked("policies update"))


def test_an_update_of_the_dashboard_names_the_version_that_it_replaces(cloud: Cloud) -> None:
    (cloud.folder / "answers").write_text(
        f'for word do case $word in --config-from-file=*) cp "${{word#*=}}" {cloud.folder}/kept;; esac; done\n'
        'case $* in *"dashboards list"*) printf "projects/p/dashboards/1\\tan-etag\\n";; esac\n'
    )
    assert cloud.run(ALERTS).returncode == 0
    assert json.loads((cloud.folder / "kept").read_text())["etag"] == "an-etag"


@pytest.mark.parametrize(
    ("query", "made"),
    [
        ("metrics describe", "metrics create"),
        ("uptime list", "uptime create"),
        ("dashboards list", "dashboards create"),
        ("budgets list", "budgets create"),
    ],
)
def test_a_query_that_fails_ends_it(cloud: Cloud, query: str, made: str) -> None:
    cloud.answers((query, 1, "PERMISSION_DENIED"))
    ran = cloud.run(ALERTS, MONTHLY_BUDGET="500USD")
    assert ran.returncode == 1
    assert not cloud.asked(made)


@pytest.mark.slow
def test_the_commands_are_ones_that_gcloud_takes(tmp_path: Path) -> None:
    gcloud = tool("gcloud", "the Google Cloud SDK")
    env = {"PATH": "/usr/bin:/bin", "PROJECT": "my-project"}
    told = {**env, "ALERT_EMAIL": "ann@example.org", "ALERT_CHANNELS": "a,b", "MONTHLY_BUDGET": "500USD"}
    lines = [line for one in (env, told) for line in commands(said([ALERTS, "--dry-run"], one))]
    asked = tmp_path / "commands.json"
    asked.write_text(json.dumps([{"command_string": line} for line in dict.fromkeys(lines)]))
    ran = subprocess.run(
        [gcloud, "meta", "lint-gcloud-commands", f"--commands-file={asked}"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CLOUDSDK_CONFIG": str(tmp_path / "gcloud")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert [one["error_message"] for one in json.loads(ran.stdout) if not one["success"]] == []
