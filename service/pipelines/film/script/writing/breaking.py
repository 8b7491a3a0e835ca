"""Where a line may break in scripts that are written without spaces: between phrases, as BudouX finds them in Japanese,
Chinese and Thai. Pure."""

import functools
import re
import unicodedata
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from budoux import Parser

_Model: TypeAlias = Literal["ja", "th", "zh"]
_STAYS = frozenset("ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々")
"""What begins no line, besides marks and closing punctuation."""

_LONG_PHRASE = 8
_KATAKANA_ENDS = re.compile(r"(?<=[\u30a1-\u30fa\u30fc])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[\u30a1-\u30fa])")


def is_thai(character: str) -> bool:
    """Say whether a character belongs to a script whose sentences have spaces but whose words have none."""
    return "\u0e00" <= character <= "\u0e7f"


def phrases(word: str) -> list[str]:
    """Split a stretch of text without spaces where a line may break. Joined, the parts are `word`."""
    found: list[str] = []
    for part in _parser(_model(word)).parse(word):
        for piece in _at_other_letters(part):
            # A single letter is no phrase: it stays with the next, or with the one before if a mark follows it.
            is_scrap = bool(found) and (_letters(found[-1]) == 1 or (_letters(piece) == 1 and not piece[-1].isalpha()))
            if found and (is_scrap or not _may_break(found[-1][-1], piece[0])):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def _letters(piece: str) -> int:
    return sum(map(str.isalnum, piece))


def _at_other_letters(phrase: str) -> list[str]:
    """Cut a long phrase where katakana meets ideographs."""
    if len(phrase) <= _LONG_PHRASE:
        return [phrase]
    return [part for part in _KATAKANA_ENDS.split(phrase) if part]


def _may_break(left: str, right: str) -> bool:
    """Say whether a line may end with `left` and the next begin with `right`: not inside a number or a Latin word, not
    after an opening bracket, and not before what begins no line."""
    inside = not (_is_unspaced(left) or _is_unspaced(right))
    opens = unicodedata.category(left) in {"Ps", "Pi"}
    return not (
        inside or opens or right in _STAYS or unicodedata.category(right) in {"Mn", "Mc", "Me", "Pe", "Pf", "Po"}
    )


def _is_unspaced(character: str) -> bool:
    return is_thai(character) or unicodedata.east_asian_width(character) in {"W", "F"}


def _model(word: str) -> _Model:
    if any(map(is_thai, word)):
        return "th"
    return "ja" if any("\u3040" <= character <= "\u30ff" for character in word) else "zh"


@functools.cache
def _parser(model: _Model) -> "Parser":
    import budoux  # noqa: PLC0415 -- only these scripts need it

    if model == "th":
        return budoux.load_default_thai_parser()
    return budoux.load_default_japanese_parser() if model == "ja" else budoux.load_default_simplified_chinese_parser()
