"""Requests without a library: they verify TLS, follow no redirect, and fetch access tokens for google-auth."""

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import RefreshError, TransportError
from google.oauth2 import service_account

from service.auth import web

KEY = rsa.generate_private_key(65_537, 2_048)


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(302, {"Location": "/elsewhere"}, {})

    def do_POST(self) -> None:
        asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        is_asked = asked["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        self._answer(200 if is_asked else 400, {}, {"access_token": "secret", "expires_in": 3600})

    def _answer(self, status: int, headers: dict[str, str], body: Any) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server with TLS, and the file of its certificate, which only its own users trust."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    file, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(pem())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}/", file
        server.shutdown()
        thread.join()
    web.opener.cache_clear()


def pem() -> bytes:
    return KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def account(token_uri: str) -> service_account.Credentials:
    found: service_account.Credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
        {"client_email": "a@test.iam.gserviceaccount.com", "private_key": pem().decode(), "token_uri": token_uri},
        scopes=["https://www.googleapis.com/auth/pubsub"],
    )
    return found


def test_a_server_that_nobody_vouches_for_gets_no_token(secure: tuple[str, Path]) -> None:
    web.opener.cache_clear()
    with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
        web.GoogleRequest()(secure[0])


def test_an_access_token_is_fetched(secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    url, certificate = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    web.opener.cache_clear()
    found = account(url)
    found.refresh(web.GoogleRequest())  # type: ignore[no-untyped-call]
    assert found.token == "secret"


def test_a_redirect_is_an_answer_like_any_other(secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    url, certificate = secure
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    web.opener.cache_clear()
    answer = web.GoogleRequest()(url, headers={"Accept": "application/json"})
    assert (answer.status, answer.headers.get("location"), answer.data) == (302, "/elsewhere", b"{}")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "https://127.0.0.1:1/"])
def test_what_cannot_be_reached_is_googles_own_error(url: str) -> None:
    with pytest.raises(TransportError):
        web.GoogleRequest()(url, timeout=1)
    with pytest.raises((TransportError, RefreshError)):
        account(url).refresh(web.GoogleRequest())  # type: ignore[no-untyped-call]
