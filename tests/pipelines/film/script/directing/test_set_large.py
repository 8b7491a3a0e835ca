# ruff: noqa: RUF001 -- the letters and marks of other languages are meant
"""Where a sentence is taken apart around its figure, and where it is shown whole. The sentences are other people's."""

import pytest

from service.pipelines.film.script.directing import beats, headlines, set_large
from service.pipelines.film.script.reading import brief
from service.pipelines.film.script.writing import languages, wording


@pytest.mark.parametrize(
    ("said", "lang", "parts"),
    [
        ("Two sets, 9 PM and 11 PM", "en", ("Two sets", "9 PM and 11 PM", "")),
        ("It brightens slowly over 30 minutes.", "en", ("It brightens slowly over", "30 minutes", "")),
        ("Under 16s with an adult", "en", ("Under", "16s", "with an adult")),
        ("12 months' warranty, delivery free", "en", ("", "12 months'", "warranty, delivery free")),
        ("$21-28 an hr depending what u know", "en", ("", "$21-28", "an hr depending what u know")),
        ("OSP Zawada zaprasza na 100-lecie jednostki", "pl", ("OSP Zawada zaprasza na", "100-lecie", "jednostki")),
        ("Prezzo: 1.950 €/mq.", "it", ("Prezzo", "1.950 €/mq", "")),
        ("L'11 maggio è la festa della mamma.", "it", ("", "L'11 maggio", "è la festa della mamma")),
        ("Dal 1° ottobre la biblioteca resta aperta", "it", ("Dal", "1° ottobre", "la biblioteca resta aperta")),
        ("Listo en 30 minutos.", "es", ("Listo en", "30 minutos", "")),
        ("Rs. 2,500 buys five new books in Sinhala", "en", ("", "Rs. 2,500", "buys five new books in Sinhala")),
        ("Costo: S/ 180, con material", "es", ("Costo", "S/ 180", "con material")),
        ("FJ$25 plants one frame", "en", ("", "FJ$25", "plants one frame")),
        ("Supper on Saturday the 4th of October", "en", ("Supper on", "Saturday the 4th of October", "")),
        ("Wir suchen Nachwuchs ab 10 jahren!", "de", ("Wir suchen Nachwuchs ab", "10 jahren", "")),
        ("Drop-in måndag till torsdag kl. 8–11.", "sv", ("Drop-in måndag till torsdag", "kl. 8–11", "")),
        ("Saat 13.00'te Kadıköy İskele'de buluşuyor", "tr", ("Saat", "13.00'te", "Kadıköy İskele'de buluşuyor")),
        ("Замена масла за 30 минут при вас", "ru", ("Замена масла за", "30 минут", "при вас")),
        ("दावा 15 दिन में खाते में।", "hi", ("दावा", "15 दिन में", "खाते में")),
        ("山の麓に、全9室だけの小さな宿", "ja", ("山の麓に", "全9室", "だけの小さな宿")),
        ("標高1,300mの観測所で", "ja", ("標高", "1,300m", "の観測所で")),
        ("2027年4月入学の学生を募集中です", "ja", ("", "2027年4月", "入学の学生を募集中です")),
        ("先着100杯/日", "ja", ("先着", "100杯/日", "")),
        ("每班最多6個人，外籍老師", "zh", ("每班最多", "6個人", "外籍老師")),
    ],
)  # fmt: skip
def test_a_figure_keeps_what_is_written_to_it(said: str, lang: str, parts: tuple[str, str, str]) -> None:
    assert set_large.parts(said, lang, languages.stop_words(lang)) == parts


@pytest.mark.parametrize(
    ("said", "lang"),
    [
        ("Doors 7.30pm, music 8pm", "en"),
        ("Single £3, return £4.50", "en"),
        ("It was a 60 zone.", "en"),
        ("Kengele 4.2 rings in every village", "en"),
        ("月NT$42,000を支給し、寮もあります", "ja"),
        ("¡Solo 24 plazas!", "es"),
        ("Second Shift is a 14 weeks course for people over fifty who want to work with customers", "en"),
        ("It takes five neighbours and €9,000 to bring one refugee family safely to Malta.", "en"),
        ("The $39 is the early bird tier,", "en"),
        ("Le « 3 minutes » a été mesuré", "fr"),
        ("A 1.100 metros de altitude, o café amadurece devagar", "pt"),
        ("如遇紧急危险，请立即拨打110或120", "zh"),
    ],
)
def test_what_would_be_torn_is_shown_whole(said: str, lang: str) -> None:
    assert set_large.parts(said, lang, languages.stop_words(lang)) is None


def test_a_title_is_not_taken_out_of_the_middle_of_its_sentence() -> None:
    said = 'Only the "breathtaking" must go, everything is breathtaking.'
    shown = beats.beats(brief.read(said, None), finely=False)[0]
    assert (shown.headline, shown.label) == (said.rstrip("."), "")
    assert wording.tidy("«Bir Kitap Bir Köy» kampanyasıyla") == "«Bir Kitap Bir Köy» kampanyasıyla"


def test_a_title_leaves_no_small_word_behind() -> None:
    said = "They asked for red and gold but “like lacquer”."
    shown = beats.beats(brief.read(said, None), finely=False)[0]
    assert (shown.headline, shown.label) == (said.rstrip("."), "")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ('Gate opening: "Come on Thursday', "Gate opening: Come on Thursday"),
        ("Kocka „Aki nem érti", "Kocka Aki nem érti"),
        ("De ce „Vama de noapte”?", "De ce „Vama de noapte”?"),
        ("Kocka Aki, az alá is írja.”", "Kocka Aki, az alá is írja."),
        ("Der Ansitzrucksack „Dachs“ kostet", "Der Ansitzrucksack „Dachs“ kostet"),
        ('A 19" screen', 'A 19" screen'),
        ("!!오타고 투어!!", "오타고 투어!!"),
    ],
)
def test_half_a_pair_goes(words: str, shown: str) -> None:
    assert wording.tidy(words) == shown


def test_a_headline_is_a_whole_thought() -> None:
    said = "A rare chance to buy a 3-bed stone cottage with a south-facing garden and its own stretch of stream."
    shown = headlines.headline(said, brief.read(said, None), languages.stop_words("en"))
    assert shown == said.rstrip(".")
    longer = said.replace("a south-facing", "two bathrooms, a cellar, a south-facing")
    shown = headlines.headline(longer, brief.read(longer, None), languages.stop_words("en"))
    assert shown == "A rare chance to buy a 3-bed stone cottage"
    said = 'Aoife Brennan Quartet – Shostakovich No. 8, Dvořák "American"'
    assert beats.beats(brief.read(said, None), finely=False)[0].headline == said


def test_who_said_something_keeps_a_title() -> None:
    said = '"We did not make the coral stronger. We found the strong ones," says Dr. Althea Pinnock.'
    assert beats.beats(brief.read(said, None), finely=False)[0].label == "Dr. Althea Pinnock"


def test_a_figure_beside_a_quotation_is_shown() -> None:
    said = "“I have not done it for three years” £390, zero judgement"
    assert beats.beats(brief.read(said, None), finely=False)[0].label == "£390, zero judgement"
    told = [passage.text for passage in brief.read("Reef\n[0:07-0:10] S$60 plants one.\nCome.", None).passages]
    assert "S$60 plants one." in told


def test_a_headline_does_not_end_inside_a_quotation() -> None:
    said = 'Inspectors said in May that the pupils of this old school here are "kind, curious and heard" by all of us.'
    shown = headlines.headline(said, brief.read(said, None), languages.stop_words("en"))
    assert shown.count('"') % 2 == 0


def test_what_leads_to_a_contact_is_not_shown_without_it() -> None:
    assert [wording.without_joints(part) for part in ("로 전화 주세요", "Bli medlem på")] == [
        "전화 주세요",
        "Bli medlem",
    ]
    assert wording.without_joints("'dan kayıt oluyorlar") == "kayıt oluyorlar"
    assert wording.without_joints("We would be honoured by your call:") == "We would be honoured by your call"
