"""Each wrong variant of docs/protocol/model.py has a scenario that the real code passes and that the variant fails.

`VARIANTS` is the list of `model.py variants`, and `OF_ROUNDS_AND_COSTS` are those of what the model does not know: the
rounds and the account. `TABLE` says for each which scenario it is, and how to turn the real code
into the variant. A scenario is a test of another module, or one of this page's own. Two variants are safe: the model
found nothing against them, so their scenario is only held.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from lab.harness.world import Brief, World, envelope, eventually
from service.api import submit
from service.delivery import checkpoints, claims, outbox, retry, settle, sweep, transitions
from service.delivery.checkpoints import Effect, Keeper
from service.delivery.claims import Lease
from service.delivery.context import StageContext
from service.delivery.messages import decode_job, decode_push
from service.delivery.transitions import Transition
from service.errors import Unavailable
from service.pipeline import Later, Never, Price
from tests.delivery import test_broken_database as broken
from tests.delivery import test_cancel_and_replay as replays
from tests.delivery import test_delivery as delivery
from tests.delivery import test_once_and_effect as effects
from tests.delivery import test_rounds as rounds
from tests.delivery import test_sweep as sweeps
from tests.delivery import test_time_and_drain as times
from tests.support.gated import Gates, InProcess

VARIANTS = [
    "fence-token-only/cancel",
    "fence-token-only/commit-unknown",
    "no-generation",
    "stale-acked-silently",
    "claim-subselect",
    "claim-subselect/drain",
    "stage-start-unfenced",
    "fence-by-select",
    "upsert-overwrites",
    "conflict-taken-for-duplicate",
    "outbox-skip-locked",
    "outbox-own-rows",
    "drain-expires-lease",
    "attempt-at-claim",
    "sweep-as-written",
    "sweep-as-written/drain",
    "sweep-as-written/api",
    "no-sweep/api",
    "no-sweep/loss",
    "sweep-resets",
    "replay-same-keys",
    "replay-resets-token",
    "effect-no-intent",
    "effect-rebuy",
    "effect-query",
    "effect-aside",
    "heartbeat-for-ever",
    "handover-without-progress",
    "cancel-flag-ignored",
    "cancel-flag",
    "unsure-nack",
    "fenced-op-id",
]

OF_ROUNDS_AND_COSTS = [
    "round-without-progress",
    "intent-fence-by-select",
    "not-taken-fence-by-select",
    "account-by-sub-select",
    "intent-paid-twice",
    "unknown-not-paid",
    "unknown-forgotten",
    "unknown-id-overwritten",
]

Start = Callable[..., InProcess]


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """The fixtures."""

    start: Start
    world: World
    gates: Gates
    patch: pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Variant:
    scenario: Callable[[Here], None]
    sabotage: Callable[[Here], None] | None = None
    """Turns the real code into the variant; None: the variant is safe."""


@pytest.fixture
def here(start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(start=start, world=world, gates=gates, patch=monkeypatch)


# Scenarios of this page's own


def waiters(world: World) -> int:
    return len(world.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def a_claim_that_waits_for_the_rows_lock_sees_what_was_committed_meanwhile(here: Here) -> None:
    """The holder before checkpoints A and gives the job back while the claim waits for the job's row."""
    service, brief = here.start(), Brief()
    here.gates.does(brief.job_id, "A", delivery.later)
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
    """The takeover has the row's lock and is not committed when the checkpoint comes."""
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
    here.gates.does(brief.job_id, "B", delivery.later)
    service.push(brief.body())
    delivery.end_backoff(here.world, brief.job_id)
    here.gates.does(brief.job_id, "B", None)
    other = Brief(job_id=brief.job_id, content="something else")
    assert service.push(other.body()).status == 204
    job = here.world.job(brief.job_id)
    assert (job["state"], job["content"]) == ("pending", brief.content)
    assert [letter["reason"] for letter in here.world.published(delivery.DLQ)] == ["job_id_conflict"]


def a_row_that_another_delivery_is_publishing_is_owed_all_the_same(here: Here) -> None:
    service, brief = here.start(), Brief()
    service.push(brief.body())
    here.world.query("UPDATE outbox SET published_at = NULL RETURNING 1")
    before = len(here.world.published(delivery.RESULTS))
    with here.world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("SELECT 1 FROM outbox FOR UPDATE"))
        push = service.push_soon(brief.body())
        eventually(lambda: push.done() or waiters(here.world))
        # It dies before it has published.
        other.rollback()
    assert push.result(30).status == 503 or len(here.world.published(delivery.RESULTS)) > before


def a_drained_job_whose_message_is_lost_is_found(here: Here) -> None:
    service, brief = here.start(), Brief()
    here.gates.does(brief.job_id, "A", times.until_told)
    push = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "A")
    service.service.runner.drain()
    assert push.result(30).status == 503
    assert sweeps.swept(service).resent == (brief.job_id,)


def submit_it(service: InProcess, brief: Brief) -> None:
    job = decode_job(decode_push(envelope(brief.data()), {}), frozenset({brief.preset}))
    submit.submit(service.service.engine, job, first_stage="A", topic=delivery.JOBS)


def a_submitted_job_whose_message_is_lost_is_found(here: Here) -> None:
    service, brief = here.start(), Brief()
    submit_it(service, brief)
    replays.publish(service, brief)
    assert sweeps.swept(service).resent == (brief.job_id,)


def a_submitted_job_whose_process_died_is_published(here: Here) -> None:
    service, brief = here.start(), Brief()
    submit_it(service, brief)
    here.world.query("UPDATE outbox SET created_at = clock_timestamp() - interval '2 minutes' RETURNING 1")
    assert sweeps.swept(service, age_s=None).published == 1
    assert len(here.world.pubsub.accepted(delivery.JOBS)) == 1


def a_zombie_of_an_earlier_run_does_no_harm(here: Here) -> None:
    """It was cancelled, and an operator's replay is at the same stage when it wakes."""
    service, brief = here.start(), Brief()
    here.gates.hold(brief.job_id, "B")
    zombie = service.push_soon(brief.body())
    here.gates.wait_reached(brief.job_id, "B")
    replays.cancel(service, brief)
    assert replays.replay(service, brief) == 2
    may_end = threading.Event()

    def wait(*_: Any) -> dict[str, str]:
        if here.gates.count(brief.job_id, "B") > 1 and not may_end.is_set():
            may_end.wait(30)
        return {"by": "B"}

    here.gates._held.clear()  # noqa: SLF001 (the zombie alone is held)
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
    """The first caller is only slow: asked now, the provider has no order yet."""
    service, brief = here.start(), Brief()
    ordered, may_go, calls = effects.Provider(), threading.Event(), []
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
    delivery.expire_lease(here.world, brief.job_id)
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
    """Another delivery has the job's row and has not committed yet; it commits at the end of the block."""
    with world.engine.connect() as other:
        other.execution_options(isolation_level="READ COMMITTED")
        other.execute(text("UPDATE jobs SET lease_token = gen_random_uuid() WHERE id = :id"), {"id": brief.job_id})
        yield
        other.commit()


def an_intent_that_meets_a_takeover_orders_nothing(here: Here) -> None:
    """The SELECT … FOR NO KEY UPDATE waits for the row's lock, and looks at its condition again on what it finds then:
    as an UPDATE does."""
    service, brief, provider = here.start(), Brief(), effects.Provider()
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
    assert effects.account(here.world, brief) == 0


def an_order_not_taken_that_meets_a_takeover_stays_on_record(here: Here) -> None:
    """Whoever has the job now has seen the intent, and may be about to order it again: it is theirs."""
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
    assert effects.account(here.world, brief) == 0.4


def two_orders_that_wait_together_do_not_pass_the_cap(here: Here) -> None:
    """Both statements have begun before either may go on, so neither's snapshot has the other's order."""
    service, brief, provider = here.start(), Brief(), effects.Provider()
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
    assert effects.account(here.world, brief) == 0.3


# Sabotage


def swap(here: Here, module: Any, constant: str, *changes: tuple[str, str]) -> None:
    """Change a statement's text; what is to be changed must be there."""
    sql = str(getattr(module, constant))
    for old, new in changes:
        assert old in sql, f"{constant} no longer has {old!r}"
        sql = sql.replace(old, new)
    here.patch.setattr(module, constant, text(sql))


def drop_constraints(here: Here) -> None:
    """The constraints would stop what the sabotaged statement does."""
    with here.world.engine.connect() as connection:
        connection.execute(text("ALTER TABLE jobs DROP CONSTRAINT jobs_lease_while_processing"))
        connection.execute(text("ALTER TABLE job_results DROP CONSTRAINT job_results_one_a_run"))
        connection.execute(text("DROP INDEX job_states_one_end"))
        connection.execute(text("ALTER TABLE outbox DROP CONSTRAINT outbox_message_key"))


def cancel_leaves_the_token(here: Here) -> None:
    drop_constraints(here)
    swap(here, settle, "CANCEL", ("lease_token = NULL, lease_until = NULL", "lease_until = NULL"))


def an_error_is_a_failure_and_an_end_leaves_the_token(here: Here) -> None:
    drop_constraints(here)
    swap(here, settle, "END", ("lease_token = NULL, lease_until = NULL", "lease_until = NULL"))
    real = settle.settle

    def unsure(engine: Any, lease: Lease, transition: Transition, *, out_of_time: Any) -> Any:
        try:
            return real(engine, lease, transition, out_of_time=lambda: True)
        except Unavailable:
            failed = transitions.retried(code="database", sentence="?", attempts=1, delay_s=0, stage="C")
            return real(engine, lease, failed, out_of_time=out_of_time)

    here.patch.setattr(settle, "settle", unsure)


def whoever_comes_may_claim(here: Here) -> None:
    swap(here, claims, "CLAIM", ("AND (EXCLUDED.run, EXCLUDED.hop) >= (j.run, j.hop)", ""))


def only_own_rows_are_published(here: Here) -> None:
    real = outbox.publish_owed

    def own(engine: Any, publisher: Any, job_id: str, *, until: float, rows: Any = None) -> None:
        if rows is not None:
            real(engine, publisher, job_id, until=until, rows=rows)

    here.patch.setattr(outbox, "publish_owed", own)


def the_claim_reads_by_sub_select(here: Here) -> None:
    before = "RETURNING id, run, hop, round, stage, sent_back_by, progress,"
    old = "coalesce((SELECT x.stage FROM jobs x WHERE x.id = j.id), j.stage) AS stage"
    by_sub_select = f"RETURNING id, run, hop, round, {old}, sent_back_by, progress,"
    swap(here, claims, "CLAIM", (before, by_sub_select))


def no_start_is_recorded(here: Here) -> None:
    began = "'started', attempts + 1, lease_token FROM mine"
    swap(here, checkpoints, "CHECKPOINT", (began, f"{began} WHERE false"))


def the_fence_is_a_select(here: Here) -> None:
    sql = str(checkpoints.CHECKPOINT)
    update = sql[sql.index("    UPDATE jobs SET") : sql.index("), finished AS")]
    select = (
        " SELECT id, run, round, progress, attempts, lease_token FROM jobs"
        " WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :seen"
    )
    swap(here, checkpoints, "CHECKPOINT", (update, select))


def the_upsert_overwrites(here: Here) -> None:
    swap(
        here,
        claims,
        "CLAIM",
        ("SET\n        state = 'processing',", "SET\n        content = EXCLUDED.content, state = 'processing',"),
        ("WHERE j.input_sha256 = EXCLUDED.input_sha256", "WHERE true"),
    )


def the_same_id_is_a_duplicate(here: Here) -> None:
    swap(here, claims, "WHY_NOT", ("input_sha256 = :sha AS same", "true AS same"))


def locked_rows_are_skipped(here: Here) -> None:
    swap(here, outbox, "READ_BY_JOB", ("ORDER BY id", "ORDER BY id FOR UPDATE SKIP LOCKED"))


def a_drain_expires_the_lease(here: Here) -> None:
    real = settle.settle

    def expire(engine: Any, lease: Lease, transition: Transition, *, out_of_time: Any) -> Any:
        if transition.reason != "drain":
            return real(engine, lease, transition, out_of_time=out_of_time)
        delivery.expire_lease(here.world, lease.job_id)
        return []

    here.patch.setattr(settle, "settle", expire)


def each_claim_is_an_attempt(here: Here) -> None:
    swap(here, claims, "CLAIM", ("THEN 1 ELSE 0 END", "THEN 1 ELSE 1 END"))


def the_sweep_looks_for_leases_alone(here: Here) -> None:
    swap(here, sweep, "STALE", ("(lease_until IS NULL OR lease_until <= clock_timestamp())", "lease_until < now()"))


def the_sweep_publishes_nothing(here: Here) -> None:
    swap(here, outbox, "READ_LATE", ("turn <= :limit", "turn <= 0 * :limit"))


def the_sweep_sends_nothing(here: Here) -> None:
    swap(here, sweep, "STALE", ("LIMIT :limit", "LIMIT 0 * :limit"))


def the_sweep_resets(here: Here) -> None:
    resets = "UPDATE jobs SET state = 'pending', lease_token = NULL, lease_until = NULL, enqueued_at"
    swap(here, sweep, "STALE", ("UPDATE jobs SET enqueued_at", resets))


def a_replay_keeps_its_keys(here: Here) -> None:
    swap(here, settle, "REPLAY", ("run = run + 1, hop = 0", "hop = hop + 1"))


def tokens_begin_anew(here: Here) -> None:
    here.patch.setattr(claims, "uuid4", lambda: "00000000-0000-0000-0000-000000000001")


def no_intent_is_recorded(here: Here) -> None:
    def intend(keeper: Keeper, stage: str, name: str, price: Price) -> str:  # noqa: ARG001
        return "r"

    here.patch.setattr(Keeper, "intend", intend)


def forget_unknown(here: Here, is_forgotten: Callable[[], bool]) -> None:
    real = Keeper.find_effect

    def find(keeper: Keeper, stage: str, name: str) -> Effect | None:
        known = real(keeper, stage, name)
        return None if known is not None and not known.is_started and is_forgotten() else known

    here.patch.setattr(Keeper, "find_effect", find)


def what_is_unknown_is_bought_again(here: Here) -> None:
    forget_unknown(here, lambda: True)


def what_is_unknown_is_asked_for(here: Here) -> None:
    """The provider says what it has at that moment, which is nothing: the slow order is still to come."""
    forget_unknown(here, lambda: True)


def what_is_unknown_is_always_set_aside(here: Here) -> None:
    real = StageContext.effect

    def aside(context: StageContext, *args: Any, **options: Any) -> Any:
        return real(context, *args, **{**options, "repeatable": False})

    here.patch.setattr(StageContext, "effect", aside)


def renewals_go_on_for_ever(here: Here) -> None:
    for_ever = "clock_timestamp() + make_interval(secs => :lease_s)"
    swap(here, claims, "RENEW", (f"least({for_ever}, mine.deadline)", for_ever))


def a_hand_over_costs_nothing(here: Here) -> None:
    here.patch.setattr(retry, "after_time_up", lambda _stage, attempts, _most, **_: retry.HandOver(attempts))


def a_cancel_is_a_flag_that_nobody_reads(here: Here) -> None:
    here.patch.setattr(settle, "cancel", lambda *_, **__: "cancelled")


def an_unsure_claim_is_left_to_its_lease(here: Here) -> None:
    def unsure(*_: Any) -> Any:
        raise Unavailable("database_unreachable", "Nobody knows.")

    here.patch.setattr(claims, "_claimed_after_all", unsure)


def a_round_is_raised_without_progress(here: Here) -> None:
    swap(here, checkpoints, "CHECKPOINT", (" AND progress = :seen", ""))


def the_intents_fence_is_a_select(here: Here) -> None:
    swap(here, checkpoints, "INTEND", ("FOR NO KEY UPDATE", ""))


def the_fence_of_what_was_not_taken_is_a_select(here: Here) -> None:
    swap(here, checkpoints, "NOT_TAKEN", ("FOR NO KEY UPDATE", ""))


def the_account_is_a_sum(here: Here) -> None:
    of_effects = "(SELECT coalesce(sum(x.cost_usd), 0) FROM job_effects x WHERE x.job_id = mine.id)"
    swap(here, checkpoints, "INTEND", ("mine.spent_usd + :cost_usd <=", f"{of_effects} + :cost_usd <="))


def an_intent_is_paid_each_time_it_is_written(here: Here) -> None:
    swap(
        here,
        checkpoints,
        "INTEND",
        ("mine.spent_usd + written.cost_usd", "mine.spent_usd + :cost_usd"),
        ("FROM mine, written WHERE", "FROM mine WHERE"),
    )


def what_is_unknown_is_not_paid(here: Here) -> None:
    swap(
        here,
        checkpoints,
        "ORDER_AGAIN",
        ("cost_usd = e.cost_usd + :cost_usd", "cost_usd = :cost_usd"),
        ("RETURNING CAST(:cost_usd AS numeric)", "RETURNING CAST(0 AS numeric)"),
    )


def a_second_order_keeps_its_id_when_it_is_not_taken(here: Here) -> None:
    swap(here, checkpoints, "NOT_TAKEN", ("request_id = e.unknown_id, unknown_id = NULL, ", ""))


def the_id_of_the_first_order_is_lost(here: Here) -> None:
    swap(here, checkpoints, "ORDER_AGAIN", (", unknown_id = e.request_id", ""))


# The table


def lost_round(here: Here) -> None:
    rounds.test_a_checkpoint_that_sends_back_is_repeated_harmlessly_when_its_answer_is_lost(
        here.start, here.world, here.gates
    )


def lost_intent(here: Here) -> None:
    effects.test_an_intent_whose_answer_is_lost_is_paid_once(here.start, here.world, here.gates, effects.Provider())


def ordered_once_more(here: Here) -> None:
    effects.test_by_policy_an_unknown_order_is_made_once_more_and_paid_twice(
        here.start, here.world, here.gates, effects.Provider(), (1, 1.0, None)
    )


def second_order_not_taken(here: Here) -> None:
    effects.test_a_second_order_that_is_forgotten_twice_leaves_the_first(
        here.start, here.world, here.gates, effects.Provider()
    )


def both_looked_for(here: Here) -> None:
    effects.test_each_of_two_unknown_orders_is_looked_for(here.start, here.world, here.gates, effects.Provider(), 0)


def lost_settle(here: Here) -> None:
    broken.test_a_lost_connection_costs_no_attempt_and_doubles_nothing(
        here.start, here.world, here.gates, "settle", committed=True
    )


def lost_claim(here: Here) -> None:
    broken.test_a_lost_connection_costs_no_attempt_and_doubles_nothing(
        here.start, here.world, here.gates, "claim", committed=True
    )


def older_message(here: Here) -> None:
    delivery.test_an_older_message_never_claims_and_publishes_what_is_owed(here.start, here.world, here.gates, 1, 2)


def publish_made_up_for(here: Here) -> None:
    delivery.test_a_publish_that_fails_is_nacked_and_made_up_for_without_running_again(
        here.start, here.world, here.gates, here.patch, "fail"
    )


def other_inputs(here: Here) -> None:
    delivery.test_other_inputs_under_a_known_id_are_put_aside(here.start, here.world)


def late_result(here: Here) -> None:
    replays.test_a_running_job_is_cancelled_and_its_late_result_is_not_written(here.start, here.world, here.gates)


def drained(here: Here) -> None:
    times.test_a_drain_hands_every_job_back_and_uses_up_nothing(here.start, here.world, here.gates)


def pending_without_a_message(here: Here) -> None:
    sweeps.test_a_pending_job_without_a_message_gets_one(here.start, here.world, here.gates)


def dead_holder(here: Here) -> None:
    sweeps.test_a_job_whose_lease_ran_out_gets_a_message_and_a_held_one_does_not(here.start, here.world, here.gates)


def replayed(here: Here) -> None:
    replays.test_a_replay_is_a_new_run_that_keeps_finished_stages(here.start, here.world, here.gates)


def order_in_doubt(here: Here) -> None:
    effects.test_a_crash_between_the_order_and_its_record(
        here.start, here.world, here.gates, effects.Provider(), repeatable=False
    )


def repeatable_order_in_doubt(here: Here) -> None:
    effects.test_a_crash_between_the_order_and_its_record(
        here.start, here.world, here.gates, effects.Provider(), repeatable=True
    )


def zombies_operation(here: Here) -> None:
    effects.test_the_operation_of_a_zombies_order_is_recorded_all_the_same(
        here.start, here.world, here.gates, effects.Provider()
    )


def hung_stage(here: Here) -> None:
    times.test_a_hung_stage_ends_with_its_delivery_and_uses_up_an_attempt(here.start, here.world, here.gates)


TABLE: dict[str, Variant] = {
    "fence-token-only/cancel": Variant(late_result, cancel_leaves_the_token),
    "fence-token-only/commit-unknown": Variant(lost_settle, an_error_is_a_failure_and_an_end_leaves_the_token),
    "no-generation": Variant(older_message, whoever_comes_may_claim),
    "stale-acked-silently": Variant(older_message, only_own_rows_are_published),
    "claim-subselect": Variant(
        a_claim_that_waits_for_the_rows_lock_sees_what_was_committed_meanwhile, the_claim_reads_by_sub_select
    ),
    "claim-subselect/drain": Variant(
        a_claim_that_waits_for_the_rows_lock_sees_what_was_committed_meanwhile, the_claim_reads_by_sub_select
    ),
    "stage-start-unfenced": Variant(a_stage_that_runs_is_on_record_as_begun, no_start_is_recorded),
    "fence-by-select": Variant(a_checkpoint_that_meets_a_takeover_is_refused, the_fence_is_a_select),
    "upsert-overwrites": Variant(other_inputs_never_touch_a_pending_job, the_upsert_overwrites),
    "conflict-taken-for-duplicate": Variant(other_inputs, the_same_id_is_a_duplicate),
    "outbox-skip-locked": Variant(
        a_row_that_another_delivery_is_publishing_is_owed_all_the_same, locked_rows_are_skipped
    ),
    "outbox-own-rows": Variant(publish_made_up_for, only_own_rows_are_published),
    "drain-expires-lease": Variant(drained, a_drain_expires_the_lease),
    "attempt-at-claim": Variant(drained, each_claim_is_an_attempt),
    "sweep-as-written": Variant(pending_without_a_message, the_sweep_looks_for_leases_alone),
    "sweep-as-written/drain": Variant(a_drained_job_whose_message_is_lost_is_found, the_sweep_looks_for_leases_alone),
    "sweep-as-written/api": Variant(a_submitted_job_whose_message_is_lost_is_found, the_sweep_looks_for_leases_alone),
    "no-sweep/api": Variant(a_submitted_job_whose_process_died_is_published, the_sweep_publishes_nothing),
    "no-sweep/loss": Variant(dead_holder, the_sweep_sends_nothing),
    "sweep-resets": Variant(dead_holder, the_sweep_resets),
    "replay-same-keys": Variant(replayed, a_replay_keeps_its_keys),
    "replay-resets-token": Variant(a_zombie_of_an_earlier_run_does_no_harm, tokens_begin_anew),
    "effect-no-intent": Variant(order_in_doubt, no_intent_is_recorded),
    "effect-rebuy": Variant(order_in_doubt, what_is_unknown_is_bought_again),
    "effect-query": Variant(an_order_that_may_still_be_on_its_way_is_not_made_again, what_is_unknown_is_asked_for),
    "effect-aside": Variant(repeatable_order_in_doubt, what_is_unknown_is_always_set_aside),
    "heartbeat-for-ever": Variant(no_renewal_reaches_past_the_deadline, renewals_go_on_for_ever),
    "handover-without-progress": Variant(hung_stage, a_hand_over_costs_nothing),
    "cancel-flag-ignored": Variant(late_result, a_cancel_is_a_flag_that_nobody_reads),
    "cancel-flag": Variant(late_result),
    "unsure-nack": Variant(lost_claim, an_unsure_claim_is_left_to_its_lease),
    "fenced-op-id": Variant(zombies_operation),
    "round-without-progress": Variant(lost_round, a_round_is_raised_without_progress),
    "intent-fence-by-select": Variant(an_intent_that_meets_a_takeover_orders_nothing, the_intents_fence_is_a_select),
    "not-taken-fence-by-select": Variant(
        an_order_not_taken_that_meets_a_takeover_stays_on_record, the_fence_of_what_was_not_taken_is_a_select
    ),
    "account-by-sub-select": Variant(two_orders_that_wait_together_do_not_pass_the_cap, the_account_is_a_sum),
    "intent-paid-twice": Variant(lost_intent, an_intent_is_paid_each_time_it_is_written),
    "unknown-not-paid": Variant(ordered_once_more, what_is_unknown_is_not_paid),
    "unknown-forgotten": Variant(second_order_not_taken, a_second_order_keeps_its_id_when_it_is_not_taken),
    "unknown-id-overwritten": Variant(both_looked_for, the_id_of_the_first_order_is_lost),
}

OWN = {variant.scenario.__name__: variant.scenario for variant in TABLE.values()}


def test_every_variant_has_its_scenario() -> None:
    assert list(TABLE) == VARIANTS + OF_ROUNDS_AND_COSTS
    assert {name for name, variant in TABLE.items() if variant.sabotage is None} == {"cancel-flag", "fenced-op-id"}


@pytest.mark.parametrize("name", list(OWN))
def test_the_real_code_passes(here: Here, name: str) -> None:
    OWN[name](here)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, variant in TABLE.items() if variant.sabotage])
def test_the_variant_fails(here: Here, name: str) -> None:
    variant = TABLE[name]
    assert variant.sabotage
    variant.sabotage(here)
    try:
        # ValueError: not as many rows as there should be.
        with pytest.raises((AssertionError, ValueError)) as red:
            variant.scenario(here)
        assert "no longer has" not in str(red.value)
    finally:
        for job_id, stage in list(here.gates._held):  # noqa: SLF001 (what failed half way left its stages held)
            here.gates.open(job_id, stage)
