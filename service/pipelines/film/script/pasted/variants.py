# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief with two texts of which one is to be taken ("VARIANT A (rejected)", "VARIANT B", "Take B"), without the
other. Both stay if it does not say which. Pure.
"""

import re
from collections.abc import Sequence

_HEAD = re.compile(
    r"^\W*(?:\d{1,2}[.)]\s*)?(?:variante?|version|versión|versione|versão|option|opción|opzione|opção|take|text|copy|"
    r"fassung|wersja|вариант|案)[\s_-]*(?P<name>[AB12])(?![\w])(?P<more>[^\n]{0,80})$",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"^\W*(?:and then )?(?:both|beide|les deux|ambos|ambas|entrambi|entrambe|beiden)\b[^\n]{0,40}$", re.IGNORECASE
)
_TAKEN = re.compile(
    r"\b(?:take|use|run|produce|pick|choose|go (?:with|for)|nehmt|nimm|nehmen wir|prenez|prends|usad|usen?|usem?|"
    r"prendete|usate|neem|kies)\s+(?:variante?|version|option|the )?\s*(?P<name>[AB12])(?!\w)(?!\s+only)|"
    r"\b(?:variante?|version|option|the )?\s*(?P<won>[AB12]) (?:won\b|is to be produced|is approved)",
    re.IGNORECASE,
)
_FEW_WORDS = 3
_REFUSED = re.compile(
    r"\b(?:rejected|refused|not (?:cleared|approved|this)|do(?:n['’]t| not) use|legacy|reference only|struck|abgelehnt|"
    r"verworfen|nicht (?:nehmen|freigegeben)|refusée?|rejetée?|rechazad[oa]|descartad[oa]|bocciat[oa]|scartat[oa]|"
    r"rejeitad[oa]|afgekeurd)\b",
    re.IGNORECASE,
)
_ALLOWED = re.compile(
    r"\b(?:approved|cleared|to be produced|use this|this one|freigegeben|validée?|aprobad[oa]|approvat[oa]|aprovad[oa]|"
    r"goedgekeurd)\b",
    re.IGNORECASE,
)


def chosen(content: str) -> str:
    """Return the brief without the text that is not to be taken, and without the heads of both; any other as it is."""
    lines = content.split("\n")
    heads = {at: found for at, line in enumerate(lines) if (found := _HEAD.match(line)) and _is_head(found)}
    names = [found["name"].upper() for found in heads.values()]
    if len(names) != len(set(names)) or set(names) not in ({"A", "B"}, {"1", "2"}):
        return content
    first, last = heads
    refused = _refused(lines, heads)
    if not refused:
        return content
    start = next(at for at, found in heads.items() if found["name"].upper() == refused)
    end = last if start == first else _end(lines, start)
    kept = [line for at, line in enumerate(lines) if not start <= at < end and at not in heads]
    return "\n".join(line for line in kept if not _only_chooses(line))


def _only_chooses(line: str) -> bool:
    """Say whether a line says which text to take, and next to nothing else."""
    return bool(_TAKEN.search(line)) and len(_TAKEN.sub("", line).split()) <= _FEW_WORDS


def _is_head(found: re.Match[str]) -> bool:
    """Say whether what follows a variant's name is a note or a title, and not its text."""
    more = found["more"].strip()
    return not more or more[0] in "(–—-:.[" or not any(map(str.isalnum, more))


def _refused(lines: Sequence[str], heads: dict[int, re.Match[str]]) -> str:
    """The name of the text that is not to be taken; "" if nobody says."""
    names = [found["name"].upper() for found in heads.values()]
    for found in heads.values():
        name = found["name"].upper()
        if _REFUSED.search(found["more"]):
            return name
        if _ALLOWED.search(found["more"]):
            return next(other for other in names if other != name)
    taken = next((choice for at, line in enumerate(lines) if at not in heads and (choice := _TAKEN.search(line))), None)
    name = (taken["name"] or taken["won"]).upper() if taken else ""
    return next((other for other in names if other != name), "") if name in names else ""


def _end(lines: Sequence[str], start: int) -> int:
    """Return the end of the second text: an empty line, what both texts end with, or what says which to take."""
    after = range(start + 1, len(lines))
    ends = (at for at in after if not lines[at].strip() or _BOTH.match(lines[at]) or _TAKEN.search(lines[at]))
    return next(ends, len(lines))
