"""JSON that RFC 8259 allows and that PostgreSQL and Pub/Sub can store. Pure.

UTF-8 only and no NaN; a string with a NUL character or a lone surrogate is refused, because PostgreSQL can store
neither. Errors are the end of a sentence whose subject the caller knows: "is not UTF-8 (byte 3)".
"""

import itertools
import json
import math
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

MAX_DEPTH = 64
"""The deepest nesting that is accepted. No real job is deeper, and recursion has a limit."""
MAX_VALUES = 100_000
"""The most values in one document. No real job has a hundredth of it, and 10 MB of `[],` would take half a gigabyte and
many seconds of the whole process."""
MAX_INT_BITS = 14_000
"""Python refuses to format integers of more than 4,300 digits."""
_LARGE = 1e300
"""Numbers below it are finite and short enough to keep."""
MAX_PATH = 200
"""The longest field name in a sentence, in characters; a path into nested metadata could be thousands long."""


# A string as a whole (an unfinished one to the end), or what stands before or between values.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)


def dump(value: object, *, default: Callable[[object], object] | None = None) -> str:
    """Encode as the shortest JSON text. `default` converts what JSON has no type for.

    Raises `ValueError` for NaN and the infinities.
    """
    return _encode(value) if default is None else _encoder(default).encode(value)


def _encoder(default: Callable[[object], object] | None) -> json.JSONEncoder:
    return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=default)


# `json.dumps` would make an encoder for each call that differs from its defaults.
_encode = _encoder(None).encode


def load(data: bytes) -> Any:
    """Decode a JSON value from UTF-8 bytes. Raises `ValueError` with the end of a sentence: "is not JSON (…)"."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start})") from None
    if _has_too_many_values(data):
        raise ValueError(f"holds more than {MAX_VALUES:,} values")
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except _OutOfRange as error:
        raise ValueError(f"is not JSON ({error})") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON ({error.msg}, line {error.lineno} column {error.colno})") from None
    except RecursionError:
        raise ValueError(f"is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError:
        raise ValueError(f"has a number of more than {sys.get_int_max_str_digits()} digits") from None


def _has_too_many_values(data: bytes) -> bool:
    """Whether JSON text has more than `MAX_VALUES` values, before any of them takes memory."""
    if len(data) <= MAX_VALUES or data.count(b",") + data.count(b"[") + data.count(b"{") <= MAX_VALUES:
        return False
    # Prose has as many commas: those in strings do not count. This ends soon after the limit.
    outside_strings = (found for found in _TOKEN.finditer(data) if data[found.start()] != ord('"'))
    return next(itertools.islice(outside_strings, MAX_VALUES, None), None) is not None


def storable(text: str, longest: int) -> str:
    """Make `text` fit for PostgreSQL and Pub/Sub: no NUL, no lone surrogate, at most `longest` characters."""
    clean = text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return clean if len(clean) <= longest else clean[: longest - 1] + "…"


def unstorable_json(value: object) -> str | None:
    """Say why a JSON value cannot be kept, as the end of a sentence; None if it can."""
    where = find_unstorable("output", value)
    return None if where is None else f"'{where[0]}' {where[1]}"


def find_unstorable(name: str, value: object) -> tuple[str, str] | None:
    """Return where in the field `name` something cannot be kept, as a path, and why; None if all of it can."""
    if (why := unstorable_text(name)) is not None:
        return storable(name, MAX_PATH), f"has a name that {why}"
    found = _search(value, 1)
    return None if found is None else (storable(name + found[0], MAX_PATH), found[1])


def _search(value: object, depth: int) -> tuple[str, str] | None:
    """As `find_unstorable`, with the path relative to `value`. A path is only built once something is found: one for
    each of the millions of values that 10 MB can hold would take gigabytes."""
    if depth > MAX_DEPTH:
        return "", f"is nested deeper than {MAX_DEPTH} levels"
    if (why := _unkeepable(value)) is not None:
        return "", why
    inside: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inside = value.items()
    elif isinstance(value, (list, tuple)):
        inside = enumerate(value)
    for step, inner in inside:
        # Small and ordinary numbers, the most values that 10 MB can hold, are passed over without a call for each.
        if (type(inner) is int or type(inner) is float) and -_LARGE < inner < _LARGE and depth < MAX_DEPTH:
            continue
        if (found := _search(inner, depth + 1)) is not None:
            return (f".{step[:64]}" if isinstance(step, str) else f"[{step}]") + found[0], found[1]
    return None


def _unkeepable(value: object) -> str | None:
    """Say why a value itself, apart from what is inside it, cannot be kept as JSON."""
    if isinstance(value, str):
        return unstorable_text(value)
    if isinstance(value, float):
        return None if math.isfinite(value) else "holds a number that is not finite"
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            return "has a key that is not a string"
        why = next((why for key in value if (why := unstorable_text(key)) is not None), None)
        return None if why is None else f"has a key that {why}"
    if isinstance(value, int):
        return "holds a number that is too long" if value.bit_length() > MAX_INT_BITS else None
    return None if value is None or isinstance(value, (list, tuple)) else f"is {type(value).__name__}, not JSON"


def unstorable_text(text: str) -> str | None:
    if "\x00" in text:
        return "holds a NUL character"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "holds a lone surrogate"
    return None


def kind(value: object) -> str:
    names = {
        bool: "a boolean",
        int: "a number",
        float: "a number",
        list: "an array",
        dict: "an object",
        str: "a string",
    }
    return names.get(type(value), "null")


class _OutOfRange(ValueError):
    """A number that JSON cannot express, or that we cannot keep."""


def _no_constant(name: str) -> NoReturn:
    raise _OutOfRange(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _OutOfRange("a number is out of range")
    return number
