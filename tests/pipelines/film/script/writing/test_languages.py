# ruff: noqa: RUF001 -- the letters of other languages are meant
"""Which language a brief is in, where its sentences end, and what in it is about the film, in the languages that briefs
come in."""

import pytest

from service.pipelines.film.script.lines import instructions
from service.pipelines.film.script.writing import languages, sentences


@pytest.mark.parametrize(
    ("lang", "brief"),
    [
        ("en", "Fresh bread at six. Come early."),
        ("en", "We're hiring! Senior Backend Engineer at Northwind Robotics, €75k–€95k"),
        ("fr", "Ouverture samedi à 10 h : le premier café vous est offert."),
        ("de", "Nur vom 1. bis 15. August: bis zu 70 % auf alle Sommerschuhe."),
        ("es", "Abrimos el sábado con música en directo y tapas gratis."),
        ("it", "Domani apriamo le porte: vieni a trovarci in centro."),
        ("pt", "A nova coleção chegou: até 30% de desconto em todas as lojas."),
        ("nl", "Nieuw in de stad: verse broodjes, elke ochtend vanaf zeven uur."),
        ("pl", "Zapraszamy na otwarcie nowej kawiarni w sobotę o dziesiątej."),
        ("tr", "Yeni şubemiz cumartesi günü açılıyor, herkesi bekliyoruz."),
        ("sv", "Vi öppnar på lördag och bjuder på kaffe och bullar hela dagen."),
        ("da", "Vi åbner på lørdag og giver gratis kaffe til alle gæster."),
        ("fi", "Avaamme lauantaina ja tarjoamme kahvia kaikille vieraille."),
        ("cs", "Otevíráme v sobotu a zveme všechny na kávu zdarma."),
        ("hu", "Szombaton nyitunk, és mindenkit meghívunk egy kávéra."),
        ("ro", "Deschidem sâmbătă și vă invităm pe toți la o cafea gratuită."),
        ("id", "Kami buka hari Sabtu dan memberikan kopi gratis untuk semua tamu."),
        ("vi", "Chúng tôi khai trương vào thứ bảy và mời mọi người cà phê miễn phí."),
        ("ru", "Открываемся в субботу и угощаем всех гостей кофе."),
        ("uk", "Відкриваємося в суботу і пригощаємо всіх гостей кавою."),
        ("bg", "Отваряме в събота и каним всички на безплатно кафе."),
        ("ar", "نفتتح يوم السبت وندعو الجميع إلى قهوة مجانية."),
        ("fa", "ما شنبه افتتاح می‌کنیم و همه را به قهوه رایگان دعوت می‌کنیم."),
        ("he", "אנחנו פותחים בשבת ומזמינים את כולם לקפה חינם."),
        ("hi", "हम शनिवार को खुल रहे हैं और सबको मुफ़्त कॉफ़ी देंगे।"),
        ("mr", "आम्ही शनिवारी उघडत आहोत आणि सर्वांना मोफत कॉफी देणार आहोत."),
        ("th", "เราเปิดวันเสาร์นี้และขอเชิญทุกท่านดื่มกาแฟฟรี"),
        ("ja", "土曜日にオープンします。コーヒーは無料です。"),
        ("zh", "我们星期六开业，欢迎大家来喝免费咖啡。"),
        ("ko", "토요일에 문을 엽니다. 커피는 무료입니다."),
        ("el", "Ανοίγουμε το Σάββατο και κερνάμε καφέ όλους τους επισκέπτες."),
        ("en", "😀 2026"),
    ],
)
def test_the_language_of_a_brief_is_told(lang: str, brief: str) -> None:
    assert languages.detect(brief) == lang


@pytest.mark.parametrize(
    ("line", "cut"),
    [
        ("Doors at 7 p.m. Bring a friend.", ["Doors at 7 p.m.", "Bring a friend."]),
        ("Climb Mt. Etna with us. Book now.", ["Climb Mt. Etna with us.", "Book now."]),
        ("Ab dem 24. Dezember. Nur z. B. in Köln.", ["Ab dem 24. Dezember.", "Nur z. B. in Köln."]),
        ("हम खुल गए हैं। ज़रूर आइए।", ["हम खुल गए हैं।", "ज़रूर आइए।"]),
        ("هل تبحث عن هاتف جديد؟ السعر 2,499 درهم.", ["هل تبحث عن هاتف جديد؟", "السعر 2,499 درهم."]),
        ("新発売です。ぜひどうぞ。", ["新発売です。", "ぜひどうぞ。"]),
        (
            "นวดแผนไทย บ้านสบาย ของเรา นวดแผนไทย 60 นาที เพียง 299 บาท ถึง 31 ธันวาคมนี้เท่านั้น",
            ["นวดแผนไทย บ้านสบาย", "ของเรา นวดแผนไทย 60 นาที", "เพียง 299 บาท ถึง 31 ธันวาคมนี้เท่านั้น"],
        ),
    ],
)
def test_a_sentence_ends_where_its_language_ends_it(line: str, cut: list[str]) -> None:
    assert sentences.split(line) == cut


@pytest.mark.parametrize(
    "remark",
    [
        "Soft piano, no voice-over.",
        "Warme Frauenstimme, ruhige Musik.",
        "Musique douce, voix masculine.",
        "Música alegre y voz femenina.",
        "Use brand colour #FF6600.",
        "Don't show any people.",
        "音楽は明るく",
        "Весёлая музыка, женский голос.",
        "pls don't mention the competitor, legal is on it",
        "NB: ne pas montrer les anciens modèles",
        "PS dont show the old shop front",
        "Note to the editor: the shop moved",
        "Nota para el editor: usar el logo nuevo",
        "ملاحظة للمونتير: لا تظهر العنوان",
        "The tour on Monday is full so leave it out",
        "Das Logo kommt per Mail",
    ],
)
def test_a_remark_about_the_film_is_known_as_one(remark: str) -> None:
    assert instructions.is_remark(remark)


@pytest.mark.parametrize(
    "news",
    [
        "Live music, cold beer.",
        "Jazz music and good food.",
        "Don't add sugar.",
        "Never use more than 2 g of salt.",
        "NB: bring your own towel.",
        "PS: the coffee is free.",
        "Please don't leave your bike in the hall.",
    ],
)
def test_what_is_about_the_world_is_no_remark(news: str) -> None:
    assert not instructions.is_remark(news)


@pytest.mark.parametrize(
    ("brief", "kept"),
    [
        ("£60 pays for a week (check with Tom - 5 nights or 7??)", "£60 pays for a week"),
        ("Doors 7 pm [TBC]. Music at 8.", "Doors 7 pm. Music at 8."),
        ("Ouvert dès 9 h (à confirmer)", "Ouvert dès 9 h"),
        ("Open daily (check our site for hours)", "Open daily"),
        ("A hotel (asking price: £2m)", "A hotel (asking price: £2m)"),
    ],
)
def test_what_a_brief_leaves_open_is_not_in_the_film(brief: str, kept: str) -> None:
    assert instructions.without_doubts(brief) == kept
