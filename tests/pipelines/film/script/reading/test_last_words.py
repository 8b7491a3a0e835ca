# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What a brief asks its film to end with is told, and the order is not."""

import pytest

from service.pipeline import Job
from service.pipelines.film import pipeline
from service.pipelines.film.script.judging import reread
from service.pipelines.film.script.reading import brief, last_words


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ('Closing line from the chair: "Nobody rows alone."', "Nobody rows alone."),
        ("And 'Bring your own cup' as the last line.", "Bring your own cup"),
        ("Et pour finir, la phrase de ma mère : « On ne presse pas le pain. »", "On ne presse pas le pain."),
        ("Am Schluss bitte „Wir haben noch Licht.“", "Wir haben noch Licht."),
        ('y que cierre con "aquí nadie cena solo"', "aquí nadie cena solo"),
        ('In fondo: "La porta è aperta."', "La porta è aperta."),
        ("Na końcu: „Do zobaczenia na wodzie.”", "Do zobaczenia na wodzie."),
        ('Sonunda "Komşunun kahvesi" yazsın, küçük de olsa.', "Komşunun kahvesi"),
        ("En 'Wind mee, altijd' als slotzin.", "Wind mee, altijd"),
        ("В конце надпись «Мы ждём вас у моря».", "Мы ждём вас у моря"),
        ("最後の一言は「また来てくださいね。」でお願いします。", "また来てくださいね。"),
    ],
)
def test_the_words_of_an_order_to_end_with_them_are_found(sentence: str, told: str) -> None:
    assert last_words.asked(sentence) == (told,)


@pytest.mark.parametrize(
    "sentence",
    [
        'The last film called it a "gaming desk".',
        'Do not end with "the best in town".',
        "Der Kurs endet am Freitag, sagt Frau Koch.",
        '"It never ends," said Asha, who runs the shop.',
        "The final is on Sunday at the Old Mill.",
        'Closing night: "The Tempest", 8 pm, tickets at oldmill.example',
    ],
)
def test_other_sentences_are_none(sentence: str) -> None:
    assert last_words.asked(sentence) == ()


ROWERS = """\
Hi, here is what we have for the club's film.

Tarn Rowing Club opens its boathouse on Saturday 3 May, 10 to 4.
Try a boat with a coach beside you. Under 16s row free.
tarnrowing.example

Closing line from our chair: "Nobody rows alone."

Warm voice please, no drone shots."""


def test_they_are_told_last_and_the_order_is_not() -> None:
    seen = pipeline({}).preview
    assert seen is not None
    told = [
        part.says[how]
        for part in seen(Job(id="rowers", user_id="u", content=ROWERS, preset="brand_campaign", metadata={})).parts
        for how in ("says", "shows")
        if how in part.says
    ]
    assert any(words.startswith("Nobody rows alone") for words in told)
    assert not any("Closing line" in words or "chair" in words for words in told)
    assert brief.read(ROWERS, None).passages[-1].text.startswith("Nobody rows alone")


def test_the_second_reading_reads_the_words_and_not_the_order() -> None:
    read = {one.sentence: one.chance for one in reread.readings(ROWERS)}
    assert read["Nobody rows alone."] == 0.0
    assert not any("Closing line" in sentence for sentence in read)


def test_a_nearer_label_says_what_a_line_of_a_form_is() -> None:
    form = (
        "CLIENT\nTarn Rowing Club\n\nPRODUCT\nA boathouse for beginners\n\nAUDIENCE\nPeople who never rowed\n\n"
        "MANDATORIES\n– Endline: Nobody rows alone.\n– No racing crews.\n\nTONE\nCalm."
    )
    assert "Nobody rows alone." in brief.read(form, None).sentences
