"""What a list is narrowed to, and where its next page begins. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime

from service.errors import BadField


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What jobs are narrowed to, for the API, the command line and every act on many; None narrows nothing.

    `text` is looked for in the beginning of the brief, in any case. `error_code` is of the job's last failure. `since`
    is inclusive, `until` exclusive; both are about the time at which the job was created.
    """

    state: str | None = None
    user_id: str | None = None
    preset: str | None = None
    stage: str | None = None
    error_code: str | None = None
    waits_for: str | None = None
    held_for: str | None = None
    submitted_by: str | None = None
    text: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def narrows(self) -> bool:
        """Whether it narrows anything."""
        return self != JobFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """What dead letters are narrowed to; None narrows nothing. `is_open`: neither replayed nor discarded. `user_id` and
    `text` are of the letter's job, and of the data as it came if that was not a job; `text` is looked for in the
    letter's sentence too. `shape` is the sentence without its numbers and what is quoted (`letters.SHAPE_PATTERN`).
    `since` is inclusive, `until` exclusive."""

    is_open: bool | None = None
    reason: str | None = None
    shape: str | None = None
    job_id: str | None = None
    user_id: str | None = None
    text: str | None = None
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
