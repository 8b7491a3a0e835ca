"""Paid operations are ordered at most once, and resumed by the next delivery."""

from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.world import World
from service import queries
from service.pipeline import Later, Never, Price, Unsure
from tests.support import wire
from tests.support.gated import Gates, Start
from tests.support.jobs import end_backoff, expire_lease
from tests.support.paid import Provider, account, effect


def test_an_effect_is_started_once_and_polled_to_its_end(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    brief = Brief()
    provider.answers = [None, None, {"url": "x"}]
    gates.does(brief.job_id, "B", effect(provider))
    assert start().push(brief.body()).status == 204
    assert len(provider.orders) == 1
    assert provider.polls == [{"operation": "op-1"}] * 3
    (row,) = world.query("SELECT * FROM job_effects")
    assert (row["operation"], row["result"]) == ({"operation": "op-1"}, {"url": "x"})


def test_a_synchronous_effect_keeps_its_result(start: Start, world: World, gates: Gates, provider: Provider) -> None:
    service, brief = start(), Brief()
    orders = provider.orders

    def order(request_id: str) -> dict[str, int]:
        orders.append(request_id)
        return {"order": len(orders)}

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        bought = context.effect("words", order, repeatable=False)
        if len(orders) == 1 and not world.job(brief.job_id)["failures"]:
            raise Later("after_the_call", "Something else failed.")
        return {"bought": bought}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert len(orders) == 1


def test_an_operation_is_resumed_by_the_next_delivery_and_a_hand_over_costs_nothing(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(ack_deadline_s=3.0, lease_s=1.0, job_max_attempts=1), Brief()
    gates.does(brief.job_id, "A", effect(provider, poll_every_s=0.4))
    for hop in range(2):
        assert service.push(brief.body(run=1, hop=hop)).status == 204
        job = world.job(brief.job_id)
        assert (job["state"], job["hop"], job["attempts"]) == ("pending", hop + 1, 0)
    provider.answers = [{"url": "x"}]
    assert service.push(brief.body(run=1, hop=2)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert len(provider.orders) == 1


@pytest.mark.parametrize("repeatable", [False, True])
def test_a_crash_between_the_order_and_its_record(
    start: Start, world: World, gates: Gates, provider: Provider, *, repeatable: bool
) -> None:
    """The order may or may not be accepted: only a provider that drops repeats is asked again, with the same id."""
    service, brief = start(), Brief()
    provider.answers = [{"url": "x"}]

    class Killed(BaseException):
        """Stands for the process that dies here."""

    def dies(request_id: str) -> Any:
        provider.start(request_id)
        raise Killed

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        start_it = dies if not provider.orders else provider.start
        return {"bought": context.effect("film", start_it, provider.poll, repeatable=repeatable)}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    if repeatable:
        assert job["state"] == "completed"
        assert len(provider.orders) == 2
        assert len(set(provider.orders)) == 1
    else:
        assert (job["state"], job["error_code"]) == ("failed", "effect_unknown")
        assert len(provider.orders) == 1
        # An operator's replay is a new run, and may order once more: that is the operator's choice.
        world.query(
            "UPDATE jobs SET state = 'pending', run = 2, attempts = 0 WHERE id = :id RETURNING 1", id=brief.job_id
        )
        assert service.push(brief.body(run=2)).status == 204
        assert world.job(brief.job_id)["state"] == "completed"
        assert len(set(provider.orders)) == 2


@pytest.mark.parametrize("error", [Later("quota", "Over the quota."), Never("unsafe", "The provider refuses.")])
def test_an_order_that_was_surely_not_taken_is_forgotten(
    start: Start, world: World, gates: Gates, provider: Provider, error: Exception
) -> None:
    service, brief = start(), Brief()

    def refuse(_request_id: str) -> Any:
        raise error

    gates.does(brief.job_id, "B", lambda _j, _o, context: context.effect("film", refuse, repeatable=False))
    assert service.push(brief.body()).status == (500 if isinstance(error, Later) else 204)
    assert world.query("SELECT 1 FROM job_effects") == []
    if isinstance(error, Later):
        end_backoff(world, brief.job_id)
        provider.answers = [{"url": "x"}]
        gates.does(brief.job_id, "B", effect(provider))
        assert service.push(brief.body()).status == 204
        assert len(provider.orders) == 1


def test_the_operation_of_a_zombies_order_is_recorded_all_the_same(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    """The order was made, even if the lease is lost; the new holder resumes it and does not buy it again."""
    service, brief = start(), Brief()
    provider.answers = [{"url": "x"}] * 5
    second: list[Any] = []

    def ordered_while_the_lease_is_taken(request_id: str) -> Any:
        operation = provider.start(request_id)
        expire_lease(world, brief.job_id)
        world.query(
            "UPDATE jobs SET lease_token = '00000000-0000-0000-0000-000000000001' WHERE id = :id RETURNING 1",
            id=brief.job_id,
        )
        return operation

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        start_it = provider.start if provider.orders else ordered_while_the_lease_is_taken
        return {"bought": context.effect("film", start_it, provider.poll, repeatable=False)}

    gates.does(brief.job_id, "B", run)
    # The first delivery loses its lease in the middle of the order; the job is claimable at once.
    assert service.push(brief.body()).status == 503
    (row,) = world.query("SELECT * FROM job_effects")
    assert row["operation"] == {"operation": "op-1"}
    second.append(service.push(brief.body()).status)
    assert second == [204]
    assert len(provider.orders) == 1


def test_no_order_without_a_recorded_intent(start: Start, world: World, gates: Gates, provider: Provider) -> None:
    service, brief = start(), Brief()
    gates.does(brief.job_id, "B", effect(provider))

    def take_over(_connection: Any, sql: str, _values: Any) -> None:
        if "INSERT INTO job_effects" in sql:
            world.query(
                "UPDATE jobs SET lease_token = '00000000-0000-0000-0000-000000000001' WHERE id = :id RETURNING 1",
                id=brief.job_id,
            )

    wire.listen(service.service.engine, "before", take_over)
    assert service.push(brief.body()).status == 503
    assert provider.orders == []
    assert world.query("SELECT 1 FROM job_effects") == []


def test_an_operation_that_failed_is_ordered_anew_by_a_replay_and_by_nothing_else(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()

    def poll(operation: Any) -> Any:
        if operation == {"operation": "op-1"}:
            raise Never("provider_failed", "The operation ended with an error.")
        return {"url": "x"}

    def run(job: Any, _outputs: Any, context: Any) -> Any:
        price = Price(most_usd=0.4)
        try:
            bought = context.effect("film", provider.start, poll, repeatable=False, price=price)
        except Never:
            if job.failures == 0:
                # As if the worker had died before it could write down that the job has failed.
                raise Later("killed", "The worker is gone.") from None
            raise
        return {"bought": bought}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["error_code"] == "provider_failed"
    assert len(provider.orders) == 1
    world.query("UPDATE jobs SET state = 'pending', run = 2, attempts = 0 WHERE id = :id RETURNING 1", id=brief.job_id)
    assert service.push(brief.body(run=2)).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert len(set(provider.orders)) == 2
    assert account(world, brief) == pytest.approx(0.8)


def test_how_an_order_stands_is_seen_while_it_is_made(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()
    seen: list[tuple[str, str]] = []

    def look() -> None:
        story = queries.job_story(world.engine, brief.job_id)
        assert story is not None
        assert story.version == queries.job_version(world.engine, brief.job_id)
        seen.append((story.effect_state(story.effects[0]), story.version))

    def order(request_id: str) -> Any:
        look()
        operation = provider.start(request_id)
        if len(provider.orders) == 1:
            raise Unsure("provider_timeout", "The provider gave no answer.")
        return operation

    def poll(_operation: Any) -> Any:
        look()
        return {"url": "x"}

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        price = Price(most_usd=0.4, actual_usd=lambda _result: 0.3)
        bought = context.effect("film", order, poll, repeatable=False, again=True, price=price)
        look()
        return {"bought": bought}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    look()
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert [standing for standing, _ in seen] == ["intended", "unknown", "intended", "started", "finished"]
    assert len({version for _, version in seen}) == len(seen)
