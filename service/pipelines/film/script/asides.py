"""A brief's lines without what is said to the film's makers and not to its viewers. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from service.pipelines.film.script import addressee, instructions, labels, sentences, tokens
from service.pipelines.film.script.markup import Line
from service.pipelines.film.script.surroundings import Row
from service.pipelines.film.script.tokens import Kind

_SURE, _SURE_IN_A_SHORT_BRIEF, _SURE_OF_FACTS, _SURE_IN_A_CHAT = 0.65, 0.8, 0.9, 0.5
"""From here on a sentence is taken for one to the makers; in a brief of a few sentences from the second on, if it is
needed from the third on, in a chat from the last. On briefs that nothing was learnt from, 85 in 100 of such sentences
are, and 3 in 100 of the others."""
_LONG = 5
"""Sentences of a brief that says what it is about elsewhere, too."""
_FACTS = frozenset({Kind.PRICE, Kind.DATE, Kind.TIME, Kind.ADDRESS, Kind.TELEPHONE})


def taken_out(lines: Sequence[Line], *, in_chat: bool = False) -> tuple[list[Line], list[str]]:
    """Return the lines without the sentences to the makers, and those sentences. What has a label, or names the film's
    subject beside the request for one, is read elsewhere. `in_chat`: much of it is talk, so less makes sure."""
    cut = [sentences.split(line.text) for line in lines]
    rows = [Row(tuple(told), line.is_apart) for line, told in zip(lines, cut, strict=True)]
    likely = iter(addressee.chances(rows))
    is_long = sum(map(len, cut)) >= _LONG
    sure = (_SURE_IN_A_CHAT if in_chat else _SURE) if is_long else _SURE_IN_A_SHORT_BRIEF
    marked = [
        [
            not line.is_step
            and _is_aside(sentence, chance, _SURE_OF_FACTS if line.is_item else sure, is_told_later=is_long)
            for sentence, chance in zip(told, likely, strict=False)
        ]
        for line, told in zip(lines, cut, strict=True)
    ]
    kept: list[Line] = []
    asides: list[str] = []
    for line, told, to_makers in zip(lines, cut, with_headings(lines, marked), strict=True):
        asides += [sentence for sentence, is_so in zip(told, to_makers, strict=True) if is_so]
        if not any(to_makers):
            kept.append(line)
        elif not all(to_makers):
            to_viewers = [sentence for sentence, is_so in zip(told, to_makers, strict=True) if not is_so]
            kept.append(replace(line, text=" ".join(to_viewers)))
    # A film has to tell something: what is for the makers by its label does not count.
    is_told = any(labels.labelled(line.text)[0] != "direction" for line in kept)
    return (kept, asides) if is_told else (list(lines), [])


def with_headings(lines: Sequence[Line], marked: Sequence[list[bool]]) -> list[list[bool]]:
    """Which sentences are for the makers, when what stands over a line is for whom that line is."""
    found = list(marked)
    for at in range(len(lines) - 2, -1, -1):
        text = lines[at].text
        stands_over = lines[at].is_heading or text.endswith((":", "\uff1a")) or labels.is_section(text)
        if stands_over and not all(found[at + 1]):
            found[at] = [False] * len(found[at])
    return found


def chances(lines: Sequence[str]) -> list[float]:
    """Return how likely each line of a script is for the film's makers, 0 to 1: as the likeliest of its sentences."""
    rows = [Row(tuple(sentences.split(line))) for line in lines]
    likely = iter(addressee.chances(rows))
    return [max((next(likely) for _ in row.sentences), default=0.0) for row in rows]


def _is_aside(sentence: str, chance: float, sure: float, *, is_told_later: bool) -> bool:
    """Say whether a sentence is likely to be for the makers, and has no label, no script and no subject."""
    if chance < (_SURE_OF_FACTS if _is_needed(sentence) else sure):
        return False
    if labels.labelled(sentence)[0] is not None or instructions.handed(sentence) or _is_quoted(sentence):
        return False
    # "Make a film about Ledgerly, a start-up" says what the film is about; "a film about us, warm, pls" does not.
    return (is_told_later and chance >= _SURE_OF_FACTS) or instructions.subject(sentence) is None


def _is_quoted(sentence: str) -> bool:
    """Say whether a sentence is what somebody said, in quotation marks, mostly: people speak of themselves in it."""
    return any(2 * (quote.end - quote.start) >= len(sentence) for quote in tokens.quotations(sentence))


def _is_needed(sentence: str) -> bool:
    """Say whether a sentence has a fact in it, or what is after it needs it: "You need:"."""
    return sentence.endswith((":", "\uff1a")) or any(token.kind in _FACTS for token in tokens.find(sentence))
