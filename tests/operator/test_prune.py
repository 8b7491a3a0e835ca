"""A prune deletes what is over and old, leaves a tombstone, and never lets a late message run a pruned job again."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.names import API_AUDIENCE, CALLER, JOBS
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.operator import pauses, prune, replays
from service.operator.prune import Pruned, Wanted, batches
from service.strictjson import dump
from tests.support import wire
from tests.support.acts import cancel, replay, swept
from tests.support.gated import Gates, InProcess, Start, later, never

TABLES = ("jobs", "job_states", "job_stages", "job_results", "job_parts", "job_effects", "outbox", "dead_letters")


def age(world: World, days: int = 31) -> None:
    """Make everything that there is this much older."""
    for table, columns in (
        ("jobs", ("created_at", "updated_at")),
        ("dead_letters", ("created_at", "replayed_at", "discarded_at")),
        ("tombstones", ("created_at",)),
        ("acts", ("created_at",)),
        ("idempotency_keys", ("created_at",)),
    ):
        moved = ", ".join(f"{name} = {name} - make_interval(days => :days)" for name in columns)
        world.query(f"UPDATE {table} SET {moved} RETURNING 1", days=days)


def pruned(world: World, days: int = 30, **more: Any) -> Pruned:
    letters = more.pop("letters", None)
    wanted = Wanted(retain_days=days, letters_older_than_days=letters)
    return prune.prune(world.engine, wanted, who="tester", why="a test", **{"for_s": 60, **more})


def rows(world: World) -> dict[str, int]:
    return {table: world.query(f"SELECT count(*) AS n FROM {table}")[0]["n"] for table in TABLES}


def test_what_is_over_and_old_goes_with_all_that_belongs_to_it(start: Start, world: World, gates: Gates) -> None:
    service, completed, failed, cancelled = start(), Brief(), Brief(), Brief()
    gates.does(failed.job_id, "B", never)
    gates.does(cancelled.job_id, "B", later)
    for brief in (completed, failed, cancelled):
        service.push(brief.body())
    cancel(service, cancelled)
    swept(service)
    world.query("UPDATE outbox SET published_at = clock_timestamp() RETURNING 1")
    world.query("UPDATE dead_letters SET discarded_at = clock_timestamp() RETURNING 1")
    age(world)
    done = pruned(world)
    assert done.jobs == {"completed": 1, "failed": 1, "cancelled": 1}
    assert (done.kept, done.is_complete) == (0, True)
    assert done.bytes > 0
    assert rows(world) == dict.fromkeys(TABLES, 0)
    stones = {row["job_id"]: row["state"] for row in world.query("SELECT * FROM tombstones")}
    assert stones == {completed.job_id: "completed", failed.job_id: "failed", cancelled.job_id: "cancelled"}


def test_a_late_message_of_a_pruned_job_is_a_duplicate(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    ran = len(gates.runs)
    for body in (brief.body(), brief.body(run=1, hop=3), brief.body(run=7)):
        assert service.push(body).status == 204
    assert len(gates.runs) == ran
    assert rows(world) == dict.fromkeys(TABLES, 0)


def test_a_late_message_of_a_pruned_job_is_not_held(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    pauses.pause(world.engine, "all", "", who="tester", why="a test")

    def is_known() -> bool:
        other = Brief()
        return service.push(other.body()).status == 204 and world.job(other.job_id)["held_for"] is not None

    eventually(is_known)
    assert service.push(brief.body()).status == 204
    assert world.query("SELECT 1 FROM jobs WHERE id = :id", id=brief.job_id) == []


def test_other_inputs_under_the_id_of_a_pruned_job_are_a_conflict(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    assert service.push(Brief(job_id=brief.job_id, content="Another brief.").body()).status == 204
    assert [row["reason"] for row in world.query("SELECT reason FROM dead_letters")] == ["job_id_conflict"]
    assert rows(world)["jobs"] == 0


@pytest.mark.parametrize("key", [None, '"k"'])
@pytest.mark.parametrize("content", ["A lighthouse that learns to dance.", "Another brief."])
def test_the_id_of_a_pruned_job_is_not_submitted_again(
    start: Start, world: World, content: str, key: str | None
) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    headers = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    if key:
        headers["Idempotency-Key"] = key
    body = Brief(job_id=brief.job_id, content=content).data()
    for _ in range(2):
        answer = service.app.test_client().post("/pipeline/run", data=body, headers=headers)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "job_pruned")
    assert rows(world)["jobs"] == rows(world)["outbox"] == 0
    assert world.query("SELECT 1 FROM idempotency_keys") == []


def test_a_message_that_comes_while_its_job_is_pruned_is_a_duplicate(start: Start, world: World, gates: Gates) -> None:
    """The claim has looked for a tombstone before the prune commits, and waits for the row that the prune deletes."""
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    ran = len(gates.runs)
    with world.engine.connect() as other, ThreadPoolExecutor(1) as pool:
        other.execution_options(isolation_level="READ COMMITTED")
        before = {"before": world.query("SELECT clock_timestamp() AS t")[0]["t"], "letters_before": None}
        with other.begin():
            other.execute(prune.DELETE_JOBS, {**before, "ids": [brief.job_id]})
            pushed = pool.submit(service.push, brief.body())
            eventually(lambda: bool(world.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")))
        assert pushed.result().status in (204, 503)
    assert service.push(brief.body()).status == 204
    assert len(gates.runs) == ran
    assert rows(world)["jobs"] == 0


def not_ended(service: InProcess, gates: Gates, brief: Brief) -> None:
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())


def in_work(service: InProcess, gates: Gates, brief: Brief) -> None:
    gates.hold(brief.job_id, "B")
    service.push_soon(brief.body())
    gates.wait_reached(brief.job_id, "B")


def owing(service: InProcess, _gates: Gates, brief: Brief) -> None:
    service.push(brief.body())
    service.world.query("UPDATE outbox SET published_at = NULL RETURNING 1")


def parked(service: InProcess, _gates: Gates, brief: Brief) -> None:
    service.push(brief.body())
    service.world.query("UPDATE outbox SET published_at = NULL, parked_at = clock_timestamp() RETURNING 1")


def open_letter(service: InProcess, gates: Gates, brief: Brief) -> None:
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())


@pytest.mark.parametrize("situation", [not_ended, in_work, owing, parked, open_letter])
def test_what_somebody_may_still_need_is_kept(
    start: Start, world: World, gates: Gates, situation: Callable[[InProcess, Gates, Brief], None]
) -> None:
    service, brief = start(), Brief()
    situation(service, gates, brief)
    age(world)
    before = rows(world)
    done = pruned(world)
    gates.open(brief.job_id, "B")
    assert (done.jobs, done.kept, done.is_complete) == ({}, 1, True)
    assert rows(world)["jobs"] == before["jobs"] == 1
    assert world.query("SELECT 1 FROM tombstones") == []


def test_a_job_that_ended_within_the_retention_is_kept_however_old_it_is(
    start: Start, world: World, gates: Gates
) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    age(world)
    cancel(service, brief)
    swept(service)
    assert (pruned(world).jobs, pruned(world, days=1).kept) == ({}, 1)


def test_a_replayed_job_is_not_pruned_by_what_it_was(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())
    age(world)
    assert replay(service, brief) == 2
    assert pruned(world).jobs == {}
    gates.does(brief.job_id, "B", None)
    assert service.push(brief.body(run=2)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"


def test_a_replay_of_a_pruned_job_finds_nothing(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())
    age(world, days=400)
    assert pruned(world, letters=365).jobs == {"failed": 1}
    handled = replays.replay_job(
        service.service.engine, service.service.settings.topics, brief.job_id, handled_by="tester"
    )
    assert handled.why is not None
    assert world.pubsub.accepted(JOBS) == []


def test_open_letters_go_only_if_told(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", never)
    service.push(brief.body())
    service.push(b'{"message": {"data": "eA==", "messageId": "no-job"}}')
    age(world, days=100)
    assert (pruned(world).jobs, pruned(world, letters=200).letters) == ({}, 0)
    done = pruned(world, letters=90)
    assert (done.jobs, done.letters) == ({"failed": 1}, 1)
    assert rows(world)["dead_letters"] == 0


def test_a_handled_letter_of_refused_data_goes_with_its_message(start: Start, world: World) -> None:
    service = start()
    for name in ("open", "handled"):
        service.push(dump({"message": {"data": "eA==", "messageId": name}}).encode())
    (letter,) = world.query("SELECT id FROM dead_letters WHERE message_key LIKE '%handled'")
    replays.discard_letter(service.service.engine, letter["id"], handled_by="tester")
    age(world)
    assert pruned(world).letters == 1
    left = world.query(
        "SELECT l.message_key, o.message_key AS sent FROM dead_letters l LEFT JOIN outbox o USING (message_key)"
    )
    assert [row["message_key"].endswith(":open") for row in left] == [True]
    assert rows(world)["outbox"] == 1


def test_tombstones_and_acts_go_when_nothing_can_need_them(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    age(world, days=61)
    assert pruned(world).tombstones == 0
    age(world, days=2)
    assert (pruned(world).tombstones, world.query("SELECT 1 FROM tombstones")) == (1, [])
    world.query("INSERT INTO acts (act, who, target) VALUES ('cancel', 'x', '{}') RETURNING 1")
    age(world, days=367)
    assert pruned(world).acts >= 1
    assert world.query("SELECT 1 FROM acts WHERE act = 'cancel'") == []


def test_the_prune_is_on_record(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    pruned(world)
    (act,) = world.query("SELECT * FROM acts WHERE act = 'prune'")
    assert (act["who"], act["why"]) == ("tester", "a test")
    assert (act["target"]["retain_days"], act["target"]["jobs"]) == (30, {"completed": 1})


def test_a_preview_says_what_would_go_and_deletes_nothing(start: Start, world: World, gates: Gates) -> None:
    service, completed, failed = start(), Brief(), Brief()
    gates.does(failed.job_id, "B", never)
    service.push(completed.body())
    service.push(failed.body())
    age(world)
    before = rows(world)
    seen = prune.preview(world.engine, Wanted(retain_days=30), for_s=60)
    assert (seen.jobs, seen.kept, seen.is_complete) == ({"completed": 1}, 1, True)
    assert rows(world) == before
    done = pruned(world)
    assert (done.jobs, done.bytes, done.kept) == (seen.jobs, seen.bytes, seen.kept)


def test_a_prune_that_is_out_of_time_is_continued_by_the_next(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prune, "BATCH", 1)
    service = start()
    for _ in range(5):
        service.push(Brief().body())
    age(world)
    seen: list[str] = []

    def slowly(job_id: str) -> int:
        seen.append(job_id)
        time.sleep(0.3)
        return 1

    first = pruned(world, remove_files=slowly, for_s=0.5)
    assert not first.is_complete
    assert len(seen) < 5
    second = pruned(world, remove_files=slowly)
    assert second.is_complete
    assert len(seen) == len(set(seen)) == 5
    assert first.files + second.files == 5


def test_a_job_whose_row_is_locked_is_left_for_the_next_prune(start: Start, world: World) -> None:
    service, brief, other = start(), Brief(), Brief()
    service.push(brief.body())
    service.push(other.body())
    age(world)
    with world.engine.connect() as connection:
        connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            connection.exec_driver_sql("SELECT 1 FROM jobs WHERE id = %s FOR UPDATE", (brief.job_id,))
            began = time.monotonic()
            assert pruned(world).jobs == {"completed": 1}
            assert time.monotonic() - began < 3, "it waited for the lock"
    assert pruned(world).jobs == {"completed": 1}


def test_one_prune_at_a_time(start: Start, world: World) -> None:
    service = start()
    service.push(Brief().body())
    age(world)
    inside, go_on = threading.Event(), threading.Event()

    def hold(_job_id: str) -> int:
        inside.set()
        go_on.wait(30)
        return 0

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(pruned, world, remove_files=hold)
        assert inside.wait(30)
        second = pruned(world)
        go_on.set()
        assert (second.is_skipped, first.result().is_skipped) == (True, False)


def test_the_scheduler_prunes_by_http(start: Start, world: World) -> None:
    service, brief = start(), Brief()
    service.push(brief.body())
    age(world)
    client = service.app.test_client()
    assert client.post("/prune").status_code == 401
    assert client.post("/prune", headers={"Authorization": f"Bearer {world.token()}"}).status_code == 401
    caller = {"Authorization": f"Bearer {world.issuer.token(API_AUDIENCE, CALLER)}"}
    answer = client.post("/prune", headers=caller)
    assert (answer.status_code, answer.get_json()["jobs"]) == (200, {"completed": 1})
    assert (answer.get_json()["complete"], answer.get_json()["skipped"]) == (True, False)
    (act,) = world.query("SELECT who FROM acts WHERE act = 'prune'")
    assert act["who"] == CALLER


HEAVY = """
INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, output)
SELECT :id, 1, n, 'A', 'failed', n, gen_random_uuid(), to_json(repeat(md5(n::text), 5000))
FROM generate_series(1, 250) n RETURNING 1
"""


@pytest.mark.parametrize("who", ["nobody", "somebody"])
def test_a_heavy_job_is_deleted_in_pieces(
    start: Start, world: World, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setattr(prune, "BATCH_BYTES", 100_000)
    service, brief = start(), Brief()
    service.push(brief.body())
    world.query(HEAVY, id=brief.job_id)
    age(world)
    sizes: list[int] = []

    def seen(_connection: object, sql: str, _values: object) -> None:
        if "DELETE FROM job_stages" in sql:
            sizes.append(world.query("SELECT count(*) AS n FROM job_stages")[0]["n"])

    with world.engine.connect() as connection, wire.listening(world.engine, "after", seen):
        connection.execution_options(isolation_level="READ COMMITTED")
        with connection.begin():
            if who == "somebody":
                connection.exec_driver_sql("SELECT 1 FROM jobs FOR UPDATE")
            done = pruned(world)
    if who == "somebody":
        assert (done.jobs, rows(world)["job_stages"]) == ({}, 253)
    else:
        assert (done.jobs, done.is_complete, rows(world)) == ({"completed": 1}, True, dict.fromkeys(TABLES, 0))
        assert sizes == [153, 53, 0, 0]


def test_batches_are_weighed() -> None:
    def sizes(*of: int) -> list[list[int]]:
        return [[row["bytes"] for row in batch] for batch in batches([{"bytes": size} for size in of])]

    most = prune.BATCH_BYTES
    assert sizes() == []
    assert sizes(1, 2, 3) == [[1, 2, 3]]
    assert sizes(most, 1, most - 1, 5) == [[most], [1, most - 1], [5]]
    assert sizes(3 * most, 1) == [[3 * most], [1]]
    assert [len(batch) for batch in sizes(*[1] * (2 * prune.BATCH + 1))] == [prune.BATCH, prune.BATCH, 1]
