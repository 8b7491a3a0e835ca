"""Paths that hold the id of a job, whatever characters it has."""

import flask
from werkzeug.routing import PathConverter


class AnyText(PathConverter):
    """Text of at least one character: also with slashes at its start, its end or side by side, and line breaks.

    Werkzeug's own takes none of these, so that a job with such an id could not be opened.
    """

    regex = r"(?s:.+?)"
    weight = 200
    part_isolating = False


def register(app: flask.Flask) -> None:
    """Let `<path:…>` in the routes of `app` match any text. Call it before any route is added."""
    app.url_map.converters["path"] = AnyText
    app.url_map.merge_slashes = False
