"""Name files after what they are about, in whatever script, and never write over a file that is there."""

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

WORDS = 5
MAX_CHARACTERS, MAX_BYTES = 60, 120
"""Of a name, which leaves room for a number and a suffix: file systems take 255 bytes."""
_JOINERS = "\u200c\u200d"
"""Parts of words in Persian and in Indic scripts. They are left out, because they cannot be seen in a listing."""


def file_name(text: str, *, fallback: str = "film") -> str:
    """Return the first words of a text as a file's name without a suffix: `crème-brûlée-heute`, `灯台の物語`.

    Letters, marks and digits of every script are kept, in lower case and composed (NFC); all else parts words. The
    name is `fallback` if there is none of them.
    """
    plain = unicodedata.normalize("NFC", text.translate(dict.fromkeys(map(ord, _JOINERS))).lower())
    spaced = "".join(letter if unicodedata.category(letter)[0] in "LMN" else " " for letter in plain)
    return _cut("-".join(spaced.split()[:WORDS])) or fallback


def reserve(folder: Path, name: str, suffixes: Sequence[str]) -> list[Path]:
    """Create an empty file for each suffix, all of one name, and return them in the order of `suffixes`.

    If one of `name.mp4`, `name.jpg` … is there already, all are called `name-2`, or the first number that is free.
    Only their owner can read them. Raises `OSError`, for instance if the folder cannot be written to, and `ValueError`
    if a suffix comes twice.
    """
    if len(set(suffixes)) < len(suffixes):
        raise ValueError(f"two files cannot have the same name: {suffixes}")
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        paths = [folder / f"{name}{f'-{number}' if number > 1 else ''}{suffix}" for suffix in suffixes]
        created: list[Path] = []
        try:
            for path in paths:
                path.touch(mode=0o600, exist_ok=False)
                created.append(path)
        except FileExistsError:
            number += 1
        else:
            return paths
        # Another one has this number: what was created for it goes again.
        for path in created:
            path.unlink()


def _cut(name: str) -> str:
    """Cut between characters that belong together (a letter and its marks), and at a hyphen if one is near."""
    short = name[:MAX_CHARACTERS]
    while len(short.encode()) > MAX_BYTES:
        short = short[:-1]
    if len(short) < len(name):
        while short and unicodedata.category(name[len(short)])[0] == "M":
            short = short[:-1]
        whole_words = re.sub(r"-[^-]*$", "", short) if name[len(short)] != "-" else short
        short = whole_words if len(whole_words) > len(short) // 2 else short
    # A mark without its letter would join whatever is printed before it.
    return short.strip("-").lstrip("".join(sorted({c for c in short if unicodedata.category(c)[0] == "M"})))
