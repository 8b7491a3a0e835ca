"""The threads of the stages: one that is idle is used again, one that is busy is not waited for."""

import queue
import threading

from lab.harness.waiting import eventually
from service.delivery.threads import Threads


def test_an_idle_thread_is_used_again() -> None:
    threads, seen = Threads(), queue.SimpleQueue[int]()
    used = set()
    for _ in range(20):
        threads.run(lambda: seen.put(threading.get_ident()))
        used.add(seen.get(timeout=5))
        eventually(lambda: threads._idle)  # noqa: SLF001
    assert len(used) == 1


def test_a_thread_that_never_returns_keeps_nobody_waiting() -> None:
    threads, seen, never = Threads(), queue.SimpleQueue[int](), threading.Event()
    threads.run(never.wait)
    for _ in range(3):
        threads.run(lambda: seen.put(threading.get_ident()))
        seen.get(timeout=5)
    never.set()
