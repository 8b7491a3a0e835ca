"""`/docs`: the API as a page for people, by Swagger UI (Apache-2.0, in `page/`). It says what /openapi.json says."""

import gzip
from importlib import resources

import flask

from service.delivery.parts import Parts

PATH = "/docs"
VERSION = "5.35.0"
FILES = {
    f"swagger-ui-{VERSION}.js": "text/javascript",
    f"swagger-ui-{VERSION}.css": "text/css",
    "page.js": "text/javascript",
}
FOREVER = "public, max-age=31536000, immutable"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


def blueprint(_parts: Parts | None = None) -> flask.Blueprint:
    """The page and its files, open to everybody, as the document that it shows."""
    routes = flask.Blueprint("docs", __name__)

    @routes.get(PATH)
    def page_route() -> flask.Response:
        answer = flask.Response(_read("page.html"), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = CSP
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    @routes.get(f"{PATH}/<name>")
    def file_route(name: str) -> flask.Response:
        if name not in FILES:
            flask.abort(404)
        if VERSION not in name:
            return flask.Response(_read(name), mimetype=FILES[name], headers={"Cache-Control": "public, max-age=300"})
        packed = _read(f"{name}.gz")
        answer = flask.Response(packed, mimetype=FILES[name], headers={"Content-Encoding": "gzip"})
        if not flask.request.accept_encodings["gzip"]:
            answer = flask.Response(gzip.decompress(packed), mimetype=FILES[name])
        answer.headers["Cache-Control"] = FOREVER
        answer.headers["Vary"] = "Accept-Encoding"
        return answer

    return routes


def _read(name: str) -> bytes:
    return (resources.files("service.api") / "page" / name).read_bytes()
