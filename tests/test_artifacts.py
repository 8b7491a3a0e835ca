"""The artifact store: a folder, and Cloud Storage by the real client library against a server that answers as the
documentation of its JSON API says."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c
import pytest

from service import artifacts
from service.pipeline import ArtifactStore, Later


class FakeBucket:
    """Objects by name, and statuses to answer with before anything else."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.uploads: dict[str, tuple[str, str, bytearray]] = {}
        self.faults: list[int] = []
        self.calls: list[str] = []


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
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

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
        if self.bucket.faults:
            self.answer(self.bucket.faults.pop(0))
        elif query["uploadType"] == ["multipart"]:
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            _, about, media = message_from_bytes(head + data).walk()
            self.keep(json.loads(_bytes(about))["name"], _bytes(media), media.get_content_type())
        else:
            upload = str(len(self.bucket.uploads))
            self.bucket.uploads[upload] = (json.loads(data)["name"], self.headers["X-Upload-Content-Type"], bytearray())
            self.answer(200, Location=f"http://{self.headers['Host']}/resume?upload={upload}")

    def do_PUT(self) -> None:
        data = self.body()
        name, content_type, received = self.bucket.uploads[parse_qs(urlsplit(self.path).query)["upload"][0]]
        if self.bucket.faults:
            self.answer(self.bucket.faults.pop(0))
            return
        received += data
        total = self.headers["Content-Range"].rpartition("/")[2]
        if total != "*" and len(received) == int(total):
            self.keep(name, bytes(received), content_type)
        else:
            self.answer(308, Range=f"bytes=0-{len(received) - 1}")

    def do_GET(self) -> None:
        if not self.path.partition("?")[0].count("/o/"):
            # The library asks for the bucket's own resource beside its first call, and does without.
            self.answer(404, b'{"error": {"code": 404, "message": "Not Found"}}')
            return
        name = unquote(urlsplit(self.path).path.rpartition("/")[2])
        if self.bucket.faults:
            self.answer(self.bucket.faults.pop(0))
        elif name not in self.bucket.objects:
            self.answer(404, b'{"error": {"code": 404, "message": "Not Found"}}')
        else:
            data = self.bucket.objects[name]
            self.answer(200, data, Content_Type="application/octet-stream", X_Goog_Hash=f"crc32c={crc32c(data)}")

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
    with pytest.raises(FileNotFoundError):
        store_of("job").fetch(url + "-gone", tmp_path / "copy")


def test_a_large_file_goes_up_in_pieces_and_a_fault_in_between_passes(bucket: FakeBucket, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(range(256)) * 4 * 9_000)
    store = artifacts.connect("gs://films")("job")
    bucket.faults = [503]
    url = store.put(source, "film.mp4", "video/mp4")
    assert bucket.calls[0] == "resumable"
    (name,) = bucket.objects
    assert url == f"gs://films/{name}"
    assert bucket.types[name] == "video/mp4"
    assert store.fetch(url, tmp_path / "copy").read_bytes() == source.read_bytes()


def test_a_store_that_refuses_is_asked_again_later(bucket: FakeBucket, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"x")
    bucket.faults = [403]
    with pytest.raises(Later, match="artifacts_unavailable"):
        artifacts.connect("gs://films")("job").put(source, "name", "text/plain")
    with pytest.raises(PermissionError):
        artifacts.connect("gs://films")("job").fetch("gs://other/name", tmp_path / "copy")
