"""Whatever is logged is one line of JSON, short enough for Cloud Logging, with its ids."""

import json
import logging
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from service.log import MAX_LINE_BYTES, JsonFormatter, bound

IDS = {"job_id": "job-1", "run": 2, "message_id": "m-1"}


class Broken:
    def __str__(self) -> str:
        raise ValueError("no text")


class BrokenMapping(Mapping[str, object]):
    def __getitem__(self, key: str) -> object:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        raise RuntimeError

    def __len__(self) -> int:
        return 1


def nested(depth: int) -> object:
    value: object = "the end"
    for _ in range(depth):
        value = {"a": [value]}
    return value


def cycle() -> object:
    value: dict[str, object] = {}
    value["self"] = [value, value, value]
    return value


def line_of(
    message: object = "hello", *args: object, error: BaseException | None = None, **extra: object
) -> dict[str, Any]:
    record = logging.makeLogRecord(
        {"name": "n", "levelname": "ERROR", "levelno": 40, "msg": message, "args": args, **extra}
    )
    if error is not None:
        try:
            raise error  # noqa: TRY301 (a traceback comes from raising)
        except BaseException:  # noqa: BLE001 (any)
            record.exc_info = sys.exc_info()
    with bound(**IDS):
        line = JsonFormatter().format(record)
    assert len(line.encode()) <= MAX_LINE_BYTES
    assert len(line.splitlines()) == 1, "a reader takes it for several lines"
    assert not any(0x7F <= ord(letter) < 0xA0 or letter < " " for letter in line)
    document: dict[str, Any] = json.loads(line, parse_constant=pytest.fail)
    assert {name: str(document[name]) for name in IDS} == {name: str(value) for name, value in IDS.items()}
    assert document["severity"] == "ERROR"
    return document


def test_a_huge_text_loses_its_middle_and_says_so() -> None:
    document = line_of("begin " + "x" * 1_000_000 + " end")
    assert document["message"].startswith("begin x")
    assert document["message"].endswith("x end")
    assert "characters are left out" in document["message"]


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", "\x01", "\x85", "\u2028", '"', "\ud800", "\n"])
def test_a_huge_exception_keeps_its_beginning_and_its_end(letter: str) -> None:
    document = line_of("failed", error=RuntimeError("first " + letter * 1_000_000 + " last"))
    assert document["stack_trace"].startswith("Traceback")
    assert document["stack_trace"].endswith(" last")
    assert "left out" in document["stack_trace"]


def test_a_huge_traceback_is_cut() -> None:
    error: BaseException = ValueError("the first cause")
    for number in range(300):
        error_of_level = ValueError(f"level {number} " + "y" * 1000)
        error_of_level.__cause__ = error
        error = error_of_level
    document = line_of("failed", error=error)
    assert "the first cause" in document["stack_trace"]
    assert "level 299" in document["stack_trace"]


@pytest.mark.parametrize(
    "extra",
    [
        {"huge": "x" * 5_000_000},
        {f"field_{number}": number for number in range(20_000)},
        {f"field_{number}": "z" * 5_000 for number in range(500)},
        {"wide": [["x"] * 1000] * 1000},
        {"deep": nested(5_000)},
        {"cycle": cycle()},
        {"keys": {("a", 1): 1, None: 2, 3.5: 3, b"x": 4, "k" * 100_000: 5}},
        {"odd": [float("nan"), float("inf"), 10**10_000, {1, 2}, b"\xff\xfe", object(), 1 + 2j]},
        {"broken": Broken()},
        {"broken": BrokenMapping()},
        {"broken": [Broken(), {"in": Broken()}], "good": 1},
        {"x" * 300_000: 1},
    ],
    ids=lambda extra: next(iter(extra))[:20],
)
def test_whatever_the_fields_are_the_line_is_there(extra: dict[str, object]) -> None:
    assert line_of("hello", error=ValueError("why"), **extra)["message"] == "hello"


def test_what_is_no_json_is_text_and_the_rest_stays() -> None:
    document = line_of("hello", odd=[float("nan"), b"\xff", {7}], good={"a": 1}, broken=Broken())
    assert document["odd"] == ["nan", "\\xff", [7]]
    assert document["good"] == {"a": 1}
    assert "Broken" in document["broken"]


def test_a_wrong_format_keeps_what_was_said() -> None:
    document = line_of("%d of %s", "seven")
    assert "seven" in document["message"]
    assert "%d of %s" in document["message"]


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\x9b2J", "\x1b[2J"])
def test_nothing_that_is_logged_begins_another_line(end: str) -> None:
    forged = f'x{end}{{"severity":"INFO","message":"all is well"}}'
    assert line_of(forged, extra=forged, by_key={forged: forged})["message"] == forged


def test_fields_do_not_replace_the_ids_or_the_severity() -> None:
    document = line_of("hello", severity="DEBUG", job_id="another", time="yesterday", logger="l", stack_trace="s")
    assert (document["job_id"], document["severity"], document["logger"]) == ("job-1", "ERROR", "n")


def test_three_hundred_odd_records() -> None:
    dice = random.Random(7)  # noqa: S311 (no secret)
    letters = 'ab"\\\n\x00\x85\u2028\ud800\U0001f600'
    makers: tuple[Callable[[int], object], ...] = (
        lambda _: dice.choice((None, True, -1, 1e300, float("-inf"), 10**5000, b"\x00\xff", object())),
        lambda _: "".join(dice.choice(letters) for _ in range(dice.choice((0, 3, 200)))) * dice.choice((1, 1, 900)),
        lambda depth: [make(depth + 1) for _ in range(dice.randrange(6))],
        lambda depth: {dice.choice(letters) * 3: make(depth + 1) for _ in range(dice.randrange(6))},
    )

    def make(depth: int) -> object:
        return dice.choice(makers if depth < 5 else makers[:2])(depth)

    for _ in range(300):
        line_of("hello", error=ValueError(make(9)) if dice.random() < 0.3 else None, one=make(0), two=make(0))
