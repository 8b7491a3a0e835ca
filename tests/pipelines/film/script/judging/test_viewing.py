"""What a careful viewer objects to: each kind of fault in a film that is good otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from service.pipelines.film.script.judging import viewing
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.timeline import FPS, LEAD_S, Slot, Timeline, shared_out
from service.pipelines.film.script.writing import text

CONTENT = text.normal(
    "Lumo One is the first desk lamp that follows the sun.\n"
    "Made from 14 to 16 March in Porto. Launch price €29,99 instead of €45.\n"
    '"It changed how I work at night", says Ana Prado.\n'
    "Order now at lumo.com/one or call +351 22 555 0134."
)
SHOTS = (
    Shot(purpose="hook", voice="Lumo One is the first desk lamp that follows the sun.", headline="Follows the sun"),
    Shot(purpose="number", voice="Made from 14 to 16 March in Porto.", headline="14 to 16 March", label="in Porto"),
    Shot(
        purpose="number",
        voice="Launch price €29,99 instead of €45.",
        lead="Launch price",
        headline="€29,99",
        label="instead of €45",
    ),
    Shot(
        purpose="quote",
        voice="It changed how I work at night, says Ana Prado.",
        headline="It changed how I work at night",
        label="Ana Prado",
    ),
    Shot(
        purpose="call",
        voice="Order now at lumo.com/one or call +351 22 555 0134.",
        headline="Order now",
        label="lumo.com/one",
    ),
)


def seen(
    shots: tuple[Shot, ...] = SHOTS,
    seconds: float = 24.0,
    silent_from: int = 9,
    title: str = "Lumo One",
    content: str = CONTENT,
) -> viewing.Objections:
    """What is objected to in a film of these shots, whose voice falls silent from a shot on."""
    shots = tuple(replace(shot, seconds=seconds / len(shots)) for shot in shots)
    treatment = Treatment(
        title=title, lang="en", mood="calm", palette="midnight", style="aurora", seconds=seconds, shots=shots
    )
    speech = [pace.speech_s(shot.voice) for shot in shots]
    spans = shared_out(speech, [shot.seconds for shot in shots], seconds)
    slots = []
    for index, ((first, end), shot, said) in enumerate(zip(spans, shots, speech, strict=True)):
        line = narration.reading(shot.voice, "en")
        words = narration.read_silently(line, first / FPS + LEAD_S, said) if index < silent_from else ()
        slots.append(Slot(first, end, words))
    film = viewing.Film(treatment, Timeline(tuple(slots)), is_voiced=True)
    return viewing.objections(film, brief.read(content, None), content)


def changed(index: int, **values: Any) -> tuple[Shot, ...]:
    return (*SHOTS[:index], replace(SHOTS[index], **values), *SHOTS[index + 1 :])


def test_a_good_film_is_not_objected_to() -> None:
    assert seen() == viewing.Objections()


@pytest.mark.parametrize(
    ("shots", "wrong"),
    [
        (changed(0, headline="Target audience: students"), "meant for its makers: “Target audience: students”"),
        (changed(0, headline="VO: Follows the sun"), "meant for its makers"),
        (changed(0, voice="Create a 20 second video about Lumo One."), "meant for its makers"),
        (changed(0, headline="Brand rules: no purple"), "meant for its makers: “Brand rules: no purple”"),
        (changed(0, headline="Single job of the video: book calls"), "meant for its makers"),
        (changed(0, headline="Follows the sun)"), "loose marks"),
        (changed(0, headline="*Follows the sun"), "loose marks"),
        (changed(1, lead="【Made】From"), "loose marks"),
        (changed(1, headline="Overview", label=""), "a shot shows only a heading: “Overview”"),
        (changed(2, headline="€45", lead="", label="€29,99"), "it sets the price of before as the price: “€45”"),
        (changed(0, headline="**Follows** the sun"), "loose marks"),
        (changed(0, headline="Follows the “sun"), "loose marks"),
        (changed(1, label="—"), "loose marks"),
        (changed(1, label=", in Porto"), "loose marks"),
        (changed(1, headline="16 March"), "it shows “16 march” of “14 to 16 march”"),
        (changed(2, headline="€29", voice="Launch price instead of €45.", label="99"), "it shows “€29” of “€29,99”"),
        (changed(4, label="lumo.com"), "it shows “lumo.com” of “lumo.com/one”"),
        (changed(4, label="call 22 555"), "of “+351 22 555 0134”"),
        (changed(4, label="today"), "where to turn: lumo.com/one, +351 22 555 0134"),
        (changed(2, headline="Launch", lead="", label="", voice="The launch."), "“€29,99” is neither said nor shown"),
        (changed(3, headline="Ana Prado", voice="Says Ana Prado."), "the quotation is not in it"),
        (changed(3, headline="14 to 16 March, it changed how I work at night"), ""),
        (changed(1, voice=SHOTS[0].voice), "it says the same twice"),
        (
            changed(1, headline="The first desk lamp", voice="")[:2] + changed(2, headline="The first desk lamp")[2:],
            "twice",
        ),
    ],
)
def test_what_a_viewer_sees_is_wrong(shots: tuple[Shot, ...], wrong: str) -> None:
    found = seen(shots).wrong
    assert any(wrong in sentence for sentence in found) if wrong else found == ()


@pytest.mark.parametrize("title", ["FF6600", "#ffcc00", "TL"])
def test_a_title_that_names_nothing_is_wrong(title: str) -> None:
    assert any(title in sentence for sentence in seen(title=title).wrong)


@pytest.mark.parametrize("title", ["2026", "Overview", "Hi team"])
def test_a_title_that_could_be_a_name_is_a_remark(title: str) -> None:
    assert seen(title=title).wrong == ()
    assert any(title in sentence for sentence in seen(title=title).remarks)


def test_a_word_of_six_letters_is_no_code() -> None:
    assert seen(title="Facade") == seen(title="Hello Kitty") == viewing.Objections()


def test_a_step_that_is_left_out_is_wrong() -> None:
    content = "Paper crane\n1. Fold it in half.\n2. Fold the corners.\n3. Open it."
    steps = [
        Shot(purpose="point", voice=f"{words}.", lead=f"{number}/3", headline=words)
        for number, words in enumerate(("Fold it in half", "Fold the corners", "Open it"), 1)
    ]
    ends = (
        Shot(purpose="hook", voice="Paper crane.", headline="Paper crane"),
        Shot(purpose="close", voice="", headline="Crane"),
    )
    whole = seen((ends[0], *steps, ends[1]), 9.0, title="Paper crane", content=content)
    assert whole.wrong == ()
    cut = seen((ends[0], steps[0], steps[2], ends[1]), 9.0, title="Paper crane", content=content)
    assert "it leaves out step 2" in cut.wrong


def test_a_brief_that_was_nearly_all_taken_for_directions_is_a_remark() -> None:
    content = "Mood: calm, warm and slow, with soft light and long shots of the sea at dawn.\nNordlys. nordlys.no"
    shots = (
        Shot(purpose="hook", voice="Nordlys.", headline="Nordlys"),
        Shot(purpose="call", voice="nordlys.no", headline="Nordlys", label="nordlys.no"),
    )
    found = seen(shots, 6.0, title="Nordlys", content=content)
    assert any("were taken for directions" in sentence for sentence in found.remarks)


def test_silence_is_wrong_if_something_was_left_to_say() -> None:
    assert any(sentence.startswith("nobody speaks") for sentence in seen(silent_from=2).wrong)
    # All is said: the rest of a long film may be music.
    slow = seen(seconds=60.0)
    assert slow.wrong == ()


def test_what_a_short_film_has_no_time_for_is_a_remark() -> None:
    short = seen((SHOTS[0], SHOTS[2], SHOTS[4]), seconds=9.0)
    assert short.wrong == ()
    assert any("quotation" in sentence for sentence in short.remarks)
    cut = changed(0, headline="The first desk lamp that")
    assert any("middle of a thought" in sentence for sentence in seen(cut).remarks)
