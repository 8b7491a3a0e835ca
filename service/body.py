"""Read a request's body within limits of size, time and bytes in flight."""

import contextlib
import socket
import time
from collections.abc import Iterator

from flask import Request

from service.errors import TooLarge, TooSlow, Unavailable
from service.slots import Slots

READ_TIMEOUT_S = 20.0
"""The limit for the whole body. Pub/Sub sends 14 MB in well under this; gunicorn by itself would wait forever for a
slow one."""
CHUNK = 64 * 1024


@contextlib.contextmanager
def read_body(request: Request, slots: Slots, *, max_bytes: int) -> Iterator[bytes]:
    """Yield the body of `request`, counted as in flight until the block ends.

    Raises `TooLarge` over the limit, `Unavailable` if too many bytes are in flight already, and `TooSlow` if the client
    sends too slowly.
    """
    length = request.content_length
    if length is not None and length > max_bytes:
        raise _too_large(max_bytes)
    # What the base64 decodes to is counted; a body of unknown length counts as the largest possible.
    size = (length if length is not None else max_bytes) * 3 // 4
    if not slots.admit(size):
        raise Unavailable("bytes_in_flight", "The messages that are being handled fill this instance's memory.")
    try:
        yield _read(request, max_bytes)
    finally:
        slots.discharge(size)


def _read(request: Request, max_bytes: int) -> bytes:
    # gunicorn passes its connection's socket; other servers (and the test client) do not.
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    deadline = time.monotonic() + READ_TIMEOUT_S
    body = bytearray()
    try:
        while True:
            if connection is not None:
                connection.settimeout(max(0.001, deadline - time.monotonic()))
            chunk = request.stream.read(CHUNK)
            if not chunk:
                return bytes(body)
            body += chunk
            if len(body) > max_bytes:
                raise _too_large(max_bytes)
            if time.monotonic() > deadline:
                raise _too_slow()
    except TimeoutError:
        raise _too_slow() from None
    finally:
        if connection is not None:
            connection.settimeout(None)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge("body_too_large", f"The body is over {max_bytes:,} bytes.")


def _too_slow() -> TooSlow:
    return TooSlow("body_too_slow", f"The body did not arrive within {READ_TIMEOUT_S:g} s.")
