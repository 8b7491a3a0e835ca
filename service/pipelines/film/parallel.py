"""The same work on many things at a time, until one of them fails."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


def each(work: Callable[[_T], _R], things: Iterable[_T], *, at_once: int, name: str) -> list[_R]:
    """What `work` returns for each of `things`, in their order; at most `at_once` threads called `name` are at it.

    Raises what the first one raises: what has not begun then is not begun, what is at work comes to its own end.
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix=name) as pool:
        futures = [pool.submit(work, thing) for thing in things]
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        broken = next((future for future in finished if future.exception() is not None), None)
        if broken is not None:
            pool.shutdown(wait=False, cancel_futures=True)
            broken.result()
    return [future.result() for future in futures]
