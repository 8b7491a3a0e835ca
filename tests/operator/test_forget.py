"""Forgetting a person deletes what is known of them everywhere, keeps counts, and touches nobody else's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from lab.harness.messages import Brief, envelope
from lab.harness.names import API_AUDIENCE, CALLER, RESULTS
from lab.harness.world import World
from service import artifacts
from service.operator import forget
from service.operator.forget import Forgotten, name_on_record, names_user
from tests.support.gated import Gates, Start, later, never

ADA = 'ada "the first" é'
SECRET = "the secret of a lighthouse"


def forgotten(service: Any, user_id: str = ADA, *, files: Callable[[str], int] | None = None) -> Forgotten:
    part = service.service
    return forget.forget(
        part.engine,
        part.publisher,
        part.settings.topics,
        user_id,
        who="tester",
        why="asked to",
        remove_files=files or (lambda _job_id: 0),
        grace_s=0.0,
    )


def everything(world: World) -> Iterator[tuple[str, str]]:
    """Yield each row of each table as text, as psql would show it, and its binary data decoded."""
    for table in world.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"):
        for row in world.query(f"SELECT CAST(t AS text) AS shown FROM {table['name']} t"):
            yield table["name"], row["shown"]
    for row in world.query("SELECT data FROM dead_letters WHERE data IS NOT NULL"):
        yield "dead_letters", bytes(row["data"]).decode("utf-8", "replace")


def mentions(world: World, *texts: str) -> list[str]:
    spelled = {spelling for text in texts for spelling in (text, json.dumps(text)[1:-1], text.replace('"', '""'))}
    return [table for table, shown in everything(world) if any(spelling in shown for spelling in spelled)]


def test_nothing_of_the_person_is_left_and_all_of_the_others(
    start: Start, world: World, gates: Gates, tmp_path: Path
) -> None:
    service = start()
    completed, failed, waiting = (Brief(user_id=ADA, content=SECRET, metadata={"note": SECRET}) for _ in range(3))
    other = Brief(user_id="bob")
    gates.does(failed.job_id, "B", never)
    gates.does(waiting.job_id, "B", later)
    for brief in (completed, failed, waiting, other):
        service.push(brief.body())
    refused = {"job_id": "r1", "user_id": ADA, "content": SECRET, "preset": "no_such_preset"}
    of_bob = {
        "job_id": "r2",
        "user_id": "bob",
        "content": "about " + ADA,
        "preset": "no_such_preset",
        "metadata": {"to": ADA},
    }
    service.push(envelope(json.dumps(refused).encode()))
    service.push(envelope(json.dumps(refused, ensure_ascii=False, indent=1).encode(), message_id="again"))
    service.push(envelope(json.dumps(of_bob).encode()))
    headers = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}", "Idempotency-Key": '"k"'}
    submitted = Brief(user_id=ADA, content=SECRET, job_id="by-the-api")
    assert service.app.test_client().post("/pipeline/run", data=submitted.data(), headers=headers).status_code == 202
    world.query("INSERT INTO user_limits (user_id, set_by) VALUES (:u, 'x') RETURNING 1", u=ADA)
    world.query(
        "INSERT INTO pauses (scope, name, why, paused_by) VALUES ('user', :u, :s, 'x') RETURNING 1", u=ADA, s=SECRET
    )
    world.query(
        "INSERT INTO acts (act, who, why, target) VALUES ('limit', 'x', :s, CAST(:t AS json)) RETURNING 1",
        s=SECRET,
        t=json.dumps({"user": ADA}),
    )
    store = artifacts.connect((tmp_path / "files").as_uri())
    (tmp_path / "film").write_text(SECRET)
    store(completed.job_id).put(tmp_path / "film", "film.mp4", "video/mp4")
    store(other.job_id).put(tmp_path / "film", "film.mp4", "video/mp4")

    before = forget.preview(world.engine, ADA)
    done = forgotten(service, files=lambda job_id: store(job_id).remove())

    assert (done.left, done.files, done.letters) == (0, 1, 2)
    assert sum(done.jobs.values()) == sum(before.jobs.values()) == 4
    assert before.letters == 2
    assert [table for table in mentions(world, ADA, SECRET) if table != "dead_letters"] == []
    assert world.query("SELECT 1 FROM outbox WHERE message_key LIKE '%again'") == []
    # Bob's letter mentions the person, but is his.
    assert len(world.query("SELECT 1 FROM dead_letters WHERE data IS NOT NULL")) == 1
    assert [row["id"] for row in world.query("SELECT id FROM jobs")] == [other.job_id]
    assert len(list((tmp_path / "files").iterdir())) == 1
    assert len(world.query("SELECT 1 FROM tombstones")) == 4
    # The producers of cancelled jobs are told, and late messages stay duplicates.
    cancelled = [message for message in world.published(RESULTS) if message["status"] == "cancelled"]
    assert waiting.job_id in {message["job_id"] for message in cancelled}
    ran = len(gates.runs)
    for brief in (completed, failed, waiting):
        assert service.push(brief.body()).status == 204
    assert len(gates.runs) == ran
    assert [table for table in mentions(world, ADA, SECRET) if table != "dead_letters"] == []


def test_the_record_has_the_counts_and_no_name(start: Start, world: World) -> None:
    service = start()
    service.push(Brief(user_id=ADA).body())
    forgotten(service)
    (act,) = world.query("SELECT * FROM acts WHERE act = 'forget'")
    assert (act["who"], act["why"]) == ("tester", "asked to")
    assert act["target"]["jobs"] == {"completed": 1}
    assert act["target"]["user_sha256"] == name_on_record(ADA)
    assert "ada" not in json.dumps(act["target"])


def test_what_owes_a_message_is_left_and_forgotten_by_the_next_call(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief(user_id=ADA)
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    world.pubsub.faults.fail_publish(grpc.StatusCode.UNAVAILABLE)
    done = forgotten(service)
    assert (done.left, done.jobs) == (1, {})
    assert done.why is not None
    assert "Pub/Sub" in done.why
    world.pubsub.faults.clear()
    assert forgotten(service).jobs == {"cancelled": 1}
    assert len(world.published(RESULTS)) == 1


def test_a_parked_message_does_not_keep_a_person(start: Start, world: World) -> None:
    service = start()
    service.push(Brief(user_id=ADA, content=SECRET).body())
    world.query("UPDATE outbox SET published_at = NULL, parked_at = now(), payload = :s RETURNING 1", s=SECRET)
    assert forgotten(service).left == 0
    assert mentions(world, SECRET) == []


def test_files_that_cannot_be_deleted_keep_their_job_for_the_next_call(start: Start, world: World) -> None:
    service = start()
    service.push(Brief(user_id=ADA).body())

    def fails(_job_id: str) -> int:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        forgotten(service, files=fails)
    assert len(world.query("SELECT 1 FROM jobs")) == 1
    assert forgotten(service, files=lambda _job_id: 3).files == 3


def test_a_preview_deletes_nothing(start: Start, world: World) -> None:
    service = start()
    service.push(Brief(user_id=ADA).body())
    assert forget.preview(world.engine, ADA).jobs == {"completed": 1}
    assert forget.preview(world.engine, "ada").jobs == {}
    assert len(world.query("SELECT 1 FROM jobs")) == 1


def test_who_is_named_in_data_that_is_no_job() -> None:
    for data in (
        json.dumps({"user_id": ADA}).encode(),
        json.dumps({"user_id": ADA}, ensure_ascii=False).encode(),
        b'{"user_id"  :\n ' + json.dumps(ADA).encode() + b", broken",
        json.dumps({"userId": ADA}).encode(),
        json.dumps({"USER": ADA}).encode(),
        b"\xff\xfe" + json.dumps({"user_id": ADA}).encode(),
    ):
        assert names_user(data, ADA)
    for data in (json.dumps({"content": ADA}).encode(), json.dumps({"user_id": ADA + "x"}).encode(), b"", b"ada"):
        assert not names_user(data, ADA)
