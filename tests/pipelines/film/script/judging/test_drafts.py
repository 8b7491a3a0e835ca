"""A treatment that a model wrote: only what is typed, correct and backed by the brief comes out of it."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from service.pipelines.film.script.judging import drafts
from service.pipelines.film.script.judging.drafts import Fault, Requirements
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.reading.by_hand import ByHand
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.studio import fonts
from service.pipelines.film.wishes import Wishes
from tests.support.vertex_studio import draft

JAZZ = (
    "Lyon Jazz Night returns on June 21st at the Parc de la Tête d'Or. 30 bands, 5 stages, food trucks and fireworks. "
    "Entry is free for everyone under 18. Join us at lyonjazz.example!"
)


def requirements(content: str = JAZZ, seconds: float = 15.0, threshold: float = 0.8) -> Requirements:
    return Requirements(
        brief=brief.read(content, None),
        content=content,
        seconds=seconds,
        threshold=threshold,
        undrawable=fonts.undrawable,
    )


def faults(drafted: Any) -> str:
    with pytest.raises(Fault) as caught:
        drafts.read(drafted, requirements())
    return "; ".join(caught.value.faults)


def test_a_good_draft_becomes_a_treatment_of_the_required_length() -> None:
    drafted = draft(JAZZ, 15)
    Draft202012Validator(drafts.schema()).validate(drafted)
    drafted["shots"][1]["seconds"] += 0.8
    read = drafts.read(drafted, requirements())
    assert sum(shot.seconds for shot in read.shots) == pytest.approx(15, abs=0.01)
    assert read.seconds == 15
    assert read.shots[0].weight == read.shots[-1].weight > max(shot.weight for shot in read.shots[1:-1])
    assert all(shot.visual for shot in read.shots)


def test_the_schema_follows_the_types() -> None:
    schema = drafts.schema()
    assert list(schema["properties"]) == [field.name for field in fields(Treatment)]
    shot = schema["properties"]["shots"]["items"]
    assert list(shot["properties"]) == [field.name for field in fields(Shot) if field.name != "weight"]
    assert shot["properties"]["motion"]["enum"] == ["closer", "away", "left", "right", "up", "down"]
    assert shot["properties"]["headline"]["maxLength"] == 120


def changed(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda drafted: drafted.update(values)


def shot_changed(place: int, **values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda drafted: drafted["shots"][place].update(values)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (changed(lang="fr"), "lang must be en"),
        (changed(palette="puce"), "palette must be one of midnight"),
        (changed(style="baroque"), "style must be one of aurora"),
        (changed(mood="angry"), "treatment.mood: Input should be 'joyful'"),
        (changed(title=""), "title must not be empty"),
        (changed(title="x" * 81), "treatment.title: String should have at most 80"),
        (changed(shots=[]), "at least one shot"),
        (changed(shots="none"), "treatment.shots: Input should be a valid list"),
        (changed(shots=[{}] * 61), "treatment.shots: List should have at most 60"),
        (shot_changed(0, purpose="close"), "first shot's purpose must be hook"),
        (shot_changed(-1, purpose="point"), "last shot's purpose must be call or close"),
        (shot_changed(1, purpose="song"), "treatment.shots[1].purpose: Input should be 'hook'"),
        (shot_changed(1, purpose="list", items=[]), "a list has items"),
        (shot_changed(0, headline=""), "headline must not be empty"),
        (shot_changed(1, visual=" "), "visual must not be empty"),
        (shot_changed(1, seconds="4"), "treatment.shots[1].seconds: Input should be a valid number"),
        (shot_changed(1, seconds=float("nan")), "treatment.shots[1].seconds: Input should be a finite number"),
        (shot_changed(1, seconds=60), "seconds must be 1.2 to 12"),
        (shot_changed(1, items=["x"] * 7), "treatment.shots[1].items: List should have at most 6"),
        (shot_changed(0, voice="word " * 90), "treatment.shots[0].voice: String should have at most 400"),
        (shot_changed(0, voice="Lyon Jazz Night returns. " * 14), "voice takes about"),
        (shot_changed(0, headline="Half price: 50%"), "the brief does not say '50%'"),
        (shot_changed(0, voice="Guaranteed fun at Lyon Jazz Night."), "the brief does not say 'guaranteed'"),
        (shot_changed(0, label="31 bands"), "the brief does not say '31'"),
        (shot_changed(0, label="\U00012000"), "cannot be drawn: \U00012000"),
        # What a viewer would send the film back for is mended before anything is bought.
        (shot_changed(0, headline="**Lyon** Jazz Night"), "it shows loose marks"),
        (shot_changed(0, headline="Target audience: jazz fans"), "it says or shows what is meant for its makers"),
        (changed(title="FF6600"), "its title does not say what it is about"),
    ],
)
def test_each_fault_is_named(change: Callable[[dict[str, Any]], None], says: str) -> None:
    drafted = draft(JAZZ, 15)
    change(drafted)
    assert says in faults(drafted)


@pytest.mark.parametrize(
    ("content", "old"),
    [
        ("Oak desk. Was €499, now €349 until Sunday. Order at oakroom.com", "€499"),
        ("Schreibtisch aus Eiche, früher 499 €, jetzt 349 €. Bestellen unter oakroom.de", "499 €"),
        ("Meşe masa 499 TL yerine 349 TL. oakroom.com.tr", "499 TL"),
    ],
)
def test_a_draft_does_not_take_the_price_of_before_for_the_price(content: str, old: str) -> None:
    drafted = draft(content, 9)
    shot = {**drafted["shots"][0], "purpose": "number", "headline": old, "voice": "", "label": "", "lead": ""}
    drafted["shots"] = [drafted["shots"][0], shot, *drafted["shots"][1:]]
    with pytest.raises(Fault) as caught:
        drafts.read(drafted, requirements(content, 9, 0.1))
    assert any("the price of before" in fault for fault in caught.value.faults)


def test_a_draft_must_say_what_the_brief_says() -> None:
    drafted = draft("A quiet evening on the river. Come along.", 15)
    said = faults(drafted)
    assert "must be said" in said
    assert "Lyon Jazz Night" in said


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=30),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["shots", "title", "lang", "voice", "seconds", "system"]), inner)
        ),
        max_leaves=12,
    )
)
@settings(deadline=None)
def test_rubbish_is_a_fault_and_breaks_nothing(value: Any) -> None:
    assert faults(value)


@given(
    st.dictionaries(
        st.sampled_from(["voice", "headline", "label", "lead", "accent", "visual"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=130),
    )
)
@settings(max_examples=60, deadline=None)
def test_only_plain_lines_come_out_whatever_a_shot_says(values: dict[str, str]) -> None:
    drafted = draft(JAZZ, 15)
    drafted["shots"][1].update(values, purpose="point", extra={"system_prompt": "x"})
    try:
        read = drafts.read(drafted, requirements(threshold=0.0))
    except Fault:
        return
    shot = read.shots[1]
    for name in ("voice", "headline", "label", "lead", "accent", "visual"):
        words = getattr(shot, name)
        assert "\n" not in words
        assert words.isprintable() or "\u200c" in words or "\u200d" in words
    assert set(read.to_json()["shots"][1]) == {field.name for field in fields(Shot)}


def by_hand(**wishes: Any) -> Requirements:
    hand = ByHand.of(Wishes(**wishes))
    return replace(requirements(), brief=brief.read(JAZZ, None, hand))


def test_a_draft_has_the_title_that_was_given_or_none() -> None:
    drafted = draft(JAZZ, 15)
    assert drafts.read(drafted, by_hand(title="Jazz 1999")).title == "Jazz 1999"
    assert drafts.read(drafted, by_hand(title="off")).title == ""


def test_a_draft_that_says_what_is_left_out_or_not_what_is_told_is_refused() -> None:
    drafted = draft(JAZZ, 15)
    left_out = by_hand(leave_out=("entry is free for everyone under 18",))
    for required, fault in (
        (left_out, "it must not say or show “entry is free for everyone under 18”"),
        (by_hand(tell=("Lyon Jazz Night returns on June 21st at the Parc de la Tête d'Or",)), "it must say “Lyon"),
    ):
        silent = {**drafted, "shots": [shot for shot in drafted["shots"] if "Lyon" not in shot["voice"]]}
        with pytest.raises(Fault) as caught:
            drafts.read(drafted if required is left_out else silent, required)
        assert any(fault in one for one in caught.value.faults), caught.value.faults
