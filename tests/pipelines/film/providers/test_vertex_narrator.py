"""When the words of a line are spoken, estimated from nothing but its sound."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipelines.film.providers.vertex.narrator import is_likely, language, pauses, prebuilt, times
from service.pipelines.film.script.lines.sound_talk import VoiceWish
from service.pipelines.film.studio.dialogue import ready_for_mix
from service.pipelines.film.studio.sound import RATE, Sound
from tests.support.fake_vertex import SPEECH_RATE, speech

LINE = "Our lamp wakes you up. Order yours, please, at the lamp shop!"


def recorded(line: str) -> Sound:
    raw = np.frombuffer(speech(line), "<i2").astype(np.float32) / np.float32(32768)
    return ready_for_mix(raw, SPEECH_RATE, []).sound


def test_a_pause_is_where_the_line_stops() -> None:
    sound = recorded(LINE)
    ((start, end),) = pauses(sound[:, 0])
    assert end - start == pytest.approx(0.3, abs=0.1)
    found = times(LINE, len(sound) / RATE, pauses(sound[:, 0]))
    assert found[4][1] == pytest.approx(start)
    assert found[5][0] == pytest.approx(end)


def test_a_silent_line_has_no_pause() -> None:
    assert pauses(np.zeros(0, np.float32)) == []
    assert pauses(np.zeros(RATE, np.float32)) == []


@given(
    st.lists(st.sampled_from(["a", "lamp,", "1,200", "sunrise.", "W" * 30, "!"]), min_size=1, max_size=12),
    st.lists(st.floats(0.15, 0.9), max_size=6),
    st.floats(0.5, 20),
)
def test_words_follow_one_another_within_their_line(words: list[str], gaps: list[float], seconds: float) -> None:
    starts: list[float] = (np.linspace(0.1, 0.9, len(gaps) + 1)[:-1] * seconds).tolist()
    room = 0.7 * seconds / max(len(gaps), 1)
    rests = [(at, at + gap * room) for at, gap in zip(starts, gaps, strict=True)]
    found = times(" ".join(words), seconds, rests)
    assert len(found) == len(words)
    assert found[0][0] == 0
    assert found[-1][1] == pytest.approx(seconds)
    assert all(start <= end for start, end in found)
    assert all(before[1] <= after[0] + 1e-9 for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("usual", "wish", "speaks"),
    [
        ("Kore", VoiceWish(), "Kore"),
        ("Kore", VoiceWish(sex="female"), "Kore"),
        ("Kore", VoiceWish(sex="male"), "Charon"),
        ("Puck", VoiceWish(sex="female"), "Kore"),
        ("Sulafat", VoiceWish(sex="male"), "Charon"),
        ("Sulafat", VoiceWish(), "Sulafat"),
        ("Kore", VoiceWish(sex="female", words="female voice, Leda"), "Leda"),
    ],
)
def test_a_prebuilt_voice_is_the_one_that_was_asked_for(usual: str, wish: VoiceWish, speaks: str) -> None:
    assert prebuilt(usual, wish) == speaks


@pytest.mark.parametrize(
    ("tag", "taken"), [("en", "en-US"), ("fr-ca", "fr-CA"), ("pt-br", "pt-BR"), ("sw", "sw"), ("zh-hant", "zh-hant")]
)
def test_a_language_has_its_region(tag: str, taken: str) -> None:
    assert language(tag) == taken


def test_a_sound_that_cannot_be_its_line_is_recognized() -> None:
    assert is_likely("", 0.5)
    assert is_likely(LINE, 4.5)
    assert not is_likely(LINE, 0.5)
    assert not is_likely(LINE, 30.0)
