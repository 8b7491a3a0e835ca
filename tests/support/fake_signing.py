"""Google as seen from Cloud Run: the metadata server, IAM's signBlob, and a check of signed links."""

import base64
import hashlib
import json
import os
import ssl
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from lab.harness.processes import ROOT

RUN = "aiprod-run@test-project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


ASK = """
import json, sys
from service import artifacts
from service.errors import Unavailable
store = artifacts.connect("gs://films/some/prefix")("job-1")
for url in sys.argv[1:]:
    try:
        print(json.dumps(store.link(url)))
    except Unavailable as error:
        print(json.dumps({"code": error.code, "cause": str(error.__cause__)}))
"""


LOOP = """
import contextlib, io, json, sys
for question in sys.stdin:
    code, *sys.argv[1:] = json.loads(question)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        exec(code, {})
    print(json.dumps(said.getvalue()), flush=True)
"""
"""Runs the code in each line of its input and answers with what that printed."""


@dataclass
class Google:
    """The metadata server, over plain HTTP, and IAM's signBlob, behind a proxy and TLS, as seen from Cloud Run. The
    account's key never leaves IAM."""

    folder: Path
    key: rsa.RSAPrivateKey
    port: int = 0
    status: int = 200
    asked: list[str] = field(default_factory=list)
    _process: "subprocess.Popen[str] | None" = None

    def ask(self, *urls: str, code: str = ASK) -> list[Any]:
        """Return what a process with this environment answers for the URLs: a line of JSON for each. One process
        answers all questions, since importing Google's libraries takes a third of a second."""
        self._process = self._process or self._started()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, *urls]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, (self.folder / "errors").read_text()
        return [json.loads(line) for line in json.loads(answer).splitlines()]

    def close(self) -> None:
        """End the process that was asked."""
        if self._process is not None:
            self._process.communicate(timeout=60)

    def _started(self) -> "subprocess.Popen[str]":
        here = f"127.0.0.1:{self.port}"
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "GCE_METADATA_HOST": here,
            "GCE_METADATA_IP": here,
            "HTTPS_PROXY": f"http://{here}",
            "REQUESTS_CA_BUNDLE": str(self.folder / "certificate.pem"),
        }
        with (self.folder / "errors").open("w") as errors:
            return subprocess.Popen(
                [sys.executable, "-c", LOOP],
                cwd=ROOT,
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )


class GoogleHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    google: Google
    tls: ssl.SSLContext

    def answer(self, status: int, body: object) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Metadata-Flavor", "Google")
        self.send_header("Content-Type", "application/text" if isinstance(body, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_CONNECT(self) -> None:
        assert self.path == "iamcredentials.googleapis.com:443"
        self.send_response(200)
        self.end_headers()
        self.connection = self.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        self.close_connection = False

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def do_GET(self) -> None:
        """https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys"""
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path.endswith("/token"):
            # A token has exactly the scopes that are requested.
            token = {"access_token": f"for {query['scopes'][0]}", "expires_in": 3599, "token_type": "Bearer"}
            self.answer(200, token)
        elif "service-accounts" in path:
            self.answer(200, {"email": RUN, "scopes": [SCOPE], "aliases": ["default"]})
        elif path.endswith("/project/project-id"):
            self.answer(200, "test-project")
        elif path.endswith("universe-domain"):
            self.answer(200, "googleapis.com")
        else:
            self.answer(200 if path == "/" else 404, "")

    def do_POST(self) -> None:
        """https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/signBlob"""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = urlsplit(self.path).path
        self.google.asked.append(path)
        if path != f"/v1/projects/-/serviceAccounts/{RUN}:signBlob":
            self.answer(404, {"error": {"code": 404}})
        elif self.google.status != 200 or self.headers["Authorization"] != f"Bearer for {SCOPE}":
            denied = "Permission 'iam.serviceAccounts.signBlob' denied on resource (or it may not exist)."
            self.answer(self.google.status, {"error": {"code": 403, "message": denied, "status": "PERMISSION_DENIED"}})
        else:
            signed = self.google.key.sign(base64.b64decode(asked["payload"]), padding.PKCS1v15(), hashes.SHA256())
            self.answer(200, {"keyId": "1", "signedBlob": base64.b64encode(signed).decode()})

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def certificate_of(key: rsa.RSAPrivateKey, host: str) -> bytes:
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)]), datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def verify(link: str, key: rsa.RSAPublicKey, *, at: datetime, method: str = "GET") -> None:
    """Verify a request to a V4 signed URL at the time `at`, as Cloud Storage does. Raises `InvalidSignature`.

    https://cloud.google.com/storage/docs/authentication/canonical-requests and …/authentication/signatures
    """
    parts = urlsplit(link)
    given = dict(parse_qsl(parts.query, strict_parsing=True))
    signature = bytes.fromhex(given.pop("X-Goog-Signature"))
    assert given["X-Goog-Algorithm"] == "GOOG4-RSA-SHA256"
    signed_at = datetime.strptime(given["X-Goog-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert 0 < int(given["X-Goog-Expires"]) <= 604_800
    if not timedelta(minutes=-15) < at - signed_at < timedelta(seconds=int(given["X-Goog-Expires"])):
        raise InvalidSignature
    account, day, place, service, kind = given["X-Goog-Credential"].split("/")
    assert (account, day, service, kind) == (RUN, given["X-Goog-Date"][:8], "storage", "goog4_request")
    assert given["X-Goog-SignedHeaders"] == "host"
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(given.items()))
    canonical = [method, parts.path, query, f"host:{parts.netloc}", "", "host", "UNSIGNED-PAYLOAD"]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    scope = f"{day}/{place}/{service}/{kind}"
    text = "\n".join(["GOOG4-RSA-SHA256", given["X-Goog-Date"], scope, digest])
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
