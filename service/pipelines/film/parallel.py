"""Do the same work on several items at a time, until one of them fails."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

_T = TypeVar("_T")
_R = TypeVar("_R")


def each(work: Callable[[_T], _R], items: Iterable[_T], *, at_once: int, name: str) -> list[_R]:
    """Return what `work` returns for each of `items`, in their order, on at most `at_once` threads called `name`.

    Raises the first failure. Items that have not been started by then never are; those in progress run to their end.
    """
    with ThreadPoolExecutor(at_once, thread_name_prefix=name) as pool:
        futures = [pool.submit(work, item) for item in items]
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        failed = next((future for future in finished if future.exception() is not None), None)
        if failed is not None:
            pool.shutdown(wait=False, cancel_futures=True)
            failed.result()
    return [future.result() for future in futures]
