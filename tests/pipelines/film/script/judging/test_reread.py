"""What a second reading doubts: each kind of fault in a film that is good otherwise."""

from dataclasses import replace
from typing import Any

import pytest

from service.pipelines.film.script.judging import reread, semantics, title_doubts, trust
from service.pipelines.film.script.judging.reread import Doubt, Kind, Reading
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.writing import text

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
    found = trust.doubts(made, content, "en", left_out)
    return [(doubt.kind, doubt.line) for doubt in found if trust.is_told(doubt) or doubt.kind in {Kind.LOST, Kind.FACT}]


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
    assert [(doubt.kind, doubt.size) for doubt in found] == [
        (Kind.TALK, 1.0),
        (Kind.TALK, 1.0),
        (Kind.MAYBE_TALK, 0.65),
    ]
    assert list(reread.to_leave_out(found)) == ["Ask Ruth about the sun."]


def test_a_heading_is_no_talk() -> None:
    read = [Reading("You need:", 0.9), Reading("200 g udon", 0.1)]
    told = film((Shot(purpose="hook", voice="You need: 200 g udon.", headline="You need"),))
    assert [doubt.line for doubt in reread.talk(told, read)] == ["200 g udon"]


def test_the_pictures_of_a_script_are_not_lost() -> None:
    script = (
        "EXT. ROAD - DAWN\n\nMist on the sea. A lone cyclist climbs.\n\nVO\nThe sun wakes you.\n\nSUPER: lumo.example"
    )
    told = film((Shot(purpose="hook", voice="The sun wakes you.", headline="lumo.example"),))
    assert not any(doubt.kind in {Kind.LOST, Kind.FACT} for doubt in trust.doubts(told, script, "en", ""))


BRIEF = (
    "Hi team,\n\nLumo One is the first desk lamp that follows the sun. Winter is dark.\n"
    "Lumo One costs €29. Order it at lumo-one.example."
)


def test_a_title_is_doubted_the_more_the_likelier_another_name_is() -> None:
    def of(chance: float | None) -> list[Doubt]:
        return list(title_doubts.of_title("Winter", chance))

    (good,), (bad,) = of(0.9), of(0.2)
    assert (trust.is_told(good), trust.is_told(bad)) == (False, True)
    assert "“Title: …”" in bad.sentence
    assert trust.of([bad]) < trust.of([good])
    assert of(None) == []


def test_how_likely_a_title_is_the_name_is_known_with_the_brief() -> None:
    sure, unsure = brief.read(BRIEF, "en"), brief.read("We are here. Winter Light and Summer Rain. Come along.", "en")
    assert sure.title == "Lumo One"
    assert sure.title_chance
    assert unsure.title_chance
    assert sure.title_chance > unsure.title_chance
    assert brief.read(f"Title: Winter\n{BRIEF}", "en").title_chance is None
    assert brief.Brief.from_json(sure.to_json()).title_chance == sure.title_chance


def test_more_doubts_leave_less_trust_and_one_fails_no_film() -> None:
    one, other = Doubt(Kind.TALK, "a", "a"), Doubt(Kind.STUMP, "b", "b")
    assert 1.0 == trust.of([]) > trust.of([one]) > trust.of([one, other]) > trust.of([one, other, other])
    assert trust.of([one] * 3) == trust.of([one] * 9)
    assert trust.of([one]) < trust.of([replace(one, size=0.3)]) < 1.0
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
