"""HTTP to the service. What cannot be reached is an `Unavailable`, what is refused a sentence."""

import http.client
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from service.cli.terminal import FAILED, UNUSABLE, CommandFailed
from service.errors import Unavailable

TIMEOUT_S = 30.0
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`document` is the body where it is a JSON object, else empty."""

    status: int
    document: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """What a problem says (RFC 9457), or as much as is known."""
        detail = self.document.get("detail")
        if isinstance(detail, str) and detail:
            return detail
        return f"The service answered {self.status} {http.client.responses.get(self.status, '')}".strip() + "."


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the service at `url`, with the bearer token where there is one."""

    url: str
    token: str | None

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """The JSON object at `path`. Raises `CommandFailed` with the service's sentence, `Unavailable`."""
        return checked(self.ask("GET", path, query={name: value for name, value in query.items() if value is not None}))

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        seen: str | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Answer:
        """The service's answer, whatever it is. `seen` is the ETag of the one before: a 304 says that nothing is new.
        Raises `Unavailable` where there is no answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if seen is not None:
            headers["If-None-Match"] = seen
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with requests.Session() as session:
                # A proxy of the environment's has no business between two programs of one machine.
                session.trust_env = not _is_loopback(self.url)
                response = session.request(
                    method,
                    self.url + path,
                    params=query,
                    data=body,
                    headers=headers,
                    timeout=(CONNECT_S, timeout_s),
                    allow_redirects=False,
                )
                return Answer(response.status_code, _document(response), response.headers)
        except (requests.RequestException, ValueError) as error:
            kind = type(error).__name__
            raise Unavailable("service_unreachable", f"Nothing answers at {self.url} ({kind}).") from error


def checked(answer: Answer) -> dict[str, Any]:
    """The document of a good answer. Raises `CommandFailed`: 1 for what is refused, 2 for what could not be asked."""
    if answer.status < http.HTTPStatus.MULTIPLE_CHOICES:
        return answer.document
    raise CommandFailed(answer.sentence, exit_code=exit_code_of(answer.status))


def exit_code_of(status: int) -> int:
    """Who may not ask, or asks what is away, has got no answer about the thing itself."""
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return UNUSABLE
    return UNUSABLE if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else FAILED


def _document(response: requests.Response) -> dict[str, Any]:
    try:
        parsed = response.json()
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
