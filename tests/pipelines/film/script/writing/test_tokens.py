# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What must never be cut in a text is found whole, in many languages and spellings."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipelines.film.script.directing.clauses import CLAUSE
from service.pipelines.film.script.writing import sentences, text, tokens
from service.pipelines.film.script.writing.tokens import Kind

FOUND = {
    "Launch price $129 instead of $179 until December 15.": "PRICE $129 | PRICE $179 | DATE December 15",
    "€75k–€95k + equity": "PRICE €75k–€95k",
    "по телефону 8 4842 55-01-63": "TELEPHONE 8 4842 55-01-63",
    "Звоните: 8 800 555-35-35 или 8-912-345-67-89": "TELEPHONE 8 800 555-35-35 | TELEPHONE 8-912-345-67-89",
    "Sneaker ab 29,99 €, Sandalen ab 19,90 €.": "PRICE 29,99 € | PRICE 19,90 €",
    "Nur vom 1. bis 15. August: bis zu 70 %": "DATE 1. bis 15. August | PERCENT 70 %",
    "14–16 March 2026": "DATE 14–16 March 2026",
    "1 July – 3 August": "DATE 1 July – 3 August",
    "Fri 12 June, 7 pm": "DATE Fri 12 June | TIME 7 pm",
    "twitch 25 to 150 times per second": "QUANTITY 25 to 150 times",
    "between 25 and 50 Hz": "QUANTITY 25 and 50 Hz",
    "السعر 2,499 درهم حتى 30 نوفمبر": "PRICE 2,499 درهم | DATE 30 نوفمبر",
    "Call +41 44 668 18 00 or (555) 123-4567": "TELEPHONE +41 44 668 18 00 | TELEPHONE (555) 123-4567",
    "4,000 lux, CRI 97, 3-year warranty": "QUANTITY 4,000 lux | NUMBER 97 | QUANTITY 3-year",
    "فطور: 9 دنانير بدل 12 دينارًا": "PRICE 9 دنانير | PRICE 12 دينارًا",
    "من 1 آذار": "DATE 1 آذار",
    "4,8/5 sur 2 317 avis": "NUMBER 4,8/5 | NUMBER 2 317",
    "Plans from $19/month.": "PRICE $19/month",
    "703 million people": "QUANTITY 703 million",
    "60 g oats, ½ tsp cinnamon": "QUANTITY 60 g | QUANTITY ½ tsp",
    "5:45 AM, 18:00 to 22:30, 18h30, 18 Uhr": "TIME 5:45 AM | TIME 18:00 to 22:30 | TIME 18h30 | TIME 18 Uhr",
    "12.06.2026 or 2026-06-12": "DATE 12.06.2026 | DATE 2026-06-12",
    "1 200 000 € from 1,200 members": "PRICE 1 200 000 € | NUMBER 1,200",
    "£1.5m and 3.5 Mio. Euro": "PRICE £1.5m | PRICE 3.5 Mio. Euro",
    "10-15% off, rated 4.9/5": "PERCENT 10-15% | NUMBER 4.9/5",
    "10,000+ customers since 1998": "NUMBER 10,000+ | NUMBER 1998",
    "Open 9am–5pm": "TIME 9am–5pm",
    "aurora.co.jp/shop or jobs@north-wind.com": "ADDRESS aurora.co.jp/shop | ADDRESS jobs@north-wind.com",
    "On the 21st of June 2026": "DATE 21st of June 2026",
    "24. Dezember um 18 Uhr": "DATE 24. Dezember | TIME 18 Uhr",
    # Dates in figures alone, beside a day of the week or what leads to a date, and what only looks like one.
    "Jusqu'au dimanche 6/12 inclus": "DATE dimanche 6/12",
    "Open house Sat 12/5 & Sun 12/6, 1–4 PM": "DATE Sat 12/5 & Sun 12/6 | TIME 1–4 PM",
    "Du 3/11 au 14/11, fermé le 25/12": "DATE 3/11 au 14/11 | DATE 25/12",
    "Inscrições até 15/12 ou vagas": "DATE 15/12",
    "RSVP by 1/8, doors thru 12/31": "DATE 1/8 | DATE 12/31",
    "Ab 01.02. oder bis 24.12 geöffnet": "DATE 01.02. | DATE 24.12",
    "ביום שישי 11.12 בין 10:00 ל-12:30": "DATE 11.12 | TIME 10:00 ל-12:30",
    "일시: 12/18(금) 19:30": "DATE 12/18(금) | TIME 19:30",
    "sáb 7/3 y dom 8/3": "DATE sáb 7/3 y dom 8/3",
    "Add 3/4 cup, rated 9/10, 1/2 price, 5/8 inch": "QUANTITY 3/4 cup | NUMBER 9/10 | NUMBER 1/2 | QUANTITY 5/8 inch",
    # Times with one side short, in points, and two ranges of one day.
    "Open daily 9:30 to 6.": "TIME 9:30 to 6",
    "terça a domingo, 14h às 22h20": "TIME 14h às 22h20",
    "Abierto de 13:30 a 16 h y de 20:30 a 00:00": "TIME 13:30 a 16 h y de 20:30 a 00:00",
    "Mo + Do: 9 - 12 u. 14.30 bis 16 Uhr": "TIME 9 - 12 u. 14.30 bis 16 Uhr",
    "Wed 9.30am - 4pm, Sun 12noon-4pm": "TIME 9.30am - 4pm | TIME 12noon-4pm",
    "das 10h às 13h": "TIME 10h às 13h",
    "เปิดทุกวัน 10.00-22.00 น. ถึงสิ้นปี": "TIME 10.00-22.00 น.",
    "เวลา 11.00 - 21.30 น.": "TIME 11.00 - 21.30 น.",
    "من الساعة 9 صباحاً إلى 5 مساءً": "TIME 9 صباحاً إلى 5 مساءً",
    "सुबह 10 से शाम 6 बजे तक": "TIME सुबह 10 से शाम 6 बजे",
    "daily 10.00–18.30": "TIME 10.00–18.30",
    "Kosten 10.00-22.00 €": "PRICE 10.00-22.00 €",
    # Numbers that are joined, sizes, extensions, rates of two things.
    "die Buslinien 4 und 17 fahren": "NUMBER 4 und 17",
    "Lines 3, 8 and 12 stop": "NUMBER 3, 8 and 12",
    "salles 2 et 5, portes 1 y 9": "NUMBER 2 et 5 | NUMBER 1 y 9",
    "since 1998 and 40 shops": "NUMBER 1998 | NUMBER 40",
    "Matelas 140x190 à 449 €": "QUANTITY 140x190 | PRICE 449 €",
    "Poster 50 x 70 cm, 20×30×5": "QUANTITY 50 x 70 cm | QUANTITY 20×30×5",
    "Tisch 1,80 m x 0,90 m": "QUANTITY 1,80 m x 0,90 m",
    "from $29/seat/mo, free": "PRICE $29/seat/mo",
    "Tagesticket 249,- (UVP 329,- EUR)": "PRICE 249,- | PRICE 329,- EUR",
    "nur 18.– pro Person": "PRICE 18.–",
    "ห่าง 3 กม. ราคา 590 บ. ต่อคน": "QUANTITY 3 กม. | PRICE 590 บ.",
    # Telephone numbers as they are written elsewhere.
    "Bürgertelefon 02327 / 981-0, mo": "TELEPHONE 02327 / 981-0",
    "Zentrale +49 89 5554-120.": "TELEPHONE +49 89 5554-120",
    "Reservas: 910 244 798": "TELEPHONE 910 244 798",
    "फोन करें 98290 12345": "TELEPHONE 98290 12345",
    "문의 1544-1555": "TELEPHONE 1544-1555",
    "Marcações 213 456 789, Lisboa": "TELEPHONE 213 456 789",
    "910 244 798 habitantes": "NUMBER 910 244 798",
    "1½ cups, 2 ¼ hours, ½ tsp, rated 4.8★": "QUANTITY 1½ cups | QUANTITY 2 ¼ hours | QUANTITY ½ tsp | QUANTITY 4.8★",
    # As local papers announce it.
    "Tél. : 03.85.82.62.02 - 06.31.78.14.19.": "TELEPHONE 03.85.82.62.02 | TELEPHONE 06.31.78.14.19",
    "Dalle 12.30 pranzo, chiusura alle 22.30": "TIME 12.30 | TIME 22.30",
    "a las 18.30, um 19.30, at 7.30 in the hall": "TIME 18.30 | TIME 19.30 | TIME 7.30",
    "at 4.50 €, um 3.45 %": "PRICE 4.50 € | PERCENT 3.45 %",
    "al numero 334.7719481 o 347 1234567": "TELEPHONE 334.7719481 | TELEPHONE 347 1234567",
    "de 10:30 a 14 horas y de 17:30 a 22:00 horas": "TIME 10:30 a 14 horas y de 17:30 a 22:00 horas",
    "£1, under 12s free": "PRICE £1 | NUMBER 12",
    "Theodor-Schmidt-Str. 17, Berliner Str. 5, Am Alten Platz 3a":
        "PLACE Theodor-Schmidt-Str. 17 | PLACE Berliner Str. 5 | PLACE Am Alten Platz 3a",
    "Sa 07.09 – So 15.09": "DATE Sa 07.09 – So 15.09",
    "12.06.26 and 6/12/26": "DATE 12.06.26 | DATE 6/12/26",
    # In other letters.
    "من 9 ص حتى 11 م، تبدأ من 99.5 ر.س. أو 850,000 د.إ": "TIME 9 ص حتى 11 م | PRICE 99.5 ر.س | PRICE 850,000 د.إ",
    "شقة 120 م²، اتصل بنا: 920001234": "QUANTITY 120 م² | TELEPHONE 920001234",
    "45 ש״ח, טל' 03-6123456": "PRICE 45 ש״ח | TELEPHONE 03-6123456",
    "सिर्फ 499/- में, 1,050 वर्ग फुट, संपर्क: 094140-12345": "PRICE 499/- | QUANTITY 1,050 वर्ग फुट | TELEPHONE 094140-12345",
    "ราคา 2.59 ล้านบาท ผ่อน 9,900 บ./เดือน": "PRICE 2.59 ล้านบาท | PRICE 9,900 บ./เดือน",
    "家賃12万5,000円、58.3 m²。お電話03-1234-5678": "PRICE 12万5,000円 | QUANTITY 58.3 m² | TELEPHONE 03-1234-5678",
    "满300减50,电话021-6288-1234,距地铁500米": "PRICE 满300减50 | TELEPHONE 021-6288-1234 | QUANTITY 500米",
    "12월 24일(목)~26일(토), 2만 9,900원, 8억 5,000만원":
        "DATE 12월 24일(목)~26일(토) | PRICE 2만 9,900원 | PRICE 8억 5,000만원",
    "sob. 9–13, ul. Długa 5": "NUMBER 9–13 | PLACE ul. Długa 5",
    "9:00–18:00, ул. Ленина, д. 5": "TIME 9:00–18:00 | PLACE ул. Ленина, д. 5",
    "8 bis, rue de la Paix": "PLACE 8 bis, rue de la Paix",
    "299:- (ord. 399:-)": "PRICE 299:- | PRICE 399:-",
    "từ 1/12 đến 15/12, chỉ 199.000đ": "DATE 1/12 đến 15/12 | PRICE 199.000đ",
    "s.d. 31 Des, mulai Rp 99.000": "DATE 31 Des | PRICE Rp 99.000",
    "son gün 31.12": "DATE 31.12",
    "Tom and Lisa, 5 June 2027": "DATE 5 June 2027",
    "Call 1-800-555-0199 today": "TELEPHONE 1-800-555-0199",
    "Mobil 0172 / 1234567": "TELEPHONE 0172 / 1234567",
    "Sab. 14 e dom. 15 dic., ore 10": "DATE Sab. 14 e dom. 15 dic. | NUMBER 10",
    "12 avr. – 3 juil. et le 5 ago.": "DATE 12 avr. – 3 juil. | DATE 5 ago.",
    "3 x 250 g, 2 x 5L": "QUANTITY 3 x 250 g | QUANTITY 2 x 5L",
    "6ft x 4ft, ab 18.45 h": "QUANTITY 6ft x 4ft | TIME 18.45 h",
    "10 out of 12, a set of 4, 12 set": "QUANTITY 10 out of 12 | NUMBER 4 | NUMBER 12",
    "R450 a night, RM1,200, GH₵78,000, R3 495": "PRICE R450 | PRICE RM1,200 | PRICE GH₵78,000 | PRICE R3 495",
    "Cold in January 9 °C, R2-D2": "QUANTITY 9 °C",
    "lauantaina 23. lokakuuta, søndag 16. maj": "DATE lauantaina 23. lokakuuta | DATE søndag 16. maj",
    "od 13. prosinca, субота 8. мај": "DATE 13. prosinca | DATE субота 8. мај",
    "SAT & SUN 2 & 3 JUNE, lördag och söndag 3 maj": "DATE SAT & SUN 2 & 3 JUNE | DATE lördag och söndag 3 maj",
    "conchas for 90 cents, 50 pence off": "PRICE 90 cents | PRICE 50 pence",
    "10 p. m. a 3 a. m.": "TIME 10 p. m. a 3 a. m.",
    "1610-1696, 2000-3000 Leute": "NUMBER 1610-1696 | NUMBER 2000-3000",
}  # fmt: skip


@pytest.mark.parametrize("content", FOUND)
def test_each_is_found_whole(content: str) -> None:
    found = [f"{token.kind.name} {content[token.start : token.end]}" for token in tokens.find(content)]
    assert " | ".join(found) == FOUND[content]


def test_neither_clauses_nor_sentences_end_inside_of_one() -> None:
    assert tokens.cuts("Ab 29,99 €, nur am 1. August, jetzt", CLAUSE) == ["Ab 29,99 €,", "nur am 1. August,", "jetzt"]
    assert sentences.split("Vom 1. bis 15. August. Nur hier.") == ["Vom 1. bis 15. August.", "Nur hier."]
    assert sentences.split("We open at 7 p.m. in Mt. Vernon. Come!") == ["We open at 7 p.m. in Mt. Vernon.", "Come!"]
    assert sentences.split("यह नया है। अभी आओ।") == ["यह नया है।", "अभी आओ।"]


WHOLE = (
    # A point that is of an abbreviation, of a bracket or of a Thai unit ends no sentence.
    "Gesperrt vom 11. Januar bis voraussichtl. 26. März zw. Bahnhofstr. und Rathausplatz.",
    "Fußgänger u. Radfahrer kommen tägl. durch, mind. zwei Personen, jew. mit Begleitung.",
    "Die Whg. liegt im 2. OG, Bj. 1998, renov. und hell.",
    "Wir trafen Dr. med. Meyer in der Stadt.",
    "Sie besucht eine kath. Schule.",
    "Das steht auf S. 23, s. vorherige Anmerkung.",
    "Am viernes, en Saltarín (C.C. Parquesur, planta 2), a las 17:30.",
    "Open all week (except Dec. 25. We rest then) from nine.",
    "Buenos días, soy el Lic. Naser Pastoriza, y él es mi padre, el Dr. Naser.",
    "Ctra. de Burgos, km 12, izq. Madrid.",
    "Apt. 4, bât. B, 3e ét. à droite.",
    "Spett. ditta, V.le Europa 12, p.zza Dante.",
    "ห่างตลาด 3 กม. ซ. สุขุมวิท",
    "Kontingent 400 kr. pr. halvår.",
    "Dwie wizyty po ok. 90 min w Instytucie.",
    "Am 9. bis 16 Uhr, Gemeindesaal St. Gertrud.",
    "À minuit, la soupe de M. Chauvet vous attend.",
    "Mistura da D. Conceição, 80 g ...... 5,50 €",
    "Gaslight Coffee, 2385 N. Milwaukee",
    "Wildlife Park, Co. Roscommon",
    "Otevřeno so 20. 3. od devíti.",
)
CUT = {
    "Super Angebot. komm vorbei!": ["Super Angebot.", "komm vorbei!"],
    "we are open. come by. bring cash.": ["we are open.", "come by.", "bring cash."],
    "We lose 58 hours per year.¹ What helps is a fan.": ["We lose 58 hours per year.¹", "What helps is a fan."],
    "เปิดบริการทุกวันตั้งแต่ 11.00 - 21.30 น. ถนนคนเดิน เชียงใหม่": [
        "เปิดบริการทุกวันตั้งแต่ 11.00 - 21.30 น.",
        "ถนนคนเดิน เชียงใหม่",
    ],
    "We meet at 3, Sharon St. Bring soup.": ["We meet at 3, Sharon St.", "Bring soup."],
    "Abierto de 6 a 8 p. m. Gratis.": ["Abierto de 6 a 8 p. m.", "Gratis."],
    # Dictated without a mark.
    (
        "the mill at Hebden is forty looms and a roof that leaks on all of them we want to save it before winter and "
        "for that you can adopt one loom call 01422 555 017 it is a small thing but it holds"
    ): [
        "the mill at Hebden is forty looms",
        "and a roof that leaks on all of them",
        "we want to save it before winter",
        "and for that you can adopt one loom",
        "call 01422 555 017",
        "it is a small thing but it holds",
    ],
    "Das Fest (mit Musik.) Danach Tanz.": ["Das Fest (mit Musik.)", "Danach Tanz."],
    "Free :( Not now. Come later.": ["Free :( Not now.", "Come later."],
    "Die Straße wird gesperrt. Fußgänger kommen durch.": ["Die Straße wird gesperrt.", "Fußgänger kommen durch."],
}  # fmt: skip


@pytest.mark.parametrize("line", WHOLE)
def test_an_abbreviation_ends_no_sentence(line: str) -> None:
    assert sentences.split(line) == [line]


@pytest.mark.parametrize("line", CUT)
def test_a_sentence_ends_all_the_same(line: str) -> None:
    assert sentences.split(line) == CUT[line]


@given(st.text(alphabet="1234567890.,:-–/ €$%kM£ abcJune to@+()'’½", max_size=60))
def test_tokens_are_in_order_and_never_overlap(content: str) -> None:
    found = tokens.find(content)
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(0 <= token.start < token.end <= len(content) and isinstance(token.kind, Kind) for token in found)
    assert "".join(tokens.cuts(content, CLAUSE)).replace(" ", "") == content.replace(" ", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    [
        "12:30 ",
        "1 ",
        "1.",
        "1,",
        "1 000 ",
        "$1 ",
        "1-",
        "1 to ",
        "1 and ",
        "June ",
        "1 June ",
        "+1 ",
        "(1) ",
        "12:",
        "a.",
        "a@",
        "9 am ",
        "½",
        "1k–",
    ],
)
def test_a_long_text_takes_no_longer_for_each_letter(unit: str) -> None:
    def cpu_s(letters: int) -> float:
        began = time.thread_time()
        tokens.find((unit * letters)[:letters])
        return time.thread_time() - began

    assert cpu_s(20_000) < 3 * cpu_s(10_000) + 0.5


@pytest.mark.parametrize(
    ("content", "addresses"),
    [
        ("Visit aurora.co.jp. Now", ["aurora.co.jp"]),
        ("ご予約はaurora.co.jpへ。", ["aurora.co.jp"]),
        ("请访问www.bakingmama.cn，谢谢", ["www.bakingmama.cn"]),
        ("예약은 songil.kr에서", ["songil.kr"]),
        ("(see www.dach-bau.gmbh)", ["www.dach-bau.gmbh"]),
        ("dana@tealgroup.homes via koningsmarkt.amsterdam.", ["dana@tealgroup.homes", "koningsmarkt.amsterdam"]),
        ("müller-bäckerei.de! лесная-школа.рф, тел.", ["müller-bäckerei.de", "лесная-школа.рф"]),
        ("https://例え.jp/path and www.例子.中国", ["https://例え.jp/path", "www.例子.中国"]),
        ("x.ai/app?ref=1&b=2#top. example.com:8080/a", ["x.ai/app?ref=1&b=2#top", "example.com:8080/a"]),
        ("(https://en.wikipedia.org/wiki/Jazz_(music))", ["https://en.wikipedia.org/wiki/Jazz_(music)"]),
        ("HTTPS://WWW.LUMO.COM/ONE", ["HTTPS://WWW.LUMO.COM/ONE"]),
        ("1und1.de, 9gag.com, bit.ly/3xYz", ["1und1.de", "9gag.com", "bit.ly/3xYz"]),
        ("am 3.de und 12.am, README.md, v2.4, U.S., e.g. this", []),
        ("Open now.So come. Fresh bread.Also cake.", []),
    ],
)
def test_addresses_are_whole_and_nothing_else_is_one(content: str, addresses: list[str]) -> None:
    assert text.addresses(content) == addresses


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("정원 6명, 참가비 45,000원", ["6명", "45,000원"]),
        ("8 (800) 555-35-35, tel. 600 700 800", ["8 (800) 555-35-35", "600 700 800"]),
        ("3ª edizione, 4º andar", ["3ª", "4º"]),
        ("Sab. 10 e dom. 11 ottobre, 10:00 alle 23:00", ["Sab. 10 e dom. 11 ottobre", "10:00 alle 23:00"]),
        ("May 24th and 25th; 25 and 50 Hz", ["May 24th and 25th", "25 and 50 Hz"]),
        ("2 100 € net/mois, +90€/mês, € 15,-", ["2 100 € net/mois", "+90€/mês", "€ 15,-"]),
        ("20-30 hrs/wk, 6+ months", ["20-30 hrs/wk", "6+ months"]),
        ("2027.6.11(금) ~12(토)", ["2027.6.11(금) ~12(토)"]),
        ("%50'ye, 749 TL'den, ٢٠٪", ["%50'ye", "749 TL'den", "٢٠٪"]),
    ],
)
def test_figures_of_other_languages_are_whole(content: str, found: list[str]) -> None:
    assert [content[token.start : token.end] for token in tokens.find(content)] == found
