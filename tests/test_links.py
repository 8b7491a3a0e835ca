"""Signed links to artifacts."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from service import artifacts
from tests.support.fake_signing import Google, GoogleHandler, certificate_of, verify


@pytest.fixture(scope="module")
def keys() -> tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]:
    """The server's for TLS, and the account's."""
    return rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def one_google(
    tmp_path_factory: pytest.TempPathFactory, keys: tuple[rsa.RSAPrivateKey, rsa.RSAPrivateKey]
) -> Iterator[Google]:
    tmp_path = tmp_path_factory.mktemp("google")
    key, of_account = keys
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*plain))
    (tmp_path / "certificate.pem").write_bytes(certificate_of(key, "iamcredentials.googleapis.com"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    fake = Google(tmp_path, of_account)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (GoogleHandler,), {"google": fake, "tls": tls}))
    fake.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield fake
    fake.close()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def google(one_google: Google) -> Google:
    """Return the shared fake, reset for this test."""
    one_google.status = 200
    one_google.asked.clear()
    return one_google


def test_a_link_is_signed_by_the_run_account_and_opens_one_file_for_an_hour(google: Google) -> None:
    mine, odd = "gs://films/some/prefix/job-1/0a-film.mp4", "gs://films/some/prefix/job-1/0a-%C3%A4%20%3F%23.vtt"
    links = google.ask(mine, odd)
    now, key = datetime.now(UTC), google.key.public_key()
    for link, url in zip(links, (mine, odd), strict=True):
        assert link.startswith("https://storage.googleapis.com/films/some/prefix/job-1/0a-")
        # The object's name is what stands in our own URL, blank and question mark escaped by us; then as a path.
        assert unquote(urlsplit(link).path) == url.removeprefix("gs:/")
        verify(link, key, at=now)
        verify(link, key, at=now + timedelta(minutes=59))
        for changed, later, method in (
            (link, timedelta(minutes=61), "GET"),
            (link, timedelta(0), "DELETE"),
            (link.replace("job-1", "job-2"), timedelta(0), "GET"),
            (link.replace("Expires=3600", "Expires=604800"), timedelta(0), "GET"),
        ):
            with pytest.raises(InvalidSignature):
                verify(changed, key, at=now + later, method=method)
    assert len(google.asked) == 2


def test_no_link_is_made_to_what_is_not_the_jobs(google: Google) -> None:
    others = [
        "gs://films/some/prefix/job-2/0a-film.mp4",
        "gs://films/some/prefix/job-1",
        "gs://films/some/prefix/job-10/0a-film.mp4",
        "gs://other/some/prefix/job-1/0a-film.mp4",
        "https://films/some/prefix/job-1/0a-film.mp4",
        "",
    ]
    assert google.ask(*others) == [None] * len(others)
    assert not google.asked


@pytest.mark.parametrize("status", [403, 503])
def test_an_account_that_may_not_sign_says_so(google: Google, status: int) -> None:
    google.status = status
    (said,) = google.ask("gs://films/some/prefix/job-1/0a-film.mp4")
    assert said["code"] == "links_unavailable"
    assert ("denied on resource" in said["cause"]) == (status == 403)


@pytest.mark.parametrize("status", [200, 403])
def test_the_doctor_says_whether_links_can_be_signed(google: Google, status: int) -> None:
    google.status = status
    looks = "import json; from service.doctor import facts; print(json.dumps(facts.link_problem('gs://films/a')))"
    (said,) = google.ask(code=looks)
    assert (said is None) == (status == 200)
    assert status == 200 or "denied on resource" in said


def test_a_link_into_a_folder_is_the_files_own_url(tmp_path: Path) -> None:
    source, store_of = tmp_path / "source", artifacts.connect((tmp_path / "root").as_uri())
    source.write_bytes(b"x")
    url = store_of("job").put(source, "name", "text/plain")
    assert store_of("job").link(url) == url
    assert store_of("jo").link(url) is None
    assert store_of("job").link(source.as_uri()) is None
