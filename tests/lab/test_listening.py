# ruff: noqa: RUF001 -- the letters of the phonetic alphabet are meant
"""What the listener measures without a recogniser: on sounds whose level, pauses and words are known."""

import numpy as np
import pytest

from lab.listening import ears, levels, page, wording
from lab.listening.levels import Line
from service.pipelines.film.script.voice.timeline import Word
from service.pipelines.film.studio.sound import RATE, Sound
from service.pipelines.film.studio.speak import Reader


def tone(hertz: float, seconds: float, gain: float = 0.1) -> Sound:
    return (gain * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def line(text: str, sound: Sound, at: float = 0.0) -> Line:
    words = text.split()
    each = len(sound) / RATE / len(words)
    timed = tuple(Word(word, at + number * each, at + (number + 1) * each) for number, word in enumerate(words))
    return Line(timed, tuple(words), at, sound[:, None])


def test_the_voice_is_as_far_above_the_music_as_it_was_mixed() -> None:
    voice, music = tone(1000, 2.0, 0.4), np.stack([tone(1200, 2.0)] * 2, axis=1)
    whole, each = levels.over_the_music(voice, music, [line("one two", voice)])
    assert whole == pytest.approx(20 * np.log10(4), abs=0.1)
    assert [word for word, _ in each] == ["one", "two"]
    # Music that lies where no words are does not count.
    assert levels.over_the_music(voice, music * 0, [line("one two", voice)])[0] > 60


def test_a_pause_counts_inside_a_sentence_alone() -> None:
    sound = np.concatenate([tone(300, 1.0), np.zeros(RATE * 6 // 5, np.float32), tone(300, 1.0)])
    assert levels.longest_pause_s(line("come here", sound)) == pytest.approx(1.2, abs=0.03)
    assert levels.longest_pause_s(line("come. Here", sound)) == 0


def test_what_is_trimmed_off_a_line_is_heard_if_it_is_a_word() -> None:
    quiet, loud = tone(300, 0.2, 0.01), tone(300, 1.0, 0.5)
    assert levels.trimmed_db(np.concatenate([np.zeros(RATE, np.float32), loud]), RATE) < -60
    assert levels.trimmed_db(np.concatenate([quiet, loud]), RATE) == pytest.approx(-34, abs=1)


def test_silence_jumps_clipping_and_the_end_are_measured() -> None:
    steady = np.stack([tone(300, 9.0)] * 2, axis=1)
    jumping = steady.copy()
    jumping[4 * RATE :] *= 4
    assert levels.largest_jump_db(steady) < 0.1
    assert levels.largest_jump_db(jumping) == pytest.approx(12, abs=0.3)
    jumping[6 * RATE : 7 * RATE] = 0
    assert levels.longest_silence_s(jumping) == pytest.approx(1.0, abs=0.03)
    assert levels.clipped(np.clip(jumping * 10, -1, 1)) > 1000
    assert levels.ending_db(steady) == pytest.approx(0, abs=0.5)
    fading = steady * np.linspace(1, 0, len(steady), dtype=np.float32)[:, None] ** 3
    assert levels.ending_db(fading) < -60


def test_words_are_heard_by_their_sounds() -> None:
    sounds = wording.sounds_by(Reader(["en-us"]))
    said = [line("40 metres from Xero.", tone(300, 1.0)), line("Taste it for $5.", tone(300, 1.0))]
    said[1] = Line(said[1].words, ("Taste", "it", "for", "5 dollars."), 0.0, said[1].sound)
    good = wording.compared(said, "40 meters from zero, taste it for $5.", "en", sounds)
    assert not good.missed
    assert good.error < 0.05
    bad = wording.compared(said, "40 meters from zero, taste it for fine.", "en", sounds)
    assert bad.missed == ("$5.",)
    assert wording.compared(said, "", "en", sounds).error == 1.0


def test_names_get_a_dictionary_entry() -> None:
    assert ears.arpabet("lˈuːmoʊ") == ["L", "UW", "M", "OW"]
    assert ears.arpabet("tʃˈɪp") == ["CH", "IH", "P"]


def test_the_plot_has_a_line_for_each_voice() -> None:
    reports = [
        {"engine": engine, "alone": 0.01, "under": {"0": 0.02, "6": 0.1, "12": 0.3}} for engine in ("kokoro", "espeak")
    ]
    picture = page.plot(reports)
    assert picture.count("<polyline") == 2
    assert "music +12 dB" in picture
