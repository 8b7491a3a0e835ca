"""What a job's orders cost is on its account before they are made, and never over its cap."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.world import World
from service.pipeline import Later, Never, Price, Spent
from tests.support import wire
from tests.support.gated import Gates, Start
from tests.support.jobs import end_backoff
from tests.support.paid import Provider, account, effect


def test_an_effect_is_on_the_account_before_it_is_ordered_and_at_its_real_price_afterwards(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    brief = Brief()
    at_order: list[float] = []
    spent: list[Any] = []

    def order(request_id: str) -> Any:
        at_order.append(account(world, brief))
        return provider.start(request_id)

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        price = Price(most_usd=0.5, actual_usd=lambda result: float(result["cost"]))
        bought = context.effect("film", order, provider.poll, repeatable=False, price=price)
        context.effect("free", provider.start, repeatable=False)
        spent.extend(context.spent())
        return {"bought": bought}

    provider.answers = [{"cost": 0.2}]
    gates.does(brief.job_id, "B", run)
    assert start().push(brief.body()).status == 204
    assert at_order == [0.5]
    assert account(world, brief) == pytest.approx(0.2)
    assert spent == [Spent(stage="B", name="film", run=1, round=0, orders=1, cost_usd=0.2, is_finished=True)]


def test_no_order_goes_over_the_cap_in_any_run(start: Start, world: World, gates: Gates, provider: Provider) -> None:
    service, brief = start(), Brief()
    orders = provider.orders

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        for number in range(20):
            price = Price(most_usd=0.1, cap_usd=0.3)
            context.effect(f"shot {number} {_job.run}", provider.start, repeatable=False, price=price)
        return {}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "over_budget")
    assert "0.30 USD" in job["error_message"]
    assert len(orders) == 3
    world.query("UPDATE jobs SET state = 'pending', run = 2, attempts = 0 WHERE id = :id RETURNING 1", id=brief.job_id)
    assert service.push(brief.body(run=2)).status == 204
    assert len(orders) == 3
    assert account(world, brief) == pytest.approx(0.3)


@pytest.mark.parametrize("cap_usd", [None, 1e9])
def test_no_order_goes_over_the_operators_ceiling_whatever_the_job_says(
    start: Start, world: World, gates: Gates, provider: Provider, cap_usd: float | None
) -> None:
    service, brief = start(max_job_usd=0.25), Brief(metadata={"budget_usd": 1e9})

    def run(job: Any, _outputs: Any, context: Any) -> Any:
        assert job.max_usd == 0.25
        for number in range(20):
            price = Price(most_usd=0.1, cap_usd=cap_usd)
            context.effect(f"shot {number}", provider.start, repeatable=False, price=price)
        return {}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 204
    job = world.job(brief.job_id)
    assert (job["state"], job["error_code"]) == ("failed", "over_budget")
    assert "0.25 USD" in job["error_message"]
    assert len(provider.orders) == 2


def test_orders_at_one_time_do_not_go_over_the_cap_together(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    brief = Brief()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        def one(number: int) -> bool:
            price = Price(most_usd=0.1, cap_usd=0.5)
            try:
                context.effect(f"shot {number}", provider.start, repeatable=False, price=price)
            except Never:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            return {"made": sum(pool.map(one, range(24)))}

    gates.does(brief.job_id, "B", run)
    assert start().push(brief.body()).status == 204
    assert len(provider.orders) == 5
    assert account(world, brief) == pytest.approx(0.5)
    (row,) = world.query("SELECT sum(cost_usd) AS cost FROM job_effects")
    assert float(row["cost"]) == pytest.approx(0.5)


def test_an_intent_whose_answer_is_lost_is_paid_once(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()
    lost: list[str] = []

    def lose(connection: Any, sql: str, _values: Any) -> None:
        if "INSERT INTO job_effects" in sql and not lost:
            lost.append(sql)
            connection.close()

    wire.listen(service.service.engine, "after", lose)
    provider.answers = [{"url": "x"}]
    # The repeat must not count the first writing against the cap.
    gates.does(brief.job_id, "B", effect(provider, price=Price(most_usd=0.4, cap_usd=0.5)))
    assert service.push(brief.body()).status == 204
    assert len(lost) == len(provider.orders) == 1
    assert account(world, brief) == pytest.approx(0.4)


def test_an_order_that_was_surely_not_taken_is_off_the_account(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()

    def run(job: Any, _outputs: Any, context: Any) -> Any:
        def order(request_id: str) -> Any:
            if job.failures == 0:
                raise Later("quota", "Over the quota.")
            return provider.start(request_id)

        return {"bought": context.effect("film", order, repeatable=False, price=Price(most_usd=0.4, cap_usd=0.5))}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    assert account(world, brief) == 0
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert account(world, brief) == pytest.approx(0.4)
