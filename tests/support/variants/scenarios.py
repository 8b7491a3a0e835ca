"""The scenarios that only the variants of the protocol need. The others are tests of the delivery."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace as replace_fields
from typing import Any

from sqlalchemy import text

from lab.harness.messages import Brief, envelope
from lab.harness.names import DLQ, JOBS, RESULTS
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.api import submit
from service.auth.callers import Caller
from service.delivery import claims
from service.delivery.claims import Lease
from service.delivery.messages import decode_job, decode_push
from service.operator import replays
from service.pipeline import Later, Never, Price
from tests.support.acts import cancel, publish, replay, swept
from tests.support.gated import InProcess, later, until_told
from tests.support.jobs import end_backoff, expire_lease
from tests.support.paid import Provider, account
from tests.support.variants.here import Here


def waiters(world: World) -> int:
    return len(
        world.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
    )


def a_claim_that_waits_for_the_rows_lock_sees_what_was_committed_meanwhile(here: Here) -> None:
    """The previous holder checkpoints A and gives the job back while the claim waits for the job's row."""
    service, brief = here.start(), Brief()
    here.gates.does(brief.job_id, "A", later)
    service.push(brief.body())
    here.gates.does(brief.job_id, "A", None)
    with here.world.engine.connect() as holder:
        holder.execution_options(isolation_level="READ COMMITTED")
        holder.execute(
            text("UPDATE jobs SET progress = 1, stage = 'B', not_before = NULL WHERE id = :id"), {"id": brief.job_id}
        )
        finished = (
            "INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, finished_at, output)"
            " VALUES (:id, 1, 0, 'A', 'finished', 1, gen_random_uuid(), clock_timestamp(), '{}')"
        )
        holder.execute(text(finished), {"id": brief.job_id})
        push = service.push_soon(brief.body())
        eventually(lambda: waiters(here.world))
        holder.commit()
    assert push.result(30).status == 204
    assert here.gates.count(brief.job_id, "A") == 1
    assert here.world.finished(brief.job_id) == ["A", "B", "C"]


def a_stage_that_runs_is_on_record_as_begun(here: Here) -> None:
    service, brief = here.start(), Brief()
    here.gates.hold(brief.job_id, "B")
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "B")
    begun = here.world.query(
        "SELECT s.stage FROM job_stages s JOIN jobs j ON j.lease_token = s.lease_token WHERE s.status = 'started'"
    )
    assert [row["stage"] for row in begun] == ["B"]
    here.gates.open(brief.job_id, "B")
    assert push.result(30).status == 204


def a_checkpoint_that_meets_a_takeover_is_refused(here: Here) -> None:
    """The takeover holds the row's lock and is not committed yet when the checkpoint comes."""
    service, brief = here.start(), Brief()
    here.gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "A")
    with here.world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("UPDATE jobs SET lease_token = gen_random_uuid() WHERE id = :id"), {"id": brief.job_id})
        here.gates.open(brief.job_id, "A")
        eventually(lambda: waiters(here.world) or push.done() or here.world.finished(brief.job_id))
        other.commit()
    assert push.result(30).status == 503
    assert here.world.finished(brief.job_id) == []


def other_inputs_never_touch_a_pending_job(here: Here) -> None:
    service, brief = here.start(), Brief()
    here.gates.does(brief.job_id, "B", later)
    service.push(brief.body())
    end_backoff(here.world, brief.job_id)
    here.gates.does(brief.job_id, "B", None)
    other = Brief(job_id=brief.job_id, content="something else")
    assert service.push(other.body()).status == 204
    job = here.world.job(brief.job_id)
    assert (job["state"], job["content"]) == ("pending", brief.content)
    assert [letter["reason"] for letter in here.world.published(DLQ)] == ["job_id_conflict"]


def a_row_that_another_delivery_is_publishing_is_owed_all_the_same(here: Here) -> None:
    service, brief = here.start(), Brief()
    service.push(brief.body())
    here.world.query("UPDATE outbox SET published_at = NULL, payload = '{}' RETURNING 1")
    before = len(here.world.published(RESULTS))
    with here.world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("SELECT 1 FROM outbox FOR UPDATE"))
        push = service.push_soon(brief.body())
        eventually(lambda: push.done() or waiters(here.world))
        # It dies before it publishes.
        other.rollback()
    assert push.result(30).status == 503 or len(here.world.published(RESULTS)) > before


def a_drained_job_whose_message_is_lost_is_found(here: Here) -> None:
    service, brief = here.start(), Brief()
    here.gates.does(brief.job_id, "A", until_told)
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "A")
    service.service.runner.drain()
    assert push.result(30).status == 503
    assert swept(service).resent == (brief.job_id,)


def submit_it(service: InProcess, brief: Brief) -> None:
    job = decode_job(decode_push(envelope(brief.data()), {}), frozenset({brief.preset}))
    submit.submit(service.service.engine, job, caller=Caller("tester"), first_stage="A", topic=JOBS)


def a_submitted_job_whose_message_is_lost_is_found(here: Here) -> None:
    service, brief = here.start(), Brief()
    submit_it(service, brief)
    publish(service, brief)
    assert swept(service).resent == (brief.job_id,)


def a_submitted_job_whose_process_died_is_published(here: Here) -> None:
    service, brief = here.start(), Brief()
    submit_it(service, brief)
    here.world.query("UPDATE outbox SET created_at = clock_timestamp() - interval '2 minutes' RETURNING 1")
    assert swept(service, age_s=None).published == 1
    assert len(here.world.pubsub.accepted(JOBS)) == 1


@contextmanager
def an_older_revision(here: Here) -> Iterator[InProcess]:
    """It knows none of the presets."""
    service = InProcess(here.world, replace_fields(here.gates.pipeline(), presets=frozenset({"other"})))
    yield service
    service.close()


def a_job_of_another_revision_is_left_to_it(here: Here) -> None:
    service, brief = here.start(), Brief()
    submit_it(service, brief)
    publish(service, brief)
    with an_older_revision(here) as older:
        for _ in range(2):
            assert older.push(brief.body()).status == 503
    assert here.world.published(DLQ) == []
    assert here.world.job(brief.job_id)["waits_for"] == "revision"
    assert service.push(brief.body()).status == 204
    assert here.world.job(brief.job_id)["state"] == "completed"


def a_refused_job_that_is_fed_back_has_a_result_of_its_own(here: Here) -> None:
    service, brief = here.start(ack_deadline_s=3.0, lease_s=1.0), Brief()
    with an_older_revision(here) as older:
        assert older.push(brief.body()).status == 204
    (letter,) = here.world.query("SELECT id FROM dead_letters")
    part = service.service
    fed_back = replays.replay_letter(part.engine, part.settings.topics, letter["id"], handled_by="tester")
    assert fed_back.run == 1
    assert service.push(brief.body()).status == 204
    assert [result["status"] for result in here.world.published(RESULTS)] == ["error", "success"]


def a_zombie_of_an_earlier_run_does_no_harm(here: Here) -> None:
    """The zombie's run was cancelled, and an operator's replay is at the same stage when the zombie wakes."""
    service, brief = here.start(), Brief()
    here.gates.hold(brief.job_id, "B")
    zombie = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "B")
    cancel(service, brief)
    assert replay(service, brief) == 2
    may_end = threading.Event()

    def wait(*_: Any) -> dict[str, str]:
        if here.gates.count(brief.job_id, "B") > 1 and not may_end.is_set():
            may_end.wait(30)
        return {"by": "B"}

    here.gates._held.clear()  # noqa: SLF001 (only the zombie is held)
    here.gates.does(brief.job_id, "B", wait)
    holder = service.push_soon(brief.body(run=2))
    eventually(lambda: here.gates.count(brief.job_id, "B") == 2)
    here.gates.does(brief.job_id, "B", None)
    here.gates.open(brief.job_id, "B")
    try:
        assert zombie.result(30).status in (204, 503)
        assert here.world.finished(brief.job_id) == ["A"]
    finally:
        may_end.set()
        holder.result(30)


def an_order_that_may_still_be_on_its_way_is_not_made_again(here: Here) -> None:
    """The first worker is only slow: if the provider is asked now, it has no order yet."""
    service, brief = here.start(), Brief()
    ordered, may_go, calls = Provider(), threading.Event(), []
    ordered.answers = [{"url": "x"}] * 4

    def slow(request_id: str) -> Any:
        calls.append(request_id)
        if len(calls) == 1:
            assert may_go.wait(30)
        return ordered.start(request_id)

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", slow, ordered.poll, repeatable=False)}

    here.gates.does(brief.job_id, "B", run)
    zombie = service.push_soon(brief.body())
    eventually(lambda: calls)
    expire_lease(here.world, brief.job_id)
    assert service.push(brief.body()).status == 204
    may_go.set()
    zombie.result(30)
    assert len(ordered.orders) == 1
    assert here.world.job(brief.job_id)["error_code"] == "effect_unknown"


def no_renewal_reaches_past_the_deadline(here: Here) -> None:
    service, brief = here.start(), Brief()
    here.gates.hold(brief.job_id, "A")
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "A")
    (row,) = here.world.query("SELECT lease_token, clock_timestamp() + interval '1 s' AS deadline FROM jobs")
    token, deadline = str(row["lease_token"]), row["deadline"]
    lease = Lease(job_id=brief.job_id, run=1, hop=0, token=token, deadline=deadline)
    assert claims.renew(service.service.engine, [lease], 60.0) == set()
    assert here.world.job(brief.job_id)["lease_until"] <= deadline
    here.gates.open(brief.job_id, "A")
    assert push.result(30).status == 204


@contextmanager
def a_takeover(world: World, brief: Brief) -> Iterator[None]:
    """Let another delivery hold the job's row; it commits at the end of the block."""
    with world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("UPDATE jobs SET lease_token = gen_random_uuid() WHERE id = :id"), {"id": brief.job_id})
        yield
        other.commit()


def an_intent_that_meets_a_takeover_orders_nothing(here: Here) -> None:
    """The SELECT … FOR NO KEY UPDATE waits for the row's lock and then checks its condition again, as an UPDATE
    does."""
    service, brief, provider = here.start(), Brief(), Provider()
    may_order = threading.Event()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        assert may_order.wait(30)
        return {"bought": context.effect("film", provider.start, repeatable=False, price=Price(most_usd=0.4))}

    here.gates.does(brief.job_id, "B", run)
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "B")
    with a_takeover(here.world, brief):
        may_order.set()
        eventually(lambda: waiters(here.world) or push.done())
    assert push.result(30).status == 503
    assert provider.orders == []
    assert here.world.query("SELECT 1 FROM job_effects") == []
    assert account(here.world, brief) == 0


def an_order_not_taken_that_meets_a_takeover_stays_on_record(here: Here) -> None:
    """The job's new holder has seen the intent and may be about to order again, so the intent is the new holder's."""
    service, brief = here.start(), Brief()
    may_refuse, reached = threading.Event(), threading.Event()

    def refuse(_request_id: str) -> Any:
        reached.set()
        assert may_refuse.wait(30)
        raise Later("quota", "Over the quota.")

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", refuse, repeatable=False, price=Price(most_usd=0.4))}

    here.gates.does(brief.job_id, "B", run)
    push = service.push_soon(brief.body())
    assert reached.wait(30)
    with a_takeover(here.world, brief):
        may_refuse.set()
        eventually(lambda: waiters(here.world) or push.done())
    assert push.result(30).status == 503
    assert len(here.world.query("SELECT 1 FROM job_effects")) == 1
    assert account(here.world, brief) == 0.4


def two_orders_that_wait_together_do_not_pass_the_cap(here: Here) -> None:
    """Both statements begin before either may go on, so neither's snapshot shows the other's order."""
    service, brief, provider = here.start(), Brief(), Provider()
    may_order = threading.Event()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        def one(name: str) -> bool:
            try:
                context.effect(name, provider.start, repeatable=False, price=Price(most_usd=0.3, cap_usd=0.5))
            except Never:
                return False
            return True

        assert may_order.wait(30)
        with ThreadPoolExecutor(2) as pool:
            return {"made": sum(pool.map(one, ("left", "right")))}

    here.gates.does(brief.job_id, "B", run)
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "B")
    with here.world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("SELECT 1 FROM jobs FOR UPDATE"))
        may_order.set()
        eventually(lambda: waiters(here.world) == 2 or push.done())
        other.commit()
    assert push.result(30).status == 204
    assert len(provider.orders) == 1
    assert account(here.world, brief) == 0.3
