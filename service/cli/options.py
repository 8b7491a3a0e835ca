"""What a row of the table of commands is made of: the types, the values that options take, and the options that
commands share. A command's module holds its own row (`COMMAND`); `commands.py` puts the rows together."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from service.cli import target
from service.queries import parse_time

MAX_ID = 2**63 - 1
UNITS = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not (raw.isascii() and raw.isdigit() and len(raw) <= len(str(most)) and least <= int(raw) <= most):
            raise argparse.ArgumentTypeError(f"{raw!r} must be a whole number from {least} to {most}")
        return int(raw)

    return parse


def time_or_day(raw: str) -> datetime:
    """A time, a day, or how long ago: `2h`."""
    try:
        return _ago(raw) or parse_time(raw)
    except ValueError:
        sentence = f"{raw!r} must be a time such as 2026-11-25T12:00:00Z, a day such as 2026-11-25, or 2h (ago)"
        raise argparse.ArgumentTypeError(sentence) from None


def time_for_the_api(raw: str) -> str:
    """As `time_or_day`, for the API, which reads times and days itself."""
    at = _ago(raw)
    return raw if at is None else at.isoformat()


def _ago(raw: str) -> datetime | None:
    """The time that was so long ago; None if it is not written like that."""
    found = re.fullmatch(r"([0-9]{1,6}) ?(s|min|h|d)", raw.strip())
    return datetime.now(UTC) - int(found[1]) * UNITS[found[2]] if found else None


class Option:
    """The arguments of one `add_argument`."""

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names = names
        self.settings = settings


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table. `run` is None if the command only has subcommands."""

    name: str
    run: Callable[[argparse.Namespace], int] | None
    help: str
    options: tuple[Option, ...] = ()
    subcommands: tuple["Command", ...] = ()


DIR = Option("--dir", default=target.DEFAULT_DIR, help="the folder where dev keeps its files (default: .dev)")
URL = Option("--url", help="the service (default: AIPROD_URL, or dev)")
DATABASE_URL = Option("--database-url", metavar="URL", help="the database (default: DATABASE_URL, or dev's)")
JSON = Option("--json", action="store_true", help="print JSON")
API = (DIR, URL, JSON)
DATABASE = (DIR, DATABASE_URL, JSON)

ID = whole_number(1, MAX_ID)
LIMIT = whole_number(1, 200)

JOB_ID = Option("job_id", metavar="JOB_ID")
PRESET = Option(
    "--preset",
    help=f"the preset, such as brand_campaign (default: {target.DEFAULT_PRESET}, or one of dev's own pipeline)",
)
WHY = Option("--why", metavar="TEXT", default="", help="the reason to record")
YES = Option("--yes", "-y", action="store_true", help="do not ask for confirmation")
DRY_RUN = Option("--dry-run", action="store_true", help="only show what a filter chooses; do nothing")
BY = Option("--by", metavar="WHO", help="the name to record (default: $USER@host)")
FROM_STAGE = Option("--from-stage", metavar="STAGE", help="run this stage and those after it again (default: none)")
