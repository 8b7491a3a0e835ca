"""Whose job it is: which id a job gets, and which job a caller means by an id.

An id belongs to the job that uses it first, so a caller could take the id of a message that has not come yet, and the
message would then be refused. Therefore only an operator's ids are used as they are. Another caller's id is a name of
its own: the job's id is derived from the caller and the name, and the caller may use either. A UUID that is
random (`ids.is_unguessable`) is used as it is, because nobody can know it beforehand.
"""

import hashlib
from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import Engine, text

from service import db
from service.api.ids import is_unguessable
from service.auth.callers import Caller
from service.delivery.messages import JobMessage

FIND = text("""
SELECT id FROM jobs WHERE id IN (:id, :own_id) AND submitted_by = :owner ORDER BY id = :id DESC LIMIT 1
""")


def id_of(caller: Caller, chosen: str) -> str:
    """Return the id of the job that the caller calls `chosen`. Pure."""
    if caller.is_operator or is_unguessable(chosen):
        return chosen
    digest = hashlib.sha256(f"{caller.email}\n{chosen}".encode()).digest()
    # Version 8: "the layout is the application's own" (RFC 9562, section 5.8), so it is never taken for a random one.
    bits = int.from_bytes(digest[:16]) & ~(0xF000 << 64) & ~(0xC000 << 48) | 0x8000 << 64 | 0x8000 << 48
    return str(UUID(int=bits))


def with_own_id(caller: Caller, job: JobMessage) -> JobMessage:
    """Return the job under the id that it is stored with."""
    return replace(job, job_id=id_of(caller, job.job_id))


def find_job(engine: Engine, caller: Caller, job_id: str) -> str | None:
    """Return the id of the job that the caller means, or None if it has no such job. Raises `Unavailable`.

    A job of another caller costs the same statement as one that does not exist. For an operator the id is returned as
    it is: whether there is such a job is seen when it is read.
    """
    if caller.owner is None:
        return job_id
    row = db.first(engine, FIND, {"id": job_id, "own_id": id_of(caller, job_id), "owner": caller.owner})
    return None if row is None else str(row["id"])
