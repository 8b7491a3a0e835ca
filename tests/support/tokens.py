"""The claims of tokens, the refusal of a bad one, and a clock and a certificates server that tests control."""

import http.server
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from service.auth.verifier import Identity
from service.dev.issuer import LocalIssuer
from service.errors import BadToken, Refused, Unavailable

AUDIENCE = "https://service.example/push"
EMAIL = "pusher@project.iam.gserviceaccount.com"
NOW = 1_800_000_000


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class CertsServer:
    """Google's certificates page on loopback. `answer` is (status, headers, body) or a function that returns them."""

    def __init__(self, issuer: LocalIssuer) -> None:
        self.requests = 0
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        self.serve(issuer)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests += 1
                outer.arrived.set()
                outer.gate.wait(10)
                outer.respond(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/certs"

    def serve(self, *issuers: LocalIssuer, cache_control: str = "public, max-age=600", age: str | None = None) -> None:
        headers = {"Cache-Control": cache_control} | ({"Age": age} if age else {})
        self.answer(200, json.dumps({i.kid: i.certificate_pem for i in issuers}).encode(), headers)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        def respond(to: http.server.BaseHTTPRequestHandler) -> None:
            to.send_response(status)
            for name, value in (headers or {}).items():
                to.send_header(name, value)
            to.send_header("Content-Length", str(len(body)))
            to.end_headers()
            to.wfile.write(body)

        self.respond: Callable[[http.server.BaseHTTPRequestHandler], None] = respond

    def close(self) -> None:
        self.gate.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def claims(**changes: Any) -> dict[str, Any]:
    good = {
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "1234",
        "email": EMAIL,
        "email_verified": True,
        "iat": NOW - 60,
        "exp": NOW + 3_540,
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


def refused(verify: Callable[[str], Identity], token: str) -> str:
    """Return the code of the refusal; check that its sentence contains nothing of the token."""
    with pytest.raises(BadToken) as caught:
        verify(token)
    assert caught.value.__cause__ is None
    assert_nothing_of(token, str(caught.value))
    return caught.value.code


def assert_nothing_of(token: str, words: str) -> None:
    assert token not in words or len(token) < 3
    for part in token.split("."):
        assert len(part) < 12 or part not in words


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """Return what `count` threads that start together get from `call`: its value or its error."""
    barrier = threading.Barrier(count)

    def one(_: int) -> Any:
        barrier.wait(10)
        try:
            return call()
        except (Refused, Unavailable) as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def drip(to: http.server.BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", "1000")
    to.end_headers()
    for _ in range(20):
        try:
            to.wfile.write(b"{")
        except OSError:
            return
        threading.Event().wait(0.05)
