# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief's lines without what is said to the film's makers and not to its viewers. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import instructions, labels
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.reading import brackets, corrections, last_words
from service.pipelines.film.script.writing import openings, sentences, tokens
from service.pipelines.film.script.writing.tokens import Kind

_SURE, _SURE_IN_A_SHORT_BRIEF, _SURE_OF_FACTS = 0.5, 0.92, 0.9
"""From here on a sentence is taken for one to the makers; in a brief of a few sentences from the second on, and if it
is needed from the third on."""
_SURE_OF_A_QUOTE = 0.25
"""The same for one that has a voice say something, which is told all the same."""
_SURE_UNDER_A_HEADING = 0.3
"""The same for one under a heading that is for the makers: "Notes for the edit:"."""
_SURE_OF_A_GREETING, _SURE_OF_A_SIGNATURE = 0.32, 0.5
"""The same for a first line that ends with a comma ("Dear neighbours,"), and for a few words at the end ("Speak soon,
Bronwen"). With an empty line after it, what ends with a comma can be nothing else."""
_WORDS_OF_A_GREETING, _WORDS_OF_A_SIGNATURE = 7, 4
_STOPS = re.compile(r"(?<![\s.][^\W\d_])(?<!^[^\W\d_])[.!?:\u2026\u3002\uff01\uff1f\uff1a\u0964]$")
"""A sentence's end, and not the point after an initial."""
_CERTAIN = 0.95
"""What is taken out below this is named in the warnings: half of the viewers' sentences that are taken out wrongly."""
_WORDS_OF_TALK = 4
"""Of a line that is surely for the makers, and so no heading of what it stands over."""
_FEWEST_LINES = 3
"""Lines of what can be a letter."""
_LONG = 5
"""Sentences of a brief that says what it is about elsewhere, too."""
_WORDS_OF_A_LABEL, _WORDS_OF_A_SPEAKER = 5, 7
_BEFORE_A_SPEAKER = ("\u2013", "\u2014", "-", "(", "\uff08")
_ENDS_WITH = re.compile(
    r"\b(?:(?:end|finish|close)s?(?: it)? (?:with|on)|(?:mit|am ende) .*\bend|(?:finir|terminer) (?:par|avec|sur)|"
    r"termina[rt]?e? (?:con|com))",
    re.IGNORECASE,
)
_CHECKS, _FEWEST_CHECKS = "\u2705\u2714\u2611\u2713", 2
"""Signs before the items of a list on one line."""
_TIMED = re.compile(r"^\s*[\[(]\d{1,2}:\d\d[^\[\]()\n]{0,12}[\])]\s*")
_WORDS_OF_A_HEADING = 7
_TO_MAKERS = re.compile(
    r"\b(?:checklist|internal|(?:build|production|edit|film|video|director['’]?s?|shoot(?:ing)?) notes|"
    r"(?:notes?|comments?|remarks|requests|wishes|rules|points) (?:for|on|from|to) (?:the|my|our|us|you|edit\w*|"
    r"film\w*|video\w*)|"
    r"for the (?:film|video|edit|editor|makers|crew|studio|agency|cutter)|(?:film|video) (?:style|brief|rules|"
    r"requirements)|"
    r"für (?:den film|das video|den schnitt|die agentur)|zum film|hinweise? (?:für|zum)|intern|"
    r"pour (?:le film|la vidéo|le montage|l['’]équipe)|consignes|para (?:el vídeo|el video|o vídeo|o filme|"
    r"la película)|"
    r"notas (?:para|de)|per il (?:video|filmato|montaggio)|note per|voor (?:de film|de video)|dla filmu|для (?:ролика|"
    r"фильма|видео))"
    r"(?!\w)",
    re.IGNORECASE,
)
_WISHES_WELL = re.compile(
    r"\bhappy (?:\w+ ){0,2}(?:birthday|anniversary|retirement|new year)\b|\bcongratulations\b|glückwunsch\b|"
    r"\balles gute zu[mr]\b|\bjoyeux anniversaire\b|\bfeliz (?:cumpleaños|aniversári?o)\b|\bbuon compleanno\b",
    re.IGNORECASE,
)
_LEFT_TO_DO = re.compile(
    r"^\W*(?:(?-i:TODO|TO DO|FIXME|TBD|TBC)\s*[:–—-]\s*\S|bitte (?:nix|nichts) mit\b|please,? nothing with\b|"
    r"nothing with\b.*\b(?:please|pls)\b|nada (?:con|com)\b.*\b(?:por favor|pf|sff)\b|rien avec\b.*\b(?:svp|s['’]il)\b|"
    r"niente con\b.*\bper favore\b|niets met\b.*\b(?:aub|alsjeblieft|graag)\b)",
    re.IGNORECASE,
)
"""What the makers have yet to find out, or are to leave out."""
_ACCOUNT = re.compile(r"(?<![\w.])@\w{3,}")
_FACTS = frozenset({Kind.PRICE, Kind.DATE, Kind.TIME, Kind.ADDRESS, Kind.TELEPHONE})


@dataclass(frozen=True, slots=True)
class Aside:
    """A sentence to the makers. `is_doubtful`: it may be one to the viewers all the same."""

    text: str
    is_doubtful: bool


def taken_out(lines: Sequence[Line], *, in_chat: bool = False, in_form: bool = False) -> tuple[list[Line], list[Aside]]:
    """Return the lines without the sentences to the makers, and those sentences. What has a label, or names the film's
    subject beside the request for one, is read elsewhere. `in_chat`: nothing of it is doubtful. `in_form`:
    a label is for the whole of its line."""
    cut = [sentences.split(line.text) for line in lines]
    marked, doubtful = _judged(lines, cut, in_chat=in_chat, in_form=in_form)
    kept: list[Line] = []
    asides: list[Aside] = []
    last: list[Line] = []
    sure = [
        not in_chat and len(line.text.split()) >= _WORDS_OF_TALK and doubtful.isdisjoint(told)
        for line, told in zip(lines, cut, strict=True)
    ]
    for line, told, to_makers in zip(lines, cut, with_headings(lines, marked, sure), strict=True):
        found = [sentence for sentence, is_so in zip(told, to_makers, strict=True) if is_so]
        asides += [Aside(sentence, sentence in doubtful) for sentence in found]
        last += [Line(words) for sentence in found for words in last_words.asked(sentence)]
        if not any(to_makers):
            kept.append(line)
            continue
        kept += _kept(line, told, to_makers)
    # A film has to tell something: what is for the makers by its label does not count.
    is_told = any(labels.labelled(line.text)[0] != "direction" for line in kept)
    return ([*kept, *last], asides) if is_told else (list(lines), [])


def _judged(
    lines: Sequence[Line], cut: Sequence[list[str]], *, in_chat: bool, in_form: bool
) -> tuple[list[list[bool]], set[str]]:
    """Say of each sentence of the lines whether it is for the makers, and of which that is not certain."""
    likely = iter(purposes.to_makers([Row(tuple(told), line.is_apart) for line, told in zip(lines, cut, strict=True)]))
    is_long = sum(map(len, cut)) >= _LONG
    sure = _SURE if is_long else _SURE_IN_A_SHORT_BRIEF
    under = _under_headings_to_makers(lines)
    marked: list[list[bool]] = []
    doubtful: set[str] = set()
    before = ""
    for at, (line, told) in enumerate(zip(lines, cut, strict=True)):
        marked.append([])
        is_of_a_form = in_form and labels.labelled(line.text, in_form=True)[0] is not None
        is_whole = (line.is_step and at not in under) or is_of_a_form
        least = _SURE_UNDER_A_HEADING if at in under else _SURE_OF_FACTS if line.is_item else sure
        least = min(least, _sure_at_the_ends(lines, at))
        for sentence, chance in zip(told, likely, strict=False):
            is_kept = is_whole or _names_a_speaker(sentence, before)
            is_last = bool(last_words.asked(sentence))
            has_said = is_last or (chance >= _SURE_OF_A_QUOTE and bool(brackets.quoted(sentence)))
            is_aside = has_said or bool(_LEFT_TO_DO.match(sentence))
            is_aside = is_aside or _is_aside(sentence, chance, least, is_told_later=is_long)
            marked[-1].append(not is_kept and is_aside)
            doubtful.update([sentence] if chance < _CERTAIN and not (in_chat or is_last) else [])
            before = sentence
        if sum(map(line.text.count, _CHECKS)) >= _FEWEST_CHECKS:
            # A list on one line is for the makers as a whole, or not at all.
            marked[-1] = [2 * sum(marked[-1]) > len(told)] * len(told)
    return marked, doubtful


def _sure_at_the_ends(lines: Sequence[Line], at: int) -> float:
    """From which chance on a line that greets, or that is a few words at the end, is for the makers; 1 for others."""
    line = lines[at]
    words = line.text.split()
    if len(lines) < _FEWEST_LINES or line.is_item or line.is_step or any(map(str.isdigit, line.text)):
        return 1.0
    if at == 0 and line.text.endswith((",", "\u060c", "\uff0c", "\u3001")) and len(words) <= _WORDS_OF_A_GREETING:
        return 0.0 if lines[1].is_apart else _SURE_OF_A_GREETING
    is_last = at == len(lines) - 1 and not _STOPS.search(line.text)
    return _SURE_OF_A_SIGNATURE if is_last and len(words) <= _WORDS_OF_A_SIGNATURE else 1.0


def _under_headings_to_makers(lines: Sequence[Line]) -> set[int]:
    """The places of the lines under headings like "Marketing checklist (internal):", up to the next heading, or to an
    empty line after the first."""
    found: set[int] = set()
    is_under = False
    for at, line in enumerate(lines):
        bare = line.text.rstrip(" :\uff1a")
        is_listed = at + 1 < len(lines) and (lines[at + 1].is_item or lines[at + 1].is_step)
        opens = line.text.endswith((":", "\uff1a")) or line.is_heading or (is_listed and not line.is_item)
        if opens and not line.is_step and len(bare.split()) <= _WORDS_OF_A_HEADING:
            is_under = bool(_TO_MAKERS.search(bare)) or labels.labelled(f"{bare}: x")[0] == "direction"
        elif is_under and line.is_apart and at - 1 in found:
            is_under = False
        elif is_under:
            found.add(at)
    return found


def _kept(line: Line, told: Sequence[str], to_makers: Sequence[bool]) -> list[Line]:
    """A line without its sentences to the makers; what one of them has a voice say is a line of its own."""
    found: list[str] = [""]
    for sentence, is_so in zip(told, to_makers, strict=True):
        quote = brackets.quoted(sentence) if is_so and not last_words.asked(sentence) else ""
        if not is_so:
            found[-1] = f"{found[-1]} {sentence}".strip()
        elif quote:
            found += [quote, ""]
    return [replace(line, text=words) for words in found if words]


def with_headings(lines: Sequence[Line], marked: Sequence[list[bool]], sure: Sequence[bool] = ()) -> list[list[bool]]:
    """Which sentences are for the makers, when what stands over a line is for whom that line is. `sure`: whether each
    line is surely for the makers, if it is: "Hi Theo, text as discussed:"."""
    found = list(marked)
    for at in range(len(lines) - 2, -1, -1):
        text = lines[at].text
        is_label = text.endswith((":", "\uff1a")) and len(text.split()) <= _WORDS_OF_A_LABEL
        stands_over = lines[at].is_heading or is_label or labels.is_section(text)
        if stands_over and not all(found[at + 1]) and not (sure and sure[at]):
            found[at] = [False] * len(found[at])
        elif at and _stands_over_asides(lines, found, at):
            found[at] = [True] * len(found[at])
    return found


def _stands_over_asides(lines: Sequence[Line], marked: Sequence[list[bool]], at: int) -> bool:
    """Say whether a few words without a stop stand over lines to the makers and nothing else: "Checklist"."""
    line = lines[at]
    under = list(
        takewhile(lambda other: not (lines[other].is_apart or lines[other].is_heading), range(at + 1, len(lines)))
    )
    is_short = len(line.text.split()) <= _WORDS_OF_A_LABEL and (
        line.is_heading or line.text[-1:].isalpha() or line.text.endswith((":", "\uff1a"))
    )
    begins = line.is_heading or line.is_apart or all(marked[at - 1]) or line.text.endswith((":", "\uff1a"))
    if not (is_short and begins and under) or line.is_item or line.is_step or _has_facts(line.text):
        return False
    is_over = line.is_heading or len(under) > 1 or lines[under[0]].is_item
    return is_over and all(all(marked[other]) for other in under)


def _is_aside(sentence: str, chance: float, sure: float, *, is_told_later: bool) -> bool:
    """Say whether a sentence is likely to be for the makers, and has no label, no script and no subject."""
    if chance < (_SURE_OF_FACTS if _is_needed(sentence) else sure):
        return False
    if (
        labels.labelled(_TIMED.sub("", sentence))[0] is not None
        or instructions.handed(sentence)
        or _is_quoted(sentence)
    ):
        return False
    if corrections.says_so(sentence) or openings.dictates(sentence):
        return False
    if _gives_a_contact(sentence) or _WISHES_WELL.search(sentence):
        return False
    # "Make a film about Ledgerly, a start-up" says what the film is about; "a film about us, warm, pls" does not.
    return (is_told_later and chance >= _SURE_OF_FACTS) or instructions.subject(sentence) is None


def _is_quoted(sentence: str) -> bool:
    """Say whether a sentence is what somebody said, in quotation marks, mostly: people speak of themselves in it."""
    return any(2 * (quote.end - quote.start) >= len(sentence) for quote in tokens.quotations(sentence))


def _names_a_speaker(sentence: str, before: str) -> bool:
    """Say whether a sentence is who said what stands in quotation marks before it: "(Jonas K., verified buyer)"."""
    is_short = len(sentence.split()) <= _WORDS_OF_A_SPEAKER
    return is_short and sentence.startswith(_BEFORE_A_SPEAKER) and bool(tokens.quotations(before))


def _gives_a_contact(sentence: str) -> bool:
    """Say whether a sentence asks that the film end with an address, a number or an account: "end with @ottercafe"."""
    return bool(_ENDS_WITH.search(sentence)) and (
        bool(_ACCOUNT.search(sentence)) or any(token.kind in tokens.CONTACTS for token in tokens.find(sentence))
    )


def _is_needed(sentence: str) -> bool:
    """Say whether a sentence has a fact in it, or what is after it needs it: "You need:"."""
    return sentence.endswith((":", "\uff1a")) or _has_facts(sentence)


def _has_facts(sentence: str) -> bool:
    return any(token.kind in _FACTS for token in tokens.find(sentence))
