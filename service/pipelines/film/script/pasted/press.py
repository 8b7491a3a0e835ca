# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a press release, without what is for editors. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.writing import sentences

_BOILERPLATE = re.compile(
    r"^(?:(?:for immediate release|press release|media (?:contact|release)|(?:press )?contact|pressemitteilung|"
    r"medienmitteilung|presseinformation|pressekontakt|communiqué de presse|contacts? presse|(?:comunicado|"
    r"nota) de prensa|"
    r"contacto de prensa|comunicato stampa|contatti stampa|ufficio stampa|comunicado de imprensa|nota à imprensa|"
    r"contacto de imprensa|persbericht|perscontact|informacja prasowa|basın bülteni|пресс-релиз|notes? to editors?|"
    r"embargoed? (?:until|till)|about [A-Z][\w&' ]{1,30}:|ends)\b|-+ ?ends ?-+)[^\n]{0,160}$",
    re.IGNORECASE,
)
_PRESS = re.compile(
    r"^(?:for immediate release|press release|pressemitteilung|medienmitteilung|presseinformation|communiqué de presse|"
    r"(?:comunicado|nota) de prensa|comunicato stampa|comunicado de imprensa|nota à imprensa|persbericht|"
    r"informacja prasowa|basın bülteni|пресс-релиз)\b",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ .,-]{2,40}[,(] ?[^–—\n]{4,40} ?[–—-]+ |"
    r"[A-ZÀ-Þ][\w' -]{2,24}(?:,| \()[^.–—\n]{0,8}\d{1,2}[^.–—\n]{2,24}\d{4}\)?\s?[.–—-]+ )"
)


def without_editors(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a press release without what is for editors; those of any other text as they are."""
    if not any(_PRESS.match(line.text) for line in lines[:3]):
        return list(lines)
    end = next((at for at, line in enumerate(lines) if at and _ABOUT_US.match(line.text)), len(lines))
    told = [replace(line, text=_for_readers(line.text)) for line in lines[:end]]
    return [line for line in told if line.text]


_ABOUT_US = re.compile(
    r"^(?:about|über|à propos d[eu]|acerca de|sobre|over|informazioni su|chi è) (?:the )?[A-ZÀ-Þ][\w&'’. -]{1,40}:?$"
    r"|^(?:About|Über|À propos|Sobre) [A-ZÀ-Þ][\w&'’. -]{1,40}:?$"
)
"""The start of what a press release says about its sender."""


def _for_readers(line: str) -> str:
    """A line of a press release without its dateline and the sentences that are for editors."""
    told = sentences.split(_DATELINE.sub("", line))
    return " ".join(sentence for sentence in told if not _BOILERPLATE.match(sentence))
