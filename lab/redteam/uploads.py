"""Files that are not what they say, or much more than they seem; and assets of somebody else's."""

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image

from lab.harness.calls import call
from lab.redteam.target import ALICE, MALLORY, OPERATOR, Attempt, Target, brief

SLOW_S = 5.0
"""How late /health may be while a file is decoded."""
ASSETS = "/pipeline/assets"
SCRIPT = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><image href='file:///etc/passwd'/></svg>"


def files(target: Target) -> Iterator[Attempt]:
    """Upload what must be refused, or kept without what hides in it, while others are served."""
    before = set(_kept(target))
    for name, data in _hostile():
        answer = target.ask(ALICE, "POST", ASSETS, data, Content_Type="image/png")
        yield Attempt(name, "" if answer.status in (413, 415, 422) else f"answered {answer.status}")
        began = time.monotonic()
        late = call(target.port, "GET", "/health", timeout=10).status != 200 or time.monotonic() - began > SLOW_S
        yield Attempt(f"/health after {name}", "it was late" if late else "")
    hidden = _picture() + SCRIPT + _archive()
    status = target.ask(ALICE, "POST", ASSETS, hidden, Content_Type="text/html").status
    yield Attempt("a picture that is a page and an archive", "" if status == 201 else f"answered {status}")
    for path, data in _kept(target).items():
        if path not in before:
            found = [hint for hint in (b"onload", b"PK\x03\x04", b"passwd") if hint in data]
            yield Attempt(f"what hid in {path}", f"{found} was kept" if found else "")


def foreign(target: Target) -> Iterator[Attempt]:
    """Use, see and delete alice's assets as somebody else; reach other files by a reference."""
    alices = target.ask(ALICE, "POST", ASSETS, _picture()).json["asset"]
    of_bob = target.ask(ALICE, "POST", f"{ASSETS}?user_id=bob", _picture()).json["asset"]
    listed = target.ask(MALLORY, "GET", ASSETS).body
    yield Attempt("alice's assets in a list", "they are listed" if b"asset:" in listed else "")
    metadata = ({"logo": alices}, {"pictures": [of_bob]}, {"x": {"y": [alices]}})
    sent = [(MALLORY, "alice-1", one) for one in metadata] + [(ALICE, "carol", {"logo": of_bob})]
    for email, user_id, one in sent:
        answer = target.ask(email, "POST", "/pipeline/run", brief(user_id=user_id, metadata=one))
        yield Attempt(f"{email} for {user_id} with {one}", "" if answer.status == 422 else f"answered {answer.status}")
    path = alices.removeprefix("asset:")
    for spelling in (path, f"asset:{path}", path.upper(), f"./{path}", f"{path}/", f"../assets/{path}"):
        status = target.ask(MALLORY, "DELETE", f"{ASSETS}/{spelling}").status
        yield Attempt(f"delete {spelling}", "" if status in (404, 405) else f"answered {status}")
    for spelling in ("..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/x", "*/*/*", f"{path}%00", "0" * 16 + "/-/../../x"):
        for email in (ALICE, OPERATOR):
            status = target.ask(email, "DELETE", f"{ASSETS}/{spelling}").status
            yield Attempt(f"delete {spelling} by {email}", "" if status in (404, 405) else f"answered {status}")
    for method in ("GET", "HEAD"):
        status = target.ask(ALICE, method, f"{ASSETS}/{path}").status
        yield Attempt(f"{method} of a kept file", "" if status in (404, 405) else f"answered {status}")
    still = target.ask(ALICE, "GET", ASSETS).body
    gone = alices.encode() not in still or of_bob.encode() not in still
    yield Attempt("alice's assets afterwards", "one is gone" if gone else "")


def _kept(target: Target) -> dict[str, bytes]:
    root = target.world.folder
    return {str(path): path.read_bytes() for path in root.glob("**/@assets/*/*/*") if path.is_file()}


def _hostile() -> Iterator[tuple[str, bytes]]:
    yield "a drawing with a script", SCRIPT
    yield "a page", b"<!DOCTYPE html><script>alert(1)</script>"
    yield "an archive", _archive()
    yield "a playlist", b"#EXTM3U\nfile:///etc/passwd\n"
    yield "a program", b"\x7fELF" + bytes(200)
    yield "900 million pixels in 40 bytes", _png(30_000, 30_000, b"")
    yield "a gigabyte in a comment", _png(64, 64, _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(100_000_000))))
    yield "a JPEG that is cut off", b"\xff\xd8\xff\xe0" + bytes(3_000)
    yield "a font of nothing", b"\x00\x01\x00\x00\xff\xff" + bytes(2_000)
    yield "sound that is a playlist", b"ID3\x04" + b"#EXTM3U\nfile:///etc/passwd\n" * 50
    yield "a film of other files", b"\x00\x00\x00\x1cftypM4A \x00" + b"rmdarmdrrdrfurl file:///etc/passwd" * 50


def _picture() -> bytes:
    data = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).convert("RGB").save(data, "PNG")
    return data.getvalue()


def _archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("../../x", "passwd")
    return data.getvalue()


def _chunk(tag: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))


def _png(width: int, height: int, chunk: bytes) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk + _chunk(b"IDAT", zlib.compress(bytes(99))) + _chunk(b"IEND", b"")
