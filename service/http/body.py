"""Read a request's body within limits of size, time and bytes in flight."""

import contextlib
import time
from collections.abc import Iterator

from flask import Request

from service.errors import BadEnvelope, TooLarge, TooSlow, Unavailable
from service.http.connection import ClientSocket
from service.slots import Bodies, Body

READ_TIMEOUT_S = 20.0
"""The limit for the whole body. Pub/Sub sends 14 MB in well under this; gunicorn by itself would wait forever for a
slow one."""
CHUNK = 64 * 1024


@contextlib.contextmanager
def read_body(request: Request, bodies: Bodies, *, max_bytes: int) -> Iterator[bytes]:
    """Yield the body of `request`, counted as in flight until the block ends.

    Raises `TooLarge` over the limit, `Unavailable` if too many bytes are in flight already, `TooSlow` if the client
    sends too slowly, and `BadEnvelope` if it hangs up or its framing is broken.
    """
    announced = request.content_length
    if announced is not None and announced > max_bytes:
        raise _too_large(max_bytes)
    held = bodies.begin()
    # gunicorn passes its connection's socket; other servers (and the test client) do not.
    connection: ClientSocket | None = request.environ.get("gunicorn.socket")
    try:
        # Nothing is counted before it is here: an announcement alone must not keep others out.
        if not held.would_fit(announced or 0):
            raise _no_room()
        with held.arriving(connection):
            body = _read(request, held, connection, max_bytes)
        if connection is not None:
            connection.is_spoiled = False
        yield body
    finally:
        held.release()


def _read(request: Request, held: Body, connection: ClientSocket | None, max_bytes: int) -> bytes:
    deadline = time.monotonic() + READ_TIMEOUT_S
    if connection is not None:
        # Whatever gunicorn reads for us (the head of a chunk, too) waits until then and no longer.
        connection.read_until = deadline
        # Until the body is whole, nobody knows where the next request starts.
        connection.is_spoiled = True
    body = bytearray()
    for chunk in _chunks(request):
        body += chunk
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        if not held.grow(len(chunk)):
            raise _no_room()
        if time.monotonic() > deadline:
            raise _too_slow()
    if held.gave_way:
        raise TooSlow("body_too_slow", "The body did not arrive in time: newer requests needed its place.")
    if len(body) < (request.content_length or 0):
        raise _hung_up()
    return bytes(body)


def _chunks(request: Request) -> Iterator[bytes]:
    """Yield the body in pieces. The client's faults become ours to tell, not a traceback in the log."""
    try:
        while chunk := request.stream.read(CHUNK):
            yield chunk
    except TimeoutError:
        raise _too_slow() from None
    except OSError:
        raise _hung_up() from None
    except Exception as error:
        # gunicorn's errors for broken chunks share no base with each other.
        if type(error).__module__.startswith("gunicorn."):
            raise _hung_up() from None
        raise


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge("body_too_large", f"The body is over {max_bytes:,} bytes.")


def _too_slow() -> TooSlow:
    return TooSlow("body_too_slow", f"The body did not arrive within {READ_TIMEOUT_S:g} s.")


def _hung_up() -> BadEnvelope:
    return BadEnvelope("body_incomplete", "The body ended before it was whole, or its chunks are broken.")


def _no_room() -> Unavailable:
    return Unavailable("bytes_in_flight", "The messages that are being handled fill this instance's memory.")
