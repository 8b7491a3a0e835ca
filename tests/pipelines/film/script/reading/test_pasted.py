# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Scripts in columns and answers under quoted questions, in the ways in which people paste them."""

import pytest

from service.pipelines.film.script.judging import reread
from service.pipelines.film.script.reading import brief

WORDS_AND_VOICE = """\
PICTURE | SOUND
A key in a door | rain outside
Words: Room to let | Voice: You move in alone.
Voice: In our house nobody does.
Words: 12 rooms, from 4 May | Voice: Come and see one."""
TWO_STROKES = """\
画面 || 声音
空荡的码头，海鸥 || 你上一次看日出，是什么时候？
船慢慢离岸 || 晨光号，每天清晨五点半开船。
船名特写 || 票价40元，七岁以下免费。"""
HASHES = """\
Visual # Audio
Waves at night # Water in the bay: 6 degrees. You have half an hour.
Pager, boots # Crew: 22 volunteers.
A new engine in its crate # A new pair costs £86,000."""
COUNTED_CELLS = """\
Visual (V) | Audio (A)
V1 Clock over a shutter | A1 From 1 June we keep summer hours.
V2 A bar fills green | A2 Open from 6 am to noon.
V3 App icon | A3 Order in the app."""
FRAMES = """\
FR 1 – black, a match strikes (SFX). no text
FR 2 – macro: a wick catches. TEXT: Some rooms ask for less.
FR 3 – window, rain. TEXT: Less light. Less noise.
FR 4 – the candle on slate. TEXT: Hollin. Poured by hand in Maine.

Sound: rain, a felt piano. No voiceover at all. The client hates lens flare."""
QUOTED = """\
Hi Sunny, my answers below.

>> What is it?
The Long Table. One supper a month in the old tram depot.
>> Dates in order please
Friday 3 May, Friday 7 June, Friday 5 July
>> Ticket price?
£14 each, soup to pudding
>> What should the film feel like?
Candles, slow, no music with words."""
IN_TABS = """\
WHAT	|	HEARING TESTS
WHEN	|	SATURDAY 9 MAY, 10 TO 4
WHERE	|	12 MILL LANE"""


@pytest.mark.parametrize(
    ("content", "told", "never"),
    [
        (WORDS_AND_VOICE, ("Room to let", "You move in alone", "nobody does", "12 rooms"), ("A key", "rain", "Words")),
        (TWO_STROKES, ("什么时候", "五点半开船", "票价40元"), ("画面", "码头", "船慢慢", "特写")),
        (HASHES, ("Water in the bay: 6 degrees", "22 volunteers", "£86,000"), ("Waves", "Pager", "crate", "#")),
        (COUNTED_CELLS, ("From 1 June", "Open from 6 am"), ("A1", "Clock", "V2", "icon")),
        (FRAMES, ("Some rooms ask", "Less light", "Poured by hand"), ("macro", "wick", "rain", "voiceover", "flare")),
        (QUOTED, ("The Long Table", "7 June", "£14 each"), ("Dates in order", "Ticket price", "answers", "Candles")),
        (IN_TABS, ("HEARING TESTS", "9 MAY"), ("| |",)),
    ],
)
def test_what_is_told_is_told_and_the_rest_is_not(content: str, told: tuple[str, ...], never: tuple[str, ...]) -> None:
    whole = "\n".join(brief.read(content, None).sentences)
    assert [words for words in told if words not in whole] == []
    assert [words for words in never if words in whole] == []


def test_numbered_questions_without_a_colon_stand_over_their_answers() -> None:
    quiz = "Q1 Which is older, the fork or the spoon?\nA: The spoon.\n\nQ2 How old is our oldest shoe?\nA: 1,870 years."
    said = brief.read(quiz, None).sentences
    assert not any(words.startswith(("Q1", "A:")) for words in said)


def test_how_long_a_show_lasts_is_no_wish_for_its_film() -> None:
    asked = "> 作品は\nオペラ「雨の夜」。新作です。\n> どこで\nmori-opera.example\n"
    answers = asked + "> 長さ\n2時間10分。休憩なし。\n> 値段\n3,000円。"
    assert any("2時間10分" in words for words in brief.read(answers, None).sentences)


def test_the_second_reading_knows_a_label_in_the_middle_of_a_line() -> None:
    read = {one.sentence: one.chance for one in reread.readings(FRAMES)}
    assert read["Less light."] == read["Less noise."] == 0.0
