"""The lines of marked briefs, and whether they are headings: what `script/headings.py` is learnt from."""

from lab.marked.briefs import TO_MAKERS, Mark, Marked
from lab.marked.descent import Sample
from service.pipelines.film.script import headings, markup, text

_NOT_TOLD = TO_MAKERS | {Mark.TAGS}


def samples(brief: Marked) -> list[Sample]:
    """Return the lines that could be headings, as the film reads them: without the lines to its makers."""
    rows = iter(brief.rows())
    kept: list[str] = []
    heads: set[str] = set()
    for written in brief.content.split("\n"):
        marks = {line.mark for line in next(rows)[0]} if written.strip() else set()
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
