"""`push`: a stored message through the real endpoint."""

import base64
import json
from pathlib import Path

import pytest

from service.cli import push
from service.cli.client import Answer, Client
from tests.support.bad_messages import JOB, text
from tests.support.bad_messages import envelope as push_body
from tests.support.cli import Run


@pytest.mark.usefixtures("dev")
def test_a_bad_message_becomes_a_dead_letter_that_can_be_shown(run: Run) -> None:
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
    assert run("dlq", "list", "--limit", "1").err == "", "that was all"
    run("push", "poison", "--message-id", "m2")
    newest = run("dlq", "list", "--json").json[0]["id"]
    assert run("dlq", "list", "--limit", "1").err == f"There are more: add --before {newest}\n"
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


def test_a_push_without_a_valid_token(run: Run, service: str) -> None:
    Path("job.json").write_bytes(text(JOB))
    said = run("push", "job.json", "--url", service)
    assert said.code == 2
    assert said.out.startswith("401 no_token: ")


def test_an_envelope_is_sent_as_it_is_and_anything_else_is_wrapped() -> None:
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
