"""Text and JSON that PostgreSQL and Pub/Sub can keep."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.strictjson import storable, unstorable_json


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
