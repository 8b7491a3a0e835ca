"""Tokens that must not open anything: mutated ones, judged by google-auth, and good ones where they do not belong."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator

from google.oauth2 import id_token

from lab.harness.calls import call
from lab.harness.names import ACCOUNT, API_AUDIENCE, AUDIENCE
from lab.redteam.mutants import Tokens
from lab.redteam.target import ALICE, OPERATOR, Attempt, Target
from service.dev.issuer import LocalIssuer

REFUSED = (400, 401, 403)


def attempts(target: Target) -> Iterator[Attempt]:
    yield from _mutated(target)
    yield from _misplaced(target)


def _mutated(target: Target) -> Iterator[Attempt]:
    """An empty envelope is a 400 to a caller who is let in, and a 401 or 403 to others."""
    known = target.world.issuer
    issuers = (known, LocalIssuer.fresh(), LocalIssuer.fresh())
    page = json.dumps({known.kid: known.certificate_pem}).encode()
    response = type("Response", (), {"status": 200, "data": page})
    seed, now = (1 if target.short else time.time_ns()), int(time.time())
    tokens = Tokens(issuers, seed, audience=AUDIENCE, email=ACCOUNT, now=now)
    for number, token in enumerate(tokens.make(150 if target.short else 2_000)):
        if _is_good(token, response):
            continue
        answer = _raw_push(target.port, token)
        # The web server refuses some by itself: too long, or with a control character.
        is_refused = answer[9:12] in (b"401", b"403", b"431") or (answer[9:12] == b"400" and b"envelope" not in answer)
        what = f"mutated token {number} of seed {seed}"
        yield Attempt(what, "" if is_refused else f"answered {answer[:12]!r}: {token}")


def _is_good(token: str, response: object) -> bool:
    try:
        found = id_token.verify_oauth2_token(  # type: ignore[no-untyped-call]
            token.strip(" "), lambda *_, **__: response, AUDIENCE, clock_skew_in_seconds=10
        )
        return found["email"] == ACCOUNT and found["email_verified"] is True
    except Exception:  # noqa: BLE001 (whatever it is, the token is not good)
        return False


def _raw_push(port: int, token: str) -> bytes:
    """Push an empty object with any bytes as the token; return the whole answer."""
    head = f"POST /push HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\nAuthorization: Bearer {token}"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode() + b"\r\n\r\n{}")
        answer = b""
        with contextlib.suppress(ConnectionError):
            while received := connection.recv(4_096):
                answer += received
    return answer


def _misplaced(target: Target) -> Iterator[Attempt]:
    issuer = target.world.issuer
    push, api = issuer.token(AUDIENCE, ACCOUNT), issuer.token(API_AUDIENCE, ALICE)
    stranger = issuer.token(API_AUDIENCE, "stranger@example.com")
    headers: dict[str, dict[str, str]] = {
        "no token": {},
        "an empty token": {"Authorization": "Bearer "},
        "the push's token": {"Authorization": f"Bearer {push}"},
        "the API's token for the push": {"Authorization": f"Bearer {issuer.token(AUDIENCE, ALICE)}"},
        "a stranger's token": {"Authorization": f"Bearer {stranger}"},
        "a good token in another header": {"X-Serverless-Authorization": f"Bearer {api}"},
        "a good token as a proxy's": {"Proxy-Authorization": f"Bearer {api}"},
        "a good token in a cookie": {"Cookie": f"token={api}; Authorization=Bearer {api}"},
        "a good token as Basic": {"Authorization": f"Basic {api}"},
        "two tokens": {"Authorization": f"Bearer {stranger}, Bearer {api}"},
        "an e-mail that a front end sets": {"X-Goog-Authenticated-User-Email": f"accounts.google.com:{OPERATOR}"},
        "an operator by name": {"X-Forwarded-User": OPERATOR, "From": OPERATOR},
    }
    routes = [("POST", "/pipeline/run"), ("GET", "/pipeline/jobs"), ("POST", "/sweep"), ("GET", "/pipeline/job/x")]
    for what, sent in headers.items():
        for method, path in (*routes, ("GET", f"/pipeline/jobs?access_token={api}")):
            status = call(target.port, method, path, b"{}" if method == "POST" else None, sent, timeout=10).status
            yield Attempt(f"{what} at {method} {path[:20]}", "" if status in REFUSED[1:] else f"answered {status}")
    for what, sent in (("the API's token", {"Authorization": f"Bearer {api}"}), ("no token", {})):
        status = call(target.port, "POST", "/push", b"{}", sent, timeout=10).status
        yield Attempt(f"{what} at POST /push", "" if status in REFUSED[1:] else f"answered {status}")
    for method, path in (("GET", "/push"), ("PUT", "/pipeline/run"), ("TRACE", "/pipeline/jobs"), ("DELETE", "/sweep")):
        status = call(target.port, method, path, None, {"X-HTTP-Method-Override": "POST"}, timeout=10).status
        failure = "" if status in (*REFUSED, 405, 501) else f"answered {status}"
        yield Attempt(f"{method} {path} with an override", failure)
