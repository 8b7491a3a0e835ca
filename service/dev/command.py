"""`python -m service dev`: start everything, wait for Ctrl-C or a failure, stop everything."""

import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from service.dev.follow import LogPrinter
from service.dev.gunicorn import PROGRAM
from service.dev.stack import DevStack
from service.errors import ServiceError

if TYPE_CHECKING:
    from service.dev.reload import Watcher

POLL_EVERY_S = 0.25
ENV_FILE = Path(".env")


def run_dev(directory: Path, port: int | None, pipeline: str | None, *, reload: bool = False) -> int:
    """Run until SIGINT or SIGTERM, or until a part ends by itself; return the exit code. Call it in the main thread.

    `port` and `pipeline` default to `PORT` and `PIPELINE` of the environment or of `.env`. With `reload`, the service
    is restarted when code changes, and its failure is something to mend, not the end.
    """
    stopping = threading.Event()
    with _signals_setting(stopping):
        inherited = {**read_env_file(ENV_FILE), **os.environ, PROGRAM: _program()}
        stack = DevStack(
            directory,
            port=int(inherited.get("PORT", "") or 8080) if port is None else port,
            env={"PIPELINE": pipeline} if pipeline else {},
            inherited=inherited,
            is_stopping=stopping.is_set,
        )
        try:
            print_now("Starting PostgreSQL, Pub/Sub and the service …")
            stack.start()
            failure = None if stopping.is_set() else _serve(stack, stopping, inherited, reload=reload)
        except ServiceError as error:
            failure = error.sentence
        finally:
            stack.stop()
    if failure:
        print_now(failure)
        return 1
    print_now("Stopped.")
    return 0


def _serve(stack: DevStack, stopping: threading.Event, env: Mapping[str, str], *, reload: bool) -> str | None:
    """Print the log until it is time to stop; return a sentence if a part has ended by itself."""
    with ExitStack() as helpers:
        watcher = helpers.enter_context(_watcher(stack)) if reload else None
        print_now(welcome(stack, is_default_folder=stack.directory == Path(".dev").resolve(), reload=reload))
        colour = sys.stdout.isatty() and not env.get("NO_COLOR")
        as_json = env.get("LOG_FORMAT", "").strip() == "json"
        helpers.enter_context(LogPrinter(stack.log, stack.gunicorn.log_start, colour=colour, as_json=as_json))
        is_told = False
        while not stopping.wait(POLL_EVERY_S):
            changed = watcher.take() if watcher else []
            if changed:
                is_told = not _restart(stack, changed)
            failure = stack.failure()
            if failure and (watcher is None or stack.is_postgres_gone):
                return failure
            if failure and not is_told:
                print_now(f"{failure} It starts again when code changes.")
                is_told = True
    return None


def _watcher(stack: DevStack) -> "Watcher":
    # Only who asks for it needs the package that watches.
    from service.dev.reload import Watcher  # noqa: PLC0415

    return Watcher({Path.cwd(), stack.look.folder})


def _restart(stack: DevStack, changed: list[Path]) -> bool:
    """Restart the service with changed code; say so, or why not."""
    names = ", ".join(_relative(path) for path in changed[:3]) + (" …" if len(changed) > 3 else "")
    print_now(f"\n{names} changed: the service starts again.")
    try:
        stack.restart_service()
    except ServiceError as error:
        goes_on = " Until then the old code goes on." if stack.gunicorn.is_alive() else ""
        print_now(f"{error.sentence}\nIt starts again when code changes.{goes_on}")
        return False
    print_now("It runs with the new code; finished stages are kept.")
    return True


def read_env_file(path: Path) -> dict[str, str]:
    """The variables in a `.env` file; none if there is no such file. Only `dev` reads it: a deployment's variables come
    from its platform."""
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 (only who has such a file needs it)

    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}


def welcome(stack: DevStack, *, is_default_folder: bool, reload: bool = False) -> str:
    """What to type next."""
    program = _program()
    folder = "" if is_default_folder else f" --dir {shlex.quote(_relative(stack.directory))}"
    preset = stack.look.preset
    text = "A lighthouse that learns to dance."
    brief = f'{{"user_id": "me", "preset": "{preset}", "content": "{text}"}}'
    resent = f"\nResent the messages of {stack.resent} jobs that had not ended.\n" if stack.resent else ""
    shown = _relative(stack.directory)
    wanted = f" --preset {shlex.quote(preset)}"
    code = (
        "Changed code is loaded at once"
        if reload
        else "Changed code is loaded at the next start, or at once with --reload"
    )
    return f"""
The service runs at {stack.url} with PIPELINE={stack.settings.pipeline}: open it to see its jobs and films.
The operator's console is at {stack.url}/console/
{resent}
Submit a job (in another terminal):

    {program} submit{folder}{wanted} --watch "{text}"

The same with curl:

    curl -sS {stack.url}/pipeline/run -H "Authorization: Bearer $({program} token{folder})" \\
        -H "Content-Type: application/json" -d {shlex.quote(brief)}

Its log is {shown}/service.log, its artifacts are in {shown}/artifacts. {code}.
Ctrl-C stops everything; unfinished jobs continue at the next start.
"""


def _program() -> str:
    """The command line as it can be pasted into a shell in this folder.

    The interpreter's path is not resolved, because a virtual environment's interpreter is a link to another one.
    """
    called = Path(sys.argv[0])
    if called.name == "aiprod":
        return "aiprod" if shutil.which("aiprod") else shlex.quote(str(called))
    path = Path(sys.executable)
    cwd = Path.cwd()
    return f"{shlex.quote(str(path.relative_to(cwd) if path.is_relative_to(cwd) else path))} -m service"


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
