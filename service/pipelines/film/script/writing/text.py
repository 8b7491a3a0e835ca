# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Text made safe and normalised, and cut into sentences, words and their spoken form. Pure.

The words of a brief are data: neither here nor later do they become markup, an expression or a file name.
"""

import re
import unicodedata
from collections.abc import Sequence

from service.pipelines.film.script.writing import breaking
from service.pipelines.film.script.writing.domains import ENDINGS

NO_SPACE = "\u200b"
_MARKS_IN_A_ROW = 3
_LONGEST_SPOKEN_WORD = 80
_KEPT_FORMAT = frozenset("\u200c\u200d")  # Joiners: Indic scripts, Persian and emoji sequences need them.
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e01ef\u00ad]")
_SQUARED = re.compile("[\u3371-\u337a\u3380-\u33df]")
"""Units as one sign: "㎡", "㎏"."""
_GERSHAYIM = re.compile(r"(?<=[א-ת])[\"”“](?=[א-ת]{1,4}(?![א-ת\"”]))")
"""The mark of a Hebrew abbreviation, which people type as a quotation mark: before the word's last letters, and not the
beginning of a quotation after a prefix."""
_SPACES = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_LABEL = r"[0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_-]{1,63}"
"""A part of a host's name. Scripts without spaces may stand right beside an address, so they are not in it."""
_ADDRESS = re.compile(
    # With a scheme or "www." the name may have letters of any script.
    rf"(?<![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_@.])(?:(?:(?i:https?)://)(?:[\w-]{{1,63}}\.){{1,5}}(?:{ENDINGS}|[a-z]{{2,24}})|"
    rf"(?i:www)\.(?:[\w-]{{1,63}}\.){{1,5}}{ENDINGS}|"
    rf"(?:[\w+-]{{1,64}}(?:\.[\w+-]{{1,64}}){{0,3}}@)?(?:(?i:www)\.)?(?:{_LABEL}\.){{1,5}}"
    rf"{ENDINGS}|@[A-Za-z_][A-Za-z0-9_.]{{1,30}}[A-Za-z0-9_])"
    r"(?![0-9A-Za-z\u00c0-\u024f\u0370-\u04ff_@]|\.[0-9A-Za-z])(?::\d{2,5})?"
    r"(?:/[A-Za-z0-9\u00c0-\u024f._~%!$&*+,;=:@?#/()-]*)?"
)
_NO_HOST = re.compile(
    r"\d{1,2}\.|(?:readme|changelog|licen[cs]e|contributing|main|index|setup|app|config|test\w*)\.\w{1,4}$",
    re.IGNORECASE,
)
"""What only looks like an address: "24.de" of "am 24.de…", and the name of a file."""
_ADDRESS_END = ".,;:!?…*_"
_ADDRESS_WORDS = {
    "en": ("dot", "at", "and", "slash"),
    "fr": ("point", "arobase", "et", "slash"),
    "de": ("Punkt", "ät", "und", "Schrägstrich"),
    "es": ("punto", "arroba", "y", "barra"),
    "it": ("punto", "chiocciola", "e", "barra"),
    "pt": ("ponto", "arroba", "e", "barra"),
    "nl": ("punt", "apenstaartje", "en", "slash"),
    "pl": ("kropka", "małpa", "i", "ukośnik"),
    "tr": ("nokta", "et", "ve", "bölü"),
    "ru": ("точка", "собака", "и", "слэш"),
}
"""How a point, an at sign and a stroke in an address are said, and the sign &."""
_SCHEME = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_CODE = re.compile(
    r"<(script|style)\b[^<>]{0,200}>.{0,2000}?</\1>|<!--(?P<comment>.{0,2000}?)-->|```.{0,4000}?```|</?[A-Za-z][^<>]{0,200}>|\{\{.{0,200}?\}\}|"
    r"(?-i:\b(?:DROP|ALTER|TRUNCATE) TABLE \w+;?)",
    re.IGNORECASE | re.DOTALL,
)
_WORDS_OF_A_COMMENT = 4
_MARKS_OF_CODE = re.compile(r"[<>{}=]|\[if ")
_INSTALLED = re.compile(
    r"^[ \t]*```[ \t]*(?:bash|sh|shell|console|zsh)?[ \t]*\n[ \t]*(?:\$ )?(?P<command>[a-z][\w.-]* [^\n`]{2,60}?)"
    r"[ \t]*\n[ \t]*```[ \t]*$",
    re.MULTILINE,
)
"""A single command of a README: how to get what it is about."""
_OWN_CASE = re.compile(r"[a-z](?:[a-z]{0,3}[A-Z]|\d|\. ?\d)|(?:npm|pip|npx|brew|git|docker|curl|cargo) ")
_TABLE_RULE = re.compile(r"^\s*\|[-:| ]+\|\s*$")
_LOOSE_MARKS = re.compile(r"(?:(?<=\s)|^)(?!#{2,6}\s|^>{2,4}\s)(?:[-_=~*#|/\\;:'\"`{}\[\]()<>]{2,})(?=\s|$)")


def plain(text: str) -> str:
    """Return a normalised text without the remains of code and layout: scripts, tags, placeholders, and runs of marks
    between two spaces, which end a line. One empty line stays between others."""
    kept = (
        line if _TABLE_RULE.match(line) else _LOOSE_MARKS.sub("\n", line)
        for line in _CODE.sub(_without_code, _INSTALLED.sub(r"\g<command>", text)).split("\n")
    )
    return _joined("\n".join(kept).split("\n"))


def _without_code(code: re.Match[str]) -> str:
    """What stays of code: of a comment of some words, a note of its own."""
    words = (code["comment"] or "").split()
    is_written = len(words) >= _WORDS_OF_A_COMMENT and not _MARKS_OF_CODE.search(code["comment"])
    return f"\n\nNote: {' '.join(words)}\n\n" if is_written else " "


def _joined(lines: Sequence[str]) -> str:
    """Join lines to a text, without needless spaces; several empty lines become one."""
    kept = [""]
    for line in (_SPACES.sub(" ", line).strip() for line in lines):
        kept += [line] if line or kept[-1] else []
    return "\n".join(kept).strip("\n")


def normal(text: str) -> str:
    """Return `text` in Unicode NFC, without control characters, invisible direction marks or stacks of combining marks.

    Line breaks stay, and several empty lines become one; other white space becomes one space.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n"))
    composed = _SQUARED.sub(lambda sign: unicodedata.normalize("NFKC", sign.group()).replace("2", "²"), composed)
    composed = _GERSHAYIM.sub("\u05f4", composed)
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
    return _joined("".join(kept).split("\n"))


def is_picture(character: str) -> bool:
    """Say whether a character is an emoji or another picture, or part of one."""
    return unicodedata.category(character) in {"So", "Sk"} or character in "\u200d\u20e3"


def words(text: str) -> list[str]:
    """Split at white space; text written without any, such as Japanese or Thai, where a line may break.

    A Thai word that no space is before begins with `NO_SPACE`, because there are spaces in Thai too.
    """
    found: list[str] = []
    for word in text.split():
        if any(unspaced(character) for character in word):
            found += breaking.phrases(word)
        elif any(breaking.is_thai(character) for character in word):
            first, *rest = breaking.phrases(word)
            found += [first, *(NO_SPACE + part for part in rest)]
        else:
            found.append(word)
    return found


def wide(character: str) -> bool:
    """Say whether a character is as wide as two letters: ideographs, kana, Hangul and their punctuation."""
    return unicodedata.east_asian_width(character) in {"W", "F"} and unicodedata.category(character)[0] in "LMP"


def unspaced(character: str) -> bool:
    """Say whether a line may break next to `character` without a space, as it may next to ideographs and kana. Korean
    has spaces between its words."""
    return (
        wide(character)
        and not "\u1100" <= character <= "\u11ff"
        and not "\u3131" <= character <= "\u318f"
        and not ("\uac00" <= character <= "\ud7a3")
    )


def width(words: str) -> int:
    """Return how wide words are in letters: an ideograph is as wide as two."""
    return sum(2 if wide(character) else 1 for character in words)


def joined(parts: list[str]) -> str:
    """Join what `words` split, without a space between characters that are written without one."""
    text = ""
    for part in filter(None, parts):
        text += ("" if not text or not are_apart(text, part) else " ") + part.removeprefix(NO_SPACE)
    return text


def are_apart(left: str, right: str) -> bool:
    """Say whether there is a space between two words that `words` split."""
    return not (unspaced(left[-1]) or unspaced(right[0]) or right.startswith(NO_SPACE))


def shown_address(text: str) -> str:
    """Return `text` with web addresses as people print them on a poster: without the scheme."""
    return _SCHEME.sub("", text)


_LONGEST_ADDRESS = 40
"""Letters of an address that people can read off a card and type."""


def short_address(address: str) -> str:
    """Return an address as a card can hold it: without scheme, and a long one without its query and, if it is still too
    long, without its path, so that it is the same site's and never another's. Mail addresses stay whole."""
    bare = shown_address(address)
    if len(bare) <= _LONGEST_ADDRESS or "@" in bare:
        return bare
    bare = re.split(r"[?#&]", bare, maxsplit=1)[0].rstrip("/")
    host = bare.split("/", 1)[0]
    return bare if len(bare) <= _LONGEST_ADDRESS else host


def with_short_addresses(text: str) -> str:
    """Return `text` with its long web addresses as `short_address` has them."""
    parts: list[str] = []
    end = 0
    for start, after in address_spans(text):
        if after - start > _LONGEST_ADDRESS:
            parts += [text[end:start], short_address(text[start:after])]
            end = after
    return "".join([*parts, text[end:]])


def addresses(text: str) -> list[str]:
    """Return the web and email addresses in `text`."""
    return [text[start:end] for start, end in address_spans(text)]


def address_spans(text: str) -> list[tuple[int, int]]:
    """Return where the web and email addresses in `text` start and end."""
    return [
        (match.start(), match.start() + len(_whole(match.group())))
        for match in _ADDRESS.finditer(text)
        if not _NO_HOST.match(match.group())
    ]


def _whole(address: str) -> str:
    """An address without the punctuation after it; a bracket stays if its other half is in it."""
    bare = address.rstrip(_ADDRESS_END)
    while bare.endswith(")") and bare.count("(") < bare.count(")"):
        bare = bare[:-1].rstrip(_ADDRESS_END)
    return bare


def spoken(text: str, lang: str) -> str:
    """Return `text` as a voice should read it: words, numbers, and the punctuation that makes pauses.

    It contains nothing that a speech engine takes for markup (`[[…]]`, `<…>`, `&…;`).
    """
    dot, at, and_, stroke = (f" {word} " for word in _ADDRESS_WORDS.get(lang[:2], _ADDRESS_WORDS["en"]))
    speakable = _ADDRESS.sub(lambda match: _read_address(match.group(), dot, at, stroke), shown_address(text))
    speakable = speakable.replace("&", and_).replace("@", at)
    kept = "".join(character if _is_speakable(character) else " " for character in speakable)
    kept = re.sub(r"([.!?,;:])[.!?,;:]+", r"\1", re.sub(r"\s+([.!?,;:。、！？])(?=\s|$)", r"\1", kept))
    said = [word for word in kept.split() if len(word) <= _LONGEST_SPOKEN_WORD]
    return " ".join(said) if any(character.isalnum() for word in said for character in word) else ""


def _read_address(address: str, dot: str, at: str, stroke: str) -> str:
    if address[0].isdigit() and not any(character.isalpha() for character in address):
        return address
    ending = "." if address.endswith(".") else ""
    return address.rstrip("./").replace(".", dot).replace("@", at).replace("/", stroke).replace("-", " ") + ending


def _is_speakable(character: str) -> bool:
    return (
        unicodedata.category(character)[0] in "LMN"
        or character in " .,;:!?'’-%$€£¥°+…。、！？"
        or character in _KEPT_FORMAT
    )


def capital(text: str) -> str:
    """Return `text` with its first letter in upper case and the rest unchanged. An address stays as it is written, and
    so do "v2.4", "iPhone", "c. 1664" and commands."""
    begins_with_an_address = next((start == 0 for start, _ in address_spans(text)), False)
    return text if begins_with_an_address or _OWN_CASE.match(text) else text[:1].upper() + text[1:]
