"""The messages that the service publishes, and their keys. Pure.

A message key belongs to one fact (a hop of a job, a run's result, a dead letter), so that a consumer can drop repeats
and the outbox's unique index admits each once. The wire is the design's section 3.
"""

from collections.abc import Mapping
from typing import Any

from service.config import Topics
from service.delivery.messages import JobMessage
from service.delivery.outbox import Message
from service.states import ResultStatus
from service.strictjson import dump
from service.tracing import ATTRIBUTE


def job_key(job_id: str, run: int, hop: int) -> str:
    """The key of the `JobMessage` that starts a hop."""
    return f"job:{job_id}:{run}:{hop}"


def result_key(job_id: str, run: int) -> str:
    """The key of a run's one `ResultMessage`."""
    return f"result:{job_id}:{run}"


def letter_key(job_id: str, run: int) -> str:
    """The key of a run's one dead letter. That of data that is not a job is `PushMessage.dead_letter_key`."""
    return f"dead:{job_id}:{run}"


def job_message(topics: Topics, job: JobMessage, run: int, hop: int) -> Message:
    """Build a `JobMessage`. A continuation has no ordering key: it must not queue behind the user's next job."""
    return Message(
        topic=topics.jobs,
        message_key=job_key(job.job_id, run, hop),
        payload=job.encode(),
        ordering_key=job.user_id if hop == 0 else "",
        attributes={"run": str(run), "hop": str(hop)},
    )


# PostgreSQL escapes strings as Python does, and `metadata` and `extra` are kept as they were written, so the text is
# byte for byte what `JobMessage.encode` returns (a test compares them).
JOB_PAYLOAD = r"""CASE WHEN CAST(extra AS text) ~ '^\s*\{\s*\}\s*$' THEN '{'
        ELSE left(rtrim(CAST(extra AS text)), -1) || ',' END
    || '"job_id":' || to_json(id) || ',"user_id":' || to_json(user_id) || ',"content":' || to_json(content)
    || ',"preset":' || to_json(preset) || ',"metadata":' || metadata || '}'"""
"""SQL: the data of a job's message, from the columns of its row. The process never parses what it passes on: 10 MB of
JSON can take 500 MB as Python objects."""


JOB_ATTRIBUTES = f"""json_strip_nulls(json_build_object('run', CAST(run AS text), 'hop', CAST(hop AS text),
    '{ATTRIBUTE}', traceparent))"""
"""SQL: the attributes of a job's message, from the columns of its row."""


def stored_job_message(topics: Topics, row: Mapping[str, Any]) -> Message:
    """Build a `JobMessage` from `id`, `user_id`, `run`, `hop`, `JOB_ATTRIBUTES` as `attributes` and `JOB_PAYLOAD` as
    `payload`."""
    run, hop = row["run"], row["hop"]
    return Message(
        topic=topics.jobs,
        message_key=job_key(row["id"], run, hop),
        payload=row["payload"],
        ordering_key=row["user_id"] if hop == 0 else "",
        attributes=row["attributes"],
    )


def result_message(
    topics: Topics,
    job_id: str,
    run: int,
    status: ResultStatus,
    *,
    output: Any = None,
    error: str | None = None,
    elapsed_ms: int,
) -> Message:
    """Build the `ResultMessage` of a run."""
    payload = {
        "job_id": job_id,
        "status": status,
        "output": output,
        "error_message": error,
        "processing_time_ms": elapsed_ms,
    }
    return Message(
        topic=topics.results,
        message_key=result_key(job_id, run),
        payload=dump(payload),
        ordering_key=job_id,
        attributes={"run": str(run)},
    )


def refused_message(topics: Topics, key: str, job_id: str, *, code: str, sentence: str, user_id: str | None) -> Message:
    """Build the `ResultMessage` of data that is not a job, for the consumer that waits for the job it names. It belongs
    to no run, so it has neither a run's key nor the attribute."""
    payload = {
        "job_id": job_id,
        "status": ResultStatus.ERROR,
        "output": None,
        "error_message": sentence,
        "processing_time_ms": 0,
        "error_code": code,
        "user_id": user_id,
    }
    return Message(topic=topics.results, message_key=key, payload=dump(payload), ordering_key=job_id, attributes={})


def letter_message(
    topics: Topics, key: str, job_id: str | None, *, code: str, sentence: str, metadata: Mapping[str, object]
) -> Message:
    """Build a dead letter; `job_id` is None if the data names no job."""
    payload = {"job_id": job_id, "reason": code, "error": sentence, "metadata": dict(metadata)}
    return Message(topic=topics.dlq, message_key=key, payload=dump(payload), ordering_key=job_id or "", attributes={})
