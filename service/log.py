"""Logs: one JSON object a line with Cloud Logging's fields, and the ids of job, message and attempt on every line.

https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields
"""

import contextlib
import contextvars
import json
import logging
import sys
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from typing import Any

_ids: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("ids", default=None)

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


@contextlib.contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Add `ids` to every line that is logged inside, in this context; ids that are None are left out."""
    token = _ids.set({**(_ids.get() or {}), **{name: value for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _ids.reset(token)


class StageLog(logging.LoggerAdapter[logging.Logger]):
    """The logger that a stage is given. Python 3.11's adapter would drop the `extra` of a call."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON. `extra=` fields become its fields; a traceback is in `stack_trace`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            "logger": record.name,
        }
        line.update(_ids.get() or {})
        line.update({name: value for name, value in vars(record).items() if name not in _STANDARD})
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace").decode()


def not_a_slow_client(record: logging.LogRecord) -> bool:
    """A filter: gunicorn logs a traceback for every client whose request does not arrive in time."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def config(level: str) -> dict[str, Any]:
    """Return a `logging.config.dictConfig` that sends everything from `level` up to standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "filters": {"slow clients": {"()": lambda: not_a_slow_client}},
        "handlers": {"json": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "json"}},
        "root": {"level": level, "handlers": ["json"]},
        # gunicorn's own lines go to the same place as the service's.
        "loggers": {
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True, "filters": ["slow clients"]}
        },
    }
