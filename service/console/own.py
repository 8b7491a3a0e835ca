"""What a pipeline of one's own shows of a job's result: `Pipeline.show`, made safe.

Its text is escaped like all text. Of its HTML only the elements in `ELEMENTS` come through, without attributes but for
those of a table's cells: it is taken apart and written again, so nothing else can be in it. The page runs htmx, which
would follow an attribute of a stranger; hence no class, no id and no link.
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from markupsafe import Markup, escape

from service.console.rendering import visible
from service.pipeline import File, Output, Pipeline

log = logging.getLogger(__name__)

ELEMENTS = frozenset(
    {"h3", "h4", "h5", "p", "div", "span", "br", "hr", "pre", "blockquote", "ol", "ul", "li", "dl", "dt", "dd"}
    | {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
    | {"b", "strong", "i", "em", "u", "s", "small", "mark", "code", "kbd", "sub", "sup", "ins", "del"}
)
VOID = frozenset({"br", "hr"})
ATTRIBUTES = {"scope": ("row", "col"), "colspan": tuple("23456789"), "rowspan": tuple("23456789")}
"""Of cells, with the values that they may have."""
MOST_CHARS = 200_000
"""Of a piece of HTML or text; more is cut."""
MOST_PIECES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Text, HTML that is safe, or a file by its URL: exactly one of them."""

    text: str | None = None
    html: Markup | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the pipeline shows of a result; `problem` is a sentence if its function failed."""

    pieces: Sequence[Piece] = ()
    problem: str | None = None


def own(pipeline: Pipeline, output: Output) -> Own:
    """Ask the pipeline what to show of a result. Never raises: what its code raises is the `problem`, and is logged."""
    if pipeline.show is None:
        return Own()
    try:
        shown = pipeline.show(output)
        several = [shown] if isinstance(shown, str | File) else list(shown)
        return Own(pieces=[_piece(one) for one in several[:MOST_PIECES]])
    except Exception as error:  # the pipeline's own code, and an output that an older version may have made
        log.warning("the pipeline cannot show a result", exc_info=error, extra={"action": "show_failed"})
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        return Own(problem=f"{pipeline.name} cannot show this result: {type(error).__name__}: {error} ({where}).")


def _piece(one: str | File) -> Piece:
    if isinstance(one, File):
        return Piece(url=one.url)
    if isinstance(one, Markup):
        return Piece(html=clean(one[:MOST_CHARS]))
    if isinstance(one, str):
        return Piece(text=one[:MOST_CHARS])
    raise TypeError(f"show returned {type(one).__name__}; it must return a str, Markup, a File or a list of them")


def clean(html: str) -> Markup:
    """Write HTML again with nothing but the elements that only hold text. Each that is opened is closed, and none that
    is not ours."""
    writer = _Writer()
    writer.feed(html)
    writer.close()
    return Markup("").join([*writer.written, *(_end(name) for name in reversed(writer.opened))])


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[Markup] = []
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            return
        of_cell = dict(attrs) if tag in ("td", "th") else {}
        kept = [
            Markup(' {}="{}"').format(name, of_cell[name])
            for name, allowed in ATTRIBUTES.items()
            if of_cell.get(name) in allowed
        ]
        self.written.append(Markup("<{}{}>").format(tag, Markup("").join(kept)))
        if tag not in VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.opened:
            last = ""
            while last != tag:
                last = self.opened.pop()
                self.written.append(_end(last))

    def handle_data(self, data: str) -> None:
        self.written.append(escape(visible(data)))


def _end(tag: str) -> Markup:
    return Markup("</{}>").format(tag)
