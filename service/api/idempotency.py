"""The `Idempotency-Key` of a request: how it is parsed, and what makes two requests the same. Pure.

https://www.ietf.org/archive/id/draft-ietf-httpapi-idempotency-key-header-07.html
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.errors import BadField, Refused

HEADER = "Idempotency-Key"
KEPT_H = 24
"""The shortest time that a key is kept, in hours."""
MAX_KEY = 255

# An Item of RFC 9651 whose value is a String (section 3.3.3); parameters (section 3.1.2) are ignored.
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_BARE_ITEM = rf'(?:{_STRING}|:[A-Za-z0-9+/=]*:|[^\s";:,=]+)'
_BARE_KEY = re.compile(r" *([A-Za-z0-9][A-Za-z0-9_.:/+=~@-]*) *")
"""Most clients send no quotes: what cannot be read in two ways is the same key as with them."""
_ITEM = re.compile(rf" *({_STRING})(?: *; *[a-z*][a-z0-9_.*-]*(?:={_BARE_ITEM})?)* *")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """A request with a key, which belongs to its caller. `fingerprint` is the SHA-256 of the body."""

    key: str
    fingerprint: bytes


class KeyReused(BadField):
    """The key belongs to another request (422)."""

    def __init__(self) -> None:
        sentence = f"This {HEADER} was used for a request with another body; send a new key with each job."
        super().__init__("idempotency_key_reused", sentence, field=HEADER)


class InWork(Refused):
    """The first request with this key is still in progress (409); the same request can be sent again soon."""

    def __init__(self) -> None:
        super().__init__(
            "request_in_work", f"The first request with this {HEADER} is still in progress; send it again in a second."
        )


def parse_key(header: str | None) -> str | None:
    """Return the key in the header's value; None if there is no header. Raises `Refused` unless it is a string of 1 to
    255 characters as RFC 9651 defines it, or the same without quotes, such as a UUID."""
    if header is None:
        return None
    bare = _BARE_KEY.fullmatch(header)
    item = _ITEM.fullmatch(f'"{bare[1]}"' if bare else header)
    key = re.sub(r"\\(.)", r"\1", item[1][1:-1]) if item else ""
    if not 1 <= len(key) <= MAX_KEY:
        sentence = (
            f"The {HEADER} must be one string of 1 to {MAX_KEY} ASCII characters, in double quotes if it has others "
            'than letters, digits and _.:/+=~@-, such as "8e03978e-40d5-43dd-bc93-6894a57f9324".'
        )
        raise Refused("bad_idempotency_key", sentence)
    return key


def fingerprint(document: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of a body's JSON, which does not depend on its whitespace or on the order of its names."""
    canonical = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()
