"""What every answer tells a browser, and what keeps web pages away from a service with `AUTH=off`."""

import ipaddress
from urllib.parse import urlsplit

import flask

from service.problems import problem

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Sent with every answer that has a body, unless the route has set its own."""
HSTS = "max-age=31536000"
"""For a service that is deployed, where TLS ends at the front end. Browsers ignore it on plain HTTP."""


def register(app: flask.Flask, *, auth: bool) -> None:
    """Add security headers to the answers of `app`; with `auth` off, refuse what a web page could have sent."""
    headers = {**HEADERS, "Strict-Transport-Security": HSTS} if auth else HEADERS

    @app.after_request
    def secure(answer: flask.Response) -> flask.Response:
        # A push's 204 has no body, and is most of the traffic.
        if answer.status_code != 204:
            for name, value in headers.items():
                answer.headers.setdefault(name, value)
        return answer

    if not auth:

        @app.before_request
        def only_from_here() -> flask.Response | None:
            why = foreign(flask.request)
            return None if why is None else problem(403, "foreign_page", why)


def foreign(request: flask.Request) -> str | None:
    """Return why a request may come from a web page of another site, as a sentence; None if it does not.

    Without tokens, a page in the same browser could send jobs and read answers. A browser says where a request comes
    from (`Sec-Fetch-Site`, `Origin`), and a name that was made to point here (DNS rebinding) is in `Host`.
    """
    if not is_loopback(_hostname(f"//{request.headers.get('Host', '')}")):
        return "With AUTH=off, the request's Host must be localhost or a loopback address."
    # "none" is a person who typed the address.
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return "With AUTH=off, pages of other sites may not call this service."
    origin = request.headers.get("Origin")
    if origin is not None and host_of(origin) != request.headers.get("Host", "").lower():
        return "With AUTH=off, pages of other sites may not call this service."
    return None


def host_of(url: str) -> str | None:
    """Return the host and port of a URL; None if it has none, as the origin `null`."""
    try:
        return urlsplit(url).netloc.lower() or None
    except ValueError:
        return None


def _hostname(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an address, is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
