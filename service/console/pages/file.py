"""A file of a job's result: the film, its poster, its captions, what the pipeline shows. A local file is sent from
here; of a bucket, the browser is sent to a signed link, which goes on record."""

import mimetypes
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import flask

from service import queries
from service.api.parsing import is_job_id
from service.api.records import record_links
from service.artifacts import Store
from service.auth.callers import Caller
from service.console.own import Own, own
from service.console.visits import NotThere, Page, Visit
from service.errors import Unavailable
from service.pipeline import Later, Never
from service.queries import ResultRow

MEDIA = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".vtt": "text/vtt",
    ".txt": "text/plain",
}
"""What is shown. Everything else is only saved: markup of a job must never be live here."""
SHOWN = "show-"
LINK_KEPT_S = 600
"""How long a browser may use a link again: a film that is watched is asked for many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that a result names: the field's name (`show-2` for what the pipeline shows as its second thing), the
    file's name, and what kind it is (video, image, audio, captions or other)."""

    field: str
    name: str
    kind: str


def files_of(result: ResultRow | None) -> Sequence[File]:
    """Return the files that the output of a result names: its fields that end in `_url`."""
    output = result.output if result is not None and isinstance(result.output, dict) else {}
    return [
        File(field=field, name=_file_name(url), kind=_kind(url))
        for field, url in output.items()
        if field.endswith("_url") and isinstance(url, str) and url
    ]


def own_files(shown: Own) -> Mapping[int, File]:
    """Return the files that the pipeline shows, by the number of the piece, which counts from 1."""
    return {
        number: File(field=f"{SHOWN}{number}", name=_file_name(piece.url), kind=_kind(piece.url))
        for number, piece in enumerate(shown.pieces, 1)
        if piece.url is not None
    }


def show(visit: Visit) -> flask.Response:
    """Send the file, or the browser to where it is."""
    job_id, field = visit.args.get("job", ""), visit.args.get("name", "")
    story = queries.job_story(visit.parts.engine, job_id) if is_job_id(job_id) else None
    result = story.result if story is not None else None
    url = None if result is None else _url(visit, result, field)
    if result is None or url is None:
        raise NotThere("no_such_file", "There is no such file: the job has no result that names it.")
    store = visit.parts.artifacts(job_id)
    signed = store.link(url)
    if signed is None:
        raise NotThere("no_such_file", "The result names a file that is not in this job's store.")
    if signed.startswith("file:"):
        return _local(Path(unquote(urlsplit(signed).path)))
    if _kind(url) == "captions":
        return _fetched(store, url)
    expires_at = datetime.now(UTC) + timedelta(seconds=store.link_s or 0)
    caller = Caller(visit.person.email)
    record_links(visit.parts.engine, job_id, caller, run=result.run, names=[field], expires_at=expires_at)
    answer: Any = flask.redirect(signed, 302)
    answer.headers["Cache-Control"] = f"private, max-age={LINK_KEPT_S}"
    return answer  # type: ignore[no-any-return]


def _url(visit: Visit, result: ResultRow, field: str) -> str | None:
    """The URL that the result has in this field, or that the pipeline shows; None if there is neither."""
    if field in {file.field for file in files_of(result)}:
        return str(result.output[field])
    if field.startswith(SHOWN):
        shown = own(visit.parts.pipeline, result.output)
        return next((shown.pieces[n - 1].url for n, file in own_files(shown).items() if file.field == field), None)
    return None


def _local(path: Path) -> flask.Response:
    suffix = path.suffix.lower()
    try:
        answer = flask.send_file(
            path,
            mimetype=MEDIA.get(suffix, "application/octet-stream"),
            as_attachment=suffix not in MEDIA,
            download_name=_file_name(path.as_uri()),
            conditional=True,
        )
    except FileNotFoundError:
        raise NotThere("artifact_gone", "The file is no longer in the store.") from None
    return _inert(answer)


def _fetched(store: Store, url: str) -> flask.Response:
    """Captions are read through us, because a track of another origin is not shown."""
    with tempfile.TemporaryDirectory(prefix="aiprod-console-") as folder:
        try:
            text = store.fetch(url, Path(folder) / "captions").read_bytes()
        except (Never, PermissionError):
            raise NotThere("artifact_gone", "The file is no longer in the store.") from None
        except Later as error:
            raise Unavailable(error.code, error.sentence) from error
    return _inert(flask.Response(text, mimetype="text/vtt"))


def _inert(answer: flask.Response) -> flask.Response:
    """Whatever it is, it may run and load nothing."""
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _file_name(url: str) -> str:
    """The readable name in a stored URL: without the folder and the digest before it."""
    name = unquote(unquote(url.rpartition("/")[2]))
    digest, dash, rest = name.partition("-")
    return rest if dash and len(digest) == 16 else name


def _kind(url: str) -> str:
    suffix = Path(url).suffix.lower()
    media = MEDIA.get(suffix) or mimetypes.types_map.get(suffix, "")
    if media == "text/vtt":
        return "captions"
    kind = media.partition("/")[0]
    return kind if suffix in MEDIA and kind in ("video", "image", "audio") else "other"


PAGE = Page(name="file", show=show)
