# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Which mood a brief has: what its sender wishes and what it tells, weighed by its words and by what its sentences
mean, with weights learnt from marked briefs (`lab/marked/learn_moods.py`). They say which mood costs least if it is
wrong: a merry film of a funeral is worse than a calm one of a fair."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from service.pipelines.film.script.learnt import addressee, meaning, weights
from service.pipelines.film.script.learnt.weights import Weights
from service.pipelines.film.script.treatment import MOODS, Mood

WEIGHTS = Path(__file__).parents[1] / "words" / "moods.xz"


_ASKED: dict[Mood, str] = {
    "calm": "calm|quiet(?:ly)?\\b|dignified|solemn|sober\\b|serious\\b|tranquil|gentle\\b|ruhig|würd(?:e\\b|evoll|"
    "ig)|sachlich|ernst\\b|calme|sobre\\b(?! (?:tod|los|las|el|la|un))|digne|posée?\\b|seren|seri[oa]s?\\b|sobri|"
    "dign|rustig|waardig|ingetogen|sereen|spokojn|godn|poważn|спокой|достойн|сдержан|lugn|stillsam|værdig|sakin|"
    "落ち着|静か|厳か|安静|庄重|沉稳|차분|조용|هادئ|शांत",
    "warm": "warm(?:e[mnrs]?)?\\b|cosy|cozy|heartfelt|gemütlich|chaleur|cálid|calid|accoglient|acolhedor|calor|"
    "gezellig|ciepł|тепл|varm|sıcak|あたたか|暖か|温か|温暖|温馨|따뜻|دافئ|गर्म",
    "joyful": "joyful|cheerful|happy\\b(?! (?:to|if|for))|playful|funny\\b|fun\\b|fröhlich|lustig|witzig|joyeu|"
    "gaie?\\b|drôle|alegre|divertid|allegr|divertent|vrolijk|grappig|wesoł|весел|rolig og sjov|neşeli|明るく|楽し|"
    "欢快|轻松|활기|밝고|مرح(?!ب)|خفيف",
    "energetic": "energetic|upbeat|fast[- ]paced|punchy|dynami|bold\\b|flott|energiegeladen|rythm|énergi|rápid|"
    "enérgic|veloce|ritmat|energic|energiek|dynamicz|энергич|динамич|enerji|勢い|元気|快节奏|动感",
    "dramatic": "dramatic|epic|urgent\\b|intense|dramatisch|eindringlich|dramati|épique|dramátic|épic|drammatic|епич|"
    "эпич|драмат|dramatycz|dramatisk|緊張|劇的|震撼|드라마",
    "elegant": "elegan|luxur|refined|classy|sophisticat|edel|stilvoll|élégan|raffin|eleganc|elegante|lusso|raffinat|"
    "stijlvol|элегант|şık|上品|高級|优雅|高级|우아|고급|أنيق",
    "hopeful": "hopeful\\b|uplifting|inspiring|optimis|hoffnungsvoll|zuversichtlich|mutmach|inspirant|inspirador|"
    "hoopvol|hoppfull|håpefull|umut",
}
"""What people call the mood that they wish for."""
_OF_MOODS = re.compile(
    r"\b(?:moods?|tone|tono|tom|ton|toon|stimmung|ambiance|atmosphère|atmosphere|atmosfera|atmósfera|ambiente|sfeer|"
    r"klimat|nastrój|настроение|тон|stämning|stemning|feel(?:ing)?|vibe|register)\b|ムード|雰囲気|トーン|분위기|톤|氛围|"
    r"基调|风格|نبرة|أجواء",
    re.IGNORECASE,
)
"""What a long direction speaks of if it is about the mood."""
_FEW_WORDS, _LETTERS_A_WORD = 6, 3
"""A direction of so few words that names a mood wishes for it. A word in a script without spaces has so many
letters."""
_PATTERNS = {mood: re.compile(rf"(?<!\w)(?:{words})", re.IGNORECASE) for mood, words in _ASKED.items()}
_DENIED = re.compile(
    r"\b(?:not?|never|nor|kein\w*|nicht|pas|ni|sin|non|niente|não|nem|sem|geen|niet|bez|nie|не|без|inte|ikke)\b[^,.;!?]*",
    re.IGNORECASE,
)
MEANT = ("=", *(f"= {at}" for at in range(3 * meaning.NUMBERS)))
"""The names of what a brief means, after that of what all briefs have."""


def mood_of(directions: Sequence[str], told: Sequence[str]) -> Mood:
    """Return the mood that is asked for in so many words, the first if there are several; else the one that fits
    best."""
    return asked(directions) or best(weights.read(WEIGHTS), list(features(directions, told)), meant(directions, told))


def asked(directions: Sequence[str]) -> Mood | None:
    """Return the mood that directions wish for first: in a few words, or in a sentence about the mood. What is only
    told with such a word ("as fast as you can", "Pomona is quiet in winter") wishes for none."""
    return named([sentence for sentence in directions if _is_brief(sentence) or _OF_MOODS.search(sentence)])


def _is_brief(sentence: str) -> bool:
    words = sentence.split()
    return (len(words) if len(words) > 1 else len(sentence) / _LETTERS_A_WORD) <= _FEW_WORDS


def named(directions: Sequence[str]) -> Mood | None:
    """Return the mood that directions name first, without what they deny ("not salesy")."""
    for sentence in directions:
        wanted = _DENIED.sub(" ", sentence)
        places = {mood: found.start() for mood, pattern in _PATTERNS.items() if (found := pattern.search(wanted))}
        if places:
            return min(places, key=lambda mood: places[mood])
    return None


def best(learnt: Weights, counted: Sequence[str], meant: Sequence[float]) -> Mood:
    """Return the mood that features and meanings weigh most for."""
    spread = math.sqrt(len([feature for feature in counted if f"{MOODS[0]} {feature}" in learnt]) or 1)

    def weight(mood: Mood) -> float:
        by_words = weights.total(learnt, (f"{mood} {feature}" for feature in counted)) / spread
        return by_words + sum(
            learnt.get(f"{mood} {name}", 0) * value for name, value in zip(MEANT, (1.0, *meant), strict=True)
        )

    return max(MOODS, key=weight)


def features(directions: Sequence[str], told: Sequence[str]) -> Iterator[str]:
    """Yield what is counted of a brief, each as a name: the stems of its words, and the words of its wishes."""
    wished = [word for sentence in directions for word in addressee.words_of(sentence)]
    said = [word for sentence in told for word in addressee.words_of(sentence)]
    yield ""
    yield from {f"d {word}" for word in wished}
    yield from {f"s {addressee.stem(word)}" for word in (*wished, *said)}


def meant(directions: Sequence[str], told: Sequence[str]) -> list[float]:
    """Return what a brief means, in numbers: what it tells as a whole, how it begins, and what is wished."""
    found = meaning.of([*told, *directions])
    said, wished = found[: len(told)], found[len(told) :]
    return [
        float(one) for part in (meaning.middle(said), meaning.middle(said[:1]), meaning.middle(wished)) for one in part
    ]
