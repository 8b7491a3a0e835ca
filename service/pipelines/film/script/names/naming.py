# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""The names in a brief: runs of words with capitals, with the small words inside of them. Pure."""

import re
from collections import Counter

NO_NAMES = frozenset(
    [
        "meet",
        "introducing",
        "discover",
        "visit",
        "join",
        "try",
        "say",
        "hello",
        "welcome",
        "celebrate",
        "announcing",
        "present",
        "presenting",
        "découvrez",
        "rencontrez",
        "voici",
        "bienvenue",
        "visitez",
        "download",
        "get",
        "book",
        "order",
    ]
)
JOINTS = frozenset(
    [
        "of",
        "in",
        "the",
        "de",
        "du",
        "des",
        "la",
        "le",
        "der",
        "dem",
        "den",
        "im",
        "am",
        "zum",
        "zur",
        "del",
        "della",
        "delle",
        "di",
        "da",
        "do",
        "das",
        "dos",
        "dei",
        "van",
        "het",
        "&",
        "y",
        "e",
    ]
)
"""Small words that stand inside of a name."""
_MARKS_BEFORE = 2
_MOST_JOINTS = 2
_MOST_NAMES = 8
# \w does not match vowel signs, which are marks. Without them, words of Indic scripts and Thai would fall apart.
_LETTER = r"[\w\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff]"
WORD = re.compile(rf"[$€£¥]?{_LETTER}+(?:[’'.,:/-]{_LETTER}+)*(?:(?<=\d) ?%)?|[^\w\s]")


def names_in(sentences: list[str], stop: frozenset[str]) -> list[str]:
    """Return runs of capitalised words, commonest first. A lone capital at the start of a sentence does not count."""
    found: Counter[str] = Counter()
    for sentence in sentences:
        run: list[str] = []
        tokens = with_joints(WORD.findall(sentence))
        for index, token in enumerate([*tokens, "."]):
            if (
                token[0].isupper()
                and token.lower() not in NO_NAMES
                and (token.lower() not in stop or (index and len(token) > 1))
            ):
                run.append(token)
                continue
            # Also after a quotation mark.
            starts_sentence = not any(before[0].isalnum() for before in tokens[: min(index - len(run), _MARKS_BEFORE)])
            starts_sentence = starts_sentence and index - len(run) <= _MARKS_BEFORE
            is_letter = len(run) == 1 and len(run[0]) == 1  # For example in 250°C.
            is_stop_word = len(run) == 1 and run[0].lower() in stop  # For example after an opening quotation mark.
            if run and not is_letter and not is_stop_word and not (starts_sentence and len(run) == 1):
                found[" ".join(run)] += 1
            run = []
    return [name for name, _ in found.most_common(_MOST_NAMES)]


def with_joints(tokens: list[str]) -> list[str]:
    """The tokens, with the small words inside of a name joined to the word before: "Jazz in the", "Park"."""
    found: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        after = index + 1
        while after < len(tokens) and after - index <= _MOST_JOINTS and tokens[after] in JOINTS:
            after += 1
        joints = tokens[index + 1 : after]
        is_inside = after < len(tokens) and tokens[after][0].isupper() and token[-1].isalpha()
        if joints and is_inside and token[0].isupper() and token.lower() not in NO_NAMES:
            found.append(" ".join([token, *joints]))
            index = after
            continue
        found.append(token)
        index += 1
    return found
