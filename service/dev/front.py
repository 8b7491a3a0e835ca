"""The service with a page at `/`: what runs, the last jobs, their films, and where to go on. For `dev` alone.

The page shows the jobs without a token, so it is no part of the application that is deployed: gunicorn is given this
factory by `dev`, on a loopback address.
"""

import mimetypes
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import flask
from jinja2 import Environment, select_autoescape

from service import __version__, queries
from service.api.progress import percent
from service.app import EXTENSION
from service.app import create_app as create_service
from service.delivery.parts import Parts
from service.dev.gunicorn import PROGRAM
from service.http import browsers
from service.problems import problem
from service.queries.filters import JobFilter

JOBS = 20
FILMS = 8
BRIEF = 200
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
FILES = {"page.css": "text/css", "page.js": "text/javascript"}
LINKS = (
    ("/docs", "the API"),
    ("/openapi.json", "openapi.json"),
    ("/console/", "console"),
    ("/ready", "ready"),
    ("/metrics", "metrics"),
)


def create_app(environ: Mapping[str, str] | None = None) -> flask.Flask:
    """The service's own application, and the page. Raises `SettingsError`."""
    env = os.environ if environ is None else environ
    app = create_service(env)
    app.register_blueprint(blueprint(app.extensions[EXTENSION], env.get(PROGRAM, "aiprod")))
    return app


def blueprint(parts: Parts, program: str) -> flask.Blueprint:
    """The page, its files, and the files of jobs in the artifact folder."""
    routes = flask.Blueprint("front", __name__)
    template = Environment(autoescape=select_autoescape(default=True)).from_string(_read("page.html"))

    @routes.before_request
    def only_from_here() -> flask.Response | None:
        # A page of another site could point a name of its own here.
        if browsers.foreign(flask.request) is None:
            return None
        return problem(403, "foreign_page", "This page is for people at this machine.")

    @routes.after_request
    def secure(answer: flask.Response) -> flask.Response:
        answer.headers["Content-Security-Policy"] = CSP
        return answer

    @routes.get("/")
    def page_route() -> str:
        rules = {rule.rule for rule in flask.current_app.url_map.iter_rules()}
        shown = list(_jobs(parts))
        return template.render(
            pipeline=parts.pipeline.name,
            spec=parts.settings.pipeline,
            version=__version__,
            links=[(path, name) for path, name in LINKS if path in rules],
            jobs=shown,
            films=[film for job in shown if (film := _film(job)) is not None][:FILMS],
            program=program,
        )

    @routes.get("/front/<name>")
    def own_file_route(name: str) -> flask.Response:
        if name not in FILES:
            flask.abort(404)
        return flask.Response(_read(name), mimetype=FILES[name])

    @routes.get("/front/files/<path:job_id>")
    def file_route(job_id: str) -> flask.Response:
        link = parts.artifacts(job_id).link(flask.request.args.get("url", ""))
        path = Path(unquote(urlsplit(link or "").path))
        if link is None or not link.startswith("file:") or not path.is_file():
            flask.abort(404)
        return flask.send_file(path, mimetype=_type(path.name), conditional=True)

    return routes


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file in a job's output, and where this page serves it."""

    name: str
    url: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownJob:
    """A job as the page shows it; `percent` is None once it has ended."""

    id: str
    state: str
    stage: str
    note: str
    percent: int | None
    brief: str
    error: str
    files: tuple[File, ...]


def _jobs(parts: Parts) -> Iterator[ShownJob]:
    for row in queries.list_jobs(parts.engine, JobFilter(), limit=JOBS, after=None).jobs:
        story = queries.job_story(parts.engine, row.id)
        brief = queries.job_brief(parts.engine, row.id)
        if story is None:
            continue
        results = [result for result in story.results if result.run == story.job.run]
        is_over = bool(results)
        yield ShownJob(
            id=row.id,
            state=row.state,
            stage="" if is_over else row.stage,
            note="" if is_over else row.stage_note or "",
            percent=None if is_over else percent(parts.pipeline, row.stage, story.done, row.stage_progress),
            brief=brief.content[:BRIEF] if brief else "",
            error=row.error_message or "" if row.state != "completed" else "",
            files=tuple(_files(parts, row.id, results[-1].output if results else None)),
        )


def _files(parts: Parts, job_id: str, output: Any) -> Iterator[File]:
    """The job's own files among the values of its output."""
    store = parts.artifacts(job_id)
    for name, value in output.items() if isinstance(output, dict) else ():
        if isinstance(value, str) and value.startswith("file:") and store.link(value):
            url = f"/front/files/{quote(job_id, safe='')}?url={quote(value, safe='')}"
            yield File(name=name.removesuffix("_url"), url=url, type=_type(value))


def _film(job: ShownJob) -> Mapping[str, object] | None:
    """What to show of a job at a glance: its film, else its picture."""
    for kind in ("video/", "image/"):
        found = next((file for file in job.files if file.type.startswith(kind)), None)
        if found:
            poster = next((file.url for file in job.files if file.type.startswith("image/")), None)
            is_video = kind == "video/"
            return {"id": found.url, **_shown(found), "is_video": is_video, "poster": poster, "brief": job.brief}
    return None


def _shown(file: File) -> dict[str, str]:
    return {"name": file.name, "url": file.url}


def _type(name: str) -> str:
    """Never a type that a browser would run: what a stage stored may hold what a stranger sent."""
    guessed = mimetypes.guess_type(name)[0] or ""
    return guessed if guessed.startswith(("video/", "audio/", "image/")) and "svg" not in guessed else "text/plain"


def _read(name: str) -> str:
    return (resources.files("service.dev") / "page" / name).read_text(encoding="utf-8")
