"""Every kind of wrong message, posted to the real application, gets the answer that the table says and a sentence that
names the field, never a 500; and one dead letter, however often it is delivered."""

import hashlib
import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lab.harness.names import DLQ
from lab.harness.world import World
from service.delivery.messages import MAX_ATTRIBUTE_BYTES
from tests.support.bad_messages import BAD_MESSAGES, JOB, JOB_ID, Bad, envelope, text
from tests.support.endpoint import Endpoint


def test_every_kind_of_wrong_message(
    endpoint: Endpoint, world: World, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    for bad in BAD_MESSAGES:
        with subtests.test(bad.kind):
            caplog.clear()
            body = bad.body()
            before = len(world.pubsub.accepted(DLQ))
            answers = [endpoint.push(body, bad.headers) for _ in range(2)]
            letters = endpoint.letters()
            endpoint.forget()
            assert [answer.status_code for answer in answers] == [bad.status] * 2
            if bad.status == 204:
                is_put_aside(bad, letters, world.published(DLQ)[before:])
            else:
                assert letters == []
                for answer in answers:
                    is_refused(bad, answer)
            assert [record.getMessage() for record in caplog.records if record.exc_info] == [], "no traceback"
    assert world.query("SELECT id FROM jobs") == []


def is_put_aside(bad: Bad, letters: list[dict[str, Any]], published: list[dict[str, Any]]) -> None:
    (letter,) = letters
    assert letter["reason"] == bad.code
    assert bad.names in letter["error"]
    assert letter["job_id"] == bad.job_id
    assert letter["run"] is None, "it is no run of a job"
    assert letter["data"] is not None
    assert len(letter["message_key"].encode()) <= MAX_ATTRIBUTE_BYTES
    (message,) = published
    assert message["message_key"] == letter["message_key"]
    assert (message["reason"], message["job_id"]) == (bad.code, bad.job_id)
    assert bad.names in message["error"]


def is_refused(bad: Bad, answer: TestResponse) -> None:
    assert answer.content_type == "application/problem+json"
    problem = json.loads(answer.data)
    assert problem["code"] == bad.code
    assert problem["status"] == bad.status
    assert bad.names in problem["detail"]


def test_the_data_is_kept_as_it_came(endpoint: Endpoint) -> None:
    assert endpoint.push(text(envelope(b"\x00\xff\xfe"))).status_code == 204
    assert bytes(endpoint.letters()[0]["data"]) == b"\x00\xff\xfe"


def test_two_messages_with_the_same_wrong_data_are_two_letters(endpoint: Endpoint) -> None:
    for message_id in ("1", "2", "2"):
        endpoint.push(text(envelope(b"no job", message_id=message_id)))
    assert len(endpoint.letters()) == 2


def test_without_a_message_id_the_data_tells_them_apart(endpoint: Endpoint) -> None:
    for data in (b"no job", b"no job", b"none either"):
        endpoint.push(text(envelope(data, {"messageId": None, "message_id": None})))
    keys = {letter["message_key"] for letter in endpoint.letters()}
    assert keys == {f"dead:msg:sha256:{hashlib.sha256(data).hexdigest()}" for data in (b"no job", b"none either")}


def test_a_message_id_of_any_length_has_its_letter(endpoint: Endpoint, world: World) -> None:
    for _ in range(2):
        assert endpoint.push(text(envelope(b"no job", message_id="7" * 5_000))).status_code == 204
    assert len(endpoint.letters()) == 1
    assert len(world.pubsub.accepted(DLQ)) == 1


def test_wrong_data_under_the_id_of_a_job_leaves_the_job_alone(endpoint: Endpoint, world: World) -> None:
    assert endpoint.push(text(envelope(text(JOB), message_id="good"))).status_code == 204
    before = world.job(JOB_ID)
    assert before["state"] == "completed"
    assert endpoint.push(text(envelope(text({**JOB, "preset": "none"}), message_id="wrong"))).status_code == 204
    assert endpoint.push(text(envelope(text({**JOB, "content": "Other."}), message_id="other"))).status_code == 204
    assert [letter["reason"] for letter in endpoint.letters()] == ["job_id_conflict"] * 2
    assert world.job(JOB_ID) == before
