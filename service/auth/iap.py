"""Verifies the header in which Identity-Aware Proxy says who is asking: a JWT that it signs with ES256.

What must hold is in https://cloud.google.com/iap/docs/signed-headers-howto. The signature, the times and the audience
are google-auth's to check; its errors can quote the token, so none of their text is passed on.
"""

import json

from service.auth.certificates import IapKeys
from service.auth.verifier import CLOCK_SKEW_S, MAX_TOKEN_CHARS, b64url
from service.errors import BadToken

HEADER = "X-Goog-IAP-JWT-Assertion"
ISSUER = "https://cloud.google.com/iap"
ALGORITHM = "ES256"


class IapVerifier:
    """Checks IAP's signed header. Threads may share one."""

    def __init__(self, keys: IapKeys) -> None:
        self._keys = keys

    def email(self, assertion: str | None, *, audience: str) -> str:
        """Return the e-mail of the person whom the header's value speaks for, in lower case.

        Raises `BadToken`, whose sentence quotes nothing of it, and `Unavailable` if the keys cannot be fetched.
        """
        from google.auth import jwt  # noqa: PLC0415 (a process that takes pushes has no use for it)

        if not assertion:
            raise BadToken("no_token", f"There is no {HEADER} header: this page is only served behind IAP.")
        kid = _key_id(assertion)
        key = self._keys.get(kid)
        if key is None:
            raise BadToken("token_unknown_key", "IAP's header is signed with a key that Google does not publish.")
        try:
            claims = jwt.decode(  # type: ignore[no-untyped-call]
                assertion, certs={kid: key}, audience=audience, clock_skew_in_seconds=int(CLOCK_SKEW_S)
            )
        except Exception:  # noqa: BLE001 (google-auth raises several kinds for a bad token)
            sentence = "IAP's header does not verify: its signature, its times or its audience is wrong."
            raise BadToken("token_signature", sentence) from None
        email = claims.get("email")
        if claims.get("iss") != ISSUER:
            raise BadToken("token_issuer", "The header was not issued by IAP.")
        if not isinstance(email, str) or not email:
            raise BadToken("token_email", "IAP's header has no e-mail.")
        return email.lower()


def _key_id(assertion: str) -> str:
    """Return the `kid` of a token whose header says that it is signed as IAP signs; raises `BadToken`."""
    header = b64url(assertion.partition(".")[0]) if len(assertion) <= MAX_TOKEN_CHARS else None
    try:
        members = json.loads(header) if header is not None else None
    except (ValueError, RecursionError):
        members = None
    if not isinstance(members, dict):
        raise BadToken("token_malformed", "IAP's header is not a signed JWT.")
    if members.get("alg") != ALGORITHM or "crit" in members:
        raise BadToken("token_algorithm", "IAP's header must be signed with ES256, without critical extensions.")
    kid = members.get("kid")
    if not isinstance(kid, str):
        raise BadToken("token_unknown_key", "IAP's header names no key.")
    return kid
