"""Logs: one JSON object a line in Cloud Logging's fields, with the ids of job, message and attempt on each.

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
    """Every line logged inside, in this context, carries `ids`; those that are None are left out."""
    token = _ids.set({**(_ids.get() or {}), **{name: value for name, value in ids.items() if value is not None}})
    try:
        yield
    finally:
        _ids.reset(token)


class StageLog(logging.LoggerAdapter[logging.Logger]):
    """The logger that a stage is handed. Python 3.11's adapter would throw away the `extra` of a call."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        return msg, kwargs


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON. `extra=` fields become fields of the line; a traceback is in `stack_trace`."""

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
    """A filter: gunicorn has a traceback for every client whose request does not arrive in time."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything of this process to standard output, from `level` up."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter}},
        "filters": {"slow clients": {"()": lambda: not_a_slow_client}},
        "handlers": {"json": {"class": "logging.StreamHandler", "stream": sys.stdout, "formatter": "json"}},
        "root": {"level": level, "handlers": ["json"]},
        # gunicorn's own words go where the service's go.
        "loggers": {
            "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True, "filters": ["slow clients"]}
        },
    }
