"""What the URL of a list says: its filter, and where its page begins. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from service import queries
from service.api.parsing import MAX_FILTER, list_request
from service.errors import BadField
from service.strictjson import storable

PER_PAGE = 50
JOB_FILTERS = (
    "state",
    "preset",
    "user",
    "stage",
    "error_code",
    "waits_for",
    "held_for",
    "since",
    "until",
    "text",
)
"""The parameters of the list of jobs, which are those of the API's."""
LETTER_FILTERS = ("reason", "shape", "job", "user", "since", "until", "text")
MAX_NUMBER = 9_000_000_000_000_000_000


def job_filter(arguments: Mapping[str, str]) -> queries.JobFilter:
    """Return what jobs are narrowed to. Raises `BadField`."""
    return list_request(MultiDict(given(arguments, JOB_FILTERS))).narrow


def letter_filter(arguments: Mapping[str, str]) -> queries.LetterFilter:
    """Return what dead letters are narrowed to; open ones, unless `all` is given. Raises `BadField`."""
    values = given(arguments, LETTER_FILTERS)
    for name, value in values.items():
        if storable(value, MAX_FILTER) != value:
            raise BadField(f"bad_{name}", f"'{name}' is not a text that a dead letter could have.", field=name)
    return queries.LetterFilter(
        is_open=None if arguments.get("all") else True,
        reason=values.get("reason"),
        shape=values.get("shape"),
        job_id=values.get("job"),
        user_id=values.get("user"),
        text=values.get("text"),
        since=_time(values, "since"),
        until=_time(values, "until"),
    )


def given(arguments: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters of these names that have a value."""
    return {name: value for name in names if (value := arguments.get(name, "").strip())}


def query(arguments: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return them as the query of a URL."""
    return urlencode(given(arguments, names))


def is_number(raw: str) -> bool:
    return raw.isascii() and raw.isdigit() and len(raw) <= 19 and int(raw) < MAX_NUMBER


def number(raw: str | None) -> int:
    """Return the number of a thing. Raises `BadField`."""
    if raw is None or not is_number(raw):
        raise BadField("bad_id", "The id must be a whole number.", field="id")
    return int(raw)


def _time(values: Mapping[str, str], name: str) -> datetime | None:
    try:
        return queries.parse_time(values[name].replace(" ", "+")) if name in values else None
    except ValueError:
        sentence = f"'{name}' must be a time such as 2026-11-25T12:00:00Z or a day such as 2026-11-25."
        raise BadField(f"bad_{name}", sentence, field=name) from None
