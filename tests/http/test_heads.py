"""The head of a request: where it ends, and which fields of a push can be left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.heads import MAX_HEAD, is_whole, without_bad_fields

PUSH = b"POST /push HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("head", "whole"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", True),
        (b"GET / HTTP/1.1\r\n\r\nbody", True),
        (b"GET / HTTP/1.1\nHost: x\n\n", True),
        (b"x" * (MAX_HEAD + 1), True),
    ],
)
def test_where_a_head_ends(head: bytes, *, whole: bool) -> None:
    assert is_whole(head) is whole


@given(st.lists(st.sampled_from([b"GET / HTTP/1.1", b"\r", b"\n", b"\r\n", b"a: b", b"x"]), max_size=12))
def test_a_head_that_comes_in_pieces_ends_where_it_ends_in_one(pieces: list[bytes]) -> None:
    head, searched = bytearray(), 0
    for piece in pieces:
        head += piece
        assert is_whole(head, searched) == is_whole(head)
        if is_whole(head):
            return
        searched = len(head)


@pytest.mark.parametrize(
    "bad",
    [
        b"a name: x",
        b"caf\xc3\xa9: x",
        b"name: a\x01b",
        b"name: a\x00b",
        b": x",
        b"no colon",
        b" folded",
        b"expect: wonders",
        b"host: another",
    ],
)
def test_a_field_of_a_push_that_no_parser_takes_is_left_out(bad: bytes) -> None:
    kept = b"x-goog-pubsub-message-id: 1\r\nExpect: 100-continue\r\nv: \xc3\xa9\r\n"
    assert without_bad_fields(PUSH + bad + b"\r\n" + kept + b"\r\nbody") == PUSH + kept + b"\r\nbody"


@pytest.mark.parametrize(
    "framing", [b"Content-Length : 5", b"Transfer-Encoding\x0b: chunked", b"content_length: 5", b"content-length: 5"]
)
def test_what_says_where_the_body_ends_is_left_to_the_parser(framing: bytes) -> None:
    assert without_bad_fields(PUSH + framing + b"\r\n\r\n") == PUSH + framing + b"\r\n\r\n"


def test_nothing_is_left_out_of_other_requests() -> None:
    assert without_bad_fields(b"POST /pipeline/run HTTP/1.1\r\na name: x\r\n\r\n") is None
