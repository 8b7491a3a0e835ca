"""Google's public keys: `fetch_certs` asks Google for a page of them, `KeyCache` (those that sign OIDC tokens) and
`IapKeys` (those that sign IAP's header) keep them and ask as rarely as they can.

The certificates' page and its `Cache-Control` are described in
https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions.
"""

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.client import HTTPMessage, HTTPResponse
from typing import Generic, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from msgspec import Struct

from service.auth import web
from service.errors import Unavailable

MAX_CERTS_BYTES = 262_144

MIN_KEYS_AGE_S = 1.0
KEYS_AGE_S = 60.0
"""If the page does not say how long it may be kept."""
MAX_KEYS_AGE_S = 86_400.0
MAX_STALE_S = 3_600.0
"""How long the keys outlive their page while Google cannot be reached: a token outlives its issue no longer either."""
RETRY_WITH_STALE_KEYS_S = 10.0
RETRY_WITHOUT_KEYS_S = 1.0
UNKNOWN_KEY_REFETCH_S = 60.0
WAIT_FOR_FETCH_S = 5.0

log = logging.getLogger(__name__)

Key = TypeVar("Key")


class CertsPage(Struct, frozen=True):
    """`keys` maps a key's id (`kid`) to an X.509 certificate or a public key in PEM; `max_age_s` is how long they may
    be kept, or None if the page does not say."""

    keys: Mapping[str, str]
    max_age_s: float | None


def fetch_certs(url: str, timeout_s: float = 3.0) -> CertsPage:
    """Fetch Google's certificates page, a JSON object from `kid` to PEM, in one request of at most about `timeout_s`.

    The age is Cache-Control's `max-age` less `Age` (RFC 9111, section 4.2), or None if the answer has no `max-age`.
    Raises `Unavailable` if the answer is not such a page.
    """
    deadline = time.monotonic() + timeout_s
    request_headers = {"Accept": "application/json", "Accept-Encoding": "identity"}
    try:
        with web.send(url, headers=request_headers, timeout_s=timeout_s / 2) as response:
            status = response.status
            body = _bounded_body(response, deadline)
            max_age_s = _max_age_s(response.headers)
        keys = json.loads(body) if status == HTTPStatus.OK and body is not None else None
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is not a page of keys)
        why = type(error).__name__
    else:
        if isinstance(keys, dict) and all(isinstance(pem, str) for pem in keys.values()):
            return CertsPage(keys, max_age_s)
        why = f"status {status}, not a page of certificates"
    raise _certs_unreachable(why)


def _bounded_body(response: HTTPResponse, deadline: float) -> bytes | None:
    """Return the body, or None if it is too long or too slow: the socket's timeout restarts with each byte."""
    body = b""
    while chunk := response.read1(65_536):
        body += chunk
        if len(body) > MAX_CERTS_BYTES or time.monotonic() > deadline:
            return None
    return body


def _max_age_s(headers: HTTPMessage) -> float | None:
    if re.search(r"\bno-(store|cache)\b", headers.get("Cache-Control", "")):
        return None
    max_age = re.search(r"\bmax-age=\"?([0-9]{1,9})\b", headers.get("Cache-Control", ""))
    age = re.fullmatch(r"[0-9]{1,9}", headers.get("Age", "0").strip())
    return max(0.0, float(max_age[1]) - (float(age[0]) if age else 0.0)) if max_age else None


def _certs_unreachable(why: str) -> Unavailable:
    return Unavailable(
        "certs_unreachable", f"Google's certificates cannot be fetched ({why}), so no token can be checked now."
    )


class Keys(Generic[Key]):
    """Google's public keys, fetched when they are needed, by one thread at a time, for all threads. Its classes say
    how a key is read (`_read`).

    A key that is no longer on the page is gone when the page's time is over. If the page cannot be fetched then, the
    keys are used for another hour.

    `fetch` returns a page and raises `Unavailable` if it cannot; `monotonic` is the clock, in seconds.
    """

    def __init__(self, fetch: Callable[[], CertsPage], *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._keys: Mapping[str, Key] = {}
        self._fresh_until = float("-inf")
        self._good_until = float("-inf")
        self._no_fetch_before = float("-inf")
        self._no_refetch_before = float("-inf")
        self._fetching = False
        self._fetches = 0

    def prepare(self) -> None:
        """Fetch the page if it is due, so that no token has to wait for it. A failure is logged."""
        with self._changed:
            now = self._monotonic()
            if now >= self._fresh_until:
                self._renew(now)

    def get(self, kid: str) -> Key | None:
        """Return the key with that id, or None if Google publishes no such key.

        Raises `Unavailable` if there are no keys at all, if the cached ones cannot be renewed and are too old, or if
        they are stale and lack this id: it may be a new key.
        """
        with self._changed:
            fetches_at_start = self._fetches
            now = self._monotonic()
            if now >= self._good_until:
                self._keys = {}
            if now >= self._fresh_until:
                self._renew(now)
            if kid not in self._keys:
                self._refetch_once(fetches_at_start, now)
            if kid not in self._keys and now >= self._fresh_until:
                why = "the cached ones are stale" if self._keys else "none are cached"
                raise _certs_unreachable(why)
            return self._keys.get(kid)

    def _renew(self, now: float) -> None:
        """Fetch if no other thread does. While one does, threads that have stale keys do not wait for it."""
        if self._fetching:
            if not self._keys:
                self._changed.wait_for(lambda: not self._fetching, WAIT_FOR_FETCH_S)
        elif now >= self._no_fetch_before:
            self._fetch_now()

    def _refetch_once(self, fetches_at_start: int, now: float) -> None:
        """Fetch because of an unknown kid, which may be a new key or a forgery: once a minute for the whole process.

        Threads that arrive during that fetch wait for its outcome. If the number of finished fetches has risen since
        this call began (`fetches_at_start`), the keys are as new as they can be.
        """
        if self._fetching and self._keys:
            self._changed.wait_for(lambda: not self._fetching, WAIT_FOR_FETCH_S)
        elif (
            self._keys
            and fetches_at_start == self._fetches
            and now >= max(self._no_refetch_before, self._no_fetch_before)
        ):
            self._no_refetch_before = now + UNKNOWN_KEY_REFETCH_S
            self._fetch_now()

    def _fetch_now(self) -> None:
        """Fetch. Called with the lock held, and releases it during the fetch itself."""
        self._fetching = True
        self._changed.release()
        page = None
        keys: dict[str, Key] = {}
        try:
            page = self._fetch()
            keys = self._public_keys(page)
        except Unavailable as error:
            log.warning("google certificates: %s", error.sentence, extra={"action": "fetch_certs"})
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
            age_s = KEYS_AGE_S if page.max_age_s is None else page.max_age_s
            self._fresh_until = self._monotonic() + min(max(age_s, MIN_KEYS_AGE_S), MAX_KEYS_AGE_S)
            self._good_until = self._fresh_until + MAX_STALE_S

    def _public_keys(self, page: CertsPage) -> dict[str, Key]:
        """Return the keys of a page. What is none is left out, so a new kind of key does no harm.

        Raises `Unavailable` if none is left.
        """
        keys = {}
        for kid, pem in page.keys.items():
            try:
                key = self._read(pem)
            except Exception:  # noqa: BLE001, S112 (cryptography raises many kinds for what is not a key)
                continue
            if key is not None:
                keys[kid] = key
        if not keys:
            why = "none of them is for a key of the right kind"
            raise _certs_unreachable(why)
        return keys

    def _read(self, pem: str) -> Key | None:
        """Return the key in one entry of the page; None, or any exception, if it is another kind."""
        raise NotImplementedError


class KeyCache(Keys[RSAPublicKey]):
    """The keys that sign OIDC tokens: X.509 certificates with RSA keys.

    A certificate's own dates are not checked, as google-auth does not check them: a key is good while it is on the
    page.
    """

    def _read(self, pem: str) -> RSAPublicKey | None:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
        return key if isinstance(key, RSAPublicKey) else None


class IapKeys(Keys[str]):
    """The keys that sign IAP's header, as PEM: public keys on the curve P-256."""

    def _read(self, pem: str) -> str | None:
        key = load_pem_public_key(pem.encode())
        return pem if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1) else None
