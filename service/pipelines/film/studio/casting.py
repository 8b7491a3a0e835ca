"""Who speaks: the voices there are, and which of them comes closest to what was asked for. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.pipelines.film.script.lines.sound_talk import Sex, VoiceWish

NEAREST = dict.fromkeys(("en-ie", "en-gb-scotland", "en-au", "en-nz", "en-za", "en-in"), "en-gb")
"""For accents that no voice may have here, the one that comes closest."""
_AUDIBLE = {"child": "child's", "robotic": "robot's", "whispering": "whispering"}
"""What everybody hears at once if a voice is not so."""
_ACCENTS = {"en-us": "American", "en-gb": "British", "pt-br": "Brazilian"}


@dataclass(frozen=True, slots=True)
class Voice:
    """One of Kokoro's voices: its name in `voices/kokoro.npz` (the Japanese ones are in the model's package), the
    language that it speaks, and what it is like (keys of `sound_talk.TRAITS`)."""

    name: str
    lang: str
    sex: Sex
    traits: tuple[str, ...] = ()


VOICES = (
    Voice("af_heart", "en-us", "female", ("warm",)),
    Voice("af_bella", "en-us", "female", ("bright", "young")),
    Voice("af_nicole", "en-us", "female", ("whispering", "calm")),
    Voice("am_michael", "en-us", "male", ("warm", "calm")),
    Voice("am_puck", "en-us", "male", ("bright", "young")),
    Voice("am_onyx", "en-us", "male", ("deep", "serious", "old")),
    Voice("bf_emma", "en-gb", "female", ("warm", "serious")),
    Voice("bf_isabella", "en-gb", "female", ("calm", "young")),
    Voice("bm_george", "en-gb", "male", ("serious", "calm", "old")),
    Voice("bm_fable", "en-gb", "male", ("warm", "bright", "young")),
    Voice("bm_lewis", "en-gb", "male", ("deep",)),
    Voice("ff_siwis", "fr", "female"),
    Voice("ef_dora", "es", "female"),
    Voice("em_alex", "es", "male"),
    Voice("if_sara", "it", "female"),
    Voice("im_nicola", "it", "male"),
    Voice("pf_dora", "pt-br", "female"),
    Voice("pm_alex", "pt-br", "male"),
    Voice("hf_alpha", "hi", "female"),
    Voice("hm_omega", "hi", "male"),
    Voice("jf_alpha", "ja", "female", ("calm", "warm")),
    Voice("jf_tebukuro", "ja", "female", ("bright", "young")),
    Voice("jm_kumo", "ja", "male"),
)
"""Of a language's voices, the one that speaks when nothing is asked for is the first."""


def primary(lang: str) -> str:
    """Return the language of a tag, without its region."""
    return lang.split("-", maxsplit=1)[0]


def accent_of(lang: str, wish: VoiceWish) -> str:
    """Return the language tag to speak: the accent that was asked for, if it is one of the film's language."""
    return wish.accent if primary(wish.accent) == primary(lang) else lang


def cast(lang: str, wish: VoiceWish) -> Voice | None:
    """Return the voice of `VOICES` that comes closest: by its name, then its accent, its sex, its manner; None if none
    speaks the language."""
    accent = accent_of(lang, wish)
    accent = NEAREST.get(accent, accent)
    words = wish.words.casefold().replace("-", "_").split()
    able = [voice for voice in VOICES if primary(voice.lang) == primary(lang)]

    def closeness(voice: Voice) -> tuple[bool, bool, bool, int]:
        is_named = voice.name in words or voice.name.partition("_")[2] in words
        return is_named, voice.lang == accent, voice.sex == wish.sex, len({*voice.traits} & {*wish.traits})

    return max(able, key=closeness, default=None)


def variant(wish: VoiceWish) -> str:
    """Return the variant of espeak-ng's voices that comes closest, as it is added to a voice's name; they are men's."""
    if "whispering" in wish.traits:
        return "+whisperf" if wish.sex == "female" else "+whisper"
    return "+f2" if wish.sex == "female" else ""


def shortfalls(wish: VoiceWish, lang: str, *, sex: Sex, spoken: str, traits: Sequence[str]) -> list[str]:
    """Return a sentence for each thing that was asked of the voice, and that the one that spoke does not have."""
    found = []
    if wish.sex and sex != wish.sex:
        found.append(f"There is no {wish.sex} voice for {lang} here: a {sex} one speaks.")
    asked = accent_of(lang, wish)
    if wish.accent and asked != spoken:
        found.append(f"There is no voice with the accent {wish.accent} here: {_ACCENTS.get(spoken, spoken)} is spoken.")
    found += [
        f"There is no {_AUDIBLE[trait]} voice here."
        for trait in wish.traits
        if trait in _AUDIBLE and trait not in traits
    ]
    return found
