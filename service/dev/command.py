"""`python -m service dev`: start everything, wait for Ctrl-C or a failure, stop everything."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from service.dev.stack import DevStack
from service.errors import ServiceError

POLL_EVERY_S = 0.25


def run_dev(directory: Path, port: int, pipeline: str) -> int:
    """Run until SIGINT or SIGTERM, or until a part ends by itself; return the exit code. Call it in the main thread."""
    stopping = threading.Event()
    with _signals_setting(stopping):
        stack = DevStack(directory, port=port, env={"PIPELINE": pipeline}, is_stopping=stopping.is_set)
        try:
            print_now("Starting PostgreSQL, Pub/Sub and the service …")
            stack.start()
            failure = None
            if not stopping.is_set():
                print_now(welcome(stack, is_default_folder=directory == Path(".dev")))
            while failure is None and not stopping.wait(POLL_EVERY_S):
                failure = stack.failure()
        except ServiceError as error:
            failure = error.sentence
        finally:
            stack.stop()
    if failure:
        print_now(failure)
        return 1
    print_now("Stopped.")
    return 0


def welcome(stack: DevStack, *, is_default_folder: bool) -> str:
    """What to type next."""
    python = _python()
    folder = "" if is_default_folder else f" --dir {shlex.quote(_relative(stack.directory))}"
    brief = '{"user_id": "me", "preset": "quick_social", "content": "A lighthouse that learns to dance."}'
    resent = f"\nResent the messages of {stack.resent} jobs that had not ended.\n" if stack.resent else ""
    shown = _relative(stack.directory)
    return f"""
The service runs at {stack.url} with PIPELINE={stack.settings.pipeline}; its log is {shown}/service.log.
The console: {stack.url}/console/
{resent}
Submit a job (in another terminal):

    {python} -m service submit{folder} --watch "A lighthouse that learns to dance."

The same with curl:

    curl -sS {stack.url}/pipeline/run -H "Authorization: Bearer $({python} -m service token{folder})" \\
        -H "Content-Type: application/json" -d '{brief}'

Its artifacts are in {shown}/artifacts. Ctrl-C stops everything; unfinished jobs continue at the next start.
"""


def _python() -> str:
    """The interpreter as it can be pasted into a shell in this folder.

    The path is not resolved, because a virtual environment's interpreter is a link to another one.
    """
    path = Path(sys.executable)
    cwd = Path.cwd()
    return shlex.quote(str(path.relative_to(cwd) if path.is_relative_to(cwd) else path))


def _relative(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _signals_setting(event: threading.Event) -> Iterator[None]:
    """Make SIGINT and SIGTERM set the event and do nothing else: a second Ctrl-C must not disturb the stopping."""

    def set_event(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {
        number: signal.signal(number, set_event) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def print_now(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's own output)
