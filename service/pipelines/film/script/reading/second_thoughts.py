# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a brief takes back in the same breath: "at 17.30, no sorry, 18.00", "14 rue de Belleville... euh non 41",
"between A and B... no wait, between C and D". Pure."""

import re

from service.pipelines.film.script.writing import tokens

_NO = (
    r"no,? wait|wait,? no|no,? (?:sorry|actually)|sorry,? no|scratch that|(?:äh |ach |ne |nee )?nein,? "
    r"(?:warte|moment|sorry|quatsch)|äh,? nein|ach,? nein|nee,? (?:warte|moment|wacht|sorry)|(?:euh|ah),? non|"
    r"non,? (?:pardon|attends|attendez)|enfin non|o nee|yok,? pardon|yok yok|no,? (?:espera|perdón|perdona|miento)|"
    r"no,? (?:aspetta|scusa|anzi)|não,? (?:espera|desculpa|perdão)|"
    r"(?:ой,? )?нет,? (?:стоп|подожди|погоди|вернее|точнее)|ой,? нет|nie,? (?:czekaj|sorry|przepraszam)|"
    r"nej,? (?:vänta|vent|förlåt|undskyld|unnskyld)|いや、?違う|不对[,，]?"
)
_OR = (
    r"sorry,? I mean|I mean|make that|quatsch|pardon|perdón|digo|anzi|aliás|znaczy|じゃなくて|じゃなくって|"
    r"哦?不是[,，]?是|아니(?:다|,|요)"
)
"""What takes back only a figure: "I mean" and "pardon" are said of much else."""
_TAKEN_BACK = re.compile(
    r"(?:\s*(?:\.\.\.|…|[,;–—-])\s*|\s+|(?<=[\u3040-\u9fff]))"
    rf"(?:(?P<no>{_NO})|{_OR})(?!\w)\s*(?:\.\.\.|…|[,;:–—-])?\s*",
    re.IGNORECASE,
)
_A_WORD_ON = re.compile(r"^[^,.!?;\n]{0,40},\s+")
"""Why it is taken back, before what it is instead: "…, that one is gone, between Vlissingen and Breskens"."""
_NUMBER = re.compile(r"(?<![\w.:,])\d+(?P<mark>[.:]\d\d)?(?!\d|[.:,/]\d)")
_FEWEST_LETTERS = 2
_FARTHEST = 60
"""Letters between what is taken back and the words that do so."""


def mended(content: str) -> str:
    """Return a brief in which what was taken back at once is replaced by what it is instead. Only if both are of one
    kind, such as two times, or begin with the same word."""
    return "\n".join(_mended(line) for line in content.split("\n"))


def _mended(line: str) -> str:
    at = 0
    while found := _TAKEN_BACK.search(line, at):
        before, after = line[: found.start()], line[found.end() :]
        spliced = _of_one_kind(before, after) or (_with_one_beginning(before, after) if found["no"] else None)
        if spliced is None:
            at = found.end()
        else:
            line, at = spliced
    return line


def _of_one_kind(before: str, after: str) -> tuple[str, int] | None:
    """The line with the figure after in the place of that before, and where to read on."""
    new = next(iter(tokens.find(after)), None)
    if new is not None and new.start == 0:
        old = next((token for token in reversed(tokens.find(before)) if token.kind is new.kind), None)
        if old is not None and len(before) - old.end <= _FARTHEST:
            start = before[: old.start]
            return f"{start}{after}", len(start)
    number = _NUMBER.match(after)
    numbers = [old for old in _NUMBER.finditer(before) if number and bool(old["mark"]) == bool(number["mark"])]
    if number is None or not numbers or len(before) - numbers[-1].end() > _FARTHEST:
        return None
    start, end = before[: numbers[-1].start()], before[numbers[-1].end() :]
    # A street stays behind its number; an ending ("17.30'da") has come again.
    kept = end if " " in end else ""
    return f"{start}{number.group()}{kept}{after[number.end() :]}", len(start)


def _with_one_beginning(before: str, after: str) -> tuple[str, int] | None:
    """The same if what is said instead begins with a word of what is taken back: "between …, no wait, between …"."""
    aside = _A_WORD_ON.match(after)
    for words in (after, after[aside.end() :] if aside else ""):
        first = words.split(maxsplit=1)[0] if words.split() else ""
        if not first.isalpha() or len(first) < _FEWEST_LETTERS or " " not in words:
            continue
        olds = list(re.finditer(rf"(?<!\w){re.escape(first)}(?!\w)", before, re.IGNORECASE))
        if olds and len(before) - olds[-1].start() <= _FARTHEST:
            start = before[: olds[-1].start()]
            return f"{start}{words}", len(start)
    return None
