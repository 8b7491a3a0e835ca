# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a brief says but asks not to show: its prices, its address, a number to call. It is taken out of what the film
says. Pure."""

import re
from collections.abc import Sequence

from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.script.writing.tokens import Kind

_NOT = (
    r"(?:don['’]?t|do not|dont|never|without|no mention of|not? to|avoid|nicht|keine?n?|ohne|ne (?:pas )?|sans|"
    r"pas de|no (?:muestres?|"
    r"muestren|mostrar|pongas?|poner)|sin|non|senza|não|sem|geen|niet|zonder|bez|nie)\b"
)
_WHAT: tuple[tuple[Kind, str], ...] = (
    (Kind.PRICE, r"prices?|pricing|costs?|preise?n?|prix|tarifs?|precios?|prezz[io]|preços?|prijzen|prijs|cen[ay]?"),
    (
        Kind.PLACE,
        (
            r"address(?:es)?|street(?: name)?|adresse|straße|strasse|straßenname|rue|direcci[oó]n|calle|indirizzo|via|"
            r"rua|endereço|"
            r"adres|straat"
        ),
    ),
    (
        Kind.TELEPHONE,
        r"(?:phone|telephone)(?: number)?|telefonnummer|téléphone|numéro|teléfono|telefono|telefone|telefoon",
    ),
)
_ASKED = tuple((kind, re.compile(rf"\b{_NOT}[^.!?;]{{0,48}}?\b(?:{what})\b", re.IGNORECASE)) for kind, what in _WHAT)
_SHOWN = re.compile(
    r"\b(?:show|mention|say|include|display|use|put|give|zeigen?|nennen|erwähnen|einblenden|montre[rz]?|afficher|mentionner|"
    r"mostr\w+|muestr\w+|enseñ\w+|mencion\w+|dire|indicar|pon\w+|tonen|noemen|pokazywać|mention of)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"[,;]?\s*(?:\b(?:and|but|e|y|et|und|aber|mas|pero|mais)\s+)?\b(?:please\s+)?{_NOT}\s+(?:\w+\s+){{0,2}}?(?:show\w*|mention\w*|say\w*|includ\w+|"
    r"zeigen|nennen|montrer|afficher|mentionner|mostrar|mencionar|mostrare|tonen|noemen)\b[^.!?]*",
    re.IGNORECASE,
)
_THAT_ONE = re.compile(
    r"\b(?:(?:old|former|normal|usual|previous|regular|wrong|last|alte[nrsm]?|bisherige[nrsm]?|vorige[nrsm]?|"
    r"falsche[nrsm]?|ancien(?:ne)?s?|vieux|vieille|habituels?|viej[oa]s?|anterior(?:es|i)?|antigu?[oa]s?|"
    r"vecchi[oaie]?|velh[oa]s?|oude?|stare[jg]?o?)\b|"
    r"\b(?:not|nicht|pas|no|non|não|niet) (?:all|alle|tou(?:s|tes)|tod[oa]s|tutt[ie])\b|"
    r"\bon (?:any|the|a) (?:doors?|signs?|gates?|front|house|building)\b|\bin (?:the )?(?:shot|frame|background)\b|"
    r"\bim bild\b|an der (?:tür|fassade)\b|sur la (?:porte|façade)\b|en la (?:puerta|fachada)\b|sulla porta\b|"
    r"(?:price|cost|preis|prix|precio|prezzo|preço|prijs) (?:of|for|von|für|de|del|di|do|da|van|per)\b)",
    re.IGNORECASE,
)
"""One price or address of several, or one in the picture: the others are shown."""
_CLAUSE = re.compile(r"\s*[,;]\s+|\s+[–—-]\s+")


def kinds(directions: Sequence[str]) -> frozenset[Kind]:
    """Return what the directions ask not to show."""
    return frozenset(
        kind
        for direction in directions
        if _SHOWN.search(direction) and not _THAT_ONE.search(direction)
        for kind, asked in _ASKED
        if asked.search(direction)
    )


def taken_out(sentence: str) -> tuple[str, str]:
    """Return an order without what it asks not to show, and that part of it: "…, without showing the street's name"."""
    tail = _TAIL.search(sentence)
    if tail is None or not kinds([tail.group()]):
        return sentence, ""
    rest = f"{sentence[: tail.start()]}{sentence[tail.end() :]}".strip()
    return (rest, tail.group().strip(" ,;")) if any(map(str.isalnum, rest)) else (sentence, "")


def without(said: str, hidden: frozenset[Kind]) -> str:
    """Return a sentence without its clauses that tell what is not to be shown; "" if all of them do."""
    if not any(token.kind in hidden for token in tokens.find(said)):
        return said
    parts = tokens.cuts(said, _CLAUSE)
    kept = [part for part in parts if not any(token.kind in hidden for token in tokens.find(part))]
    if not kept:
        return ""
    ended = text.capital(", ".join(kept).strip(" ,;"))
    return ended if ended[-1:] in ".!?…。" else f"{ended}."
