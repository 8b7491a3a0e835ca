# ruff: noqa: RUF001 -- the letters of other languages are meant
"""A brief that is a chat, copied with the names and times of who wrote when: its messages alone. Pure."""

import re
from collections.abc import Sequence

_DAY = r"(?:\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4},? )"
_CLOCK = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[APap]\.?[Mm]\.?)?"
_NAME = r"[^\W\d_][^:\n\d]{0,28}?"
_SENDER = re.compile(
    rf"^\s*(?:\[{_DAY}?{_CLOCK}\] ?{_NAME}:|{_DAY}{_CLOCK} ?[–-] ?{_NAME}:|{_CLOCK} From {_NAME} to {_NAME}:)\s*"
)
"""Before a message: "[12/03/2025, 09:14] Ana:", "12/03/25, 9:14 - Ana:", "10:01:12 From Gwen to Everyone:"."""
_SENT = re.compile(rf"^\s*(?:{_NAME},? ?\[?{_DAY}?{_CLOCK}\]?|\[?{_DAY}?{_CLOCK}\]?,? {_NAME})\s*$")
"""On a line of its own above a message: "Niamh 19:25"."""
_FEWEST = 3
_WORDS_OF_A_NAME = 3


def without_senders(content: str) -> str:
    """Return the messages of a chat without who wrote them and when; any other text as it is."""
    lines = content.split("\n")
    if sum(_SENDER.match(line) is not None for line in lines) >= _FEWEST - 1:
        return "\n".join(_SENDER.sub("", line) for line in lines)
    sent = _senders(lines)
    return "\n".join(line for line in lines if line not in sent) if sent else content


def _senders(lines: Sequence[str]) -> frozenset[str]:
    """The lines that only say who wrote the next and when, if there are several and somebody wrote twice."""
    found = [line for line in lines if _SENT.match(line) and len(_letters(line).split()) <= _WORDS_OF_A_NAME]
    names = [_letters(line) for line in found]
    is_chat = len(found) >= _FEWEST and len(set(names)) < len(names) and all(name[:1].isupper() for name in names)
    return frozenset(found) if is_chat else frozenset()


def _letters(line: str) -> str:
    return " ".join(re.sub(r"[^\w\s'’-]|\d", " ", line).split()).removesuffix(" AM").removesuffix(" PM")
