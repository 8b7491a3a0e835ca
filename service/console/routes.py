"""The routes under /console/: the table of pages, and what every request goes through.

Who is asking is decided before anything else; a POST must also come from one of our own pages (`forms`) and from
somebody who may act.
"""

import hashlib
import logging
import secrets
from http import HTTPStatus
from importlib import resources

import flask
from jinja2 import Environment
from werkzeug.exceptions import HTTPException

from service.auth.callers import Person, console_person
from service.auth.iap import HEADER
from service.console import forms, many, rendering
from service.console.pages import controls, data, file, job, jobs, letter, letters, new, output, overview, record, spend
from service.console.visits import Answer, NotDone, NotThere, Page, Visit
from service.db import BadData
from service.delivery.parts import Parts
from service.errors import BadToken, NotAllowed, ServiceError
from service.http import browsers
from service.problems import MAX_SENTENCE, STATUS
from service.strictjson import storable

log = logging.getLogger(__name__)

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    jobs.PAGE,
    job.PAGE,
    letters.PAGE,
    letter.PAGE,
    spend.PAGE,
    controls.PAGE,
    record.PAGE,
    new.PAGE,
    many.PAGE,
    file.PAGE,
    output.PAGE,
    data.PAGE,
)
"""Every page, in the order of the navigation."""

STORE = "https://storage.googleapis.com"
"""Where signed links to films and posters lead."""
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'self'; img-src 'self' data: {STORE}; media-src 'self' {STORE}; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    # With no-referrer a browser would send the origin of our own forms as "null".
    "Referrer-Policy": "same-origin",
}
FOREVER = "public, max-age=31536000, immutable"
STATUSES = {**STATUS, NotThere: 404, NotDone: 409}


def blueprint(parts: Parts) -> flask.Blueprint:
    """The console's pages, its static files, and an error page for everything else under /console/."""
    routes = flask.Blueprint("console", __name__)
    templates = rendering.environment()
    # A page that a browser has from other code, ours or the pipeline's, is not the one that this process would render.
    stamp = secrets.token_hex(8)
    for page in PAGES:
        _add(routes, parts, templates, page, stamp)
    static = resources.files("service.console") / "static"
    files = {name: (static / name).read_bytes() for name in rendering.STATIC.values()}

    @routes.get("/console")
    def root() -> flask.typing.ResponseReturnValue:
        return flask.redirect("/console/", HTTPStatus.PERMANENT_REDIRECT)

    @routes.get("/console/static/<name>")
    def static_file(name: str) -> flask.Response:
        if name not in files:
            return _refused(templates, 404, "no_such_path", "There is nothing at this path.")
        kind = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}[name.rpartition(".")[2]]
        answer = flask.Response(files[name], mimetype=kind)
        answer.headers["Cache-Control"] = FOREVER
        return answer

    @routes.route("/console/<path:rest>")
    def nothing(rest: str) -> flask.Response:  # noqa: ARG001 (the route has it)
        return _refused(templates, 404, "no_such_path", "There is nothing at this path.")

    @routes.before_request
    def only_from_here() -> flask.Response | None:
        why = None if parts.settings.console_auth else browsers.foreign(flask.request)
        return None if why is None else _refused(templates, 403, "foreign_page", why)

    @routes.after_request
    def secure(answer: flask.Response) -> flask.Response:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer

    @routes.errorhandler(Exception)
    def failed(error: Exception) -> flask.typing.ResponseReturnValue:
        return _failure(templates, error)

    return routes


def _add(routes: flask.Blueprint, parts: Parts, templates: Environment, page: Page, stamp: str) -> None:
    def get() -> flask.Response:
        visit = Visit(parts=parts, person=_person(parts), args=flask.request.args)
        if page.version is not None and flask.request.if_none_match:
            version = page.version(visit)
            etag = None if version is None else _etag(f"{stamp} {version}", visit.person)
            if etag is not None and flask.request.if_none_match.contains_weak(etag):
                return _tagged(flask.Response(status=HTTPStatus.NOT_MODIFIED), etag)
        return _finish(parts, templates, page, visit, page.show(visit), stamp=stamp)

    def post() -> flask.Response:
        person = _person(parts)
        if not person.may_act:
            raise NotAllowed("look_only", "You may look but not act: CONSOLE_USERS names you without :act.")
        form = forms.read_form(flask.request, parts.slots, email=person.email)
        visit = Visit(parts=parts, person=person, args=flask.request.args, form=form)
        assert page.act is not None  # noqa: S101 (only pages with an act have this route)
        return _finish(parts, templates, page, visit, page.act(visit), stamp=stamp)

    routes.add_url_rule(page.path, f"{page.name}_get", get, methods=["GET"])
    if page.act is not None:
        routes.add_url_rule(page.path, f"{page.name}_post", post, methods=["POST"])


def _person(parts: Parts) -> Person:
    return console_person(parts.settings, parts.iap, flask.request.headers.get(HEADER))


def _finish(
    parts: Parts, templates: Environment, page: Page, visit: Visit, answer: Answer, *, stamp: str
) -> flask.Response:
    """Render what the page shows, with the token for its forms."""
    if isinstance(answer, flask.Response):
        return answer
    known = forms.secret_of(flask.request)
    secret = known or forms.fresh_secret()
    values = {
        "page": page.name,
        "nav": PAGES,
        "person": visit.person,
        "token": forms.token_of(secret, visit.person.email),
        "here": flask.request.full_path.rstrip("?"),
        "pipeline": parts.pipeline.name,
        **answer.values,
    }
    html = templates.get_template(f"{answer.template or page.name}.html").render(values)
    response = flask.Response(html, answer.status, mimetype="text/html")
    if known is None:
        forms.keep_secret(response, secret, is_secure=parts.settings.console_auth)
    if flask.request.method == "GET" and known is not None:
        _tagged(response, _etag(html if answer.version is None else f"{stamp} {answer.version}", visit.person))
        if answer.version is None:
            response.make_conditional(flask.request)
    return response


def _tagged(response: flask.Response, etag: str) -> flask.Response:
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _etag(version: str, person: Person) -> str:
    """It belongs to the person and the browser, because the forms' token is on the page."""
    secret = forms.secret_of(flask.request) or ""
    return hashlib.sha256(f"{version} {person} {secret} {flask.request.full_path}".encode()).hexdigest()[:32]


def _failure(templates: Environment, error: Exception) -> flask.typing.ResponseReturnValue:
    """The error as a page. What was not expected says nothing of its cause; the log has the traceback."""
    if isinstance(error, HTTPException):
        status = error.code or 500
        if status < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        return _refused(templates, status, "refused", "The request was refused: there is no such page or form.")
    if isinstance(error, BadData):
        return _refused(templates, 422, "bad_data", "The database cannot search for, or store, what was sent.")
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
    if not isinstance(error, ServiceError) or status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected error", exc_info=error, extra={"action": "unexpected_error"})
        return _refused(templates, 500, "internal_error", "Something went wrong; the service's log says what.")
    if isinstance(error, (BadToken, NotAllowed)):
        log.warning("console refused: %s", error.code, extra={"action": "console_refused"})
    return _refused(templates, status, error.code, error.sentence)


def _refused(templates: Environment, status: int, code: str, sentence: str) -> flask.Response:
    values = {"status": HTTPStatus(status), "code": code, "sentence": storable(sentence, MAX_SENTENCE)}
    html = templates.get_template("refused.html").render(values)
    response = flask.Response(html, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    return response
