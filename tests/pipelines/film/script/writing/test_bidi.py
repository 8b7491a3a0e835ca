"""Words of both directions in one line."""

import pytest

from service.pipelines.film.script.writing import bidi


def seen(line: str, *, rtl: bool) -> str:
    """The words from left to right, as a reader sees them."""
    words = line.split()
    return " ".join(words[index] for index in bidi.order(words, rtl=rtl))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("هاتف جديد", "جديد هاتف"),
        ("هاتف Galaxy Nova الجديد", "الجديد Galaxy Nova هاتف"),
        ("Galaxy Nova الجديد", "الجديد Galaxy Nova"),
        ("السعر 2,499 درهم", "درهم 2,499 السعر"),
        # A number after a Latin name belongs to it; two prices stand from right to left.
        ("متجر Tech Souq 24 الآن", "الآن Tech Souq 24 متجر"),
        ("2,499 بدلا 2,999", "2,999 بدلا 2,499"),
        ("اتصل على +966 11 555 0123 الآن", "الآن +966 11 555 0123 على اتصل"),
        ("مع Tech & Souq هنا", "هنا Tech & Souq مع"),
    ],
)
def test_latin_runs_keep_their_order_in_arabic(line: str, shown: str) -> None:
    assert seen(line, rtl=True) == shown


def test_a_hebrew_name_in_english_is_read_from_its_right() -> None:
    assert seen("Visit בית הלל today", rtl=False) == "Visit הלל בית today"
    assert seen("Only 5 left today", rtl=False) == "Only 5 left today"


def test_a_text_has_the_direction_of_its_letters_not_of_its_first_word() -> None:
    assert bidi.is_rtl("Galaxy Nova الجديد من متجر")
    assert not bidi.is_rtl("The word שלום means peace, and more")
    assert not bidi.is_rtl("2,499")


def test_only_words_without_letters_are_marked() -> None:
    assert bidi.marked(["(بدلا", "450)", "Nova"]) == ["(بدلا", "\u200f450)", "Nova"]
    assert bidi.marked(["(was", "450)"]) == ["(was", "450)"]
