"""`jobs film`: download a job's film, and with --all its poster, captions and manifest."""

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests

from service.cli import target
from service.cli.client import document_of
from service.cli.filenames import file_name, reserve
from service.cli.live_view import job_path
from service.cli.options import API, JOB_ID, Command, Option
from service.cli.terminal import NO_ANSWER, OK, CommandFailed, print_json, print_line, printable
from service.errors import Unavailable

CHUNK = 1 << 20
TIMEOUTS_S = (5.0, 60.0)
"""To connect, and between two pieces of the file."""
FILM = "film_url"


def film(options: argparse.Namespace) -> int:
    """Download the files of a job's result; print where they are, the film last."""
    client = target.api_client(options)
    job = client.get(job_path(options.job_id))
    made = document_of(client.request("POST", f"{job_path(job['job_id'])}/links"))
    links = {name: link for name, link in made["links"].items() if options.all or name == FILM}
    if FILM not in links:
        raise CommandFailed("The job's result names no film of its own.")
    suffixes = {name: Path(unquote(urlsplit(link).path)).suffix for name, link in links.items()}
    kept = _reserved(Path(options.out), file_name(str(job.get("content") or "")), suffixes)
    try:
        for name, path in kept.items():
            _download(links[name], path)
    except BaseException:
        # Nothing is left half there.
        for path in kept.values():
            path.unlink(missing_ok=True)
        raise
    paths = {name: str(path) for name, path in sorted(kept.items(), key=lambda item: item[0] == FILM)}
    if options.json:
        print_json(paths)
    else:
        for where in paths.values():
            print_line(printable(where))
    return OK


def _reserved(out: Path, name: str, suffixes: dict[str, str]) -> dict[str, Path]:
    """Create empty files under new names: `out` is a folder if it is one, or if it has no suffix."""
    folder, stem = (out, name) if out.is_dir() or not out.suffix else (out.parent, out.stem)
    if folder != out:
        suffixes = {**suffixes, FILM: out.suffix}
        if out.exists():
            raise CommandFailed(f"{out} is there already: it is not written over.")
    try:
        paths = reserve(folder.resolve(), stem, list(suffixes.values()))
    except OSError as error:
        raise CommandFailed(f"{folder} cannot be written to: {error.strerror}.", exit_code=NO_ANSWER) from None
    return dict(zip(suffixes, paths, strict=True))


def _download(link: str, to: Path) -> None:
    with to.open("wb") as sink, _opened(link) as pieces:
        for piece in pieces:
            sink.write(piece)


@contextlib.contextmanager
def _opened(link: str) -> Iterator[Iterator[bytes]]:
    """The file at a link: https from a bucket, a local file from `dev`. Raises `Unavailable` and `CommandFailed`."""
    if link.startswith("file://"):
        try:
            with Path(unquote(urlsplit(link).path)).open("rb") as source:
                yield iter(lambda: source.read(CHUNK), b"")
        except FileNotFoundError:
            raise CommandFailed("The film is no longer in the artifact store.") from None
        return
    try:
        # A link carries its own signature: no token is sent, and no redirect followed.
        with requests.get(link, stream=True, timeout=TIMEOUTS_S, allow_redirects=False) as answer:
            if answer.status_code != requests.codes.ok:
                raise CommandFailed(f"The store of films answered {answer.status_code}: it may have been deleted.")
            yield answer.iter_content(CHUNK)
    except (requests.RequestException, OSError) as error:
        raise Unavailable("store_unreachable", f"The film could not be fetched ({type(error).__name__}).") from error


COMMAND = Command(
    "film",
    film,
    "download a job's film",
    (
        JOB_ID,
        Option("--out", default="films", metavar="DIR|FILE", help="the folder, or the file, to write (default: films)"),
        Option("--all", action="store_true", help="its poster, captions and manifest too"),
        *API,
    ),
)
