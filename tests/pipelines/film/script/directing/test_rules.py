"""The director by rules: its treatment says what the brief says, in the time there is."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import coverage, rules
from service.pipelines.film.script.look import storyboard
from service.pipelines.film.script.look.palettes import PALETTES, STYLES
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Treatment
from service.pipelines.film.script.voice import pace, timeline
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

JAZZ = (
    "Lyon Jazz Night returns on June 21st at the Parc de la Tête d'Or. 30 bands, 5 stages, food trucks and fireworks. "
    '"The best night of the year," says Ana Ruiz. Entry is free for everyone under 18. Join us at lyonjazz.example!'
)
SEED = Seed.of_job("a job")


def directed(content: str, preset: str = "quick_social", **wishes: Any) -> Treatment:
    return rules.direct(brief.read(content, None), Wishes(**wishes), PRESETS[preset], SEED)


def test_numbers_lists_quotations_and_the_call_each_get_a_shot_of_their_own() -> None:
    shots = {shot.purpose: shot for shot in directed(JAZZ, "brand_campaign").shots}
    assert (shots["list"].items) == ("30 bands", "5 stages", "Food trucks", "Fireworks")
    assert (shots["quote"].headline, shots["quote"].label) == ("The best night of the year", "Ana Ruiz")
    assert (shots["call"].headline, shots["call"].label) == ("Join us", "lyonjazz.example")
    numbers = [(shot.lead, shot.headline, shot.label) for shot in directed(JAZZ, "brand_campaign").shots]
    assert ("Lyon Jazz Night returns on", "June 21st", "at the Parc de la Tête d'Or") in numbers
    assert ("Entry is free for everyone under", "18", "") in numbers


def test_a_film_is_as_long_as_the_job_asks() -> None:
    for seconds in (3, 7.5, 12, 30):
        treatment = directed(JAZZ, duration_sec=seconds)
        assert treatment.seconds == seconds
        assert sum(shot.seconds for shot in treatment.shots) == pytest.approx(seconds, rel=0.01)
        said = sum(pace.speech_s(shot.voice) for shot in treatment.shots)
        assert said < seconds * 1.2


def test_without_a_wish_the_film_is_as_long_as_its_words_need() -> None:
    for name, preset in PRESETS.items():
        for content in (JAZZ, JAZZ * 6):
            assert preset.usual_s[0] <= directed(content, name).seconds <= preset.longest_s
        assert directed("Fresh coffee, open until midnight", name).seconds == 7.0


def test_the_last_card_does_not_stand_because_there_is_time() -> None:
    least = [1.5, 2.0, 2.0]
    bounds = timeline.shared_out([1.0, 1.3, 1.3], [2.0, 3.0, 3.0], 30.0, least)
    lengths = [(end - first) / timeline.FPS for first, end in bounds]
    assert sum(lengths) == 30.0
    assert lengths[-1] == timeline.LONGEST_END_S
    assert all(length > need for length, need in zip(lengths, least, strict=True))
    spoken = timeline.shared_out([1.0, 9.0], [2.0, 10.0], 30.0)
    assert (spoken[1][1] - spoken[1][0]) / timeline.FPS >= 9.0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("Call Jo on 07700 900461 or email jo@elmstreet.org or visit elmstreet.org/milo", "Call Jo on 07700 900461."),
        ("Book at danino.ie or call 021 555 0199", "Book at danino.ie."),
        ("Order at oakroom.com", "Order at oakroom.com"),
    ],
)
def test_a_call_says_one_place_to_turn_and_shows_all(call: str, said: str) -> None:
    last = directed(f"Our cat Milo is lost since Friday. He is a grey tabby. {call}").shots[-1]
    assert last.voice == said
    assert all(place in last.words_on_screen for place in re.findall(r"\d[\d ]+\d|\S+\.\S+\w", call))


def test_a_title_that_is_all_there_is_is_shown_once() -> None:
    film = directed("Fresh coffee")
    assert [(shot.purpose, shot.headline) for shot in film.shots] == [("close", "Fresh coffee")]
    assert film.seconds == 5.0


def test_nothing_is_left_out_while_the_preset_has_room() -> None:
    said = " ".join(shot.voice for shot in directed(JAZZ, "quick_social").shots)
    for words in ("June 21st", "30 bands, 5 stages", "best night of the year", "under 18", "lyonjazz.example"):
        assert words in said


def test_a_thin_brief_still_changes_pictures() -> None:
    shots = directed("Fresh coffee, open until midnight", duration_sec=30).shots
    assert len(shots) >= 5
    assert [shot.headline for shot in directed("Fresh coffee, open until midnight").shots] == [
        "Fresh coffee",
        "Open until midnight",
        "Fresh coffee, open until midnight",
    ]


def test_the_first_and_the_last_shot_survive_a_short_film() -> None:
    shots = directed(JAZZ, duration_sec=6).shots
    assert "Lyon Jazz Night" in shots[0].voice
    assert shots[-1].purpose == "call"


@given(
    st.lists(
        st.sampled_from([*JAZZ.split(), "$49,", "50%", "a;", "—", "x.", "Rindfleischgesetz"]), min_size=1, max_size=120
    ),
    st.sampled_from(sorted(PRESETS)),
    st.floats(3, 30),
)
@settings(max_examples=120, deadline=None)
def test_nothing_is_said_that_the_brief_does_not_say(words: list[str], preset: str, seconds: float) -> None:
    content = " ".join([*words, "word"])
    treatment = directed(content, preset, duration_sec=seconds)
    have = set(re.findall(r"\w+", content.casefold()))
    assert set(re.findall(r"\w+", treatment.script().casefold())) <= have
    assert coverage.unpromised(content, treatment.script()) == []
    assert treatment.shots
    assert all(shot.words_on_screen for shot in treatment.shots)
    assert Treatment.from_json(dict(treatment.to_json())) == treatment
    phrases = brief.read(content, None).key_phrases
    assert coverage.score(phrases, treatment.script(), seconds) >= PRESETS[preset].qa_threshold
    drawn = storyboard.draw_up(treatment, SEED)
    assert len(drawn.frames) == len(treatment.shots)
    bounds = timeline.shared_out(
        [pace.speech_s(shot.voice) for shot in treatment.shots], [shot.seconds for shot in treatment.shots], seconds
    )
    assert bounds[0][0] == 0
    assert bounds[-1][1] == round(seconds * timeline.FPS)
    assert all(first < end for first, end in bounds)
    assert all(before[1] == after[0] for before, after in pairwise(bounds))


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_what_matters_is_covered_up_to_the_presets_threshold(preset: str) -> None:
    for content in (JAZZ, "Fresh coffee, open until midnight", f"{JAZZ} {JAZZ.lower()} Bring your own chair."):
        read = brief.read(content, None)
        treatment = rules.direct(read, Wishes(), PRESETS[preset], SEED)
        assert coverage.score(read.key_phrases, treatment.script(), treatment.seconds) >= PRESETS[preset].qa_threshold


def test_coverage_counts_words() -> None:
    assert coverage.score(["green tea", "Kyoto"], "We love green tea", 10) == 0.5
    assert coverage.score([], "", 10) == 1.0
    assert coverage.missing(["green tea", "Kyoto"], "Kyoto", 10) == ["green tea"]


@pytest.mark.parametrize(
    ("wish", "mood"), [("elegant", "elegant"), ("very energetic, please", "energetic"), ("joyeux", "joyful")]
)
def test_the_jobs_mood_wins(wish: str, mood: str) -> None:
    assert directed("Fresh coffee", mood=wish).mood == mood


def test_the_look_follows_the_wish_or_else_the_seed() -> None:
    assert directed("Fresh coffee", style="a dark, geometric look").style == "blocks"
    assert PALETTES[directed("Fresh coffee", style="dark").palette].dark
    assert not PALETTES[directed("Fresh coffee", style="clean and bright").palette].dark
    looks = {
        (made.palette, made.style)
        for made in (
            rules.direct(brief.read("Fresh coffee", None), Wishes(), PRESETS["quick_social"], Seed.of_job(str(number)))
            for number in range(20)
        )
    }
    assert len(looks) > 2
    assert all(style in STYLES for _, style in looks)


def test_pauses_give_way_before_lines_do() -> None:
    speech = [3.0, 0.0, 6.0, 2.0]
    bounds = timeline.shared_out(speech, [1.0] * 4, 12.2)
    assert bounds[-1][1] == 366
    lengths = [(end - first) / timeline.FPS for first, end in bounds]
    assert all(length > line for length, line in zip(lengths, speech, strict=True))


def test_a_speaker_is_named_in_whole_words() -> None:
    treatment = directed(
        '"We lost 3 boats and not one life," says Captain Ingrid Øvergård-McAllister of the MS Kjølvatn.'
    )
    assert treatment.shots[0].label == "Captain Ingrid Øvergård-McAllister"
    assert treatment.shots[0].headline == "We lost 3 boats and not one life"
    # A film that is a quotation ends with who said it, not with the same words again.
    assert treatment.shots[-1].headline == "Captain Ingrid Øvergård-McAllister"


def test_a_comma_in_a_number_does_not_split_a_list() -> None:
    shots = directed("The run is back. 10 kilometres, 3,000 runners, one finish line.", duration_sec=12.0).shots
    assert ("10 kilometres", "3,000 runners", "One finish line") in [shot.items for shot in shots]


def test_what_is_only_shown_comes_in_the_order_of_the_brief() -> None:
    recipe = (
        "Lemon pasta in ten minutes. Boil 400 g of spaghetti. Melt butter with the peel of two lemons. "
        "Add a ladle of pasta water and a handful of parmesan. Toss, pepper, eat."
    )
    shown = "\n".join(shot.words_on_screen for shot in directed(recipe, duration_sec=9.0).shots).casefold()
    places = [shown.find(words) for words in ("400 g", "melt butter", "add a ladle", "pepper")]
    found = [place for place in places if place >= 0]
    assert len(found) > 1
    assert found == sorted(found)


def test_a_date_keeps_its_year() -> None:
    (shot, *_) = directed("On 26 December 1999 winds of 189 km/h hit the coast.").shots
    assert shot.headline == "26 December 1999"


def test_the_accent_is_no_remark_in_brackets_and_no_name_torn_from_its_year() -> None:
    for content in (
        "Fluffy banana pancakes (serves 2, 15 min). Blend everything. Save this for Sunday!",
        "Jazz in the Park 2026: three nights, free entry. Riverside Park, Stage B.",
    ):
        accent = directed(content).shots[0].accent
        assert not any(word in accent for word in ("serves", "min", "2026"))


def test_a_silent_shot_still_says_what_it_is_about() -> None:
    bakery = (
        "La boulangerie Martin ouvre à 6 h. Du pain au levain, des tartes aux pommes et des croissants au beurre. "
        "Chaque samedi, 10 % de remise pour les lève-tôt. 12, rue des Lilas. Venez goûter !"
    )
    shots = directed(bakery, "brand_campaign", duration_sec=9.0).shots
    assert ("10 %", "de remise pour les lève-tôt") in [(shot.headline, shot.label) for shot in shots]


def test_a_line_that_is_cut_short_does_not_end_in_a_stop_word() -> None:
    treatment = directed(
        '"We lost 3 boats and not one life," says Captain Ingrid Øvergård-McAllister of the MS Kjølvatn.',
        duration_sec=6.5,
    )
    said = '"We lost 3 boats and not one life," says Captain Ingrid Øvergård-McAllister.'
    assert treatment.shots[0].voice == said


@pytest.mark.parametrize(
    ("content", "accent"),
    [
        ("Very shy dont chase her. Call Mia on 07700 900111.", ""),
        ("Things shouldn't be rushed. Come to Mill Lane Bakery today.", ""),
        ("Renovated kitchen w/ quartz counters. Open house on Sunday.", ""),
        ("Enviar currículo p/ escola. A escola abre cedo.", ""),
        ("Approved by nurses, loved by children. See the clinic.", ""),
        ("Read to your children with Nora Lindqvist tonight. Nora Lindqvist writes for children.", "Nora Lindqvist"),
    ],
)
def test_what_is_brought_out_is_a_whole_name_or_nothing(content: str, accent: str) -> None:
    assert directed(content).shots[0].accent == accent


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ("Gesperrt ab dem 11. Januar zw. Bahnhofstr. und Rathausplatz, voraussichtl. den ganzen Winter.",
         ("zw. Bahnhofstr. und Rathausplatz",)),
        ("Doors 7pm / Show 8pm", ("Show 8pm",)),
    ],
)  # fmt: skip
def test_the_words_beside_a_figure_end_at_no_abbreviation_and_begin_with_no_stroke(
    content: str, lines: tuple[str, ...]
) -> None:
    shown = [line for shot in directed(content).shots for line in (shot.lead, shot.headline, shot.label)]
    assert all(any(line in words for words in shown) for line in lines)
    assert not any(words.startswith(("/", "|")) for words in shown)


def test_a_stroke_or_an_arrow_is_a_rest() -> None:
    shots = directed(
        "The Lantern Room\nDoors 7.30pm / Support 8pm / Curfew 11\nRoute: Bergen → Voss\nHalf: 1 / 2 cup"
    ).shots
    said = " ".join(shot.voice for shot in shots)
    assert "7.30pm, Support 8pm, Curfew 11" in said
    assert "Bergen, Voss" in said
    assert "1 / 2" in said


def test_a_last_card_can_be_read() -> None:
    for seconds in (12, 20, 30):
        shots = directed(
            "Blue Door\n" + "We bake bread with rye from the old mill by the river. " * 9, duration_sec=seconds
        ).shots
        assert shots[-1].seconds >= 2.2
        assert sum(shot.seconds for shot in shots) == pytest.approx(seconds, abs=0.1)
