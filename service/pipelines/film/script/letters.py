# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a letter to whoever makes the film: without its greeting and its thanks. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script import instructions
from service.pipelines.film.script.markup import Line

_GREETING = re.compile(
    r"^(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|liebe[rs]?|guten (?:tag|morgen)|moin|servus|"
    r"bonjour|"
    r"salut|hola|buenos días|buenas|ciao|salve|buongiorno|olá|oi|bom dia|hoi|beste|cześć|dzień dobry|merhaba|привет|"
    r"здравствуйте)\b(?:[ ,][^,.!?\n]{0,30})?[,!.]\s*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:^|(?<=[.!?] ))(?:(?:many |lots of )?thanks(?: (?:so much|a lot|in advance|again|very much))?|"
    r"thank you(?: (?:so|very) "
    r"much)?(?: in advance)?|cheers|best(?: wishes| regards)?|(?:kind|warm)(?:est)? regards|regards|sincerely|"
    r"all the best|"
    r"(?:vielen |herzlichen |besten )?dank(?:e)?(?: (?:im voraus|schon mal|dir|euch))?|danke|(?:liebe|viele|beste|"
    r"schöne|"
    r"mit freundlichen) grüße[nß]?|lg|vg|merci(?: (?:beaucoup|d['’]avance))?|cordialement|bien à vous|"
    r"(?:muchas )?gracias|"
    r"(?:un )?saludos?|(?:molte |tante )?grazie(?: mille)?|(?:cordiali )?saluti|(?:muito )?obrigad[oa]|abraços?|"
    r"(?:alvast )?bedankt|groetjes|dziękuję|pozdrawiam|teşekkürler|спасибо)"
    r"[!,.…]*(?:\s*(?:[A-ZÀ-ÞА-Я][\w'’.-]{1,20}[ ,]*){0,3})?\W*$",
    re.IGNORECASE,
)
"""The thanks at the end, with the name of who says them."""
_NAME = re.compile(r"^[–—-]?\s*[A-ZÀ-ÞА-Я][\w'’-]{1,20}(?: [A-ZÀ-ÞА-Я][\w'’-]{1,20}){0,2}$")


def bare(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a letter without what is only between its writer and its reader, and those of any other text
    as they are."""
    if not lines or not is_letter([line.text for line in lines]):
        return list(lines)
    first = _GREETING.sub("", lines[0].text)
    kept = [replace(lines[0], text=first), *lines[1:]]
    end = len(kept)
    if end > 1 and _NAME.match(kept[-1].text) and _THANKS.search(kept[-2].text):
        end -= 1
    last = _THANKS.sub("", kept[end - 1].text).strip()
    return [line for line in [*kept[: end - 1], replace(kept[end - 1], text=last)] if line.text]


def is_letter(lines: Sequence[str]) -> bool:
    """Say whether a text begins or ends like a letter, and asks for a film."""
    greets = bool(_GREETING.match(lines[0]))
    thanks = any(_THANKS.search(line) for line in lines[-2:])
    # "Hi, we are Nordlys" greets the film's viewers; whoever asks for a film speaks to its makers.
    return (greets or thanks) and any(instructions.asks_for_a_film(_GREETING.sub("", line)) for line in lines)
