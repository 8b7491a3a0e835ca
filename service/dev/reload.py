"""Notice that code has changed, for `dev --reload`."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from watchfiles import Change, PythonFilter, watch


class Watcher:
    """A context manager that watches the Python files in `folders` and below, but not those of virtual environments and
    hidden folders."""

    def __init__(self, folders: set[Path]) -> None:
        self._folders = folders
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._changed: set[Path] = set()
        self._thread = threading.Thread(target=self._run, name="reload", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def take(self) -> list[Path]:
        """The files that have changed since the last call."""
        with self._lock:
            changed, self._changed = self._changed, set()
        return sorted(changed)

    def _run(self) -> None:
        for changes in watch(
            *self._folders, watch_filter=_code_in(self._folders), stop_event=self._stopping, debounce=300
        ):
            with self._lock:
                self._changed |= {Path(path) for _, path in changes}


def _code_in(folders: set[Path]) -> Callable[[Change, str], bool]:
    """A filter. The library's own knows `.venv`, `.git`, `__pycache__` and their like; `.dev` and other hidden folders
    are ours to leave out."""
    is_python = PythonFilter()

    def is_code(change: Change, path: str) -> bool:
        inside = [Path(path).relative_to(folder) for folder in folders if Path(path).is_relative_to(folder)]
        is_visible = any(not any(part.startswith(".") for part in one.parts) for one in inside)
        return is_visible and is_python(change, path)

    return is_code
