# ruff: noqa: RUF001 -- the letters of other languages are meant
"""The colours that a brief's wishes name in words: "our colours are navy and gold", "groen-wit". Pure.

A word is a colour if it means much the same as a known one, in any language of the encoder. It is the film's if its
wish speaks of colours, or names nothing else: "a red terminal" is something to be seen.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from service.pipelines.film.script.learnt import meaning, wished
from service.pipelines.film.script.writing import denying, languages

_COLOURS = (
    "red C8102E, dark red 7A0019, maroon 6E0B14, burgundy 6D071A, crimson A6123A, rust red A6431F, orange F2780C, "
    "amber "
    "F0A202, ochre C48A1A, gold D4A017, yellow F5C518, lime green 9BCB1E, light green 8FCB8A, green 1E8C45, dark green "
    "0B4F2C, sage green 9CAF88, olive 7A7A2A, mint green 98DDB5, teal 0F7C80, turquoise 2BBFBF, sky blue 7EC4EE, light "
    "blue 8CBCEB, blue 1F5FBF, dark blue 12306E, navy 0B1F4B, navy blue 0B1F4B, indigo 3B2A82, petrol blue 0E5A6B, "
    "purple 6A2C91, violet 7A3FB0, lilac B79CD8, pink EE7FA8, magenta C2187A, brown 6B4226, beige DCC9A3, sand DEC79B, "
    "cream F5EBD3, white FFFFFF, black 101010, grey 7D8388, silver B7BCC2, terracotta C4593A, copper B0653A, coral "
    "FF7F60"
)
_KNOWN = tuple((row.strip().rpartition(" ")[0], f"#{row.strip().rpartition(' ')[2]}") for row in _COLOURS.split(","))
_ALIKE, _ALIKE_IN_TWO = 0.66, 0.82
"""How near a word, or two, must be to the name of a colour."""
_OF_COLOURS = re.compile(
    r"\b(?:colou?rs?|palette|brand|grade|farben?|hausfarben?|farblich|couleurs?|colore?s?|colori|cor(?:es)?|"
    r"kleur(?:en)?|"
    r"kolor\w*|barv\w*|цвет\w*|renk\w*|färg\w*|farger?|farver?|väri\w*|szín\w*|background|hintergrund|fond|fondo|fundo|"
    r"achtergrond|tło|фон\w*|χρώμα\w*)(?!\w)|色|颜色|顏色|색|لون|ألوان|สี",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_JOINTS = re.compile(r"[とやの和及与與、・,/&+は\s]|です|でお願い\w*|主|用")
_MOST, _MOSTLY, _SHORT = 3, 0.6, 3
_LONGEST = 160
"""Letters of a wish that is about colours and little else."""


def asked(wishes: Sequence[str]) -> list[str]:
    """Return the colours that the wishes of a brief name as the film's, as `#FF6600`, each once, at most three."""
    found: dict[str, None] = {}
    for wish in wishes:
        speaks_of_them = _OF_COLOURS.search(wish)
        for clause in wished.clauses(wish) if len(wish) <= _LONGEST else ():
            wanted = " ".join(piece.text for piece in denying.pieces([clause]) if not piece.is_denied)
            words = [word for word in _words(wanted) if not _OF_COLOURS.fullmatch(word)]
            colours = list(_colours(words)) if words else []
            telling = [word for word in words if len(word) >= _SHORT and word not in _EVERY_STOP]
            if colours and (speaks_of_them or 1 < len(colours) >= _MOSTLY * len(telling)):
                found.update(dict.fromkeys(colours))
    return list(found)[:_MOST]


_EVERY_STOP = frozenset(word for words in languages.STOP_WORDS.values() for word in words) | {
    "please",
    "pls",
    "bitte",
    "graag",
    "svp",
}


def _words(text: str) -> Iterator[str]:
    for part in text.casefold().replace("-", " ").split():
        if _UNSPACED.search(part):
            yield from filter(None, _JOINTS.split(part.strip(" .!。！")))
        else:
            yield from _WORD.findall(part)


def _colours(words: Sequence[str]) -> Iterator[str]:
    """Yield the colours that words name, two words before one: "sage green"."""
    names = meaning.of([name for name, _ in _KNOWN])
    pairs = [f"{one} {other}" for one, other in pairwise(words)]
    near = meaning.of([*words, *pairs]) @ names.T
    at = 0
    while at < len(words):
        single, double = near[at], near[len(words) + at] if at < len(pairs) else None
        if (
            double is not None
            and double.max() >= max(_ALIKE_IN_TWO, float(single.max()))
            and " " in _KNOWN[int(double.argmax())][0]
        ):
            yield _KNOWN[int(double.argmax())][1]
            at += 2
            continue
        if single.max() >= _ALIKE and words[at] not in _EVERY_STOP:
            yield _KNOWN[int(single.argmax())][1]
        at += 1
