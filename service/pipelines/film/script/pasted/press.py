# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a press release, without what is for editors. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script.learnt import meaning
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
    """Return the lines of a press release without what is for editors; those of any other text without whom the press
    may ask, if something else is left."""
    if not any(_PRESS.match(line.text) for line in lines[:3]):
        to_the_press = [line for line in lines if is_for_the_press(line.text)]
        # Somebody who writes in a chat is called "Press office" more often.
        told = [line for line in lines if line not in to_the_press]
        return told if told and len(to_the_press) <= _MOST_CONTACTS else list(lines)
    end = next((at for at, line in enumerate(lines) if at and _ABOUT_US.match(line.text)), len(lines))
    told = [replace(line, text=_for_readers(line.text)) for line in lines[:end]]
    return [line for line in told if line.text]


def is_for_the_press(line: str) -> bool:
    """Say whether a line says whom the press may ask ("Contact presse : S. Ney"), or from when it may print what is
    said, in any language that the meanings know."""
    label = _LABEL.match(line)
    if label and len(label["name"].split()) <= _MOST_WORDS_OF_A_LABEL:
        nearness = _nearness(label["name"], _CONTACTS)
        return nearness >= _NEAR and nearness > _nearness(label["name"], _OTHERS)
    return len(line.split()) <= _MOST_WORDS and _nearness(line.strip(" .!:–—-"), _RELEASES) >= _NEAR


def _nearness(words: str, known: Sequence[str]) -> float:
    return float((meaning.of([words.casefold()]) @ meaning.of(known).T).max())


_LABEL = re.compile(r"^(?P<name>[^\W\d_][^:：\n]{2,32}?)\s*[:：]\s*\S")
_CONTACTS = ("press contact", "media contact", "press office", "contact for journalists", "press enquiries")
_RELEASES = (
    "for immediate release",
    "for immediate publication",
    "embargoed until",
    "free to print, please send a copy",
)
_OTHERS = ("contact", "contacts", "office", "phone", "enquiries", "contact us", "contact person")
_NEAR, _MOST_CONTACTS = 0.75, 2
_MOST_WORDS_OF_A_LABEL, _MOST_WORDS = 4, 7
_ABOUT_US = re.compile(
    r"^(?:about|über|à propos d[eu]|acerca de|sobre|over|informazioni su|chi è) (?:the )?[A-ZÀ-Þ][\w&'’. -]{1,40}:?$"
    r"|^(?:About|Über|À propos|Sobre) [A-ZÀ-Þ][\w&'’. -]{1,40}:?$"
)
"""The start of what a press release says about its sender."""


def _for_readers(line: str) -> str:
    """A line of a press release without its dateline and the sentences that are for editors."""
    told = sentences.split(_DATELINE.sub("", line))
    return " ".join(sentence for sentence in told if not _BOILERPLATE.match(sentence))
