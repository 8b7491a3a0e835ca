"""Who is calling: verifies the OIDC token that Google signed for a push subscription or a service account.

Three parts: `fetch_certs` asks Google for its certificates, `KeyCache` asks it seldom, `Verifier` checks a token.
What has to hold is in https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions and in OpenID Connect
Core 1.0, section 3.1.3.7. Nothing here knows of HTTP servers, and nothing of a token is ever part of a sentence
or a log line: the errors of google-auth can contain the token, which is why the token is taken apart here.
"""

import base64
import hashlib
import json
import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from service.errors import BadToken, NotAllowed, Unavailable

ISSUERS = ("https://accounts.google.com", "accounts.google.com")
CLOCK_SKEW_S = 10.0
MAX_TOKEN_CHARS = 8_192
MAX_REMEMBERED = 1_024
MAX_CERTS_BYTES = 262_144
STRIPPED_SIGNATURE = "SIGNATURE_REMOVED_BY_GOOGLE"
"""https://cloud.google.com/run/docs/authenticating/service-to-service#acquire-token"""

MIN_KEYS_AGE_S = 60.0
MAX_KEYS_AGE_S = 86_400.0
RETRY_WITH_STALE_KEYS_S = 10.0
RETRY_WITHOUT_KEYS_S = 1.0
UNKNOWN_KEY_REFETCH_S = 60.0
WAIT_FOR_FETCH_S = 5.0

_TOKEN = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CertsPage:
    """`keys` maps a key's id (`kid`) to an X.509 certificate in PEM; `max_age_s` is how long they may be kept."""

    keys: Mapping[str, str]
    max_age_s: float


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a verified token speaks for. `expires_at` is in unix seconds."""

    email: str
    audience: str
    subject: str
    expires_at: float


def fetch_certs(url: str, timeout_s: float = 3.0) -> CertsPage:
    """Google's certificates page, a JSON object from `kid` to PEM, in one request of at most about `timeout_s`.

    The age is Cache-Control's `max-age` less `Age` (RFC 9111, section 4.2), 0 where there is none.
    Raises `Unavailable` for whatever is not such a page.
    """
    deadline = time.monotonic() + timeout_s
    ask = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        with requests.get(url, headers=ask, timeout=timeout_s / 2, stream=True, allow_redirects=False) as response:
            status = response.status_code
            body = _bounded_body(response, deadline)
            max_age_s = _max_age_s(response.headers)
        keys = json.loads(body) if status == requests.codes.ok and body is not None else None
    except Exception as error:  # noqa: BLE001 (whatever the answer is made of, it is not the keys)
        why = type(error).__name__
    else:
        if isinstance(keys, dict) and all(isinstance(pem, str) for pem in keys.values()):
            return CertsPage(keys, max_age_s)
        why = f"status {status}, which is no page of certificates"
    raise _certs_unreachable(why)


def _bounded_body(response: requests.Response, deadline: float) -> bytes | None:
    """The body; None where it is too long or too slow: a time-out of requests counts from one byte to the next."""
    body = b""
    while chunk := response.raw.read1(65_536):
        body += chunk
        if len(body) > MAX_CERTS_BYTES or time.monotonic() > deadline:
            return None
    return body


def _max_age_s(headers: Mapping[str, str]) -> float:
    if re.search(r"\bno-(store|cache)\b", headers.get("Cache-Control", "")):
        return 0.0
    most = re.search(r"\bmax-age=\"?([0-9]{1,9})\b", headers.get("Cache-Control", ""))
    age = re.fullmatch(r"[0-9]{1,9}", headers.get("Age", "0").strip())
    return max(0.0, float(most[1]) - (float(age[0]) if age else 0.0)) if most else 0.0


def _certs_unreachable(why: str) -> Unavailable:
    return Unavailable(
        "certs_unreachable", f"Google's certificates cannot be had ({why}), so no token can be checked now."
    )


class KeyCache:
    """Google's public keys, fetched when they are needed, by one thread at a time, for all threads.

    `fetch` gets a page and raises `Unavailable` when it cannot; `monotonic` is the clock, in seconds.
    """

    def __init__(self, fetch: Callable[[], CertsPage], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fresh_until = float("-inf")
        self._no_fetch_before = float("-inf")
        self._no_refetch_before = float("-inf")
        self._fetching = False
        self._fetches = 0

    def get(self, kid: str) -> RSAPublicKey | None:
        """The key of that id; None where Google has none of it.

        Raises `Unavailable` where no keys could be had at all, and where the ones at hand are past their time,
        cannot be renewed and do not have this id: the key may be a new one.
        """
        with self._changed:
            seen = self._fetches
            now = self._monotonic()
            if now >= self._fresh_until:
                self._renew(now)
            if kid not in self._keys:
                self._refetch_once(seen, now)
            if kid not in self._keys and now >= self._fresh_until:
                why = "past their time" if self._keys else "none at hand"
                raise _certs_unreachable(why)
            return self._keys.get(kid)

    def _renew(self, now: float) -> None:
        """Fetch where it is this thread's turn; with stale keys at hand no other thread waits for it."""
        if self._fetching:
            if not self._keys:
                self._changed.wait_for(lambda: not self._fetching, WAIT_FOR_FETCH_S)
        elif now >= self._no_fetch_before:
            self._fetch_now()

    def _refetch_once(self, seen: int, now: float) -> None:
        """An unknown id may be a key that is new, or anybody's invention: one look a minute for the whole process.

        Threads that come while that look is under way wait for what it finds. `seen`: the count of finished fetches
        when this call began; where it has risen the keys are as new as they can be.
        """
        if self._fetching and self._keys:
            self._changed.wait_for(lambda: not self._fetching, WAIT_FOR_FETCH_S)
        elif self._keys and seen == self._fetches and now >= max(self._no_refetch_before, self._no_fetch_before):
            self._no_refetch_before = now + UNKNOWN_KEY_REFETCH_S
            self._fetch_now()

    def _fetch_now(self) -> None:
        """Called with the lock held, which is let go during the fetch itself."""
        self._fetching = True
        self._changed.release()
        page = None
        try:
            page = self._fetch()
            keys = _public_keys(page)
        except Unavailable as error:
            keys = {}
            _log.warning("google certificates: %s", error.sentence, extra={"action": "fetch_certs"})
        finally:
            self._changed.acquire()
            self._fetching = False
            self._fetches += 1
            self._no_fetch_before = self._monotonic() + (
                RETRY_WITH_STALE_KEYS_S if self._keys else RETRY_WITHOUT_KEYS_S
            )
            self._changed.notify_all()
        if page and keys:
            self._keys = keys
            self._no_fetch_before = float("-inf")
            self._fresh_until = self._monotonic() + min(max(page.max_age_s, MIN_KEYS_AGE_S), MAX_KEYS_AGE_S)


def _public_keys(page: CertsPage) -> dict[str, RSAPublicKey]:
    """The RSA keys of a page. What is no certificate of one is left out: a new kind beside them does no harm.

    A certificate's own dates are not looked at, as google-auth does not: the page's presence of it is what counts.
    Raises `Unavailable` where none is left.
    """
    keys = {}
    for kid, pem in page.keys.items():
        try:
            key = x509.load_pem_x509_certificate(pem.encode()).public_key()
        except Exception:  # noqa: BLE001, S112 (cryptography raises many kinds for what is no certificate)
            continue
        if isinstance(key, RSAPublicKey):
            keys[kid] = key
    if not keys:
        why = "no certificate of an RSA key among them"
        raise _certs_unreachable(why)
    return keys


class Verifier:
    """Checks bearer tokens, and remembers the good ones until they expire: looking up a hash costs no signature.

    `keys` is where the public keys come from, `wall_clock` gives unix seconds; `seen` is told what was found of each
    token: `remembered`, `checked`, or the code of its refusal. Threads may share one.
    """

    def __init__(
        self,
        keys: KeyCache,
        *,
        wall_clock: Callable[[], float] = time.time,
        seen: Callable[[str], None] = lambda _result: None,
    ) -> None:
        self._keys = keys
        self._seen = seen
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._remembered: OrderedDict[bytes, Identity] = OrderedDict()

    def verify(self, authorization: str | None) -> Identity:
        """Who the value of an `Authorization` header speaks for (RFC 6750, section 2.1).

        Raises `BadToken`, whose sentence holds nothing of the token, and `Unavailable` where the keys to check it
        cannot be had.
        """
        try:
            identity, is_known = self._verified(authorization)
        except (BadToken, Unavailable) as error:
            self._seen(error.code)
            raise
        self._seen("remembered" if is_known else "checked")
        return identity

    def _verified(self, authorization: str | None) -> tuple[Identity, bool]:
        """The identity, and whether its token was known."""
        token = _bearer_token(authorization)
        digest = hashlib.sha256(token.encode()).digest()
        now = self._wall_clock()
        with self._lock:
            known = self._remembered.get(digest)
        identity = known or _identity(self._signed_claims(token), now)
        if now > identity.expires_at + CLOCK_SKEW_S:
            raise BadToken("token_expired", "The token has expired; tokens are good for one hour.")
        if not known:
            self._remember(digest, identity)
        return identity, known is not None

    def _remember(self, digest: bytes, identity: Identity) -> None:
        with self._lock:
            self._remembered[digest] = identity
            while len(self._remembered) > MAX_REMEMBERED:
                self._remembered.popitem(last=False)

    def _signed_claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose RS256 signature verifies (RFC 7515, section 5.2)."""
        parts = _TOKEN.fullmatch(token)
        header = _json_object(parts[1]) if parts else None
        if parts is None or header is None:
            raise BadToken("token_malformed", "The token is no signed JWT: three base64url parts, the first JSON.")
        if parts[3] == STRIPPED_SIGNATURE:
            raise BadToken(
                "signature_removed",
                "Cloud Run took the token's signature away because its invoker check is on, so the token cannot be "
                "verified here. Deploy the service with --no-invoker-iam-check.",
            )
        if header.get("alg") != "RS256" or "crit" in header:
            raise BadToken("token_algorithm", "The token must be signed with RS256, without critical extensions.")
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise BadToken("token_unknown_key", "The token is signed with a key that Google does not publish.")
        signature = _base64url(parts[3])
        if signature is None or not _signed_by(key, signature, f"{parts[1]}.{parts[2]}".encode()):
            raise BadToken("token_signature", "The token's signature does not verify.")
        claims = _json_object(parts[2])
        if claims is None:
            raise BadToken("token_malformed", "The token's claims are no JSON object.")
        return claims


def authorize(identity: Identity, *, audience: str, callers: frozenset[str]) -> None:
    """Let the identity pass where its token is meant for `audience` and its e-mail is one of `callers`.

    Raises `BadToken` for a token that is not for this service, `NotAllowed` for a good token of somebody else.
    """
    if identity.audience != audience:
        raise BadToken("token_audience", "The token is meant for another audience than this service's.")
    if identity.email not in callers:
        raise NotAllowed("caller_not_allowed", "The token is good, but its account is not one of those let in here.")


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
        raise BadToken("token_malformed", "The token is no signed JWT: it has characters that are not ASCII.")
    return token


def _identity(claims: Mapping[str, Any], now: float) -> Identity:
    """The identity that signed claims speak for; raises `BadToken` for the first claim that is wrong."""
    if claims.get("iss") not in ISSUERS:
        raise BadToken("token_issuer", "The token was not issued by Google's accounts service.")
    expires_at, issued_at = _unix_s(claims.get("exp")), _unix_s(claims.get("iat"))
    if expires_at is None or issued_at is None:
        raise BadToken("token_times", "The token's exp and iat must both be there, as numbers.")
    if "nbf" in claims:
        issued_at = max(issued_at, _unix_s(claims["nbf"]) or float("inf"))
    if issued_at > now + CLOCK_SKEW_S:
        raise BadToken("token_not_yet_good", "The token is from the future; check the clocks.")
    audience, email, subject = claims.get("aud"), claims.get("email"), claims.get("sub")
    if not isinstance(audience, str):
        raise BadToken("token_audience", "The token's aud must be one string.")
    if not isinstance(email, str) or not email:
        raise BadToken("token_email", "The token names no e-mail; ask for it with includeEmail or a push identity.")
    if claims.get("email_verified") is not True:
        raise BadToken("token_email_unverified", "The token's email_verified is not true.")
    return Identity(email, audience, subject if isinstance(subject, str) else "", expires_at)


def _unix_s(value: object) -> float | None:
    """A NumericDate (RFC 7519, section 2) up to the year 10000; None for everything else, NaN and true included."""
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
    """The JSON object in a segment of a token. The error that says where it is wrong would quote the token."""
    raw = _base64url(segment)
    try:
        value = json.loads(raw.decode()) if raw is not None else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _base64url(segment: str) -> bytes | None:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
