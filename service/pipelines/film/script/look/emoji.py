"""The emoji that a brief has itself, and the pictures of the same things. Pure, but for a list that is read once."""

import functools
import lzma
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_ORNAMENTS = (
    "sparkles star glowing-star dizzy fire collision hundred-points party-popper confetti-ball red-heart rainbow "
    "sparkling-heart round-pushpin speech-balloon"
)
ORNAMENTS = frozenset(_ORNAMENTS.split())
"""Those that only adorn: they say little of what the words beside them are about."""

_SENT = re.compile(r"\ufe0f?,? ?\d{1,2}:\d\d")
"""What follows the sender of a message in a chat: "Bea 🌸 9:41"."""
_LIST = Path(__file__).parents[1] / "words" / "emoji.xz"


def pictures(text: str) -> Iterator[str]:
    """Yield the names of the pictures of the emoji in a text that there are pictures of, in their order."""
    if text.isascii():
        return
    known = _known()
    for at, character in enumerate(text):
        if _SENT.match(text, at + 1):
            # It is part of the name of who wrote at that time.
            continue
        picture = known.get(character)
        if picture:
            yield picture


@functools.cache
def _known() -> Mapping[str, str]:
    """Return the names of the pictures by their character."""
    lines = lzma.decompress(_LIST.read_bytes()).decode().split("\n")
    return dict(line.split("\t", maxsplit=1) for line in lines)
