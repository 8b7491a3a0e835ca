"""Bytes in memory are bounded, and of the bodies that arrive the newest goes first."""

import socket
from contextlib import ExitStack

from service.slots import Bodies, Slots


def test_bytes_are_counted_as_they_come_and_one_body_always_fits() -> None:
    bodies = Bodies(100)
    first, second = bodies.begin(), bodies.begin()
    assert first.grow(60)
    assert second.grow(40)
    assert not second.grow(1)
    assert not second.would_fit(1)
    assert bodies.in_memory == 100
    first.release()
    assert second.grow(1_000), "alone, it always fits"
    assert not first.grow(1)
    second.release()
    assert bodies.in_memory == 0


def test_an_announcement_counts_nothing() -> None:
    bodies = Bodies(100)
    assert bodies.begin().would_fit(1_000)
    assert bodies.begin().grow(100)


def test_the_api_and_pubsub_cannot_fill_each_others_memory() -> None:
    slots = Slots(1, 100)
    assert slots.called.begin().grow(1_000)
    assert slots.pushed.begin().grow(10)
    assert slots.in_flight_bytes == 1_010


def test_the_body_that_has_been_arriving_for_longest_gives_way() -> None:
    bodies = Bodies(100, most_arriving=2)
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(3)]
        for pair in pairs:
            for end in pair:
                stack.callback(end.close)
        first, second, third = (bodies.begin() for _ in pairs)
        stack.enter_context(first.arriving(pairs[0][0]))
        with second.arriving(pairs[1][0]), third.arriving(pairs[2][0]):
            assert (first.gave_way, second.gave_way, third.gave_way) == (True, False, False)
            assert pairs[0][0].recv(1) == b"", "who reads it is told at once"
        # Those that have arrived make room for others.
        with bodies.begin().arriving(pairs[1][0]), bodies.begin().arriving(pairs[2][0]):
            assert not second.gave_way
