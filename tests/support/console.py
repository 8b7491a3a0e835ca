"""The console as a browser sees it, without one: forms are found on pages and sent as they are; and IAP's header."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from flask.testing import FlaskClient
from google.auth import jwt
from google.auth.crypt.es import EsSigner
from werkzeug.test import TestResponse

from service.auth.certificates import CertsPage
from service.auth.iap import HEADER, ISSUER

AUDIENCE = "/projects/1/locations/europe-west1/services/console"
ADA, BOB, EVE = "ada@example.com", "bob@example.com", "eve@example.org"
"""Ada may act, Bob may look, Eve is a stranger."""
USERS = f"{ADA}:act, *@example.com:look"
HOST = "localhost"


class Iap:
    """Signs headers as Identity-Aware Proxy does."""

    def __init__(self) -> None:
        self.key: EllipticCurvePrivateKey = generate_private_key(SECP256R1())

    def page(self) -> CertsPage:
        public = self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        return CertsPage({"k1": public}, 3600.0)

    def header(self, email: str = ADA, *, kid: str = "k1", **claims: object) -> dict[str, str]:
        """Return the header for a person; `claims` replace those that IAP would have made."""
        now = int(time.time())
        made = {"iss": ISSUER, "aud": AUDIENCE, "email": email, "sub": "1", "iat": now, "exp": now + 600, **claims}
        pem = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        signer = EsSigner.from_string(pem, kid)
        return {HEADER: jwt.encode(signer, made).decode()}  # type: ignore[no-untyped-call]


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, and its fields as they are filled in at first. `buttons` are the values of each
    button with a name."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Html(HTMLParser):
    """What is on a page: every tag with its attributes, its forms, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[Form] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        self.tags.append((tag, about))
        name, value = about.get("name"), about.get("value") or ""
        if tag == "form":
            self.forms.append(Form(about.get("action") or "", (about.get("method") or "get").lower()))
        elif not self.forms or name is None:
            return
        elif tag == "button":
            self.forms[-1].buttons.append((name, value))
        elif tag in ("input", "select", "textarea"):
            is_off = about.get("type") in ("checkbox", "radio") and "checked" not in about
            if not is_off:
                self.forms[-1].fields.append((name, value))

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        """Every URL on the page that a browser could follow or load."""
        names = ("href", "src", "action", "poster", "hx-get", "formaction")
        return [value for _, about in self.tags for name in names if (value := about.get(name)) is not None]

    def form(self, action: str, **with_fields: str) -> Form:
        """Return the first form that goes there and has these fields or buttons."""
        for form in self.forms:
            if form.action == action and set(with_fields.items()) <= {*form.fields, *form.buttons}:
                return form
        raise AssertionError(f"no form {action} with {with_fields} in {[form.action for form in self.forms]}")


class Console:
    """Somebody at the console."""

    def __init__(self, client: FlaskClient, headers: Mapping[str, str] | None = None) -> None:
        self.client = client
        self.headers = {"Host": HOST, **(headers or {})}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(f"/console/{path}", headers={**self.headers, **headers})

    def page(self, path: str) -> Html:
        """Return a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return Html(answer.text)

    def send(self, form: Form, **changes: Any) -> TestResponse:
        """Send a form with some fields changed; a list is several of that name."""
        fields: dict[str, Any] = {**dict(form.fields), **changes}
        return self.client.post(form.action, data=fields, headers={**self.headers, "Origin": f"http://{HOST}"})
