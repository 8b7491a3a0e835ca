"""Child processes that end with their stage: one that is to stop stops its child at once, and a child that fails is
not mistaken for one that was stopped."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NoReturn

from service.pipeline import Context, Later

_CHECK_EVERY_S = 0.5
_STREAMED_CHECK_EVERY_S = 0.25
_LOGGED_CHARACTERS = 2000


def run(ctx: Context, args: Sequence[str | Path], *, code: str, feed: bytes = b"") -> tuple[int, bytes, str]:
    """Run a program to its end with `feed` on its stdin. Return its exit code, stdout and stderr.

    Raises `Interrupted` as soon as the stage is to stop, and `Later(code)` if the child was killed by a signal.
    """
    child = ctx.popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    unsent: bytes | None = feed
    try:
        while True:
            try:
                out, err = child.communicate(unsent, timeout=_CHECK_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                unsent = None
                ctx.check()
    finally:
        stop(child)
    if child.returncode < 0:
        fail(ctx, code, err.decode(errors="replace"))
    return child.returncode, out, err.decode(errors="replace")


def run_checked(ctx: Context, args: Sequence[str | Path], *, code: str, feed: bytes = b"") -> tuple[bytes, str]:
    """As `run`, but raise `Later(code)` if the exit code is not 0. Return stdout and stderr."""
    returned, out, err = run(ctx, args, code=code, feed=feed)
    if returned:
        fail(ctx, code, err)
    return out, err


def wait(ctx: Context, child: "subprocess.Popen[bytes]") -> int:
    """Wait for a child that has been sent all its input. Return its exit code.

    Raises `Interrupted` as soon as the stage is to stop.
    """
    while True:
        try:
            return child.wait(timeout=_STREAMED_CHECK_EVERY_S)
        except subprocess.TimeoutExpired:
            ctx.check()


def fail(ctx: Context, code: str, stderr: str) -> NoReturn:
    """Raise what a failed child means: `Interrupted` if the delivery is stopping, `Later(code)` otherwise.

    What the child wrote only goes to the log: it may contain paths and words of the brief.
    """
    ctx.check()
    ctx.log.warning("a child process failed: %s", stderr[-_LOGGED_CHARACTERS:], extra={"action": code})
    sentence = "A program used to make the film stopped before it was done."
    raise Later(code, sentence)


def stop(child: "subprocess.Popen[bytes]") -> None:
    """Kill the child if it still runs, reap it, and close its pipes."""
    if child.poll() is None:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None and not pipe.closed:
            _close(pipe)


def stderr_file(scratch: Path) -> IO[bytes]:
    """A file for the stderr of a child whose stdin is streamed to: a pipe that nobody reads would fill up and block
    the child."""
    return tempfile.TemporaryFile(dir=scratch)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return
