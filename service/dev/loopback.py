"""Two small HTTP servers on loopback: the certificates page, and the relay that signs what the emulator pushes."""

import contextlib
import http.client
import http.server
import json
import threading
import time
from typing import Any, Self
from urllib.parse import urlsplit

from service.dev.keys import LocalIssuer

MAX_BODY_BYTES = 20_000_000
TOKEN_KEPT_S = 300.0


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


class LoopbackServer:
    """Serves from when it is made until `close`; a context manager as well. `url` ends without a slash."""

    def __init__(
        self, handler: type[http.server.BaseHTTPRequestHandler], address: tuple[str, int] = ("127.0.0.1", 0)
    ) -> None:
        self._http = _Server(address, handler)
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="loopback", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Quiet(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


def serve_certs(issuer: LocalIssuer, port: int = 0) -> LoopbackServer:
    """The issuer's certificate at every path, as on Google's certificates page. Port 0: a free one."""
    page = issuer.certs_page()
    body = json.dumps(dict(page.keys)).encode()
    headers = {"Content-Type": "application/json", "Cache-Control": f"public, max-age={page.max_age_s:g}"}

    class Certs(_Quiet):
        def do_GET(self) -> None:
            self.reply(200, body, headers)

    return LoopbackServer(Certs, ("127.0.0.1", port))


def relay_pushes(
    issuer: LocalIssuer,
    endpoint: str,
    *,
    audience: str,
    email: str,
    timeout_s: float,
    address: tuple[str, int] = ("127.0.0.1", 0),
) -> LoopbackServer:
    """Pass every POST on to `endpoint` with the token that Google's emulator leaves out, and its answer back.

    An endpoint that does not answer within `timeout_s` seconds, or is not there, is a 502.
    """
    url = urlsplit(endpoint)
    lock = threading.Lock()
    kept = ("", float("-inf"))

    def token() -> str:
        nonlocal kept
        with lock:
            if time.monotonic() - kept[1] > TOKEN_KEPT_S:
                kept = (issuer.token(audience, email), time.monotonic())
            return kept[0]

    class Relay(_Quiet):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 <= length <= MAX_BODY_BYTES:
                self.close_connection = True
                self.reply(413)
                return
            body = self.rfile.read(length)
            headers = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in ("host", "connection", "content-length", "authorization")
            }
            connection = http.client.HTTPConnection(url.netloc, timeout=timeout_s)
            try:
                connection.request("POST", url.path or "/", body, headers | {"Authorization": f"Bearer {token()}"})
                answer = connection.getresponse()
                status, content = answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                status, content = 502, b""
            finally:
                connection.close()
            self.reply(status, content if status not in (204, 304) else b"")

    return LoopbackServer(Relay, address)
