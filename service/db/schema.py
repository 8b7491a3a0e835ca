"""The tables. `service/db/migrations` creates them; a test checks that the two agree.

A new column is a migration and a line here; to show it in the API, also a field of the row in `service.queries` and one
of the view in `service.api.views`.

JSON columns are `json`, not `jsonb`: jsonb rewrites numbers (1e2 becomes 100), and a continuation built from them
would no longer have its job's `input_sha256`.
"""

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSON, UUID

from service.states import ENDED, SQL_UNENDED, ExecutionStatus, JobState, ResultStatus, sql_list

metadata = MetaData()

_Time = DateTime(timezone=True)
_Money = Numeric(12, 6, asdecimal=False)
_now = func.clock_timestamp()


def _id() -> "Column[int]":
    return Column("id", BigInteger, Identity(always=True), primary_key=True)


def _job_id(*, nullable: bool = False) -> "Column[str]":
    return Column("job_id", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), nullable=nullable)


jobs = Table(
    "jobs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("user_id", String(255), nullable=False),
    Column("content", Text, nullable=False),
    Column("preset", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("extra", JSON, nullable=False, comment="fields of the message that nobody here knows, kept as they came"),
    Column("input_sha256", LargeBinary, nullable=False, comment="of the canonical user_id, content, preset, metadata"),
    Column("state", Text, nullable=False),
    Column("state_before", Text, comment="set to state by every transition: history needs the old value"),
    Column("run", Integer, nullable=False, server_default="1"),
    Column("hop", Integer, nullable=False, server_default="0"),
    Column("round", Integer, nullable=False, server_default="0"),
    Column("stage", Text, nullable=False, comment="to run next, or the pipeline's end"),
    Column("sent_back_by", Text, comment="the stage that began this round by sending the job back"),
    Column("lease_token", UUID(as_uuid=False), comment="the fencing token of the delivery that holds the job"),
    Column("lease_until", _Time),
    Column("progress", Integer, nullable=False, server_default="0", comment="checkpoints so far"),
    Column("spent_usd", _Money, nullable=False, server_default="0", comment="on effects of all runs, unknown ones too"),
    Column("progress_at_claim", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0", comment="used up in this run"),
    Column("failures", Integer, nullable=False, server_default="0", comment="failed executions in the job's life"),
    Column("not_before", _Time, comment="the backoff of the last failure ends"),
    Column("enqueued_at", _Time, nullable=False, server_default=_now, comment="a message was last put in flight"),
    Column("resends", SmallInteger, nullable=False, server_default="0"),
    Column("stage_progress", REAL, comment="0 to 1 of the stage in hand, as it says"),
    Column("stage_note", Text),
    Column("error_code", Text, comment="of the last failure"),
    Column("error_message", Text),
    Column("started_at", _Time, comment="this run was first claimed"),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Column("updated_at", _Time, nullable=False, server_default=_now),
    Column("submitted_by", Text, comment="the API caller who submitted it; NULL: it came by a message"),
    Column("lease_holder", Text, comment="the process that holds, or last held, the lease"),
    Column("lease_alone", Boolean, nullable=False, server_default="false", comment="its process runs no other job"),
    Column("is_suspect", Boolean, nullable=False, server_default="false", comment="its process died while it ran"),
    Column(
        "deaths",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="of processes that ran it, since a delivery of it last ended with an answer",
    ),
    Column("waits", Integer, nullable=False, server_default="0", comment="waits in a row without progress"),
    Column("waits_for", Text, comment="what the job waits for: a dependency that is away, or a newer revision"),
    Column("waiting_since", _Time, comment="the first of these waits"),
    Column("held_for", Text, comment="why no message is in flight for it: paused, or a limit of its user"),
    Column("held_at", _Time),
    Column("traceparent", Text, comment="the trace in which the job began, if there was one"),
    CheckConstraint(f"state IN {sql_list(JobState)}", name="jobs_state"),
    CheckConstraint("(state = 'processing') = (lease_token IS NOT NULL)", name="jobs_lease_while_processing"),
    Index("jobs_created", "created_at", "id"),
    Index("jobs_user", "user_id", "created_at", "id"),
    # Nearly all jobs are completed: those are found by `jobs_created`, and a settle saves the write to this index.
    Index("jobs_not_completed", "state", "created_at", "id", postgresql_where=text("state <> 'completed'")),
    Index("jobs_unended", "enqueued_at", postgresql_where=text(f"state IN {SQL_UNENDED}")),
    # None has updated_at: each checkpoint sets it, and would then have to write every index.
    Index("jobs_suspect", "id", postgresql_where=text(f"is_suspect AND state IN {SQL_UNENDED}")),
    # The roads of lists (`service.queries.jobs`). None has the stage: each checkpoint sets it, and would have to write
    # every index.
    Index("jobs_preset", "preset", "created_at", "id"),
    Index("jobs_user_state", "user_id", "state", "created_at", "id", postgresql_where=text("state <> 'completed'")),
    Index("jobs_error", "error_code", "created_at", "id", postgresql_where=text("error_code IS NOT NULL")),
    Index("jobs_waits_for", "waits_for", "created_at", "id", postgresql_where=text("waits_for IS NOT NULL")),
    Index("jobs_held_for", "held_for", "created_at", "id", postgresql_where=text("held_for IS NOT NULL")),
    Index("jobs_submitter", "submitted_by", "created_at", "id", postgresql_where=text("submitted_by IS NOT NULL")),
)

job_states = Table(
    "job_states",
    metadata,
    _id(),
    _job_id(),
    Column("run", Integer, nullable=False),
    Column("previous_state", Text),
    Column("new_state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state_metadata", JSON, nullable=False),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Index("job_states_job", "job_id", "id"),
    Index(
        "job_states_one_end",
        "job_id",
        "run",
        unique=True,
        postgresql_where=text(f"new_state IN {sql_list(ENDED)}"),
    ),
)

job_results = Table(
    "job_results",
    metadata,
    _id(),
    _job_id(),
    Column("run", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("output", JSON),
    Column("error_code", Text),
    Column("error_message", Text),
    Column("processing_time_ms", BigInteger, nullable=False),
    Column("created_at", _Time, nullable=False, server_default=_now),
    UniqueConstraint("job_id", "run", name="job_results_one_a_run"),
    CheckConstraint(f"status IN {sql_list(ResultStatus)}", name="job_results_status"),
)

job_stages = Table(
    "job_stages",
    metadata,
    _id(),
    _job_id(),
    Column("run", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("stage", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempt", Integer, nullable=False, comment="1 for the first; attempts used up when it began, plus one"),
    Column("lease_token", UUID(as_uuid=False), nullable=False, comment="of the delivery that began it"),
    Column("started_at", _Time, nullable=False, server_default=_now),
    Column("finished_at", _Time),
    Column("output", JSON),
    Column("error", Text),
    CheckConstraint(f"status IN {sql_list(ExecutionStatus)}", name="job_stages_status"),
    CheckConstraint("(status = 'finished') = (finished_at IS NOT NULL)", name="job_stages_finished"),
    Index("job_stages_job", "job_id", "id"),
    Index(
        "job_stages_finished_once",
        "job_id",
        "round",
        "stage",
        unique=True,
        postgresql_where=text("status = 'finished'"),
    ),
)

job_parts = Table(
    "job_parts",
    metadata,
    Column("job_id", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("output", JSON),
    Column("finished_at", _Time, nullable=False, server_default=_now),
    comment="named parts of a stage that are checkpointed by themselves",
)

job_effects = Table(
    "job_effects",
    metadata,
    Column("job_id", String(36), ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("run", Integer, primary_key=True, comment="in which it was intended; a replay may intend it once more"),
    Column("request_id", UUID(as_uuid=False), nullable=False),
    Column(
        "unknown_id",
        UUID(as_uuid=False),
        comment="of the order before this one: nobody knows whether it was taken",
    ),
    Column("operation", JSON, comment="what the provider answered to the start; NULL: intended, not known"),
    Column("result", JSON),
    Column("orders", SmallInteger, nullable=False, server_default="1", comment="2: ordered once more, as unknown"),
    Column("cost_usd", _Money, nullable=False, server_default="0", comment="the most it can cost, until it is known"),
    Column("intended_at", _Time, nullable=False, server_default=_now),
    Column("started_at", _Time),
    Column("finished_at", _Time),
    Column("failed_at", _Time, comment="the operation ended without a result: a run after this one orders anew"),
    Index("job_effects_intended", "intended_at"),
    comment="paid or slow operations of a provider: recorded before they are started",
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _job_id(nullable=True),
    Column("topic", Text, nullable=False),
    Column("message_key", Text, nullable=False),
    Column("ordering_key", Text, nullable=False, server_default=""),
    Column("attributes", JSON, nullable=False, comment="besides message_key"),
    Column("payload", Text, nullable=False),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Column("published_at", _Time),
    Column("parked_at", _Time, comment="Pub/Sub refuses it for good"),
    Column("error", Text),
    UniqueConstraint("message_key", name="outbox_message_key"),
    Index("outbox_parked", "id", postgresql_where=text("parked_at IS NOT NULL")),
    Index("outbox_owed", "job_id", "id", postgresql_where=text("published_at IS NULL AND parked_at IS NULL")),
    # For deleting a job: the foreign key would read the whole table for each.
    Index("outbox_job", "job_id", postgresql_where=text("job_id IS NOT NULL")),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    _id(),
    Column("job_id", String(36), comment="null where unknown; no foreign key: it may name no job of ours"),
    Column("run", Integer, comment="null for data that was not a job"),
    Column("message_key", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("data", LargeBinary, comment="the message's data as it came, where it was no job"),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Column("replayed_at", _Time),
    Column("discarded_at", _Time),
    Column("handled_by", Text),
    UniqueConstraint("message_key", name="dead_letters_message_key"),
    Index("dead_letters_job", "job_id"),
    Index("dead_letters_open", "reason", postgresql_where=text("replayed_at IS NULL AND discarded_at IS NULL")),
    Index("dead_letters_created", "created_at", "id"),
    Index("dead_letters_reason", "reason", "created_at", "id"),
    Index(
        "dead_letters_open_created",
        "created_at",
        "id",
        postgresql_where=text("replayed_at IS NULL AND discarded_at IS NULL"),
    ),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("caller", Text, primary_key=True, comment="e-mail of the identity that a key belongs to"),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False, comment="SHA-256 of the canonical body"),
    Column(
        "job_id",
        String(36),
        nullable=False,
        comment="no foreign key: the answer stays the same whatever becomes of the job",
    ),
    Column("state", Text, nullable=False, comment="of the job, as the first answer had it"),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Index("idempotency_keys_created", "created_at"),
    comment="of POST /pipeline/run; removed a day later by the submissions that follow",
)

pauses = Table(
    "pauses",
    metadata,
    _id(),
    Column("scope", Text, nullable=False, comment="all, preset, user or provider"),
    Column("name", Text, nullable=False, server_default="", comment="which preset, user or provider"),
    Column("why", Text, nullable=False),
    Column("paused_by", Text, nullable=False),
    Column("since", _Time, nullable=False, server_default=_now),
    UniqueConstraint("scope", "name", name="pauses_once"),
    CheckConstraint("scope IN ('all', 'preset', 'user', 'provider')", name="pauses_scope"),
    comment="intake that an operator has paused",
)

user_limits = Table(
    "user_limits",
    metadata,
    Column("user_id", String(255), primary_key=True),
    Column("open_jobs", Integer, comment="at most this many un-ended jobs; NULL: the setting's"),
    Column("jobs_in_work", Integer, comment="at most this many at a time; NULL: the setting's"),
    Column("usd_a_day", Numeric(12, 2, asdecimal=False), comment="at most this much a UTC day; NULL: the setting's"),
    Column("set_by", Text, nullable=False),
    Column("set_at", _Time, nullable=False, server_default=_now),
    Column("why", Text, nullable=False, server_default=""),
    comment="limits of single users, in place of the settings LIMIT_*",
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("job_id", String(36), primary_key=True),
    Column("input_sha256", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, comment="in which the job had ended"),
    Column("run", Integer, nullable=False),
    Column("hop", Integer, nullable=False),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Index("tombstones_created", "created_at"),
    comment="jobs that were pruned or forgotten: a late redelivery is still a duplicate",
)

acts = Table(
    "acts",
    metadata,
    _id(),
    Column("act", Text, nullable=False, comment="such as replay, cancel, discard, pause, prune, link"),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False, server_default=""),
    Column("job_id", String(36), comment="of the one job it was done to, if it was one; no foreign key"),
    Column("target", JSON, nullable=False, comment="what it was done to: ids, or the filter and the counts"),
    Column("created_at", _Time, nullable=False, server_default=_now),
    Index("acts_created", "created_at"),
    Index("acts_job", "job_id", postgresql_where=text("job_id IS NOT NULL")),
    comment="who did what, when and why",
)

chores = Table(
    "chores",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", UUID(as_uuid=False), nullable=False),
    Column("until", _Time, nullable=False, comment="the turn ends, whatever became of its process"),
    comment="whose turn it is to do what one process does at a time: the sweep, the prune",
)
