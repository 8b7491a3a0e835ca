# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The words with which a brief asks its film to end: 'Closing line from our chair: "…"', "Na końcu: „…”",
"最後の一言は「…」で". The order is to the film's makers, and the words are told last. Pure."""

import re
from collections.abc import Iterable

from service.pipelines.film.script.learnt import meaning
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.tokens import Kind

_SINGLE = re.compile(r"(?<!\w)['‘](?P<words>[^'‘’\n]{6,90}?)['’](?!\w)")
_FORBIDS = re.compile(
    r"\b(?:not|never|avoid|without|instead|nicht|nie|kein\w*|statt|pas|jamais|nunca|jamás|mai|niet|geen|nie|nem|değil)\b|"
    r"\bn['’]t\b|\bне\b|ない|不要|别|마세요",
    re.IGNORECASE,
)
_END = re.compile(
    r"\b(?:end(?:s|ing)?|endline|clos(?:e|es|ing)|final(?:e|ly)?|finish|"
    r"last (?:line|words?|card|thing|frame|screen)|sign[- ]?off|"
    r"ende|schluss\w*|zuletzt|letzte[rsn]?|fin|finir|finissez|terminer|terminez|conclure|dernière|"
    r"cierr\w+|termin[ae]\w*|remat\w+|última|último|fondo|fine|chiu\w+|ultima|encerr\w+|fech[ae]\w*|slot(?:zin|woord|tekst|kaart|beeld)\w*|einde|laatste|"
    r"końcu|koniec|kończ\w+|sonunda|sona|конце|финал\w*|заверш\w+|nakonec|závěr\w*|végén|végül|slutet|slutt\w*|avslut\w*|"
    r"lopuksi|loppuun)\b|最後|最后|結尾|结尾|ラスト|마지막|끝에|في النهاية|في الختام|בסוף|अंत में|ตอนจบ",
    re.IGNORECASE,
)
"""The end, as makers are told of it."""
_ORDERS = (
    "at the end",
    "end with",
    "finish with the sentence",
    "the final card says",
    "and at the end you say",
    "last words of the film",
    "closing line",
)
_NEAR = 0.3
"""How near what stands around the words, and names the end, must be to an order to end with them."""
_CLAUSES = re.compile(r"[,;|，、；]\s*")
_MOST_WORDS = 12
_FACTS = frozenset({Kind.PRICE, Kind.DATE, Kind.TIME, Kind.ADDRESS, Kind.TELEPHONE})
_FEWEST_WORDS, _FEWEST_LETTERS = 2, 6


def asked(sentence: str) -> tuple[str, ...]:
    """Return the words in quotation marks with which a sentence asks the film to end; () for any other sentence."""
    spans = list(_quoted(sentence))
    if not spans:
        return ()
    start, end, _ = spans[0]
    rest = f"{sentence[:start]} {sentence[spans[-1][1] :]}"
    if _FORBIDS.search(rest) or any(token.kind in _FACTS for token in tokens.find(rest)):
        return ()
    # The clause that the first of them stands in, or all of a short sentence.
    clause = f"{_CLAUSES.split(sentence[:start].rstrip(' ,:：'))[-1]} {_CLAUSES.split(sentence[end:])[0]}"
    around = [words.strip() for words in (clause, rest) if _END.search(words) and len(words.split()) <= _MOST_WORDS]
    near = meaning.of(around) @ meaning.of(_ORDERS).T
    return tuple(words for _, _, words in spans) if near.size and near.max() >= _NEAR else ()


def _quoted(sentence: str) -> Iterable[tuple[int, int, str]]:
    """The quotations of a sentence that can be told: where each begins and ends, and its words."""
    found = [(quote.start, quote.end) for quote in tokens.quotations(sentence)]
    found = found or [match.span() for match in _SINGLE.finditer(sentence)]
    for start, end in found:
        words = sentence[start:end].strip("\"“”«»„「」『』'‘’ \u00a0\u202f")
        if len(words.split()) >= _FEWEST_WORDS or (not words.isascii() and len(words) >= _FEWEST_LETTERS):
            yield start, end, words
