"""What a list is narrowed to, and where its next page begins. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from service.errors import BadField


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What a list of jobs is narrowed to; None narrows nothing. `since` is inclusive, `until` exclusive."""

    state: str | None = None
    user_id: str | None = None
    preset: str | None = None
    submitted_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """What a list of dead letters is narrowed to; None narrows nothing. `is_open`: neither replayed nor discarded.
    `since` is inclusive, `until` exclusive."""

    is_open: bool | None = None
    reason: str | None = None
    job_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last job of a page; the next page begins after it. As text it is opaque, for URLs."""

    created_at: datetime
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created_at.isoformat()} {self.id}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, raw: str) -> "Cursor":
        """Raises `BadField` for text that is not a cursor of ours."""
        try:
            plain = base64.b64decode(raw + "=" * (-len(raw) % 4), altchars=b"-_", validate=True).decode()
            created_at, _, job_id = plain.partition(" ")
            at = datetime.fromisoformat(created_at)
        except (ValueError, binascii.Error):
            at, job_id = None, ""
        if at is None or at.tzinfo is None or not job_id or "\x00" in job_id:
            sentence = "The cursor is not one of ours; send the 'next' of the previous page, unchanged."
            raise BadField("bad_cursor", sentence, field="cursor")
        return cls(at, job_id)


def parse_time(raw: str) -> datetime:
    """Return a time given in ISO 8601, or a day; UTC if it has no zone. Raises `ValueError` for anything else."""
    at = datetime.fromisoformat(raw.strip())
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(raw) from error
