# ruff: noqa: RUF001 -- the letters of other scripts are meant
"""Where a long word may be divided: at its own hyphen, at what looks like the joint of a compound, between syllables.
By rules on its letters, so that no dictionary is needed: it hears syllables, and knows few words. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_FEWEST, _SHORTEST = 10, 4
"""Letters of a word that may be divided, and of each part."""
_VOWELS = frozenset("aeiouyæøœаеёиоуыэюяіїєαεηιουω")
_ONE_SOUND = re.compile("sch|ch|ck|ph|th|sh|qu|ß")
_BEGINNING = re.compile(
    "(?:schl|schr|schm|schn|schw|sch|chr|ch|ph|th|sh|str|spr|spl|skr|scr|st|sp|sk|pfl|pfr|pf|tr|dr|kr|cr|br|pr|gr|fr|vr|"
    "wr|bl|pl|gl|fl|kl|cl|kn|gn|zw|qu|.)$"
)
"""What several consonants at the beginning of a syllable may be."""
_LINKING = re.compile("[tgdk]s$")
"""The s between the parts of a compound: "Geburts|tag", not "Geburt|stag"."""
_SECOND_PARTS = re.compile(
    "(?:abend|angebot|anlage|arbeit|ausstellung|beratung|betrieb|dienst|eroffnung|essen|fahigkeit|feier|fest|fuhrung|"
    "gutschein|haus|karte|konzert|kosten|kurs|laden|leitung|lieferung|markt|messe|morgen|museum|nacht(?!s)|platz|preis|"
    "programm|raum|reise|schule|service|training|umzug|wagen|werkstatt|woche|zeit|zentrum|zubehor)|"
    r"(?P<prefix>ver|ent|zer|uber|unter|auf|aus)(?=[^\W\d_]{4})"
)
"""What the second part of a German compound often begins with, without its accents."""
_NEAR = 2
"""Letters before such a part in which no syllable begins."""
JOINT, _SYLLABLE, _AFTER_A_PREFIX = 2, 1, 0
"""How strong a break is."""
_MANY = 3


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a word may be divided: before letter `at`. The `stronger`, the better. `hyphen`: one is to be set,
    because the word has none there."""

    at: int
    stronger: int
    hyphen: bool = True


@lru_cache(maxsize=2048)
def breaks(word: str) -> tuple[Break, ...]:
    """Return where a word may be divided, from left to right; nowhere if it is short, a number or an address."""
    if any(not (letter.isalpha() or letter in "-'’") for letter in word.strip("!?.,:;…“”„\"'()")):
        return ()
    own = [match.end() for match in re.finditer(r"(?<=[^\W\d_]{3})-(?=[^\W\d_]{3})", word)]
    if own:
        return tuple(Break(at, JOINT, hyphen=False) for at in own)
    plain = _plain(word)
    if len(plain) != len(word) or sum(map(str.isalpha, word)) < _FEWEST:
        return ()
    first = next(at for at, letter in enumerate(word) if letter.isalpha())
    last = max(at for at, letter in enumerate(word) if letter.isalpha()) + 1
    found = dict(_syllables(plain))
    for match in _SECOND_PARTS.finditer(plain):
        # The joint is there, not a consonant before.
        found = {at: strength for at, strength in found.items() if not 0 < match.start() - at <= _NEAR}
        found[match.start()] = JOINT
        if match["prefix"] and match.end() in found:
            found[match.end()] = _AFTER_A_PREFIX
    return tuple(
        Break(at, strength) for at, strength in sorted(found.items()) if first + _SHORTEST <= at <= last - _SHORTEST
    )


def _plain(word: str) -> str:
    """A word in lower case and without accents, letter by letter."""
    return "".join(unicodedata.normalize("NFD", letter)[:1] for letter in word.lower())


def _syllables(plain: str) -> list[tuple[int, int]]:
    """Where the syllables of a word begin, but the first, with how strong the breaks are."""
    found = []
    for match in re.finditer(r"[^\W\d_]+", plain):
        letters = match[0]
        vowels = [at for at, letter in enumerate(letters) if letter in _VOWELS]
        for left, right in pairwise(vowels):
            between = letters[left + 1 : right]
            if not between:
                continue
            begins = right - len(_beginning(between))
            is_many = len(_ONE_SOUND.sub("c", between)) >= _MANY
            found.append((match.start() + begins, JOINT if is_many else _SYLLABLE))
    return found


def _beginning(consonants: str) -> str:
    """What of the consonants between two vowels begins the second syllable."""
    found = _BEGINNING.search(consonants)
    begins = found.start() if found else len(consonants) - 1
    return consonants[begins + bool(_LINKING.search(consonants[: begins + 1])) :] or consonants[-1]
