"""A job that comes in by the API: its row, its history and its message to the workers, in one commit."""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from service import db
from service.errors import BadField, Unavailable
from service.messages import JobMessage, dump

# DO NOTHING waits for another submission of the same id to commit, so two at once make one row and one message.
SUBMIT = text("""
WITH made AS (
    INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, stage)
    VALUES (:id, :user_id, :content, :preset, CAST(:metadata AS json), CAST(:extra AS json), :sha, 'pending',
            :first_stage)
    ON CONFLICT (id) DO NOTHING
    RETURNING id, run, hop, user_id, state
), history AS (
    INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata)
    SELECT id, run, NULL, state, 'submitted', '{}' FROM made
), owed AS (
    INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload)
    SELECT id, :topic, 'job:' || id || ':' || run || ':' || hop, user_id,
           json_build_object('run', CAST(run AS text), 'hop', CAST(hop AS text)), :payload
    FROM made
)
SELECT state FROM made
""")

# A later statement: the one above does not see a row that another submission committed while it waited.
FIND = text("SELECT state, input_sha256 = :sha AS same FROM jobs WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job is in the database. `is_new` is False for one that was there already, with the same inputs."""

    job_id: str
    state: str
    is_new: bool


class JobIdConflict(BadField):
    """A job of this id exists with other inputs; it is left as it is (409)."""

    def __init__(self, job_id: str) -> None:
        sentence = f"A job '{job_id}' exists with other inputs; leave the job_id out or send another."
        super().__init__("job_id_conflict", sentence, field="job_id")


def submit(engine: Engine, job: JobMessage, *, first_stage: str, topic: str) -> Submitted:
    """Store a new job as pending, with the message that starts it in the outbox under the bare `topic`.

    The same job again is the same job: nothing is written. Raises `JobIdConflict` where the id is taken by another,
    `db.BadData` where the database refuses the job's data, and `Unavailable`: then nobody knows whether it is stored,
    and the same `job_id` can be sent again.
    """
    parameters: dict[str, object] = {
        "id": job.job_id,
        "user_id": job.user_id,
        "content": job.content,
        "preset": job.preset,
        "metadata": dump(job.metadata),
        "extra": dump(job.extra),
        "sha": job.input_sha256,
        "first_stage": first_stage,
        "topic": topic,
        "payload": job.encode(),
    }
    try:
        made = db.one(engine, SUBMIT, parameters)
    except Unavailable:
        # The commit may have been made and its answer lost. Asked again it makes the row or finds it.
        made = db.one(engine, SUBMIT, parameters)
    if made is not None:
        return Submitted(job.job_id, made["state"], is_new=True)
    found = db.one(engine, FIND, parameters)
    if found is None:
        raise Unavailable("job_vanished", "The job was deleted at this moment; send it again.", retry_after_s=1.0)
    if not found["same"]:
        raise JobIdConflict(job.job_id)
    return Submitted(job.job_id, found["state"], is_new=False)
