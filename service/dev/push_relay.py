"""Relay the pushes of Google's emulator to the service, adding the OIDC token that the emulator leaves out."""

import http.client
import threading
import time
from urllib.parse import urlsplit

from service.dev.issuer import LocalIssuer
from service.dev.loopback import LoopbackServer, QuietHandler

MAX_BODY_BYTES = 20_000_000
TOKEN_REUSED_S = 300.0


def relay_pushes(
    issuer: LocalIssuer,
    endpoint: str,
    *,
    audience: str,
    email: str,
    timeout_s: float,
    address: tuple[str, int] = ("127.0.0.1", 0),
) -> LoopbackServer:
    """Listen at `address`; forward every POST to `endpoint` with a token, and its answer back.

    If the endpoint is unreachable, or does not answer within `timeout_s` seconds, the answer is a 502.
    """
    url = urlsplit(endpoint)
    lock = threading.Lock()
    token, signed_at = "", float("-inf")

    def current_token() -> str:
        nonlocal token, signed_at
        with lock:
            if time.monotonic() - signed_at > TOKEN_REUSED_S:
                token, signed_at = issuer.token(audience, email), time.monotonic()
            return token

    class Relay(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 (the name that http.server calls)
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
            headers["Authorization"] = f"Bearer {current_token()}"
            connection = http.client.HTTPConnection(url.netloc, timeout=timeout_s)
            try:
                connection.request("POST", url.path or "/", body, headers)
                answer = connection.getresponse()
                status, content = answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                status, content = 502, b""
            finally:
                connection.close()
            self.reply(status, content if status not in (204, 304) else b"")

    return LoopbackServer(Relay, address)
