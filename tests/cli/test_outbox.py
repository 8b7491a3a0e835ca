"""Messages that are not sent: list, show, send and drop them."""

import grpc
import pytest

from lab.harness.world import World
from tests.support.cli import Run

BOX = """
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload, parked_at, error, published_at)
    VALUES (NULL, 'aiprod-pipeline-dlq', 'dead:1', '', '{"a": "b"}', '{"reason": "\x1b[31m no job"}', now(),
            'too \x1b[1m big', NULL),
           (NULL, 'aiprod-pipeline-results', 'result:j1:1', 'j1', '{}', '{"job_id": "j1"}', NULL, NULL, NULL),
           (NULL, 'aiprod-pipeline-dlq', 'dead:2', '', '{}', '{}', now(), 'too big', NULL),
           (NULL, 'aiprod-pipeline-dlq', 'dead:3', '', '{}', '', NULL, NULL, now())
    RETURNING 1"""


@pytest.fixture
def _box(world: World) -> None:
    world.query(BOX)


@pytest.mark.usefixtures("dev", "_box")
def test_unsent_messages_are_listed_and_shown(run: Run) -> None:
    said = run("outbox", "list")
    head, *rows = said.out.splitlines()
    assert head.split() == ["ID", "CREATED", "STATE", "TOPIC", "KEY", "JOB", "BYTES", "ERROR"]
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert "\x1b" not in said.out
    assert [one["id"] for one in run("outbox", "list", "--parked", "--json").json] == [1, 3]
    assert [one["id"] for one in run("outbox", "list", "--topic", "aiprod-pipeline-results", "--json").json] == [2]
    assert run("outbox", "list", "--job", "j1", "--json").json == []
    first = run("outbox", "list", "--limit", "2")
    assert (first.out.count("\n"), first.err) == (3, "There are more: add --after 2\n")
    assert [one["id"] for one in run("outbox", "list", "--after", "2", "--json").json] == [3]
    said = run("outbox", "show", "1")
    assert 'payload       {"reason": " [31m no job"}\n' in said.out
    assert 'attributes    {"a": "b"}\n' in said.out
    assert run("outbox", "show", "1", "--json").json["payload"] == '{"reason": "\x1b[31m no job"}'
    assert "payload       (gone: it was sent)\n" in run("outbox", "show", "4").out
    assert run("outbox", "show", "99").code == 1


@pytest.mark.usefixtures("dev", "_box")
def test_a_parked_message_is_sent_again(run: Run, world: World) -> None:
    said = run("outbox", "send", "1", "4", "--by", "ada", "--why", "the topic is back")
    assert (said.code, said.out.splitlines()[0]) == (0, "1: sent")
    assert said.out.splitlines()[1].startswith("Message 4 was sent at 20")
    (message,) = world.pubsub.accepted("aiprod-pipeline-dlq")
    assert (message.data, message.attributes) == (b'{"reason": "\x1b[31m no job"}', {"a": "b", "message_key": "dead:1"})
    assert [one["id"] for one in run("outbox", "list", "--json").json] == [2, 3]
    *_, act = world.query("SELECT act, who, why, target FROM acts ORDER BY id")
    assert (act["act"], act["who"], act["why"]) == ("send", "ada", "the topic is back")
    assert act["target"] == {"message_id": 1, "message_key": "dead:1"}


@pytest.mark.usefixtures("dev", "_box")
def test_what_pubsub_does_not_take_is_no_success(run: Run, world: World) -> None:
    world.pubsub.faults.fail_publish(grpc.StatusCode.INVALID_ARGUMENT, times=1)
    said = run("outbox", "send", "3")
    assert (said.code, said.out.startswith("Message 3 is parked again: Pub/Sub rejects it")) == (1, True)
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE, times=1)
    said = run("outbox", "send", "--parked", "--yes", "--json")
    assert (said.code, [(one["message_id"], one["done"], one["sent"]) for one in said.json]) == (
        1,
        [(1, True, False), (3, True, False)],
    )
    assert said.err == "2 messages could not be published now; the sweep will retry.\n"
    assert run("outbox", "list", "--parked", "--json").json == [], "they are owed: the sweep sends them"


@pytest.mark.usefixtures("dev", "_box")
def test_a_message_is_dropped_with_a_reason(run: Run, world: World) -> None:
    assert run("outbox", "drop", "1").code == 2, "it must say why"
    said = run("outbox", "drop", "--parked", "--dry-run", "--why", "x")
    assert said.out.endswith("2 messages: 2 parked (aiprod-pipeline-dlq)\n")
    said = run("outbox", "drop", "1", "4", "99", "--why", "nobody listens", "--by", "ada")
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0] == "1: dropped"
    assert lines[1].startswith("Message 4 was sent at 20")
    assert lines[2] == "There is no unsent message 99."
    assert [row["id"] for row in world.query("SELECT id FROM outbox ORDER BY id")] == [2, 3, 4]
    act = world.query("SELECT who, why, target FROM acts ORDER BY id")[-1]
    assert (act["who"], act["why"], act["target"]["message_key"]) == ("ada", "nobody listens", "dead:1")
