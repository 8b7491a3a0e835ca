"""HTTP without a library: for Google's keys, and for the access tokens that go with each publish.

To import `requests` takes a twelfth of the time that a process needs to start, and a push needs nothing else of it.
"""

import os
import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPException, HTTPMessage, HTTPResponse
from urllib import request
from urllib.parse import urlsplit

import certifi
from google.auth import exceptions, transport

TIMEOUT_S = 120.0
"""Unless google-auth names one: that of its own transports."""


def send(
    url: str, *, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str], timeout_s: float
) -> HTTPResponse:
    """Return the answer, whatever its status; the caller closes it. `timeout_s` is for each wait on the socket.

    No redirect is followed. TLS certificates are verified, and proxies are those of the environment. Raises `OSError`,
    `HTTPException`, or `ValueError` for what is not a URL.
    """
    asked = request.Request(url, body, dict(headers), method=method)  # noqa: S310 (the opener knows no file: or ftp:)
    answer: HTTPResponse = opener(urlsplit(url).scheme).open(asked, timeout=timeout_s)
    return answer


@cache
def opener(scheme: str) -> request.OpenerDirector:
    """What opens URLs of that scheme. Kept, with the certificates that it has read."""
    opener = request.OpenerDirector()
    opener.add_handler(request.ProxyHandler())
    opener.add_handler(request.UnknownHandler())
    opener.add_handler(request.HTTPHandler())
    if scheme == "https":
        # Those that Google's own libraries trust here. To read them takes as long as ten requests.
        authorities = os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
        opener.add_handler(request.HTTPSHandler(context=ssl.create_default_context(cafile=authorities)))
    return opener


class GoogleRequest(transport.Request):
    """How google-auth asks for an access token."""

    def __call__(  # type: ignore[override]  # no other arguments
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> "GoogleResponse":
        """As `google.auth.transport.Request`."""
        timeout_s = TIMEOUT_S if timeout is None else timeout
        try:
            with send(url, method=method, body=body, headers=headers or {}, timeout_s=timeout_s) as answer:
                return GoogleResponse(answer.status, answer.headers, answer.read())
        except (OSError, HTTPException) as error:
            raise exceptions.TransportError(error) from error  # type: ignore[no-untyped-call]


class GoogleResponse(transport.Response):
    """As `google.auth.transport.Response`."""

    def __init__(self, status: int, headers: HTTPMessage, data: bytes) -> None:
        self._answer = status, headers, data

    @property
    def status(self) -> int:
        return self._answer[0]

    @property
    def headers(self) -> HTTPMessage:
        return self._answer[1]

    @property
    def data(self) -> bytes:
        return self._answer[2]
