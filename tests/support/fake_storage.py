"""A server that answers as Cloud Storage does, and cuts, loses and changes bytes on request."""

import base64
import json
import socket
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google_crc32c


class FakeBucket:
    """A bucket's objects by name, and the faults of its next requests."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.uploads: dict[str, tuple[str, str, bytearray]] = {}
        self.faults: list[int | str] = []
        """What happens to the next requests: a status to answer with, or a fault in words."""
        self.calls: list[str] = []
        self.taken = 0
        """How many bytes of media were received, kept or not."""


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
        """Return the next fault in words. If it is a status, answer with it and return None."""
        fault = self.bucket.faults.pop(0) if self.bucket.faults else ""
        if isinstance(fault, int):
            self.answer(fault)
            return None
        return fault

    def cut(self) -> None:
        """Close the connection without an answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def keep(self, name: str, data: bytes, content_type: str) -> None:
        if name in self.bucket.objects and "@assets" not in name:
            self.answer(412, b'{"error": {"code": 412, "message": "conditionNotMet"}}')
            return
        self.bucket.objects[name], self.bucket.types[name] = data, content_type
        self.answer(200, json.dumps(resource(name, data)).encode(), Content_Type="application/json")

    def do_POST(self) -> None:
        data, query = self.body(), parse_qs(urlsplit(self.path).query)
        self.bucket.calls.append(query["uploadType"][0])
        # Only the files of a job are never replaced; an asset that is uploaded again gets a new age.
        assert query.get("ifGenerationMatch") == (None if "@assets" in self.path + data.decode("latin1") else ["0"])
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
        """Receive one chunk. Bytes that are already kept are ignored.
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
            # The answer to the last chunk may be requested again; it is then the object's resource.
            self.bucket.objects.setdefault(name, bytes(kept))
            self.bucket.types[name] = content_type
        if fault in ("cut in the middle", "the answer is lost"):
            self.cut()
        elif name in self.bucket.objects:
            self.answer(200, json.dumps(resource(name, bytes(kept))).encode(), Content_Type="application/json")
        else:
            self.answer(308, Range=f"bytes=0-{len(kept) - 1}")

    def do_DELETE(self) -> None:
        name = unquote(urlsplit(self.path).path.rpartition("/")[2])
        self.answer(204 if self.bucket.objects.pop(name, None) is not None else 404)

    def listing(self, prefix: str) -> None:
        found = [resource(name, data) for name, data in sorted(self.bucket.objects.items()) if name.startswith(prefix)]
        self.answer(
            200, json.dumps({"kind": "storage#objects", "items": found}).encode(), Content_Type="application/json"
        )

    def do_GET(self) -> None:
        if self.path.partition("?")[0].endswith("/o"):
            self.listing(parse_qs(urlsplit(self.path).query)["prefix"][0])
            return
        if not self.path.partition("?")[0].count("/o/"):
            # The library also requests the bucket's own resource with its first call, and works without it.
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
        if "alt=media" not in self.path:
            self.answer(200, json.dumps(resource(name, data)).encode(), Content_Type="application/json")
            return
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
        """Log nothing."""


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def crc32c(data: bytes) -> str:
    """Return the base64 of the big-endian checksum. https://cloud.google.com/storage/docs/hashes-etags"""
    return base64.b64encode(int(google_crc32c.value(data)).to_bytes(4, "big")).decode()


def resource(name: str, data: bytes) -> dict[str, Any]:
    return {"kind": "storage#object", "name": name, "bucket": "films", "size": str(len(data)), "crc32c": crc32c(data)}
