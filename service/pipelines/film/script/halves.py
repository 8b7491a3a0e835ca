# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Shots of a script that say on one line what is seen and what is told: "[0:03-0:06] One wipe. It is only your window."
Whether they do is judged of all of them together. Pure.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile
from statistics import mean

from service.pipelines.film.script import addressee, labels, screenplay, sentences, weights
from service.pipelines.film.script.addressee import Row

_TIMED = re.compile(
    r"^\s*[\[(]?(?P<from>\d{1,2}(?::\d\d)?)\s?[-–—]\s?\d{1,3}(?::\d\d)?\s?(?:s|sec|secs|sek|seg|сек)?\b\.?[\])]?\s*"
    r"[|:：–—-]?\s*(?P<words>[^\s\d].*)$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"^\s*[^\W\d_]{3,14} (?:\d{1,2}|the [^\W\d_]{3,8})\s*(?:\([^()]{1,16}\)\s*)?[:：]\s*(?P<words>\S.*)$", re.IGNORECASE
)
_ALONE = re.compile(r"^\s*[^\W\d_]{3,14} \d{1,2}\s*(?:\([^()]{1,16}\))?\s*[:：]?\s*$")
_QUOTED = re.compile(
    r"^(?P<seen>[^\"“«„「]*[^\W_][^\"“«„「]*?)[\s:–—-]*(?P<told>[\"“«„「][^\"“”«»„「」]{2,}[\"”»“」].*)$"
)
_SMALL_FIRST = re.compile(r"^(?P<seen>[a-zà-ÿ].*?[a-zà-ÿ\d])\s+(?P<told>[A-ZÀ-Þ¿¡\d…].*)$")
_FEWEST = 3
_MOST = 0.7
"""The share of the shots that have both halves."""
_SEEN, _APART = -1.5, 3.0
"""What the first sentences weigh as words to the makers at least, and how much more than the others."""

_Halves = tuple[str, str]


def parted(lines: Sequence[str]) -> list[str]:
    """Return the lines, with such shots as a line for what is seen and one for what is told."""
    timed = {at: found["words"] for at, line in enumerate(lines) if (found := _TIMED.match(line)) and _is_bare(found)}
    timed = timed if timed and _starts_at_nought(lines[min(timed)]) else {}
    named = {at: found["words"] for at, line in enumerate(lines) if (found := _named(line)) and _is_bare(found)}
    for shots in (timed, named):
        cut = _found(list(shots.values())) if len(shots) >= _FEWEST else []
        if cut:
            halves = dict(zip(shots, cut, strict=True))
            return [line for at, written in enumerate(lines) for line in _told(halves, at, written)]
    return _under_heads(lines)


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
    blocks = [_block(lines, at, heads) for at in sorted(heads)]
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


def _found(shots: Sequence[str]) -> list[_Halves]:
    """The halves of all shots, "" for one that is missing; [] if most have only one."""
    ways: tuple[Callable[[str], _Halves], ...] = (_quoted, _small_first, _first_sentence)
    for way in ways:
        found = [way(words) for words in shots]
        both = [halves for halves in found if all(halves)]
        if len(both) >= max(_FEWEST, _MOST * len(found)) and (way is not _first_sentence or _differ(both)):
            return found
    return []


def _quoted(words: str) -> _Halves:
    found = _QUOTED.match(words)
    return (found["seen"].strip(), found["told"]) if found else (words, "")


def _small_first(words: str) -> _Halves:
    found = _SMALL_FIRST.match(words)
    if found:
        return found["seen"], found["told"]
    return (words, "") if words[:1].islower() else ("", words)


def _first_sentence(words: str) -> _Halves:
    first, *others = sentences.split(words) or [words]
    return first, " ".join(others)


def _differ(both: Sequence[_Halves]) -> bool:
    """Say whether what would be seen sounds more like words to the makers than what would be told, on the whole."""
    rows = [Row((half,)) for halves in both for half in halves]
    sums = addressee.sums(weights.read(addressee.WEIGHTS), rows)
    seen, told = mean(sums[::2]), mean(sums[1::2])
    return seen >= _SEEN and seen - told >= _APART


def _told(halves: Mapping[int, _Halves], at: int, written: str) -> list[str]:
    if at not in halves:
        return [written]
    seen, told = halves[at]
    number = sum(other <= at for other in halves)
    return [*([f"SHOT {number} – {seen}"] if seen else []), *([f"VO: {screenplay.unquoted(told)}"] if told else [])]
