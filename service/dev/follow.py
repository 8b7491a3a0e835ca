"""Print the service's log as it grows, as lines that a person can read."""

import threading
from pathlib import Path
from typing import Self

from service.log_text import text_of_line

EVERY_S = 0.2
CHUNK_BYTES = 1_000_000


class LogPrinter:
    """A context manager: prints what is appended to the file `log` from `start` (bytes) on. `as_json` prints lines as
    they are."""

    def __init__(self, log: Path, start: int, *, colour: bool, as_json: bool) -> None:
        self._log = log
        self._at = start
        self._colour = colour
        self._as_json = as_json
        self._unfinished = b""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self._print_new()
        self._print_new()

    def _print_new(self) -> None:
        with self._log.open("rb") as log:
            log.seek(self._at)
            while new := log.read(CHUNK_BYTES):
                self._at += len(new)
                *lines, self._unfinished = (self._unfinished + new).split(b"\n")
                for line in lines:
                    text = line.decode(errors="replace")
                    shown = text if self._as_json else text_of_line(text, colour=self._colour)
                    print(shown, flush=True)  # noqa: T201 (the command's own output)
