# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Text made safe and normalised, and cut into sentences, words and their spoken form. Pure.

The words of a brief are data: neither here nor later do they become markup, an expression or a file name.
"""

import re
import unicodedata

_MARKS_IN_A_ROW = 3
_LONGEST_SPOKEN_WORD = 80
_KEPT_FORMAT = frozenset("\u200c\u200d")  # Joiners: Indic scripts, Persian and emoji sequences need them.
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e01ef\u00ad]")
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_MARKDOWN_HEAD = re.compile(r"^\s*(?:#{1,6}\s+|>\s+|[-*+•▪‣·–—]\s+|\d{1,2}[.)]\s+)")
_MARKDOWN_INSIDE = re.compile(r"(\*\*|__|`+)")
_SENTENCE_END = re.compile(r"""(?:(?<=[.!?…])|(?<=[.!?…]["'”’»)\]]))\s+|(?<=[。！？])\s*|\s*\n\s*""")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|no|nr|vs|etc|e\.g|i\.e|inc|ltd|co|jr|sr|approx|mme|mlle|p\.ex|env|(?-i:[A-Z]))\.$",
    re.IGNORECASE,
)
_ABBREVIATION_TAIL = 16
"""Letters at the end of a part that are enough to see whether it ends with one of the abbreviations."""
# Endings that make an address. Any two letters would make one of "now.So".
_ENDINGS = (
    "ai|app|art|asso|be|biz|ca|ch|club|co|com|de|dev|edu|es|eu|events|example|fr|gov|info|io|it|lu|me|museum|net|nl|"
    "online|org|paris|pt|shop|site|store|studio|tech|tv|uk|us|xyz"
)
_ADDRESS = re.compile(
    rf"(?<![\w@.])(?:https?://)?(?:[\w+-]{{1,64}}(?:\.[\w+-]{{1,64}}){{0,3}}@)?(?:[\w-]{{1,63}}\.){{1,5}}(?:{_ENDINGS})\b"
    r"(?:/[\w./#?=&%+-]*)?",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_CODE = re.compile(
    r"<(script|style)\b[^<>]{0,200}>.{0,2000}?</\1>|</?[A-Za-z][^<>]{0,200}>|\{\{.{0,200}?\}\}|"
    r"(?-i:\b(?:DROP|ALTER|TRUNCATE) TABLE \w+;?)",
    re.IGNORECASE | re.DOTALL,
)
_LOOSE_MARKS = re.compile(r"(?:(?<=\s)|^)(?:[-_=~*#|/\\;:'\"`{}\[\]()<>]{2,})(?=\s|$)")


def plain(text: str) -> str:
    """Return a normalised text without the remains of code and layout: scripts, tags, placeholders, and runs of marks
    between two spaces, which end a line."""
    lines = _LOOSE_MARKS.sub("\n", _CODE.sub(" ", text)).split("\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines if line.strip())


def normal(text: str) -> str:
    """Return `text` in Unicode NFC, without control characters, invisible direction marks or stacks of combining marks.

    Line breaks stay; other white space becomes one space.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    kept: list[str] = []
    marks = 0
    for character in _VARIATION.sub("", composed):
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks > _MARKS_IN_A_ROW:
            continue
        if category in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} and character not in _KEPT_FORMAT:
            # A control character may be in the place of a space.
            kept.append("\n" if character == "\n" else " " if category == "Cc" else "")
            continue
        kept.append(character)
    lines = (_SPACES.sub(" ", line).strip() for line in "".join(kept).split("\n"))
    return "\n".join(line for line in lines if line)


def sentences(text: str) -> list[str]:
    """Return the sentences of a normalised text, without Markdown. List items and single lines are sentences too."""
    found: list[str] = []
    for line in text.split("\n"):
        bare = _MARKDOWN_INSIDE.sub("", _MARKDOWN_HEAD.sub("", line))
        joined: list[list[str]] = []
        for part in _SENTENCE_END.split(bare):
            if joined and _ABBREVIATION.search(joined[-1][-1][-_ABBREVIATION_TAIL:]):
                joined[-1].append(part)
            else:
                joined.append([part])
        parts = [piece for part in joined for piece in _at_emoji(" ".join(part))]
        found += [part.strip() for part in parts if any(character.isalnum() for character in part)]
    return found


def _at_emoji(sentence: str) -> list[str]:
    """Cut where an emoji takes the place of a full stop: after two or more words, before a capital or a digit."""
    parts: list[list[str]] = [[]]
    words_before, last = 0, ""  # Of the current part: its pieces that have a letter or a digit, and its latest piece.
    for word in sentence.split(" "):
        if words_before > 1 and _is_emoji(last[-1]) and (word[:1].isupper() or word[:1].isdigit()):
            parts.append([])
            words_before = 0
        if word or parts[-1]:
            parts[-1].append(word)
        for piece in word.split():
            words_before += any(character.isalnum() for character in piece)
            last = piece
    return [" ".join(words) for words in parts]


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) == "So" or character == "\u200d"


def words(text: str) -> list[str]:
    """Split at white space. Text written without any, such as Japanese, is split where a line may break."""
    found: list[str] = []
    for word in text.split():
        found += pieces(word) if any(wide(character) for character in word) else [word]
    return found


def pieces(word: str) -> list[str]:
    """Split a word of a script without spaces into characters, each with the marks and punctuation next to it."""
    found: list[str] = []
    for character in word:
        joins = unicodedata.category(character)[0] in "MP" or not wide(character)
        opens = bool(found) and unicodedata.category(found[-1][-1]) in {"Ps", "Pi"}
        if found and (opens or (joins and (not found[-1][-1].isspace()))):
            found[-1] += character
        else:
            found.append(character)
    return found


def wide(character: str) -> bool:
    """Say whether a line may break next to `character` without a space, as it may next to ideographs and kana."""
    return unicodedata.east_asian_width(character) in {"W", "F"} and unicodedata.category(character)[0] in "LMP"


def joined(parts: list[str]) -> str:
    """Join what `words` split, without a space between characters that are written without one."""
    text = ""
    for part in filter(None, parts):
        glue = "" if not text or (wide(text[-1]) and wide(part[0])) else " "
        text += glue + part
    return text


def shown_address(text: str) -> str:
    """Return `text` with web addresses as people print them on a poster: without the scheme."""
    return _SCHEME.sub("", text)


def addresses(text: str) -> list[str]:
    """Return the web and email addresses in `text`."""
    return [match.group().rstrip(".") for match in _ADDRESS.finditer(text) if not match.group()[0].isdigit()]


def spoken(text: str, lang: str) -> str:
    """Return `text` as a voice should read it: words, numbers, and the punctuation that makes pauses.

    It contains nothing that a speech engine takes for markup (`[[…]]`, `<…>`, `&…;`).
    """
    french = lang.startswith("fr")
    dot, at, and_ = (" point ", " arobase ", " et ") if french else (" dot ", " at ", " and ")
    speakable = _ADDRESS.sub(lambda match: _read_address(match.group(), dot, at), shown_address(text))
    speakable = speakable.replace("&", and_).replace("@", at)
    kept = "".join(character if _is_speakable(character) else " " for character in speakable)
    kept = re.sub(r"([.!?,;:])[.!?,;:]+", r"\1", re.sub(r"\s+([.!?,;:])(?=\s|$)", r"\1", kept))
    said = [word for word in kept.split() if len(word) <= _LONGEST_SPOKEN_WORD]
    return " ".join(said) if any(character.isalnum() for word in said for character in word) else ""


def _read_address(address: str, dot: str, at: str) -> str:
    if address[0].isdigit() and not any(character.isalpha() for character in address):
        return address
    ending = "." if address.endswith(".") else ""
    return address.rstrip("./").replace(".", dot).replace("@", at).replace("/", " ").replace("-", " ") + ending


def _is_speakable(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in "LMN"
        or character in " .,;:!?'’-%$€£¥°+…。、！？"
        or character in _KEPT_FORMAT
    )


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case and the rest unchanged."""
    return text[:1].upper() + text[1:]
