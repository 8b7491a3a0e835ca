# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a brief says to the film's makers in the middle of a line: in brackets or between dashes ("It has 41 rooms (show
the plan), each with a bath."), the comments of reviewers in it ("[MK] Can we say that?"), and what a sentence to the
makers has somebody say. Pure.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.writing import sentences, tokens
from service.pipelines.film.script.writing.tokens import Kind

# What stands in brackets after a quotation is who said it.
_SPAN = re.compile(
    r"(?<![\"”»“]\s)\([^()\n]{3,240}\)|（[^（）\n]{3,240}）|\[[^\[\]\n]{3,240}\]|\{[^{}\n]{3,240}\}|"
    r"(?<=\s)[–—] [^–—\n]{6,200} [–—](?=\s|$)"
)
_COMMENT = re.compile(r"^\s*(?:\[[A-Z]{2,3}\]|\{[A-Z]{2,3}:)\s*\S")
_FEWEST_COMMENTS = 2
_SURE, _TOLD = 0.95, 0.25
"""From this chance on a span is taken for one to the makers, and up to that a line in brackets for one to the
viewers."""
_FEWEST_WORDS = 4
"""Of a span that is for the makers: "(no CV needed)" is for the viewers."""
_SURE_OF_A_DOUBT = 0.15
"""The same of a span in which the makers doubt what stands before it, whatever facts it has."""
_DOUBTED = re.compile(
    r"\b(?:(?:still|yet) (?:to (?:be )?)?(?:confirm|check)\w*|double[- ]check|(?:check|confirm)(?:ing)? with|"
    r"maybe (?:cut|drop|remove|skip|delete|leave)|(?:prüft|klärt|fragt|checkt) noch|"
    r"noch (?:prüfen|klären|offen|unsicher)|"
    r"vielleicht (?:weg|raus|streichen)\w*|"
    r"à (?:vérifier|confirmer) (?:avec|auprès)|peut-être (?:enlever|couper|retirer)|"
    r"(?:falta |por )?confirmar con|quizás? (?:quitar|cortar)|(?:a )?confirmar com|talvez (?:tirar|cortar)|"
    r"da (?:verificare|confermare) con|forse (?:togliere|tagliare)|nog (?:checken|navragen)|"
    r"misschien (?:weg|schrappen)\w*)",
    re.IGNORECASE,
)
_FEWEST_TOLD = 3
_BRACKETS = " ()[]（）"
_FACTS = frozenset({Kind.PRICE, Kind.PERCENT, Kind.DATE, Kind.ADDRESS, Kind.TELEPHONE})
_LOOSE = re.compile(r"\s+(?=[,.;:!?])")

_HAS_SAID = re.compile(
    r"\b(?:voice(?:-?over)?|vo|narrator|text|supers?|captions?|title|sign|screen|stimme|sprecher(?:in)?|einblendung|"
    r"voix|"
    r"texte|voz|texto|voce|testo|stem|tekst|głos|napis)\b[^\"“«„.!?]{0,24}?"
    r"(?:says?|reads?|saying|sagt|dit|dice|diz|zegt|mówi|[:：])\s*[:,]?\s*[\"“«„]([^\"“”«»„]{4,})[\"”»“]|"
    r"\b(?:say|says|saying) something like\s*[:,]?\s*[\"“«„]([^\"“”«»„]{4,})[\"”»“]",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile(
    r"\b(?:not|never|avoid|nicht|kein\w*|pas|jamais|nunca|niet|geen|without|instead)\b|n['’]t\b", re.IGNORECASE
)
_FEWEST_QUOTED = 3


def taken_out(lines: Sequence[Line]) -> tuple[list[Line], list[str]]:
    """Return the lines without such spans and comments, and these; a line that is all in brackets loses them if it
    speaks to the viewers."""
    comments = [line for line in lines if _COMMENT.match(line.text)]
    is_reviewed = len(comments) >= _FEWEST_COMMENTS and 2 * len(comments) < len(lines)
    asides = [line.text for line in comments] if is_reviewed else []
    kept = [line for line in lines if not (is_reviewed and _COMMENT.match(line.text))]
    likely = _likely(kept)
    whole = {line.text for line in kept}
    found = [
        span
        for span, chance in likely.items()
        if len(span.split()) >= _FEWEST_WORDS and span not in whole and _is_to_makers(span, chance)
    ]
    told = [_opened(line, likely) or _without(line, found) for line in kept]
    return [line for line in told if any(map(str.isalnum, line.text))], [*asides, *found]


def _likely(lines: Sequence[Line]) -> dict[str, float]:
    """The spans of the lines, and how likely each is for the makers, judged as a sentence of its own."""
    rows: list[Row] = []
    spans: list[bool] = []
    for line in lines:
        pieces = _pieces(line.text)
        rows.append(Row(tuple(words for words, _ in pieces), line.is_apart))
        spans += [is_span for _, is_span in pieces]
    if not any(spans):
        return {}
    likely = zip((words for row in rows for words in row.sentences), spans, purposes.to_makers(rows), strict=True)
    return {words: chance for words, is_span, chance in likely if is_span}


def _opened(line: Line, likely: Mapping[str, float]) -> Line | None:
    """A line that is all in brackets and speaks to the viewers, without these; None for any other."""
    is_told = likely.get(line.text, 1.0) <= _TOLD and len(line.text.split()) >= _FEWEST_TOLD
    return replace(line, text=line.text.strip(_BRACKETS)) if is_told and screenplay.is_aside(line.text) else None


def _pieces(line: str) -> list[tuple[str, bool]]:
    """The sentences of a line, with its spans as pieces of their own, each with whether it is one."""
    if screenplay.is_aside(line):
        return [(line, True)]
    pieces: list[tuple[str, bool]] = []
    end = 0
    for span in _SPAN.finditer(line):
        pieces += [(words, False) for words in sentences.split(line[end : span.start()])]
        pieces.append((span.group(), True))
        end = span.end()
    pieces += [(words, False) for words in sentences.split(line[end:])]
    return [(words, is_span) for words, is_span in pieces if any(map(str.isalpha, words))]


def _is_to_makers(span: str, chance: float) -> bool:
    if _DOUBTED.search(span):
        return chance >= _SURE_OF_A_DOUBT
    return chance >= _SURE and not _has_a_fact(span)


def _has_a_fact(words: str) -> bool:
    return any(token.kind in _FACTS for token in tokens.find(words))


def _without(line: Line, spans: Sequence[str]) -> Line:
    words = line.text
    for span in spans:
        words = words.replace(span, " ")
    return replace(line, text=_LOOSE.sub("", " ".join(words.split()))) if words != line.text else line


def quoted(sentence: str) -> str:
    """Return the words that a direction has a voice say or a card show: 'Slow pan, then a voice says "It is late."'."""
    found = _HAS_SAID.search(sentence)
    words = next((words for words in found.groups() if words), "") if found else ""
    return words if len(words.split()) >= _FEWEST_QUOTED and not _FORBIDDEN.search(sentence) else ""
