# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The lines of a brief without their markup: Markdown, bullets, numbers of steps, pictures, hashtags. What the markup
says of a line is kept with it. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.pipelines.film.script.lines import labels, tables
from service.pipelines.film.script.writing import text, tokens
from service.pipelines.film.script.writing.tokens import Kind


@dataclass(frozen=True, slots=True)
class Line:
    """A line's words, and whether it is a heading, an item of a list, a step of something done in order, or a footnote.
    `is_apart`: an empty line stands before it. `looks_like_a_heading`: likely to be one, without the mark of one."""

    text: str
    is_heading: bool = False
    is_item: bool = False
    is_step: bool = False
    is_note: bool = False
    is_apart: bool = False
    looks_like_a_heading: bool = False


_IMAGE = re.compile(r"!\[[^\[\]\n]{0,200}\]\([^()\s]{1,500}\)")
_LINK = re.compile(r"\[([^\[\]\n]{0,200})\]\(([^()\s]{1,500})\)")
_HOST = re.compile(r"https?://(?:www\.)?([^/?#\s]{4,40})/?$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3}|_{1,3}|~~)(?=\S)([^*_~\n]{1,300}?)(?<=\S)\1(?![\w*])")
_ISSUE = re.compile(
    r"\s*\((?:(?:closes?|closed|fix(?:es|ed)?|see|refs?|pr)\s+)?(?:#\d{1,7}|[0-9a-f]{7,40})(?:,\s*#\d{1,7}){0,5}\)",
    re.IGNORECASE,
)
"""The number of a change's discussion: "(#412)"."""
_TICKS = re.compile(r"`+")
_HEADING = re.compile(r"^\s*#{1,6}\s+(.*?)\s*#*$")
_BULLET = re.compile(r"^\s*(?:[-*+]\s+\[[ xX]\]\s+|[-*+•▪‣·–—→✓✔☑✅👉]\s+|\[[ xX]\]\s+|[■□◆◇●○▶▷►✦❖・]\s*)")
_TIGHT_STAR = re.compile(r"^\s*\*(?=[^\s*][^*\n]*$)")
"""A star right before a line's first word: an item if there are several, a footnote if there is one."""
_ORDINAL = re.compile(
    r"^\s*(?:step\s+)?\d{1,2}[.):]\s+|^\s*(?:[0-9]\ufe0f?\u20e3|🔟)\s*|^\s*[①-⑳❶-❿]\s*|"
    r"^\s*(?:step|étape|schritt|paso|passo|stap|krok|adım|шаг)\s+\d{1,2}\s*[.):–—-]\s*",
    re.IGNORECASE,
)
_STEP_ALONE = re.compile(
    r"^\W*(?:(?:step|étape|schritt|paso|passo|stap|krok|adım|шаг)\s*"
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)|\d{1,2}\s?\.?\s?schritt)\W*$",
    re.IGNORECASE,
)
"""The number of a step on a line of its own, before the step."""
_COUNTED = re.compile(r"^\s*[(\[]?(\d{1,2})/(\d{1,2})[)\]]?[:.]?\s+(?=\S)")
_QUESTION = re.compile(
    r"^\s*(?:(?:question|frage|pregunta|domanda|pergunta|[^\W\d_])\s?\d{0,2}\s?[:.：]\s*|[^\W\d_]\d{1,2}\s+)"
    r"(?=\S)(?=.*[?？؟;]\s*$)",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"^\s*(?:answer|antwort|réponse|respuesta|risposta|resposta|[^\W\d_])\s?\d{0,2}\s?[:.：]\s*(?=\S)", re.IGNORECASE
)
_ANSWERED = re.compile(r"(?<=[?？؟])\s+(?=(?:A|R|Antwort|Answer|Réponse|Respuesta|Risposta|Resposta)\s?[:.]\s+\S)")
"""Before the answer on the line of its question: "Q: Rules? A: Quiet at nine."."""
_ASKS_FIRST = re.compile(r"^(?P<question>[^.!?？؟:：|]{2,40}[?？؟])\s+(?P<answer>[^?？؟]*\w[^?？؟]*)$")
_FEWEST_ASKED = 3
_FEWEST_QUESTIONS = _FEWEST_NAMED = 2
_CHINESE_NUMBER = re.compile(r"^\s*[（(]?[一二三四五六七八九十]{1,3}[）)、.．]\s*")
_HEADED = re.compile(r"^\s*【([^【】\n]{1,40})】\s*(?=[A-Za-z0-9À-ɏ])")
"""What shops write before each good thing about a product: "【Long battery life】Up to 40 hours"."""
_BRACKETED = re.compile(r"^\s*【(?P<name>[^【】\n：:。！？!?]{1,20})】\s*(?P<words>.*)$")
_SPACED_LABEL = re.compile(r"^([가-힣]) ([가-힣])(?=\s*[:：])")
_QUOTE = re.compile(r"^\s*>\s?")
_RULE = re.compile(r"^\s*(?:[-=*_~]\s*){3,}$")
_HASHTAG = re.compile(r"(?<![\w&/])#(?![0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?\b)(\w*[^\W\d_]\w*)")
_REFERS = re.compile(r"\w[.!]?\*(?:\s|$)")
_SUPERSCRIPT = "¹²³⁴⁵⁶⁷⁸⁹⁰†‡"
_NOTE = re.compile(rf"^\s*[{_SUPERSCRIPT}]{{1,3}}\s*(?=\S)")
_REFERENCE = re.compile(rf"([^\W\d_]{{3}}[.,;:!?\"”»)]{{0,2}}|\d\s?%|[.,;:!?])[{_SUPERSCRIPT}]{{1,3}}(?=[\s.,;:!?]|$)")
"""The number of a footnote, not the power of a unit ("m²")."""
_LONGEST_SECTION = 12
_SECTION_SIGN = re.compile(r"^\s*([■□◆◇●○▶▷►▼▽✦❖★☆◎✔✓✅☑☐])\s*(?=[^\s■□◆◇●○▶▷►▼▽✦❖★☆◎])")
_SECTION_LETTERS, _SECTION_WORDS = 24, 4
"""Of a heading with a sign before it, without the sign."""
_A_NOTE = -1
"""Instead of the number of lines with stars: one, and a star that refers to it."""


def plain_lines(content: str) -> tuple[list[Line], tuple[str, ...]]:
    """Return the lines without their markup, and the hashtags without their sign."""
    hashtags: dict[str, None] = {}
    lines: list[Line] = []
    written = [raw for raw in content.split("\n") if raw.strip()]
    written = tables.as_lines(_pointed(_uncounted(_named(written))))
    rows = content.split("\n")
    apart = {row for before, row in pairwise(rows) if row.strip() and not before.strip()}
    signs = Counter(_sign_of(raw) for raw in written)
    stars = sum(bool(_TIGHT_STAR.match(raw)) for raw in written)
    stars = _A_NOTE if stars == 1 and any(_REFERS.search(raw) for raw in written) else stars
    sections = _sections(written)
    is_next_a_step = False
    for raw in written:
        if _RULE.match(raw):
            continue
        if _STEP_ALONE.match(raw):
            is_next_a_step = True
            continue
        line, found = _line(raw, signs, stars, is_alone=len(written) == 1)
        hashtags.update(dict.fromkeys(found))
        line = replace(line, is_apart=raw in apart)
        line = replace(line, looks_like_a_heading=True, is_item=False) if raw in sections else line
        if any(character.isalnum() for character in line.text):
            lines.append(replace(line, is_step=True, is_item=False) if is_next_a_step else line)
            is_next_a_step = False
    return _with_steps(lines), tuple(hashtags)


def _line(raw: str, signs: Counter[str], stars: int, *, is_alone: bool) -> tuple[Line, list[str]]:
    heading = _HEADING.match(raw)
    bare = labels.opened(heading.group(1) if heading else _QUOTE.sub("", raw))
    if stars == _A_NOTE and _TIGHT_STAR.match(raw):
        return Line(bare.strip(), is_note=True), []
    if note := _NOTE.match(bare):
        return Line(bare[note.end() :].strip(), is_note=True), []
    bare = _REFERENCE.sub(r"\1", bare)
    is_step = not heading and bool(_ORDINAL.match(bare)) and not _begins_with_a_date(bare)
    is_item = not heading and not is_step and bool(_BULLET.match(bare) or (stars > 1 and _TIGHT_STAR.match(bare)))
    sign = "" if heading or is_step or is_item else _sign_of(bare)
    # A picture before two lines or more makes items of them; one alone says what its line is about.
    is_item = is_item or (bool(sign) and signs[sign] > 1)
    bare = bare.lstrip()[len(sign) :].lstrip() if sign and not is_alone else bare
    bare = _ORDINAL.sub("", bare) if is_step else _TIGHT_STAR.sub("", _BULLET.sub("", bare)) if is_item else bare
    named = _BRACKETED.match(bare)
    if named and not named["words"]:
        return Line(named["name"].strip(), looks_like_a_heading=True), []
    numbered = _CHINESE_NUMBER.match(bare)
    if numbered and len(bare) - numbered.end() <= _LONGEST_SECTION:
        return Line(bare[numbered.end() :].strip(" :："), is_heading=True), []
    bare = _SPACED_LABEL.sub(r"\1\2", _HEADED.sub(r"\1: ", _CHINESE_NUMBER.sub("", bare)))
    bare = _ISSUE.sub("", _TICKS.sub("", _link_texts(_IMAGE.sub("", bare))))
    while (plain := _EMPHASIS.sub(r"\2", bare)) != bare:
        bare = plain
    bare, found = _without_hashtags(bare)
    return Line(" ".join(bare.split()), is_heading=heading is not None, is_item=is_item, is_step=is_step), found


def _sections(lines: Sequence[str]) -> set[str]:
    """The short lines that begin with one sign ("■課題") and all stand over lines without it: it marks no items."""
    found: set[str] = set()
    signed = [match[1] if (match := _SECTION_SIGN.match(line)) else "" for line in lines]
    for sign in set(signed) - {""}:
        at = [number for number, one in enumerate(signed) if one == sign]
        stand_over = all(number + 1 < len(lines) and not signed[number + 1] for number in at)
        bare = [_SECTION_SIGN.sub("", lines[number]).strip() for number in at]
        are_short = all(
            len(words) <= _SECTION_LETTERS and len(words.split()) <= _SECTION_WORDS and not tokens.find(words)
            for words in bare
        )
        found |= {lines[number] for number in at} if len(at) > 1 and stand_over and are_short else set()
    return found


def _begins_with_a_date(line: str) -> bool:
    first = next(iter(tokens.find(line.lstrip())), None)
    return first is not None and first.start == 0 and first.kind is Kind.DATE


_BARE_STEP = re.compile(r"^\s*(\d{1,2})\s+(?=[A-ZÀ-ÞА-Я])")
_FEWEST_BARE_STEPS = 3


def _pointed(lines: list[str]) -> list[str]:
    """Lines with a point after the numbers that count them: "1 Heat the oven."."""
    counted = [(at, int(match[1])) for at, line in enumerate(lines) if (match := _BARE_STEP.match(line))]
    in_order = [number for _, number in counted] == list(range(1, len(counted) + 1))
    in_a_row = bool(counted) and counted[-1][0] - counted[0][0] == len(counted) - 1
    if len(counted) < _FEWEST_BARE_STEPS or not in_order or not in_a_row:
        return lines
    steps = {at for at, _ in counted}
    return [_BARE_STEP.sub(r"\1. ", line) if at in steps else line for at, line in enumerate(lines)]


def _uncounted(lines: list[str]) -> list[str]:
    """Lines without the numbers of a thread ("2/5"); the questions of an interview ("Q: Why?") as headings of the
    answers."""
    counts = [match for line in lines if (match := _COUNTED.match(line))]
    in_order = [int(match[1]) for match in counts] == list(range(1, len(counts) + 1))
    if len(counts) > 1 and in_order and len({match[2] for match in counts}) == 1:
        lines = [_COUNTED.sub("", line) for line in lines]
    lines = [part for line in lines for part in _ANSWERED.split(line)]
    if sum(bool(_QUESTION.match(line)) for line in lines) < _FEWEST_QUESTIONS:
        return _with_questions(lines)
    return [_QUESTION.sub("## ", line) if _QUESTION.match(line) else _ANSWER.sub("", line) for line in lines]


def _with_questions(lines: list[str]) -> list[str]:
    """Lines that each begin with a question and answer it ("How much? £7."), with the questions as headings."""
    asked = {at: match for at, line in enumerate(lines) if at and (match := _ASKS_FIRST.match(line))}
    if len(asked) < _FEWEST_ASKED or 2 * len(asked) < len(lines):
        return lines
    return [
        part
        for at, line in enumerate(lines)
        for part in ((f"## {asked[at]['question']}", asked[at]["answer"]) if at in asked else (line,))
    ]


def _named(lines: list[str]) -> list[str]:
    """Lines whose names stand in brackets ("【日時】5月3日"), with a colon after these, if several have one."""
    named = [match for line in lines if (match := _BRACKETED.match(line)) and match["words"]]
    if len(named) < _FEWEST_NAMED:
        return lines
    return [
        f"{match['name']}：{match['words']}" if (match := _BRACKETED.match(line)) and match["words"] else line
        for line in lines
    ]


def _with_steps(lines: Sequence[Line]) -> list[Line]:
    """Mark the items under a heading of steps as steps."""
    found: list[Line] = []
    is_method = False
    for line in lines:
        is_method = labels.is_method(line.text) or (is_method and line.is_item)
        found.append(replace(line, is_item=False, is_step=True) if is_method and line.is_item else line)
    return found


def _sign_of(line: str) -> str:
    """The pictures that a line begins with, before a space."""
    first = line.lstrip().split(" ", 1)[0]
    return first if first and all(text.is_picture(character) for character in first) else ""


def _link_texts(line: str) -> str:
    """A link's words without its address, which is for a click that a film does not have. A line that is only a link is
    a button: it says where to turn."""
    button = _LINK.fullmatch(line.strip())
    host = _HOST.match(button.group(2)) if button else None
    if button and host and " " in button.group(1).strip() and host.group(1) not in button.group(1):
        return f"{button.group(1)}: {host.group(1)}"
    return _LINK.sub(lambda link: link.group(1), line)


def _without_hashtags(line: str) -> tuple[str, list[str]]:
    """A line without the hashtags at its end. Those in its middle are words of it."""
    found = _HASHTAG.findall(line)
    if not found:
        return line, []
    words = line.split(" ")
    while words and not _HASHTAG.sub("", words[-1]).strip(" .!"):
        words.pop()
    return _HASHTAG.sub(lambda tag: tag.group(1), " ".join(words)), found
