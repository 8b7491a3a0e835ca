"""The artifact store: a folder, and Cloud Storage by the real client library against a server that answers as the
documentation of its JSON API says."""

import base64
import hashlib
import json
import os
import random
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote, urlsplit

import google_crc32c
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lab.harness.processes import ROOT
from service import artifacts
from service.pipeline import ArtifactStore, Later, Never


class FakeBucket:
    """Objects by name, and statuses to answer with before anything else."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.uploads: dict[str, tuple[str, str, bytearray]] = {}
        self.faults: list[int | str] = []
        """What the next requests meet: a status, or what happens to them in words."""
        self.calls: list[str] = []
        self.taken = 0
        """Bytes of media that came in, kept or not."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: FakeBucket

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.bucket.taken += len(data)
        return data

    def fault(self) -> str | None:
        """The next one in words; a status is answered here, as one of which nothing more is said."""
        fault = self.bucket.faults.pop(0) if self.bucket.faults else ""
        if isinstance(fault, int):
            self.answer(fault)
            return None
        return fault

    def cut(self) -> None:
        """The connection ends without a word."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def keep(self, name: str, data: bytes, content_type: str) -> None:
        if name in self.bucket.objects:
            self.answer(412, b'{"error": {"code": 412, "message": "conditionNotMet"}}')
            return
        self.bucket.objects[name], self.bucket.types[name] = data, content_type
        self.answer(200, json.dumps(resource(name, data)).encode(), Content_Type="application/json")

    def do_POST(self) -> None:
        data, query = self.body(), parse_qs(urlsplit(self.path).query)
        self.bucket.calls.append(query["uploadType"][0])
        assert query["ifGenerationMatch"] == ["0"]
        fault = self.fault()
        if fault is None:
            return
        if query["uploadType"] == ["multipart"]:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            _, about, media = message_from_bytes(head + data).walk()
            told, came = json.loads(_bytes(about)), _bytes(media)
            if told.get("crc32c", crc32c(came)) != crc32c(came[:-1] if fault == "a byte is lost" else came):
                self.answer(400, b'{"error": {"code": 400, "message": "The CRC32C differs."}}')
            elif fault == "the answer is lost":
                self.bucket.objects[told["name"]] = came
                self.cut()
            else:
                self.keep(told["name"], came, media.get_content_type())
        else:
            upload = str(len(self.bucket.uploads))
            self.bucket.uploads[upload] = (json.loads(data)["name"], self.headers["X-Upload-Content-Type"], bytearray())
            self.answer(200, Location=f"http://{self.headers['Host']}/resume?upload={upload}")

    def do_PUT(self) -> None:
        """One chunk. What lies before the bytes that are kept already is ignored.
        https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload"""
        data = self.body()
        self.bucket.calls.append("chunk")
        name, content_type, kept = self.bucket.uploads[parse_qs(urlsplit(self.path).query)["upload"][0]]
        fault = self.fault()
        if fault is None:
            return
        span, _, total = self.headers["Content-Range"].removeprefix("bytes ").rpartition("/")
        start = int(span.partition("-")[0])
        assert start <= len(kept), "there is a gap"
        come = data[len(kept) - start :]
        if fault in ("cut in the middle", "half of it is kept"):
            come = come[: len(come) // 2 // 262_144 * 262_144]
        kept += come
        if fault == "a byte is changed":
            kept[0] ^= 1
        if total != "*" and len(kept) == int(total):
            # The answer to the last chunk may be asked for again; it is the object's then.
            self.bucket.objects.setdefault(name, bytes(kept))
            self.bucket.types[name] = content_type
        if fault in ("cut in the middle", "the answer is lost"):
            self.cut()
        elif name in self.bucket.objects:
            self.answer(200, json.dumps(resource(name, bytes(kept))).encode(), Content_Type="application/json")
        else:
            self.answer(308, Range=f"bytes=0-{len(kept) - 1}")

    def do_DELETE(self) -> None:
        del self.bucket.objects[unquote(urlsplit(self.path).path.rpartition("/")[2])]
        self.answer(204)

    def do_GET(self) -> None:
        if not self.path.partition("?")[0].count("/o/"):
            # The library asks for the bucket's own resource beside its first call, and does without.
            self.answer(404, b'{"error": {"code": 404, "message": "Not Found"}}')
            return
        name = unquote(urlsplit(self.path).path.rpartition("/")[2])
        fault = self.fault()
        if fault is None:
            return
        if name not in self.bucket.objects:
            self.answer(404, b'{"error": {"code": 404, "message": "Not Found"}}')
            return
        data = self.bucket.objects[name]
        checksum = f"crc32c={crc32c(data)}"
        first, _, _ = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = data[int(first or 0) :]
        if fault == "a byte is changed":
            part = bytes([part[0] ^ 1]) + part[1:]
        self.send_response(206 if int(first or 0) else 200)
        self.send_header("X-Goog-Hash", checksum)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: len(part) // 2] if fault == "cut in the middle" else part)
        if fault == "cut in the middle":
            self.cut()

    def log_message(self, *_: object) -> None:
        """Quiet."""


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def crc32c(data: bytes) -> str:
    """Base64 of the big-endian checksum. https://cloud.google.com/storage/docs/hashes-etags"""
    return base64.b64encode(int(google_crc32c.value(data)).to_bytes(4, "big")).decode()


def resource(name: str, data: bytes) -> dict[str, Any]:
    return {"kind": "storage#object", "name": name, "bucket": "films", "size": str(len(data)), "crc32c": crc32c(data)}


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBucket]:
    fake = FakeBucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"bucket": fake}))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "test-project")
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(params=["folder", "bucket"])
def store_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], ArtifactStore]:
    if request.param == "folder":
        return artifacts.connect((tmp_path / "artifacts").as_uri())
    request.getfixturevalue("bucket")
    return artifacts.connect("gs://films/some/prefix")


@pytest.mark.parametrize("job_id", ["job-1", "..", ".", "a/b", "ä?#%", "-" * 36])
@pytest.mark.parametrize("name", ["film.mp4", "../../etc/passwd", "ä ?#%.vtt"])
def test_what_is_put_can_be_fetched_elsewhere(
    store_of: Callable[[str], ArtifactStore], tmp_path: Path, job_id: str, name: str
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"pictures and sound")
    url = store_of(job_id).put(source, name, "video/mp4")
    assert store_of(job_id).put(source, name, "video/mp4") == url
    assert store_of(job_id).fetch(url, tmp_path / "copy").read_bytes() == b"pictures and sound"
    source.write_bytes(b"others")
    assert store_of(job_id).put(source, name, "video/mp4") != url
    assert store_of("another").put(source, name, "video/mp4") != url


def test_nothing_is_kept_or_read_outside_the_folder(tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.write_bytes(b"x")
    for job_id in ("..", ".", "../..", "/"):
        url = artifacts.connect(root.as_uri())(job_id).put(source, "../name", "text/plain")
        assert Path(unquote(urlsplit(url).path)).parent.parent == root
    with pytest.raises(PermissionError):
        artifacts.connect(root.as_uri())("job").fetch(source.as_uri(), tmp_path / "copy")


def test_a_file_that_is_gone_is_said_so(store_of: Callable[[str], ArtifactStore], tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    url = store_of("job").put(source, "name", "text/plain")
    with pytest.raises(FileNotFoundError) as caught:
        store_of("job").fetch(url + "-gone", tmp_path / "copy")
    # A stage that does not look out for it fails for good, with a sentence.
    assert isinstance(caught.value, Never)
    assert caught.value.code == "artifact_gone"
    assert "name-gone is no longer in the artifact store; replay the job" in caught.value.sentence
    assert not (tmp_path / "copy").exists()


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Over 8 MiB, from where on the library uploads in chunks."""
    source = tmp_path / "large"
    source.write_bytes(random.Random(1).randbytes(20 * artifacts.CHUNK + 7))  # noqa: S311 -- any bytes
    return source


@pytest.mark.parametrize(
    "faults",
    [
        [503],
        ["", 503],
        ["", "cut in the middle"],
        ["", "", "cut in the middle"],
        ["", "", "", "cut in the middle"],
        ["", "the answer is lost"],
        ["", "", "", "the answer is lost"],
    ],
    ids=str,
)
def test_an_upload_goes_on_where_it_was_cut(bucket: FakeBucket, large: Path, faults: list[int | str]) -> None:
    """The request that opens the upload, and its three chunks."""
    store = artifacts.connect("gs://films")("job")
    bucket.faults = list(faults)
    url = store.put(large, "film.mp4", "video/mp4")
    (name,) = bucket.objects
    assert url == f"gs://films/{name}"
    assert bucket.types[name] == "video/mp4"
    assert bucket.objects[name] == large.read_bytes()
    # One chunk goes up again at most, and the upload is opened once.
    assert bucket.calls.count("resumable") + bucket.calls.count("chunk") == 5
    assert bucket.taken < 29 * artifacts.CHUNK
    assert store.fetch(url, large.with_name("copy")).read_bytes() == large.read_bytes()


def test_an_upload_that_the_library_cannot_go_on_with_begins_again_later(bucket: FakeBucket, large: Path) -> None:
    store = artifacts.connect("gs://films")("job")
    bucket.faults = ["", "half of it is kept"]
    with pytest.raises(Later, match="artifacts_unavailable"):
        store.put(large, "film.mp4", "video/mp4")
    assert not bucket.objects
    store.put(large, "film.mp4", "video/mp4")
    assert list(bucket.objects.values()) == [large.read_bytes()]


def test_a_file_that_is_there_is_as_good(bucket: FakeBucket, tmp_path: Path, large: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x")
    for source in (small, large):
        url = artifacts.connect("gs://films")("job").put(source, "name", "text/plain")
        # From elsewhere, where nobody knows; Cloud Storage answers 412.
        assert artifacts.connect("gs://films")("job").put(source, "name", "text/plain") == url
    bucket.faults = ["the answer is lost"]
    small.write_bytes(b"y")
    url = artifacts.connect("gs://films")("job").put(small, "name", "text/plain")
    assert bucket.calls[-2:] == ["multipart", "multipart"]
    assert artifacts.connect("gs://films")("job").fetch(url, tmp_path / "copy").read_bytes() == b"y"


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize(("size", "fault"), [("small", ["a byte is lost"]), ("large", ["", "a byte is changed"])])
def test_an_upload_that_arrives_changed_is_not_kept(
    bucket: FakeBucket, tmp_path: Path, size: str, fault: list[int | str]
) -> None:
    (tmp_path / "small").write_bytes(b"pictures")
    store, source = artifacts.connect("gs://films")("job"), tmp_path / size
    bucket.faults = list(fault)
    with pytest.raises(Later, match="artifacts_unavailable"):
        store.put(source, "name", "video/mp4")
    assert not bucket.objects
    assert store.fetch(store.put(source, "name", "video/mp4"), tmp_path / "copy").read_bytes() == source.read_bytes()


# The library lets go of a connection that broke without closing it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("fault", [503, "cut in the middle", "a byte is changed"])
def test_a_download_is_whole_or_none(bucket: FakeBucket, tmp_path: Path, large: Path, fault: int | str) -> None:
    store = artifacts.connect("gs://films")("job")
    url = store.put(large, "film.mp4", "video/mp4")
    bucket.faults = [fault]
    try:
        assert store.fetch(url, tmp_path / "copy").read_bytes() == large.read_bytes()
    except Later:
        assert fault == "a byte is changed"
        assert not (tmp_path / "copy").exists()
    assert store.fetch(url, tmp_path / "copy").read_bytes() == large.read_bytes()


def test_a_file_that_was_changed_in_the_store_is_not_taken_for_the_one_put(
    store_of: Callable[[str], ArtifactStore], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Its checksum of the transfer is right: only the name knows."""
    source = tmp_path / "source"
    source.write_bytes(b"pictures and sound")
    url = store_of("job").put(source, "film.mp4", "video/mp4")
    if url.startswith("file:"):
        Path(unquote(urlsplit(url).path)).write_bytes(b"pictures and noise")
    else:
        objects = request.getfixturevalue("bucket").objects
        objects.update(dict.fromkeys(objects, b"pictures and noise"))
    with pytest.raises(Later, match="artifact_corrupt"):
        store_of("job").fetch(url, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_store_that_refuses_is_asked_again_later(bucket: FakeBucket, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    bucket.faults = [403]
    with pytest.raises(Later, match="artifacts_unavailable"):
        artifacts.connect("gs://films")("job").put(source, "name", "text/plain")
    with pytest.raises(PermissionError):
        artifacts.connect("gs://films")("job").fetch("gs://other/name", tmp_path / "copy")


# Links


RUN = "aiprod-run@test-project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ASK = """
import json, sys
from service import artifacts
from service.errors import Unavailable
store = artifacts.connect("gs://films/some/prefix")("job-1")
for url in sys.argv[1:]:
    try:
        print(json.dumps(store.link(url)))
    except Unavailable as error:
        print(json.dumps({"code": error.code, "cause": str(error.__cause__)}))
"""


@dataclass
class Google:
    """The metadata server and IAM's signBlob, the one over plain HTTP, the other behind a proxy and TLS, as from Cloud
    Run. The account's key never leaves IAM."""

    folder: Path
    key: rsa.RSAPrivateKey
    port: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)

    def ask(self, *urls: str, code: str = ASK) -> list[Any]:
        """What a process with this environment says to the URLs: a line of JSON each."""
        here = f"127.0.0.1:{self.port}"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GCE_METADATA_HOST": here,
            "GCE_METADATA_IP": here,
            "HTTPS_PROXY": f"http://{here}",
            "REQUESTS_CA_BUNDLE": str(self.folder / "certificate.pem"),
        }
        command = [sys.executable, "-c", code, *urls]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


class GoogleHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    google: Google
    tls: ssl.SSLContext

    def answer(self, status: int, body: object) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/text" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_CONNECT(self) -> None:
        assert self.path == "iamcredentials.googleapis.com:443"
        self.send_response(200)
        self.end_headers()
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_GET(self) -> None:
        """https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys"""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.endswith("/token"):
            # A token has the scopes that are asked for, and no other.
            token = {"access_token": f"for {query['scopes'][0]}", "expires_in": 3599, "token_type": "Bearer"}
            self.answer(200, token)
        elif "service-accounts" in path:
            self.answer(200, {"email": RUN, "scopes": [SCOPE], "aliases": ["default"]})
        elif path.endswith("/project/project-id"):
            self.answer(200, "test-project")
        elif path.endswith("universe-domain"):
            self.answer(200, "googleapis.com")
        else:
            self.answer(200 if path == "/" else 404, "")

    def do_POST(self) -> None:
        """https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob"""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = urlsplit(self.path).path
        self.google.asked.append(path)
        if path != f"/v1/projects/-/serviceAccounts/{RUN}:signBlob":
            self.answer(404, {"error": {"code": 404}})
        elif self.google.status != 200 or self.headers["Authorization"] != f"Bearer for {SCOPE}":
            denied = "Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist)."
            self.answer(self.google.status, {"error": {"code": 403, "message": denied, "status": "PERMISSION_DENIED"}})
        else:
            signed = self.google.key.sign(base64.b64decode(asked["payload"]), padding.PKCS1v15(), hashes.SHA256())
            self.answer(200, {"keyId": "1", "signedBlob": base64.b64encode(signed).decode()})

    def log_message(self, *_: object) -> None:
        """Quiet."""


def certificate_of(key: rsa.RSAPrivateKey, host: str) -> bytes:
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def google(tmp_path: Path) -> Iterator[Google]:
    key = rsa.generate_private_key(65537, 2048)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*plain))
    (tmp_path / "certificate.pem").write_bytes(certificate_of(key, "iamcredentials.googleapis.com"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    fake = Google(tmp_path, rsa.generate_private_key(65537, 2048))
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (GoogleHandler,), {"google": fake, "tls": tls}))
    fake.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()


def verify(link: str, key: rsa.RSAPublicKey, *, at: datetime, method: str = "GET") -> None:
    """As Cloud Storage verifies a request to a V4 signed URL at the time `at`; raises `InvalidSignature`.

    https://cloud.google.com/storage/docs/authentication/canonical-requests and …/authentication/signatures
    """
    parts = urlsplit(link)
    given = dict(parse_qsl(parts.query, strict_parsing=True))
    signature = bytes.fromhex(given.pop("X-Goog-Signature"))
    assert given["X-Goog-Algorithm"] == "GOOG4-RSA-SHA256"
    signed_at = datetime.strptime(given["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert 0 < int(given["X-Goog-Expires"]) <= 604_800
    if not timedelta(minutes=-15) < at - signed_at < timedelta(seconds=int(given["X-Goog-Expires"])):
        raise InvalidSignature
    account, day, place, service, kind = given["X-Goog-Credential"].split("/")
    assert (account, day, service, kind) == (RUN, given["X-Goog-Date"][:8], "storage", "goog4_request")
    assert given["X-Goog-SignedHeaders"] == "host"
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(given.items()))
    canonical = [method, parts.path, query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    scope = f"{day}/{place}/{service}/{kind}"
    text = "\n".join(["GOOG4-RSA-SHA256", given["X-Goog-Date"], scope, digest])
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())


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
    looks = "import json; from service.cli.doctor import command as doctor; print(json.dumps(doctor._link_trouble('gs://films/a')))"
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
