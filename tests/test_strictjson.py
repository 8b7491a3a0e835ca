"""Text and JSON that PostgreSQL and Pub/Sub can keep."""

import json
import string
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service import strictjson
from service.strictjson import MAX_VALUES, load, storable, unstorable_json

MB = 1_000_000


@pytest.mark.parametrize(
    ("raw", "longest", "kept"),
    [
        ("as it is", 8, "as it is"),
        ("too long", 7, "too lo…"),
        ("a\x00b", 9, "a\ufffdb"),
        ("a\ud800b", 9, "a?b"),
        ("\N{CLAPPER BOARD}" * 3, 2, "\N{CLAPPER BOARD}…"),
        ("", 1, ""),
    ],
)
def test_storable(raw: str, longest: int, kept: str) -> None:
    assert storable(raw, longest) == kept


@pytest.mark.parametrize(
    ("output", "why"),
    [
        ({"a": [1, {"b": "ok"}]}, None),
        ({"a": float("nan")}, "'output.a' holds a number that is not finite"),
        ({"a": [1, "\x00"]}, "'output.a[1]' holds a NUL character"),
        ({"a": {"\ud800": 1}}, "'output.a' has a key that holds a lone surrogate"),
        ({"a": {1: 2}}, "'output.a' has a key that is not a string"),
        ({"a": b"bytes"}, "'output.a' is bytes, not JSON"),
        ({"a": {1, 2}}, "'output.a' is set, not JSON"),
        ({"a": 10**5_000}, "'output.a' holds a number that is too long"),
    ],
)
def test_why_an_output_cannot_be_kept(output: object, why: str | None) -> None:
    assert unstorable_json(output) == why


@given(st.text(string.printable + "\x00\ud800é\N{CLAPPER BOARD}"), st.integers(1, 30))
def test_storable_text_is_storable(raw: str, longest: int) -> None:
    kept = storable(raw, longest)
    assert len(kept) <= longest
    assert unstorable_json(kept) is None
    assert storable(kept, longest) == kept


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b"[]," * 3 * MB + b"0]",
        b"[" + b"0," * 4 * MB + b"0]",
        b'["",' + b'"",' * 3 * MB + b"0]",
        b'{"a":' * 2 * MB,
        b"{" + b",".join(b'"%x":0' % number for number in range(MB)) + b"}",
        b'{"metadata": {"a": [' + b"{}," * 3 * MB + b"{}]}}",
    ],
    ids=["lists", "numbers", "strings", "depth", "keys", "inside metadata"],
)
def test_ten_megabytes_of_tiny_values_take_no_memory(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="holds more than 100,000 values"):
            load(data)
        # The text itself, decoded, and nothing a value.
        assert tracemalloc.get_traced_memory()[1] < 1.2 * len(data) + MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value",
    [
        {"content": 'One, two, [three], {"four"}: \\ ' * 100_000},
        {"content": '\\"' * MB},
        {"a,[{": ["x,[{" * 30_000] * 10},
        list(range(MAX_VALUES - 1)),
    ],
    ids=["prose", "escapes", "commas in keys", "as many as are taken"],
)
def test_commas_in_text_are_no_values(value: object) -> None:
    assert load(json.dumps(value).encode()) == value


@given(st.recursive(st.text('a",\\[{]}', max_size=4), lambda inner: st.lists(inner, max_size=3), max_leaves=8))
def test_values_are_counted_whatever_the_strings_hold(inner: object) -> None:
    data = json.dumps([inner] * 3).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strictjson, "MAX_VALUES", count := separators(json.loads(data)))
        assert load(data) == json.loads(data)
        patch.setattr(strictjson, "MAX_VALUES", count - 1)
        with pytest.raises(ValueError, match="more than"):
            load(data)


def separators(value: object) -> int:
    """One for each array, and one between two values."""
    return 1 + len(value) - bool(value) + sum(map(separators, value)) if isinstance(value, list) else 0
