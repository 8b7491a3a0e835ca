# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Shots of a script that say on one line what is seen and what is told: "[0:03-0:06] One wipe. It is only your window."
Whether they do is judged of all of them together. Pure.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile
from statistics import mean

from service.pipelines.film.script.learnt import addressee, purposes, weights
from service.pipelines.film.script.learnt.addressee import Row
from service.pipelines.film.script.lines import labels
from service.pipelines.film.script.pasted import screenplay
from service.pipelines.film.script.writing import sentences, tokens

_TIMED = re.compile(
    r"^\s*[\[(]?(?P<from>\d{1,2}(?::\d\d)?)\s?[-–—]\s?\d{1,3}(?::\d\d)?\s?(?:s|sec|secs|sek|seg|сек)?\b\.?[\])]?\s*"
    r"[|:：–—-]?\s*(?P<words>[^\s\d].*)$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^\s*[^\W\d_]{3,14} (?:\d{1,2}|the [^\W\d_]{3,8})\s*(?:\([^()]{1,16}\)\s*)?[:：]\s*(?P<words>\S.*)$", re.IGNORECASE
)
_COUNTED = re.compile(
    r"^\W*(?P<before>(?:第|[^\W\d_]{1,14} ?)?)(?P<number>\d{1,2}|[一二三四五六七八九十])(?P<after>[^\W\d_]{0,3})"
    r"\s*(?:\([^()]{1,16}\)\s*)?(?P<mark>[:：.、)\]–—-]|\s)\s*(?P<words>\S.*)$"
)
"""A line that is counted: "Frame 2: …", "第3画 …", "🎞1コマ目:…"."""
_NUMERALS = "一二三四五六七八九十"
_BARRED = re.compile(r"^\s*(?P<seen>[^|｜]*\w[^|｜]*?)\s*[|｜]\s*(?P<told>[^|｜]*\w[^|｜]*?)\s*$")
_SPACED = re.compile(r"^(?P<seen>\S*[\u3040-\u30ff\u4e00-\u9fff]\S*)\s+(?P<told>\S.*)$")
_ALONE = re.compile(r"^\s*[^\W\d_]{3,14} \d{1,2}\s*(?:\([^()]{1,16}\))?\s*[:：]?\s*$")
_NUMBER_ALONE = re.compile(r"^\W*(?:[^\W\d_]{1,14} )?(\d{1,2})\W*$")
_QUOTED = re.compile(
    r"^(?P<seen>[^\"“«„「]*[^\W_][^\"“«„「]*?)[\s:–—-]*(?P<told>[\"“«„「][^\"“”«»„「」]{2,}[\"”»“」].*)$"
)
_SMALL_FIRST = re.compile(r"^(?P<seen>[a-zà-ÿ].*?[a-zà-ÿ\d])\s+(?P<told>[A-ZÀ-Þ¿¡\d…].*)$")
_FEWEST = 3
_MOST, _HALF = 0.7, 0.5
"""The share of the shots that have both halves, and of those with a head of their own line."""
_SEEN, _APART = -1.5, 3.0
"""What the first sentences weigh as words to the makers at least, and how much more than the others."""
_APART_IN_ROWS, _APART_IF_NUMBERED, _APART_IF_SPACED, _APART_IN_SMALL = 3.2, 4.5, 1.0, 2.0
"""The same of rows with a stroke, which may be a table of anything; of numbers without a word, which count anything;
of words after a space in a script without spaces, which is there for that; and of small letters before a capital."""
_ANY = math.inf
_TOLD = 0.5
"""Below this chance of being for the makers, a line between or after such shots is told."""

_Halves = tuple[str, str]


def parted(lines: Sequence[str]) -> list[str]:
    """Return the lines, with such shots as a line for what is seen and one for what is told."""
    lines = _labelled(lines)
    timed = {at: found["words"] for at, line in enumerate(lines) if (found := _TIMED.match(line)) and _is_bare(found)}
    timed = timed if timed and _starts_at_nought(lines[min(timed)]) else {}
    named = {at: found["words"] for at, line in enumerate(lines) if (found := _named(line)) and _is_bare(found)}
    for shots in (timed, named):
        cut = _found(list(shots.values())) if len(shots) >= _FEWEST else []
        if cut:
            halves = dict(zip(shots, cut, strict=True))
            return [line for at, written in enumerate(lines) for line in _told(halves, at, written)]
    halves = _counted(lines) or _barred(lines)
    if halves:
        lines = _with_voices(lines, halves)
        return [line for at, written in enumerate(lines) for line in _told(halves, at, written)]
    return _under_heads(lines)


def _counted(lines: Sequence[str]) -> dict[int, _Halves]:
    """The halves of lines that are counted from one, all with the same word around the number."""
    counted: dict[tuple[str, str, str], dict[int, re.Match[str]]] = {}
    for at, line in enumerate(lines):
        if (found := _COUNTED.match(line)) and _is_bare(found):
            around = (found["before"].casefold().strip(), found["after"], found["mark"])
            counted.setdefault(around, {})[at] = found
    for (before, after, _), shots in counted.items():
        numbers = [_number(found["number"]) for found in shots.values()]
        if len(shots) < _FEWEST or numbers != list(range(1, len(numbers) + 1)):
            continue
        words = [found["words"] for found in shots.values()]
        if any(len(screenplay.unfolded(lines[at])) > 1 for at in shots):
            continue
        apart = _APART if before or after else _APART_IF_NUMBERED
        surely = all(screenplay.is_slug(lines[at]) for at in shots)
        spaced = -_ANY if surely else _APART_IF_SPACED if before or after else _ANY
        cut = _found(words, spaced=spaced, apart=apart)
        if cut:
            return dict(zip(shots, cut, strict=True))
    return {}


def _labelled(lines: Sequence[str]) -> list[str]:
    """The lines, with those that are counted from one, and have what is shown or said under its label ("FR 2: a wick
    catches. TEXT: Less light."), as a line for each; in some of them there may be nothing to tell."""
    counted: dict[tuple[str, str, str], dict[int, re.Match[str]]] = {}
    for at, line in enumerate(lines):
        if found := _COUNTED.match(line):
            around = (found["before"].casefold().strip(), found["after"], found["mark"])
            counted.setdefault(around, {})[at] = found
    told: dict[int, list[str]] = {}
    for (before, _, _), shots in counted.items():
        parts = {at: screenplay.unfolded(found["words"]) for at, found in shots.items()}
        numbers = [_number(found["number"]) for found in shots.values()]
        both = [one for one in parts.values() if len(one) > 1 and not labels.name_of(one[0])]
        if (
            before
            and numbers == list(range(1, len(numbers) + 1))
            and len(both) >= _FEWEST - 1
            and len(shots) >= _FEWEST
        ):
            told |= {at: _as_shot(number, one) for number, (at, one) in enumerate(parts.items(), 1)}
    return [part for at, line in enumerate(lines) for part in told.get(at, [line])]


def _as_shot(number: int, parts: Sequence[str]) -> list[str]:
    """What is seen in a shot as its heading, and what is under labels as it is. What a card has is called its text."""
    return [_CARD.sub("SUPER: ", part) if at else f"SHOT {number} – {part}" for at, part in enumerate(parts)]


_CARD = re.compile(r"^TEXT\s*:\s*")


def _number(written: str) -> int:
    return int(written) if written.isdigit() else _NUMERALS.index(written) + 1


def _barred(lines: Sequence[str]) -> dict[int, _Halves]:
    """The halves of rows with one stroke ("Rain on a bus stop | Last bus gone? Ring us."), without a head of columns
    that is known."""
    rows = {at: (found["seen"], found["told"]) for at, line in enumerate(lines) if (found := _BARRED.match(line))}
    if any(screenplay.is_label(seen) or labels.labelled(f"{seen}: x")[0] for seen, _ in rows.values()):
        return {}
    told = list(rows.values())
    return rows if len(told) >= _FEWEST and _differ(told, 0.0, _APART_IN_ROWS) else {}


def _with_voices(lines: Sequence[str], halves: Mapping[int, _Halves]) -> list[str]:
    """The lines, with a voice's label before those beside the shots that speak to the viewers: in a script, what has
    none is seen."""
    beside = [at for at, line in enumerate(lines) if at not in halves and any(map(str.isalnum, line))]
    chances = purposes.lines_to_makers([Row.of(lines[at]) for at in beside])
    told = {
        at
        for at, chance in zip(beside, chances, strict=True)
        if chance < _TOLD and labels.labelled(lines[at])[0] is None
    }
    return [f"VO: {line}" if at in told else line for at, line in enumerate(lines)]


def _is_bare(found: re.Match[str]) -> bool:
    return not labels.name_of(found["words"]) or labels.labelled(found["words"])[0] is None


def _starts_at_nought(line: str) -> bool:
    found = _TIMED.match(line)
    return found is not None and not int(found["from"].replace(":", ""))


def _named(line: str) -> re.Match[str] | None:
    return _NAMED.match(line) if screenplay.is_slug(line) else None


def _under_heads(lines: Sequence[str]) -> list[str]:
    """The lines of shots with a head of its own line ("PANEL 1 (3 sec)"), whose first line is what is seen."""
    heads = {at for at, line in enumerate(lines) if _ALONE.match(line) and screenplay.is_slug(line)}
    if not heads:
        counted = {at: int(found[1]) for at, line in enumerate(lines) if (found := _NUMBER_ALONE.match(line))}
        heads = set(counted) if list(counted.values()) == list(range(1, len(counted) + 1)) else set()
    blocks = [_block(lines, at, heads) for at in sorted(heads)]
    if len(blocks) >= _FEWEST and all(len(block) == 1 for block in blocks):
        shots = [block[0] for block in blocks]
        cut = _found([lines[at] for at in shots], fewest=_FEWEST - 1)
        halves = dict(zip(shots, cut, strict=False))
        return [
            line
            for at, written in enumerate(lines)
            if at not in heads or not cut
            for line in _told(halves, at, written)
        ]
    both = [(lines[block[0]], " ".join(lines[at] for at in block[1:])) for block in blocks if len(block) > 1]
    if len(both) < max(_FEWEST, _MOST * len(heads)) or not _differ(both):
        return list(lines)
    seen = {block[0]: f"SHOT {number} – {lines[block[0]]}" for number, block in enumerate(blocks, 1) if block}
    told = {at: f"VO: {lines[at]}" for block in blocks for at in block[1:]}
    return [(seen | told).get(at, line) for at, line in enumerate(lines) if at not in heads]


def _block(lines: Sequence[str], head: int, heads: AbstractSet[int]) -> list[int]:
    """The places of the lines under a head without labels, up to the next or an empty line."""
    under = takewhile(lambda at: lines[at].strip() and at not in heads, range(head + 1, len(lines)))
    return list(takewhile(lambda at: not labels.name_of(lines[at]), under))


def _found(
    shots: Sequence[str], *, spaced: float = _ANY, apart: float = _APART, fewest: int = _FEWEST
) -> list[_Halves]:
    """The halves of all shots, "" for one that is missing; [] if most have only one. `spaced`: how much what is before
    and after a space must differ. `apart`: the same of the first sentences and the others. `fewest`: that have
    both."""
    ways: tuple[tuple[Callable[[str], _Halves], float | None], ...] = (
        (_quoted, None),
        (_spaced, spaced),
        (_small_first, None if fewest == _FEWEST else _APART_IN_SMALL),
        (_first_sentence, apart),
    )
    for way, least in ways:
        found = [way(words) for words in shots]
        both = [halves for halves in found if all(halves)]
        enough = max(fewest, (_MOST if fewest == _FEWEST else _HALF) * len(found))
        if len(both) >= enough and (least is None or _differ(both, -_ANY if least < 0 else _SEEN, least)):
            return found
    return []


def _quoted(words: str) -> _Halves:
    found = _QUOTED.match(words)
    return (found["seen"].strip(), found["told"]) if found else (words, "")


def _spaced(words: str) -> _Halves:
    """The halves of words in a script without spaces that have one."""
    found = _SPACED.match(words)
    return (found["seen"], found["told"]) if found else (words, "")


def _small_first(words: str) -> _Halves:
    found = _SMALL_FIRST.match(words)
    if found:
        return found["seen"], found["told"]
    is_seen = words[:1].islower() and not any(token.kind in tokens.CONTACTS for token in tokens.find(words))
    return (words, "") if is_seen else ("", words)


def _first_sentence(words: str) -> _Halves:
    first, *others = sentences.split(words) or [words]
    return first, " ".join(others)


def _differ(both: Sequence[_Halves], least: float = _SEEN, apart: float = _APART) -> bool:
    """Say whether what would be seen sounds more like words to the makers than what would be told, on the whole."""
    rows = [Row((half,)) for halves in both for half in halves]
    sums = addressee.sums(weights.read(addressee.WEIGHTS), rows)
    seen, told = mean(sums[::2]), mean(sums[1::2])
    return seen >= least and seen - told >= apart


def _told(halves: Mapping[int, _Halves], at: int, written: str) -> list[str]:
    if at not in halves:
        return [written]
    seen, told = halves[at]
    number = sum(other <= at for other in halves)
    return [*([f"SHOT {number} – {seen}"] if seen else []), *([f"VO: {screenplay.unquoted(told)}"] if told else [])]
