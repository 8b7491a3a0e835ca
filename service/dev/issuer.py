"""Sign tokens like Google's with a local key, for laptops and tests."""

import base64
import datetime as dt
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from service.auth.certificates import CertsPage
from service.auth.verifier import ISSUERS

KEY_FILE = "signing-key.pem"
TOKEN_LIFETIME_S = 3_600
CERTS_MAX_AGE_S = 3_600


class LocalIssuer:
    """Signs OIDC tokens with one RSA key, and has its certificate for the certificates page.

    `pem` is the private key followed by its certificate. `kid` is the key's id, 40 hexadecimal digits like Google's.
    """

    def __init__(self, pem: bytes) -> None:
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            message = "the signing key is not an RSA key"
            raise TypeError(message)
        certificate = x509.load_pem_x509_certificate(pem)
        self._key = key
        self.certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.kid = certificate.fingerprint(hashes.SHA256()).hex()[:40]

    @classmethod
    def fresh(cls) -> "LocalIssuer":
        """An issuer with a new key that is not stored."""
        return cls(_new_pem())

    @classmethod
    def at(cls, folder: Path) -> "LocalIssuer":
        """The issuer whose key is in `folder`, in a file that only its owner can read; created if there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / KEY_FILE
        if not path.exists():
            _write_once(path, _new_pem())
        path.chmod(0o600)
        return cls(path.read_bytes())

    def token(self, audience: str, email: str, **claims: Any) -> str:
        """A token as Google signs it for a push, valid for an hour. `claims` are set or replaced; None removes one."""
        now = int(time.time())
        subject = str(int.from_bytes(hashlib.sha256(email.encode()).digest()[:8], "big"))
        payload = {
            "iss": ISSUERS[0],
            "aud": audience,
            "azp": subject,
            "sub": subject,
            "email": email,
            "email_verified": True,
            "iat": now,
            "exp": now + TOKEN_LIFETIME_S,
            **claims,
        }
        return self.sign({name: value for name, value in payload.items() if value is not None})

    def sign(self, payload: Mapping[str, Any] | bytes, header: Mapping[str, Any] | None = None) -> str:
        """A JWT with any payload and a valid RS256 signature; `header` replaces or adds members of its header."""
        head = {"alg": "RS256", "kid": self.kid, "typ": "JWT", **(header or {})}
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.sign_segments(base64url(json.dumps(head).encode()), base64url(body))

    def sign_segments(self, header: str, payload: str) -> str:
        """A token of these two segments, whatever they are, with a valid RS256 signature."""
        signed = f"{header}.{payload}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64url(signature)}"

    def certs_page(self) -> CertsPage:
        return CertsPage({self.kid: self.certificate_pem}, CERTS_MAX_AGE_S)


def base64url(raw: bytes) -> str:
    """Base64 without padding, in the alphabet that JWTs use (RFC 7515, appendix C)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _new_pem() -> bytes:
    """A new RSA-2048 key and its self-signed certificate, valid for ten years."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local-issuer.invalid")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=3_650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _write_once(path: Path, content: bytes) -> None:
    """Write a file in one step, unless another process was first: then keep its file."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # made with mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(name, path)
    except FileExistsError:
        pass
    finally:
        Path(name).unlink()
