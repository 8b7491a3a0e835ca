# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""A brief that is a chat or a dialogue: what its people say, without their names and the times. Pure.

Each program writes a message's head in its own way ("[14:09] Marco: …", "12/03/2025, 18:33 - Barry: …", "Niamh 19:20"
on a line of its own). What they have in common is a name, a time, and that the names come back.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.writing import tokens
from service.pipelines.film.script.writing.calendars import DAYS
from service.pipelines.film.script.writing.tokens import Kind

_NAME = (
    r"[*_\[]{0,2}(?P<who>[@~]?[^\W\d_](?:[\w.'’&-]| (?=[^\s:–—-])){1,29}?)"
    r"(?:,? ?\([^()\n]{2,30}\)|, [^\W\d_]{3,14}| @ ?[\w-]{2,20})?(?: ?[^\w\s:：,;.|<>()\[\]'\"“”–—-]{1,3})?[*_\]]{0,2}"
)
"""A name, and what programs and people put after it: a role in brackets, a picture."""
_TIME = r"(?:(?:오전|오후|上午|下午|午前|午後)\s?)?\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap](?:\.?\s?m)?\.?(?!\w))?"
_DAY = (
    r"(?:\d{1,4}[./-]\s?\d{1,2}(?:[./-]\s?\d{1,4})?\.?|"
    r"\d{1,2}\.? [^\W\d_]{3,12}\.?(?: \d{4})?(?:,| (?:at|um|à|alle|às|o|om|kl))?|"
    r"[^\W\d_]{2,12}\.?(?:,? \d{1,2}\.?(?: [^\W\d_]{3,12}\.?)?)?(?: (?:at|um|à|alle|às|o|om|kl))?)"
)
_STAMP = rf"(?:{_DAY},?\s+)?{_TIME}"
_TO = r"(?:\s+(?:to|an|à|para|a)\s+\w[\w ]{2,20})?"
_INLINE = (
    re.compile(rf"^\s*[\[(]?{_STAMP}[\])]?\s*[-–—|]?\s*(?:from\s+)?{_NAME}{_TO}\s*[:：]\s*", re.IGNORECASE),
    re.compile(rf"^\s*\[{_NAME}\]\s*\[{_STAMP}\]\s*"),
    re.compile(rf"^\s*{_NAME},?\s*(?:[\[(]{_STAMP}[\])]|[-–—|,]?\s*{_STAMP})\s*[:：]\s+", re.IGNORECASE),
)
_NAMED_FIRST = re.compile(
    rf"^\s*{_NAME}\s*(?:\((?:he|she|they)[^()]*\)\s*)?[,–—|-]?\s*[\[(]?{_STAMP}[\])]?\s*[:：]?\s*$",
    re.IGNORECASE,
)
_LOOSE = re.compile(rf"^\s*{_NAME},?\s+[\[(]?{_TIME}[\])]?\s+(?=\S)", re.IGNORECASE)
"""A head with the message right after it: "Bisi A. [10:21] Good."."""
_LOOSE_LAST = re.compile(rf"^\s*[\[(]?{_TIME}[\])]?\s+(?P<who>[^\W\d_]{{2,20}})(?: [^\w\s]{{1,3}})?\s+(?=\S)")
"""The same with the time first: "07:42 Carlos 🎤 come on 27 March"."""
_NAMED_LAST = re.compile(rf"^\s*[\[(]?{_STAMP}[\])]?\s*[,–—|-]?\s+{_NAME}\s*$", re.IGNORECASE)
_SPEAKS = re.compile(rf"^\s*{_NAME}\s*[:：]\s+(?=\S)")
_MOMENT = re.compile(
    rf"^\W*(?:(?:{DAYS}|today|yesterday|heute|gestern|hoy|ayer|oggi|ieri|hoje|ontem)\W*)?"
    rf"(?:\d{{1,4}}[./-]\d{{1,2}}(?:[./-]\d{{1,4}})?\W*)?(?:{_TIME})?\W*$",
    re.IGNORECASE,
)
_FEWEST_MESSAGES, _FEWEST_SPOKEN, _FEWEST_SPEAKERS = 3, 4, 2
_MOST_WORDS_OF_A_NAME = 3
_ROUND = 5
"""Minutes: what a programme's times are counted in."""
_FEWEST_ODD = 2
_CLOCK = re.compile(r"(\d{1,2})[:.](\d\d)")
_SPOKEN_SHARE = 0.4
_MEDIUM = re.compile(
    r"^\W*(?:<[^<>]{3,40}>|(?:image|video|audio|gif|sticker|document|media|photo|voice message|bild|foto|"
    r"sprachnachricht|imagen|immagine|imagem|obraz)s? "
    r"(?:omitted|weggelassen|omitid[oa]|omess[oa]|ocultad[oa]|pominięt[oy])|"
    r"this message was deleted|missed (?:voice|video) call)\W*$",
    re.IGNORECASE,
)
"""What a chat's export puts in the place of a picture."""
_LONGEST_REPLY = 3


@dataclass(frozen=True, slots=True)
class Chat:
    """A brief's lines without the heads of messages, and those lines that are only between the people who chat.
    `is_one`: there were messages with times."""

    content: str
    asides: tuple[str, ...] = ()
    is_one: bool = False


@dataclass(frozen=True, slots=True)
class _Message:
    who: str
    words: str


def read(content: str) -> Chat:
    """Return what is said in a chat or a dialogue; any other text as it is."""
    lines = content.split("\n")
    heads = _heads(lines)
    if _is_chat(lines, heads):
        return _of_chat(lines, heads)
    speakers = _speakers(lines)
    if not speakers or screenplay.is_one(lines) or any(map(str.isupper, speakers)):
        return Chat("\n".join(_as_dialogue(line, speakers) for line in lines))
    return _of_chat(lines, [_speaker(line, speakers) for line in lines])


def _heads(lines: Sequence[str]) -> list[tuple[str, int] | None]:
    """Return, for each line that begins a message, who sent it and where its words begin. A time and a name on a line
    of their own are a head if the name comes back: "starts 22 August 18:00 UTC" is none."""
    loose = _loose_heads(lines)
    heads = loose or [_head(line) for line in lines]
    names = Counter(head[0] for head in heads if head)
    return [
        head if head and (names[head[0]] > 1 or not _NAMED_LAST.match(line) or _follows(loose, line)) else None
        for line, head in zip(lines, heads, strict=True)
    ]


def _follows(loose: Sequence[object], line: str) -> bool:
    """Say whether a line has its time first in a chat whose messages follow their heads: "07:43 Fatou ok"."""
    return bool(loose) and _LOOSE_LAST.match(line) is not None


def _head(line: str) -> tuple[str, int] | None:
    for form in (*_INLINE, _NAMED_FIRST, _NAMED_LAST):
        head = form.match(line)
        if head and _is_name(head["who"]):
            return head["who"].strip().casefold(), head.end()
    return None


def _loose_heads(lines: Sequence[str]) -> list[tuple[str, int] | None]:
    """The heads of messages, also those with the message right after them, if people who come back write in the order
    of their times, and not on the hour as in a programme; else []."""
    first = [_NAMED_FIRST.match(line) or _LOOSE.match(line) for line in lines]
    last = [_LOOSE_LAST.match(line) for line in lines]
    # With a colon after the name, the name may be longer than a word.
    is_last = not any(first) and sum(map(bool, last)) > 2 * sum(bool(_head(line)) for line in lines)
    found = last if is_last else first
    heads = [(one["who"].strip().casefold(), one.end()) if one and _is_name(one["who"]) else None for one in found]
    names = Counter(head[0] for head in heads if head)
    stamps = [_CLOCK.findall(line[: head[1]])[-1] for line, head in zip(lines, heads, strict=True) if head]
    times = [int(hours) * 60 + int(minutes) for hours, minutes in stamps]
    odd = sum(time % _ROUND > 0 for time in times)
    falls = sum(after < before for before, after in pairwise(times))
    if len(times) < _FEWEST_MESSAGES or max(names.values()) < 2 or falls > 1:
        return []
    if odd < _FEWEST_ODD and (len(names) > 1 or is_last):
        return []
    return [head or _head(line) for head, line in zip(heads, lines, strict=True)]


def _is_name(who: str) -> bool:
    is_short = len(who.split()) <= _MOST_WORDS_OF_A_NAME
    return (
        is_short and not screenplay.is_label(who) and labels.labelled(f"{who}: x")[0] is None and not tokens.find(who)
    )


def _is_chat(lines: Sequence[str], heads: Sequence[tuple[str, int] | None]) -> bool:
    """Say whether there are several messages and fewer people, and words in each message."""
    names = [head[0] for head in heads if head]
    written = [(line, head) for line, head in zip(lines, heads, strict=True) if line.strip()]
    alone = [at for at, (line, head) in enumerate(written) if head and not line[head[1] :].strip()]
    is_empty = sum(at + 1 == len(written) or written[at + 1][1] is not None for at in alone)
    enough = _FEWEST_MESSAGES if alone else _FEWEST_MESSAGES - 1
    return len(names) >= enough and len(set(names)) < len(names) and 2 * is_empty < len(names)


def _of_chat(lines: Sequence[str], heads: Sequence[tuple[str, int] | None]) -> Chat:
    messages: list[_Message] = []
    who = ""
    for line, head, following in zip(lines, heads, [*heads[1:], None], strict=True):
        if head is None and following and _is_a_moment(line):
            continue
        who = head[0] if head else who
        messages.append(_Message(who, line[head[1] :].strip() if head else line))
    told: list[str] = []
    asides: list[str] = []
    teller = _teller(messages)
    for message in messages:
        is_aside = bool(message.who and message.words.strip()) and _is_reply(message, teller)
        (asides if is_aside else told).append("" if _MEDIUM.match(message.words) else message.words)
    return Chat("\n".join(told), tuple(words for words in asides if words), is_one=True)


def _teller(messages: Sequence[_Message]) -> str:
    """Who tells most: the others ask and answer."""
    told: Counter[str] = Counter()
    for message in messages:
        told[message.who] += len(message.words)
    return max(told, key=lambda who: told[who])


def _is_reply(message: _Message, teller: str) -> bool:
    """Say whether a message only answers another or asks for one: "all flavours?", "ok", "12:40"."""
    words = message.words.strip()
    if _MEDIUM.match(words) or not any(map(str.isalnum, words)):
        return True
    if message.who == teller or any(token.kind <= Kind.QUANTITY for token in tokens.find(words)):
        return False
    return words.endswith(("?", "？", "؟")) or len(words.split()) <= _LONGEST_REPLY


def _is_a_moment(line: str) -> bool:
    """Say whether a line is a day or a time and nothing else, as a chat shows between its messages."""
    return bool(_MOMENT.match(line))


def _speakers(lines: Sequence[str]) -> frozenset[str]:
    """The speakers of a dialogue: names that come back, before most lines. In a script in capitals, all names are."""
    names = Counter(found["who"] for line in lines if (found := _SPEAKS.match(line)) and _is_name(found["who"]))
    back = {name for name, count in names.items() if count > 1}
    enough = max(_FEWEST_SPOKEN, _SPOKEN_SHARE * sum(bool(line.strip()) for line in lines))
    if len(back) < _FEWEST_SPEAKERS or sum(names[name] for name in back) < enough:
        return frozenset()
    return frozenset(name for name in names if name in back or (name.isupper() and all(map(str.isupper, back))))


def _speaker(line: str, speakers: Collection[str]) -> tuple[str, int] | None:
    found = _SPEAKS.match(line)
    return (found["who"], found.end()) if found and found["who"] in speakers else None


def _as_dialogue(line: str, speakers: Collection[str]) -> str:
    """A line of a dialogue as a script has it if it does not matter who speaks."""
    found = _speaker(line, speakers)
    return f"VO: {line[found[1] :]}" if found else line
