"""What a browser sends: its fields, within limits, and the proof that our own page sent them.

A form carries a token made from a random value in a cookie and from who is signed in. A page of another site can
neither read the cookie nor guess the token; and a browser says itself where a request comes from.
"""

import base64
import hashlib
import hmac
import secrets
from urllib.parse import parse_qsl, urlsplit

import flask
from werkzeug.datastructures import MultiDict

from service.errors import BadEnvelope, NotAllowed
from service.http.body import read_body
from service.http.browsers import host_of
from service.slots import Slots
from service.strictjson import storable

FIELD = "token"
COOKIE = "console"
MAX_FORM_BYTES = 4_000_000
"""Room for the ids of `many.MOST` jobs, or for a brief."""
MAX_FIELDS = 1_000
MAX_TEXT = 2_000


def secret_of(request: flask.Request) -> str | None:
    """Return the random value in the request's cookie, or None."""
    value = request.cookies.get(COOKIE, "")
    return value if len(value) == 43 and value.isascii() else None


def fresh_secret() -> str:
    return secrets.token_urlsafe(32)


def keep_secret(answer: flask.Response, secret: str, *, is_secure: bool) -> None:
    """Give the browser the value. Not to scripts, not to other paths, not with what other sites send."""
    answer.set_cookie(COOKIE, secret, path="/console/", httponly=True, samesite="Lax", secure=is_secure)


def token_of(secret: str, email: str) -> str:
    """Return the token that the forms of this browser and person carry. Pure."""
    digest = hmac.digest(secret.encode(), f"console form of {email}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def check_origin(request: flask.Request) -> None:
    """Raise `NotAllowed` if the browser says that a page of another site sent the request."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    host = request.headers.get("Host", "").lower()
    if site not in ("same-origin", "none") or (origin is not None and host_of(origin) != host):
        raise NotAllowed("foreign_page", "Only the console's own pages may send this.")


def read_form(request: flask.Request, slots: Slots, *, email: str) -> MultiDict[str, str]:
    """Return the fields of a form that one of our pages sent for this person.

    Raises `NotAllowed` without a good token, what `read_body` raises, and `BadEnvelope` if it is not a form.
    """
    check_origin(request)
    with read_body(request, slots.called, max_bytes=MAX_FORM_BYTES) as body:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            raise BadEnvelope("bad_form", "The form could not be read.") from None
    form = MultiDict(pairs)
    secret = secret_of(request)
    if secret is None or not hmac.compare_digest(form.get(FIELD, "").encode(), token_of(secret, email).encode()):
        sentence = "The form is too old, or did not come from the console. Go back, reload the page and try again."
        raise NotAllowed("bad_form_token", sentence)
    return form


def text_of(form: MultiDict[str, str], name: str, longest: int = MAX_TEXT) -> str:
    """Return a field without the spaces around it, fit to be stored; empty if it is not there."""
    return storable(form.get(name, "").strip(), longest)


def local_path(path: str) -> str | None:
    """Return `path` if it leads to a page of the console, else None: a redirect must not lead to another site."""
    parts = urlsplit(path) if path.isprintable() and "\\" not in path else None
    if parts is None or parts.scheme or parts.netloc or not parts.path.startswith("/console/") or "//" in parts.path:
        return None
    return path
