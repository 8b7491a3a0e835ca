"""Verifies the OIDC token that Google signed for a push subscription or a service account.

What must hold is in https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions and in OpenID Connect
Core 1.0, section 3.1.3.7. No part of a token is ever in a sentence or a log line: google-auth's errors can quote the
token, which is why the token is parsed here.
"""

import base64
import hashlib
import json
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Struct

from service.auth.certificates import KeyCache
from service.errors import BadToken, NotAllowed, Unavailable

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
CLOCK_SKEW_S = 10.0
MAX_LIFETIME_S = 3_600.0
"""From `iat` to `exp`: Google's tokens are good for an hour."""
MAX_TOKEN_CHARS = 8_192
MAX_REMEMBERED = 1_024
STRIPPED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
"""https://cloud.google.com/run/docs/authenticating/service-to-service#acquire-token"""

_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class Identity(Struct, frozen=True):
    """Who a verified token speaks for. `expires_at` is in unix seconds."""

    email: str
    audience: str
    subject: str
    expires_at: float


class _Remembered(Struct, frozen=True):
    """A token that was verified with this key. When the key is withdrawn or fetched again, it is checked again."""

    identity: Identity
    kid: str
    key: RSAPublicKey


class Verifier:
    """Checks bearer tokens, and remembers good ones until they expire or their key is withdrawn: a hash is cheaper to
    look up than a signature is to check.

    `keys` supplies the public keys, `wall_clock` returns unix seconds, and `count_result` is called once for each
    token with `remembered`, `checked` or the code of its refusal. Threads may share one verifier.
    """

    def __init__(
        self,
        keys: KeyCache,
        *,
        wall_clock: Callable[[], float] = time.time,
        count_result: Callable[[str], None] = lambda _result: None,
    ) -> None:
        self._keys = keys
        self._count_result = count_result
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._remembered: OrderedDict[bytes, _Remembered] = OrderedDict()

    def prepare(self) -> None:
        """Have the keys ready before the first token comes."""
        self._keys.prepare()

    def verify(self, authorization: str | None) -> Identity:
        """Return who the value of an `Authorization` header speaks for (RFC 6750, section 2.1).

        Raises `BadToken`, whose sentence quotes nothing of the token, and `Unavailable` if the keys to check it with
        cannot be fetched.
        """
        try:
            identity, is_remembered = self._verified(authorization)
        except (BadToken, Unavailable) as error:
            self._count_result(error.code)
            raise
        self._count_result("remembered" if is_remembered else "checked")
        return identity

    def _verified(self, authorization: str | None) -> tuple[Identity, bool]:
        """Return the identity, and whether its token was remembered."""
        token = _bearer_token(authorization)
        digest = hashlib.sha256(token.encode()).digest()
        now = self._wall_clock()
        with self._lock:
            known = self._remembered.get(digest)
        is_remembered = known is not None and self._keys.get(known.kid) is known.key
        if known is None or not is_remembered:
            claims, kid, key = self._signed_claims(token)
            known = _Remembered(_identity(claims, now), kid, key)
        if now > known.identity.expires_at + CLOCK_SKEW_S:
            raise BadToken("token_expired", "The token has expired; tokens are good for one hour.")
        if not is_remembered:
            self._remember(digest, known)
        return known.identity, is_remembered

    def _remember(self, digest: bytes, known: _Remembered) -> None:
        with self._lock:
            self._remembered[digest] = known
            while len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)

    def _signed_claims(self, token: str) -> tuple[dict[str, Any], str, RSAPublicKey]:
        """Return the claims of a token whose RS256 signature verifies (RFC 7515, section 5.2), and its key."""
        parts = _TOKEN.fullmatch(token)
        header = _json_object(parts[1]) if parts else None
        if parts is None or header is None:
            raise BadToken(
                "token_malformed", "The token is not a signed JWT: three base64url parts, the first of them JSON."
            )
        if parts[3] == STRIPPED_SIGNATURE:
            raise BadToken(
                "signature_removed",
                "Cloud Run removed the token's signature because its invoker check is on, so the token cannot be "
                "verified here. Deploy the service with --no-invoker-iam-check.",
            )
        if header.get("alg") != "RS256" or "crit" in header:
            raise BadToken("token_algorithm", "The token must be signed with RS256, without critical extensions.")
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None or not isinstance(kid, str):
            raise BadToken("token_unknown_key", "The token is signed with a key that Google does not publish.")
        signature = b64url(parts[3])
        if signature is None or not _signed_by(key, signature, f"{parts[1]}.{parts[2]}".encode()):
            raise BadToken("token_signature", "The token's signature does not verify.")
        claims = _json_object(parts[2])
        if claims is None:
            raise BadToken("token_malformed", "The token's claims are not a JSON object.")
        return claims, kid, key


def authorize(identity: Identity, *, audience: str, callers: frozenset[str]) -> None:
    """Let the identity pass if its token is meant for `audience` and its e-mail is one of `callers`.

    Raises `BadToken` for a token that is not meant for this service, and `NotAllowed` for a good token of an account
    that is not allowed.
    """
    if identity.audience != audience:
        raise BadToken("token_audience", "The token is meant for an audience other than this service's.")
    if identity.email not in callers:
        raise NotAllowed("caller_not_allowed", "The token is good, but its account is not allowed here.")


def _bearer_token(authorization: str | None) -> str:
    if not authorization:
        raise BadToken("no_token", "There is no Authorization header; send Authorization: Bearer and an OIDC token.")
    if len(authorization) > MAX_TOKEN_CHARS:
        raise BadToken("token_too_long", f"The Authorization header is over {MAX_TOKEN_CHARS} characters.")
    scheme, _, token = authorization.partition(" ")
    token = token.strip(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadToken("no_token", "The Authorization header must be Bearer and an OIDC token.")
    if not token.isascii():
        raise BadToken("token_malformed", "The token is not a signed JWT: it has characters that are not ASCII.")
    return token


def _identity(claims: Mapping[str, Any], now: float) -> Identity:
    """Return who signed claims speak for; raises `BadToken` for the first claim that is wrong."""
    if claims.get("iss") not in ISSUERS:
        raise BadToken("token_issuer", "The token was not issued by Google's accounts service.")
    expires_at, issued_at = _unix_s(claims.get("exp")), _unix_s(claims.get("iat"))
    if expires_at is None or issued_at is None:
        raise BadToken("token_times", "The token must have exp and iat, both as numbers.")
    if expires_at - issued_at > MAX_LIFETIME_S:
        raise BadToken("token_lifetime", "The token is good for over an hour; Google's tokens are not.")
    if "nbf" in claims:
        issued_at = max(issued_at, _unix_s(claims["nbf"]) or float("inf"))
    if issued_at > now + CLOCK_SKEW_S:
        raise BadToken("token_not_yet_good", "The token is not valid yet; check the clocks.")
    audience, email, subject = claims.get("aud"), claims.get("email"), claims.get("sub")
    if not isinstance(audience, str):
        raise BadToken("token_audience", "The token's aud must be one string.")
    if not isinstance(email, str) or not email:
        raise BadToken("token_email", "The token has no e-mail; request it with includeEmail or a push identity.")
    if claims.get("email_verified") is not True:
        raise BadToken("token_email_unverified", "The token's email_verified is not true.")
    return Identity(email, audience, subject if isinstance(subject, str) else "", expires_at)


def _unix_s(value: object) -> float | None:
    """Return a NumericDate (RFC 7519, section 2) up to the year 10000, or None: also for NaN and true."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 253_402_300_800:
        return None
    return float(value)


def _signed_by(key: RSAPublicKey, signature: bytes, signed: bytes) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _json_object(segment: str) -> dict[str, Any] | None:
    """Return the JSON object in a segment of a token, or None: an error that said why would quote the token."""
    raw = b64url(segment)
    try:
        value = json.loads(raw.decode()) if raw is not None else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def b64url(segment: str) -> bytes | None:
    """Return the bytes of base64url text without padding, or None."""
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
