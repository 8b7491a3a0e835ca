"""Each wrong variant of docs/protocol/model.py has a scenario that the real code passes and that the variant fails.

`VARIANTS` is the list of `model.py variants`, `OF_BLAME` that of `model.py suspects`; `OF_ROUNDS_AND_COSTS` and
`OF_REVISIONS` list variants of what the model does not cover: rounds, the account, and two revisions side by side.
(`settle-not-flushed` needs a server of its own that is killed: `test_lost_commits.py` has it.)
`TABLE` says for each variant which scenario it has, and how to turn the real code into the variant. A scenario is a
test of another module, or one from `tests.support.variants.scenarios`. Some variants are safe: the model found nothing
against them, so only the real code
runs their scenario.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from lab.harness.world import World
from service.delivery import gate
from service.pipeline import Later
from tests.delivery.ack_is_durable import test_publishing, test_sweep
from tests.delivery.deadline import test_hand_over
from tests.delivery.finished_work import test_account, test_orders, test_rounds, test_unknown_orders
from tests.delivery.neighbours import test_pauses, test_suspects, test_user_limits, test_waits
from tests.delivery.one_outcome import test_cancel_and_replay, test_lost_answers, test_one_run
from tests.delivery.stopping import test_drain
from tests.operator import test_prune
from tests.support.gated import Gates, Start
from tests.support.paid import Provider
from tests.support.variants.here import Here
from tests.support.variants.sabotage import (
    a_cancel_is_a_flag_that_nobody_reads,
    a_drain_expires_the_lease,
    a_hand_over_costs_nothing,
    a_hold_is_acked_and_not_committed,
    a_prune_leaves_nothing,
    a_refusal_has_the_key_of_a_run,
    a_release_clears_and_sends_nothing,
    a_replay_keeps_its_keys,
    a_round_is_raised_without_progress,
    a_second_order_keeps_its_id_when_it_is_not_taken,
    a_takeover_runs_beside_others,
    a_wait_has_no_end,
    an_error_is_a_failure_and_an_end_leaves_the_token,
    an_intent_is_paid_each_time_it_is_written,
    an_outage_is_a_failure,
    an_unsure_claim_is_left_to_its_lease,
    cancel_leaves_the_token,
    drop_guard,
    each_claim_is_an_attempt,
    each_lost_lease_is_an_attempt,
    held_jobs_are_left_out_and_not_sent,
    locked_rows_are_skipped,
    no_death_is_an_attempt,
    no_intent_is_recorded,
    no_start_is_recorded,
    nobody_waits_for_a_suspect,
    only_own_rows_are_published,
    progress_ends_any_suspicion,
    progress_is_an_alibi,
    renewals_go_on_for_ever,
    suspects_run_beside_others,
    the_account_is_a_sum,
    the_claim_reads_by_sub_select,
    the_fence_is_a_select,
    the_fence_of_what_was_not_taken_is_a_select,
    the_id_of_the_first_order_is_lost,
    the_intents_fence_is_a_select,
    the_limit_is_checked_before_the_claim_only,
    the_same_id_is_a_duplicate,
    the_sweep_looks_for_leases_alone,
    the_sweep_publishes_nothing,
    the_sweep_resets,
    the_sweep_sends_nothing,
    the_upsert_overwrites,
    the_wait_for_a_revision_is_a_backoff,
    tokens_begin_anew,
    what_is_on_record_is_refused,
    what_is_unknown_is_always_set_aside,
    what_is_unknown_is_asked_for,
    what_is_unknown_is_bought_again,
    what_is_unknown_is_not_paid,
    whoever_comes_may_claim,
)
from tests.support.variants.scenarios import (
    a_checkpoint_that_meets_a_takeover_is_refused,
    a_claim_that_waits_for_the_rows_lock_sees_what_was_committed_meanwhile,
    a_drained_job_whose_message_is_lost_is_found,
    a_job_of_another_revision_is_left_to_it,
    a_refused_job_that_is_fed_back_has_a_result_of_its_own,
    a_row_that_another_delivery_is_publishing_is_owed_all_the_same,
    a_stage_that_runs_is_on_record_as_begun,
    a_submitted_job_whose_message_is_lost_is_found,
    a_submitted_job_whose_process_died_is_published,
    a_zombie_of_an_earlier_run_does_no_harm,
    an_intent_that_meets_a_takeover_orders_nothing,
    an_order_not_taken_that_meets_a_takeover_stays_on_record,
    an_order_that_may_still_be_on_its_way_is_not_made_again,
    no_renewal_reaches_past_the_deadline,
    other_inputs_never_touch_a_pending_job,
    two_orders_that_wait_together_do_not_pass_the_cap,
)

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
    "prune-no-tombstone",
    "prune-looked",
    "fenced-op-id",
    "hold-acked-first",
    "release-not-sent",
    "release-not-swept",
    "held-is-not-released",
]


OF_LIMITS = ["in-work-before-the-claim-only"]
"""The world of `model.py limits`."""

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

OF_REVISIONS = ["on-record-refused", "revision-backoff", "refusal-by-run"]


OF_BLAME = [
    "each-loss-an-attempt",
    "no-death-an-attempt",
    "suspects-together",
    "takeover-beside-others",
    "alone-by-luck",
    "progress-clears",
    "progress-pleads",
    "claim-clears",
    "drain-clears",
    "outage-an-attempt",
    "wait-without-end",
]


@dataclass(frozen=True, slots=True)
class Variant:
    scenario: Callable[[Here], None]
    sabotage: Callable[[Here], None] | None = None
    """Turns the real code into the variant; None: the variant is safe."""


@pytest.fixture
def here(start: Start, world: World, gates: Gates, monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(start=start, world=world, gates=gates, patch=monkeypatch)


def lost_round(here: Here) -> None:
    test_rounds.test_a_checkpoint_that_sends_back_is_repeated_harmlessly_when_its_answer_is_lost(
        here.start, here.world, here.gates
    )


def lost_intent(here: Here) -> None:
    test_account.test_an_intent_whose_answer_is_lost_is_paid_once(here.start, here.world, here.gates, Provider())


def ordered_once_more(here: Here) -> None:
    test_unknown_orders.test_by_policy_an_unknown_order_is_made_once_more_and_paid_twice(
        here.start, here.world, here.gates, Provider(), (1, 1.0, None)
    )


def second_order_not_taken(here: Here) -> None:
    test_unknown_orders.test_a_second_order_that_is_forgotten_twice_leaves_the_first(
        here.start, here.world, here.gates, Provider()
    )


def both_looked_for(here: Here) -> None:
    test_unknown_orders.test_each_of_two_unknown_orders_is_looked_for(here.start, here.world, here.gates, Provider(), 0)


def lost_settle(here: Here) -> None:
    test_lost_answers.test_a_lost_connection_costs_no_attempt_and_doubles_nothing(
        here.start, here.world, here.gates, "settle", committed=True
    )


def lost_claim(here: Here) -> None:
    test_lost_answers.test_a_lost_connection_costs_no_attempt_and_doubles_nothing(
        here.start, here.world, here.gates, "claim", committed=True
    )


def older_message(here: Here) -> None:
    test_one_run.test_an_older_message_never_claims_and_publishes_what_is_owed(here.start, here.world, here.gates, 1, 2)


def publish_made_up_for(here: Here) -> None:
    test_publishing.test_a_publish_that_fails_is_nacked_and_made_up_for_without_running_again(
        here.start, here.world, here.gates, here.patch, "fail"
    )


def other_inputs(here: Here) -> None:
    test_one_run.test_other_inputs_under_a_known_id_are_put_aside(here.start, here.world)


def late_result(here: Here) -> None:
    test_cancel_and_replay.test_a_running_job_is_cancelled_and_its_late_result_is_not_written(
        here.start, here.world, here.gates
    )


def late_message_of_a_pruned_job(here: Here) -> None:
    test_prune.test_a_late_message_of_a_pruned_job_is_a_duplicate(here.start, here.world, here.gates)


def message_of_a_job_that_is_being_pruned(here: Here) -> None:
    test_prune.test_a_message_that_comes_while_its_job_is_pruned_is_a_duplicate(here.start, here.world, here.gates)


def drained(here: Here) -> None:
    test_drain.test_a_drain_hands_every_job_back_and_uses_up_nothing(here.start, here.world, here.gates)


def pending_without_a_message(here: Here) -> None:
    test_sweep.test_a_pending_job_without_a_message_gets_one(here.start, here.world, here.gates)


def dead_holder(here: Here) -> None:
    test_sweep.test_a_job_whose_lease_ran_out_gets_a_message_and_a_held_one_does_not(here.start, here.world, here.gates)


def replayed(here: Here) -> None:
    test_cancel_and_replay.test_a_replay_is_a_new_run_that_keeps_finished_stages(here.start, here.world, here.gates)


def order_in_doubt(here: Here) -> None:
    test_orders.test_a_crash_between_the_order_and_its_record(
        here.start, here.world, here.gates, Provider(), repeatable=False
    )


def repeatable_order_in_doubt(here: Here) -> None:
    test_orders.test_a_crash_between_the_order_and_its_record(
        here.start, here.world, here.gates, Provider(), repeatable=True
    )


def zombies_operation(here: Here) -> None:
    test_orders.test_the_operation_of_a_zombies_order_is_recorded_all_the_same(
        here.start, here.world, here.gates, Provider()
    )


def hung_stage(here: Here) -> None:
    test_hand_over.test_a_hung_stage_ends_with_its_delivery_and_uses_up_an_attempt(here.start, here.world, here.gates)


def neighbours_of_a_death(here: Here) -> None:
    test_suspects.test_who_was_at_work_when_a_process_died_is_a_suspect_without_an_attempt(
        here.start, here.world, here.gates
    )


def deaths_alone(here: Here) -> None:
    test_suspects.test_only_a_death_alone_uses_up_an_attempt_and_says_why(here.start, here.world, here.gates)


def alone(here: Here) -> None:
    test_suspects.test_a_suspect_runs_alone_and_others_wait(here.start, here.world, here.gates)


def a_leak(here: Here) -> None:
    test_suspects.test_from_the_second_death_in_a_row_on_progress_ends_no_suspicion(here.start, here.world, here.gates)


def kept_turn(here: Here) -> None:
    test_suspects.test_a_busy_process_keeps_the_turn_of_a_suspect(here.start, here.world, here.gates, here.patch)


def outage(here: Here) -> None:
    quota = Later("provider_quota", "The quota is used up.", retry_after_s=1)
    test_waits.test_a_wait_for_the_provider_costs_no_attempt(here.start, here.world, here.gates, quota)


def long_outage(here: Here) -> None:
    test_waits.test_a_wait_ends_after_hours_with_the_last_errors_code(here.start, here.world, here.gates)


def held_and_resumed(here: Here) -> None:
    here.patch.setattr(gate, "KEEP_S", 0.0)
    test_pauses.test_what_is_paused_is_acked_and_kept_and_runs_when_it_is_resumed(
        here.start, here.world, here.gates, ("user", "u7")
    )


def sender_died(here: Here) -> None:
    here.patch.setattr(gate, "KEEP_S", 0.0)
    test_pauses.test_a_job_whose_sender_died_is_found_by_the_sweep(here.start, here.world, here.patch)


def claimed_together(here: Here) -> None:
    here.patch.setattr(gate, "KEEP_S", 0.0)
    test_user_limits.test_claims_at_the_same_time_never_pass_the_limit(here.start, here.world, here.gates, here.patch)


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
    "prune-no-tombstone": Variant(late_message_of_a_pruned_job, a_prune_leaves_nothing),
    "prune-looked": Variant(message_of_a_job_that_is_being_pruned, drop_guard),
    "fenced-op-id": Variant(zombies_operation),
    "hold-acked-first": Variant(held_and_resumed, a_hold_is_acked_and_not_committed),
    "release-not-sent": Variant(held_and_resumed, a_release_clears_and_sends_nothing),
    "release-not-swept": Variant(sender_died, the_sweep_sends_nothing),
    "held-is-not-released": Variant(held_and_resumed, held_jobs_are_left_out_and_not_sent),
    "in-work-before-the-claim-only": Variant(claimed_together, the_limit_is_checked_before_the_claim_only),
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
    "each-loss-an-attempt": Variant(neighbours_of_a_death, each_lost_lease_is_an_attempt),
    "no-death-an-attempt": Variant(deaths_alone, no_death_is_an_attempt),
    "suspects-together": Variant(alone, suspects_run_beside_others),
    "takeover-beside-others": Variant(alone, a_takeover_runs_beside_others),
    "alone-by-luck": Variant(kept_turn, nobody_waits_for_a_suspect),
    "progress-clears": Variant(a_leak, progress_ends_any_suspicion),
    "progress-pleads": Variant(a_leak, progress_is_an_alibi),
    "claim-clears": Variant(neighbours_of_a_death),
    "drain-clears": Variant(neighbours_of_a_death),
    "outage-an-attempt": Variant(outage, an_outage_is_a_failure),
    "wait-without-end": Variant(long_outage, a_wait_has_no_end),
    "on-record-refused": Variant(a_job_of_another_revision_is_left_to_it, what_is_on_record_is_refused),
    "revision-backoff": Variant(a_job_of_another_revision_is_left_to_it, the_wait_for_a_revision_is_a_backoff),
    "refusal-by-run": Variant(a_refused_job_that_is_fed_back_has_a_result_of_its_own, a_refusal_has_the_key_of_a_run),
}


OWN = {variant.scenario.__name__: variant.scenario for variant in TABLE.values()}


def test_every_variant_has_its_scenario() -> None:
    assert list(TABLE) == VARIANTS + OF_LIMITS + OF_ROUNDS_AND_COSTS + OF_BLAME + OF_REVISIONS
    safe = {"cancel-flag", "fenced-op-id", "claim-clears", "drain-clears"}
    assert {name for name, variant in TABLE.items() if variant.sabotage is None} == safe


@pytest.mark.parametrize("name", list(OWN))
def test_the_real_code_passes(here: Here, name: str) -> None:
    OWN[name](here)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, variant in TABLE.items() if variant.sabotage])
def test_the_variant_fails(here: Here, name: str) -> None:
    variant = TABLE[name]
    assert variant.sabotage
    variant.sabotage(here)
    # ValueError: another number of rows than expected.
    with pytest.raises((AssertionError, ValueError)) as red:
        variant.scenario(here)
    assert "no longer has" not in str(red.value)
