"""Captions: in time with the narration, readable, and never markup."""

import re
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from service.pipelines.film.script.voice import captions, narration
from service.pipelines.film.script.voice.timeline import FPS, Slot, Timeline, Word

HOSTILE = "Hi\n\n00:00.000 --> 99:00.000\nNOTE <c.red>&amp; <b> x</b> --> end"


def timeline(wording: str, seconds: float = 10.0) -> Timeline:
    line = narration.reading(wording, "en")
    return Timeline((Slot(0, round(seconds * FPS), narration.read_silently(line, 0.3, seconds - 0.6)),))


def test_words_of_a_brief_are_never_markup() -> None:
    written = captions.webvtt(captions.cues(timeline(HOSTILE)))
    head, *blocks = written.strip().split("\n\n")
    assert head == "WEBVTT"
    for number, block in enumerate(blocks, 1):
        name, times, words = block.split("\n")
        assert name == str(number)
        assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}", times)
        assert not re.search(r"<|>|-->|&(?!amp;|lt;|gt;)", words)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200))
@settings(max_examples=100, deadline=None)
def test_cues_follow_each_other_within_the_film(wording: str) -> None:
    plan = timeline(wording)
    shown = captions.cues(plan)
    for before, after in pairwise(shown):
        assert before.start < before.end <= after.start
    assert all(0 <= cue.start < cue.end <= plan.seconds for cue in shown)
    blocks = captions.webvtt(shown).strip().split("\n\n")
    assert len(blocks) == 1 + len(shown)


def test_long_lines_are_broken_where_a_speaker_would_pause() -> None:
    shown = captions.cues(timeline("It wakes you up with twelve shades of sunrise, lasts forty hours on one charge."))
    assert [cue.text for cue in shown] == [
        "It wakes you up with twelve shades",
        "of sunrise, lasts forty hours on",
        "one charge.",
    ]


def test_written_words_get_the_times_of_their_spoken_form() -> None:
    line = narration.reading("See aurora-lamp.com — now!", "en")
    assert line.spoken == "See aurora lamp dot com, now!"
    times = [(0.0, 0.4), (0.4, 0.9), (0.9, 1.2), (1.2, 1.4), (1.4, 2.0), (2.0, 2.5)]
    assert narration.timed(line, times, 2.5, 10.0) == (
        Word("See", 10.0, 10.4),
        Word("aurora-lamp.com", 10.4, 11.85),
        Word("—", 12.0, 12.0),
        Word("now!", 12.0, 12.5),
    )
