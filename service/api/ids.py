"""The ids of jobs whose sender names none, and which other ids nobody can know beforehand. Pure but for the clock.

They begin with the time (UUID, version 7), so the rows and index entries of jobs that came together lie together.
Random ids spread them over every page of eight indexes, and after each checkpoint PostgreSQL logs every page it touches
whole (docs/speed.md has the figures).
"""

import os
import re
import time
from uuid import UUID

_UNGUESSABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def new_job_id() -> str:
    """Return a UUID of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, then 74 random ones."""
    bits = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    return str(UUID(int=bits & ~(0xF000 << 64) & ~(0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48))


def is_unguessable(job_id: str) -> bool:
    """Whether it is a UUID of version 4 or 7, written with hyphens: 122 or at least 62 bits of it are random."""
    return _UNGUESSABLE.fullmatch(job_id) is not None
