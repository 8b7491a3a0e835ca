"""What somebody put right by hand: a title, lines that are not told, and lines that are."""

import pytest

from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.reading.brief import Brief
from service.pipelines.film.script.reading.by_hand import ByHand
from service.pipelines.film.wishes import Wishes

FAIR = """Hi Tom, this is for the fair.
Alder Fair opens on Saturday 9 May.
Tickets cost £5, children come in free.
Please use calm music.
Parking is behind the church.
Book at alderfair.example"""


def read(content: str, **wishes: object) -> Brief:
    return brief.read(content, None, ByHand.of(Wishes(**wishes)))  # type: ignore[arg-type]


def test_a_line_that_is_left_out_is_told_nowhere() -> None:
    made = read(FAIR, leave_out=("parking is behind the church",))
    assert not any("Parking" in one for one in (*made.sentences, *made.key_phrases, made.title))
    assert made.sentences == tuple(one for one in read(FAIR).sentences if "Parking" not in one)
    assert made.by_hand.unfound == ()


@pytest.mark.parametrize(
    ("leave_out", "left"),
    [
        ("children come in free", "Tickets cost £5."),
        ("Tickets cost £5", "Children come in free."),
        ("Tickets cost / £5 / children come in free", None),
        ("- *Tickets cost £5, children come in free.*", None),
    ],
)
def test_a_part_of_a_sentence_can_be_left_out(leave_out: str, left: str | None) -> None:
    told = read(FAIR, leave_out=(leave_out,)).sentences
    assert [one for one in told if "icket" in one or "hildren" in one] == ([left] if left else [])


def test_a_whole_line_goes_and_its_words_elsewhere_stay() -> None:
    content = "Market day\nSaturday\nCome on Saturday to the market, we bake at six.\nBread for everybody."
    told = read(content, leave_out=("Saturday",)).sentences
    assert "Come on Saturday to the market, we bake at six." in told
    assert "Saturday" not in told


def test_an_item_and_a_step_are_left_out_of_their_list() -> None:
    menu = "On the menu:\n- Onion soup\n- Fish pie\n- Plum cake\n- Cider\nCome to Nord Inn on Friday."
    (listed,) = (one for one in read(menu, leave_out=("Fish pie",)).passages if one.items)
    assert listed.items == ("Onion soup", "Plum cake", "Cider")
    assert "Fish" not in listed.text
    steps = "How to fold it\n1. Fold the sheet.\n2. Turn it over.\n3. Press the edge.\n4. Pull it open."
    made = read(steps, leave_out=("Turn it over.",))
    assert [one.step for one in made.passages if one.step] == [(1, 3), (2, 3), (3, 3)]


def test_a_call_that_is_left_out_calls_no_more() -> None:
    assert read(FAIR).call
    assert read(FAIR, leave_out=("Book at alderfair.example",)).call == ""


def test_leaving_all_out_leaves_nothing() -> None:
    with pytest.raises(brief.NothingToSay):
        read("Fresh bread at six.", leave_out=("fresh bread at six",))


@pytest.mark.parametrize(
    ("content", "tell", "before", "told"),
    [
        (FAIR, "please use calm music", "Tickets cost £5, children come in free.", "Please use calm music."),
        (FAIR, "Hi Tom, this is for the fair", None, "Hi Tom, this is for the fair."),
        (
            "Note: The hall closes at nine.\nWe dance on Friday.\nEntry is £4.",
            "Note: The hall closes at nine.",
            None,
            "The hall closes at nine.",
        ),
        (
            "ロゴは最後に入れてください。\n新店舗が5月3日に開店します。",
            "ロゴは最後に入れてください",
            None,
            "ロゴは最後に入れてください。",
        ),
        ("Bitte ruhige Musik verwenden.\nWir öffnen am 3. Mai.", "bitte ruhige musik", None, "Bitte ruhige Musik"),
    ],
)
def test_a_line_that_was_not_told_is_told_at_its_place(content: str, tell: str, before: str | None, told: str) -> None:
    assert told not in read(content).sentences
    made = read(content, tell=(tell,))
    at = made.sentences.index(told)
    assert made.sentences[at - 1] == before if before else at == 0
    assert told not in made.directions
    assert told.rstrip(".。") not in made.directions


def test_small_print_and_an_aside_are_told_by_hand() -> None:
    content = "Alder Fair opens on Saturday.\nBread and cider for all.\nTerms and conditions apply."
    assert read(content).sources
    made = read(content, tell=("terms and conditions apply",))
    assert made.sources == ()
    assert made.sentences[-1] == "Terms and conditions apply."


def test_a_message_of_a_chat_is_told_without_who_sent_it() -> None:
    chat = "\n".join(
        f"[18/10, 11:0{minute}] Ramesh Sweets: {said}"
        for minute, said in enumerate(
            ("Diwali reel needed urgently", "Kaju katli 1180/kg", "since 1971 pls put", "Gift boxes at Rs 450")
        )
    )
    for line in ("since 1971", "[18/10, 11:02] Ramesh Sweets: since 1971 pls put"):
        made = read(chat, tell=(line,))
        assert any(one.startswith("Since 1971") for one in made.sentences)
        assert not any("Ramesh" in one for one in made.sentences)


def test_what_is_told_may_be_cut_by_what_is_left_out() -> None:
    content = "Shop film please, today.\nKaju katli 1180/kg.\nPut since 1971 in it please."
    made = read(content, tell=("Put since 1971 in it please.",), leave_out=("in it please",))
    assert "Put since 1971." in made.sentences


def test_a_line_that_the_brief_does_not_have_is_named_with_the_nearest() -> None:
    made = read(FAIR, leave_out=("Parking is beside the church",), tell=("We sell cheese and honey",))
    assert made.sentences == read(FAIR).sentences
    told, left = made.by_hand.unfound
    assert told.startswith("metadata.tell has “We sell cheese and honey”, which is not in the brief")
    assert "the nearest there is “Parking is behind the church.”" in left


def test_a_title_by_hand_is_the_name_and_not_doubted() -> None:
    made = read(FAIR, title="  Alder  Fair 2027 ")
    assert (made.title, made.name, made.title_chance) == ("Alder Fair 2027", "Alder Fair 2027", None)
    untitled = read(FAIR, title="off")
    assert untitled.name == ""
    assert untitled.title_chance is None


def test_the_title_is_not_taken_from_what_is_left_out() -> None:
    content = "Pia Krull reads.\nPia Krull reads from her novel on Friday.\nThe library has tea."
    assert "Pia" in read(content).title
    assert "Pia" not in read(content, leave_out=("Pia Krull reads", "Pia Krull reads from her novel on Friday")).title


def test_what_is_put_right_comes_back_from_the_record() -> None:
    made = read(FAIR, title="Alder", leave_out=("Parking is behind the church",), tell=("calm music", "nowhere at all"))
    assert Brief.from_json(made.to_json()) == made
    older = {name: value for name, value in made.to_json().items() if name != "by_hand"}
    assert Brief.from_json(older).by_hand == ByHand()
