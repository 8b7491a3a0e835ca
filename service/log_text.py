"""The log as lines for a person: the same fields as the JSON, with colours on a terminal."""

import json
import logging
import os
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from service.log import JsonFormatter

_COLOURS = {"DEBUG": "2", "INFO": "32", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}
_DIM = "2"
_OWN_PLACE = ("severity", "time", "message", "stack_trace")
_LEFT_OUT = ("logger", "message_id", "user_id", "hop", "delivery_attempt", "action")
"""Of little use beside the message. They are in the JSON."""
_QUIET = {"run": 1, "attempt": 1, "progress": 0, "is_new": True}
"""Left out if they are what they nearly always are."""
_UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")


def formatter_for(log_format: str, *, is_terminal: bool) -> logging.Formatter:
    """The formatter that `LOG_FORMAT` asks for; `auto` is text on a terminal and JSON elsewhere."""
    if log_format == "json" or (log_format == "auto" and not is_terminal):
        return JsonFormatter()
    return TextFormatter(colour=is_terminal and not os.environ.get("NO_COLOR"))


class TextFormatter(logging.Formatter):
    """Formats a record as `log.JsonFormatter` does, then makes lines of it that a person can read."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._json = JsonFormatter()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        return text_of(json.loads(self._json.format(record)), colour=self._colour)


def text_of_line(line: str, *, colour: bool) -> str:
    """A line of the service's log as lines for a person; what is not JSON stays as it is, without control
    characters."""
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    return text_of(fields, colour=colour) if isinstance(fields, dict) else _printable(line)


def text_of(fields: Mapping[str, object], *, colour: bool) -> str:
    """One line with time, severity, message and fields, and the traceback below it if there is one.

    Nothing in it can end a line or command a terminal: what people sent is in messages, too.
    """
    severity = str(fields.get("severity", ""))
    rest = " ".join(
        f"{_printable(name)}={_value(value)}"
        for name, value in fields.items()
        if name not in _OWN_PLACE and name not in _LEFT_OUT and value is not None and _QUIET.get(name) != value
    )
    parts = [
        _painted(_clock(fields.get("time")), _DIM, on=colour),
        _painted(f"{severity:<7}", _COLOURS.get(severity, ""), on=colour),
        _printable(fields.get("message", "")),
        _painted(rest, _DIM, on=colour),
    ]
    trace = str(fields.get("stack_trace") or "").rstrip().split("\n")
    below = [f"    {_printable(line)}" for line in trace if line]
    return "\n".join([" ".join(part for part in parts if part), *below])


def _clock(time: object) -> str:
    try:
        return datetime.fromisoformat(str(time)).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except ValueError:
        return _printable(time)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return json.dumps(_printable(text), ensure_ascii=False) if not text or " " in text else _printable(text)


def _painted(text: str, code: str, *, on: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if on and text and code else text


def _printable(text: object) -> str:
    return "".join(" " if unicodedata.category(letter) in _UNPRINTED else letter for letter in str(text))
