"""The lines of marked briefs, and whether they are headings: what `script/headings.py` is learnt from."""

from lab.marked.briefs import Line, Mark, Marked
from lab.marked.descent import Sample
from service.pipelines.film.script import headings, markup, text

_NOT_TOLD = frozenset({Mark.WISH, Mark.TALK, Mark.TAGS})


def samples(brief: Marked) -> list[Sample]:
    """Return the lines that could be headings, as the film reads them: without the lines to its makers."""
    rows = iter(_rows(brief))
    kept: list[str] = []
    heads: set[str] = set()
    for written in brief.content.split("\n"):
        marks = {line.mark for line in next(rows)} if written.strip() else set()
        if marks and marks <= _NOT_TOLD:
            continue
        plain = text.normal(written)
        kept.append(plain)
        if marks == {Mark.HEAD}:
            heads.update(line.text for line in markup.plain_lines(plain)[0])
    lines, _ = markup.plain_lines("\n".join(kept))
    return [
        (line.text in heads, tuple(headings.features(lines, at)))
        for at, line in enumerate(lines)
        if headings.can_be(lines, at)
    ]


def _rows(brief: Marked) -> list[list[Line]]:
    """The parts of each line of a brief's content that is not empty."""
    rows: list[list[Line]] = []
    for line in brief.lines:
        if line.goes_on and rows:
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows
