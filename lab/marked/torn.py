# ruff: noqa: RUF001 -- the marks of other languages are meant
"""What a planned film shows or says torn: half a word, half a number, an abbreviation's stump. Pure.

Judged by what stands around a piece in the brief, without the film's own tokenizer.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

_SHORT = (
    "incl inc excl inv approx est nr ca art inkl zzgl tel tél tlf str vs dr mr mrs ms prof st ste kl ul ext min max "
    "dept bzw ggf evtl einschl mind jr u.a z.b d.h p.ex i.e e.g ad av avda blvd pag pág núm sig sra dott ing godz os "
    "ft op blz resp obs apt tr vol ed nos pt p.s rd hr abt geb max evt bl.a rs"
)
"""Abbreviations that more follows, without their point."""
_JOINTS = {
    "en": "and or but the a an your our my",
    "de": "und oder aber der die das den dem des ein eine einen einem einer",
    "fr": "et ou mais un une",
    "es": "y o pero un una",
    "it": "e ed o ma un una uno",
    "pt": "e ou mas um uma",
    "nl": "en of maar de het een",
    "sv": "och eller men en ett",
    "pl": "i lub oraz a",
    "tr": "ve veya bir",
    "ru": "и или а",
}
"""Words that no piece ends with, whatever follows, by language."""
_LEADS_ON = {
    "en": "of to for from with at in on by under over per their its",
    "de": "mit von vom zum zur für bei auf aus bis ab am im",
    "fr": "de du des à au aux avec pour par sur dans chez le la les l'",
    "es": "de del con para por a al en el la los las",
    "it": "di da dal del con per a al alla in nel nella il lo la i gli le l'",
    "pt": "de do da dos das com para por em no na a o as os",
    "nl": "van voor met op in om tot",
    "sv": "från till på med i för den",
    "pl": "z w na od do dla",
    "ru": "в на с от до для за",
}
"""Words that a figure may follow, and nothing else may be missing after."""
_UNITS = (
    r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|km|kg|m²|cm|mm|ml|percent|euros?|dollars?|pounds?|"
    r"Stunden?|Minuten?|Sekunden?|Tagen?|Wochen?|Monaten?|Jahren?|Uhr|Euro|Prozent|heures?|minutes?|secondes?|jours?|mois|ans|"
    r"minutos?|segundos?|horas?|días?|dias?|meses|años?|anos?|semanas?|minuti|secondi|giorni|mesi|anni|settimane|ore|"
    r"minuten|uur|dagen|weken|maanden|minut|sekund|godzin|dni|timmar|minuter|dagar|dakika|saniye|saat|gün|hafta|"
    r"минут\w*|секунд\w*|час\w*|дней|дня|рублей|руб|सेकंड|मिनट|घंटे|दिन|साल|रुपये|"
    r"January|February|March|April|June|July|August|September|October|November|December|Januar|Februar|März|Mai|Juni|Juli|"
    r"Oktober|Dezember|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|enero|febrero|"
    r"marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|"
    r"luglio|settembre|ottobre|novembre|dicembre|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|dezembro)"
)
_AFTER_A_FIGURE = re.compile(rf"\s?{_UNITS}(?!\w)", re.IGNORECASE)
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7a3]")
"""A letter of a script that puts no spaces between words, or of Korean, whose particles follow figures."""
_IN_A_NUMBER = re.compile(r"\d[.,:–-]\Z")
_QUOTES = re.compile(r"(?<!\d)\"|\"(?=\w)")
_PAIRS = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"), ("「", "」"), ("『", "』"), ("（", "）"), ("【", "】"))
_BEGINS = re.compile(r"^(?:[)\]}”」』）】,;:!?/.、。，]|%(?!\d)|»(?!.*«)|'(?!.*')|[-–—](?![-–—\s\d$€£]))")
_ENDS = re.compile(r"[(\[{«“„「『（【¡¿]$")
_CLOCK = re.compile(
    r"\b\d{1,2}(?:[:.h]\d\d)(?!\d)|\b\d{1,2}(?:[.:]\d\d)?\s?[ap]\.?m\b|\b\d{1,2}\s?Uhr\b", re.IGNORECASE
)
_MONEY = re.compile(r"[$€£¥₹]\s?\d[\d.,]*|\d[\d.,]*\s?(?:[$€£¥₹]|EUR|euros?|zł|kr)(?!\w)", re.IGNORECASE)
_FIGURES = re.compile(r"\d[\d.,]*\d")
_WAS = re.compile(
    r"\b(?:was|were|instead|statt|vorher|avant|antes|prima|now|jetzt|ora|ahora|agora|plaats|zamiast|yerine|usually|normal\w*|rrp|down)\b|→|->|save",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d[\d.,]{0,8}°?")
_STEP = re.compile(r"\d{1,2}/\d{1,2}")
_SAME: Mapping[int, str] = str.maketrans({"’": "'", "‘": "'", "‐": "-", "‑": "-", "„": "“", "*": "", "_": " ", "`": ""})
_LOW_QUOTES = re.compile("„([^„“”]*)[“”]")
_FOOTNOTES = re.compile("[⁰¹²³⁴-⁹]")
"""Which a film leaves out."""
_MOST_PIECES = 3
_NEAR = 24
"""Letters of the next piece in which a figure is near."""


class Brief(NamedTuple):
    """A brief's text, flat, and its language without a region."""

    text: str
    lang: str


def of(content: str, lang: str, shows: Sequence[str], says: Sequence[str]) -> list[str]:
    """Return what is torn in the shown and the spoken lines of a film of `content`, each with its reason.

    A shown line is the pieces of a shot with " / " between them, as a preview has it.
    """
    brief = Brief(flat(content), lang.split("-", maxsplit=1)[0])
    found = [f"{reason}: {line}" for line in shows for reason in _shown(_pieces(line, brief.text), brief)]
    found += [f"{reason}: {line}" for line in says for reason in _said(flat(line), brief)]
    return list(dict.fromkeys(found))


def flat(text: str) -> str:
    """Return a text in small letters, with one kind of apostrophe and single spaces; its lines stay lines."""
    plain = (
        unicodedata.normalize("NFKC", _FOOTNOTES.sub("", _LOW_QUOTES.sub(r"“\1”", text.replace("，", "、"))))
        .casefold()
        .translate(_SAME)
    )
    lines = (" ".join(line.split()) for line in plain.split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(line: str, brief: str) -> list[str]:
    """The pieces of a shown line; a stroke or a point that is the brief's own joins none."""
    pieces: list[str] = []
    for part in flat(line).replace("\n", " ").split(" / "):
        if pieces and f"{pieces[-1]} / {part}" in brief:
            pieces[-1] += f" / {part}"
        else:
            pieces += [part] if part in brief else part.split(" · ")
    return [piece for piece in pieces if not _STEP.fullmatch(piece)]


def _shown(pieces: Sequence[str], brief: Brief) -> Iterator[str]:
    for at, piece in enumerate(pieces):
        follows = pieces[at + 1] if at + 1 < len(pieces) else ""
        if reason := _in_itself(piece, brief.text):
            yield reason
        elif at and _FIGURE.fullmatch(pieces[at - 1]) and _AFTER_A_FIGURE.match(piece) and _is_next(pieces, at, brief):
            yield "a unit without its figure"
        elif reason := _around(piece, follows, brief):
            yield reason
    yield from _two_facts(pieces, brief.text)


def _is_next(pieces: Sequence[str], at: int, brief: Brief) -> bool:
    return f"{pieces[at - 1]} {pieces[at]}" in brief.text


def _in_itself(piece: str, brief: str) -> str:
    """The fault of a piece that is seen without its brief; "" if it has none, or is a line of the brief."""
    if f"\n{piece}\n" in f"\n{brief}\n":
        return ""
    bare = [character for character in piece if character.isalnum()]
    if not bare or (len(bare) == 1 and bare[0].isalpha() and bare[0].isascii()):
        return "a lone letter or mark"
    if _BEGINS.match(piece) or _ENDS.search(piece):
        return "a stray mark"
    is_half = any(piece.count(opens) != piece.count(closes) for opens, closes in _PAIRS)
    return "half a pair" if is_half or len(_QUOTES.findall(piece)) % 2 else ""


def _two_facts(pieces: Sequence[str], brief: str) -> Iterator[str]:
    """What a figure that stands alone hides: another of its kind beside it; or the same figure in two pieces."""
    if len(pieces) > _MOST_PIECES:
        return
    for kind in (_CLOCK, _MONEY):
        alone = [piece for piece in pieces if kind.fullmatch(piece)]
        others = [piece for piece in pieces if piece not in alone and kind.search(piece)]
        if len(alone) == 1 and others and not _WAS.search(" ".join(pieces)):
            yield "two facts"
    figures = [figure for piece in pieces for figure in _FIGURES.findall(piece)]
    if any(figures.count(figure) > max(1, brief.count(figure)) for figure in figures):
        yield "a figure twice"


def _around(piece: str, follows: str, brief: Brief) -> str:
    """Return what is wrong with a piece at all of its places in the brief; "" if it is whole at one of them."""
    places = [match.start() for match in re.finditer(re.escape(piece), brief.text.replace("\n", " "))]
    if not places:
        return "" if _squashed(piece) in _squashed(brief.text) else "no part of the brief"
    found = [_at(piece, follows, brief.text[:start], brief.text[start + len(piece) :], brief.lang) for start in places]
    return found[0] if all(found) else ""


def _squashed(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _at(piece: str, follows: str, before: str, after: str, lang: str) -> str:
    if _continues(before, piece):
        return "begins inside a word"
    if piece[0].isdigit() and _IN_A_NUMBER.search(before):
        return "begins inside a number"
    if _continues(piece, after[:1]):
        return "ends inside a word"
    if piece[-1].isdigit() and re.match(r"[.,:]\d|[–-]\d", after):
        return "ends inside a number"
    return _end(piece, follows, after, lang)


def _continues(left: str, right: str) -> bool:
    """Say whether no word ends between two texts. Scripts without spaces may go on after anything but a bare number."""
    if not (left and right and left[-1].isalnum() and right[0].isalnum()):
        return False
    if _UNSPACED.match(right):
        return re.search(r"(?<![\d:.,–—$€£¥₩-])\d[\d.,]*\Z", left) is not None
    return not _UNSPACED.match(left[-1])


def _end(piece: str, follows: str, after: str, lang: str) -> str:
    last = piece.rsplit(maxsplit=1)[-1].strip("(“\"'")
    if last.rstrip(".") in _SHORT.split() and re.match(r" \w" if last.endswith(".") else r"\.[ \d]", after):
        return "an abbreviation's stump"
    joins = last in _JOINTS.get(lang, "").split()
    leads = last in _LEADS_ON.get(lang, "").split() and not any(map(str.isdigit, follows[:_NEAR]))
    return "ends in a small word" if re.match(r" \S", after) and (joins or leads) else ""


def _said(line: str, brief: Brief) -> Iterator[str]:
    """The fault of a spoken line: only its end is judged, because lists and corrections are put together."""
    bare = line.rstrip(" .,;:")
    places = [match.end() for match in re.finditer(re.escape(bare), brief.text)] if bare else []
    found = [_end(bare, "", brief.text[end:], brief.lang) for end in places]
    if found and all(found):
        yield f"{found[0]}, said"
