"""The cost plan: the cheapest pictures that are good enough, within what the job may spend."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipeline import BadSetting, Job, Never
from service.pipelines.film.money import account, plan, prices
from service.pipelines.film.money.plan import Line, Offer
from service.pipelines.film.presets import PICTURE_KINDS, PRESETS, Purpose
from service.pipelines.film.providers.vertex import models
from service.pipelines.film.script.treatment import Shot

STILL = Offer(kind="still", model="gemini-3.1-flash-image", unit="picture", unit_usd=0.07)
CLIP = Offer(kind="clip", model="veo-3.1-fast-generate-001", unit="second", unit_usd=0.15)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)


def shots(*purposes: Purpose, seconds: float = 3.0) -> list[Shot]:
    return [
        Shot(purpose=purpose, voice="", headline="x", weight=float(index), seconds=seconds)
        for index, purpose in enumerate(purposes)
    ]


def kinds(lines: list[Line]) -> dict[int | None, str | None]:
    return {line.shot: line.kind for line in lines}


def in_its_place(film: list[Shot], index: int) -> Purpose:
    """Return what a shot's picture is paid as: only the first can be the hook, only the last the ending."""
    purpose = film[index].purpose
    if (purpose == "hook" and index > 0) or (purpose in ("call", "close") and index < len(film) - 1):
        return "point"
    return purpose


def least_usd(film: list[Shot], preset: str, offers: list[Offer]) -> float:
    """Return what the film costs with every shot as plain as its preset allows."""
    prices_of = {offer.kind: offer.unit_usd for offer in offers}
    total = 0.0
    for index in range(len(film)):
        kind = PRESETS[preset].least.get(in_its_place(film, index), "typographic")
        if kind == "clip" and "clip" in prices_of:
            total += prices_of["clip"] * 4
        elif kind != "typographic":
            total += prices_of.get("still", 0.0)
    return total


def test_with_enough_money_each_preset_gets_what_it_aims_for() -> None:
    film = shots("hook", "point", "number", "close")
    offers = [STILL, CLIP]
    assert kinds(plan.pictures(film, "quick_social", offers, 99)) == {0: "still"}
    assert kinds(plan.pictures(film, "brand_campaign", offers, 99)) == {0: "still", 1: "still", 3: "still"}
    assert kinds(plan.pictures(film, "premium_spot", offers, 99)) == {0: "clip", 1: "still", 3: "clip"}


def test_the_lightest_shot_of_the_most_expensive_kind_gives_way_first() -> None:
    film = shots("hook", "point", "point", "close")
    offers = [STILL, CLIP]
    whole = plan.total(plan.pictures(film, "premium_spot", offers, 99))
    assert whole == pytest.approx(2 * 4 * 0.15 + 2 * 0.07)
    assert kinds(plan.pictures(film, "premium_spot", offers, whole - 0.01)) == {
        0: "clip",
        1: "still",
        2: "still",
        3: "still",
    }
    assert kinds(plan.pictures(film, "premium_spot", offers, 0.75)) == {0: "clip", 2: "still", 3: "still"}
    assert kinds(plan.pictures(film, "premium_spot", offers, 0.7)) == {0: "clip", 3: "still"}
    with pytest.raises(Never) as caught:
        plan.pictures(film, "premium_spot", offers, 0.66)
    assert caught.value.code == "over_budget"
    assert "0.67 USD" in caught.value.sentence


def test_the_least_clip_may_be_short_and_slow() -> None:
    film = shots("hook", "call", seconds=7.5)
    (line,) = plan.pictures(film, "premium_spot", [STILL, CLIP], 0.61)
    assert (line.kind, line.units) == ("clip", 4)
    assert plan.pictures(film, "premium_spot", [STILL, CLIP], 1.2)[0].units == 8


def test_the_cheapest_film_is_known_before_its_shots() -> None:
    offers = [STILL, CLIP]
    assert kinds(plan.least("premium_spot", offers)) == {0: "clip", 1: "still"}
    assert kinds(plan.least("brand_campaign", offers)) == {0: "still"}
    assert plan.least("quick_social", offers) == plan.least("premium_spot", []) == []
    for preset in PRESETS:
        for last in ("call", "close"):
            film = shots("hook", "point", last, seconds=8.0)
            room = plan.total(plan.least(preset, offers))
            assert plan.total(plan.pictures(film, preset, offers, room)) <= room


def test_what_is_not_on_offer_is_not_planned() -> None:
    film = shots("hook", "point", "close")
    assert plan.pictures(film, "premium_spot", [], 0.0) == []
    assert kinds(plan.pictures(film, "premium_spot", [STILL], 99)) == {0: "still", 1: "still", 2: "still"}


@given(
    st.lists(st.sampled_from(PURPOSES), min_size=1, max_size=12),
    st.sampled_from(sorted(PRESETS)),
    st.floats(0, 12),
    st.floats(1.2, 12),
    st.sampled_from([[], [STILL], [CLIP], [STILL, CLIP]]),
)
def test_no_plan_costs_more_than_its_room_or_is_worse_than_its_preset(
    purposes: list[Purpose], preset: str, room: float, seconds: float, offers: list[Offer]
) -> None:
    film = shots(*purposes, seconds=seconds)
    have = {"typographic", *(offer.kind for offer in offers)}
    try:
        lines = plan.pictures(film, preset, offers, room)
    except Never:
        assert room < least_usd(film, preset, offers)
        return
    assert plan.total(lines) <= room
    assert [Line.from_json(line.to_json()) for line in lines] == lines
    got = kinds(lines)
    for index in range(len(purposes)):
        purpose = in_its_place(film, index)
        least, aim = PRESETS[preset].least.get(purpose, "typographic"), PRESETS[preset].aim.get(purpose, "typographic")
        kind = got.get(index) or "typographic"
        assert kind in have
        assert PICTURE_KINDS.index(kind) <= PICTURE_KINDS.index(aim)
        assert least not in have or PICTURE_KINDS.index(kind) >= PICTURE_KINDS.index(least)


@pytest.mark.parametrize("preset", sorted(PRESETS))
@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_hostile_treatment_plans_no_more_than_two_clips(preset: str, purpose: Purpose) -> None:
    """Sixty hooks of eight seconds were 36 to 96 USD of clips."""
    film = shots(*[purpose] * 60, seconds=8.0)
    lines = plan.pictures(film, preset, [STILL, CLIP], 1e9)
    clips = [line for line in lines if line.kind == "clip"]
    assert len(clips) <= (2 if preset == "premium_spot" else 0)
    assert plan.total(lines) <= 2 * 8 * CLIP.unit_usd + 60 * STILL.unit_usd
    assert plan.total(lines) <= PRESETS["premium_spot"].cap_usd


@pytest.mark.parametrize(("seconds", "clip"), [(1.2, 4), (4.0, 4), (4.1, 6), (7.9, 8), (11.0, 8)])
def test_a_clip_is_the_shortest_that_covers_its_shot(seconds: float, clip: int) -> None:
    assert plan.clip_seconds(seconds) == clip


def test_a_job_without_a_budget_gets_its_presets() -> None:
    def cap_usd(preset: str, budget_usd: float | None) -> float:
        return account.cap_usd(
            Job(id="j", user_id="u", content="x", preset=preset, metadata={"budget_usd": budget_usd})
        )

    assert {name: cap_usd(name, None) for name in PRESETS} == {name: PRESETS[name].cap_usd for name in PRESETS}
    assert cap_usd("quick_social", 0.0) == 0.0


@pytest.mark.parametrize(
    ("budget_usd", "max_usd", "cap_usd"),
    [(1e9, 20.0, 20.0), (5.0, 20.0, 5.0), (None, 20.0, 10.0), (None, 4.0, 4.0), (1e9, None, 1e9), (7.0, 0.0, 0.0)],
)
def test_no_job_may_spend_more_than_the_operator_allows(
    budget_usd: float | None, max_usd: float | None, cap_usd: float
) -> None:
    metadata = {"budget_usd": budget_usd}
    job = Job(id="j", user_id="u", content="x", preset="premium_spot", metadata=metadata, max_usd=max_usd)
    assert account.cap_usd(job) == cap_usd


def test_every_price_says_where_and_when_it_was_read() -> None:
    for (model, unit), rate in prices.RATES.items():
        assert (rate.model, rate.unit) == (model, unit)
        assert rate.usd > 0
        assert rate.source.startswith("https://")
        assert len(rate.read.split("-")) == 3
    for model in prices.models("token in"):
        assert prices.usd_of(model, "token out") > prices.usd_of(model, "token in")
    assert prices.tokens_usd("gemini-3.8-flash", 1e6, 1e6) == pytest.approx(9.0)


def test_a_model_without_a_price_is_not_used() -> None:
    for setting in (models.WORDS, models.STILLS, models.CLIPS, models.SPEECH):
        assert models.chosen({}, setting)
        with pytest.raises(BadSetting) as caught:
            models.chosen({setting: "gemini-99"}, setting)
        assert caught.value.name == setting
        assert models.chosen({}, setting) in caught.value.sentence


@given(st.text())
def test_the_most_tokens_of_a_text_are_more_than_one_for_three_bytes(text: str) -> None:
    assert models.tokens_in(text) > len(text.encode()) // 3
