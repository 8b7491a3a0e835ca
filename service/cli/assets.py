"""`assets`: upload files that jobs may use, list and delete them; and what `submit` uploads on the way."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from service.cli import target
from service.cli.client import Client, document_of
from service.cli.options import API, Command, Option
from service.cli.terminal import NO_ANSWER, OK, CommandFailed, print_json, print_line, print_table, printable, time_ago

MAX_BYTES = 10_000_000
"""What the service takes: a larger file is not sent first to be refused."""
UPLOAD_S = 90.0
"""Sending 10 MB over a slow line, and decoding it."""
FIELDS = {"logo": "logo", "picture": "pictures", "font": "font", "music": "music"}
"""From the options of `submit` to the film's fields of metadata; pictures are a list."""


def add(options: argparse.Namespace) -> int:
    """Upload a file and print its reference."""
    kept = upload(target.api_client(options), options.file, options.user)
    if options.json:
        print_json(kept)
    else:
        print_line(printable(kept["asset"]))
    return OK


def list_assets(options: argparse.Namespace) -> int:
    """Print what the account keeps, newest first."""
    found = target.api_client(options).get("/pipeline/assets")
    if options.json:
        print_json(found)
        return OK
    rows = [
        (one["kind"], f"{one['bytes'] / 1000:,.0f} kB", time_ago(one["uploaded_at"]), one["asset"])
        for one in found["assets"]
    ]
    print_table(("KIND", "SIZE", "UPLOADED", "ASSET"), rows)
    return OK


def remove(options: argparse.Namespace) -> int:
    """Delete an asset."""
    path = quote(options.asset.removeprefix("asset:"), safe="/")
    document_of(target.api_client(options).request("DELETE", f"/pipeline/assets/{path}"))
    print_line("It is deleted.")
    return OK


def upload(client: Client, file: str, user_id: str | None) -> dict[str, Any]:
    """Upload the file and return what the service says of it. Raises `CommandFailed` and `Unavailable`."""
    path = Path(file)
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}.", exit_code=NO_ANSWER) from None
    if size > MAX_BYTES:
        raise CommandFailed(f"{file} has {size:,} bytes; at most {MAX_BYTES:,} are taken.")
    query = {"user_id": user_id} if user_id else None
    return document_of(
        client.request(
            "POST",
            "/pipeline/assets",
            data,
            query=query,
            timeout_s=UPLOAD_S,
            content_type="application/octet-stream",
        )
    )


def uploaded(client: Client, options: argparse.Namespace, user_id: str) -> Mapping[str, Any]:
    """Upload what `submit` was given files for; return the fields of metadata that refer to them."""
    found: dict[str, Any] = {}
    for option, field in FIELDS.items():
        given = getattr(options, option)
        files = given if isinstance(given, list) else [given] if given else []
        references = [upload(client, file, user_id)["asset"] for file in files]
        if references:
            found[field] = references if field == "pictures" else references[0]
    return found


FILES = (
    Option("--logo", metavar="FILE", help="a PNG, JPEG or WebP file for the film to end with"),
    Option("--picture", action="append", metavar="FILE", help="a picture behind a shot; may be repeated, in order"),
    Option("--font", metavar="FILE", help="a TTF or OTF file to set the words in"),
    Option("--music", metavar="FILE", help="an MP3, WAV, OGG or M4A file instead of composed music"),
)
"""Of `submit`."""

_USER = Option("--user", metavar="ID", help="only jobs of this user may use it (default: all jobs of this account)")

COMMAND = Command(
    "assets",
    None,
    "upload, list or delete files that jobs may use",
    subcommands=(
        Command(
            "add",
            add,
            "upload a picture, a font or a sound, and print its reference",
            (Option("file", metavar="FILE"), _USER, *API),
        ),
        Command("list", list_assets, "list what this account keeps, newest first", API),
        Command(
            "remove",
            remove,
            "delete an asset",
            (Option("asset", metavar="ASSET", help="its reference"), *API),
        ),
    ),
)
