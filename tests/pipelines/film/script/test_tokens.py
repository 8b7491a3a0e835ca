# ruff: noqa: RUF001 -- the punctuation of other languages is meant
"""What must never be cut in a text is found whole, in many languages and spellings."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.pipelines.film.script import sentences, text, tokens
from service.pipelines.film.script.beats import CLAUSE
from service.pipelines.film.script.tokens import Kind

FOUND = {
    "Launch price $129 instead of $179 until December 15.": "PRICE $129 | PRICE $179 | DATE December 15",
    "€75k–€95k + equity": "PRICE €75k–€95k",
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
