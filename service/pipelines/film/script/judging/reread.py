# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a second reading finds doubtful in a film. It reads the brief as it was typed, sentence by sentence, and looks
for each in the film: it knows nothing of how the director read the brief, and so does not repeat its mistakes. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from service.pipelines.film.script.learnt import purposes
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import instructions, labels
from service.pipelines.film.script.reading import last_words, second_thoughts
from service.pipelines.film.script.reading.by_hand import NOTHING, ByHand
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.writing import languages, sentences, text
from service.pipelines.film.script.writing.wording import quoted


class Kind(StrEnum):
    """What is doubtful. How much each kind lowers the score is in `trust.COSTS`."""

    TALK = "talk"
    MAYBE_TALK = "maybe talk"
    FACT = "fact"
    LOST = "lost"
    HEADING = "heading"
    STUMP = "stump"
    TWICE = "twice"
    SPEAKER = "speaker"
    UNREACHED = "unreached"
    HURRIED = "hurried"
    TITLE = "title"
    UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A sentence that a stranger can act on, and the line of brief or film that it is about. `size`: how often it costs
    what its kind costs; a share if it is slight."""

    kind: Kind
    line: str
    sentence: str
    size: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence of the brief, and how likely it speaks to the film's makers."""

    sentence: str
    chance: float


SURE, DOUBTFUL = 0.8, 0.6
"""From here on a sentence is taken for one to the makers, and may be one."""
_TOLD = 0.5
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\W_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")
_FIGURE = re.compile(r"\d+(?:[.,:]\d+)+|\d{2,}|(?<=[$€£¥₹])\d|\d(?=\s?[%$€£¥₹])")
_BULLET = re.compile(r"^(?:[\s>*•·–—\-#|✅✔☑✓👉¹²³⁴]+|\d{1,2}[.)]\s+)+|[*_`|]+")
_STAMP = re.compile(r"^\[[\d:.\s–-]{3,}\]\s*")
_NOT_FOR_VIEWERS = frozenset({"direction", "source"})
_LONGEST_READ = 400
"""Sentences of a brief that are read: more than the longest film can say."""


def readings(content: str, hand: ByHand = NOTHING) -> list[Reading]:
    """Read a brief sentence by sentence, without what says itself that it is for the makers: "Tone: calm", "Make a film
    of 20 seconds about…". What says itself that it is for the viewers is: "SUPER: 5:45 AM". An order to end with
    some words is these. What is told by hand is for the viewers."""
    found: list[tuple[str, bool]] = []
    rows: list[Row] = []
    is_apart = False
    for line in second_thoughts.mended(content).splitlines():
        use, said = labels.labelled(_STAMP.sub("", _BULLET.sub("", line)).strip())
        if use not in _NOT_FOR_VIEWERS:
            told = [sentence for sentence in sentences.split(said) if any(map(str.isalnum, sentence))]
            told = told[: _LONGEST_READ - len(found)]
            found += [
                (sentence, is_for_viewers or hand.tells(sentence))
                for sentence, is_for_viewers in _meant(told, is_labelled=use is not None)
            ]
            rows += [Row(tuple(told), is_apart)] if told else []
        is_apart = not line.strip()
    chances = purposes.to_makers(rows)
    read = [
        Reading(sentence, 0.0 if is_labelled else chance)
        for (sentence, is_labelled), chance in zip(found, chances, strict=True)
        if is_labelled or not _is_order(sentence)
    ]
    # What is left out is read with the others, of which each is known by those around it.
    left = [Reading(hand.left(one.sentence), one.chance) for one in read] if hand.leave_out else read
    return [one for one in left if any(map(str.isalnum, one.sentence))]


def _meant(line: Sequence[str], *, is_labelled: bool) -> Iterator[tuple[str, bool]]:
    """What each sentence of a line has told, and whether it says itself that this is for the viewers: it has a label
    ("… a wick catches. TEXT: Less light. Less noise."), or one before it."""
    for sentence in line:
        use, words = labels.labelled(sentence)
        is_labelled = is_labelled or (use is not None and use not in _NOT_FOR_VIEWERS)
        last = " ".join(last_words.asked(sentence))
        yield last or (words if is_labelled else sentence), bool(last) or is_labelled


def _is_order(sentence: str) -> bool:
    return instructions.subject(sentence) is not None or instructions.is_remark(sentence)


_FOR_MAKERS = "which seems to be meant for its makers: begin such a line with “Note:”, or leave it out of the brief"


def _quoted(line: str) -> str:
    return quoted(" ".join(line.split()).rstrip("."))


def to_leave_out(doubts: Sequence[Doubt]) -> Iterator[str]:
    """Yield the sentences that a film can do without: those that are surely for the makers, and have no figure."""
    yield from (doubt.line for doubt in doubts if doubt.kind is Kind.TALK and not _FIGURE.search(_plain(doubt.line)))


def words(line: str) -> list[str]:
    """The words of a line without case; of scripts without spaces, the letters."""
    return _WORD.findall(unicodedata.normalize("NFKC", line).casefold())


def _pieces(treatment: Treatment) -> list[list[str]]:
    """What is said and shown together, as words."""
    shots = treatment.shots
    return [words(piece) for shot in shots for piece in (shot.voice, shot.words_on_screen.replace("\n", " ")) if piece]


def _pairs(line: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(line))


def talk(treatment: Treatment, read: Sequence[Reading]) -> Iterator[Doubt]:
    """Sentences to the film's makers that are said or shown; and, as one doubt, all that are told and may be such, as
    large as how many of them are likely to be."""
    pieces = _pieces(treatment)
    pairs = {pair for piece in pieces for pair in _pairs(piece)}
    alone = {" ".join(piece) for piece in pieces}
    meant = {pair for one in read if one.chance < DOUBTFUL for pair in _pairs(words(one.sentence))}
    slight: list[Reading] = []
    for one in read:
        # A heading looks like an order, and what it stands over is judged by itself.
        if one.sentence.endswith((":", "：")):
            continue
        own = words(one.sentence)
        is_sure = one.chance >= SURE
        mine = [pair for pair in _pairs(own) if one.chance < DOUBTFUL or pair not in meant]
        told = sum(pair in pairs for pair in mine) / len(mine) if mine else float(" ".join(own) in alone)
        if told >= _TOLD and is_sure:
            yield Doubt(Kind.TALK, one.sentence, f"it tells {_quoted(one.sentence)}, {_FOR_MAKERS}")
        elif told >= _TOLD:
            slight.append(one)
    if slight:
        likeliest = max(slight, key=lambda one: one.chance)
        size = sum(one.chance for one in slight)
        told_as = f"it may tell {_quoted(likeliest.sentence)}, {_FOR_MAKERS}"
        yield Doubt(Kind.MAYBE_TALK, likeliest.sentence, told_as, size)


def untold(treatment: Treatment, read: Sequence[Reading], left_out: str, lang: str) -> Iterator[Doubt]:
    """Sentences to the viewers that are neither told nor named as left out, and figures of such."""
    script = treatment.script()
    have, named = set(words(script)), set(words(left_out))
    figures, named_figures = set(_FIGURE.findall(_plain(script))), set(_FIGURE.findall(_plain(left_out)))
    stop = languages.stop_words(lang)
    for one in read:
        if one.chance >= DOUBTFUL:
            continue
        own = [word for word in words(one.sentence) if word not in stop]
        lost = [word for word in own if word not in have]
        missing = [f for f in _FIGURE.findall(_plain(one.sentence)) if f not in figures and f not in named_figures]
        if missing and not _CONTACT.search(one.sentence):
            yield Doubt(
                Kind.FACT, one.sentence, f"“{missing[0]}” is neither said nor shown, of {_quoted(one.sentence)}"
            )
        elif (
            len(own) >= _FEW_WORDS
            and len(lost) > _TOLD * len(own)
            and len([w for w in lost if w not in named]) > _TOLD * len(own)
        ):
            yield Doubt(Kind.LOST, one.sentence, f"it leaves out {_quoted(one.sentence)}")


def _plain(line: str) -> str:
    return "".join(
        str(unicodedata.decimal(letter)) if unicodedata.category(letter) == "Nd" else letter for letter in line
    )


_NAME = r"[A-ZÀ-ÞА-Я][\w’'-]+(?: [A-ZÀ-ÞА-Я][\w’'-]+){0,2}"
_SAID_BY = re.compile(
    rf"[\"“«„]([^\"“”«»„\n]{{12,200}})[\"”»“]\s?(?:[–—-]{{1,2}}|,? ?(?:says?|said|sagt|dit|dice|diz))\s?({_NAME})"
)
_CONTACT = re.compile(
    r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(?:/[\w/-]*)?|(\+?\d[\d ()-]{5,}\d)", re.IGNORECASE
)
_LETTERS_A_SECOND, _LETTERS_READ_AT_ONCE, _WIDE = 17.0, 24, 2.5
_LONGEST_HEADING, _FEW_WORDS, _FEWEST_TWICE = 5, 2, 4
_ASKS = re.compile(r"(\w+[?:]) \w")
_ENDED = (".", "!", "?", "…", "。", "！", "？", "।", "؟")


def headings(treatment: Treatment, content: str, hand: ByHand = NOTHING) -> Iterator[Doubt]:
    """Lines that only stand over others, said alone, and not by hand."""
    lines = [_BULLET.sub("", line).strip() for line in content.splitlines() if line.strip()]
    over = {tuple(words(line)): line for line, below in pairwise(lines) if _is_heading(line, below)}
    over |= {tuple(words(found[1])): found[1] for line in lines if (found := _ASKS.match(line))}
    for shot in treatment.shots[1:]:
        line = over.get(tuple(words(shot.voice)))
        if line and shot.voice and not hand.tells(line):
            yield Doubt(
                Kind.HEADING, line, f"it reads out {_quoted(line)} alone: make it one sentence with what it stands over"
            )


def _is_heading(line: str, below: str) -> bool:
    if line.endswith((":", "：")):
        return True
    count = len(line.split())
    is_short = count <= _LONGEST_HEADING and len(below) > len(line) and not any(map(str.isdigit, line))
    return is_short and not line.endswith(_ENDED) and (line.isupper() or count <= _FEW_WORDS)


def stumps(treatment: Treatment, content: str, lang: str) -> Iterator[Doubt]:
    """What is shown and is no thought: a letter, a mark, words that end in a small one."""
    stop = languages.stop_words(lang)
    for shot in treatment.shots:
        for piece in (shot.headline, shot.label, *shot.items):
            bare = words(piece)
            last = piece.split()[-1] if piece.split() else ""
            is_torn = last in stop and len(bare) > 1 and _goes_on(piece, content)
            if piece and (is_torn or (len("".join(bare)) <= 1 and not "".join(bare).isdigit())):
                yield Doubt(Kind.STUMP, piece, f"a card ends in the middle of a thought: {_quoted(piece)}")


def _goes_on(piece: str, content: str) -> bool:
    return re.search(rf"{re.escape(piece)}[ ,-]*\w", content, re.IGNORECASE) is not None


def twice(treatment: Treatment) -> Iterator[Doubt]:
    """The same words in two shots."""
    seen: dict[tuple[str, ...], int] = {}
    for at, shot in enumerate(treatment.shots):
        own = words(shot.voice)
        for run in {tuple(own[i : i + _FEWEST_TWICE]) for i in range(len(own) - _FEWEST_TWICE + 1)}:
            if run in seen and seen[run] != at:
                yield Doubt(Kind.TWICE, shot.voice, f"it says the same twice: {_quoted(shot.voice)}")
                break
            seen[run] = at


def unnamed_speakers(treatment: Treatment, content: str) -> Iterator[Doubt]:
    """Quotations without who says them."""
    have = set(words(treatment.script()))
    for found in _SAID_BY.finditer(content):
        quote, name = words(found[1]), words(found[2])
        if name and name[-1] not in have and sum(word in have for word in quote) > _TOLD * len(quote):
            yield Doubt(
                Kind.SPEAKER, found[2], f"it does not say whose words these are: {_quoted(found[1])}, by {found[2]}"
            )


def unreached(treatment: Treatment, read: Sequence[Reading]) -> Iterator[Doubt]:
    """Addresses and numbers to call that are not shown."""
    shown = re.sub(r"\W", "", " ".join(shot.words_on_screen for shot in treatment.shots).casefold())
    for one in read:
        for found in _CONTACT.finditer(one.sentence) if one.chance < DOUBTFUL else ():
            contact = (found[1] or found[2]).casefold()
            if re.sub(r"\W", "", contact) not in shown:
                yield Doubt(
                    Kind.UNREACHED, found.group(), f"it does not show “{found.group()}”: put it into the last line"
                )


def hurried(treatment: Treatment) -> Iterator[Doubt]:
    """Cards with more letters than can be read in their time."""
    for shot in treatment.shots:
        # What is under the words of the last card is small print.
        read = replace(shot, items=()) if shot.purpose in {"call", "close"} else shot
        letters = sum(_WIDE if text.wide(letter) else 1 for letter in read.words_on_screen)
        if letters > _LETTERS_READ_AT_ONCE and letters > _LETTERS_A_SECOND * shot.seconds:
            yield Doubt(
                Kind.HURRIED, shot.headline, f"{_quoted(read.words_on_screen)} is on screen too briefly to be read"
            )
