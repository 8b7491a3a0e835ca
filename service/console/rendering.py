"""HTML from templates. Everything that a template prints is escaped, but for what `own.clean` has written."""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import resources
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined

from service.states import ENDED

STATIC = {
    "simple.css": "simple-2.3.7.min.css",
    "htmx.js": "htmx-2.0.11.min.js",
    "console.css": "console.css",
    "console.js": "console.js",
    "icon.svg": "icon.svg",
}
"""The files that pages load, by the names that templates give them."""
MAX_JSON = 20_000


def environment() -> Environment:
    """The templates with their filters and constants."""
    made = Environment(
        loader=PackageLoader("service.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "ago": ago,
        "count": lambda number: f"{number:,}",
        "duration": duration,
        "iso": lambda at: at.astimezone(UTC).isoformat(timespec="seconds"),
        "json": pretty,
        "moment": moment,
        "size": size,
        "usd": usd,
        "visible": visible,
    }
    made.globals |= {"link": link, "static": _static_urls(), "ended": ENDED}
    return made


def _static_urls() -> dict[str, str]:
    """The URL of each static file. It changes with the content, so a browser may keep the file."""
    folder = resources.files("service.console") / "static"
    tags = {name: hashlib.sha256((folder / file).read_bytes()).hexdigest()[:12] for name, file in STATIC.items()}
    return {name: f"/console/static/{file}?v={tags[name]}" for name, file in STATIC.items()}


def link(path: str, **parameters: object) -> str:
    """Return the URL of a page of the console; parameters that are None or empty are left out."""
    given = {name: str(value) for name, value in parameters.items() if value not in (None, "")}
    return f"/console/{path}{'?' if given else ''}{urlencode(given)}"


def ago(at: datetime) -> str:
    """How long ago, or in how long, in one unit."""
    seconds = (datetime.now(UTC) - at).total_seconds()
    if -1 < seconds < 1:
        return "now"
    return f"{duration(seconds)} ago" if seconds > 0 else f"in {duration(-seconds)}"


def duration(seconds: float) -> str:
    """A length of time in the largest unit that it fills."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def moment(at: datetime) -> str:
    """A time in UTC: only the clock if it is today."""
    at = at.astimezone(UTC)
    return f"{at:%H:%M:%S}" if at.date() == datetime.now(UTC).date() else f"{at:%Y-%m-%d %H:%M}"


def pretty(value: Any) -> str:
    """JSON to read, cut if it is long."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return text if len(text) <= MAX_JSON else f"{text[:MAX_JSON]}\n… ({len(text):,} characters)"


def size(count: int) -> str:
    for unit, length in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= length:
            return f"{count / length:.1f} {unit}"
    return f"{count} bytes"


def usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 0.0995 or amount == 0 else f"${amount:.4f}"


def visible(text: object) -> str:
    """Show characters that nobody sees, or that turn the text around, as their numbers: a name must not look like
    another one."""
    return "".join(
        f"⟨{ord(char):04X}⟩" if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char not in "\n\t" else char
        for char in str(text)
    )


def filter_words(parameters: Mapping[str, str]) -> str:
    """What a list is narrowed to, in a few words."""
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in parameters.items() if value)
