"""A way to the database that can fall silent, as a firewall does: what is sent is lost, and nobody is told."""

import select
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from sqlalchemy.engine import make_url


class Firewall:
    """Forwards connections from a port of its own to PostgreSQL's socket."""

    def __init__(self, database_url: str) -> None:
        self._target = next(Path(str(make_url(database_url).query["host"])).glob(".s.PGSQL.*[0-9]"))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent: set[socket.socket] = set()
        port = self._listener.getsockname()[1]
        url = make_url(database_url).set(host="127.0.0.1", port=port, query={})
        self.url = url.render_as_string(hide_password=False)
        threading.Thread(target=self._accept, daemon=True).start()

    def forget(self) -> int:
        """Drop whatever comes on the connections of now, both ways; return how many there are."""
        forgotten = [end for pair in self._pairs for end in pair]
        self._silent.update(forgotten)
        return len(forgotten) // 2

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for end in (self._listener, *(end for pair in self._pairs for end in pair)):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self._target))
                self._pairs.append((client, server))
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError, ValueError):
            while True:
                for end in select.select([client, server], [], [])[0]:
                    data = end.recv(65_536)
                    if end in self._silent:
                        continue
                    if not data:
                        client.close()
                        server.close()
                        return
                    (server if end is client else client).sendall(data)
