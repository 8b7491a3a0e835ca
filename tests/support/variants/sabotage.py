"""Turn the real code into each wrong variant of the protocol."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace
from sqlalchemy import text

from service.delivery import (
    checkpoints,
    claims,
    held,
    outbox,
    outgoing,
    refusals,
    retry,
    settle,
    suspicion,
    sweep,
    transitions,
)
from service.delivery.checkpoints import Effect, Keeper
from service.delivery.claims import Lease, Settled
from service.delivery.context import StageContext
from service.delivery.outcomes import Outcome
from service.delivery.transitions import Transition
from service.errors import Unavailable
from service.operator import prune
from service.pipeline import Later, Price, StageError
from service.slots import Slot
from tests.support.jobs import expire_lease
from tests.support.variants.here import Here


def swap(here: Here, module: Any, constant: str, *changes: tuple[str, str]) -> None:
    """Change a statement's text, which must contain what is changed."""
    sql = str(getattr(module, constant))
    for old, new in changes:
        assert old in sql, f"{constant} no longer has {old!r}"
        sql = sql.replace(old, new)
    here.patch.setattr(module, constant, text(sql))


def drop_constraints(here: Here) -> None:
    """Drop the constraints that would stop what the sabotaged statement does."""
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
        " WHERE id = :id AND lease_token = CAST(:token AS uuid) AND progress = :progress_seen"
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
        expire_lease(here.world, lease.job_id)
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
    swap(here, sweep, "STAMP", ("UPDATE jobs SET enqueued_at", resets))


def a_prune_leaves_nothing(here: Here) -> None:
    swap(here, prune, "DELETE_JOBS", ("state, run, hop FROM gone", "state, run, hop FROM gone WHERE false"))
    drop_guard(here)


def drop_guard(here: Here) -> None:
    """Let a claim look for a tombstone in its own snapshot only."""
    with here.world.engine.connect() as connection:
        connection.execute(text("DROP TRIGGER jobs_not_pruned ON jobs"))


def a_hold_is_acked_and_not_committed(here: Here) -> None:
    here.patch.setattr(held, "hold", lambda *_, **__: Settled(Outcome.HELD))


def a_release_clears_and_sends_nothing(here: Here) -> None:
    here.patch.setattr(held._Sending, "_publish", lambda *_: True)  # noqa: SLF001


def held_jobs_are_left_out_and_not_sent(here: Here) -> None:
    swap(here, held, "FREE", ("LIMIT :limit", "LIMIT 0 * :limit"))


def the_limit_is_checked_before_the_claim_only(here: Here) -> None:
    here.patch.setattr(held, "steps_back", lambda *_, **__: False)


def a_replay_keeps_its_keys(here: Here) -> None:
    swap(here, settle, "REPLAY", ("run = run + 1, hop = 0", "hop = hop + 1"))


def tokens_begin_anew(here: Here) -> None:
    here.patch.setattr(claims, "uuid4", lambda: "00000000-0000-0000-0000-000000000001")


def no_intent_is_recorded(here: Here) -> None:
    def intend(keeper: Keeper, stage: str, name: str, price: Price) -> str:  # noqa: ARG001
        return "r"

    # What has no intent cannot be completed either: it would be tried until the delivery's end.
    here.patch.setattr(Keeper, "started", lambda *_args: None)
    here.patch.setattr(Keeper, "finished", lambda *_args, **_change: None)
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
    """The provider answers with what it has at that moment: nothing, because the slow order is still on its way."""
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
    here.patch.setattr(retry, "after_time_up", lambda _stage, used, _limits, **_: retry.HandOver(used.attempts))


def what_is_on_record_is_refused(here: Here) -> None:
    here.patch.setattr(refusals, "on_record", lambda *_, **__: None)


def the_wait_for_a_revision_is_a_backoff(here: Here) -> None:
    swap(here, refusals, "WAIT", ("waits = j.waits + 1", "not_before = now() + interval '1 h', waits = j.waits + 1"))


def a_refusal_has_the_key_of_a_run(here: Here) -> None:
    real = outgoing.refused_message

    def refused(topics: Any, _key: str, job_id: str, **said: Any) -> Any:
        return real(topics, outgoing.result_key(job_id, 1), job_id, **said)

    here.patch.setattr(outgoing, "refused_message", refused)


def a_cancel_is_a_flag_that_nobody_reads(here: Here) -> None:
    here.patch.setattr(settle, "cancel", lambda *_, **__: "cancelled")


def an_unsure_claim_is_left_to_its_lease(here: Here) -> None:
    def unsure(*_: Any) -> Any:
        raise Unavailable("database_unreachable", "Nobody knows.")

    here.patch.setattr(claims, "_claimed_after_all", unsure)


def a_round_is_raised_without_progress(here: Here) -> None:
    swap(here, checkpoints, "CHECKPOINT", (" AND progress = :progress_seen", ""))


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


def each_lost_lease_is_an_attempt(here: Here) -> None:
    swap(here, claims, "CLAIM", ("AND j.lease_alone THEN 1", "THEN 1"))


def no_death_is_an_attempt(here: Here) -> None:
    swap(here, claims, "CLAIM", ("THEN 1 ELSE 0 END", "THEN 0 ELSE 0 END"))


def suspects_run_beside_others(here: Here) -> None:
    swap(here, claims, "CLAIM", (":alone OR NOT (", "true OR NOT ("))


def a_takeover_runs_beside_others(here: Here) -> None:
    swap(here, claims, "CLAIM", (f"NOT {suspicion.SUSPECT}", "NOT j.is_suspect"))


def progress_ends_any_suspicion(here: Here) -> None:
    swap(here, checkpoints, "CHECKPOINT", ("is_suspect = is_suspect AND deaths > 1", "is_suspect = false"))


def progress_is_an_alibi(here: Here) -> None:
    swap(here, claims, "CLAIM", (f" OR j.deaths > 0 AND {suspicion.GONE}", ""))


def nobody_waits_for_a_suspect(here: Here) -> None:
    """It runs if its slot happens to be the only one in use."""
    here.patch.setattr(Slot, "alone", lambda slot, *_, **__: slot._slots.busy == 1)  # noqa: SLF001


def an_outage_is_a_failure(here: Here) -> None:
    real = retry.after_failure

    def after(error: StageError, used: retry.Used, limits: retry.Limits) -> Any:
        return real(Later(error.code, error.sentence), used, limits)

    here.patch.setattr(retry, "after_failure", after)


def a_wait_has_no_end(here: Here) -> None:
    real = retry.after_failure

    def after(error: StageError, used: retry.Used, limits: retry.Limits) -> Any:
        return real(error, replace(used, waited_s=0.0), limits)

    here.patch.setattr(retry, "after_failure", after)
