"""An order that may or may not have been accepted: looked for, made once more, or left unknown."""

import threading
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from service.pipeline import Later, Price, Unsure
from tests.support import wire
from tests.support.gated import Gates, Start
from tests.support.jobs import end_backoff, expire_lease
from tests.support.paid import Killed, Provider, account, dies_after_orders


def test_an_order_without_an_answer_stays_unknown_and_is_told_as_what_it_is(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()

    def order(request_id: str) -> Any:
        provider.start(request_id)
        raise Unsure("provider_timeout", "The provider gave no answer.")

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", order, repeatable=False, price=Price(most_usd=0.4))}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    assert world.job(brief.job_id)["error_code"] == "provider_timeout"
    assert account(world, brief) == pytest.approx(0.4)
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["error_code"] == "effect_unknown"
    assert len(provider.orders) == 1


@pytest.mark.parametrize("policy", [(1, 1.0, None), (1, 0.9, "over_budget"), (2, 9.0, "effect_unknown")])
def test_by_policy_an_unknown_order_is_made_once_more_and_paid_twice(
    start: Start, world: World, gates: Gates, provider: Provider, policy: tuple[int, float, str | None]
) -> None:
    service, brief = start(), Brief()
    deaths, cap, error_code = policy
    order = dies_after_orders(provider, deaths)

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        price = Price(most_usd=0.5, cap_usd=cap, actual_usd=lambda _result: 0.3)
        return {"bought": context.effect("words", order, repeatable=False, again=True, price=price)}

    gates.does(brief.job_id, "B", run)
    for _ in range(deaths):
        assert service.push(brief.body()).status == 500
        end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    (row,) = world.query("SELECT * FROM job_effects")
    assert world.job(brief.job_id)["error_code"] == error_code
    assert account(world, brief) == pytest.approx(float(row["cost_usd"]))
    if error_code is None:
        assert len(set(provider.orders)) == row["orders"] == 2
        assert account(world, brief) == pytest.approx(0.5 + 0.3)
    else:
        assert len(provider.orders) == deaths


def test_a_second_order_that_was_surely_not_taken_leaves_the_first_unknown_and_paid(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()
    times: list[int] = []

    def order(request_id: str) -> Any:
        times.append(1)
        if len(times) == 2:
            raise Later("quota", "Over the quota.")
        operation = provider.start(request_id)
        if len(times) == 1:
            raise Killed
        return operation

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("words", order, repeatable=False, again=True, price=Price(most_usd=0.5))}

    gates.does(brief.job_id, "B", run)
    for cost in (0.5, 0.5):
        assert service.push(brief.body()).status == 500
        assert account(world, brief) == pytest.approx(cost)
        end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert account(world, brief) == pytest.approx(1.0)
    assert len(provider.orders) == 2


def test_a_repeat_that_is_refused_says_nothing_of_the_order_it_repeats(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    """The intent was forgotten, and what may be paid for was ordered under another id."""
    service, brief = start(), Brief()
    asked: list[str] = []

    def order(request_id: str) -> Any:
        asked.append(request_id)
        if len(asked) == 2:
            raise Later("quota", "Over the quota.")
        operation = provider.start(request_id)
        if len(asked) == 1:
            raise Killed
        return operation

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("voice", order, repeatable=True, price=Price(most_usd=0.5))}

    gates.does(brief.job_id, "B", run)
    for _ in range(2):
        assert service.push(brief.body()).status == 500
        assert account(world, brief) == pytest.approx(0.5)
        end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert len(asked) == 3
    assert len(set(asked)) == 1
    assert account(world, brief) == pytest.approx(0.5)


def test_a_second_order_that_is_forgotten_twice_leaves_the_first(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    """Repeated because its answer was lost, the statement took the first order, which may be paid, for the second."""
    service, brief = start(), Brief()
    lost: list[str] = []

    def order(request_id: str) -> Any:
        if provider.orders:
            raise Later("quota", "Over the quota.")
        provider.start(request_id)
        raise Killed

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("words", order, repeatable=False, again=True, price=Price(most_usd=0.5))}

    def lose(connection: Any, sql: str, _values: Any) -> None:
        if "DELETE FROM job_effects" in sql and not lost:
            lost.append(sql)
            connection.close()

    wire.listen(service.service.engine, "after", lose)
    gates.does(brief.job_id, "B", run)
    for _ in range(2):
        assert service.push(brief.body()).status == 500
        end_backoff(world, brief.job_id)
    assert len(lost) == 1
    assert account(world, brief) == pytest.approx(0.5)
    (row,) = world.query("SELECT CAST(request_id AS text) AS request_id, orders FROM job_effects")
    assert row == {"request_id": provider.orders[0], "orders": 1}


@pytest.mark.parametrize("landed", [0, 1])
def test_each_of_two_unknown_orders_is_looked_for(
    start: Start, world: World, gates: Gates, provider: Provider, landed: int
) -> None:
    """Only the second was: the id of the first was overwritten."""
    service, brief = start(), Brief()
    looked: list[str] = []

    def find(request_id: str) -> Any:
        looked.append(request_id)
        is_visible = len(provider.orders) == 2 and request_id == provider.orders[landed]
        return {"operation": request_id} if is_visible else None

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        price = Price(most_usd=0.5, actual_usd=lambda _result: 0.3)
        options = {"repeatable": False, "again": True, "find": find, "price": price}
        return {"bought": context.effect("words", dies_after_orders(provider, 2), **options)}

    gates.does(brief.job_id, "B", run)
    for _ in range(2):
        assert service.push(brief.body()).status == 500
        end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert set(looked) == set(provider.orders)
    (row,) = world.query("SELECT operation, finished_at FROM job_effects")
    assert row["operation"] == {"operation": provider.orders[landed]}
    assert row["finished_at"] is not None
    assert account(world, brief) == pytest.approx(0.5 + 0.3)


def test_a_first_order_that_lands_late_is_on_record_beside_the_second(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    """A zombie's answer came after the second order was intended, and its operation was dropped."""
    service, brief = start(), Brief()
    may_answer, second = threading.Event(), threading.Event()

    def order(request_id: str) -> Any:
        operation = provider.start(request_id)
        if len(provider.orders) == 1:
            assert may_answer.wait(30)
            return operation
        second.set()
        raise Unsure("provider_timeout", "The provider gave no answer.")

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("words", order, repeatable=False, again=True, price=Price(most_usd=0.5))}

    gates.does(brief.job_id, "B", run)
    zombie = service.push_soon(brief.body())
    eventually(lambda: provider.orders)
    expire_lease(world, brief.job_id)
    assert service.push(brief.body()).status == 500
    assert second.is_set()
    may_answer.set()
    assert zombie.result(30).status in (500, 503)
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["state"] == "completed"
    assert len(provider.orders) == 2
    assert account(world, brief) == pytest.approx(1.0)


@pytest.mark.parametrize("landed", [True, False])
def test_the_provider_is_asked_first_whether_an_unknown_order_landed(
    start: Start, world: World, gates: Gates, provider: Provider, *, landed: bool
) -> None:
    service, brief = start(), Brief()
    order = dies_after_orders(provider, 1)
    provider.answers = [{"url": "x"}]

    def find(request_id: str) -> Any:
        return {"operation": "op-1"} if landed and request_id in provider.orders else None

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", order, provider.poll, repeatable=False, find=find)}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert len(provider.orders) == 1
    if landed:
        assert job["state"] == "completed"
        assert provider.polls == [{"operation": "op-1"}]
    else:
        assert job["error_code"] == "effect_unknown"
