"""Serve the local issuer's certificate as Google serves its own, so that tokens are verified as in production."""

import json

from service.dev.issuer import LocalIssuer
from service.dev.loopback import LoopbackServer, QuietHandler


def serve_certs(issuer: LocalIssuer, port: int = 0) -> LoopbackServer:
    """Answer every GET with the issuer's certificate, in the format of Google's page. Port 0 picks a free one."""
    page = issuer.certs_page()
    body = json.dumps(dict(page.keys)).encode()
    headers = {"Content-Type": "application/json", "Cache-Control": f"public, max-age={page.max_age_s:g}"}

    class CertsPage(QuietHandler):
        def do_GET(self) -> None:  # noqa: N802 (the name that http.server calls)
            self.reply(200, body, headers)

    return LoopbackServer(CertsPage, ("127.0.0.1", port))
