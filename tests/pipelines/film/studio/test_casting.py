"""Who speaks: the voice that comes closest to what was asked for."""

from pathlib import Path

import numpy as np
import pytest

from lab.harness.film_context import local_context
from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.lines.sound_talk import VoiceWish
from service.pipelines.film.script.reading import brief
from service.pipelines.film.studio import casting, voice
from service.pipelines.film.wishes import Wishes


def asked(words: str) -> VoiceWish:
    return sound_talk.asked(Wishes(voice=words), ())[0]


@pytest.mark.parametrize(
    ("lang", "words", "name"),
    [
        ("en", "", "af_heart"),
        ("en-gb", "", "bf_emma"),
        ("en-au", "", "bf_emma"),
        ("en", "British male", "bm_george"),
        ("en", "a deep, serious man's voice", "am_onyx"),
        ("en", "young energetic male voice", "am_puck"),
        ("en", "British accent, deep male voice", "bm_lewis"),
        ("en", "American woman, lively", "af_bella"),
        ("en", "Irish woman", "bf_emma"),
        ("en", "whispering", "af_nicole"),
        ("en", "bm_fable", "bm_fable"),
        ("en", "Isabella", "bf_isabella"),
        ("fr", "voix masculine", "ff_siwis"),
        ("es", "voz masculina", "em_alex"),
        ("pt-br", "voz masculina", "pm_alex"),
        ("pt", "british woman", "pf_dora"),
        ("it-ch", "voce maschile", "im_nicola"),
        ("de", "male", None),
    ],
)
def test_the_voice_that_comes_closest_speaks(lang: str, words: str, name: str | None) -> None:
    wish = asked(words) if words else sound_talk.ANY_VOICE
    found = casting.cast(lang, wish)
    assert (found.name if found else None) == name


def test_a_brief_chooses_the_voice() -> None:
    read = brief.read(
        "Create a 20-second video with a British male narrator about our bakery. Fresh bread at six.", None
    )
    who, _ = sound_talk.asked(Wishes(), read.directions)
    found = casting.cast("en", who)
    assert found
    assert found.name == "bm_george"


def test_every_voice_is_there() -> None:
    with np.load(voice.VOICES) as kept:
        # The Japanese ones are in the model's package.
        assert set(kept) == {each.name for each in casting.VOICES if each.lang != "ja"}
        assert all(kept[name].shape == (96, 256) for name in kept)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Irish man", ["There is no voice with the accent en-ie here: British is spoken."]),
        ("child", ["There is no child's voice here."]),
        ("warm British man", []),
    ],
)
def test_what_no_voice_has_is_said(words: str, said: list[str]) -> None:
    wish = asked(words)
    found = casting.cast("en", wish)
    assert found
    assert casting.shortfalls(wish, "en", sex=found.sex, spoken=found.lang, traits=found.traits) == said


def test_a_sex_that_no_voice_has_is_said() -> None:
    wish = asked("voix masculine")
    assert casting.shortfalls(wish, "fr", sex="female", spoken="fr", traits=()) == [
        "There is no male voice for fr here: a female one speaks."
    ]


@pytest.mark.parametrize(
    ("lang", "words", "name", "warnings"),
    [
        ("nl", "", "nl", 0),
        ("nl", "vrouwenstem, female", "nl+f2", 0),
        ("nl", "a child", "nl", 1),
        ("de-at", "man", "de", 0),
    ],
)
def test_espeak_has_voices_of_both_sexes(tmp_path: Path, lang: str, words: str, name: str, warnings: int) -> None:
    take = voice.speak_lines(local_context(tmp_path), ["Ja."], lang, fit_s=9, wish=asked(words))
    assert take
    assert (take.engine, take.voice, len(take.warnings)) == ("espeak", name, warnings)
