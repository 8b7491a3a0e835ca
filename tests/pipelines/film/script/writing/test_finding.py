# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""Words are found in a text whatever their case, blanks and marks, in every script."""

import pytest

from service.pipelines.film.script.writing import finding

CHAT = "[18/10, 11:03] Ramesh Sweets: since 1971 pls put\nKaju katli 1180/kg"


@pytest.mark.parametrize(
    ("words", "within", "taken"),
    [
        ("Since 1971 PLS put", CHAT, "since 1971 pls put"),
        ("  kaju   KATLI 1180 / kg ", CHAT, "Kaju katli 1180/kg"),
        ("- **Entry is free**", "We are here. Entry is free. Come!", "Entry is free."),
        ("£15 only", "Entry £15 only.", "£15 only."),
        ("I nearly fell off", "It came at £64,200 (I nearly fell off). So", "(I nearly fell off)"),
        ("Don’t be late", "Please don't be late.", "don't be late."),
        ("STRASSE 5", "In der Straße 5.", "Straße 5."),
        ("istanbul'da", "İSTANBUL'DA buluşalım", "İSTANBUL'DA"),
        ("会場は別館です", "お知らせ。会場は別館です。どうぞ", "会場は別館です。"),
        ("แจกฟรี", "วันนี้แจกฟรีทุกคน", "แจกฟรี"),
        ("कृपया लोगो दिखाएं", "नमस्ते। कृपया लोगो दिखाएं।", "कृपया लोगो दिखाएं।"),
        ("السعر 15 ريال", "مرحبا. السعر ١٥ ريال.", "السعر ١٥ ريال."),
        ("Cafe\u0301 Nord", "Das CAFÉ NORD.", "CAFÉ NORD."),
        ("встреча в 18:00", "Всем привет! Встреча в 18:00!", "Встреча в 18:00!"),
        ("무료 입장", "안녕하세요. 무료 입장!", "무료 입장!"),
    ],
)
def test_words_are_found_in_every_script(words: str, within: str, taken: str) -> None:
    assert [finding.taken(found, within) for found in finding.find(words, within)] == [taken]


@pytest.mark.parametrize(
    ("words", "within"),
    [("art", "the party"), ("50", "only 3.50"), ("s", "Maß"), ("?!", "Who?!"), ("", "Any"), ("Bread", "")],
)
def test_a_part_of_a_word_or_a_figure_is_not_found(words: str, within: str) -> None:
    assert finding.find(words, within) == []


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("Saturday", "Saturday\nCome to the fair"),
        ("Since 1971 pls put", CHAT),
        ("Come early.", "Bread at six. Come early. Bakery Nord"),
        ("大盛況", "お知らせ：大盛況。"),
    ],
)
def test_a_line_covers_its_sentences(part: str, words: str) -> None:
    assert finding.covers(words, part)


def test_a_line_does_not_cover_its_words() -> None:
    assert not finding.covers("Come on Saturday to the fair", "Saturday")
    assert not finding.covers("Bread at six. Come early. Bakery Nord", "come")


@pytest.mark.parametrize(
    ("within", "words", "left"),
    [
        ("Since 1971 pls put.", "pls put", "Since 1971."),
        ("It came at £64,200 (I nearly fell). So we save.", "I nearly fell", "It came at £64,200. So we save."),
        ("Kaju katli, ladoo 520/kg, barfi 1340", "ladoo 520/kg", "Kaju katli, barfi 1340"),
        ("お知らせ。会場は別館です。どうぞ。", "会場は別館です", "お知らせ。どうぞ。"),
        ("One\nTwo\nThree", "two", "One\nThree"),
        ("Only this.", "only this", ""),
    ],
)
def test_what_is_left_has_no_loose_marks(within: str, words: str, left: str) -> None:
    assert finding.without(within, finding.find(words, within)) == left


def test_the_nearest_line_is_named_if_one_is_near() -> None:
    text = "The hall is old.\nTickets cost £5. Bring a friend."
    assert finding.nearest("tickets are £5", text) == "Tickets cost £5."
    assert finding.nearest("zzz qqq", text) == ""
