"""Talk HTTP to the service: no answer raises `Unavailable`, a refusal `CommandFailed` with the service's sentence."""

import http.client
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from service.cli.terminal import FAILED, NO_ANSWER, CommandFailed
from service.errors import Unavailable

TIMEOUT_S = 30.0
CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. `document` is the body if it is a JSON object, else empty."""

    status: int
    document: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """The `detail` of a problem document (RFC 9457), else the status in words."""
        detail = self.document.get("detail")
        if isinstance(detail, str) and detail:
            return detail
        return f"The service answered {self.status} {http.client.responses.get(self.status, '')}".strip() + "."


@dataclass(frozen=True, slots=True)
class Client:
    """Sends requests to the service at `url`, with the bearer token unless it is None."""

    url: str
    token: str | None

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """The JSON object at `path`. Raises `CommandFailed` with the service's sentence, or `Unavailable`."""
        return document_of(
            self.request("GET", path, query={name: value for name, value in query.items() if value is not None})
        )

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        etag: str | None = None,
        timeout_s: float = TIMEOUT_S,
        content_type: str = "application/json",
    ) -> Answer:
        """The service's answer, whatever its status. With the `etag` of an earlier answer, 304 means no change.

        Raises `Unavailable` if no answer comes.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if etag is not None:
            headers["If-None-Match"] = etag
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            with requests.Session() as session:
                # HTTP_PROXY and similar variables must not apply between two programs on one machine.
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


def document_of(answer: Answer) -> dict[str, Any]:
    """The document of a successful answer. Raises `CommandFailed` with the exit code `exit_code_of` the status."""
    if answer.status < http.HTTPStatus.MULTIPLE_CHOICES:
        return answer.document
    raise CommandFailed(answer.sentence, exit_code=exit_code_of(answer.status))


def exit_code_of(status: int) -> int:
    """1 if the service refused the request; 2 if it did not get to judge it (not authorized, or its own error)."""
    if status in (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN):
        return NO_ANSWER
    return NO_ANSWER if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR else FAILED


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
