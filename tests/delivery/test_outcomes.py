"""The table of outcomes agrees with the answers that errors get."""

import flask
import pytest

from service import problems
from service.delivery.outcomes import Outcome, of_error
from service.errors import BadEnvelope, BadToken, NotAllowed, RetryLater, ServiceError, TooLarge, TooSlow, Unavailable

ERRORS: list[ServiceError] = [
    RetryLater("provider_busy", "The provider is busy.", retry_after_s=1),
    BadToken("no_token", "There is no token."),
    NotAllowed("caller_not_allowed", "Not you."),
    BadEnvelope("envelope_not_json", "Not an envelope."),
    TooSlow("body_too_slow", "Too slow."),
    TooLarge("body_too_large", "Too large."),
    *(Unavailable(outcome.label, "Not now.") for outcome in Outcome if outcome.status == 503),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_an_errors_answer_is_the_one_in_the_table(error: ServiceError) -> None:
    with flask.Flask("test").test_request_context():
        assert problems.problem_of(error).status_code == of_error(error).status


def test_only_the_seven_committed_outcomes_are_acked() -> None:
    acked = {outcome for outcome in Outcome if 200 <= outcome.status < 300}
    assert acked == {
        Outcome.COMPLETED,
        Outcome.FAILED,
        Outcome.CONTINUED,
        Outcome.NOT_A_JOB,
        Outcome.ALREADY_ENDED,
        Outcome.HELD,
        Outcome.OLDER,
    }
    assert {outcome.status for outcome in acked} == {204}
