"""The local issuer, its certificates page, and the relay that adds tokens to pushes."""

import stat
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from service.auth.certificates import KeyCache, fetch_certs
from service.auth.verifier import Verifier, authorize
from service.dev.certs_page import serve_certs
from service.dev.issuer import KEY_FILE, LocalIssuer
from service.dev.loopback import LoopbackServer
from service.dev.push_relay import relay_pushes


def test_a_key_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        issuers = list(pool.map(LocalIssuer.at, [tmp_path / "new"] * 4))
    assert len({issuer.kid for issuer in issuers}) == 1
    assert [path.name for path in (tmp_path / "new").iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / "new" / KEY_FILE).stat().st_mode) == 0o600
    assert LocalIssuer.fresh().kid != issuers[0].kid


def test_its_tokens_verify_against_its_certificates_page() -> None:
    issuer = LocalIssuer.fresh()
    with serve_certs(issuer) as server:
        verifier = Verifier(KeyCache(lambda: fetch_certs(f"{server.url}/certs")))
        identity = verifier.verify(f"Bearer {issuer.token('audience', 'somebody@example.com')}")
        assert fetch_certs(server.url).max_age_s == 3_600
    authorize(identity, audience="audience", callers=frozenset({"somebody@example.com"}))


def test_the_relay_adds_a_token_and_passes_everything_else_on() -> None:
    issuer = LocalIssuer.fresh()
    seen: list[tuple[str, str | None, bytes]] = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.headers["Authorization"], self.headers["ce-id"], body))
            self.send_response(503)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"busy")

        def log_message(self, *_: Any) -> None:
            pass

    with LoopbackServer(Endpoint) as endpoint:
        relay = relay_pushes(issuer, f"{endpoint.url}/push", audience="aud", email="pusher@example.com", timeout_s=5)
        with relay:
            headers = {"ce-id": "7", "Authorization": "Bearer of-somebody-else"}
            request = urllib.request.Request(f"{relay.url}/push", b"body", headers)
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(request, timeout=5)
            assert (answer.value.code, answer.value.read()) == (503, b"busy")
            answer.value.close()
    authorization, ce_id, body = seen[0]
    assert (ce_id, body) == ("7", b"body")
    identity = Verifier(KeyCache(issuer.certs_page)).verify(authorization)
    assert (identity.audience, identity.email) == ("aud", "pusher@example.com")


def test_an_endpoint_that_is_gone_is_a_502_of_the_relay_and_no_thread_stays() -> None:
    threads_before = threading.active_count()
    with (
        relay_pushes(LocalIssuer.fresh(), "http://127.0.0.1:1/push", audience="a", email="e", timeout_s=1) as relay,
        pytest.raises(urllib.error.HTTPError) as answer,
    ):
        urllib.request.urlopen(urllib.request.Request(relay.url, b"body"), timeout=5)
    assert answer.value.code == 502
    answer.value.close()
    assert threading.active_count() <= threads_before + 1
