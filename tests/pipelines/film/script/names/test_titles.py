# ruff: noqa: RUF001 -- the letters of other languages are meant
"""What a film is called: what may be its title, and what of it is chosen."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import rules
from service.pipelines.film.script.names import candidates, likeliest, name_meanings, titles
from service.pipelines.film.script.names.candidates import Candidate, Place
from service.pipelines.film.script.names.likeliest import Net
from service.pipelines.film.script.reading import brief
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

NONE: frozenset[str] = frozenset()


def runs(*lines: str) -> set[str]:
    return {one.words for one in candidates.found(lines, {}, NONE, "")}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Lunch is at Auntie Bisi's Kitchen, Peckham.", "Auntie Bisi's Kitchen"),
        ("Eine Orgel für St. Marien: 340.000 € fehlen noch.", "Orgel für St. Marien"),
        ("Le podcast « Tartines et Conséquences » revient.", "Tartines et Conséquences"),
        ("Farmers' Market, every Sunday", "Farmers' Market"),
        ("雪宮旅館は全8室です。", "雪宮旅館"),
        ("코드마루에서 코딩을 배워요.", "코드마루"),
        ("ร้านกาแฟ บ้านสวน เปิดแล้ว", "บ้านสวน"),
        ("Kıyı Fırın'da simit 15 TL", "Kıyı Fırın"),
        ("Hallam & Birch paint your front door.", "Hallam & Birch"),
    ],
)
def test_a_name_is_among_the_candidates_whole(line: str, name: str) -> None:
    assert name in runs(line)


def test_no_candidate_goes_over_the_end_of_a_sentence_a_bracket_or_a_comma() -> None:
    found = runs("Nib is new. Taste it (today), friends.")
    assert {"Nib is new", "Taste it", "today", "friends"} <= found
    assert not [run for run in found if any(mark in run for mark in ".(),")]


def test_a_name_that_is_repeated_is_one_candidate_written_as_well_as_anywhere() -> None:
    found = candidates.found(["OVERHANG", "Climb at Overhang", "overhang.example"], {}, NONE, "")
    assert [one.words for one in found if one.words.casefold() == "overhang"] == ["Overhang"]


def test_a_long_brief_has_no_more_candidates_than_one_of_sixty_sentences() -> None:
    line = "We mend the old boots of walkers who come over the hill to us each day."
    some, many = ([line.replace("hill", f"hill{at}") for at in range(count)] for count in (60, 600))
    assert len(runs(*many)) <= len(runs(*some))


@pytest.mark.parametrize(
    ("letters", "label"),
    [
        ("write to hello@blue-quay.org", "bluequay"),
        ("www.boulangerie-terrier.fr/carte", "boulangerieterrier"),
        ("tresvacas@gmail.com", "tresvacas"),
        ("follow @klonk.toys", "klonktoys"),
    ],
)
def test_whose_an_address_is_is_read_from_it(letters: str, label: str) -> None:
    assert label in candidates.labels_of([letters])


def test_a_price_that_is_not_to_be_shown_is_no_title() -> None:
    read = brief.read("Please don't show the price.\nLupin soap, £4\nIt foams.", None)
    assert "£4" not in read.title


STAMPS = (
    Candidate("Toronto", times=1),
    Candidate("Stamp Bourse", times=1),
    Candidate("The Stamp Bourse returns", times=1),
)


def seen(found: Sequence[Candidate], totals: Sequence[float]) -> list[list[float]]:
    return list(likeliest.seen(found, totals, [1 / len(found)] * len(found)))


def together(weight: float) -> Net:
    """A network that goes by what a candidate shares with the others alone, and knows nothing of meanings."""
    without = [seen([one], [0.0])[0] for one in STAMPS]
    given = seen(STAMPS, [2.0, 1.9, 1.8])
    inside = next(at for at in range(6, len(given[1])) if given[1][at] > 0 and without[1][at] == 0)
    return {"inner": [[*(weight * (at == inside) for at in range(len(given[1]))), 0.0]], "outer": [[1.0, 0.0]]}


def test_names_that_others_have_in_them_can_win() -> None:
    given = likeliest.inputs(STAMPS, [2.0, 1.9, 1.8], name_meanings.axes_of())
    assert STAMPS[likeliest.outcomes_of([together(1.0)], given).argmax()].words == "Stamp Bourse"
    assert STAMPS[likeliest.outcomes_of([together(-1.0)], given).argmax()].words != "Stamp Bourse"
    assert STAMPS[likeliest.outcomes_of([], given).argmax()].words == "Toronto", "without a network, the highest sum"


def test_what_names_mean_is_known_beside_what_their_brief_is_about() -> None:
    lines = [
        "Toronto Stamp Bourse",
        "Rare stamps and old letters are bought and sold.",
        "Free parking behind the hall.",
    ]
    found = {one.words: one for one in candidates.found(lines, {}, NONE, "")}
    near = [found["Stamp Bourse"], found["Free parking"], Candidate("nowhere in it")]
    given = name_meanings.inputs(near, [0.5, 0.3, 0.2], name_meanings.axes_of())
    about = given[:, 0]
    assert about[0] > about[1]
    assert found["Free parking"].place == Place(lines, 2, 0, len("Free parking"))
    assert given[2, name_meanings.SIMILAR - 1] == 0.0, "it stands in no sentence"
    assert given.shape[1] == name_meanings.SIMILAR + name_meanings.KINDS * (len(name_meanings.axes_of()) - 1)


def test_a_film_does_not_bear_a_title_that_is_hardly_the_name() -> None:
    sure = brief.read("Lumo One is a lamp. Lumo One costs €29. Order it at lumo-one.example.", "en")
    unsure = replace(sure, title_chance=titles.LIKELY - 0.01)
    assert (sure.name, unsure.name, replace(unsure, title_chance=None).name) == ("Lumo One", "", "Lumo One")


def test_only_the_nearest_are_looked_at_beside_each_other() -> None:
    assert likeliest.nearest([0.0, 3.0, 2.0, 3.0]) == [1, 3, 2, 0]
    assert len(likeliest.nearest([1.0] * 50)) == likeliest.MOST


@pytest.mark.parametrize(
    ("content", "last"),
    [
        ("Fresh bread is back. We bake from six.\nWrite to crumb@rye.example.", "crumb@rye.example"),
        ("Fresh bread is back. Find us at rye.example in Kent. We bake from six.", "rye.example"),
        ("Fresh bread is back. We bake from six. It is warm.", "Fresh bread is back"),
    ],
)
def test_a_film_without_a_name_ends_with_where_to_turn_or_what_it_began_with(content: str, last: str) -> None:
    unsure = replace(brief.read(content, "en"), title="Kickstarter", title_chance=0.1)
    film = rules.direct(unsure, Wishes(), PRESETS["quick_social"], Seed.of_job("plan"))
    assert film.title == ""
    assert "Kickstarter" not in film.script()
    assert last in film.shots[-1].words_on_screen
    assert film.shots[-1].headline
