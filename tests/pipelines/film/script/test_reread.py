"""What a second reading doubts: each kind of fault in a film that is good otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from service.pipelines.film.script import brief, reread, semantics, text, title_doubts, trust
from service.pipelines.film.script.reread import Doubt, Kind, Reading
from service.pipelines.film.script.treatment import Shot, Treatment

CONTENT = text.normal(
    "Lumo One is the first desk lamp that follows the sun.\n"
    "Made from 14 to 16 March in Porto. Launch price €29,99.\n"
    '"It changed how I work at night" - Ana Prado\n'
    "ASSEMBLY\n"
    "Three screws hold it to any desk of wood or of steel.\n"
    "Order now at lumo.com/one or call +351 22 555 0134."
)
SHOTS = (
    Shot(purpose="hook", voice="Lumo One is the first desk lamp that follows the sun.", headline="Follows the sun"),
    Shot(purpose="number", voice="Made from 14 to 16 March in Porto.", headline="14 to 16 March", label="in Porto"),
    Shot(purpose="number", voice="Launch price €29,99.", lead="Launch price", headline="€29,99"),
    Shot(
        purpose="quote",
        voice="It changed how I work at night, says Ana Prado.",
        headline="It changed how I work at night",
        label="Ana Prado",
    ),
    Shot(
        purpose="point",
        voice="Three screws hold it to any desk of wood or of steel.",
        headline="To any desk of wood or of steel",
    ),
    Shot(
        purpose="call",
        voice="Order now at lumo.com/one or call +351 22 555 0134.",
        headline="Order now",
        label="lumo.com/one · +351 22 555 0134",
    ),
)


def film(shots: tuple[Shot, ...] = SHOTS, title: str = "Lumo One") -> Treatment:
    timed = tuple(replace(shot, seconds=shot.seconds or 4.0) for shot in shots)
    return Treatment(title=title, lang="en", mood="calm", palette="midnight", style="aurora", seconds=24.0, shots=timed)


def doubted(made: Treatment, content: str = CONTENT, left_out: str = "") -> list[tuple[Kind, str]]:
    return [(doubt.kind, doubt.line) for doubt in trust.doubts(made, content, "en", left_out)]


def changed(index: int, **values: Any) -> Treatment:
    return film((*SHOTS[:index], replace(SHOTS[index], **values), *SHOTS[index + 1 :]))


def test_a_good_film_is_not_doubted() -> None:
    assert doubted(film()) == []


@pytest.mark.parametrize(
    ("made", "kind", "line"),
    [
        (changed(2, voice="The price.", headline="Launch price", lead=""), Kind.FACT, "Launch price €29,99."),
        (changed(4, voice="", headline="Lumo"), Kind.LOST, "Three screws hold it to any desk of wood or of steel."),
        (changed(4, voice="Assembly.", headline="Three screws hold it to any desk of wood"), Kind.HEADING, "ASSEMBLY"),
        (changed(4, headline="To any desk of wood or of"), Kind.STUMP, "To any desk of wood or of"),
        (changed(1, label="P"), Kind.STUMP, "P"),
        (changed(2, voice=f"{SHOTS[2].voice} It follows the sun, that follows the sun."), Kind.TWICE, ""),
        (changed(3, voice="It changed how I work at night.", label=""), Kind.SPEAKER, "Ana Prado"),
        (changed(5, label="+351 22 555 0134"), Kind.UNREACHED, "lumo.com/one"),
        (changed(0, seconds=1.0, label="The first desk lamp that follows the sun"), Kind.HURRIED, "Follows the sun"),
    ],
)
def test_what_a_second_reading_finds(made: Treatment, kind: Kind, line: str) -> None:
    assert any(found is kind and line in said for found, said in doubted(made))


def test_small_print_need_not_be_read_in_the_time_of_its_card() -> None:
    assert (
        doubted(changed(5, items=("For sale only to persons of legal age in their country of residence.",) * 2)) == []
    )


def test_what_is_named_as_left_out_is_not_doubted() -> None:
    made = changed(4, voice="", headline="Lumo")
    assert doubted(made, left_out="There was no time for “Three screws hold it to any desk of wood or of steel”.") == []


TALK = "Hi team, can somebody please check this with Ruth before it goes out?"


def test_talk_that_is_told_is_doubted_with_its_sentence() -> None:
    told = changed(4, voice=f"{SHOTS[4].voice} {TALK}")
    found = trust.doubts(told, f"{TALK}\n{CONTENT}", "en", "")
    assert [doubt.line for doubt in found if doubt.kind is Kind.TALK] == [
        "Hi team, can somebody please check this with Ruth before it goes out?"
    ]
    assert "“Note:”" in found[0].sentence
    assert not any(doubt.kind is Kind.TALK for doubt in trust.doubts(film(), f"{TALK}\n{CONTENT}", "en", ""))


def test_what_may_be_talk_is_not_left_out_and_neither_is_a_figure() -> None:
    read = [
        Reading("Ask Ruth about the sun.", 0.85),
        Reading("Pay Ruth 20 euros.", 0.9),
        Reading("Ruth knows it.", 0.65),
    ]
    voice = "Ask Ruth about the sun. Pay Ruth 20 euros. Ruth knows it."
    found = list(reread.talk(film((Shot(purpose="hook", voice=voice, headline="Ruth"),)), read))
    assert [doubt.kind for doubt in found] == [Kind.TALK, Kind.TALK, Kind.MAYBE_TALK]
    assert list(reread.to_leave_out(found)) == ["Ask Ruth about the sun."]


def test_a_heading_is_no_talk() -> None:
    read = [Reading("You need:", 0.9), Reading("200 g udon", 0.1)]
    told = film((Shot(purpose="hook", voice="You need: 200 g udon.", headline="You need"),))
    assert list(reread.talk(told, read)) == []


def test_the_pictures_of_a_script_are_not_lost() -> None:
    script = (
        "EXT. ROAD - DAWN\n\nMist on the sea. A lone cyclist climbs.\n\nVO\nThe sun wakes you.\n\nSUPER: lumo.example"
    )
    told = film((Shot(purpose="hook", voice="The sun wakes you.", headline="lumo.example"),))
    assert not any(doubt.kind in {Kind.LOST, Kind.FACT} for doubt in trust.doubts(told, script, "en", ""))


@pytest.mark.parametrize(
    ("title", "content", "kind"),
    [
        ("Colleagues", "Colleagues, the lamp is ready. Lumo wakes you.", Kind.TITLE_OF_TALK),
        ("Liebe Kolleginnen", "Liebe Kolleginnen, die Lampe ist da.", Kind.TITLE_OF_TALK),
        ("Tired of waking up in the dark?", "Tired of waking up in the dark? Lumo wakes you.", Kind.TITLE_A_SENTENCE),
        ("We know", "We know what light is.", Kind.TITLE_A_SENTENCE),
        ("use what is below", "use what is below, not the old sheet", Kind.TITLE_A_SENTENCE),
        ("みどり町歯科は", "みどり町歯科は駅前です。", Kind.TITLE_A_SENTENCE),
        ("$49 Lamp", "$49 Lamp that wakes you.", Kind.TITLE_A_FIGURE),
        ("Kitchen", "Soup at Auntie Bisi's Kitchen from noon. Auntie Bisi's Kitchen is in Lagos.", Kind.TITLE_HALF),
        ("Winter", "Winter is dark. Lumo wakes you. lumo-lamp.com", Kind.TITLE_ELSEWHERE),
        ("Food", "Food is love. Come to our table.", Kind.TITLE_ONCE),
        ("Open Saturdays", "Open Saturdays\nWe mend teeth.", Kind.TITLE_A_LINE),
        ("Grand déstockage", "Grand déstockage au Canal.", Kind.TITLE_PLAIN),
        ("Lumo Lamp", "The Lumo Lamp wakes you. Food is love. lumo-lamp.com", None),
        ("Tartines et Conséquences", "Tartines et Conséquences ouvre lundi.", None),
        ("Who's There?", "“Who's There?” is our new play.", Kind.TITLE_A_SENTENCE),
        ("Bisi", "A shop called Bisi. It sells bread.", None),
    ],
)
def test_what_is_doubtful_in_a_title(title: str, content: str, kind: Kind | None) -> None:
    read = [Reading(line, 0.1) for line in content.split(". ")]
    found = [doubt.kind for doubt in title_doubts.of_title(title, content, "en" if title.isascii() else "fr", read)]
    assert (kind in found) if kind else (found == [])


def test_more_doubts_leave_less_trust_and_one_fails_no_film() -> None:
    one, other = Doubt(Kind.TALK, "a", "a"), Doubt(Kind.STUMP, "b", "b")
    assert 1.0 == trust.of([]) > trust.of([one]) > trust.of([one, other]) > trust.of([one, other, other])
    assert trust.of([one] * 3) == trust.of([one] * 9)
    assert all(0 < cost < 1 - trust.LEAST for cost in trust.COSTS.values())
    assert trust.COSTS.keys() == set(Kind)


def test_the_report_of_a_plan_says_what_is_doubted_and_fails_by_it() -> None:
    read = brief.read(CONTENT, "en")
    good = semantics.planned(film(), read, CONTENT, 0.6)
    assert (good.passed, good.objections) == (True, [])
    bad = semantics.planned(
        replace(changed(4, headline="To any desk of wood or of"), title="First"), read, CONTENT, 0.6
    )
    assert bad.score < good.score
    assert any("The report objects: a card ends" in sentence for sentence in bad.objections)


def test_of_two_doubts_about_a_line_the_heavier_is_told() -> None:
    content = "Why do cats purr when they sleep\nThey heal. They rest. They ask for food."
    made = film((Shot(purpose="hook", voice="They heal.", headline="They heal"),), "Why do cats purr when they sleep")
    kinds = [doubt.kind for doubt in trust.doubts(made, content, "en", "")]
    assert {Kind.TITLE_A_SENTENCE, Kind.TITLE_A_LINE} <= set(kinds)
    report = semantics.planned(made, brief.read(content, "en"), content, 0.6)
    assert len([sentence for sentence in report.objections if "Why do cats purr" in sentence]) == 1


def test_a_brief_is_read_without_what_the_report_takes_for_talk() -> None:
    read = brief.read(CONTENT, "en")
    less = read.without(["Three screws hold it to any desk of wood or of steel."])
    assert set(read.sentences) - set(less.sentences) == {"Three screws hold it to any desk of wood or of steel."}
    assert read.without([]) is read.without(["Nothing of it."]) is read
    assert read.without(list(read.sentences)) is read
