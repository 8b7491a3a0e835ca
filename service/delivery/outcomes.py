"""What can become of a delivery and how it is answered: the design's table of answers to `/push`, one row a member.

A 2xx acks; everything else makes Pub/Sub deliver the message again. Rows below the first seven are raised as errors on
the way (`of_error`), and `service.problems` gives each the status that stands here.
"""

from enum import Enum

from service.errors import BadEnvelope, BadToken, NotAllowed, RetryLater, TooLarge, TooSlow, Unavailable


class Outcome(Enum):
    """A row of the table: the HTTP status, and the label of `aiprod_push_deliveries_total`."""

    # Acked: the outcome is committed, and Pub/Sub has accepted every message that the job owes.
    COMPLETED = 204, "completed"  # ran to the end
    FAILED = 204, "failed"  # ended as failed for good; the dead letter is published
    CONTINUED = 204, "continued"  # out of time between stages; the continuation is published
    NOT_A_JOB = 204, "not_a_job"  # neither a job nor on record as one; its dead letter is published
    ALREADY_ENDED = 204, "already_ended"  # the job had completed, failed or been cancelled before
    HELD = 204, "held"  # paused, or its user is at a limit: the job is kept as pending and sent again later
    OLDER = 204, "older"  # the message is of an older run or hop than the job's

    # Failed, but may succeed later.
    RETRY_LATER = 500, "retry_later"

    # Not now. The labels are the codes of `Unavailable`.
    JOB_BUSY = 503, "job_busy"  # another delivery holds a live lease, or the job's backoff has not passed
    OTHER_REVISION = 503, "other_revision"  # the job needs a preset or a stage that only another revision knows
    SLOTS_BUSY = 503, "slots_busy"
    BYTES_IN_FLIGHT = 503, "bytes_in_flight"
    SHUTTING_DOWN = 503, "shutting_down"
    DATABASE_UNREACHABLE = 503, "database_unreachable"
    DATABASE_BUSY = 503, "database_busy"
    DATABASE_NOT_MIGRATED = 503, "database_not_migrated"
    DATABASE_READ_ONLY = 503, "database_read_only"  # a standby, or default_transaction_read_only
    DATABASE_PRIVILEGE = 503, "database_privilege"  # the service's role may not do it
    DATABASE_SEQUENCE = 503, "database_sequence"  # behind the ids in its table: `migrate` mends it
    DATABASE_CONSTRAINT = 503, "database_constraint"  # one that is not this version's refuses the row
    DATABASE_REFUSED = 503, "database_refused"  # refused for another reason that is not the data's
    DATABASE_FULL = 503, "database_full"  # out of disk or memory
    DATABASE_CONNECTIONS = 503, "database_connections"  # it takes no more
    DATABASE_LOGIN = 503, "database_login"  # it does not let this role in
    DATABASE_LIMITS = 503, "database_limits"  # the role has no time limits, behind a pooler
    DATABASE_SLOW = 503, "database_slow"  # no end within statement_timeout
    DATABASE_LOCKED = 503, "database_locked"  # another session keeps a lock
    LEASE_UNCERTAIN = 503, "lease_uncertain"
    PUBSUB_UNREACHABLE = 503, "pubsub_unreachable"
    CERTS_UNREACHABLE = 503, "certs_unreachable"
    UNAVAILABLE = 503, "unavailable"  # a code that has no row of its own

    # Refused. Pub/Sub tries again all the same; the operator has to look.
    UNAUTHORIZED = 401, "unauthorized"  # no token, or one that does not verify
    FORBIDDEN = 403, "forbidden"  # a good token of another account
    BAD_ENVELOPE = 400, "bad_envelope"  # the body is not a push envelope
    TOO_SLOW = 408, "too_slow"
    TOO_LARGE = 413, "too_large"

    UNEXPECTED = 500, "unexpected"

    def __init__(self, status: int, label: str) -> None:
        self.status = status
        self.label = label


_BY_CODE = {outcome.label: outcome for outcome in Outcome if outcome.status == Outcome.UNAVAILABLE.status}

_BY_CLASS: dict[type[BaseException], Outcome] = {
    RetryLater: Outcome.RETRY_LATER,
    BadToken: Outcome.UNAUTHORIZED,
    NotAllowed: Outcome.FORBIDDEN,
    BadEnvelope: Outcome.BAD_ENVELOPE,
    TooSlow: Outcome.TOO_SLOW,
    TooLarge: Outcome.TOO_LARGE,
}


def of_error(error: Exception) -> Outcome:
    """Return the row of a delivery that ends with `error`. Pure."""
    if isinstance(error, Unavailable):
        return _BY_CODE.get(error.code, Outcome.UNAVAILABLE)
    return next((_BY_CLASS[kind] for kind in type(error).__mro__ if kind in _BY_CLASS), Outcome.UNEXPECTED)
