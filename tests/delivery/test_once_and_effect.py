"""Parts that are kept by themselves, and paid operations that are started at most once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab.harness.messages import Brief
from lab.harness.waiting import eventually
from lab.harness.world import World
from service import queries
from service.pipeline import Later, Never, Price, Spent, Unsure
from tests.delivery.test_delivery import end_backoff, expire_lease
from tests.support import wire
from tests.support.gated import Gates, InProcess

Start = Callable[..., InProcess]


class Provider:
    """Somebody else's paid service: what it was asked to start, by request id, and how often it was asked."""

    def __init__(self) -> None:
        self.orders: list[str] = []
        self.polls: list[Any] = []
        self.answers: list[Any] = []

    def start(self, request_id: str) -> dict[str, str]:
        self.orders.append(request_id)
        return {"operation": f"op-{len(set(self.orders))}"}

    def poll(self, operation: Any) -> Any:
        self.polls.append(operation)
        return self.answers.pop(0) if self.answers else None


def effect(provider: Provider, **options: Any) -> Callable[..., Any]:
    options = {"repeatable": False, "poll_every_s": 0.01, **options}

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        return {"bought": context.effect("film", provider.start, provider.poll, **options)}

    return run


@pytest.fixture
def provider() -> Provider:
    return Provider()


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
    """Nobody knows whether it was started: only a provider that drops a repeat is asked again, under the same id."""
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
    """It is a fact, whoever holds the lease; the new holder resumes it and does not buy it again."""
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


# The account


def account(world: World, brief: Brief) -> float:
    return float(world.job(brief.job_id)["spent_usd"])


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


def test_how_an_order_stands_is_seen_while_it_is_made(
    start: Start, world: World, gates: Gates, provider: Provider
) -> None:
    service, brief = start(), Brief()
    seen: list[tuple[str, str]] = []

    def look() -> None:
        story = queries.job_story(world.engine, brief.job_id)
        assert story is not None
        assert story.version == queries.job_version(world.engine, brief.job_id)
        seen.append((story.standing(story.effects[0]), story.version))

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


class Killed(BaseException):
    """Stands for the process that dies here."""


def dies_after_orders(provider: Provider, times: int) -> Callable[[str], Any]:
    def order(request_id: str) -> Any:
        operation = provider.start(request_id)
        if len(provider.orders) <= times:
            raise Killed
        return operation

    return order


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


# Parts


def test_finished_parts_are_not_made_again(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()
    made: list[str] = []

    def make(name: str) -> Callable[[], str]:
        def part() -> str:
            made.append(name)
            return name

        return part

    def run(job: Any, _outputs: Any, context: Any) -> Any:
        parts = [context.once(name, make(name)) for name in ("one", "two")]
        if job.failures == 0:
            raise Later("between", "Broke off between two parts.")
        return {"parts": [*parts, context.once("three", make("three"))]}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 500
    end_backoff(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert made == ["one", "two", "three"]
    (result,) = world.query("SELECT output FROM job_stages WHERE stage = 'B' AND status = 'finished'")
    assert result["output"] == {"parts": ["one", "two", "three"]}
    assert world.job(brief.job_id)["progress"] == 3 + 3


def test_parts_may_be_made_in_threads(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        with ThreadPoolExecutor(8) as pool:
            return {"parts": list(pool.map(lambda n: context.once(f"part {n}", lambda: n * n), range(16)))}

    gates.does(brief.job_id, "B", run)
    assert service.push(brief.body()).status == 204
    assert len(world.query("SELECT 1 FROM job_parts")) == 16
    assert world.job(brief.job_id)["progress"] == 3 + 16


def test_a_lost_lease_with_a_new_part_uses_up_no_attempt(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def run(_job: Any, _outputs: Any, context: Any) -> Any:
        context.once("one", lambda: 1)
        if gates.count(brief.job_id, "A") == 1:
            context.wait(60)
        return {}

    gates.does(brief.job_id, "A", run)
    old = service.push_soon(brief.body())
    eventually(lambda: world.query("SELECT 1 FROM job_parts"))
    expire_lease(world, brief.job_id)
    assert service.push(brief.body()).status == 204
    assert world.job(brief.job_id)["attempts"] == 0
    service.service.runner.drain()
    assert old.result().status in (204, 503)


def test_progress_is_written_and_never_fails_a_stage(start: Start, world: World, gates: Gates) -> None:
    service, brief = start(), Brief()

    def says(fraction: float, note: str) -> Callable[..., Any]:
        def run(_job: Any, _outputs: Any, context: Any) -> Any:
            context.progress(fraction, note)
            return {"note": world.job(brief.job_id)["stage_note"]}

        return run

    gates.does(brief.job_id, "B", says(0.5, "half of it"))
    gates.does(brief.job_id, "C", says(7.0, "x" * 999))
    assert service.push(brief.body()).status == 204
    (said,) = world.query("SELECT output FROM job_stages WHERE stage = 'B' AND status = 'finished'")
    assert said["output"] == {"note": "half of it"}
