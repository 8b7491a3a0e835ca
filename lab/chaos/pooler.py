"""PgBouncer in transaction mode between one instance and the database, if it is installed."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SERVER_CONNECTIONS = 6


@contextmanager
def pooled(port: int, folder: Path) -> Iterator[int | None]:
    """Yield the port of a pooler in front of the server on `port` of loopback; None if PgBouncer is not installed."""
    program = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if program is None:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listens = int(free.getsockname()[1])
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n* = host=127.0.0.1 port={port} user=postgres\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listens}\nauth_type = any\npool_mode = transaction\n"
        f"default_pool_size = {SERVER_CONNECTIONS}\nmax_client_conn = 200\nunix_socket_dir =\n"
        "server_tls_sslmode = disable\n"
    )
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:
        # It refuses to run as root.
        as_user = {"user": pwd.getpwnam("nobody").pw_uid}
        config.chmod(0o644)
    with (folder / "pgbouncer.log").open("wb") as log:
        process = subprocess.Popen([program, str(config)], stdout=log, stderr=subprocess.STDOUT, **as_user)
    try:
        yield listens
    finally:
        process.terminate()
        process.wait()
