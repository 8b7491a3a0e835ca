"""Child processes, started and waited for so that a stage can be stopped at any moment and a failure is told apart
from being stopped."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from service.pipeline import Context, Later

_LOOK_EVERY_S = 0.5
_TAIL = 2000


def run(ctx: Context, args: Sequence[str | Path], *, code: str, feed: bytes = b"") -> tuple[int, bytes, str]:
    """Run to the end with `feed` on its stdin; the exit code, stdout and stderr.

    Raises `Interrupted` as soon as the stage is to stop, `Later(code)` where the child was killed.
    """
    child = ctx.popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    waiting: bytes | None = feed
    try:
        while True:
            try:
                out, err = child.communicate(waiting, timeout=_LOOK_EVERY_S)
                break
            except subprocess.TimeoutExpired:
                waiting = None
                ctx.check()
    finally:
        end(child)
    if child.returncode < 0:
        failed(ctx, code, err.decode(errors="replace"))
    return child.returncode, out, err.decode(errors="replace")


def must(ctx: Context, args: Sequence[str | Path], *, code: str, feed: bytes = b"") -> tuple[bytes, str]:
    """As `run`, and an exit code other than 0 raises `Later(code)`; stdout and stderr."""
    returned, out, err = run(ctx, args, code=code, feed=feed)
    if returned:
        failed(ctx, code, err)
    return out, err


def failed(ctx: Context, code: str, stderr: str) -> None:
    """Raise what a failed child means: `Interrupted` where the delivery is stopping, else `Later(code)`.

    What the child wrote goes to the log alone: it may hold paths and words of the brief.
    """
    ctx.check()
    ctx.log.warning("a child process failed: %s", stderr[-_TAIL:], extra={"action": code})
    sentence = "A program that the film is made with stopped before its end."
    raise Later(code, sentence)


def end(child: "subprocess.Popen[bytes]") -> None:
    """Leave nothing behind: no process, no open pipe."""
    if child.poll() is None:
        child.kill()
        child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None and not pipe.closed:
            _close(pipe)


def noted(scratch: Path) -> IO[bytes]:
    """A file for a child's stderr where its stdin is streamed to: a pipe that nobody reads fills up and stops it."""
    return tempfile.TemporaryFile(dir=scratch)


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        return
