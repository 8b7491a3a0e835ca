# ruff: noqa: RUF001 -- the dashes and letters of other languages are meant
"""How long a film is, what of its brief fits into it, and what is said of the rest."""

from dataclasses import replace

import pytest

from service.pipelines.film.presets import PRESETS
from service.pipelines.film.script.directing import fitting, rules
from service.pipelines.film.script.judging import left_out, viewing
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.treatment import Shot, Treatment
from service.pipelines.film.script.voice import narration, pace
from service.pipelines.film.script.voice.timeline import FPS, LAST_EXTRA_S, Slot, Timeline, shared_out
from service.pipelines.film.seeds import Seed
from service.pipelines.film.wishes import Wishes

USUAL = 1.05
"""How much faster than estimated without haste a voice is."""
LONG_WHEN_SAID = (
    (
        "2217 Marigold Ln, Austin, TX 78741. 3 bd / 2.5 ba, 1,840 sq ft. Solar 6.2 kW. Asking $549,000 (was $575,000). "
        "Call Dana Whitfield, (512) 555-0147."
    ),
    (
        "Apartamento no Porto, 78 m² + varanda de 6 m². 285.000 €. Visitas sábados das 10h às 13h. Contacte "
        "Inês Valente, tel. 912 345 678 ou ines@casasdouro.pt."
    ),
    "E-Bike 3.499 € statt 4.299 €. Kinderrad 18 Zoll nur 249 €. Mo–Fr 9–18.30 Uhr. Tel. 0761/5567890",
)
SALE = (
    "Winterschlussverkauf bei Radhaus Meier! E-Bike Kalkhoff Endeavour 3.499 € statt 4.299 €. Kinderrad Puky 18 Zoll "
    "nur 249 € (UVP 329 €). Alle Helme -30 %. Nur solange der Vorrat reicht. Bitte reinschauen und staunen. "
    "Mo–Fr 9–18.30 Uhr, Sa bis 14 Uhr. Hauptstr. 112, 79104 Freiburg. Tel. 0761/5567890"
)


def planned(content: str, seconds: float | None = None, preset: str = "quick_social") -> Treatment:
    read = brief.read(content, None)
    return rules.direct(read, Wishes(duration_sec=seconds), PRESETS[preset], Seed.of_job("fitting"))


def said(treatment: Treatment, pace_of_voice: float = USUAL) -> list[float]:
    return [narration.said_s(shot.voice, treatment.lang) / pace_of_voice for shot in treatment.shots]


@pytest.mark.parametrize("content", LONG_WHEN_SAID)
def test_a_film_is_as_long_as_its_words_take_to_say(content: str) -> None:
    treatment = planned(content, preset="brand_campaign")
    assert narration.fallen_silent(treatment.shots, said(treatment), treatment.seconds) == set()


def test_what_is_written_short_takes_longer_to_say() -> None:
    assert narration.said_s("TX 78741", "en") > 2 * narration.said_s("TX Austin", "en")
    assert narration.said_s("Tel. 0761/5567890", "de") > 3.0
    assert narration.said_s("ขอบคุณ", "en") == 0.0


def test_where_time_is_short_the_lightest_goes_and_not_the_address() -> None:
    treatment = planned(SALE)
    script = treatment.script()
    assert treatment.seconds == PRESETS["quick_social"].longest_s
    for fact in ("3.499 €", "4.299 €", "249 €", "-30 %", "9–18.30 Uhr", "Hauptstr. 112, 79104 Freiburg", "5567890"):
        assert fact in script
    silent = narration.fallen_silent(treatment.shots, said(treatment, 1.22 * USUAL), treatment.seconds)
    assert silent == set()


def test_a_date_is_said_and_its_place_shown_where_there_is_no_time_for_both() -> None:
    content = (
        "Lucía cumple ocho. Os esperamos el sábado 16 de enero de 17:00 a 20:00 en el Parque Saltarín. Habrá piñata, "
        "tarta de chocolate y muchos juegos. Confirma al 655 01 23 45"
    )
    treatment = planned(content, 10)
    (dated,) = [shot for shot in treatment.shots if "16 de enero" in shot.headline]
    assert dated.voice == "Os esperamos el sábado 16 de enero."
    assert "Parque Saltarín" in dated.label
    assert left_out.passages(brief.read(content, None), treatment) == [
        "Habrá piñata, tarta de chocolate y muchos juegos."
    ]


def test_a_part_that_is_left_out_is_named() -> None:
    told = "Rue des Tanneurs 12, Lyon – fermé le dimanche soir et le lundi"
    shot = Shot(purpose="point", voice="Rue des Tanneurs 12, Lyon –", headline="Rue des Tanneurs 12, Lyon")
    treatment = replace(planned(told), shots=(shot,))
    assert left_out.passages(brief.read(told, None), treatment) == ["fermé le dimanche soir et le lundi"]


@pytest.mark.parametrize(
    ("shot", "less"),
    [
        (Shot(purpose="number", voice="-30 % sur les coupes.", headline="-30 %", label="sur les coupes"), "-30 %."),
        (Shot(purpose="number", voice="Over 12,000 reviews.", headline="12,000", label="reviews"), None),
        (Shot(purpose="number", voice="Borrow £9 now and pay £1 a day.", headline="£9", label="now"), None),
        (Shot(purpose="number", voice="24 h cold, 12 h hot.", headline="24 h", label="cold, 12 h hot"), None),
        (Shot(purpose="number", voice="30 Plätze, nur hier.", headline="30", label="Plätze, nur hier"), "30 Plätze."),
        (Shot(purpose="point", voice="A bench (mine).", headline="A bench (mine)"), "A bench."),
        (Shot(purpose="call", voice="Book at a.com or on 020 7946 0958.", headline="Book"), "Book at a.com."),
        (Shot(purpose="call", voice="Book at a.com.", headline="Book"), None),
        (Shot(purpose="point", voice="Cut it and fold.", headline="Cut it", lead="1/2", label="and fold"), "Cut it."),
        (Shot(purpose="point", voice="A point.", headline="A point"), None),
    ],
)  # fmt: skip
def test_a_line_is_said_shorter_where_its_rest_is_shown(shot: Shot, less: str | None) -> None:
    assert fitting.shorter(shot).voice == (less or shot.voice)


def test_what_is_only_shown_stays_until_it_is_read() -> None:
    shots = [
        Shot(purpose="hook", voice="Some things take time.", headline="Some things take time"),
        Shot(purpose="number", voice="", lead="Open", headline="7am–2pm", label="closed Mondays"),
        Shot(purpose="close", voice="", headline="Crumb & Co"),
    ]
    assert narration.least_s(shots[1], 0.0) >= 2.5
    least = [narration.least_s(shot, line) for shot, line in zip(shots, (1.5, 0.0, 0.0), strict=True)]
    bounds = shared_out([1.5, 0.0, 0.0], [1.0] * 3, sum(least) + LAST_EXTRA_S, least)
    assert (bounds[1][1] - bounds[1][0]) / FPS >= 2.5
    assert pace.reading_s("松風庵の抹茶わらび餅") > pace.reading_s("松風庵")


def test_a_line_that_takes_as_long_to_read_does_not_fall_silent() -> None:
    shots = [
        Shot(purpose="hook", voice="a", headline="a", weight=9.0),
        Shot(purpose="point", voice="b", headline="one two three four", weight=0.5),
        Shot(purpose="point", voice="c", headline="one two three four five six", weight=1.0),
    ]
    assert narration.fallen_silent(shots, [3.0, 1.0, 6.0], 9.8) == {2}
    assert narration.fallen_silent(shots, [3.0, 1.0, 6.0], 30.0) == set()
    hasty = [Shot(purpose="hook", voice="a", headline="a"), Shot(purpose="call", voice="b", headline="b")]
    hasty.insert(1, Shot(purpose="point", voice="c", headline="c", label="one two three four five six seven eight"))
    assert narration.fallen_silent(hasty, [1.0, 2.0, 4.0], 9.5) == set()
    called = [*shots, Shot(purpose="call", voice="d", headline="Call us", weight=0.1)]
    assert 3 not in narration.fallen_silent(called, [3.0, 1.0, 6.0, 5.0], 15.0)


def test_what_a_film_has_no_time_for_is_named() -> None:
    content = "Oak desk, €349. Made in Kent by two brothers since 1974. Order at oakroom.com"
    read, whole = brief.read(content, None), planned(content)
    words = tuple(Slot(index, index + 1, ()) for index in range(len(whole.shots)))
    assert left_out.warnings(read, whole, Timeline(words), is_voiced=False, longest_s=30) == []
    short = planned(content, 4)
    timeline = Timeline(words[: len(short.shots)])
    (missing, unsaid) = left_out.warnings(read, short, timeline, is_voiced=True, longest_s=30)
    assert missing == (
        "There was no time for “Made in Kent by two brothers since 1974.”: a longer film has room for more."
    )
    assert "There was no time to say “" in unsaid
    # No length that the job may ask for would help.
    assert "this preset's films last 4 s at most" in left_out.planned_warnings(read, short, 4)[0]
    film = viewing.Film(short, Timeline(words[: len(short.shots)]), is_voiced=False, is_as_long_as_asked=True)
    assert any("it leaves out “Made in Kent" in remark for remark in viewing.objections(film, read, content).remarks)


SALE_WITH_A_LIST = (
    "JANUARY SALE\n\nUp to 60% off everything in store + online\n\nLumen floor lamp  was £149 now £89\n"
    "Oslo 3-seater sofa  was £1,299  NOW £779\nWool throw £65 £26\nSet of 4 dining chairs - was £420, now £210\n\n"
    "Extra 10% off for members. Code: SNOW10\nFree delivery over £50 (mainland UK only)\n\n"
    "Hearth & Home, Retail Park, Exeter. Open til 8 all week. T&Cs apply."
)


def test_a_long_list_is_shown_and_not_read_out_before_anything_is_left_out() -> None:
    shots = planned(SALE_WITH_A_LIST).shots
    script = "\n".join(f"{shot.voice}\n{shot.words_on_screen}" for shot in shots)
    assert "SNOW10" in script
    assert "Exeter" in script
    (priced,) = (shot for shot in shots if any("sofa" in item for item in shot.items))
    assert not priced.voice
    assert priced.seconds > 5.0


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ("On the menu: egg, beef, cake.", "On the menu."),
        ("What do we ask? egg, beef, cake.", "What do we ask?"),
        ("Included: egg, beef, cake.", ""),
        ("egg, beef, cake.", ""),
        ("A word about it all.", "A word about it all."),
    ],
)
def test_what_introduces_a_list_is_said_without_it(voice: str, said: str) -> None:
    items = ("Egg", "Beef", "Cake")
    assert fitting.introduced(Shot(purpose="list", voice=voice, headline="", items=items)).voice == said


LONG_LIST = (
    "Ledgerly writes the invoices of freelancers.\n\n- Send an invoice in 40 seconds\n"
    "- Automatic reminders, so you don't have to be the bad guy\n- See who has paid and who is late this month\n"
    "- Works with 31 banks in eleven countries\n\nStart free for 60 days: ledgerly.io"
)


def test_a_list_that_would_stand_long_has_a_card_for_each_item_if_there_is_time() -> None:
    assert [shot.purpose for shot in planned(LONG_LIST, preset="brand_campaign").shots[1:-1]] == [
        "number", "point", "point", "number",
    ]  # fmt: skip
    (listed,) = (shot for shot in planned(LONG_LIST, 16.0).shots if shot.items)
    assert len(listed.items) == 4
