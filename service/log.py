"""Logs: one JSON object a line with Cloud Logging's fields, and the ids of job, message and attempt on every line.

https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields

Whatever is logged, it is one line of JSON that Cloud Logging takes: what is too long, too deep or too much is cut, and
the line says so; what is not JSON is logged as text; no character in it ends a line or hides a part of one.
"""

import contextvars
import json
import logging
import math
import re
import sys
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from service import tracing

_ids: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("ids", default=None)

MAX_LINE_BYTES = 100_000
"""Cloud Logging takes entries of up to 256 KB and cuts or drops larger ones
(https://cloud.google.com/logging/quotas#log-limits). Far below, because it adds fields of its own."""
MAX_DEPTH = 8
MAX_KEY = 200
MAX_INT_BITS = 4_096
SHORT, MANY, SAFE_INT = 400, 40, 2**53
"""A line of fewer than `MANY` extra values, each a small number or a text of at most `SHORT` characters, is short."""

_ROOM = ((24_000, 1_000), (6_000, 400), (1_000, 100), (200, 40))
"""The longest text in characters, and the most values of a line: the first that is short enough is taken. A character
takes up to six bytes."""

# What some reader takes for the end of a line, or a terminal for a command; and what reorders or hides text.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class bound:  # noqa: N801 (used as `with bound(…)`, and twice as fast as a generator)
    """Add `ids` to every line that is logged inside, in this context; ids that are None are left out."""

    def __init__(self, **ids: object) -> None:
        self._added = ids

    def __enter__(self) -> None:
        ids = {name: value for name, value in self._added.items() if value is not None}
        self._token = _ids.set({**(_ids.get() or {}), **ids})

    def __exit__(self, *_error: object) -> None:
        _ids.reset(self._token)


class StageLog(logging.LoggerAdapter[logging.Logger]):
    """The logger that a stage is given. Python 3.11's adapter would drop the `extra` of a call."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON. `extra=` fields become its fields; a traceback is in `stack_trace`. Fields
    of `extra` do not replace the line's own, nor the ids."""

    def format(self, record: logging.LogRecord) -> str:
        ids = _ids.get() or {}
        own: dict[str, object] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": _message(record),
            "logger": record.name,
            **tracing.log_fields(),
            **ids,
        }
        if record.exc_info:
            own["stack_trace"] = self._traceback(record)
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD and name not in own}
        if len(extra) < MANY and all(map(_is_short, (*own.values(), *extra, *extra.values()))):
            return _clean(_encode({**own, **extra}))
        try:
            for longest, most in _ROOM:
                line = _line({**own, **extra}, longest, most)
                if len(line.encode()) <= MAX_LINE_BYTES:
                    return line
        except Exception as error:  # noqa: BLE001 (whatever is logged, its line must not be lost)
            own["cut"] = f"The fields of this line cannot be shown ({type(error).__name__})."
        else:
            own["cut"] = f"{len(extra):,} fields are left out: the line was too long."
        return _line({name: cut(_text_of(value), 200) for name, value in own.items()}, 200, 40)

    def _traceback(self, record: logging.LogRecord) -> str:
        try:
            return self.formatException(record.exc_info) if record.exc_info else ""
        except Exception as error:  # noqa: BLE001 (an exception may break while it is formatted; its line must not)
            return f"The traceback cannot be formatted ({type(error).__name__})."


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 (a wrong format or a broken __str__ must not lose the line)
        return f"{_text_of(record.msg)} {_text_of(record.args)}"


def _is_short(value: object) -> bool:
    """Whether the value is JSON as it is, and short: nearly all are, and are written four times as fast."""
    kind = type(value)
    if kind is str:
        return len(value) <= SHORT  # type: ignore[arg-type]
    return kind is bool or value is None or (kind is int and -SAFE_INT < value < SAFE_INT)  # type: ignore[operator]


def _line(fields: Mapping[str, object], longest: int, most: int) -> str:
    return _clean(_encode(_Cut(longest, most).plain(fields, 0)))


def _clean(line: str) -> str:
    if line.isascii() and "\x7f" not in line:
        return line
    valid = line.encode("utf-8", "backslashreplace").decode()
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", valid)


class _Cut:
    """Turns any value into JSON of bounded size: texts of at most `longest` characters, and `most` values in all."""

    def __init__(self, longest: int, most: int) -> None:
        self._longest = longest
        self._left = most

    def plain(self, value: object, depth: int) -> object:
        self._left -= 1
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value) if value.bit_length() <= MAX_INT_BITS else f"a number of {value.bit_length():,} bits"
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        if isinstance(value, (Mapping, list, tuple, set, frozenset)):
            return self._container(value, depth)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return cut(bytes(value[: self._longest * 2]).decode("utf-8", "backslashreplace"), self._longest)
        return cut(value if isinstance(value, str) else _text_of(value), self._longest)

    def _container(self, value: Any, depth: int) -> object:
        if depth >= MAX_DEPTH:
            return f"{len(value):,} values, nested deeper than {MAX_DEPTH} levels"
        if isinstance(value, Mapping):
            pairs: dict[str, object] = {}
            for name, inner in value.items():
                if self._left <= 0:
                    pairs["cut"] = f"{len(value) - len(pairs):,} of {len(value):,} values are left out"
                    break
                pairs[cut(name if isinstance(name, str) else _text_of(name), MAX_KEY)] = self.plain(inner, depth + 1)
            return pairs
        items: list[object] = []
        for inner in value:
            if self._left <= 0:
                items.append(f"{len(value) - len(items):,} of {len(value):,} values are left out")
                break
            items.append(self.plain(inner, depth + 1))
        return items


def cut(text: str, longest: int) -> str:
    """Return the text with its middle cut out if it is longer than `longest` characters: the beginning says what it is,
    and a traceback's end says why."""
    if len(text) <= longest:
        return text[:]
    half = longest // 2
    return f"{text[:half]}… [{len(text) - 2 * half:,} characters are left out] …{text[-half:]}"


def _text_of(value: object) -> str:
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001 (any object may be logged, and any may fail)
        return f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"


def config(level: str, formatter: logging.Formatter | None = None) -> dict[str, Any]:
    """Return a `logging.config.dictConfig` that sends everything from `level` up to standard output, as JSON unless
    another formatter is given."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": lambda: formatter or JsonFormatter()}},
        "handlers": {"line": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "line"}},
        "root": {"level": level, "handlers": ["line"]},
        # gunicorn's own lines go to the same place as the service's.
        "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True}},
    }
