# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The forms in which people paste a brief, read into parts in their order: running text, Markdown, lists under a
heading, a recipe, a programme with dates, a screenplay, a script with times, a form, a letter. Pure.

Markup, headings of sections, labels and stage directions say what a part is; none of them is said or shown.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from service.pipelines.film.script.lines import headings, instructions, labels, markup
from service.pipelines.film.script.lines.markup import Line
from service.pipelines.film.script.lines.parts import Part, of_sentences, under_headings
from service.pipelines.film.script.pasted import (
    agency,
    blanks,
    chats,
    letters,
    likenesses,
    mail,
    pages,
    press,
    questions,
    records,
    screenplay,
    scripts,
    shots,
    variants,
)
from service.pipelines.film.script.reading import asides, brackets
from service.pipelines.film.script.writing import sentences, text, tokens
from service.pipelines.film.script.writing.tokens import Kind

_FEWEST_ITEMS, _MOST_ITEMS = 3, 6
_LONGEST_ITEM = 64
_LONGEST_FACT = 32
_LONGEST_HEADING, _HEADING_WORDS = 48, 7


@dataclass(frozen=True, slots=True)
class Sheet:
    """A brief's parts in their order, the hashtags at its end, without the sign, and the length in seconds that the
    times of its lines give it, or None."""

    parts: tuple[Part, ...]
    hashtags: tuple[str, ...]
    seconds: float | None = None


_FACTS = re.compile(r"\s+[|·•]\s+")
_ENUMERATED = re.compile(r"(?:(?<=\s)|(?<=^))\(?(\d)[).]\s+(?=\S)")
_YEAR = re.compile(r"^(?:1[5-9]|20)\d\d\s?(?::|–|—|-)\s")
_OF_A_FILM = re.compile(
    r"(?:[\w'’-]+ ){0,3}(?:company|corporate|event|wedding|product|recruiting|recruitment|image|anniversary|launch|"
    r"promo|explainer|"
    r"teaser|birthday|invitation|social media|instagram|tiktok|linkedin|christmas|advert)\s(?:video|film|clip|reel|"
    r"spot|teaser|trailer)\W*",
    re.IGNORECASE,
)
"""A first line that says what kind of film is asked for."""
_YEAR_DASH = re.compile(r"^((?:1[5-9]|20)\d\d)\s[–—-]\s(?=\S)")
_MOST_WORDS_OF_A_LABEL = 3
_ASKS = ("?", "？", "؟")


def read(content: str) -> Sheet:
    """Read a normalised text, whose lines are kept."""
    seconds = scripts.seconds(content)
    content, is_mail = mail.without_header(questions.answered(records.as_form(variants.chosen(content))))
    chat = chats.read(content)
    lines, hashtags = markup.plain_lines(chat.content if chat.is_one else shots.as_script(blanks.filled(chat.content)))
    lines = pages.without_frame(press.without_editors(letters.bare(letters.without_signature(lines), is_mail=is_mail)))
    untimed = [scripts.untimed(line.text) for line in lines]
    if not chat.is_one and screenplay.is_one([part for words in untimed for part in screenplay.unfolded(words)]):
        told = [
            replace(line, text=part)
            for line, words in zip(lines, untimed, strict=True)
            for part in screenplay.unfolded(words)
        ]
        parts = scripts.of_screenplay(told)
    else:
        lines = lines if chat.is_one else likenesses.known(lines)
        in_form = agency.is_form(lines)
        lines, in_brackets = brackets.taken_out(lines)
        lines, to_makers = asides.taken_out(lines, in_chat=chat.is_one, in_form=in_form)
        lines = headings.marked([replace(line, text=labels.without_verdict(line.text)) for line in lines])
        parts, index = [], 0
        while index < len(lines):
            taken, found = _next(lines, index, in_form=in_form)
            parts += found
            index += taken
        parts += [Part("direction", aside.strip("()[]（） ")) for aside in in_brackets]
        parts += [
            Part("direction", aside.text.strip("()[]（） "), is_doubtful=aside.is_doubtful) for aside in to_makers
        ]
        parts = agency.parted(parts) if in_form else parts
    parts = [*under_headings(parts), *(Part("direction", aside) for aside in chat.asides)]
    return Sheet(tuple(part for part in parts if _says_something(part)), hashtags, seconds)


def _next(lines: Sequence[Line], index: int, *, in_form: bool) -> tuple[int, list[Part]]:
    """What begins at a line: how many lines it takes, and its parts."""
    line = lines[index]
    if screenplay.is_aside(line.text):
        return 1, [Part("direction", line.text.strip("()[] "))]
    after = lines[index + 1 :]
    if after and _is_heading(line, after):
        items = _run(after) or _unmarked(line, after)
        heading = line.text.rstrip(":：").strip()
        is_title = line.is_heading and index == 0 and not heading.endswith(_ASKS)
        title = [Part("title", heading, is_heading=True)] if is_title else []
        if items:
            is_shown = not title and labels.is_shown_over_a_list(heading)
            return 1 + len(items), [*title, *_list(heading if is_shown else "", items, is_first=index == 0)]
        is_over = index > 0 or heading.endswith(_ASKS)
        return 1, title or ([] if _is_missed_by_nobody(line, index) else [Part("say", heading, is_heading=is_over)])
    if in_form and index == 0 and after and not labels.name_of(line.text) and agency.is_named(after):
        # "VIDEO BRIEF, Agency Good Shot" is the form's own heading.
        return 1, [Part("direction", line.text)]
    if line.looks_like_a_heading and after and labels.labelled(line.text, in_form=in_form)[0] in {None, "say"}:
        heading = labels.unlabelled(line.text.rstrip(":：").strip())
        heading = "" if labels.is_of_a_script(heading) else heading
        items = _run(after) or _unmarked(line, after) if index else []
        return 1 + len(items), _list(heading, items) if items else [Part("say", heading, is_heading=True)]
    if index == 0 and after and _OF_A_FILM.fullmatch(line.text):
        return 1, [Part("direction", line.text)]
    if line.is_heading:
        is_title = index == 0 and not line.text.endswith(_ASKS)
        return 1, [Part("title" if is_title else "say", line.text, is_heading=bool(after))]
    run = _run(lines[index:])
    if len(run) > 1:
        return len(run), _list("", run)
    return 1, [Part("source", line.text)] if line.is_note else _facts(line.text) or _of_text(line.text, in_form=in_form)


def _is_missed_by_nobody(line: Line, index: int) -> bool:
    """Say whether a heading over plain text only says what kind of text it is."""
    if labels.is_section(line.text) or labels.labelled(f"{line.text.rstrip(':：')}: x")[0] is not None:
        return True
    if line.text.endswith(_ASKS) or any(token.kind <= Kind.QUANTITY for token in tokens.find(line.text)):
        return False
    return len(line.text.split()) <= _MOST_WORDS_OF_A_LABEL if line.is_heading else index > 0


def _facts(line: str) -> list[Part]:
    """A line of facts with strokes or points between them ("4 bed | 2 bath | 2,340 sq ft"), as a list."""
    facts = [fact.strip() for fact in _FACTS.split(line) if fact.strip()]
    is_list = _FEWEST_ITEMS <= len(facts) <= _MOST_ITEMS and all(len(fact) <= _LONGEST_FACT for fact in facts)
    return [Part("list", "", tuple(facts))] if is_list else []


def _is_heading(line: Line, after: Sequence[Line]) -> bool:
    """Say whether a line is the heading of the lines after it: marked as one, short with a colon before a list, or a
    word that all know for one ("Ingredients")."""
    if line.is_item or line.is_step:
        return False
    following = after[0]
    is_listed = following.is_item or following.is_step
    if labels.is_section(line.text):
        return True
    is_short = len(line.text) <= _LONGEST_HEADING and len(line.text.split()) <= _HEADING_WORDS
    opens = line.text.endswith((":", "：")) or line.is_heading
    return is_short and opens and (is_listed or not line.is_heading or not after[0].is_heading)


def _run(lines: Sequence[Line]) -> list[Line]:
    """The lines from the first that are items of one list: marked alike, or each beginning with a date, a time or a
    year."""
    if not lines:
        return []
    first = lines[0]
    if first.is_item or first.is_step:
        kinds = (first.is_item, first.is_step)
        return list(takewhile(lambda line: (line.is_item, line.is_step) == kinds, lines))
    dated = list(takewhile(lambda line: not line.is_heading and _begins_with_a_date(line.text), lines))
    if len(dated) > 1:
        return dated
    for begins in (lambda line: bool(_YEAR.match(line.text)), _is_priced):
        alike = list(takewhile(begins, lines))
        if len(alike) >= _FEWEST_ITEMS:
            return alike
    return []


_PRICED = re.compile(
    r"^(?=[^\d\W])[^:!?]{3,48}?[\s.…:]+(?:[$€£]\s?)?\d{1,4}(?:[.,]\d\d|[.,]-|,–)?(?:\s?(?:[$€£]|EUR|CHF|zł|kr|lei))?$|"
    r"^(?=[^\d\W])[^:!?]{3,48}?[\s.…:]+(?:\d{1,4}[.,]\d\d)(?:\s?/\s?\d{1,4}[.,]\d\d){0,2}$"
)


_PAID = re.compile(r"[.,]\d\d$|[$€£]|EUR|CHF|zł|kr|lei")


def _is_priced(line: Line) -> bool:
    """Say whether a line is one of a menu or a price list: what it is, then its price."""
    if line.is_heading or not _PRICED.match(line.text) or not _PAID.search(line.text):
        return False
    return all(token.kind is not Kind.TIME for token in tokens.find(line.text))


def _unmarked(heading: Line, lines: Sequence[Line]) -> list[Line]:
    """The short lines under a heading with a colon, or under "Ingredients", that are a list without bullets."""
    is_over_a_list = heading.text.endswith((":", "：")) or labels.is_section(heading.text)
    if not (is_over_a_list or heading.looks_like_a_heading):
        return []
    short = list(takewhile(_is_an_entry, lines))
    return [replace(line, is_item=True) for line in short] if len(short) >= _FEWEST_ITEMS else []


def _is_an_entry(line: Line) -> bool:
    is_plain = not (line.is_heading or line.looks_like_a_heading or line.is_item or line.is_step)
    is_short = len(line.text) <= _LONGEST_HEADING and line.text[-1:] not in '.!?:：。"”»'
    is_short = is_short and not tokens.quotations(line.text) and not text.addresses(line.text)
    return is_plain and is_short and not labels.is_section(line.text) and not labels.name_of(line.text)


def _begins_with_a_date(line: str) -> bool:
    first = next(iter(tokens.find(line)), None)
    return (
        first is not None and first.start == 0 and first.kind in {Kind.DATE, Kind.TIME} and len(line) <= _LONGEST_ITEM
    )


def _list(heading: str, lines: Sequence[Line], *, is_first: bool = False) -> list[Part]:
    """A list as lists of at most six short items; steps and long items are sentences of their own, after their heading
    if that says something (`is_first`: it is the brief's first line)."""
    is_said = (
        heading and not labels.is_section(heading) and (is_first or len(heading.split()) >= _MOST_WORDS_OF_A_LABEL)
    )
    opening = [Part("say", heading, is_heading=not is_first)] if is_said else []
    if lines[0].is_step:
        steps = [part for number, line in enumerate(lines, 1) for part in _of_step(line.text, number, len(lines))]
        return [*opening, *steps]
    if len(lines) < _FEWEST_ITEMS or any(len(line.text) > _LONGEST_ITEM for line in lines):
        return [*opening, *(part for line in lines for part in _of_text(line.text))]
    labelled = [_of_text(line.text) for line in lines]
    if any(part.use in {"call", "direction", "source", "title"} for found in labelled for part in found):
        return [*opening, *(part for found in labelled for part in found)]
    lines = [replace(line, text=labels.unlabelled(line.text)) for line in lines]
    shots = -(-len(lines) // _MOST_ITEMS)
    each = -(-len(lines) // shots)
    groups = [lines[start : start + each] for start in range(0, len(lines), each)]
    return [
        Part(
            "list", "" if number else heading, tuple(_YEAR_DASH.sub(r"\1: ", line.text.rstrip(".,;")) for line in group)
        )
        for number, group in enumerate(groups)
    ]


def _of_step(line: str, number: int, count: int) -> list[Part]:
    """A step's sentences, each with its number if there are others to count."""
    step = (number, count) if count > 1 else None
    told = _of_text(line)
    # A step of two sentences is one step.
    is_one = bool(told) and all(part.use == "say" and not part.items for part in told)
    return [Part("say", " ".join(part.text for part in told), step=step)] if is_one else told


def _of_text(line: str, *, in_form: bool = False) -> list[Part]:
    bare = scripts.without_times(line)
    handed = instructions.handed(bare)
    if handed:
        title, script = handed
        return [Part("title", title), *(_of_text(script) if script else [])]
    use, words = labels.labelled(bare, in_form=in_form)
    if use == "direction" and not in_form and _OFFERED.match(bare):
        # What a journey costs, and not the film.
        return [Part("say", text.capital(words))]
    if use == "direction":
        return [*_of_direction(bare, words), *(Part("show", shown) for shown in agency.must_be_shown(bare))]
    if use == "show" and _POSTED.search(words):
        # A caption with hashtags is the post's.
        return [Part("direction", words)]
    steps = _enumerated(words) if use is None else []
    if steps:
        numbered = sum(number is not None for _, number in steps)
        return [
            part
            for step, number in steps
            for part in (_of_step(step, number, numbered) if number else of_sentences("say", step))
        ]
    return of_sentences(use or "say", words)


_OFFERED = re.compile(
    r"(?:budget|price|preis|prix|costs?)\s*:.*\d.*\b(?:per|pro|par|por|p\.?\s?p\.?|incl\w*|inkl\w*|from|ab|dès|desde|"
    r"each|a head)\b",
    re.IGNORECASE,
)


_POSTED = re.compile(r"(?<!\w)#[^\W\d_]\w+")


def _of_direction(line: str, words: str) -> list[Part]:
    """A line that begins with a direction. One with a single value ("Colours: #FF6600.") ends with its sentence; then
    there may be another, or the brief."""
    first, *others = sentences.split(line)
    if not others or not labels.takes_one_value(line):
        return [Part("direction", words)]
    kept = first if words not in first and line == words else words[: max(len(first) - (len(line) - len(words)), 0)]
    parts = [Part("direction", kept.strip() or first)]
    rest = [part for other in others for part in _of_text(other)]
    return [*parts, *(_as_remark(part) for part in rest)]


def _as_remark(part: Part) -> Part:
    """A word or two after a direction are more of it ("Tone: calm. Inviting.")."""
    is_more = part.use == "say" and len(part.text.split()) < _MOST_WORDS_OF_A_LABEL and not tokens.find(part.text)
    return Part("direction", part.text) if is_more else part


def _enumerated(words: str) -> list[tuple[str, int | None]]:
    """A line with "1) … 2) …" in it, cut before each number and without them, each with its number; [] for any other
    line."""
    marks = list(_ENUMERATED.finditer(words))
    if len(marks) < 2 or [int(mark.group(1)) for mark in marks] != list(range(1, len(marks) + 1)):
        return []
    ends = [*(mark.start() for mark in marks[1:]), len(words)]
    steps = [words[mark.end() : end].strip(" ,;") for mark, end in zip(marks, ends, strict=True)]
    opening = words[: marks[0].start()].strip()
    found: list[tuple[str, int | None]] = [(opening, None)] if opening else []
    return [*found, *((_as_sentence(step), number) for number, step in enumerate(steps, 1) if step)]


def _as_sentence(words: str) -> str:
    return words if words[-1:] in ".!?…。" else f"{words}."


def _says_something(part: Part) -> bool:
    return bool(part.items) or any(character.isalnum() for character in part.text)
