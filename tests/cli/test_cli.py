"""The command line against the service over real HTTP, and against a real PostgreSQL."""

import base64
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from werkzeug.serving import make_server

from lab.harness.names import ACCOUNT, API_AUDIENCE, AUDIENCE, CALLER
from lab.harness.processes import ROOT
from lab.harness.world import World
from service import db
from service.app import EXTENSION, create_app
from service.auth.certificates import KeyCache
from service.auth.verifier import Verifier
from service.cli import dlq, jobs, live_view, push, target, terminal
from service.cli.client import Answer, Client
from service.cli.commands import parser
from service.cli.main import main
from service.cli.terminal import CommandFailed
from service.dev import devfile
from service.dev.issuer import LocalIssuer
from service.dev.processes import Started
from service.errors import SettingsError, Unavailable
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import envelope as push_body
from tests.support.bad_messages import job as document
from tests.support.lost_answers import replace_rows


class Said:
    """What a command printed, and its exit code."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def _nothing_around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of the shell's, and a folder in which no dev runs."""
    for name in ("AIPROD_URL", "AIPROD_TOKEN", "DATABASE_URL", "LOG_LEVEL", "K_SERVICE", "PUBSUB_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("USER", "ada")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*arguments: str) -> Said:
        try:
            code = main(arguments)
        except SystemExit as error:  # argparse's own
            code = int(error.code or 0)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        if code == 0:
            assert said.err == ""
        elif not said.err.startswith("usage:"):
            assert said.err.count("\n") <= 1, "an error is one sentence"
        return Said(code, said.out, said.err)

    return command


@pytest.fixture
def service(world: World) -> Iterator[str]:
    """The URL of the real service on the drill, in this process."""
    app = create_app(world.env())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[EXTENSION].close()


@pytest.fixture
def dev(service: str, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """As if the service were the running dev's: where it is and how to sign for it is in dev.json."""
    key = tmp_path / "key.pem"
    key.write_bytes(b"its content is read by the issuer below")
    running = SimpleNamespace(
        url=service,
        push_audience=AUDIENCE,
        push_email=ACCOUNT,
        api_audience=API_AUDIENCE,
        api_email=CALLER,
        key_file=str(key),
        database_url=world.database_url,
        project="test-project",
        pubsub_host=world.pubsub.host,
        jobs_topic="aiprod-pipeline-jobs",
        results_topic="aiprod-pipeline-results",
        dlq_topic="aiprod-pipeline-dlq",
    )

    def sign(found: SimpleNamespace, purpose: str) -> str:
        is_push = purpose == "push"
        audience, email = (found.push_audience, found.push_email) if is_push else (found.api_audience, found.api_email)
        return world.issuer.token(audience, email)

    monkeypatch.setattr(target, "running_dev", lambda _options: running)
    monkeypatch.setattr(target, "sign", sign)
    return service


# Jobs


@pytest.mark.usefixtures("dev")
def test_submit_push_watch_and_show(run: Run, world: World, tmp_path: Path) -> None:
    said = run(
        "submit", "A lighthouse that dances.", "--meta", "drill_stage_ms=0", "--meta", "lang=en", "--job-id", "j1"
    )
    assert said.code == 0
    assert said.out == "Job j1 is pending.\nFollow it with: python -m service watch j1\n"
    row = world.job("j1")
    assert (row["user_id"], row["preset"], row["content"]) == ("ada", "quick_social", "A lighthouse that dances.")
    assert row["metadata"] == {"drill_stage_ms": 0, "lang": "en"}

    (message,) = world.pubsub.accepted("aiprod-pipeline-jobs")
    (tmp_path / "stored.json").write_bytes(message.data)
    assert run("push", "stored.json").out == "204: acknowledged\n"

    said = run("watch", "j1")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0] == "j1 is completed"
    assert lines[1].startswith("  INIT finished ")
    assert lines[-2:] == ["stage: FINALIZE", "waited_ms: 0.0"]
    said = run("watch", "j1", "--json")
    assert (said.code, said.json["state"], said.json["progress"]["percent"]) == (0, "completed", 100)

    said = run("jobs", "show", "j1")
    assert said.code == 0
    assert "✓ FINALIZE" in said.out
    assert "pending → processing  claimed" in said.out
    assert run("jobs", "show", "j1", "--json").json["job_id"] == "j1"


@pytest.mark.usefixtures("dev")
def test_a_failed_job_is_an_exit_code_of_1(run: Run) -> None:
    job = text(document({"job_id": "j2", "metadata": {"drill_fail": "permanent"}}))
    Path("bad.json").write_bytes(job)
    assert run("push", "bad.json").code == 0, "put aside, so acknowledged"
    said = run("watch", "j2")
    assert said.code == 1
    assert said.out.splitlines()[-2].startswith("failed: Stage RENDER_EXECUTION of the drill failed for good")
    assert run("jobs", "show", "j2").code == 0, "it could be shown"
    said = run("dlq", "list")
    assert said.code == 0
    assert "drill_permanent" in said.out


@pytest.mark.usefixtures("dev")
def test_submit_and_watch_in_one(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in for Pub/Sub pushes nowhere in this test, so the job is delivered between two looks."""

    def run_delivery() -> None:
        for message in world.pubsub.accepted("aiprod-pipeline-jobs"):
            options = parser().parse_args(["push", "-"])
            url = target.service_url(options)
            client = Client(url, target.token(options, "push", url))
            assert client.request("POST", "/push", push.push_body(message.data, None)).status == 204

    monkeypatch.setattr(live_view, "pause", run_delivery)
    said = run("submit", "Text", "--watch")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].endswith("is pending")
    assert "  INIT finished" in said.out
    assert lines[-3].endswith("is completed")


@pytest.mark.usefixtures("dev")
def test_jobs_are_listed_narrowed_and_paged(run: Run) -> None:
    for n in range(3):
        run("submit", "Text", "--job-id", f"j{n}", "--user", f"u{n % 2}")
    said = run("jobs")
    assert said.code == 0
    head, *body = said.out.splitlines()
    assert head.split() == ["JOB", "STATE", "CREATED", "ERROR", "STAGE", "PRESET", "USER"]
    assert [line.split()[0] for line in body] == ["j2", "j1", "j0"]
    assert [one["job_id"] for one in run("jobs", "list", "--user", "u1", "--json").json["jobs"]] == ["j1"]
    assert [one["job_id"] for one in run("jobs", "--user", "u1", "list", "--json").json["jobs"]] == ["j1"]
    first = run("jobs", "--limit", "2", "--json").json
    second = run("jobs", "--limit", "2", "--cursor", first["next"])
    assert [line.split()[0] for line in second.out.splitlines()[1:]] == ["j0"]
    assert run("jobs", "--state", "failed").out.split() == head.split()
    assert "add --cursor" in run("jobs", "--limit", "1").out


@pytest.mark.usefixtures("dev")
def test_submit_reads_standard_input(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(read=lambda: "From a pipe.\n"))
    said = run("submit", "-", "--json")
    assert world.job(said.json["job_id"])["content"] == "From a pipe.\n"


@pytest.mark.usefixtures("dev")
def test_the_same_id_with_another_brief_is_refused(run: Run) -> None:
    run("submit", "One", "--job-id", "j")
    said = run("submit", "Two", "--job-id", "j")
    assert said.code == 1
    assert "other inputs" in said.err


REFUSED = [
    (["submit", " "], "'content' is empty"),
    (["submit", "x", "--preset", "none"], "'preset' must be one of"),
    (["submit", "x", "--meta", "drill_fail=maybe"], "drill_fail must be one of"),
    (["watch", "nobody"], "no job 'nobody'"),
    (["watch", "a/../b"], "no job 'a/../b'"),
    (["jobs", "show", "nobody"], "no job 'nobody'"),
    (["jobs", "--since", "yesterday"], "'since' must be a time"),
    (["jobs", "--cursor", "x"], "cursor is not one of ours"),
    (["dlq", "show", "99"], "no dead letter 99"),
]


@pytest.mark.usefixtures("dev")
def test_what_is_refused_is_a_sentence_and_a_1(run: Run, subtests: pytest.Subtests) -> None:
    for arguments, sentence in REFUSED:
        with subtests.test(" ".join(arguments)):
            said = run(*arguments)
            assert said.code == 1
            assert sentence in said.err


# Where


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["submit", "x"], "AIPROD_URL"),
        (["watch", "x"], "AIPROD_URL"),
        (["jobs"], "AIPROD_URL"),
        (["push", "-"], "AIPROD_URL"),
        (["dlq", "list"], "DATABASE_URL"),
        (["sweep"], "DATABASE_URL"),
        (["migrate"], "DATABASE_URL"),
        (["token"], "No dev runs in .dev"),
        (["token", "--dir", "elsewhere"], "No dev runs in elsewhere"),
        (["jobs", "--url", "example.com"], "must start with http"),
        (["jobs", "--url", "http://127.0.0.1:9"], "Nothing answers at http://127.0.0.1:9"),
        (["jobs", "--url", "http://"], "Nothing answers"),
        (["push", "none.json", "--url", "http://127.0.0.1:9"], "none.json: No such file"),
        (["dlq", "list", "--database-url", "mysql://x"], "must start with postgresql://"),
        (["dlq", "list", "--database-url", "nonsense"], "must start with postgresql://"),
        (["dlq", "list", "--database-url", "postgresql://x@127.0.0.1:9/x"], "database cannot be reached"),
        (["migrate", "--database-url", "postgresql://x@127.0.0.1:9/x"], "cannot be migrated"),
        (["sweep", "--database-url", "postgresql://x@127.0.0.1:9/x"], "GOOGLE_CLOUD_PROJECT is not set"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_a_2(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], sentence: str
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=SimpleNamespace(read=lambda: b"{}")))
    monkeypatch.delenv("GOOGLE_CLOUD_PROJECT", raising=False)
    said = run(*arguments)
    assert said.code == 2
    assert sentence in said.err
    assert said.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["submit"],
        ["submit", "x", "--meta", "no-value"],
        ["jobs", "--state", "asleep"],
        ["jobs", "--limit", "0"],
        ["dlq"],
        ["dlq", "show", "x"],
        ["dlq", "show", str(2**63)],
        ["dev", "--port", "70000"],
        ["token", "--for", "console"],
    ],
)
def test_wrong_usage_is_a_2(run: Run, arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.code == 2
    assert said.err.startswith("usage: python -m service")


@pytest.mark.parametrize("command", ["", "dev", "submit", "watch", "jobs", "push", "dlq", "sweep", "migrate", "token"])
def test_every_command_explains_itself(run: Run, command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: python -m service {command}".rstrip())


def test_a_token_of_the_environment_is_used_and_a_missing_one_said(
    run: Run, service: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIPROD_URL", f"{service}/")
    said = run("jobs")
    assert (said.code, "no Authorization header" in said.err) == (2, True)
    monkeypatch.setenv("AIPROD_TOKEN", world.issuer.token(API_AUDIENCE, "stranger@example.com"))
    assert run("jobs").code == 2
    monkeypatch.setenv("AIPROD_TOKEN", world.issuer.token(API_AUDIENCE, CALLER))
    assert run("jobs").code == 0


@pytest.mark.usefixtures("dev")
def test_devs_tokens_are_for_dev_alone(run: Run) -> None:
    said = run("token", "--for", "push")
    assert said.code == 0
    assert said.out.count(".") == 2
    options = parser().parse_args(["jobs", "--url", "https://production.example.com"])
    assert target.token(options, "api", target.service_url(options)) is None


def test_dev_is_found_by_what_it_wrote_down(run: Run, tmp_path: Path) -> None:
    issuer = LocalIssuer.at(tmp_path / ".dev")
    texts = {one.name: one.name for one in fields(devfile.DevFile)}
    ran = Started(pid=1, started_at=0.0)
    named: dict[str, Any] = {
        **texts,
        "key_file": str(tmp_path / ".dev" / "signing-key.pem"),
        "dev": ran,
        "gunicorn": ran,
        "postgres": None,
    }
    devfile.write(tmp_path / ".dev", devfile.DevFile(**named))
    verifier = Verifier(KeyCache(issuer.certs_page))
    for purpose, more in (("api", []), ("push", ["--for", "push"])):
        said = run("token", *more)
        identity = verifier.verify(f"Bearer {said.out.strip()}")
        assert (identity.audience, identity.email) == (f"{purpose}_audience", f"{purpose}_email")
    (tmp_path / ".dev" / "signing-key.pem").unlink()
    said = run("token")
    assert said.code == 2
    assert "key of dev cannot be read" in said.err


def test_options_go_before_the_environment_and_that_before_dev(dev: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def url(*more: str) -> str:
        return target.service_url(parser().parse_args(["jobs", *more]))

    def database(*more: str) -> str:
        return target.database_url(parser().parse_args(["migrate", *more]))

    assert url() == dev
    monkeypatch.setenv("AIPROD_URL", "https://env.example.com/")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p%40ss@env/db?host=/cloudsql/x")
    assert url() == "https://env.example.com"
    assert database() == "postgresql+psycopg2://u:p%40ss@env/db?host=%2Fcloudsql%2Fx"
    assert url("--url", "http://option") == url("list", "--url", "http://option") == "http://option"
    assert database("--database-url", "postgresql://option/db") == "postgresql+psycopg2://option/db"


@pytest.mark.usefixtures("dev")
def test_pubsub_of_dev_is_not_mixed_with_another_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert target.settings(parser().parse_args(["sweep"])).project == "test-project"
    monkeypatch.setenv("DATABASE_URL", "postgresql://production/db")
    with pytest.raises(SettingsError, match="GOOGLE_CLOUD_PROJECT"):
        target.settings(parser().parse_args(["sweep"]))


@pytest.mark.usefixtures("dev")
def test_an_unknown_order_is_told_to_whoever_may_replay_it(run: Run, world: World) -> None:
    failing(run, "j1")
    ids = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"]
    world.query(
        "INSERT INTO job_effects (job_id, round, stage, name, run, request_id, unknown_id, orders, cost_usd)"
        " VALUES ('j1', 0, 'RENDER_EXECUTION', 'film', 1, :last, :first, 2, 0.8) RETURNING 1",
        first=ids[0],
        last=ids[1],
    )
    world.query("UPDATE jobs SET spent_usd = 0.8 RETURNING 1")
    sentence = (
        "The provider may or may not have accepted the order film of RENDER_EXECUTION (run 1, round 0): ask it about "
        f"request {ids[0]} and {ids[1]}. It may have cost 0.8000 USD.\n"
    )
    said = run("jobs", "show", "j1").out
    assert sentence in said
    assert "spent 0.8000 USD\n" in said
    assert "RENDER_EXECUTION  film    1    0      unknown  2       0.8000\n" in said
    assert run("dlq", "show", "1").out.endswith(sentence)
    (order,) = run("dlq", "show", "1", "--json").json["unknown_orders"]
    assert (order["name"], order["cost_usd"], order["request_ids"]) == ("film", 0.8, ids)
    (effect,) = run("jobs", "show", "j1", "--json").json["effects"]
    assert (effect["state"], effect["request_ids"], effect["orders"]) == ("unknown", ids, 2)


# Push


@pytest.mark.usefixtures("dev")
def test_a_wrong_message_is_put_aside_and_read_again(run: Run) -> None:
    Path("poison").write_bytes(b"\x00\xff not a job \x1b[31m")
    assert run("push", "poison", "--message-id", "m1").code == 0
    assert run("push", "poison", "--message-id", "m1").code == 0
    listed = run("dlq", "list", "--json").json
    assert [one["reason"] for one in listed] == ["data_not_json"]
    number = str(listed[0]["id"])
    said = run("dlq", "show", number)
    assert said.code == 0
    assert "data_not_json" in said.out
    assert "\x1b" not in said.out, "a terminal would obey it"
    shown = run("dlq", "show", number, "--json").json
    assert base64.b64decode(shown["data_base64"]) == b"\x00\xff not a job \x1b[31m"
    assert run("dlq", "list", "--reason", "other").out.count("\n") == 1
    assert run("dlq", "list", "--job", "none").out.count("\n") == 1
    assert "add --before" in run("dlq", "list", "--limit", "1").out
    assert run("dlq", "list", "--before", number, "--all", "--json").json == []


@pytest.mark.usefixtures("dev")
def test_what_the_endpoint_refuses_is_printed(run: Run) -> None:
    Path("envelope.json").write_bytes(text({"message": {"data": 7}}))
    said = run("push", "envelope.json")
    assert said.code == 1
    assert said.out == "400 bad_envelope_field: The envelope's 'message.data' must be a string, not a number.\n"
    said = run("push", "envelope.json", "--json")
    assert (said.json["status"], said.json["acknowledged"]) == (400, False)
    assert said.json["problem"]["code"] == "bad_envelope_field"


def test_a_push_without_a_token_that_is_taken(run: Run, service: str) -> None:
    Path("job.json").write_bytes(text(JOB))
    said = run("push", "job.json", "--url", service)
    assert said.code == 2
    assert said.out.startswith("401 no_token: ")


def test_an_envelope_is_sent_as_it_is_and_the_rest_inside_of_one() -> None:
    stored = text(push_body(text(JOB)))
    assert push.push_body(stored, None) == stored
    named = json.loads(push.push_body(stored, "m7"))
    assert (named["message"]["messageId"], named["message"]["message_id"]) == ("m7", "m7")
    for raw in (text(JOB), b"\xff", b"[]", b""):
        wrapped = json.loads(push.push_body(raw, None))
        assert base64.b64decode(wrapped["message"]["data"]) == raw
        assert wrapped["message"]["messageId"].startswith("replay-")


@pytest.mark.parametrize(
    ("answer", "code"),
    [(200, 0), (204, 0), (400, 1), (413, 1), (401, 2), (403, 2), (500, 2), (503, 2)],
)
def test_exit_codes_of_push(run: Run, monkeypatch: pytest.MonkeyPatch, answer: int, code: int) -> None:
    Path("job.json").write_bytes(text(JOB))
    problem = {} if answer < 300 else {"code": "why", "detail": "Because."}
    monkeypatch.setattr(Client, "request", lambda *_a, **_k: Answer(answer, problem, {"Retry-After": "7"}))
    said = run("push", "job.json", "--url", "http://x")
    assert said.code == code
    assert said.out == (f"{answer}: acknowledged\n" if not code else f"{answer} why: Because. Try again in 7 s.\n")


# Replay, discard, cancel


def failing(run: Run, *job_ids: str) -> None:
    """Jobs that have failed for good, each with its dead letter: the first is number 1."""
    for job_id in job_ids:
        job = document({"job_id": job_id, "metadata": {"drill_fail": "permanent"}})
        Path("bad.json").write_bytes(text(job))
        assert run("push", "bad.json").code == 0


def no_job(run: Run, message_id: str = "m1") -> None:
    Path("poison").write_bytes(b"not a job")
    assert run("push", "poison", "--message-id", message_id).code == 0


def letters(world: World) -> list[dict[str, Any]]:
    return world.query("SELECT * FROM dead_letters ORDER BY id")


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Somebody sits at the terminal and types this."""

    def typed(line: str) -> None:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True, readline=lambda: line))

    return typed


@pytest.mark.usefixtures("dev")
def test_a_dead_letter_is_replayed_once_sent_and_on_record(run: Run, world: World) -> None:
    failing(run, "j1")
    said = run("dlq", "replay", "1", "--by", "ada@night")
    assert (said.code, said.out) == (0, "1: job j1 is pending, run 2\n")
    (message,) = world.pubsub.accepted("aiprod-pipeline-jobs")
    assert message.attributes["run"] == "2"
    (letter,) = letters(world)
    assert (letter["replayed_at"] is not None, letter["handled_by"]) == (True, "ada@night")
    (note,) = world.query("SELECT state_metadata AS note FROM job_states WHERE reason = 'replay'")
    assert note["note"] == {"by": "ada@night", "from_stage": None}
    said = run("dlq", "replay", "1")
    assert said.code == 1
    assert "was already replayed at 20" in said.out
    assert "by ada@night." in said.out
    assert world.job("j1")["run"] == 2
    assert run("dlq", "list", "--json").json == []
    assert re.search(r"replayed \d+ s ago by ada@night", run("dlq", "list", "--all").out)


@pytest.mark.usefixtures("dev")
def test_who_does_it_is_the_user_of_the_machine(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    failing(run, "j1", "j2")
    run("dlq", "replay", "1")
    run("dlq", "discard", "2")
    assert {one["handled_by"] for one in letters(world)} == {f"ada@{socket.gethostname()}"}


@pytest.mark.usefixtures("dev")
def test_several_are_handled_and_each_is_spoken_of(run: Run, world: World) -> None:
    failing(run, "j1", "j2")
    no_job(run)
    said = run("dlq", "replay", "3", "1", "99", "1", "2", "--json")
    assert said.code == 1
    assert [(one["dead_letter_id"], one["job_id"], one["done"], one["run"], one["sent"]) for one in said.json] == [
        (3, None, False, None, None),
        (1, "j1", True, 2, True),
        (99, None, False, None, None),
        (2, "j2", True, 2, True),
    ]
    assert "was not a job of ours (data_not_json): it can only be discarded" in said.json[0]["why"]
    assert said.json[2]["why"] == "There is no dead letter 99."
    assert [world.job(job_id)["run"] for job_id in ("j1", "j2")] == [2, 2]


@pytest.mark.usefixtures("dev")
def test_a_letter_is_discarded_once(run: Run, world: World) -> None:
    no_job(run)
    failing(run, "j1")
    assert run("dlq", "discard", "1", "2", "--by", "ada").out == "1: discarded\n2: discarded\n"
    assert [(one["discarded_at"] is not None, one["handled_by"]) for one in letters(world)] == [(True, "ada")] * 2
    said = run("dlq", "discard", "2", "99")
    assert said.code == 1
    assert "Dead letter 2 was already discarded" in said.out
    assert "There is no dead letter 99." in said.out
    said = run("dlq", "replay", "2")
    assert said.code == 1
    assert "Run its job again with `jobs replay j1`." in said.out
    assert run("jobs", "replay", "j1").code == 0
    assert letters(world)[1]["replayed_at"] is None, "it was discarded, and stays so"
    assert run("dlq", "discard", "1", "--json").json[0]["done"] is False


FILTERS = [
    (["--reason", "drill_permanent"], [1, 2]),
    (["--reason", "data_not_json"], [3]),
    (["--job", "j2"], [2]),
    (["--all-open"], [1, 2, 3]),
    (["--since", "2020-01-01", "--until", "2999-01-01T00:00:00Z"], [1, 2, 3]),
    (["--since", "2999-01-01"], []),
    (["--until", "2020-01-01"], []),
    (["--job", "j1", "--reason", "data_not_json"], []),
]


@pytest.mark.usefixtures("dev")
@pytest.mark.parametrize(("narrow", "numbers"), FILTERS, ids=str)
def test_a_filter_chooses(run: Run, narrow: list[str], numbers: list[int]) -> None:
    failing(run, "j1", "j2")
    no_job(run)
    listed = run("dlq", "list", "--json", *(one for one in narrow if one != "--all-open")).json
    assert [one["id"] for one in listed] == numbers[::-1]
    said = run("dlq", "discard", *narrow, "--yes", "--json")
    assert (said.code, [one["dead_letter_id"] for one in said.json]) == (0, numbers)
    assert all(one["done"] for one in said.json)
    assert run("dlq", "discard", *narrow, "--yes").out == "No open dead letter matches.\n"


@pytest.mark.usefixtures("dev")
def test_a_filter_shows_what_it_found_and_asks(run: Run, world: World, answer: Callable[[str], None]) -> None:
    failing(run, "j1", "j2")
    no_job(run)
    for line in ("n\n", "\n", "", "yes please\n"):
        answer(line)
        said = run("dlq", "replay", "--all-open")
        assert said.code == 1
        assert [row.split()[0] for row in said.out.splitlines()[1:4]] == ["3", "2", "1"]
        assert "3 dead letters; 1 of them without a run can only be discarded" in said.out
        assert said.out.endswith("Nothing was done.\n")
        assert said.err == "Replay 3 dead letters? [y/N] "
    assert all(one["handled_by"] is None for one in letters(world))
    answer("y\n")
    said = run("dlq", "replay", "--all-open")
    assert said.code == 1, "one of them could not be"
    assert said.out.splitlines()[-3:] == [
        "1: job j1 is pending, run 2",
        "2: job j2 is pending, run 2",
        "Dead letter 3 was not a job of ours (data_not_json): it can only be discarded.",
    ]


@pytest.mark.usefixtures("dev")
def test_a_preview_is_short_and_a_filter_has_a_limit(
    run: Run, answer: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        no_job(run, f"m{n}")
    monkeypatch.setattr(dlq, "PREVIEW_ROWS", 2)
    answer("no\n")
    assert "… and 2 more\n4 dead letters\n" in run("dlq", "discard", "--all-open").out
    monkeypatch.setattr(dlq, "MAX_MATCHES", 3)
    said = run("dlq", "discard", "--all-open", "--yes")
    assert (said.code, said.out) == (2, "")
    assert "More than 3 dead letters match" in said.err


@pytest.mark.usefixtures("dev")
def test_what_is_not_said_is_not_done(run: Run, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(run, "j1")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: False))
    for arguments, sentence in (
        ((), "Choose dead letters by id"),
        (("1", "--all-open"), "not by both"),
        (("--all-open",), "There is no terminal to ask on: confirm with --yes."),
        (("--all-open", "--json"), "There is no terminal to ask on: confirm with --yes."),
        (("--since", "yesterday"), "must be a time such as"),
    ):
        for verb in ("replay", "discard"):
            said = run("dlq", verb, *arguments)
            assert said.code == 2
            assert sentence in said.err
    assert letters(world)[0]["handled_by"] is None


@pytest.mark.usefixtures("dev")
def test_a_replay_stands_where_pubsub_is_away(run: Run, world: World) -> None:
    failing(run, "j1", "j2")
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("dlq", "replay", "1", "2")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "The messages of 2 jobs could not be published now; the sweep will retry."
    assert [world.job(job_id)["state"] for job_id in ("j1", "j2")] == ["pending"] * 2
    world.query("UPDATE outbox SET created_at = clock_timestamp() - interval '1 hour' RETURNING 1")
    assert run("sweep", "--json").json["published"] == 2
    assert len(world.pubsub.accepted("aiprod-pipeline-jobs")) == 2


@pytest.mark.usefixtures("dev")
def test_a_replay_from_a_stage(run: Run, world: World) -> None:
    failing(run, "j1")
    said = run("dlq", "replay", "1", "--from-stage", "DELIVERED")
    assert said.code == 1
    assert "never began a stage 'DELIVERED'; it began INIT, ANALYSIS, FAST_TRACK" in said.out
    assert run("dlq", "replay", "1", "--from-stage", "ANALYSIS").code == 0
    job = world.job("j1")
    assert (job["stage"], job["round"]) == ("ANALYSIS", 1)


@pytest.mark.usefixtures("dev")
def test_jobs_are_cancelled_and_run_again(run: Run, world: World) -> None:
    for job_id in ("j1", "j2"):
        run("submit", "Text", "--job-id", job_id)
    said = run("jobs", "cancel", "j1")
    assert (said.code, said.out) == (0, "j1: cancelled\n")
    said = run("jobs", "cancel", "j1", "nobody", "j2", "--json")
    assert said.code == 1
    assert [(one["job_id"], one["done"], one["state"]) for one in said.json] == [
        ("j1", True, "cancelled"),
        ("nobody", False, None),
        ("j2", True, "cancelled"),
    ]
    assert f"Z  pending → cancelled  cancelled by {CALLER}\n" in run("jobs", "show", "j1").out
    said = run("jobs", "replay", "j1", "nobody")
    assert (said.code, said.out) == (1, "j1: pending, run 2\nThere is no job 'nobody'.\n")
    said = run("jobs", "--json", "replay", "j1", "j2")
    assert said.code == 1
    assert [(one["job_id"], one["done"], one["run"], one["sent"]) for one in said.json] == [
        ("j1", False, None, None),
        ("j2", True, 2, True),
    ]
    assert "is pending in run 2: only a job that failed or was cancelled is run again" in said.json[0]["why"]
    assert [message.attributes["run"] for message in world.pubsub.accepted("aiprod-pipeline-jobs")] == list("1122")


@pytest.mark.usefixtures("dev")
def test_a_job_that_has_ended_is_not_cancelled(run: Run) -> None:
    Path("job.json").write_bytes(text(JOB))
    run("push", "job.json")
    said = run("jobs", "cancel", JOB["job_id"])
    assert (said.code, said.out) == (1, f"{JOB['job_id']}: The job has already ended: it is completed.\n")


def test_a_cancel_that_nobody_may_ask_for(run: Run, service: str) -> None:
    said = run("jobs", "cancel", "j1", "--url", service)
    assert (said.code, said.out) == (2, "")
    assert "no Authorization header" in said.err


@pytest.mark.usefixtures("dev")
def test_what_happened_to_a_failed_job(run: Run) -> None:
    failing(run, "j1")
    said = run("jobs", "show", "j1")
    assert (
        "  code drill_permanent, stage RENDER_EXECUTION, attempt 1, dead letter 1: python -m service dlq show 1\n"
        "dead letter 1 of run 1: drill_permanent\n"
    ) in said.out
    run("dlq", "discard", "1", "--by", "ada")
    told = run("jobs", "show", "j1").out
    assert re.search(r"dead letter 1 of run 1: drill_permanent, discarded \d+ s ago by ada\n", told)


# Sweep and migrate


@pytest.mark.usefixtures("dev")
def test_the_sweep_sends_what_was_left_behind(run: Run, world: World) -> None:
    run("submit", "Text", "--job-id", "j1")
    world.query("UPDATE jobs SET enqueued_at = clock_timestamp() - interval '1 day' RETURNING 1")
    said = run("sweep", "--age", "60")
    assert (said.code, said.out) == (0, "Jobs resent: 1; messages published: 0; failed: 0.\n")
    assert run("sweep", "--json").json == {"resent": [], "published": 0, "failed": 0, "parked": []}
    assert len(world.pubsub.accepted("aiprod-pipeline-jobs")) == 2


def test_migrating_again_changes_nothing(run: Run, database_url: str) -> None:
    said = run("migrate", "--database-url", database_url)
    assert (said.code, said.out) == (0, "The database has this version's tables.\n")
    assert run("migrate", "--database-url", database_url, "--json").json["version"].isdigit()


# As a process of its own


def test_python_m_service() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "LOG_LEVEL": "of no kind"}
    command = [sys.executable, "-m", "service", "jobs"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_an_interrupt_is_quiet(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> Answer:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "request", interrupted)
    said = run("watch", "x", "--url", "http://x")
    assert (said.code, said.out, said.err) == (130, "", "")


def test_a_value_that_the_database_cannot_look_for(
    run: Run, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_rows(monkeypatch, lambda *_: (_ for _ in ()).throw(db.BadData("ValueError")))
    said = run("dlq", "list", "--database-url", database_url)
    assert (said.code, said.err) == (2, "The database cannot search for this value.\n")


# The live view


def story(**changes: Any) -> dict[str, Any]:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)

    def stage(name: str, status: str, took_s: float | None = None, error: str | None = None) -> dict[str, Any]:
        ended = None if took_s is None else (at + timedelta(seconds=took_s)).isoformat()
        times = {"started_at": at.isoformat(), "finished_at": ended}
        return {"stage": name, "run": 1, "round": 0, "status": status, "error": error, **times}

    return {
        "job_id": "j1",
        "preset": "quick_social",
        "state": "processing",
        "stage": "RENDER",
        "run": 1,
        "attempts": 0,
        "error": None,
        "progress": {"done": 1, "stage": "RENDER", "fraction": 0.5, "note": "shot 2 of 4", "percent": 75},
        "stages": [
            stage("INIT", "finished", 1.25),
            stage("RENDER", "failed", error="away"),
            stage("RENDER", "started"),
        ],
        "history": [],
        "result": None,
        **changes,
    }


def test_the_view_of_a_job() -> None:
    assert live_view.block(story()) == [
        "j1  quick_social  processing",
        "  ✓ INIT                    1.2 s",
        "  ✗ RENDER                  away",
        "  ▸ RENDER                  50% shot 2 of 4",
        f"  {'█' * 24}{'░' * 8} 75 %",
    ]


def test_the_view_is_never_wider_or_higher_than_the_terminal() -> None:
    lines = live_view.fit(live_view.block(story()), os.terminal_size((10, 4)))
    assert lines == ["  ▸ RENDE", f"  {'█' * 7}"]
    assert live_view.fit(["x"], os.terminal_size((0, 0))) == ["x"]


def test_the_stage_in_hand_says_since_when() -> None:
    now = datetime(2026, 11, 25, 12, 0, 7, tzinfo=UTC)
    assert live_view.block(story(), now)[3] == "  ▸ RENDER                  7 s  50% shot 2 of 4"
    assert live_view.block(story(), now - timedelta(minutes=1))[3].startswith("  ▸ RENDER                  0 s")


def test_a_table_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.print_table(("A", "B"), [("x" * 300, "y")])
    assert len(capsys.readouterr().out.splitlines()[1]) == 303, "whole where it goes into a file"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    terminal.print_table(("A", "B"), [("x" * 300, "y")])
    assert capsys.readouterr().out.splitlines()[1] == "x" * 79 + "…"


def test_a_terminal_obeys_nothing_of_a_jobs() -> None:
    nasty = "\x1b[2J\x07\u202e\r\n\x9b31m"
    shown = "\n".join(
        [
            *live_view.block(story(job_id=nasty, progress={"note": nasty, "fraction": None, "percent": None})),
            *live_view.changes(None, story(stage=nasty, error={"message": nasty}, state="pending")),
            *live_view.ending(story(state="failed", result={"error_message": nasty})),
            *live_view.ending(story(state="completed", result={"output": {nasty: nasty}})),
            *terminal.format_table(("A", "B"), [(nasty, nasty)]),
        ]
    )
    assert not set(shown) & set("\x1b\x07\u202e\r\x9b")


def test_news_are_what_was_not_seen_before() -> None:
    first = story(state="pending", stages=[], progress={"note": None, "percent": 0})
    assert live_view.changes(None, first) == ["j1 is pending"]
    assert live_view.changes(first, first) == []
    second = story()
    assert live_view.changes(first, second) == [
        "  INIT finished 1.2 s",
        "  RENDER failed away",
        "  RENDER started",
        "  RENDER: shot 2 of 4",
        "j1 is processing",
    ]
    assert live_view.changes(second, second) == []
    third = story(state="pending", attempts=1, run=2, error={"message": "Busy."})
    assert live_view.changes(second, third) == ["j1 is pending, run 2, attempts used: 1: Busy."]


def test_a_round_is_told_with_who_began_it() -> None:
    first = story()
    done, _, begun = first["stages"]
    second = story(
        stages=[
            *first["stages"][:2],
            {**done, "stage": "RENDER"},
            {**done, "stage": "QA"},
            {**begun, "round": 1},
            {**begun, "stage": "INIT", "run": 2, "round": 2},
        ]
    )
    assert live_view.block(second)[3:8] == [
        "  ✓ RENDER                  1.2 s",
        "  ✓ QA                      1.2 s",
        "  ↺ sent back by QA: round 1",
        "  ▸ RENDER                  50% shot 2 of 4",
        "  ↺ replayed from INIT: round 2",
    ]
    assert live_view.changes(first, second) == [
        "  RENDER finished 1.2 s",
        "  QA finished 1.2 s",
        "  ↺ sent back by QA: round 1",
        "  RENDER started",
        "  ↺ replayed from INIT: round 2",
        "  INIT started",
    ]
    assert live_view.changes(second, second) == []


@pytest.mark.parametrize(
    ("state", "result", "error", "lines"),
    [
        (
            "completed",
            {"output": {"film": "file:///a%20b/f.mp4", "n": 2, "deep": {}}},
            None,
            ["film: /a b/f.mp4", "n: 2"],
        ),
        ("completed", {"output": ["x"]}, None, []),
        ("failed", {"error_message": "Too long."}, None, ["failed: Too long."]),
        ("failed", None, {"message": "Away."}, ["failed: Away."]),
        ("cancelled", {"error_message": None}, None, ["cancelled"]),
    ],
)
def test_the_ending(state: str, result: object, error: object, lines: list[str]) -> None:
    assert live_view.ending(story(state=state, result=result, error=error)) == lines


class Service:
    """Answers a look at a job with one thing after another; None: nothing is new."""

    def __init__(self, *answers: Mapping[str, Any] | Exception | None) -> None:
        self.answers = iter(answers)
        self.etags: list[str | None] = []

    def request(self, method: str, path: str, *, etag: str | None) -> Answer:
        assert (method, path) == ("GET", "/pipeline/job/j%2F1")
        self.etags.append(etag)
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return Answer(304, {}, {}) if answer is None else Answer(200, dict(answer), {"ETag": f'"{len(self.etags)}"'})


@pytest.fixture
def _no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_view, "pause", lambda: None)


AWAY = Unavailable("service_unreachable", "Nothing answers.")
BUSY = CommandFailed("The database cannot be reached.", exit_code=2)
GONE = CommandFailed("There is no job.", exit_code=1)


@pytest.mark.usefixtures("_no_wait")
def test_a_service_that_is_away_for_a_moment_does_not_end_the_watching() -> None:
    service: Any = Service(story(), AWAY, BUSY, story(state="completed"))
    assert [one["state"] for one in live_view.poll(service, "j/1")] == ["processing", "completed"]


@pytest.mark.usefixtures("_no_wait")
def test_a_look_says_what_it_has_seen() -> None:
    service: Any = Service(story(), None, None, story(state="failed"))
    assert [one["state"] for one in live_view.poll(service, "j/1")] == ["processing"] * 3 + ["failed"]
    assert service.etags == [None, '"1"', '"1"', '"1"']


@pytest.mark.usefixtures("_no_wait")
@pytest.mark.parametrize("answers", [(AWAY,), (BUSY,), (GONE,), (story(), GONE)], ids=str)
def test_a_service_that_was_never_there_ends_it(answers: Any) -> None:
    service: Any = Service(*answers)
    with pytest.raises((Unavailable, CommandFailed)):
        list(live_view.poll(service, "j/1"))


@pytest.mark.usefixtures("_no_wait")
def test_a_service_that_stays_away_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_view, "PATIENCE_S", -1.0)
    service: Any = Service(story(), AWAY, story())
    with pytest.raises(Unavailable):
        list(live_view.poll(service, "j/1"))


@pytest.mark.usefixtures("_no_wait")
def test_on_a_terminal_the_block_is_drawn_over(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    service: Any = Service(story(), story(state="failed", result={"error_message": "Too long."}))
    assert live_view.follow(service, "j/1", as_json=False) == 1
    out = capsys.readouterr().out
    assert out.startswith("\x1b[Jj1  quick_social  processing\n")
    assert re.search(r"▸ RENDER +\d+ s  50% shot 2 of 4\n", out)
    assert "\x1b[5A\r\x1b[Jj1  quick_social  failed\n" in out
    assert out.endswith("failed: Too long.\n")


@pytest.mark.parametrize(
    ("raw", "parsed"),
    [
        ("duration_sec=10", ("duration_sec", 10)),
        ("lang=en", ("lang", "en")),
        ("aspect_ratio=9:16", ("aspect_ratio", "9:16")),
        ("a==b", ("a", "=b")),
        ("on=true", ("on", True)),
        ("empty=", ("empty", "")),
        ('text="10"', ("text", "10")),
        ("list=[1, 2]", ("list", [1, 2])),
        ("deep=" + "[" * 100_000, ("deep", "[" * 100_000)),
    ],
    ids=lambda one: str(one)[:20],
)
def test_metadata_on_the_command_line(raw: str, parsed: tuple[str, object]) -> None:
    assert jobs.metadata_option(raw) == parsed


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s ago"), (59, "59 s ago"), (90, "2 min ago"), (7_200, "2 h ago"), (200_000, "2 d ago")]
)
def test_how_long_ago(seconds: int, said: str) -> None:
    at = datetime.now(UTC) - timedelta(seconds=seconds)
    assert terminal.time_ago(at) == terminal.time_ago(at.isoformat()) == said
    assert terminal.time_ago(None) == ""


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(422, {"detail": "Why."}, {}), "Why."),
        (Answer(502, {}, {}), "The service answered 502 Bad Gateway."),
        (Answer(599, {"detail": 7}, {}), "The service answered 599."),
    ],
)
def test_the_sentence_of_an_answer(answer: Answer, sentence: str) -> None:
    assert answer.sentence == sentence
