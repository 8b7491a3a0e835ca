"""`python -m service dev`: everything embedded, one process to start and stop."""

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

LOOK_EVERY_S = 0.25


def run_dev(directory: Path, port: int, pipeline: str) -> int:
    """Run until SIGINT or SIGTERM, or until a part of it ends by itself; the exit code. Call it in the main thread."""
    stopping = threading.Event()
    with _signals_set(stopping):
        stack = DevStack(directory, port=port, env={"PIPELINE": pipeline}, give_up=stopping.is_set)
        try:
            say("Starting PostgreSQL, Pub/Sub and the service …")
            stack.start()
            trouble = None
            if not stopping.is_set():
                say(welcome(stack, is_default_folder=directory == Path(".dev")))
            while trouble is None and not stopping.wait(LOOK_EVERY_S):
                trouble = stack.trouble()
        except ServiceError as error:
            trouble = error.sentence
        finally:
            stack.stop()
    if trouble:
        say(trouble)
        return 1
    say("Stopped.")
    return 0


def welcome(stack: DevStack, *, is_default_folder: bool) -> str:
    """What a newcomer can type next."""
    python = _python()
    folder = "" if is_default_folder else f" --dir {shlex.quote(_shown(stack.directory))}"
    brief = '{"user_id": "me", "preset": "quick_social", "content": "A lighthouse that learns to dance."}'
    resent = f"\nSent again: the messages of {stack.resent} jobs that had not ended.\n" if stack.resent else ""
    shown = _shown(stack.directory)
    return f"""
The service runs at {stack.url} with PIPELINE={stack.settings.pipeline}; its log is {shown}/service.log.
{resent}
Send it a job (in another terminal):

    {python} -m service submit{folder} --watch "A lighthouse that learns to dance."

The same with curl:

    curl -sS {stack.url}/pipeline/run -H "Authorization: Bearer $({python} -m service token{folder})" \\
        -H "Content-Type: application/json" -d '{brief}'

What it makes lands in {shown}/artifacts. Ctrl-C stops everything; what was begun goes on with the next start.
"""


def _python() -> str:
    """The interpreter in a spelling that can be pasted where dev was started. Not resolved: a virtual environment's
    is a link to another one's."""
    path = Path(sys.executable)
    cwd = Path.cwd()
    return shlex.quote(str(path.relative_to(cwd) if path.is_relative_to(cwd) else path))


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _signals_set(event: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set the event, and do nothing else while things are stopped in their order."""

    def note(_number: int, _frame: FrameType | None) -> None:
        event.set()

    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {
        number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 (the command's own words)
