# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What briefs and jobs say of voice and music."""

import pytest

from service.pipelines.film.script.lines import sound_talk
from service.pipelines.film.script.lines.sound_talk import MusicWish, VoiceWish
from service.pipelines.film.script.reading import brief
from service.pipelines.film.wishes import Wishes


def asked(content: str) -> tuple[tuple[str, ...], VoiceWish, MusicWish]:
    read = brief.read(content, None)
    return read.sentences, *sound_talk.asked(Wishes(), read.directions)


@pytest.mark.parametrize(
    ("content", "sentences", "sex", "accent"),
    [
        (
            "Make a 20-second video with a warm female voice about our bakery. Fresh bread at six.",
            ("Our bakery.", "Fresh bread at six."),
            "female",
            "",
        ),
        (
            "Create a video for our bakery with calm piano music and a British male narrator. Fresh bread.",
            ("Our bakery.", "Fresh bread."),
            "male",
            "en-gb",
        ),
        ("Doors at 8. British accent please.", ("Doors at 8.",), "", "en-gb"),
        ("Read by a woman with an Irish accent. Come to Galway.", ("Come to Galway.",), "female", "en-ie"),
        ("Narrator: British male, warm\nVO: Fresh bread at six.", ("Fresh bread at six.",), "male", "en-gb"),
        ("Stimme: männlich\nBäckerei Nord öffnet um sechs.", ("Bäckerei Nord öffnet um sechs.",), "male", ""),
        (
            "Créez une vidéo de 20 secondes avec une voix féminine pour notre boulangerie. Pain frais à six heures.",
            ("Notre boulangerie.", "Pain frais à six heures."),
            "female",
            "",
        ),
        ("Bäckerei Nord öffnet um sechs. Mit weiblicher Stimme.", ("Bäckerei Nord öffnet um sechs.",), "female", ""),
        ("Pan fresco a las seis. Voz masculina, por favor.", ("Pan fresco a las seis.",), "male", ""),
        ("Tea from the hills. No male voice, please.", ("Tea from the hills.",), "female", ""),
    ],
)
def test_who_is_to_speak_is_obeyed_and_not_said(
    content: str, sentences: tuple[str, ...], sex: str, accent: str
) -> None:
    said, voice, _ = asked(content)
    assert said == sentences
    assert (voice.sex, voice.accent, voice.is_off) == (sex, accent, False)


@pytest.mark.parametrize(
    ("content", "wish"),
    [
        ("Fresh bread. No music.", {"is_off": True}),
        ("Pain frais. Sans musique.", {"is_off": True}),
        ("Frisches Brot. Keine Musik bitte.", {"is_off": True}),
        ("Fresh bread.\nMusic: none", {"is_off": True}),
        ("Fresh bread. Calm piano music.", {"mood": "calm", "lead": "piano"}),
        ("Fresh bread. Use a deep male voice and epic orchestral music.", {"mood": "dramatic", "lead": "strings"}),
        ("Fresh bread.\nMusik: ruhiges Klavier", {"mood": "calm", "lead": "piano"}),
        ("VO: Fresh bread.\nMUSIC: pulsing electronic, builds", {"mood": "energetic", "lead": "synth"}),
        (
            "Fresh bread. Upbeat music with a choir and saxophone.",
            {"mood": "energetic", "cannot": ("choir", "saxophone")},
        ),
    ],
)
def test_what_is_to_be_played_is_obeyed_and_not_said(content: str, wish: dict[str, object]) -> None:
    said, _, music = asked(content)
    assert len(said) == 1
    assert {name: getattr(music, name) for name in wish} == wish


@pytest.mark.parametrize(
    "content",
    [
        "Live music every Friday.",
        "An evening with calm piano music at the Blue Note.",
        "Good food.\nJazz music.\nCold drinks.",
        "A choir with strong female voices sings on Friday.",
        "No voice is too small.",
        "No music, no noise, just you.",
        "We give a voice to the voiceless.",
        "Our speakers fill the room with music.",
    ],
)
def test_what_a_brief_tells_of_music_and_voices_is_said(content: str) -> None:
    said, voice, music = asked(content)
    assert " ".join(said).split() == content.split()
    assert (voice.is_off, voice.sex, music.is_off, music.mood) == (False, "", False, None)


def test_a_voice_can_be_turned_off() -> None:
    for content in ("Bread at six. No voiceover, only music.", "Bread at six. Silent film please, text only."):
        said, voice, music = asked(content)
        assert (said, voice.is_off, music.is_off) == (("Bread at six.",), True, False)


def test_metadata_comes_before_the_brief() -> None:
    directions = ["A warm female voice.", "No music."]
    voice, music = sound_talk.asked(Wishes(voice="british", music="joyful"), directions)
    assert (voice.sex, voice.accent, music.is_off, music.mood) == ("female", "en-gb", False, "joyful")
    voice, music = sound_talk.asked(Wishes(voice="off", music="off"), ["Male voice"])
    assert voice.is_off
    assert music.is_off


def test_a_voice_that_is_not_wanted_is_not_silence() -> None:
    """One brief asks for another voice, the other for none."""
    assert not asked("La crèche ouvre en mai. Musique douce, pas de voix d'enfant.")[1].is_off
    assert asked("La crèche ouvre en mai. Musique douce, pas de voix.")[1].is_off


@pytest.mark.parametrize(
    "wish",
    [
        "Graag zonder gesproken tekst.",
        "Bez lektora proszę.",
        "Озвучка не нужна.",
        "Seslendirme istemiyoruz, yalnızca yazı.",
        "ナレーションは不要です。",
        "不需要旁白。",
        "لا نريد معلقًا صوتيًا.",
        "Not a single spoken word, captions only.",
    ],
)
def test_no_voice_is_understood_by_what_a_wish_means(wish: str) -> None:
    assert sound_talk.asked(Wishes(), [wish])[0].is_off


@pytest.mark.parametrize(
    "wish",
    [
        "Geen robotstem.",
        "Голос без пафоса.",
        "Keine Kinostimme.",
        "Bez smutnej muzyki.",
        "Quiet voice.",
        "No drone shots.",
    ],
)
def test_what_denies_something_else_leaves_the_voice(wish: str) -> None:
    voice, music = sound_talk.asked(Wishes(), [wish])
    assert (voice.is_off, music.is_off) == (False, False)


@pytest.mark.parametrize(
    ("wish", "sex"),
    [
        ("Graag een warme vrouwenstem.", "female"),
        ("Niski męski głos.", "male"),
        ("Голос женский, спокойный.", "female"),
        ("Erkek sesi olsun.", "male"),
        ("女性の優しい声で。", "female"),
        ("请用男声。", "male"),
    ],
)
def test_whose_voice_is_understood_by_what_a_wish_means(wish: str, sex: str) -> None:
    assert sound_talk.asked(Wishes(), [wish])[0].sex == sex


@pytest.mark.parametrize(
    ("wish", "lead"),
    [
        ("Rustige gitaar eronder.", "guitar"),
        ("Тихое фортепиано.", "piano"),
        ("ピアノを少しだけ。", "piano"),
        ("Une guitare, rien d'autre.", "guitar"),
        ("No sad piano, maybe a guitar.", "guitar"),
        ("Geen viool graag.", None),
    ],
)
def test_an_instrument_is_known_in_any_language(wish: str, lead: str | None) -> None:
    assert sound_talk.asked(Wishes(), [wish])[1].lead == lead
