"""A cloud that is not there."""

import shlex
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.deploy import tool
from tests.support.fake_cloud import FAKE_CURL, FAKE_GCLOUD, Cloud


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    folder = tmp_path / "bin"
    folder.mkdir()
    places = {name: shlex.quote(str(folder / name)) for name in ("calls", "answers", "secret", "places")}
    curl = shlex.quote(tool("curl", "Debian curl"))
    for name, program in (("gcloud", FAKE_GCLOUD.format(**places)), ("curl", FAKE_CURL.format(curl=curl, **places))):
        (folder / name).write_text(program)
        (folder / name).chmod(0o755)
    made = Cloud(folder)
    made.answers()
    return made


@pytest.fixture
def stub() -> Iterator[Callable[..., str]]:
    """Starts a service that answers each path with a status; 401 to who brings no token. `front` is what a front end
    answers that lets nobody in."""
    servers: list[ThreadingHTTPServer] = []

    def start(**statuses: int) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status = statuses.get(self.path.strip("/").partition("/")[0], 404)
                if self.path != "/ready" and not self.headers.get("Authorization"):
                    status = 401
                status = statuses.get("front", status)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_POST = do_GET  # noqa: N815 (the server's own name)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
