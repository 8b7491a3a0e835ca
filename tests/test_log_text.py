"""The log for people says what the JSON says, and nothing in it can forge a line or command a terminal."""

import io
import logging

import pytest

from service.log import JsonFormatter, bound
from service.log_text import TextFormatter, formatter_for, text_of_line


def logged(formatter: logging.Formatter, message: str, **extra: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    log = logging.getLogger("tests.text")
    log.propagate = False
    log.handlers = [handler]
    try:
        with bound(job_id="job-1"):
            try:
                dict[str, str]().__getitem__("words")
            except KeyError:
                log.exception(message, extra=extra)
    finally:
        log.handlers = []
        log.propagate = True
    return stream.getvalue()


def test_a_line_has_the_message_the_ids_and_the_traceback() -> None:
    first, *trace = logged(TextFormatter(colour=False), "a stage crashed", stage="COUNT", attempt=2).splitlines()
    assert first[13:] == "ERROR   a stage crashed job_id=job-1 stage=COUNT attempt=2"
    assert trace[0] == "    Traceback (most recent call last):"
    assert trace[-1] == "    KeyError: 'words'"


def test_nothing_forges_a_line_or_commands_the_terminal() -> None:
    lines = logged(TextFormatter(colour=False), "a\nERROR b\x1b[2J\u202e", brief="x\r\ny\x07").splitlines()
    assert len([line for line in lines if not line.startswith("    ")]) == 1
    assert not any(letter in "\x1b\x07\u202e\r" for line in lines for letter in line)


def test_colours_are_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(formatter_for("auto", is_terminal=False), JsonFormatter)
    assert "\x1b[31m" in logged(formatter_for("auto", is_terminal=True), "m")
    assert "\x1b" not in logged(formatter_for("text", is_terminal=False), "m")
    assert isinstance(formatter_for("json", is_terminal=True), JsonFormatter)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in logged(formatter_for("auto", is_terminal=True), "m")


def test_what_is_not_json_is_shown_as_it_is() -> None:
    assert text_of_line("The service does not start.\x1b[2J", colour=True) == "The service does not start. [2J"
    assert text_of_line("[1, 2]", colour=False) == "[1, 2]"
